"""Requests of 6.15.1 between values and XML; each beside what lxml and bare ECDSA take for the same."""

from __future__ import annotations

import hashlib
from binascii import a2b_base64, b2a_base64
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from comparison import Measure, batches_needed
from floors import Signing, Verification
from lxml import etree

from dcc.bodies.credentials import ReplaceCredentials
from dcc.duis.namespaces import PREFIXES
from dcc.duis.parsing import parse
from dcc.duis.requests import encode_request, read_request, write_request
from dcc.duis.schema import DuisSchema
from dcc.duis.signature import read_signature, sign, sign_canonical, verify_document
from dcc.identifiers import RequestId
from dcc.service_requests import CommandVariant, ServiceRequest
from dcc.smki.hierarchy import TestSmki
from dcc.smki.profiles import CertificatePurpose
from dcc.srv import Srv
from devices.gbcs.certificates import Certificate
from devices.gbcs.crypto import CryptoProvider, load_public_point
from devices.gbcs.identifiers import Eui64, OriginatorCounter, RemotePartyRole

_ROUNDS: Final = 60
_DOCUMENTS: Final = 20
_TARGET: Final = 1.4
_PARTY: Final = Eui64.parse("90-B3-D5-1F-30-02-00-00")
_DEVICE: Final = Eui64.parse("00-DB-12-34-56-78-90-A0")
_SIGNER: Final = TestSmki(b"bench").issue_organisation(
    _PARTY, RemotePartyRole.NETWORK_OPERATOR, CertificatePurpose.XML_SIGNING, date(2020, 1, 1)
)
_CERTIFICATE: Final = _SIGNER.certificate
_DER: Final = _CERTIFICATE.der
_LONG: Final = 200


class Sample(NamedTuple):
    """One request in all its forms, and what the floors need of it."""

    request: ServiceRequest
    bare: bytes
    signed: bytes
    tree: etree._Element
    check: Verification
    signing: Signing
    texts: list[tuple[int, str, str | None]]


def _request(number: int) -> ServiceRequest:
    body = ReplaceCredentials(
        RemotePartyRole.NETWORK_OPERATOR, _DER, _DER, path=(_DER,), floor=OriginatorCounter(0)
    )
    request_id = RequestId(_PARTY, _DEVICE, OriginatorCounter(1000 + number))
    return ServiceRequest(request_id, CommandVariant.TRANSFORM, Srv.UPDATE_CREDENTIALS, body)


def _sample(number: int, provider: CryptoProvider) -> Sample:
    request = _request(number)
    tree = write_request(request)
    signed = sign(tree, _SIGNER.key, _CERTIFICATE.issuer, _CERTIFICATE.serial, provider)
    signature = read_signature(parse(signed))
    r, s = (int.from_bytes(half, "big") for half in (signature.value[:32], signature.value[32:]))
    check = Verification(load_public_point(_CERTIFICATE.public_point), r, s, signature.signed_info)
    signing = Signing(_SIGNER.key.private_key(), signature.signed_info)
    texts = [(sum(1 for _ in part.iterancestors()), part.tag, part.text) for part in tree.iter()]
    return Sample(request, etree.tostring(tree), signed, tree, check, signing, texts)


@pytest.fixture(scope="module")
def provider() -> CryptoProvider:
    return CryptoProvider()


@pytest.fixture(scope="module")
def samples(provider: CryptoProvider) -> list[Sample]:
    """Documents that differ, so that nothing is answered from memory."""
    return [_sample(number, provider) for number in range(_DOCUMENTS)]


def _look_through(root: etree._Element) -> None:
    """Ask each element for its name and text, and decode what is base64."""
    for element in root.iter():
        text = element.text
        if element.tag and text and len(text) > _LONG:
            a2b_base64(text, strict_mode=True)


def _build(sample: Sample) -> etree._Element:
    """The same tree by lxml alone."""
    above: list[etree._Element] = []
    for depth, tag, text in sample.texts:
        del above[depth:]
        if depth:
            element = etree.SubElement(above[-1], tag)
        else:
            element = etree.Element(tag, {"schemaVersion": "5.4"}, nsmap=PREFIXES)
        above.append(element)
        if text is not None:
            element.text = text
            if len(text) > _LONG:
                b2a_base64(_DER, newline=False)
    return above[0]


def test_parse_and_read(measure: Measure, samples: list[Sample]) -> None:
    """Beside: parse with lxml and nothing else."""

    def work(batch: list[Sample]) -> None:
        for sample in batch:
            read_request(parse(sample.bare))

    def floor(batch: list[Sample]) -> None:
        for sample in batch:
            etree.fromstring(sample.bare)

    measure.beside_floor(
        "DUIS request: parse and read, beside parsing alone",
        work,
        floor,
        [(samples, samples)] * batches_needed(_ROUNDS),
        items=_DOCUMENTS,
        rounds=_ROUNDS,
    )


def test_read(measure: Measure, samples: list[Sample]) -> None:
    """Beside: one look at each element, and the certificates from base64."""
    trees = [parse(sample.bare) for sample in samples]

    def work(batch: list[etree._Element]) -> None:
        for tree in batch:
            read_request(tree)

    def floor(batch: list[etree._Element]) -> None:
        for tree in batch:
            _look_through(tree)

    measure.beside_floor(
        "DUIS request: read, beside one look at each element",
        work,
        floor,
        [(trees, trees)] * batches_needed(_ROUNDS),
        items=_DOCUMENTS,
        rounds=_ROUNDS,
    )


def test_write(measure: Measure, samples: list[Sample]) -> None:
    """Beside: build the same tree with lxml, certificates to base64, and serialise it.

    We write canonical XML without a tree, and so may stay below.
    """

    def work(batch: list[Sample]) -> None:
        for sample in batch:
            encode_request(sample.request)

    def floor(batch: list[Sample]) -> None:
        for sample in batch:
            etree.tostring(_build(sample))

    measure.beside_floor(
        "DUIS request: write and serialise",
        work,
        floor,
        [(samples, samples)] * batches_needed(_ROUNDS),
        items=_DOCUMENTS,
        rounds=_ROUNDS,
        target=_TARGET,
    )


def _find(issuer: str, serial: int) -> Certificate | None:
    known = issuer == _CERTIFICATE.issuer and serial == _CERTIFICATE.serial
    return _CERTIFICATE if known else None


def test_receive(
    measure: Measure, samples: list[Sample], provider: CryptoProvider, conformance: Path
) -> None:
    """From octets to a checked value. Beside: parse, validate, canonicalise, digest, bare ECDSA, one look."""
    schema = DuisSchema.load(conformance / "duis" / "schema")

    def work(batch: list[Sample]) -> None:
        for sample in batch:
            root = parse(sample.signed)
            schema.check(root)
            verify_document(root, _find, provider)
            read_request(root)

    def floor(batch: list[Sample]) -> None:
        for sample in batch:
            root = etree.fromstring(sample.signed)
            schema.compiled.validate(root)
            hashlib.sha256(etree.tostring(sample.tree, method="c14n")).digest()
            etree.tostring(root[-1][0], method="c14n", exclusive=True)
            sample.check.run()
            _look_through(root)

    measure.beside_floor(
        "DUIS request: parse, validate, verify and read",
        work,
        floor,
        [(samples, samples)] * batches_needed(_ROUNDS),
        items=_DOCUMENTS,
        rounds=_ROUNDS,
        target=_TARGET,
    )


def test_send(measure: Measure, samples: list[Sample], provider: CryptoProvider) -> None:
    """From a value to signed octets. Beside: build the tree, canonicalise, digest, bare ECDSA, serialise."""

    def work(batch: list[Sample]) -> None:
        for sample in batch:
            sign_canonical(
                encode_request(sample.request),
                _SIGNER.key,
                _CERTIFICATE.issuer,
                _CERTIFICATE.serial,
                provider,
            )

    def floor(batch: list[Sample]) -> None:
        for sample in batch:
            tree = _build(sample)
            hashlib.sha256(etree.tostring(tree, method="c14n")).digest()
            sample.signing.run()
            etree.tostring(tree)

    measure.beside_floor(
        "DUIS request: write and sign",
        work,
        floor,
        [(samples, samples)] * batches_needed(_ROUNDS),
        items=_DOCUMENTS,
        rounds=_ROUNDS,
        target=_TARGET,
    )
