"""CS02a, CS02b, CS02f and CS02g payloads and certificates, described field by field."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import (
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
from devices.gbcs.der import Forms
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import RemotePartyRole
from scenarios.described import Item, counter, group, listing, octets


def describe_payload(value: CredentialPayload) -> tuple[Item, ...]:
    """The fields of a payload, then how it was written where that was not minimal DER."""
    match value:
        case UpdateCredentials():
            items = _update(value)
        case UpdateCredentialsResponse():
            items = [Item("command_accepted", True), _outcome(value.outcome)]
        case UpdateCredentialsAlert():
            items = [_moment("execution_date_time", value.execution_date_time), _outcome(value.outcome)]
        case RetrieveCredentials():
            roles = [Item("role", role.field_name) for role in value.roles]
            items = [_cell("authorising_cell", value.authorising_cell), listing("roles", *roles)]
        case RetrieveCredentialsResponse():
            items = [listing("roles", *map(_role_credentials, value.roles))]
    return (*items, _forms(value.forms))


def describe_certificate(der: bytes, key: str = "certificate") -> Item:
    """A certificate by its fields, or in hex with the reason where it cannot be read."""
    try:
        certificate = Certificate.parse(der)
    except GbcsError as error:
        return group(key, Item("error", str(error)), octets("octets", der))
    usage, role = certificate.key_usage, certificate.role
    return group(
        key,
        Item("subject", None if certificate.subject is None else str(certificate.subject)),
        Item("common_name", certificate.common_name),
        Item("role", role.field_name if role is not None else certificate.organisational_unit),
        Item("key_usage", None if usage is None else usage.field_name),
        Item("serial", f"{certificate.serial:X}"),
        Item("issuer", certificate.issuer),
        _moment("not_before", certificate.not_before),
        _moment("not_after", certificate.not_after),
        octets("subject_key_identifier", certificate.subject_key_identifier),
        octets("authority_key_identifier", certificate.authority_key_identifier),
    )


def _update(value: UpdateCredentials) -> list[Item]:
    return [
        _mode(value.mode),
        octets("plaintext_symmetric_key", value.contingency_key),
        Item("apply_time_based_checks", value.apply_time_based_checks),
        Item("authorising_cell") if value.authorising_cell is None
        else _cell("authorising_cell", value.authorising_cell),
        counter("counter", value.counter),
        counter("floor", value.floor),
        _specialist_floors(value.specialist_floors),
        _changes("other_changes", value.other_changes),
        listing("replacements", *map(_replacement, value.replacements)),
        listing("path_certificates", *map(describe_certificate, value.path_certificates)),
        _moment("execution_date_time", value.execution_date_time),
    ]  # fmt: skip


def _mode(mode: ReplacementMode) -> Item:
    return group(
        "mode",
        Item("number", mode.value),
        Item("name", mode.field_name),
        Item("confirmed", mode.number_confirmed),
        text=f"{mode.value} {mode.field_name}" + ("" if mode.number_confirmed else " (unconfirmed)"),
    )


def _cell(key: str, cell: TrustAnchorCellId) -> Item:
    return group(
        key,
        Item("role", cell.role.field_name),
        Item("key_usage", cell.key_usage.field_name),
        Item("cell_usage", cell.cell_usage.field_name),
        text=str(cell),
    )


def _replacement(replacement: Replacement) -> Item:
    cell = _cell("cell", replacement.cell)
    return group("replacement", cell, describe_certificate(replacement.certificate))


def _specialist_floors(floors: Iterable[SpecialistFloor] | None) -> Item:
    if floors is None:
        return Item("prepayment_top_up_floors")
    return listing("prepayment_top_up_floors", *(counter("floor", floor.floor) for floor in floors))


def _changes(key: str, changes: Iterable[CounterChange] | None) -> Item:
    return Item(key) if changes is None else listing(key, *map(_change, changes))


def _change(change: CounterChange) -> Item:
    role = Item("role", change.role.field_name)
    return group("change", role, counter("floor", change.floor), _specialist_floors(change.specialist_floors))


def _outcome(outcome: ExecutionOutcome | None) -> Item:
    if outcome is None:
        return Item("execution_outcome")
    return group(
        "execution_outcome",
        counter("counter", outcome.counter),
        _mode(outcome.mode),
        _changes("counter_changes", outcome.counter_changes),
        listing("replacement_outcomes", *map(_replacement_outcome, outcome.replacements)),
    )


def _replacement_outcome(outcome: ReplacementOutcome) -> Item:
    return group(
        "replacement_outcome",
        _cell("cell", outcome.cell),
        _status(outcome.status),
        Item("existing_subject", str(outcome.existing_subject)),
        octets("existing_key_identifier", outcome.existing_key_identifier),
        Item("replacing_subject", str(outcome.replacing_subject)),
        octets("replacing_key_identifier", outcome.replacing_key_identifier),
    )


def _role_credentials(credentials: RoleCredentials) -> Item:
    role: RemotePartyRole = credentials.role
    cells = [
        group(
            "cell",
            _cell("cell", TrustAnchorCellId(role, content.key_usage, content.cell_usage)),
            Item("subject", str(content.subject)),
            octets("key_identifier", content.key_identifier),
        )
        for content in credentials.cells or ()
    ]
    return group(
        "role",
        Item("role", role.field_name),
        _status(credentials.status),
        counter("counter", credentials.counter),
        Item("cells") if credentials.cells is None else listing("cells", *cells),
    )


def _status(status: CredentialStatus) -> Item:
    number, name = Item("number", status.value), Item("name", status.field_name)
    return group("status", number, name, text=f"{status.value} {status.field_name}")


def _moment(key: str, moment: datetime | None) -> Item:
    return Item(key, None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")


def _forms(forms: Forms) -> Item:
    """Which elements took more octets than they needed."""
    notes = []
    for path, form in forms.items():
        parts = [f"length in {form.length} octets"] if form.length else []
        parts += [f"integer in {form.width} octets"] if form.width else []
        parts += ["default written out"] if form.explicit else []
        notes.append(Item("form", f"{path}: {', '.join(parts)}"))
    return listing("forms_not_minimal", *notes)
