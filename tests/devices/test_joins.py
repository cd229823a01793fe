"""CS03 and CS04: the octets, the reference messages, and all that is near."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payload_checks import check_neighbours, check_octets, check_round_trip, check_samples, samples
from wire_strategies import build, certificates, euis

from devices.gbcs import joins as codec
from devices.gbcs.certificates import load_certificate
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage
from devices.gbcs.joins import (
    JOIN_DEVICE_TYPES,
    JoinDevice,
    JoinDeviceResponse,
    JoinDeviceType,
    JoinMethod,
    JoinPayload,
    JoinResult,
    UnjoinDevice,
    UnjoinDeviceResponse,
    UnjoinResult,
)
from devices.gbcs.message import Cra

DECODERS = {
    JoinDevice: codec.decode_join,
    JoinDeviceResponse: codec.decode_join_response,
    UnjoinDevice: codec.decode_unjoin,
    UnjoinDeviceResponse: codec.decode_unjoin_response,
}
JOINS = tuple(method.message_code for method in JoinMethod)
PPMID = Eui64.parse("00-DB-12-34-56-78-90-A4")
CERTIFICATE = bytes.fromhex("3009 020105 020106 040107")
values: st.SearchStrategy[JoinPayload] = st.one_of(
    build(
        JoinDevice,
        st.sampled_from(JoinMethod),
        euis,
        st.sampled_from(JoinDeviceType),
        st.none() | certificates(),
    ),
    build(JoinDeviceResponse, st.sampled_from(JoinResult)),
    build(UnjoinDevice, euis),
    build(UnjoinDeviceResponse, st.sampled_from(UnjoinResult)),
)


@given(values, st.data())
def test_values_come_back_in_any_form(value: JoinPayload, data: st.DataObject) -> None:
    check_round_trip(value, DECODERS[type(value)], data)


@given(values, st.data())
def test_octets_near_a_payload(value: JoinPayload, data: st.DataObject) -> None:
    check_neighbours(value, DECODERS[type(value)], data)


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        (
            JoinDevice(JoinMethod.METHOD_A_INITIATOR, PPMID, JoinDeviceType.TYPE_1_PPMID),
            "3010 020100 040800DB1234567890A4 020105",
        ),
        (
            JoinDevice(JoinMethod.METHOD_B, PPMID, JoinDeviceType.GPF),
            "3010 020102 040800DB1234567890A4 020103",
        ),
        (
            JoinDevice(JoinMethod.METHOD_C, PPMID, JoinDeviceType.TYPE_1_PPMID, CERTIFICATE),
            "301B 020103 040800DB1234567890A4 020105" + CERTIFICATE.hex(),
        ),
        (JoinDeviceResponse(JoinResult.SUCCESS), "020100"),
        (JoinDeviceResponse(JoinResult.INVALID_OR_MISSING_CERTIFICATE), "02010B"),
        (UnjoinDevice(PPMID), "040800DB1234567890A4"),
        (UnjoinDeviceResponse(UnjoinResult.OTHER_DEVICE_NOT_IN_DEVICE_LOG), "020101"),
    ],
)
def test_octets(value: JoinPayload, octets: str) -> None:
    check_octets(value, octets, DECODERS[type(value)])


@pytest.mark.parametrize(
    ("octets", "where"),
    [
        ("3010 020104 040800DB1234567890A4 020106", "joinMethodAndRole"),
        ("300F 020103 040700DB1234567890 020106", "otherDeviceEntityIdentifier"),
        ("3010 020103 040800DB1234567890A4 020107", "otherDeviceType"),
        ("3012 020103 040800DB1234567890A4 020106 0500", "otherDeviceCertificate"),
    ],
)
def test_an_error_names_the_field(octets: str, where: str) -> None:
    with pytest.raises(GbcsError) as raised:
        codec.decode_join(bytes.fromhex(octets))
    assert raised.value.where == f"payload/command/{where}"


def test_response_codes_end_where_the_list_ends() -> None:
    assert codec.decode_join_response(b"\x02\x01\x0d").result is JoinResult.NO_CBKE_RESPONSE
    assert codec.decode_unjoin_response(b"\x02\x01\x02").result is UnjoinResult.OTHER_FAILURE
    with pytest.raises(GbcsError, match="payload/joinResponseCode"):
        codec.decode_join_response(b"\x02\x01\x0e")
    with pytest.raises(GbcsError, match="payload/unjoinResponseCode"):
        codec.decode_unjoin_response(b"\x02\x01\x03")


def test_every_device_type_has_a_number_and_every_number_a_device_type() -> None:
    assert set(JOIN_DEVICE_TYPES) == set(DeviceType)
    assert set(JOIN_DEVICE_TYPES.values()) == set(JoinDeviceType)


def test_reference_messages(conformance: Path) -> None:
    check_samples(conformance, *JOINS, codec.CS04AC, codec.CS04B)


def test_reference_joins_use_the_method_of_their_message_code(conformance: Path) -> None:
    for name, message in samples(conformance, *JOINS).items():
        if message.header.cra is Cra.COMMAND:
            join = codec.decode_join(message.payload)
            assert join.method.message_code == message.code, name
            if join.certificate is not None:
                # Whose it is does not tell: one of them names another device than the command does.
                assert load_certificate(join.certificate).key_usage is KeyUsage.KEY_AGREEMENT, name
