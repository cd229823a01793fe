"""CS02c, CS02d, CS02e: the octets, the reference messages, and all that is near."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payload_checks import Decode, check_neighbours, check_octets, check_round_trip, check_samples, samples
from wire_strategies import build, certificates, key_usages

from devices.gbcs import device_certificates as codec
from devices.gbcs.certificates import load_certificate
from devices.gbcs.device_certificates import (
    CertificateUpdateResult,
    DeviceCertificatePayload,
    IssueCredentials,
    IssueCredentialsResponse,
    IssueFailure,
    ProvideDeviceCertificate,
    ProvideDeviceCertificateResponse,
    ProvideFailure,
    UnknownKeyUsage,
    UpdateDeviceCertificate,
    UpdateDeviceCertificateResponse,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import KeyUsage

DECODERS = {
    IssueCredentials: codec.decode_issue,
    IssueCredentialsResponse: codec.decode_issue_response,
    UpdateDeviceCertificate: codec.decode_update,
    UpdateDeviceCertificateResponse: codec.decode_update_response,
    ProvideDeviceCertificate: codec.decode_provide,
    ProvideDeviceCertificateResponse: codec.decode_provide_response,
}
CODES = (codec.CS02C, codec.CS02D, codec.CS02E)
CERTIFICATE = bytes.fromhex("3009 020105 020106 040107")
usages = key_usages | st.just(UnknownKeyUsage(b"\x06\x40"))
values: st.SearchStrategy[DeviceCertificatePayload] = st.one_of(
    build(IssueCredentials, usages),
    build(IssueCredentialsResponse, certificates() | st.sampled_from(IssueFailure)),
    build(UpdateDeviceCertificate, certificates()),
    build(UpdateDeviceCertificateResponse, st.sampled_from(CertificateUpdateResult)),
    build(ProvideDeviceCertificate, usages),
    build(ProvideDeviceCertificateResponse, certificates() | st.sampled_from(ProvideFailure)),
)


@given(values, st.data())
def test_values_come_back_in_any_form(value: DeviceCertificatePayload, data: st.DataObject) -> None:
    check_round_trip(value, DECODERS[type(value)], data)


@given(values, st.data())
def test_octets_near_a_payload(value: DeviceCertificatePayload, data: st.DataObject) -> None:
    check_neighbours(value, DECODERS[type(value)], data)


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        (IssueCredentials(KeyUsage.DIGITAL_SIGNATURE), "3004 03020780"),
        (IssueCredentials(KeyUsage.KEY_AGREEMENT), "3004 03020308"),
        (IssueCredentialsResponse(CERTIFICATE), CERTIFICATE.hex()),
        (IssueCredentialsResponse(IssueFailure.CR_PRODUCTION_FAILED), "020103"),
        (UpdateDeviceCertificate(CERTIFICATE), CERTIFICATE.hex()),
        (UpdateDeviceCertificateResponse(CertificateUpdateResult.SUCCESS), "020100"),
        (UpdateDeviceCertificateResponse(CertificateUpdateResult.PRIVATE_KEY_CHANGE_FAILED), "020107"),
        (ProvideDeviceCertificate(KeyUsage.KEY_AGREEMENT), "3004 03020308"),
        (ProvideDeviceCertificateResponse(CERTIFICATE), CERTIFICATE.hex()),
        (ProvideDeviceCertificateResponse(ProvideFailure.NO_CERTIFICATE_HELD), "020102"),
    ],
)
def test_octets(value: DeviceCertificatePayload, octets: str) -> None:
    check_octets(value, octets, DECODERS[type(value)])


@pytest.mark.parametrize("decode", [codec.decode_issue, codec.decode_provide])
def test_a_key_usage_that_smki_does_not_know_can_still_be_answered(decode: Decode) -> None:
    value = decode(bytes.fromhex("300403020640"))
    assert value.key_usage == UnknownKeyUsage(b"\x06\x40")
    assert codec.encode(value).hex() == "300403020640"


@pytest.mark.parametrize(
    ("decode", "first_bad"),
    [(codec.decode_issue_response, 4), (codec.decode_update_response, 8), (codec.decode_provide_response, 4)],
)
def test_response_codes_end_where_the_list_ends(decode: Decode, first_bad: int) -> None:
    decode(bytes((2, 1, first_bad - 1)))
    with pytest.raises(GbcsError, match="payload/responseCode"):
        decode(bytes((2, 1, first_bad)))


@pytest.mark.parametrize("decode", [codec.decode_issue_response, codec.decode_provide_response])
def test_a_failure_is_never_zero(decode: Decode) -> None:
    with pytest.raises(GbcsError, match="payload/responseCode"):
        decode(bytes.fromhex("020100"))


def test_reference_messages(conformance: Path) -> None:
    check_samples(conformance, *CODES)


def test_certificates_of_reference_messages_are_those_of_devices(conformance: Path) -> None:
    for name, message in samples(conformance, codec.CS02D).items():
        if "COMMAND" in name:
            certificate = load_certificate(codec.decode_update(message.payload).certificate)
            assert certificate.subject == message.header.target
