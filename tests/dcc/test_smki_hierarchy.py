"""The test SMKI: its certificates tag by tag, with pyasn1 as the second reader, and their determinism."""

from __future__ import annotations

import base64
import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyasn1.codec.der import decoder, encoder
from pyasn1.type import univ
from pyasn1_modules import rfc5280

from dcc.errors import DccValueError
from dcc.smki.hierarchy import NO_EXPIRY, TEST_MARK, Authority, TestSmki
from dcc.smki.profiles import CertificatePurpose, SmkiProfile
from devices.gbcs.certificate_path import PathFault, PathValidator
from devices.gbcs.certificates import Certificate, key_identifier
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole

PARTY = Eui64.parse("90-B3-D5-1F-30-02-00-00")
DEVICE = Eui64.parse("00-DB-12-34-56-78-90-A0")
DEVICE_KEY = KeyPair.from_seed(b"seed", "meter").public_point
TODAY = date(2025, 6, 1)
NOW = datetime(2025, 6, 1, 12, 30, 15, tzinfo=UTC)
SMKI = TestSmki(b"seed")
OPERATOR = SMKI.issue_organisation(
    PARTY, RemotePartyRole.NETWORK_OPERATOR, CertificatePurpose.DIGITAL_SIGNING, TODAY
)
METER = SMKI.issue_device(DEVICE, KeyUsage.DIGITAL_SIGNATURE, DEVICE_KEY, NOW)
AUTHORITIES = (SMKI.root, SMKI.issuer, SMKI.device_root, SMKI.device_issuer)
# The string types in a name, by their tags.
PRINTABLE, UTF8, BITS = 0x13, 0x0C, 0x03
OU, CN, UNIQUE = "2.5.4.11", "2.5.4.3", "2.5.4.45"
KEY_USAGE, BASIC_CONSTRAINTS, POLICIES = "2.5.29.15", "2.5.29.19", "2.5.29.32"
SUBJECT_KEY, AUTHORITY_KEY, ALTERNATIVE_NAME = "2.5.29.14", "2.5.29.35", "2.5.29.17"


def pyasn1_read(der: bytes) -> univ.Sequence:
    """The certificate as pyasn1 reads it; written again, it is the same octets."""
    certificate, rest = decoder.decode(der, asn1Spec=rfc5280.Certificate())
    assert rest == b""
    assert encoder.encode(certificate) == der
    return certificate["tbsCertificate"]


def name_shape(name: univ.Choice) -> list[tuple[str, int]]:
    """Attribute types of a name in order, each with the tag of its value."""
    return [(str(part[0]["type"]), bytes(part[0]["value"])[0]) for part in name["rdnSequence"]]


def extensions(der: bytes) -> dict[str, tuple[bool, bytes]]:
    """Criticality and content by object identifier, in the order of the certificate."""
    return {
        str(extension["extnID"]): (bool(extension["critical"]), bytes(extension["extnValue"]))
        for extension in pyasn1_read(der)["extensions"]
    }


def shape(der: bytes) -> dict[str, object]:
    """What two certificates of one profile have in common."""
    body = pyasn1_read(der)
    return {
        "version": int(body["version"]),
        "serial octets": (int(body["serialNumber"]).bit_length() + 8) // 8,
        "algorithm": encoder.encode(body["signature"]),
        "issuer": name_shape(body["issuer"]),
        "subject": name_shape(body["subject"]),
        "times": [body["validity"][end].getName() for end in ("notBefore", "notAfter")],
        "key": encoder.encode(body["subjectPublicKeyInfo"]["algorithm"]),
        "extensions": [(oid, critical, len(content)) for oid, (critical, content) in extensions(der).items()],
    }


def test_a_root() -> None:
    assert shape(SMKI.root.certificate.der)["subject"] == [(OU, PRINTABLE), (CN, PRINTABLE)]
    assert extensions(SMKI.root.certificate.der) == {
        KEY_USAGE: (True, bytes.fromhex("03020204")),
        BASIC_CONSTRAINTS: (True, bytes.fromhex("30030101FF")),
        POLICIES: (True, bytes.fromhex("3011 300F 060D 2A863A0001848FB90F01020104")),
        SUBJECT_KEY: (False, b"\x04\x08" + key_identifier(SMKI.root.certificate.public_point)),
    }
    assert SMKI.root.certificate.subject_name == "CN=TEST-ROOT,OU=00"


def test_an_issuing_authority() -> None:
    root, issuer = SMKI.root.certificate, SMKI.issuer.certificate
    assert extensions(issuer.der) == {
        KEY_USAGE: (True, bytes.fromhex("03020106")),
        BASIC_CONSTRAINTS: (True, bytes.fromhex("30060101FF020100")),
        POLICIES: (True, bytes.fromhex("3011 300F 060D 2A863A0001848FB90F01020104")),
        SUBJECT_KEY: (False, b"\x04\x08" + key_identifier(issuer.public_point)),
        AUTHORITY_KEY: (False, bytes.fromhex("300A8008") + key_identifier(root.public_point)),
    }
    assert issuer.subject_name == "CN=TEST-ISSUER,OU=07"


def test_an_organisation_certificate() -> None:
    certificate = OPERATOR.certificate
    assert shape(certificate.der) == {
        "version": 2,
        "serial octets": 16,
        "algorithm": bytes.fromhex("300A 0608 2A8648CE3D040302"),
        "issuer": [(OU, PRINTABLE), (CN, PRINTABLE)],
        "subject": [(CN, UTF8), (OU, UTF8), (UNIQUE, BITS)],
        "times": ["utcTime", "utcTime"],
        "key": bytes.fromhex("3013 0607 2A8648CE3D0201 0608 2A8648CE3D030107"),
        "extensions": [
            (KEY_USAGE, True, 4),
            (SUBJECT_KEY, False, 10),
            (POLICIES, True, 19),
            (AUTHORITY_KEY, False, 12),
        ],
    }
    assert b"\x03\x09\x00" + PARTY in certificate.der
    assert certificate.subject == PARTY
    assert certificate.public_point == OPERATOR.key.public_point
    assert OPERATOR.key.scalar is not None


def test_a_device_certificate() -> None:
    assert shape(METER.der) == {
        "version": 2,
        "serial octets": 16,
        "algorithm": bytes.fromhex("300A 0608 2A8648CE3D040302"),
        "issuer": [(CN, PRINTABLE)],
        "subject": [],
        "times": ["utcTime", "generalTime"],
        "key": bytes.fromhex("3013 0607 2A8648CE3D0201 0608 2A8648CE3D030107"),
        "extensions": [
            (KEY_USAGE, True, 4),
            (SUBJECT_KEY, False, 10),
            (ALTERNATIVE_NAME, True, 43),
            (POLICIES, True, 18),
            (AUTHORITY_KEY, False, 12),
        ],
    }
    name = "3029 A027 0608 2B06010505070804 A01B 3019 060D 2A863A0001848FB90F01020201 0408 00DB1234567890A0"
    assert extensions(METER.der)[ALTERNATIVE_NAME] == (True, bytes.fromhex(name))
    assert b"\x18\x0f99991231235959Z" in METER.der
    assert METER.subject == DEVICE
    assert (METER.not_before, METER.not_after) == (NOW, NO_EXPIRY)
    assert METER.public_point == DEVICE_KEY


def test_the_shape_is_that_of_the_public_test_sets(conformance: Path) -> None:
    keystore = conformance / "rtds" / "keystore"
    with_name = der_of(keystore / "90b3d51f30010000-ds.pem")
    assert shape(OPERATOR.certificate.der) == shape(with_name)
    without_name = shape(der_of(keystore / "90b3d51f30020000-ka.pem"))
    assert without_name["subject"] == [(OU, UTF8), (UNIQUE, BITS)]
    assert shape(METER.der) == shape(der_of(keystore / "00db123456789001-ds.pem"))
    issuer = shape(SMKI.issuer.certificate.der)
    assert issuer == shape(sent_issuer(conformance))


def der_of(file: Path) -> bytes:
    return base64.b64decode("".join(file.read_text().split("-----")[2].split()))


def sent_issuer(conformance: Path) -> bytes:
    """The issuing authority's certificate, the last of a CS02b command before the signature."""
    folder = conformance / "rtds" / "messages" / "6.15.1_CS02bNOByNO"
    octets = bytes.fromhex(
        "".join((folder / "CS02bNOByNO_6.15.1_SUCCESS_COMMAND_GBCS.HEX").read_text().split())
    )
    *_, last = re.finditer(rb"\x30\x82(..)\x30\x82..\xa0\x03\x02\x01\x02", octets, re.DOTALL)
    return octets[last.start() : last.start() + 4 + int.from_bytes(last[1], "big")]


ISSUED = [*(authority.certificate for authority in AUTHORITIES), OPERATOR.certificate, METER]


@pytest.mark.parametrize("certificate", ISSUED, ids=lambda certificate: certificate.subject_name)
def test_serials_and_key_identifiers(certificate: Certificate) -> None:
    assert certificate.serial.bit_length() in range(121, 128)
    assert certificate.subject_key_identifier == key_identifier(certificate.public_point)
    assert certificate.common_name is None or TEST_MARK in certificate.common_name
    assert (certificate.common_name is None) == (certificate is METER)


@pytest.mark.parametrize(
    ("leaf", "path", "anchor"),
    [
        (OPERATOR.certificate, SMKI.issuer, SMKI.root),
        (METER, SMKI.device_issuer, SMKI.device_root),
    ],
)
def test_what_is_issued_passes_path_validation(leaf: Certificate, path: Authority, anchor: Authority) -> None:
    validator = PathValidator(CryptoProvider())
    intermediate = [path.certificate.der]
    assert validator.validate(leaf.der, intermediate, [anchor.certificate], NOW).ok
    other = TestSmki(b"another seed").root.certificate
    result = validator.validate(leaf.der, intermediate, [other], NOW)
    assert result.fault is PathFault.ISSUER_MISSING


def test_devices_and_organisations_are_of_two_hierarchies() -> None:
    validator = PathValidator(CryptoProvider())
    path = [SMKI.issuer.certificate.der, SMKI.device_issuer.certificate.der]
    assert not validator.validate(METER.der, path, [SMKI.root.certificate], NOW).ok


@pytest.mark.parametrize(
    ("purpose", "usage"),
    [
        (CertificatePurpose.DIGITAL_SIGNING, KeyUsage.DIGITAL_SIGNATURE),
        (CertificatePurpose.KEY_AGREEMENT, KeyUsage.KEY_AGREEMENT),
        (CertificatePurpose.PREPAYMENT_KEY_AGREEMENT, KeyUsage.KEY_AGREEMENT),
        (CertificatePurpose.XML_SIGNING, KeyUsage.DIGITAL_SIGNATURE),
    ],
)
def test_a_purpose_has_one_key_usage(purpose: CertificatePurpose, usage: KeyUsage) -> None:
    issued = SMKI.issue_organisation(PARTY, RemotePartyRole.SUPPLIER, purpose, TODAY)
    assert issued.certificate.key_usage is usage
    assert issued.purpose is purpose


@pytest.mark.parametrize(
    ("role", "purpose", "carried"),
    [
        (RemotePartyRole.SUPPLIER, CertificatePurpose.KEY_AGREEMENT, RemotePartyRole.SUPPLIER),
        (RemotePartyRole.OTHER, CertificatePurpose.DIGITAL_SIGNING, RemotePartyRole.OTHER),
        (RemotePartyRole.SUPPLIER, CertificatePurpose.XML_SIGNING, RemotePartyRole.XML_SIGN),
        (RemotePartyRole.XML_SIGN, CertificatePurpose.XML_SIGNING, RemotePartyRole.XML_SIGN),
        (RemotePartyRole.ACCESS_CONTROL_BROKER, CertificatePurpose.XML_SIGNING, RemotePartyRole.DSP_XML_SIGN),
        (RemotePartyRole.DSP_XML_SIGN, CertificatePurpose.XML_SIGNING, RemotePartyRole.DSP_XML_SIGN),
    ],
)
def test_the_role_that_a_certificate_carries(
    role: RemotePartyRole, purpose: CertificatePurpose, carried: RemotePartyRole
) -> None:
    certificate = SMKI.issue_organisation(PARTY, role, purpose, TODAY).certificate
    assert certificate.role is carried
    assert certificate.organisational_unit == f"{carried:02X}"


@pytest.mark.parametrize(
    ("role", "purpose", "field"),
    [
        (RemotePartyRole.ROOT, CertificatePurpose.DIGITAL_SIGNING, "role"),
        (RemotePartyRole.ISSUING_AUTHORITY, CertificatePurpose.XML_SIGNING, "role"),
        (RemotePartyRole.XML_SIGN, CertificatePurpose.DIGITAL_SIGNING, "purpose"),
        (RemotePartyRole.DSP_XML_SIGN, CertificatePurpose.KEY_AGREEMENT, "purpose"),
    ],
)
def test_roles_that_no_organisation_has(
    role: RemotePartyRole, purpose: CertificatePurpose, field: str
) -> None:
    with pytest.raises(DccValueError) as caught:
        SMKI.issue_organisation(PARTY, role, purpose, TODAY)
    assert caught.value.field == field


def issue_named(common_name: str) -> Certificate:
    return SMKI.issue_organisation(
        PARTY, RemotePartyRole.OTHER, CertificatePurpose.DIGITAL_SIGNING, TODAY, common_name=common_name
    ).certificate


def test_a_common_name_carries_test() -> None:
    assert issue_named("Wires TEST").common_name == "Wires TEST"
    assert issue_named("TEST" * 16).common_name == "TEST" * 16
    for refused in ("Wires", "test", "", "TEST" * 16 + "x"):
        with pytest.raises(DccValueError, match="common name"):
            issue_named(refused)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2015, 10, 30), date(2025, 10, 29)),
        (date(2016, 1, 1), date(2025, 12, 31)),
        (date(2020, 2, 29), date(2030, 2, 28)),
        (date(2018, 3, 1), date(2028, 2, 29)),
        # The last day that fits within the issuing authority's own time.
        (date(2030, 1, 1), date(2039, 12, 31)),
    ],
)
def test_an_organisation_certificate_lives_ten_years(first: date, last: date) -> None:
    issued = SMKI.issue_organisation(
        PARTY, RemotePartyRole.SUPPLIER, CertificatePurpose.KEY_AGREEMENT, first
    ).certificate
    assert issued.not_before == datetime(first.year, first.month, first.day, tzinfo=UTC)
    assert issued.not_after == datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("first", [date(2014, 12, 31), date(2030, 1, 2)])
def test_no_certificate_outlives_its_issuer(first: date) -> None:
    with pytest.raises(DccValueError, match="2015-01-01 to 2039-12-31"):
        SMKI.issue_organisation(PARTY, RemotePartyRole.SUPPLIER, CertificatePurpose.KEY_AGREEMENT, first)


def test_the_day_of_establishment_and_generalised_time_from_2050_on() -> None:
    later = TestSmki(b"seed", established=date(2045, 1, 1))
    assert later.root.certificate.not_after == datetime(2069, 12, 31, 23, 59, 59, tzinfo=UTC)
    issued = later.issue_organisation(
        PARTY, RemotePartyRole.SUPPLIER, CertificatePurpose.KEY_AGREEMENT, date(2045, 1, 1)
    )
    assert shape(issued.certificate.der)["times"] == ["utcTime", "generalTime"]


def test_a_device_certificate_starts_when_it_is_issued_in_utc_and_whole_seconds() -> None:
    summer = timezone(timedelta(hours=1))
    at = datetime(2025, 6, 1, 13, 30, 15, 999_999, tzinfo=summer)
    assert SMKI.issue_device(DEVICE, KeyUsage.DIGITAL_SIGNATURE, DEVICE_KEY, at) == METER


def test_what_a_device_cannot_have() -> None:
    with pytest.raises(DccValueError, match="key usage"):
        SMKI.issue_device(DEVICE, KeyUsage.KEY_CERT_SIGN, DEVICE_KEY, NOW)
    with pytest.raises(GbcsError, match="public key"):
        SMKI.issue_device(DEVICE, KeyUsage.KEY_AGREEMENT, b"\x04" + bytes(64), NOW)


def test_policies_and_hardware_type_can_be_set() -> None:
    smki = TestSmki(b"seed", profile=SmkiProfile("1.2.3", "1.2.4", "2.999.16384"))
    assert smki.root.certificate.policy_oids == ("1.2.3",)
    assert smki.device_issuer.certificate.policy_oids == ("1.2.4",)
    meter = smki.issue_device(DEVICE, KeyUsage.KEY_AGREEMENT, DEVICE_KEY, NOW)
    assert meter.policy_oids == ("1.2.4",)
    # 2.999 is 80 + 999 = 1079 = 8 * 128 + 55; 16384 = 1 * 128^2.
    assert bytes.fromhex("0605 8837 818000 0408") + DEVICE in meter.der


def test_one_seed_gives_one_set_of_octets_whatever_the_order() -> None:
    again = TestSmki(b"seed")
    meter = again.issue_device(DEVICE, KeyUsage.DIGITAL_SIGNATURE, DEVICE_KEY, NOW)
    operator = again.issue_organisation(
        PARTY, RemotePartyRole.NETWORK_OPERATOR, CertificatePurpose.DIGITAL_SIGNING, TODAY
    )
    assert (meter.der, operator.certificate.der) == (METER.der, OPERATOR.certificate.der)
    assert operator.key.scalar == OPERATOR.key.scalar
    assert again.root.certificate.der == SMKI.root.certificate.der


def test_another_seed_gives_other_octets() -> None:
    other = TestSmki(b"seed2")
    assert other.root.certificate.der != SMKI.root.certificate.der
    meter = other.issue_device(DEVICE, KeyUsage.DIGITAL_SIGNATURE, DEVICE_KEY, NOW)
    assert meter.serial != METER.serial


def test_whatever_differs_gets_its_own_serial_and_key() -> None:
    role, purpose = RemotePartyRole.SUPPLIER, CertificatePurpose.KEY_AGREEMENT
    issued = [
        SMKI.issue_organisation(PARTY, role, purpose, TODAY),
        SMKI.issue_organisation(PARTY, role, purpose, TODAY, generation=1),
        SMKI.issue_organisation(PARTY, role, CertificatePurpose.PREPAYMENT_KEY_AGREEMENT, TODAY),
        SMKI.issue_organisation(PARTY, RemotePartyRole.OTHER, purpose, TODAY),
        SMKI.issue_organisation(DEVICE, role, purpose, TODAY),
    ]
    assert len({each.certificate.serial for each in issued}) == len(issued)
    assert len({each.key.public_point for each in issued}) == len(issued)
    renamed = SMKI.issue_organisation(PARTY, role, purpose, TODAY, common_name="TEST renamed")
    renewed = SMKI.issue_organisation(PARTY, role, purpose, TODAY + timedelta(days=1))
    serials = {each.certificate.serial for each in (issued[0], renamed, renewed)}
    assert len(serials) == 3
    assert renewed.key.public_point == issued[0].key.public_point


@settings(max_examples=25)
@given(st.binary(min_size=8, max_size=8), st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))
def test_any_device_at_any_time(eui64: bytes, at: datetime) -> None:
    certificate = SMKI.issue_device(Eui64(eui64), KeyUsage.KEY_AGREEMENT, DEVICE_KEY, at.replace(tzinfo=UTC))
    assert certificate.subject == eui64
    assert certificate.not_before == at.replace(tzinfo=UTC, microsecond=0)
    assert shape(certificate.der)["serial octets"] == 16
