"""CS02a and CS02b payloads: our codec against pyasn1, one field at a time, and all that is no payload."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import Any

import credentials_asn1 as oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_oracle import Element, elements, leaves, minimal_length, rebuilt, write_elements
from wire_strategies import credential_values, mutations, updates

from devices.gbcs import credentials_codec as codec
from devices.gbcs.credentials import (
    CANCELLATION_TIME,
    MODE_OF_CODE,
    CellContent,
    CredentialPayload,
    CredentialStatus,
    ReplacementMode,
    RetrieveCredentials,
    RetrieveCredentialsResponse,
    RoleCredentials,
    SpecialistFloor,
    TrustAnchorCellId,
    UpdateCredentials,
    UpdateCredentialsAlert,
    UpdateCredentialsResponse,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import (
    CellUsage,
    Eui64,
    KeyUsage,
    MessageCode,
    OriginatorCounter,
    RemotePartyRole,
)
from devices.gbcs.message import Cra, GroupingHeader, Message, OtherInformation

_DECODERS: dict[type, Any] = {
    UpdateCredentials: codec.decode_update,
    UpdateCredentialsResponse: codec.decode_update_response,
    UpdateCredentialsAlert: codec.decode_update_alert,
    RetrieveCredentials: codec.decode_retrieve,
    RetrieveCredentialsResponse: codec.decode_retrieve_response,
}
NETWORK_OPERATOR_CELL = TrustAnchorCellId(RemotePartyRole.NETWORK_OPERATOR, KeyUsage.DIGITAL_SIGNATURE)
UPDATE = UpdateCredentials(
    ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR, NETWORK_OPERATOR_CELL, OriginatorCounter(1), (), ()
)


def decode_as(value: CredentialPayload, payload: bytes) -> CredentialPayload:
    decoded: CredentialPayload = _DECODERS[type(value)](payload)
    return decoded


def certificates_of(value: CredentialPayload) -> frozenset[bytes]:
    if not isinstance(value, UpdateCredentials):
        return frozenset()
    return frozenset([*value.path_certificates, *(entry.certificate for entry in value.replacements)])


def message_of(code: int, cra: Cra, payload: bytes) -> Message:
    other = OtherInformation(MessageCode(code))
    header = GroupingHeader(cra, OriginatorCounter(1), Eui64(bytes(8)), Eui64(bytes(8)), other)
    return Message(header, payload)


@given(credential_values)
def test_values_are_written_as_pyasn1_writes_them_and_come_back_equal(value: CredentialPayload) -> None:
    payload = codec.encode(value)
    assert payload == oracle.encode(value)
    assert oracle.decode(type(value), payload) == oracle.plain(value)
    assert decode_as(value, payload) == value


@st.composite
def odd_forms(draw: st.DrawFn, value: CredentialPayload) -> bytes:
    """The payload with lengths longer than need be, padded integers and defaults written out."""
    tree = elements(codec.encode(value), certificates_of(value))

    def odd(found: tuple[Element, ...]) -> tuple[Element, ...]:
        changed: list[Element] = []
        for index, element in enumerate(found):
            tag, content = element
            if not isinstance(content, bytes):
                content = odd(content)
            elif tag in (0x02, 0x0A, 0x81, 0x83, 0x84):
                content = content.rjust(len(content) + draw(st.sampled_from((0, 0, 0, 1, 9))), b"\0")
            changed.append(Element(tag, content))
            after = found[index + 1].tag if index + 1 < len(found) else None
            if tag == 0x03 and after != 0x02 and draw(st.booleans()):
                changed.append(Element(0x02, b"\0"))
            in_control = {inside.tag for inside in found} & {0x83}
            if in_control and index == 0 and after not in (0x80, 0x81) and draw(st.booleans()):
                changed.append(Element(0x81, b"\0"))
        return tuple(changed)

    def length_octets(length: int) -> bytes:
        minimal = minimal_length(length)
        count = draw(st.sampled_from((0, 0, 0, 1, 2, 3, 4)))
        return minimal if count < len(minimal) else bytes((0x80 | count,)) + length.to_bytes(count, "big")

    return write_elements(odd(tree), length_octets)


@given(credential_values, st.data())
def test_what_is_not_minimal_is_read_alike_and_written_again(
    value: CredentialPayload, data: st.DataObject
) -> None:
    payload = data.draw(odd_forms(value))
    decoded = decode_as(value, payload)
    assert decoded._replace(forms=value.forms) == value
    assert codec.encode(decoded) == payload
    assert codec.encode(rebuilt(decoded)) == payload
    assert oracle.decode(type(value), payload) == oracle.plain(value)
    assert bool(decoded.forms) == (payload != codec.encode(value))


def changes_of_one_field(value: Any) -> list[Any]:  # noqa: PLR0911
    """The same value many times, each time with one field, however deep, changed to a neighbour."""
    match value:
        case Enum():
            return [member for member in type(value) if member is not value and int_below(member, 0x80)][:1]
        case tuple() if hasattr(value, "_fields"):
            fields = [name for name in value._fields if name not in ("forms", "usage")]
            return [
                value._replace(**{name: changed})
                for name in fields
                for changed in changes_of_one_field(getattr(value, name))
            ]
        case tuple():
            return [
                (*value[:index], changed, *value[index + 1 :])
                for index, item in enumerate(value)
                for changed in changes_of_one_field(item)
            ]
        case bool():
            return [not value]
        case datetime():
            return [value - timedelta(seconds=1) if value.year > 1 else value + timedelta(seconds=1)]
        case int():
            return [type(value)(value ^ 1)]
        case bytes():
            return [type(value)(value[:-1] + bytes((value[-1] ^ 1,)))] if value else []
    return []


def int_below(member: Any, limit: int) -> bool:
    return not isinstance(member, int) or member < limit


def differing(before: list[Any], after: list[Any]) -> tuple[list[Any], list[Any]]:
    """What is left of two lists when their common start and end are taken away."""
    while before and after and before[0] == after[0]:
        before, after = before[1:], after[1:]
    while before and after and before[-1] == after[-1]:
        before, after = before[:-1], after[:-1]
    return before, after


@given(credential_values, st.data())
def test_changing_one_field_changes_one_element_and_the_lengths_around_it(
    value: CredentialPayload, data: st.DataObject
) -> None:
    decoded = decode_as(value, data.draw(odd_forms(value)))
    before = leaves(elements(codec.encode(decoded), certificates_of(decoded)))
    for changed in changes_of_one_field(decoded):
        payload = codec.encode(changed)
        after = leaves(elements(payload, certificates_of(changed)))
        gone, new = differing(before, after)
        # A value equal to a default comes or goes; anything else is replaced where it stands.
        assert len(gone) <= 1
        assert len(new) <= 1
        assert gone + new
        assert {path for path, _ in gone} in ({path for path, _ in new}, set()) or not new
        assert decode_as(changed, payload)._replace(forms=changed.forms) == changed


@given(credential_values, st.data())
def test_octets_near_a_payload_decode_to_what_encodes_them_or_raise_the_one_error(
    value: CredentialPayload, data: st.DataObject
) -> None:
    payload = data.draw(mutations(data.draw(odd_forms(value))))
    decoded = decoded_or_error(partial(decode_as, value, payload))
    if not isinstance(decoded, GbcsError):
        assert codec.encode(decoded) == payload
    else:
        assert decoded.where
        assert decoded.offset is not None
        assert 0 <= decoded.offset <= len(payload)
        assert len(str(decoded)) < 300


def decoded_or_error(decode: Any) -> Any:
    try:
        return decode()
    except GbcsError as error:
        return error


@given(st.sampled_from(sorted(_DECODERS.values(), key=str)), st.binary(max_size=60))
def test_any_octets_decode_or_raise_the_one_error(decode: Any, payload: bytes) -> None:
    decoded = decoded_or_error(partial(decode, payload))
    assert isinstance(decoded, GbcsError) or codec.encode(decoded) == payload


@given(updates)
def test_a_payload_cut_short_is_refused(value: UpdateCredentials) -> None:
    payload = codec.encode(value)
    for length in range(len(payload)):
        with pytest.raises(GbcsError):
            codec.decode_update(payload[:length])


@pytest.mark.parametrize("mode", ReplacementMode)
def test_the_mode_must_be_that_of_the_message_code(mode: ReplacementMode) -> None:
    payload = codec.encode(UPDATE._replace(mode=mode))
    for code, mode_of_code in MODE_OF_CODE.items():
        message = message_of(code, Cra.COMMAND, payload)
        decoded = decoded_or_error(partial(codec.decode, message))
        if mode_of_code is mode:
            assert decoded == UPDATE._replace(mode=mode)
        else:
            assert "credentialsReplacementMode" in str(decoded)


def test_the_message_code_and_the_cra_flag_choose_the_payload() -> None:
    response = UpdateCredentialsResponse(None)
    retrieve = RetrieveCredentials(NETWORK_OPERATOR_CELL, (RemotePartyRole.SUPPLIER,))
    report = RetrieveCredentialsResponse(())
    assert codec.decode(message_of(0x0103, Cra.COMMAND, codec.encode(UPDATE))) == UPDATE
    assert codec.decode(message_of(0x0103, Cra.RESPONSE, codec.encode(response))) == response
    assert codec.decode(message_of(0x0126, Cra.RESPONSE, codec.encode(response))) == response
    for code in (0x0008, 0x011B):
        assert codec.decode(message_of(code, Cra.COMMAND, codec.encode(retrieve))) == retrieve
        assert codec.decode(message_of(code, Cra.RESPONSE, codec.encode(report))) == report
    for code, cra in (
        (0x0039, Cra.COMMAND),
        (0x0103, Cra.ALERT),
        (0x00CB, Cra.COMMAND),
        (0x0124, Cra.RESPONSE),
    ):
        assert codec.decode(message_of(code, cra, b"rubbish")) is None


def test_mode_numbers_that_no_message_has_shown_say_so() -> None:
    inferred = {mode.value for mode in ReplacementMode if not mode.number_confirmed}
    assert inferred == {0, 1, 10}


@pytest.mark.parametrize(
    ("role", "counter", "cells"),
    [(2, OriginatorCounter(1), None), (2, None, ()), (2, None, (None,))],
)
def test_a_reported_role_has_counter_and_cells_or_neither(role: int, counter: Any, cells: Any) -> None:
    content = CellContent(KeyUsage.KEY_AGREEMENT, CellUsage.MANAGEMENT, Eui64(bytes(8)), bytes(8))
    cells = (content,) if cells == (None,) else cells
    status = CredentialStatus.SUCCESS
    with pytest.raises(GbcsError, match="payload/response/0"):
        codec.encode(
            RetrieveCredentialsResponse((RoleCredentials(RemotePartyRole(role), status, counter, cells),))
        )


@pytest.mark.parametrize(
    ("good", "bad", "where"),
    [
        ("020103", "02010C", "authorisingRemotePartyControl/credentialsReplacementMode"),
        ("A207020103", "A207020109", "authorisingRemotePartyControl/cell/remotePartyRole"),
        ("03020780", "03020781", "authorisingRemotePartyControl/cell/keyUsage"),
        ("830101", "8301FF", "authorisingRemotePartyControl/counter"),
        ("830101", "850101", "authorisingRemotePartyControl/counter"),
        ("30003000", "30003001", "certificationPathCertificates"),
    ],
)
def test_an_error_names_the_path_to_the_field(good: str, bad: str, where: str) -> None:
    payload = codec.encode(UPDATE).hex().upper()
    assert good in payload
    with pytest.raises(GbcsError) as raised:
        codec.decode_update(bytes.fromhex(payload.replace(good, bad, 1)))
    assert raised.value.where == f"payload/command/{where}"


def test_values_at_the_edges_come_back() -> None:
    largest = OriginatorCounter(2**64 - 1)
    value = UPDATE._replace(
        counter=largest,
        floor=OriginatorCounter(0),
        specialist_floors=(SpecialistFloor(largest),),
        other_changes=(),
        execution_date_time=CANCELLATION_TIME,
        contingency_key=b"",
    )
    assert codec.decode_update(codec.encode(value)) == value
    assert codec.encode(value).endswith(b"99991231235959Z")
