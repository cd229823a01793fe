"""The XML signature of DUIS documents: one enveloped signature, of one profile, and nothing besides.

XML signatures can do much more, and most attacks on them live there. So this reads one form alone, trusts
only the octets that were digested, and hands out only what they stand for.
"""

from __future__ import annotations

import binascii
import copy
import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple
from xml.sax.saxutils import escape, unescape

from lxml import etree

from dcc.duis.errors import SignatureError
from dcc.duis.namespaces import XML_SIGNATURE, ds, element_path, local_name, sr
from dcc.duis.roots import as_tree
from dcc.duis.signature_profile import (
    CANONICAL_SIGNATURE,
    SIGNATURE_TEMPLATE,
    SIGNED_INFO_TEMPLATE,
    canonical_signed_info,
    difference,
    shown,
)
from devices.gbcs.certificates import Certificate
from devices.gbcs.crypto import SIGNATURE_OCTETS, CryptoProvider, KeyPair

DIGEST_OCTETS: Final = 32

_SIGNATURE: Final = ds("Signature")
# Documents of the SMETS1 service providers travel inside responses with signatures of their own.
_SIGNED_INSIDE: Final = (sr("SMETS1SignedResponse"), sr("S1SPAlert"))
_WHITE_SPACE: Final = " \t\r\n"
_CARRIAGE_RETURN: Final = "&#xD;"
_GAP: Final = re.compile(rb">[ \t\n]+<")
_COMMA: Final = re.compile(r"[ \t\r\n]*(?<!\\),[ \t\r\n]*")
# As many as 20 octets can have (RFC 5280 4.1.2.2).
_SERIAL_DIGITS: Final = 49
# Nobody has vouched for the name yet: a long one would take quadratic time, and stay in memory.
_ISSUER_OCTETS: Final = 1_000
_PLACES: Final = {DIGEST_OCTETS: "SignedInfo/Reference/DigestValue", SIGNATURE_OCTETS: "SignatureValue"}
_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>'
_SIGNED_INFO: Final = SIGNED_INFO_TEMPLATE.format(DigestValue="%b").encode()
_DS_DECLARATION: Final = f'xmlns:ds="{XML_SIGNATURE}"'.encode()


class XmlSignature(NamedTuple):
    """What a signature says: whose it is, what it signs.

    ``issuer`` (``CN=Z1,OU=07``) and ``serial`` name the certificate, ``signed_info`` is the canonical octets
    of SignedInfo, ``digest`` 32 octets, ``value`` r || s, 64 octets.
    """

    issuer: str
    serial: int
    signed_info: bytes
    digest: bytes
    value: bytes


class VerifiedDocument(NamedTuple):
    """What was signed, and nothing else: the tree without its signature; and by whom."""

    root: etree._Element
    certificate: Certificate


FindCertificate = Callable[[str, int], Certificate | None]
"""Finds a certificate by issuer (``CN=Z1,OU=07``) and serial number; None if there is no such."""


def is_signed(root: etree._Element) -> bool:
    """Whether any signature stands anywhere in a document, good or bad."""
    return next(root.iter(_SIGNATURE), None) is not None


def read_signature(root: etree._Element) -> XmlSignature:
    """Read the one signature of a document that :func:`dcc.duis.parsing.parse` gave; proves nothing yet.

    Raises:
        SignatureError: there is none or more than one, it stands elsewhere than last in the root, or it
            is of another profile; names the part, what it says and what was expected.
    """
    element = _only_signature(root)
    form = CANONICAL_SIGNATURE.fullmatch(_canonical(element, exclusive=True))
    if form is None:
        raise difference(element)
    return XmlSignature(
        issuer=_issuer_of(form["X509IssuerName"], element),
        serial=_serial(form["X509SerialNumber"], element),
        signed_info=canonical_signed_info(form["SignedInfo"], form["xmlns"]),
        digest=_octets(form["DigestValue"], DIGEST_OCTETS, "of SHA-256", element),
        value=_octets(form["SignatureValue"], SIGNATURE_OCTETS, "r and s of P-256, not DER", element),
    )


def verify(
    root: etree._Element, signature: XmlSignature, certificate: Certificate, provider: CryptoProvider
) -> VerifiedDocument:
    """Check that the certificate's key signed the document; ``signature`` is what was read from ``root``.

    The tree is taken over: its signature is taken out, so that what is left is what was signed (white space
    after the signature included). Whether the certificate may sign is for others: its role, owner, validity
    and path.

    Raises:
        SignatureError: the document or its SignedInfo is not what was signed, or not with this key.
    """
    for element in list(root.iterchildren(_SIGNATURE)):
        _take_out(element)
    if hashlib.sha256(_canonical(root)).digest() != signature.digest:
        where = f"{local_name(root)}/Signature/SignedInfo/Reference/DigestValue"
        raise SignatureError(where, "is not the document's digest")
    if not provider.verify(certificate.public_point, signature.signed_info, signature.value):
        key = f"certificate {certificate.serial} of {certificate.issuer}"
        what = f"does not verify with the key of {key}"
        raise SignatureError(f"{local_name(root)}/Signature/SignatureValue", what)
    return VerifiedDocument(root, certificate)


def verify_document(
    root: etree._Element, find_certificate: FindCertificate, provider: CryptoProvider
) -> VerifiedDocument:
    """Read the signature, find its certificate, verify; takes the tree over as :func:`verify` does.

    Raises:
        SignatureError: as :func:`read_signature` and :func:`verify`, or the certificate is not known.
    """
    signature = read_signature(root)
    certificate = find_certificate(signature.issuer, signature.serial)
    if certificate is None:
        where = f"{local_name(root)}/Signature/KeyInfo/X509Data/X509IssuerSerial"
        what = f"certificate {signature.serial} of {shown(signature.issuer)} is not known"
        raise SignatureError(where, what)
    return verify(root, signature, certificate, provider)


def sign(root: etree._Element, key: KeyPair, issuer: str, serial: int, provider: CryptoProvider) -> bytes:
    """The document as octets, in canonical form, signed; ``issuer`` and ``serial`` name the certificate.

    A signature in the root is replaced. White space between elements is taken out, since readers that
    parse with the schema take it out too, before they compute the digest. ``root`` stays as it is. The same
    document and key give the same octets (RFC 6979).

    Raises:
        SignatureError: the document has no canonical form (a namespace that is not absolute).
        GbcsError: the private key is not held.
    """
    canonical = _canonical(root)
    if next(root.iterchildren(_SIGNATURE), None) is not None or _GAP.search(canonical):
        canonical = _canonical(unsigned(root))
    return _signed(canonical, key, issuer, serial, provider)


def sign_canonical(
    canonical: bytes, key: KeyPair, issuer: str, serial: int, provider: CryptoProvider
) -> bytes:
    """The same for a document that is in canonical form and bears no signature, as we write them.

    Raises:
        GbcsError: the private key is not held.
    """
    if _GAP.search(canonical):
        # White space is in what was taken over from others alone.
        return sign(as_tree(canonical), key, issuer, serial, provider)
    return _signed(canonical, key, issuer, serial, provider)


def _signed(canonical: bytes, key: KeyPair, issuer: str, serial: int, provider: CryptoProvider) -> bytes:
    digest = _base64(hashlib.sha256(canonical).digest())
    value = provider.sign(key, canonical_signed_info(_SIGNED_INFO % digest, _DS_DECLARATION))
    signature = _template(issuer, serial) % (digest, _base64(value))
    end = canonical.rindex(b"</")
    return b"".join((_DECLARATION, canonical[:end], signature, canonical[end:]))


@lru_cache(maxsize=1024)
def _template(issuer: str, serial: int) -> bytes:
    """A signature that lacks digest and value."""
    name = escape(issuer).replace("%", "%%")
    return SIGNATURE_TEMPLATE.format(
        DigestValue="%b", SignatureValue="%b", X509IssuerName=name, X509SerialNumber=serial
    ).encode()


def unsigned(root: etree._Element) -> etree._Element:
    """A copy without the signature of the root, comments, and white space between elements."""
    bare = copy.copy(root)
    etree.strip_tags(bare, etree.Comment)
    for signature in list(bare.iterchildren(_SIGNATURE)):
        _take_out(signature)
    for element in bare.iter():
        if len(element):
            element.text = _no_gap(element.text)
            for child in element:
                child.tail = _no_gap(child.tail)
    return bare


def _no_gap(text: str | None) -> str | None:
    return text if text is not None and text.strip(_WHITE_SPACE) else None


def _only_signature(root: etree._Element) -> etree._Element:
    for other in root.iter(etree.Comment, etree.PI):
        where = other.getparent()
        path = element_path(root if where is None else where)
        raise SignatureError(path, "a comment or processing instruction, expected none once parsed")
    found = [one for one in root.iter(_SIGNATURE) if not _is_inside_its_own_document(one, root)]
    if not found:
        raise SignatureError(local_name(root), "no signature")
    if len(found) > 1:
        places = ", ".join(element_path(one) for one in found[:3])
        raise SignatureError(local_name(root), f"{len(found)} signatures ({places}), expected one")
    if found[0] is not root[-1]:
        raise SignatureError(element_path(found[0]), f"expected as the last element in {local_name(root)}")
    return found[0]


def _is_inside_its_own_document(signature: etree._Element, root: etree._Element) -> bool:
    parent = signature.getparent()
    return parent is not None and parent is not root and parent.tag in _SIGNED_INSIDE


def _issuer_of(text: bytes, signature: etree._Element) -> str:
    if len(text) > _ISSUER_OCTETS:
        where = f"{element_path(signature)}/KeyInfo/X509Data/X509IssuerSerial/X509IssuerName"
        raise SignatureError(where, f"{len(text)} octets, expected at most {_ISSUER_OCTETS}")
    return _issuer(text)


@lru_cache(maxsize=1024)
def _issuer(text: bytes) -> str:
    """The name without white space around its commas; there are few issuers, so each is read once."""
    name = unescape(text.decode(), {_CARRIAGE_RETURN: "\r"})
    return _COMMA.sub(",", name.strip(_WHITE_SPACE))


def _serial(text: bytes, signature: etree._Element) -> int:
    digits = _compact(text)
    if not digits.isdigit() or len(digits) > _SERIAL_DIGITS:
        where = f"{element_path(signature)}/KeyInfo/X509Data/X509IssuerSerial/X509SerialNumber"
        raise SignatureError(where, f"{shown(text.decode())!r}, expected decimal digits")
    return int(digits)


def _octets(text: bytes, count: int, of_what: str, signature: etree._Element) -> bytes:
    """The octets of base64 on one line or several."""
    try:
        octets = binascii.a2b_base64(_compact(text), strict_mode=True)
    except binascii.Error:
        octets = b""
    if len(octets) != count:
        where = f"{element_path(signature)}/{_PLACES[count]}"
        raise SignatureError(where, f"{len(octets)} octets, expected {count} ({of_what}) in base64")
    return octets


def _compact(text: bytes) -> bytes:
    return text.replace(_CARRIAGE_RETURN.encode(), b"").translate(None, _WHITE_SPACE.encode())


def _take_out(element: etree._Element) -> None:
    """Remove an element, but not the text after it."""
    parent, before, text = element.getparent(), element.getprevious(), element.tail
    if parent is None:
        return
    if text and before is not None:
        before.tail = (before.tail or "") + text
    elif text:
        parent.text = (parent.text or "") + text
    parent.remove(element)


def _canonical(element: etree._Element, *, exclusive: bool = False) -> bytes:
    try:
        return etree.tostring(element, method="c14n", exclusive=exclusive, with_comments=False)
    except etree.C14NError:
        what = "has no canonical form (is a namespace not absolute?)"
        raise SignatureError(element_path(element), what) from None


def _base64(octets: bytes) -> bytes:
    return binascii.b2a_base64(octets, newline=False)
