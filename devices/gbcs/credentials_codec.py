"""CS02a/CS02f and CS02b/CS02g payloads between octets and values (GBCS 13.2, 13.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import product, starmap
from typing import NamedTuple, TypeVar

from devices.gbcs import der
from devices.gbcs.credentials import (
    MODE_OF_CODE,
    NO_FORMS,
    CellContent,
    CounterChange,
    CredentialPayload,
    CredentialStatus,
    ExecutionOutcome,
    Replacement,
    ReplacementMode,
    ReplacementOutcome,
    RetrieveCredentials,
    RetrieveCredentialsResponse,
    RoleCredentials,
    SpecialistFloor,
    TrustAnchorCellId,
    UpdateCredentials,
    UpdateCredentialsAlert,
    UpdateCredentialsResponse,
)
from devices.gbcs.der import DerReader, Element, Form, Forms, integer_node, time_node, write
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import (
    UINT64_MAX,
    CellUsage,
    Eui64,
    KeyUsage,
    MessageCode,
    OriginatorCounter,
    RemotePartyRole,
)
from devices.gbcs.message import Cra, Message

CS02A = MessageCode(0x0008)
CS02F = MessageCode(0x011B)
UPDATE_ALERT_CODES = frozenset((0x00CB, 0x0124))
_RETRIEVE_CODES = frozenset((CS02A, CS02F))
_CONTINGENCY_KEY = 0x80
_TIME_BASED_CHECKS = 0x81
_AUTHORISING_CELL = 0xA2
_COUNTER = 0x83
_FLOOR = 0x84
_SPECIALIST_FLOORS = 0xA5
_OTHER_CHANGES = 0xA6
_ROLES = {int(role): role for role in RemotePartyRole if role < 0x80}
_MODES = {int(mode): mode for mode in ReplacementMode}
_STATUSES = {int(status): status for status in CredentialStatus}
_CELL_USAGES = {int(usage): usage for usage in CellUsage}
_KEY_USAGES = {usage.value: usage for usage in KeyUsage}
_MODE_OCTETS = {mode: der.integer_octets(mode) for mode in ReplacementMode}
_ACCEPTED = der.element_octets(der.NULL, b"")
_NO_CHANGES = der.element_octets(der.SEQUENCE, b"")
_Value = TypeVar("_Value")
_new_int = int.__new__
_new_tuple = tuple.__new__


def decode(message: Message) -> CredentialPayload | None:
    """The payload of a CS02a, b, f or g message as a value; None for any other use case.

    Raises:
        GbcsError: the payload is not what its use case says, or its mode is not the message code's.
    """
    code, cra = message.code, message.header.cra
    if cra is Cra.ALERT:
        return decode_update_alert(message.payload) if code in UPDATE_ALERT_CODES else None
    if code in _RETRIEVE_CODES:
        return (decode_retrieve if cra is Cra.COMMAND else decode_retrieve_response)(message.payload)
    mode = MODE_OF_CODE.get(code)
    if mode is None:
        return None
    if cra is Cra.COMMAND:
        return decode_update_command(message)
    response = decode_update_response(message.payload)
    if response.outcome is not None:
        _check_mode(response.outcome.mode, mode)
    return response


def decode_update_command(message: Message) -> UpdateCredentials:
    """The payload of a message with the code of a CS02b or CS02g command.

    Raises:
        GbcsError: the payload is not what its use case says, or its mode is not the message code's.
    """
    update = decode_update(message.payload)
    _check_mode(update.mode, MODE_OF_CODE[message.code])
    return update


def encode(value: CredentialPayload) -> bytes:
    """The payload of a value, minimal DER but for the elements that its forms name.

    Raises:
        GbcsError: a reported role has a counter without cells, or cells without a counter.
    """
    match value:
        case UpdateCredentials():
            return encode_update(value)
        case UpdateCredentialsResponse():
            return encode_update_response(value)
        case UpdateCredentialsAlert():
            return write(_alert_node(value), value.forms)
        case RetrieveCredentials():
            return write(_retrieve_node(value), value.forms)
        case RetrieveCredentialsResponse():
            return write(_retrieve_response_node(value), value.forms)


def _check_mode(found: ReplacementMode, expected: ReplacementMode) -> None:
    if found is not expected:
        what = f"{found.value} {found.field_name}, but the message code is that of {expected.field_name}"
        raise GbcsError("credentialsReplacementMode", what)


# Reading


# The User, the DCC and the device read the same octets one after the other.
@lru_cache(maxsize=16)
def decode_update(payload: bytes) -> UpdateCredentials:
    """A CS02b or CS02g command payload."""
    return _decode_plain_update(payload) or _decode_any_update(payload)


def _decode_plain_update(payload: bytes) -> UpdateCredentials | None:
    """A payload as nearly all are; None for any other.

    It is large and minimal DER, and its control part names mode, authorising cell, counter and perhaps a
    floor, nothing else.
    """
    size = len(payload)
    if size < 0x104 or payload[:2] != b"\x30\x82" or payload[4] != der.SEQUENCE or payload[5] >= 0x80:
        return None
    end = 6 + payload[5]
    named = _MODE_AND_CELL_OF_OCTETS.get(payload[6:_PLAIN_COUNTER])
    if named is None or int.from_bytes(payload[2:4], "big") != size - 4 or end > size:
        return None
    floor = None
    counter, position = _plain_counter(payload, _PLAIN_COUNTER, end, _COUNTER)
    if counter is not None and position < end:
        floor, position = _plain_counter(payload, position, end, _FLOOR)
    if counter is None or position != end:
        return None
    try:
        replacements, path, at, forms = _read_certificates(payload[end:], "payload/command")
    except GbcsError:
        return None
    fields = (*named, counter, replacements, path, True, floor, None, None, at, None, NO_FORMS)
    return None if forms else _new_tuple(UpdateCredentials, fields)


def _plain_counter(
    payload: bytes, position: int, limit: int, tag: int
) -> tuple[OriginatorCounter | None, int]:
    """A minimal integer of 64 bits, and the position behind it; or None, and the same position."""
    start = position + 2
    if start >= limit or payload[position] != tag:
        return None, position
    size = payload[position + 1]
    end = start + size
    value = int.from_bytes(payload[start:end], "big")
    if end > limit or size != value.bit_length() // 8 + 1 or value > UINT64_MAX:
        return None, position
    return _new_int(OriginatorCounter, value), end


def _decode_any_update(payload: bytes) -> UpdateCredentials:
    """Any payload, element by element; says what is wrong and where."""
    forms: dict[str, Form] = {}
    outer = DerReader(payload, "payload", forms)
    command = outer.constructed("command")
    control = command.constructed("authorisingRemotePartyControl")
    mode = control.number_of("credentialsReplacementMode", _MODES)
    key = None
    if control.next_is(_CONTINGENCY_KEY):
        key = control.octet_string("plaintextSymmetricKey", tag=_CONTINGENCY_KEY)
    apply_checks = _read_time_based_checks(control)
    cell = _read_cell(control, "cell", _AUTHORISING_CELL) if control.next_is(_AUTHORISING_CELL) else None
    counter = _read_counter(control, "counter", _COUNTER)
    floor = _read_counter(control, "floor", _FLOOR) if control.next_is(_FLOOR) else None
    specialist = _read_specialist_floors(control, _SPECIALIST_FLOORS)
    changes = None
    if control.next_is(_OTHER_CHANGES):
        changes = _sequence_of(control, "otherChanges", _read_counter_change, _OTHER_CHANGES)
    control.finish()
    rest = command.rest(_read_certificates)
    forms.update(rest.forms)
    outer.finish()
    return UpdateCredentials(
        mode,
        cell,
        counter,
        rest.replacements,
        rest.path,
        apply_checks,
        floor,
        specialist,
        changes,
        rest.at,
        key,
        forms,
    )


class _Certificates(NamedTuple):
    """What a CS02b or CS02g command says behind its control part."""

    replacements: tuple[Replacement, ...]
    path: tuple[bytes, ...]
    at: datetime | None
    forms: Forms


@lru_cache(maxsize=1024)
def _read_certificates(octets: bytes, path_to_them: str) -> _Certificates:
    """Certificates, their path, the time: a fleet gets the same, which are then read and kept once."""
    command = DerReader(octets, path_to_them, {})
    replacements = _sequence_of(command, "replacements", _read_replacement)
    path = _sequence_of(command, "certificationPathCertificates", DerReader.raw)
    at = command.time("executionDateTime") if command.next_is(der.GENERALIZED_TIME) else None
    command.finish()
    return _Certificates(replacements, path, at, command.forms)


# The DCC and the User read the same octets one after the other.
@lru_cache(maxsize=16)
def decode_update_response(payload: bytes) -> UpdateCredentialsResponse:
    """A CS02b or CS02g response payload."""
    forms: dict[str, Form] = {}
    outer = DerReader(payload, "payload", forms)
    response = outer.constructed("response")
    response.octet_string("commandAccepted", 0, der.NULL)
    outcome = None if response.at_end else _read_outcome(response)
    response.finish()
    outer.finish()
    return UpdateCredentialsResponse(outcome, forms)


def decode_update_alert(payload: bytes) -> UpdateCredentialsAlert:
    """The payload of the alert after a future-dated CS02b or CS02g."""
    forms: dict[str, Form] = {}
    outer = DerReader(payload, "payload", forms)
    alert = outer.constructed("alert")
    code = alert.integer("alertCode", maximum=0xFFFF)
    at = alert.time("executionDateTime")
    outcome = _read_outcome(alert)
    alert.finish()
    outer.finish()
    return UpdateCredentialsAlert(code, at, outcome, forms)


def decode_retrieve(payload: bytes) -> RetrieveCredentials:
    """A CS02a or CS02f command payload."""
    forms: dict[str, Form] = {}
    outer = DerReader(payload, "payload", forms)
    command = outer.constructed("command")
    cell = _read_cell(command, "cell")
    roles = _sequence_of(command, "roles", lambda reader, field: reader.number_of(field, _ROLES))
    command.finish()
    outer.finish()
    return RetrieveCredentials(cell, roles, forms)


def decode_retrieve_response(payload: bytes) -> RetrieveCredentialsResponse:
    """A CS02a or CS02f response payload."""
    forms: dict[str, Form] = {}
    outer = DerReader(payload, "payload", forms)
    roles = _sequence_of(outer, "response", _read_role_credentials)
    outer.finish()
    return RetrieveCredentialsResponse(roles, forms)


def _sequence_of(
    reader: DerReader, field: str, item: Callable[[DerReader, str], _Value], tag: int = der.SEQUENCE
) -> tuple[_Value, ...]:
    inner = reader.constructed(field, tag)
    items: list[_Value] = []
    while not inner.at_end:
        items.append(item(inner, str(len(items))))
    return tuple(items)


def _read_counter(reader: DerReader, field: str, tag: int = der.INTEGER) -> OriginatorCounter:
    # The reader has checked the range.
    return _new_int(OriginatorCounter, reader.integer(field, tag))


def _read_time_based_checks(control: DerReader) -> bool:
    if not control.next_is(_TIME_BASED_CHECKS):
        return True
    field = "applyTimeBasedCPVChecks"
    disapply = control.integer(field, _TIME_BASED_CHECKS, maximum=1)
    if not disapply:
        _note_explicit(control, field)
    return not disapply


def _note_explicit(reader: DerReader, field: str) -> None:
    path = reader.path(field)
    reader.forms[path] = reader.forms.get(path, der.MINIMAL)._replace(explicit=True)


def _read_key_usage(reader: DerReader) -> KeyUsage:
    return reader.content_of("keyUsage", _KEY_USAGES, der.BIT_STRING)


def _read_cell_usage(reader: DerReader) -> CellUsage:
    if not reader.next_is(der.INTEGER):
        return CellUsage.MANAGEMENT
    usage = reader.number_of("cellUsage", _CELL_USAGES)
    if usage is CellUsage.MANAGEMENT:
        _note_explicit(reader, "cellUsage")
    return usage


def _read_cell(reader: DerReader, field: str, tag: int = der.SEQUENCE) -> TrustAnchorCellId:
    known = reader.known_content(_CELL_OF_OCTETS, tag)
    if known is not None:
        return known
    inner = reader.constructed(field, tag)
    cell = TrustAnchorCellId(
        inner.number_of("remotePartyRole", _ROLES), _read_key_usage(inner), _read_cell_usage(inner)
    )
    inner.finish()
    return cell


def _read_specialist_floors(reader: DerReader, tag: int) -> tuple[SpecialistFloor, ...] | None:
    if not reader.next_is(tag):
        return None
    return _sequence_of(reader, "specialistFloors", _read_specialist_floor, tag)


def _read_specialist_floor(reader: DerReader, field: str) -> SpecialistFloor:
    inner = reader.constructed(field)
    usage = inner.integer("seqNumberUsage", maximum=0)
    floor = _read_counter(inner, "seqNumber")
    inner.finish()
    return SpecialistFloor(floor, usage)


def _read_counter_change(reader: DerReader, field: str) -> CounterChange:
    inner = reader.constructed(field)
    role = inner.number_of("otherRemotePartyRole", _ROLES)
    floor = _read_counter(inner, "otherRemotePartyFloorSeqNumber")
    specialist = _read_specialist_floors(inner, der.SEQUENCE)
    inner.finish()
    return CounterChange(role, floor, specialist)


def _read_replacement(reader: DerReader, field: str) -> Replacement:
    inner = reader.constructed(field)
    replacement = Replacement(inner.raw("replacementCertificate"), _read_cell(inner, "cell"))
    inner.finish()
    return replacement


def _read_outcome(reader: DerReader) -> ExecutionOutcome:
    inner = reader.constructed("executionOutcome")
    counter = _read_counter(inner, "counter")
    mode = inner.number_of("credentialsReplacementMode", _MODES)
    rest = inner.rest(_read_results)
    reader.forms.update(rest.forms)
    return ExecutionOutcome(counter, mode, rest.changes, rest.outcomes)


class _Results(NamedTuple):
    """What an outcome says behind counter and mode."""

    changes: tuple[CounterChange, ...]
    outcomes: tuple[ReplacementOutcome, ...]
    forms: Forms


@lru_cache(maxsize=1024)
def _read_results(octets: bytes, path_to_them: str) -> _Results:
    """Floors and outcomes of replacements, read and kept once for a fleet that reports the same."""
    inner = DerReader(octets, path_to_them, {})
    changes = _sequence_of(inner, "counterChanges", _read_counter_change)
    outcomes = _sequence_of(inner, "replacementOutcomes", _read_replacement_outcome)
    inner.finish()
    return _Results(changes, outcomes, inner.forms)


def _read_replacement_outcome(reader: DerReader, field: str) -> ReplacementOutcome:
    inner = reader.constructed(field)
    outcome = ReplacementOutcome(
        _read_cell(inner, "cell"),
        inner.number_of("statusCode", _STATUSES, der.ENUMERATED),
        Eui64(inner.octet_string("existingSubjectUniqueID", 8)),
        inner.octet_string("existingSubjectKeyIdentifier", 8),
        Eui64(inner.octet_string("replacingSubjectUniqueID", 8)),
        inner.octet_string("replacingSubjectKeyIdentifier", 8),
    )
    inner.finish()
    return outcome


def _read_role_credentials(reader: DerReader, field: str) -> RoleCredentials:
    inner = reader.constructed(field)
    role = inner.number_of("remotePartyRole", _ROLES)
    status = inner.number_of("statusCode", _STATUSES, der.ENUMERATED)
    counter, cells = None, None
    if not inner.at_end:
        counter = _read_counter(inner, "currentSeqNumber")
        cells = _sequence_of(inner, "cells", _read_cell_content)
    inner.finish()
    return RoleCredentials(role, status, counter, cells)


def _read_cell_content(reader: DerReader, field: str) -> CellContent:
    inner = reader.constructed(field)
    content = CellContent(
        _read_key_usage(inner),
        _read_cell_usage(inner),
        Eui64(inner.octet_string("existingSubjectUniqueID", 8)),
        inner.octet_string("existingSubjectKeyIdentifier", 8),
    )
    inner.finish()
    return content


# Writing: the names of the nodes are the names that the readers use, since they make up the paths of forms.


def encode_update(value: UpdateCredentials) -> bytes:
    """A CS02b or CS02g command payload."""
    path = "payload/command/authorisingRemotePartyControl/"
    control: list[Element] = [integer_node("credentialsReplacementMode", value.mode)]
    if value.contingency_key is not None:
        control.append(("plaintextSymmetricKey", _CONTINGENCY_KEY, value.contingency_key))
    if not value.apply_time_based_checks or _explicit(value.forms, path + "applyTimeBasedCPVChecks"):
        disapply = int(not value.apply_time_based_checks)
        control.append(integer_node("applyTimeBasedCPVChecks", disapply, _TIME_BASED_CHECKS))
    if value.authorising_cell is not None:
        control.append(_cell_node("cell", value.authorising_cell, value.forms, path, _AUTHORISING_CELL))
    control.append(integer_node("counter", value.counter, _COUNTER))
    if value.floor is not None:
        control.append(integer_node("floor", value.floor, _FLOOR))
    if value.specialist_floors is not None:
        control.append(_specialist_floors_node(value.specialist_floors, _SPECIALIST_FLOORS))
    if value.other_changes is not None:
        control.append(_counter_changes_node("otherChanges", value.other_changes, _OTHER_CHANGES))
    command: list[Element] = [("authorisingRemotePartyControl", der.SEQUENCE, control)]
    certificates = value.replacements, value.path_certificates, value.execution_date_time
    if value.forms:
        command += _certificates_nodes(*certificates, value.forms)
    else:
        command.append(("", None, _minimal_certificates(*certificates)))
    return write(_whole(("command", der.SEQUENCE, command)), value.forms)


@lru_cache(maxsize=1024)
def _minimal_certificates(
    replacements: tuple[Replacement, ...], path: tuple[bytes, ...], at: datetime | None
) -> bytes:
    """What stands behind the control part, in octets: made once for a fleet that gets the same."""
    return write(("", None, _certificates_nodes(replacements, path, at, NO_FORMS)), NO_FORMS)


def _certificates_nodes(
    replacements: Sequence[Replacement], path: Sequence[bytes], at: datetime | None, forms: Forms
) -> list[Element]:
    certificates = [(str(index), None, certificate) for index, certificate in enumerate(path)]
    nodes: list[Element] = [
        _replacements_node(replacements, forms),
        ("certificationPathCertificates", der.SEQUENCE, certificates),
    ]
    if at is not None:
        nodes.append(time_node("executionDateTime", at))
    return nodes


def _whole(content: Element) -> Element:
    """The payload: itself no element, just the start of all paths."""
    return ("payload", None, [content])


def _explicit(forms: Forms, path: str) -> bool:
    return bool(forms) and forms.get(path, der.MINIMAL).explicit


def _cell_nodes(usage: KeyUsage, cell_usage: CellUsage, forms: Forms, path: str) -> list[Element]:
    nodes: list[Element] = [("keyUsage", der.BIT_STRING, usage.value)]
    if cell_usage is not CellUsage.MANAGEMENT or _explicit(forms, f"{path}/cellUsage"):
        nodes.append(integer_node("cellUsage", cell_usage))
    return nodes


def _cell_node(
    name: str, cell: TrustAnchorCellId, forms: Forms, path: str, tag: int = der.SEQUENCE
) -> Element:
    """A cell identifier; ``path`` is that of the value around it, ending in a slash."""
    if not forms and cell in _OCTETS_OF_CELL:
        return (name, tag, _OCTETS_OF_CELL[cell])
    return (name, tag, _cell_fields(cell, forms, path + name))


def _cell_fields(cell: TrustAnchorCellId, forms: Forms, path: str) -> list[Element]:
    role: Element = integer_node("remotePartyRole", cell.role)
    return [role, *_cell_nodes(cell.key_usage, cell.cell_usage, forms, path)]


# There are few cells, and nearly every command and response names some: their minimal octets, made once.
_OCTETS_OF_CELL = {
    cell: write(("", None, _cell_fields(cell, NO_FORMS, "")), NO_FORMS)
    for cell in starmap(TrustAnchorCellId, product(_ROLES.values(), KeyUsage, CellUsage))
}
_CELL_OF_OCTETS = {octets: cell for cell, octets in _OCTETS_OF_CELL.items()}
# How a control part begins that names a cell for management: mode, then cell.
_MODE_AND_CELL_OF_OCTETS = {
    _MODE_OCTETS[mode] + der.element_octets(_AUTHORISING_CELL, octets): (mode, cell)
    for mode, (cell, octets) in product(ReplacementMode, _OCTETS_OF_CELL.items())
    if cell.cell_usage is CellUsage.MANAGEMENT
}
# Where the counter follows: behind four octets of the command, two of its control part, and these.
_PLAIN_COUNTER = 18


def _specialist_floors_node(floors: Sequence[SpecialistFloor], tag: int = der.SEQUENCE) -> Element:
    return (
        "specialistFloors",
        tag,
        [
            (
                str(index),
                der.SEQUENCE,
                [integer_node("seqNumberUsage", floor.usage), integer_node("seqNumber", floor.floor)],
            )
            for index, floor in enumerate(floors)
        ],
    )


def _counter_changes_node(name: str, changes: Sequence[CounterChange], tag: int = der.SEQUENCE) -> Element:
    nodes = []
    for index, change in enumerate(changes):
        fields: list[Element] = [
            integer_node("otherRemotePartyRole", change.role),
            integer_node("otherRemotePartyFloorSeqNumber", change.floor),
        ]
        if change.specialist_floors is not None:
            fields.append(_specialist_floors_node(change.specialist_floors))
        nodes.append((str(index), der.SEQUENCE, fields))
    return (name, tag, nodes)


def _replacements_node(replacements: Sequence[Replacement], forms: Forms) -> Element:
    path = "payload/command/replacements/"
    nodes = [
        (
            str(index),
            der.SEQUENCE,
            [
                ("replacementCertificate", None, replacement.certificate),
                _cell_node("cell", replacement.cell, forms, f"{path}{index}/"),
            ],
        )
        for index, replacement in enumerate(replacements)
    ]
    return ("replacements", der.SEQUENCE, nodes)


def encode_update_response(value: UpdateCredentialsResponse) -> bytes:
    """A CS02b or CS02g response payload."""
    if value.forms or value.outcome is None:
        return write(_response_node(value), value.forms)
    executed = der.element_octets(der.SEQUENCE, _minimal_outcome(value.outcome))
    return der.element_octets(der.SEQUENCE, _ACCEPTED + executed)


def _minimal_outcome(outcome: ExecutionOutcome) -> bytes:
    counter, mode, changes, replacements = outcome
    return b"".join((
        der.integer_octets(counter),
        _MODE_OCTETS[mode],
        write(_counter_changes_node("", changes), NO_FORMS) if changes else _NO_CHANGES,
        _minimal_replacement_outcomes(replacements),
    ))  # fmt: skip


def _response_node(value: UpdateCredentialsResponse) -> Element:
    fields: list[Element] = [("commandAccepted", der.NULL, b"")]
    if value.outcome is not None:
        fields.append(_outcome_node(value.outcome, value.forms, "payload/response/"))
    return _whole(("response", der.SEQUENCE, fields))


def _alert_node(value: UpdateCredentialsAlert) -> Element:
    fields = [
        integer_node("alertCode", value.alert_code),
        time_node("executionDateTime", value.execution_date_time),
        _outcome_node(value.outcome, value.forms, "payload/alert/"),
    ]
    return _whole(("alert", der.SEQUENCE, fields))


def _outcome_node(outcome: ExecutionOutcome, forms: Forms, path: str) -> Element:
    if not forms:
        return ("executionOutcome", der.SEQUENCE, _minimal_outcome(outcome))
    path = f"{path}executionOutcome/replacementOutcomes/"
    fields: list[Element] = [
        integer_node("counter", outcome.counter),
        integer_node("credentialsReplacementMode", outcome.mode),
        _counter_changes_node("counterChanges", outcome.counter_changes),
        _replacement_outcomes_node(outcome.replacements, forms, path),
    ]
    return ("executionOutcome", der.SEQUENCE, fields)


@lru_cache(maxsize=1024)
def _minimal_replacement_outcomes(outcomes: tuple[ReplacementOutcome, ...]) -> bytes:
    """Outcomes in octets: a fleet that gets the same certificates reports the same, which is made once."""
    return write(_replacement_outcomes_node(outcomes, NO_FORMS, ""), NO_FORMS)


def _replacement_outcomes_node(outcomes: Sequence[ReplacementOutcome], forms: Forms, path: str) -> Element:
    nodes = [
        _replacement_outcome_node(str(index), outcome, forms, path) for index, outcome in enumerate(outcomes)
    ]
    return ("replacementOutcomes", der.SEQUENCE, nodes)


def _replacement_outcome_node(name: str, outcome: ReplacementOutcome, forms: Forms, path: str) -> Element:
    fields = [
        _cell_node("cell", outcome.cell, forms, f"{path}{name}/"),
        integer_node("statusCode", outcome.status, der.ENUMERATED),
        ("existingSubjectUniqueID", der.OCTET_STRING, outcome.existing_subject),
        ("existingSubjectKeyIdentifier", der.OCTET_STRING, outcome.existing_key_identifier),
        ("replacingSubjectUniqueID", der.OCTET_STRING, outcome.replacing_subject),
        ("replacingSubjectKeyIdentifier", der.OCTET_STRING, outcome.replacing_key_identifier),
    ]
    return (name, der.SEQUENCE, fields)


def _retrieve_node(value: RetrieveCredentials) -> Element:
    roles = [integer_node(str(index), role) for index, role in enumerate(value.roles)]
    fields = [
        _cell_node("cell", value.authorising_cell, value.forms, "payload/command/"),
        ("roles", der.SEQUENCE, roles),
    ]
    return _whole(("command", der.SEQUENCE, fields))


def _retrieve_response_node(value: RetrieveCredentialsResponse) -> Element:
    roles = [_role_credentials_node(str(index), role, value.forms) for index, role in enumerate(value.roles)]
    return _whole(("response", der.SEQUENCE, roles))


def _role_credentials_node(name: str, role: RoleCredentials, forms: Forms) -> Element:
    fields: list[Element] = [
        integer_node("remotePartyRole", role.role),
        integer_node("statusCode", role.status, der.ENUMERATED),
    ]
    if (role.counter is None) is not (role.cells is None):
        raise GbcsError(f"payload/response/{name}", "a counter without cells or cells without a counter")
    if role.counter is not None and role.cells is not None:
        fields.append(integer_node("currentSeqNumber", role.counter))
        path = f"payload/response/{name}/cells/"
        cells = [_cell_content_node(str(index), cell, forms, path) for index, cell in enumerate(role.cells)]
        fields.append(("cells", der.SEQUENCE, cells))
    return (name, der.SEQUENCE, fields)


def _cell_content_node(name: str, cell: CellContent, forms: Forms, path: str) -> Element:
    fields = [
        *_cell_nodes(cell.key_usage, cell.cell_usage, forms, path + name),
        ("existingSubjectUniqueID", der.OCTET_STRING, cell.subject),
        ("existingSubjectKeyIdentifier", der.OCTET_STRING, cell.key_identifier),
    ]
    return (name, der.SEQUENCE, fields)
