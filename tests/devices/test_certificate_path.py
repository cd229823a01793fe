"""Path validation: for each check, the smallest path that passes and the smallest that fails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from certificate_maker import (
    END,
    OTHER_POLICY,
    POLICY,
    START,
    UNKNOWN_EXTENSION,
    Extensions,
    Made,
    authority,
    flip_last_bit,
    key_usage,
    make,
    organisation,
    policies,
    sent_certificates,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from devices.gbcs import credentials_codec
from devices.gbcs.certificate_path import PathFault, PathResult, PathValidator
from devices.gbcs.certificates import Certificate, load_certificate
from devices.gbcs.credentials import CredentialStatus, UpdateCredentials, UpdateCredentialsResponse
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.message import parse

NOW = datetime(2025, 6, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ROOT = make(authority("ROOT", "00"), None, ca=True)
ISSUER = make(authority("ISSUER"), ROOT, ca=True, path_length=0)
LEAF = make(organisation(), ISSUER)
STRANGER = make(authority("STRANGER", "00"), None, ca=True)
OTHER = make(authority("OTHER"), STRANGER, ca=True, path_length=0)


def check(
    leaf: Made | bytes,
    sent: Sequence[Made | bytes] = (ISSUER,),
    anchors: Sequence[Made] = (ROOT,),
    at: datetime | None = NOW,
    *,
    held: Sequence[Made] = (),
    enforce_profile: bool = True,
) -> PathResult:
    """Validate with a validator that remembers nothing."""
    return PathValidator(CryptoProvider(), enforce_profile=enforce_profile).validate(
        der_of(leaf),
        [der_of(certificate) for certificate in sent],
        [anchor.certificate for anchor in anchors],
        at,
        [certificate.certificate for certificate in held],
    )


def der_of(made: Made | bytes) -> bytes:
    return made if isinstance(made, bytes) else made.certificate.der


def leaf_with(extensions: Extensions) -> Made:
    return make(LEAF.name, ISSUER, extensions)


def issuer_with(extensions: Extensions | None = None, name: str = "ISSUER", **details: object) -> Made:
    return make(authority(name), ROOT, extensions, **({"ca": True, "path_length": 0} | details))  # type: ignore[arg-type]


def test_a_good_path() -> None:
    result = check(LEAF)
    assert result.ok
    assert result.status is CredentialStatus.SUCCESS
    assert result.certificate is LEAF.certificate
    assert result.chain == (LEAF.certificate, ISSUER.certificate, ROOT.certificate)
    assert (result.fault, result.text) == (None, "")


def test_a_certificate_that_the_root_issued_itself() -> None:
    assert check(make(LEAF.name, ROOT), sent=()).ok


@pytest.mark.parametrize("fault", PathFault)
def test_every_fault_has_a_status(fault: PathFault) -> None:
    assert fault.status in (CredentialStatus.BAD_CERTIFICATE, CredentialStatus.NO_TRUST_ANCHOR)
    assert fault.confirmed == (fault in (PathFault.ISSUER_MISSING, PathFault.ISSUER_SIGNATURE))
    assert not fault.confirmed or fault.status is CredentialStatus.NO_TRUST_ANCHOR


# The leaf itself.


@pytest.mark.parametrize("octets", [b"", b"\x30\x00", LEAF.certificate.der[:-1]])
def test_a_leaf_that_is_no_certificate(octets: bytes) -> None:
    result = check(octets)
    assert (result.fault, result.certificate) == (PathFault.LEAF_UNREADABLE, None)
    assert result.status is CredentialStatus.BAD_CERTIFICATE


def test_a_leaf_on_another_curve() -> None:
    key = ec.derive_private_key(7, ec.SECP384R1()).public_key()
    assert check(make(LEAF.name, ISSUER, public_key=key)).fault is PathFault.LEAF_UNREADABLE


@pytest.mark.parametrize("usage", ["digital_signature", "key_agreement"])
def test_a_leaf_with_one_usage(usage: str) -> None:
    assert check(leaf_with({x509.KeyUsage: (key_usage(usage), True)})).ok


@pytest.mark.parametrize(
    "extensions",
    [
        {x509.KeyUsage: None},
        {x509.KeyUsage: (key_usage("digital_signature", "key_agreement"), True)},
        {x509.KeyUsage: (key_usage("key_cert_sign"), True)},
        {x509.KeyUsage: (key_usage("digital_signature"), False)},
        {x509.BasicConstraints: (x509.BasicConstraints(True, None), True)},
        {x509.CertificatePolicies: None},
        {x509.CertificatePolicies: (policies(POLICY), False)},
        {x509.AuthorityKeyIdentifier: None},
        {x509.SubjectKeyIdentifier: (x509.SubjectKeyIdentifier(b"\x40" + bytes(7)), True)},
        {x509.UnrecognizedExtension: (UNKNOWN_EXTENSION, True)},
    ],
    ids=lambda extensions: ", ".join(kind.__name__ for kind in extensions),
)
def test_a_leaf_that_is_not_of_the_profile(extensions: Extensions) -> None:
    result = check(leaf_with(extensions))
    assert result.fault is PathFault.LEAF_PROFILE
    assert result.status is CredentialStatus.BAD_CERTIFICATE
    assert result.text.startswith(PathFault.LEAF_PROFILE.value)


@pytest.mark.parametrize(
    "extensions",
    [
        {x509.BasicConstraints: (x509.BasicConstraints(False, None), True)},
        {x509.UnrecognizedExtension: (UNKNOWN_EXTENSION, False)},
        {x509.CertificatePolicies: (policies(OTHER_POLICY, POLICY), True)},
    ],
    ids=lambda extensions: ", ".join(kind.__name__ for kind in extensions),
)
def test_a_leaf_may_have_these(extensions: Extensions) -> None:
    assert check(leaf_with(extensions)).ok


def test_a_leaf_signed_with_another_hash() -> None:
    result = check(make(LEAF.name, ISSUER, algorithm=hashes.SHA384()))
    assert result.fault is PathFault.LEAF_PROFILE
    assert "signature algorithm" in result.text


def test_a_leaf_with_another_signature() -> None:
    result = check(flip_last_bit(LEAF.certificate.der))
    assert result.fault is PathFault.LEAF_SIGNATURE
    assert result.status is CredentialStatus.BAD_CERTIFICATE


def test_policies_of_leaf_and_issuer_must_meet() -> None:
    other = leaf_with({x509.CertificatePolicies: (policies(OTHER_POLICY), True)})
    assert check(other).fault is PathFault.LEAF_POLICY
    any_policy = issuer_with({x509.CertificatePolicies: (policies("2.5.29.32.0"), True)})
    assert check(other, sent=(any_policy,)).ok
    # The anchor's own policy does not count.
    assert check(other, sent=(), anchors=(ISSUER,)).ok


def test_the_form_of_a_leaf_can_be_left_unchecked() -> None:
    loose = leaf_with({x509.CertificatePolicies: (policies(OTHER_POLICY), False)})
    assert check(loose).fault is PathFault.LEAF_PROFILE
    assert check(loose, enforce_profile=False).ok
    two_uses = leaf_with({x509.KeyUsage: (key_usage("digital_signature", "key_agreement"), True)})
    assert check(two_uses, enforce_profile=False).fault is PathFault.LEAF_PROFILE
    corrupted = flip_last_bit(loose.certificate.der)
    assert check(corrupted, enforce_profile=False).fault is PathFault.LEAF_SIGNATURE


# Times.


def test_the_leaf_is_checked_against_time_and_both_ends_count() -> None:
    for at, ok in ((START - SECOND, False), (START, True), (END, True), (END + SECOND, False)):
        result = check(LEAF, at=at)
        assert result.ok is ok
        assert result.fault is (None if ok else PathFault.LEAF_OUT_OF_TIME)
    assert check(LEAF, at=END + SECOND).status is CredentialStatus.BAD_CERTIFICATE
    assert "2030-01-01 00:00:00 UTC, valid 2020-01-01" in check(LEAF, at=END + SECOND).text


def test_time_can_be_disapplied() -> None:
    expired = make(LEAF.name, ISSUER, not_after=NOW - SECOND)
    assert check(expired).fault is PathFault.LEAF_OUT_OF_TIME
    assert check(expired, at=None).ok


def test_the_issuer_is_checked_against_time_and_the_anchor_is_not() -> None:
    issuer = issuer_with(not_after=NOW - SECOND)
    leaf = make(LEAF.name, issuer)
    result = check(leaf, sent=(issuer,))
    assert result.fault is PathFault.ISSUER_OUT_OF_TIME
    assert result.status is CredentialStatus.NO_TRUST_ANCHOR
    assert check(leaf, sent=(issuer,), at=NOW - SECOND).ok
    assert check(leaf, sent=(issuer,), anchors=(issuer,)).ok


def test_a_path_once_found_is_checked_against_time_again() -> None:
    validator = PathValidator(CryptoProvider())
    arguments = LEAF.certificate.der, [ISSUER.certificate.der], [ROOT.certificate]
    assert validator.validate(*arguments, NOW).ok
    assert not validator.validate(*arguments, END + SECOND).ok
    assert validator.validate(*arguments, NOW).ok


# Issuers.


def test_an_issuer_that_nobody_brings() -> None:
    result = check(LEAF, sent=())
    assert result.fault is PathFault.ISSUER_MISSING
    assert result.status is CredentialStatus.NO_TRUST_ANCHOR
    assert "CN=ISSUER,OU=07" in result.text
    assert check(LEAF, sent=(OTHER,)).fault is PathFault.ISSUER_MISSING


def test_an_issuer_of_that_name_with_another_key() -> None:
    namesake = issuer_with(key_name="another")
    assert check(LEAF, sent=(namesake,)).fault is PathFault.ISSUER_MISSING
    assert check(LEAF, sent=(namesake, ISSUER)).ok


def test_an_issuer_of_that_name_and_key_identifier_with_another_key() -> None:
    identifier = x509.SubjectKeyIdentifier(ISSUER.certificate.subject_key_identifier)
    impostor = issuer_with({x509.SubjectKeyIdentifier: (identifier, False)}, key_name="another")
    assert check(LEAF, sent=(impostor,)).fault is PathFault.LEAF_SIGNATURE
    assert check(LEAF, sent=(impostor, ISSUER)).ok


def test_certificates_come_in_any_order_and_unused_ones_do_no_harm() -> None:
    assert check(LEAF, sent=(OTHER, ISSUER)).ok
    assert check(LEAF, sent=(ISSUER, ROOT, OTHER)).ok
    assert check(LEAF, sent=(b"\x30\x00", ISSUER)).ok
    assert check(LEAF, sent=(ISSUER, ISSUER)).ok


def test_three_certificates_are_enough_and_four_too_many() -> None:
    assert check(LEAF, sent=(OTHER, STRANGER, ISSUER)).ok
    result = check(LEAF, sent=(OTHER, STRANGER, ROOT, ISSUER))
    assert result.fault is PathFault.TOO_MANY_CERTIFICATES


def test_an_issuer_that_the_device_holds() -> None:
    assert check(LEAF, sent=(), held=(ISSUER,)).ok
    # It is no anchor: it has to lead to one, too.
    assert check(LEAF, sent=(), held=(ISSUER,), anchors=(STRANGER,)).fault is PathFault.ISSUER_MISSING


def test_a_corrupted_issuer_in_the_command_is_refused_although_the_true_one_is_known() -> None:
    corrupted = flip_last_bit(ISSUER.certificate.der)
    for held, anchors in ((ISSUER,), (ROOT,)), ((), (ISSUER,)):
        result = check(LEAF, sent=(corrupted,), held=held, anchors=anchors)
        assert not result.ok
        assert result.status is CredentialStatus.NO_TRUST_ANCHOR
    assert check(LEAF, sent=(corrupted,)).fault is PathFault.ISSUER_SIGNATURE
    assert check(LEAF, sent=(corrupted, ISSUER)).ok


@pytest.mark.parametrize(
    "extensions",
    [
        {x509.BasicConstraints: None},
        {x509.BasicConstraints: (x509.BasicConstraints(False, None), True)},
        {x509.KeyUsage: (key_usage("digital_signature"), True)},
    ],
)
@pytest.mark.parametrize("is_anchor", [False, True])
def test_an_issuer_that_is_no_certification_authority(extensions: Extensions, is_anchor: bool) -> None:
    issuer = issuer_with(extensions)
    anchors = (issuer,) if is_anchor else (ROOT,)
    result = check(make(LEAF.name, issuer), sent=(issuer,), anchors=anchors)
    assert result.fault is PathFault.ISSUER_NOT_AUTHORITY
    assert result.status is CredentialStatus.NO_TRUST_ANCHOR


def test_an_issuer_without_the_right_to_sign_revocation_lists() -> None:
    issuer = issuer_with({x509.KeyUsage: (key_usage("key_cert_sign"), True)})
    assert check(make(LEAF.name, issuer), sent=(issuer,)).ok


def test_an_issuer_that_is_not_of_the_profile() -> None:
    loose = issuer_with({x509.CertificatePolicies: (policies(POLICY), False)})
    leaf = make(LEAF.name, loose)
    assert check(leaf, sent=(loose,)).fault is PathFault.ISSUER_PROFILE
    assert check(leaf, sent=(loose,), enforce_profile=False).ok
    # An anchor is taken as it is.
    assert check(leaf, sent=(loose,), anchors=(loose,)).ok


def test_an_organisation_cannot_issue() -> None:
    below = make(organisation("02"), LEAF)
    result = check(below, sent=(LEAF, ISSUER))
    assert result.fault is PathFault.ISSUER_NOT_AUTHORITY


@pytest.mark.parametrize(("limit", "ok"), [(0, False), (1, True), (None, True)])
def test_path_lengths(limit: int | None, ok: bool) -> None:
    upper = issuer_with(name="UPPER", path_length=limit)
    lower = make(authority("LOWER"), upper, ca=True, path_length=0)
    result = check(make(LEAF.name, lower), sent=(lower, upper))
    assert result.ok is ok
    assert result.fault is (None if ok else PathFault.PATH_TOO_LONG)


def test_issuers_that_issue_each_other_lead_nowhere() -> None:
    # Each names the other as its issuer; neither leads to the root.
    one = make(authority("ONE"), None, ca=True)
    two = make(authority("TWO"), one, ca=True)
    ring = make(one.name, two, ca=True)
    assert check(make(LEAF.name, ring), sent=(ring, two)).fault is PathFault.ISSUER_MISSING


# Anchors.


def test_an_intermediate_can_be_the_anchor() -> None:
    assert check(LEAF, anchors=(ISSUER,)).ok
    assert check(LEAF, sent=(), anchors=(ISSUER,)).ok
    assert check(LEAF, anchors=(ISSUER,)).chain == (LEAF.certificate, ISSUER.certificate)


def test_another_root_of_the_same_name() -> None:
    namesake = make(ROOT.name, None, ca=True, key_name="another")
    assert check(LEAF, anchors=(namesake,)).fault is PathFault.ISSUER_MISSING
    identifier = x509.SubjectKeyIdentifier(ROOT.certificate.subject_key_identifier)
    extensions: Extensions = {x509.SubjectKeyIdentifier: (identifier, False)}
    impostor = make(ROOT.name, None, extensions, ca=True, key_name="another")
    assert check(LEAF, anchors=(impostor,)).fault is PathFault.ISSUER_SIGNATURE


def test_an_organisation_in_the_root_cell_is_no_anchor() -> None:
    below = make(organisation("02"), LEAF)
    assert check(below, sent=(), anchors=(LEAF,)).fault is PathFault.ISSUER_NOT_AUTHORITY


def test_without_anchor_nothing_is_good() -> None:
    assert check(LEAF, anchors=()).fault is PathFault.ISSUER_MISSING
    assert check(LEAF, sent=(ISSUER, ROOT), anchors=()).fault is PathFault.ISSUER_MISSING


# What is computed, and how often.


def test_a_path_is_verified_once_and_its_issuer_with_it() -> None:
    provider = CryptoProvider()
    validator = PathValidator(provider)
    second = make(organisation("03", party=bytes(8)), ISSUER)
    counts = []
    for leaf in (LEAF, LEAF, second, second):
        copies = [bytes(bytearray(der_of(made))) for made in (leaf, ISSUER)]
        assert validator.validate(copies[0], copies[1:], [ROOT.certificate], NOW).ok
        counts.append(provider.tally.signatures_verified)
    assert counts == [2, 2, 3, 3]


def test_a_refusal_is_remembered_and_tied_to_the_octets() -> None:
    provider = CryptoProvider()
    validator = PathValidator(provider)
    corrupted = flip_last_bit(LEAF.certificate.der)
    for leaf, ok in ((corrupted, False), (corrupted, False), (LEAF.certificate.der, True)):
        assert validator.validate(leaf, [ISSUER.certificate.der], [ROOT.certificate], NOW).ok is ok
    # The corrupted leaf, the true leaf, the issuer.
    assert provider.tally.signatures_verified == 3


def test_one_validator_serves_several_anchors() -> None:
    validator = PathValidator(CryptoProvider())
    for anchor, ok in ((ROOT, True), (STRANGER, False), (ROOT, True)):
        result = validator.validate(LEAF.certificate.der, [ISSUER.certificate.der], [anchor.certificate], NOW)
        assert result.ok is ok


@given(
    st.sampled_from([0, 1]),
    st.integers(0, len(LEAF.certificate.der) - 1),
    st.integers(1, 255),
)
def test_no_changed_octet_passes(which: int, at: int, change: int) -> None:
    path = [bytearray(LEAF.certificate.der), bytearray(ISSUER.certificate.der)]
    octets = path[which]
    octets[at % len(octets)] ^= change
    result = check(bytes(path[0]), sent=(bytes(path[1]),))
    assert not result.ok
    assert result.text


# The public test data.


def rtds_issuer(conformance: Path) -> Certificate:
    sent = [load_certificate(der) for der in sent_certificates(conformance / "rtds" / "messages")]
    return next(certificate for certificate in sent if certificate.is_ca)


def test_the_certificates_that_rtds_sends(conformance: Path) -> None:
    issuer = rtds_issuer(conformance)
    validator = PathValidator(CryptoProvider())
    faults: dict[PathFault | None, list[str]] = {}
    for der in sent_certificates(conformance / "rtds" / "messages"):
        if not load_certificate(der).is_ca:
            result = validator.validate(der, [issuer.der], [issuer], None)
            faults.setdefault(result.fault, []).append(load_certificate(der).issuer)
    assert set(faults.pop(None)) == {"CN=Z1,OU=07"}
    # Z2 and E357 are in no message; the rest is a wrong key usage, and policies that are not critical.
    missing = set(faults.pop(PathFault.ISSUER_MISSING))
    assert missing >= {"CN=Z2,OU=07", "CN=E357"}
    assert "CN=Z1,OU=07" not in missing
    assert set(faults.pop(PathFault.LEAF_PROFILE)) >= {"CN=0001", "CN=E357"}
    assert not faults


def test_the_organisations_of_the_key_store(conformance: Path) -> None:
    issuer = rtds_issuer(conformance)
    validator = PathValidator(CryptoProvider())
    bad = set()
    for file in sorted((conformance / "rtds" / "keystore").glob("90b3*.pem")):
        der = x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)
        at = datetime(2020, 1, 1, tzinfo=UTC)
        result = validator.validate(der, [issuer.der], [issuer], at)
        if not result.ok:
            assert result.status is CredentialStatus.BAD_CERTIFICATE
            bad.add(file.stem)
    # Made by hand: no authority key identifier, and not signed by Z1.
    assert bad == {"90b3d51f30010008-ds", "90b3d51f30010008-ka"}
    loose = PathValidator(CryptoProvider(), enforce_profile=False)
    for stem in bad:
        pem = (conformance / "rtds" / "keystore" / f"{stem}.pem").read_bytes()
        der = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
        assert loose.validate(der, [issuer.der], [issuer], None).fault is PathFault.LEAF_SIGNATURE


def test_the_outcomes_that_rtds_devices_report(conformance: Path) -> None:
    issuer = rtds_issuer(conformance)
    validator = PathValidator(CryptoProvider())
    seen = set()
    for file in sorted((conformance / "rtds" / "messages").glob("*/*_RESPONSE_GBCS.HEX")):
        response = payload_of(file)
        command_file = file.with_name(file.name.replace("_RESPONSE_", "_COMMAND_"))
        if not isinstance(response, UpdateCredentialsResponse) or response.outcome is None:
            continue
        if not command_file.exists():
            continue
        command = payload_of(command_file)
        assert isinstance(command, UpdateCredentials)
        ours = {
            replacement.cell: validator.validate(
                replacement.certificate, command.path_certificates, [issuer], None
            ).status
            for replacement in command.replacements
        }
        theirs = {outcome.cell: outcome.status for outcome in response.outcome.replacements}
        assert ours == theirs, file.name
        seen |= set(theirs.values())
    assert seen >= {CredentialStatus.SUCCESS, CredentialStatus.NO_TRUST_ANCHOR}


def payload_of(file: Path) -> object:
    return credentials_codec.decode(parse(bytes.fromhex("".join(file.read_text().split()))))
