"""DUIS documents of the size of a 6.15.1: parse, verify, sign, validate; each beside lxml and bare ECDSA."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from comparison import Measure, batches_needed
from floors import Signing, Verification
from lxml import etree

from dcc.duis.errors import DuisError
from dcc.duis.namespaces import PREFIXES, sr
from dcc.duis.parsing import parse
from dcc.duis.schema import DuisSchema
from dcc.duis.signature import read_signature, sign, unsigned, verify_document
from dcc.smki.hierarchy import TestSmki
from dcc.smki.profiles import CertificatePurpose
from devices.gbcs.certificates import Certificate
from devices.gbcs.crypto import CryptoProvider, load_public_point
from devices.gbcs.identifiers import Eui64, RemotePartyRole

_ROUNDS: Final = 60
_DOCUMENTS: Final = 20
_TARGET: Final = 1.4
_PARTY: Final = Eui64.parse("90-B3-D5-1F-30-01-00-00")
_SMKI: Final = TestSmki(b"bench")
_SIGNER: Final = _SMKI.issue_organisation(
    _PARTY, RemotePartyRole.SUPPLIER, CertificatePurpose.XML_SIGNING, date(2020, 1, 1)
)
_CERTIFICATE: Final = _SIGNER.certificate


class Signed(NamedTuple):
    """A signed document, and what the floor needs of it: its tree without the signature, the bare check."""

    octets: bytes
    bare: etree._Element
    check: Verification


def _document(number: int) -> etree._Element:
    """An update of a supplier's credentials: four certificates, as large as a real one."""
    root = etree.Element(sr("Request"), {"schemaVersion": "5.4"}, nsmap=PREFIXES)
    header = etree.SubElement(root, sr("Header"))
    for name, text in (
        ("RequestID", f"{_PARTY}:00-DB-12-34-56-78-90-A0:{number}"),
        ("CommandVariant", "4"),
        ("ServiceReference", "6.15"),
        ("ServiceReferenceVariant", "6.15.1"),
    ):
        etree.SubElement(header, sr(name)).text = text
    body = etree.SubElement(etree.SubElement(root, sr("Body")), sr("UpdateSecurityCredentialsKRP"))
    for name, text in (
        ("RemotePartyRole", "Supplier"),
        ("RemotePartyFloorSeqNumber", "0"),
        ("RemotePartyPrepaymentTopUpFloorSeqNumber", "0"),
    ):
        etree.SubElement(body, sr(name)).text = text
    certificate = base64.b64encode(_CERTIFICATE.der).decode()
    pairs = etree.SubElement(
        etree.SubElement(body, sr("ReplacementCertificates")), sr("SupplierOrNetworkOperatorCertificates")
    )
    for name in ("DigitalSigningCertificate", "KeyAgreementCertificate", "KeyAgreementTopUpCertificate"):
        etree.SubElement(pairs, sr(name)).text = certificate
    path = etree.SubElement(body, sr("CertificationPathCertificates"))
    etree.SubElement(path, sr("Certificate")).text = certificate
    etree.SubElement(body, sr("ApplyTimeBasedCPVChecks")).text = "false"
    return root


@pytest.fixture(scope="module")
def provider() -> CryptoProvider:
    return CryptoProvider()


@pytest.fixture(scope="module")
def documents(provider: CryptoProvider) -> list[Signed]:
    """Documents that differ, so that nothing is answered from memory."""
    key = load_public_point(_CERTIFICATE.public_point)
    made = []
    for number in range(_DOCUMENTS):
        bare = _document(number)
        octets = sign(bare, _SIGNER.key, _CERTIFICATE.issuer, _CERTIFICATE.serial, provider)
        signature = read_signature(parse(octets))
        r, s = (int.from_bytes(half, "big") for half in (signature.value[:32], signature.value[32:]))
        made.append(Signed(octets, bare, Verification(key, r, s, signature.signed_info)))
    return made


def _find(issuer: str, serial: int) -> Certificate | None:
    known = issuer == _CERTIFICATE.issuer and serial == _CERTIFICATE.serial
    return _CERTIFICATE if known else None


def _parse_alone(documents: Sequence[Signed]) -> None:
    for document in documents:
        etree.fromstring(document.octets)


def test_parse(measure: Measure, documents: list[Signed]) -> None:
    def work(batch: list[Signed]) -> None:
        for document in batch:
            parse(document.octets)

    batches = [(documents, documents)] * batches_needed(_ROUNDS)
    measure.beside_floor(
        "DUIS: parse, bounded", work, _parse_alone, batches, items=_DOCUMENTS, rounds=_ROUNDS
    )


def test_parse_and_verify(measure: Measure, documents: list[Signed], provider: CryptoProvider) -> None:
    """Beside: parse with lxml, canonicalise what is digested and what is signed, digest, bare ECDSA."""

    def work(batch: list[Signed]) -> None:
        for document in batch:
            verify_document(parse(document.octets), _find, provider)

    def floor(batch: list[Signed]) -> None:
        for octets, bare, check in batch:
            root = etree.fromstring(octets)
            hashlib.sha256(etree.tostring(bare, method="c14n")).digest()
            etree.tostring(root[-1][0], method="c14n", exclusive=True)
            check.run()

    measure.beside_floor(
        "DUIS: parse and verify",
        work,
        floor,
        [(documents, documents)] * batches_needed(_ROUNDS),
        items=_DOCUMENTS,
        rounds=_ROUNDS,
        target=_TARGET,
    )


def test_sign(measure: Measure, documents: list[Signed], provider: CryptoProvider) -> None:
    """Beside: canonicalise, digest, bare ECDSA."""
    key = _SIGNER.key.private_key()
    signings = [Signing(key, document.check.data) for document in documents]

    def work(batch: list[Signed]) -> None:
        for document in batch:
            sign(document.bare, _SIGNER.key, _CERTIFICATE.issuer, _CERTIFICATE.serial, provider)

    def floor(batch: list[tuple[Signed, Signing]]) -> None:
        for document, signing in batch:
            hashlib.sha256(etree.tostring(document.bare, method="c14n")).digest()
            signing.run()

    measure.beside_floor(
        "DUIS: sign",
        work,
        floor,
        [(documents, list(zip(documents, signings, strict=True)))] * batches_needed(_ROUNDS),
        items=_DOCUMENTS,
        rounds=_ROUNDS,
        target=_TARGET,
    )


def test_parse_and_validate(measure: Measure, documents: list[Signed], conformance: Path) -> None:
    """Beside: lxml's parser, and its validator with the same schema."""
    folder = conformance / "duis" / "schema"
    schema = DuisSchema.load(folder)
    bare = schema.compiled

    def work(batch: list[Signed]) -> None:
        for document in batch:
            schema.check(parse(document.octets))

    def floor(batch: list[Signed]) -> None:
        for document in batch:
            bare.validate(etree.fromstring(document.octets))

    measure.beside_floor(
        "DUIS: parse and validate",
        work,
        floor,
        [(documents, documents)] * batches_needed(_ROUNDS),
        items=_DOCUMENTS,
        rounds=_ROUNDS,
        target=_TARGET,
    )


def test_refuse_hostile_documents(measure: Measure) -> None:
    """Each as large, deep or wide as a limit lets it come before it is refused."""
    hostile = [
        b"<a>" + b"x" * 10_000_000 + b"</a>",
        b"<a>" * 100_000 + b"</a>" * 100_000,
        b"<a>" * 4_900 + b"</a>" * 4_900,
        b"<a>" + b"<?x?> " * 9_000 + b"</a>",
        b"<a>" + b"<!-- -->x" * 9_000 + b"</a>",
        b"<a b='" + b"x" * 1_900_000 + b"'/>",
    ]

    def work() -> None:
        for document in hostile:
            with pytest.raises(DuisError):
                parse(document)

    measure.alone("DUIS: refuse a hostile document", work, items=len(hostile), rounds=5)


def test_unsigned_copy(measure: Measure, documents: list[Signed]) -> None:
    roots = [parse(document.octets) for document in documents]

    def work() -> None:
        for root in roots:
            unsigned(root)

    measure.alone("DUIS: copy without signature and gaps", work, items=_DOCUMENTS, rounds=_ROUNDS)
