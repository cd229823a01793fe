"""XML signatures: what we make, what we accept, and every forgery that we know of."""

from __future__ import annotations

import base64
import copy
import hashlib
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from duis_documents import (
    ACKNOWLEDGEMENT,
    DSP,
    OTHER_SUPPLIER,
    PROVIDER,
    REQUEST,
    SMKI,
    SUPPLIER,
    SUPPLIER_ID,
    canonical,
    find,
    signed_by,
)
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from dcc.duis.errors import DuisError, SignatureError
from dcc.duis.namespaces import sr
from dcc.duis.parsing import parse
from dcc.duis.signature import (
    VerifiedDocument,
    is_signed,
    read_signature,
    sign,
    unsigned,
    verify,
    verify_document,
)
from dcc.duis.signing_roles import XmlSigner, XmlSigningRoles
from dcc.smki.keystore import Keystore
from dcc.smki.profiles import CertificatePurpose
from devices.gbcs.certificates import Certificate, load_certificate, quiet_library
from devices.gbcs.crypto import CryptoProvider, load_public_point
from devices.gbcs.identifiers import RemotePartyRole

SIGNED = signed_by(SUPPLIER)
SIGNATURE = SIGNED[SIGNED.index(b"<ds:Signature ") : SIGNED.index(b"</sr:Request>")]


def accepted(document: bytes) -> VerifiedDocument:
    return verify_document(parse(document), find, PROVIDER)


def refusal(document: bytes) -> SignatureError:
    with pytest.raises(SignatureError) as caught:
        accepted(document)
    assert len(str(caught.value)) < 800
    return caught.value


def changed(old: bytes, new: bytes, document: bytes = SIGNED) -> bytes:
    assert document.count(old) == 1, old
    return document.replace(old, new)


# What we make


def test_what_we_sign_verifies() -> None:
    verified = accepted(SIGNED)
    assert verified.certificate == SUPPLIER.certificate
    assert canonical(verified.root) == canonical(unsigned(parse(REQUEST.encode())))


def test_signed_form() -> None:
    """No white space between elements, base64 on one line, the signature last; the published profile."""
    issuer, serial = SUPPLIER.certificate.issuer, SUPPLIER.certificate.serial
    digest = hashlib.sha256(canonical(unsigned(parse(REQUEST.encode())))).digest()
    value = read_signature(parse(SIGNED)).value
    assert SIGNATURE.decode() == (
        '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>'
        '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">'
        "</ds:CanonicalizationMethod>"
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256">'
        '</ds:SignatureMethod><ds:Reference URI=""><ds:Transforms>'
        '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform>'
        '</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256">'
        f"</ds:DigestMethod><ds:DigestValue>{base64.b64encode(digest).decode()}</ds:DigestValue>"
        "</ds:Reference></ds:SignedInfo>"
        f"<ds:SignatureValue>{base64.b64encode(value).decode()}</ds:SignatureValue>"
        "<ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial>"
        f"<ds:X509IssuerName>{issuer}</ds:X509IssuerName><ds:X509SerialNumber>{serial}</ds:X509SerialNumber>"
        "</ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo></ds:Signature>"
    )
    assert issuer == "CN=TEST-ISSUER,OU=07"
    assert SIGNED.startswith(b'<?xml version="1.0" encoding="UTF-8"?><sr:Request ')
    assert SIGNED.endswith(b"</ds:Signature></sr:Request>")
    assert b"> " not in SIGNED
    assert b"\n" not in SIGNED


def test_signature_by_other_means() -> None:
    """The standard library's canonical form and a bare ECDSA check agree with ours."""
    root = ElementTree.fromstring(SIGNED)
    signature = root[-1]
    ElementTree.register_namespace("ds", "http://www.w3.org/2000/09/xmldsig#")
    octets = ElementTree.canonicalize(ElementTree.tostring(signature[0], "unicode")).encode()
    assert octets == read_signature(parse(SIGNED)).signed_info
    raw = base64.b64decode(signature[1].text or "")
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = load_public_point(SUPPLIER.certificate.public_point)
    key.verify(der, octets, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(der, octets + b" ", ec.ECDSA(hashes.SHA256()))


def test_same_input_gives_same_octets() -> None:
    assert signed_by(SUPPLIER) == SIGNED
    assert signed_by(OTHER_SUPPLIER) != SIGNED


def test_signing_replaces_and_leaves_the_tree_alone() -> None:
    root = parse(signed_by(OTHER_SUPPLIER))
    before = etree.tostring(root)
    certificate = SUPPLIER.certificate
    assert sign(root, SUPPLIER.key, certificate.issuer, certificate.serial, PROVIDER) == SIGNED
    assert etree.tostring(root) == before


def test_operations_are_counted() -> None:
    provider = CryptoProvider()
    certificate = SUPPLIER.certificate
    document = sign(parse(SIGNED), SUPPLIER.key, certificate.issuer, certificate.serial, provider)
    verify_document(parse(document), find, provider)
    assert (provider.tally.signatures_made, provider.tally.signatures_verified) == (1, 1)


def test_issuer_name_is_escaped() -> None:
    document = sign(parse(REQUEST.encode()), SUPPLIER.key, "CN=A & B\\, <C> 5 %b,OU=07", 5, PROVIDER)
    assert read_signature(parse(document)).issuer == "CN=A & B\\, <C> 5 %b,OU=07"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20))
def test_any_text_is_signed_and_comes_back(text: str) -> None:
    root = etree.Element(sr("Request"), {"note": text}, nsmap={"sr": sr("")[1:-1]})
    etree.SubElement(root, sr("Body")).text = text
    certificate = SUPPLIER.certificate
    document = sign(root, SUPPLIER.key, certificate.issuer, certificate.serial, PROVIDER)
    verified = accepted(document).root
    assert (verified.get("note"), verified[0].text or "") == (text, text)


def test_unsigned_copy_drops_gaps_but_no_text() -> None:
    root = parse(b"<a>\n <b> </b> <c>x\n</c>\n</a>")
    assert etree.tostring(unsigned(root)) == b"<a><b> </b><c>x\n</c></a>"


# What we accept besides


def resigned(document: bytes) -> bytes:
    """The document as it is, white space and all, with its digest and signature put right."""
    root = parse(document)
    bare = copy.copy(root)
    signature = bare[-1]
    before = bare[-2]
    before.tail = (before.tail or "") + (signature.tail or "")
    bare.remove(signature)
    digest = base64.b64encode(hashlib.sha256(canonical(bare)).digest()).decode()
    root[-1][0][-1][-1].text = digest
    info = etree.tostring(root[-1][0], method="c14n", exclusive=True, with_comments=False)
    root[-1][1].text = base64.b64encode(PROVIDER.sign(SUPPLIER.key, info)).decode()
    return etree.tostring(root)


def test_white_space_of_the_document_is_signed_as_sent() -> None:
    pretty = REQUEST.encode().replace(b"</sr:Request>", b"  " + SIGNATURE + b"\n\n</sr:Request>")
    document = resigned(pretty)
    verified = accepted(document)
    assert verified.root[-1].tail == "\n  \n\n"
    assert refusal(document.replace(b"\n\n</", b"\n</")).where.endswith("DigestValue")


def test_white_space_within_the_signature() -> None:
    document = changed(SIGNATURE, SIGNATURE.replace(b"><", b">\n    <").replace(b"\n    </ds:T", b"</ds:T"))
    assert accepted(resigned(document)).certificate == SUPPLIER.certificate


@pytest.mark.parametrize("broken", [b"&#13;\n", b"\n", b" \t"])
def test_base64_on_several_lines(broken: bytes) -> None:
    start = SIGNED.index(b"<ds:SignatureValue>") + len(b"<ds:SignatureValue>")
    document = SIGNED[:start] + broken + SIGNED[start : start + 76] + broken + SIGNED[start + 76 :]
    assert accepted(document).certificate == SUPPLIER.certificate


def test_default_namespace_instead_of_prefixes() -> None:
    document = signed_by(
        SUPPLIER,
        b'<Request xmlns="http://www.dccinterface.co.uk/ServiceUserGateway"><Body/></Request>',
    )
    own = document.replace(b"xmlns:ds=", b"xmlns=").replace(b"<ds:", b"<").replace(b"</ds:", b"</")
    assert accepted(resigned(own)).root.tag == sr("Request")


def test_namespace_declared_at_the_root_alone() -> None:
    """As the public tool writes it; the canonical SignedInfo declares it again."""
    document = changed(b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">', b"<ds:Signature>")
    assert accepted(document).certificate == SUPPLIER.certificate


def test_space_after_the_comma_of_the_issuer() -> None:
    document = changed(b"CN=TEST-ISSUER,OU=07", b" CN=TEST-ISSUER, OU=07\n")
    assert accepted(document).certificate == SUPPLIER.certificate


def test_comments_between_elements_change_nothing() -> None:
    document = changed(
        b"<sr:Body>", b"<!-- body --><sr:Body>", changed(b"<ds:KeyInfo>", b"<ds:KeyInfo><!-- x -->")
    )
    assert accepted(document).certificate == SUPPLIER.certificate


def test_signatures_of_smets1_documents_travel_inside() -> None:
    inner = f"<sr:SMETS1SignedResponse>{SIGNATURE.decode()}</sr:SMETS1SignedResponse>"
    document = signed_by(
        DSP, ACKNOWLEDGEMENT.replace("</sr:ResponseMessage>", f"{inner}</sr:ResponseMessage>")
    )
    assert accepted(document).certificate == DSP.certificate


# What is read gives the tree that was signed, and nothing else


def test_result_is_what_was_signed() -> None:
    root = parse(SIGNED)
    signature = read_signature(root)
    verified = verify(root, signature, SUPPLIER.certificate, PROVIDER).root
    assert not is_signed(verified)
    assert verified.getparent() is None
    assert hashlib.sha256(canonical(verified)).digest() == signature.digest


def test_reading_the_signature_leaves_the_tree_alone() -> None:
    root = parse(SIGNED)
    before = etree.tostring(root)
    assert read_signature(root) == read_signature(root)
    assert etree.tostring(root) == before


def test_a_tree_is_verified_once() -> None:
    root = parse(SIGNED)
    verify_document(root, find, PROVIDER)
    with pytest.raises(SignatureError, match="no signature"):
        verify_document(root, find, PROVIDER)


# What we refuse


def in_signature(old: bytes, new: bytes) -> bytes:
    """A document whose signature is of another profile, but right in itself."""
    return resigned(changed(SIGNATURE, changed(old, new, SIGNATURE)))


ENVELOPED = b'<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform>'
ANOTHER_C14N = b'<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform>'
REFERENCE = SIGNATURE[SIGNATURE.index(b"<ds:Reference") : SIGNATURE.index(b"</ds:SignedInfo>")]
ISSUER_SERIAL = SIGNATURE[SIGNATURE.index(b"<ds:X509IssuerSerial") : SIGNATURE.index(b"</ds:X509Data>")]


def test_no_signature() -> None:
    error = refusal(REQUEST.encode())
    assert str(error) == "Request: no signature"
    assert not is_signed(parse(REQUEST.encode()))


def test_signature_of_another_namespace_is_none() -> None:
    document = changed(SIGNATURE, SIGNATURE.replace(b"http://www.w3.org/2000/09/xmldsig#", b"urn:other"))
    assert refusal(document).what == "no signature"


@pytest.mark.parametrize(
    "document",
    [
        changed(SIGNATURE, SIGNATURE * 2),
        changed(b"<sr:Header>", SIGNATURE + b"<sr:Header>"),
        changed(b"</sr:Body>", SIGNATURE + b"</sr:Body>"),
        changed(b"</ds:KeyInfo>", b"</ds:KeyInfo><ds:Object>" + SIGNATURE + b"</ds:Object>"),
    ],
)
def test_two_signatures(document: bytes) -> None:
    assert refusal(document).what.startswith("2 signatures (")


@pytest.mark.parametrize(
    "document",
    [
        changed(SIGNATURE, b"").replace(b"<sr:Header>", SIGNATURE + b"<sr:Header>"),
        changed(SIGNATURE, SIGNATURE + b"<sr:Body></sr:Body>"),
        changed(SIGNATURE, b"").replace(b"</sr:Body>", SIGNATURE + b"</sr:Body>"),
        changed(SIGNATURE, b"<sr:Wrapper>" + SIGNATURE + b"</sr:Wrapper>"),
        SIGNATURE,
    ],
)
def test_signature_elsewhere(document: bytes) -> None:
    assert "expected as the last element in" in refusal(document).what


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        (REFERENCE, REFERENCE * 2, "SignedInfo/Reference", "nothing more"),
        (REFERENCE, b"", "SignedInfo", "no ds:Reference"),
        (b'URI=""', b'URI="#body"', "Reference", 'URI="#body"'),
        (b'URI=""', b'URI="http://localhost/x"', "Reference", "expected URI="),
        (b' URI=""', b"", "Reference", "attributes none"),
        (b' URI=""', b' URI="" Type="urn:x"', "Reference", "Type"),
        (ENVELOPED, ENVELOPED + ANOTHER_C14N, "Transforms/Transform", "nothing more"),
        (ENVELOPED, ANOTHER_C14N, "Transforms/Transform", "xml-exc-c14n#"),
        (ENVELOPED, b"", "Transforms", "no ds:Transform"),
        (ENVELOPED, ENVELOPED * 2, "Transforms/Transform", "nothing more"),
        (b"</ds:Transform>", b"<ds:XPath>1</ds:XPath></ds:Transform>", "Transform/XPath", "nothing more"),
        (
            b"2001/10/xml-exc-c14n#",
            b"2001/10/xml-exc-c14n#WithComments",
            "CanonicalizationMethod",
            "WithComments",
        ),
        (b"2001/10/xml-exc-c14n#", b"TR/2001/REC-xml-c14n-20010315", "CanonicalizationMethod", "20010315"),
        (b"xmldsig-more#ecdsa-sha256", b"xmldsig-more#rsa-sha256", "SignatureMethod", "rsa-sha256"),
        (b"xmldsig-more#ecdsa-sha256", b"xmldsig-more#ecdsa-sha1", "SignatureMethod", "ecdsa-sha1"),
        (b"xmldsig-more#ecdsa-sha256", b"xmldsig-more#hmac-sha256", "SignatureMethod", "hmac-sha256"),
        (b"2001/04/xmlenc#sha256", b"2000/09/xmldsig#sha1", "DigestMethod", "sha1"),
        (b"</ds:KeyInfo>", b"</ds:KeyInfo><ds:Object></ds:Object>", "Object", "nothing more"),
        (
            ISSUER_SERIAL,
            b"<ds:X509Certificate>MA==</ds:X509Certificate>",
            "X509Certificate",
            "expected ds:X509Issuer",
        ),
        (ISSUER_SERIAL, ISSUER_SERIAL + b"<ds:X509SKI>MA==</ds:X509SKI>", "X509SKI", "nothing more"),
        (ISSUER_SERIAL, ISSUER_SERIAL * 2, "X509IssuerSerial", "nothing more"),
        (b"<ds:X509Data>", b"<ds:KeyValue></ds:KeyValue><ds:X509Data>", "KeyValue", "expected ds:X509Data"),
        (b"<ds:X509Data>", b"<ds:KeyName>x</ds:KeyName><ds:X509Data>", "KeyName", "expected ds:X509Data"),
        (b"<ds:SignedInfo>", b'<ds:SignedInfo Id="x">', "SignedInfo", 'Id="x"'),
        (b"<ds:SignatureValue>", b'<ds:SignatureValue Id="x">', "SignatureValue", 'Id="x"'),
        (b"<ds:KeyInfo>", b'<ds:KeyInfo Id="x">', "KeyInfo", 'Id="x"'),
        (b"<ds:Signature ", b'<ds:Signature Id="x" ', "Signature", 'Id="x"'),
        (b"<ds:KeyInfo>", b"<ds:KeyInfo>x", "KeyInfo", "text beside elements ('x')"),
        (b"</ds:Reference>", b"</ds:Reference>x", "SignedInfo", "text beside elements"),
    ],
)
def test_another_profile(old: bytes, new: bytes, where: str, what: str) -> None:
    """Each is signed properly, so that nothing but its form speaks against it."""
    error = refusal(in_signature_or_as_is(old, new))
    assert error.where.endswith(where)
    assert what in error.what


def in_signature_or_as_is(old: bytes, new: bytes) -> bytes:
    document = changed(SIGNATURE, changed(old, new, SIGNATURE))
    try:
        return resigned(document)
    except IndexError:  # nothing is left to put the digest into
        return document


def value_of(name: bytes) -> bytes:
    return SIGNATURE.partition(b"<ds:%b>" % name)[2].partition(b"<")[0]


def der_value() -> bytes:
    raw = read_signature(parse(SIGNED)).value
    return base64.b64encode(
        encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    )


@pytest.mark.parametrize(
    ("name", "new", "what"),
    [
        (b"SignatureValue", der_value(), "expected 64 (r and s of P-256, not DER)"),
        (b"SignatureValue", base64.b64encode(bytes(63)), "63 octets, expected 64"),
        (b"SignatureValue", base64.b64encode(bytes(65)), "65 octets, expected 64"),
        (b"SignatureValue", b"?" * 88, "0 octets, expected 64"),
        (b"SignatureValue", base64.b64encode(bytes(64)), "does not verify"),
        (b"SignatureValue", b"", "is empty"),
        (b"DigestValue", base64.b64encode(bytes(31)), "31 octets, expected 32"),
        (b"DigestValue", base64.b64encode(bytes(33)), "33 octets, expected 32"),
        (b"DigestValue", base64.b64encode(bytes(32)), "is not the document's digest"),
        (b"X509SerialNumber", b"-1", "'-1', expected decimal digits"),
        (b"X509SerialNumber", b"0x1F", "expected decimal digits"),
        (b"X509SerialNumber", b"9" * 50, "expected decimal digits"),
        (b"X509SerialNumber", "\u0661".encode(), "expected decimal digits"),
        (b"X509SerialNumber", b"1", "certificate 1 of CN=TEST-ISSUER,OU=07 is not known"),
        (b"X509IssuerName", b"CN=Other,OU=07", "of CN=Other,OU=07 is not known"),
        (b"X509IssuerName", b"x" * 1_000, "is not known"),
        (b"X509IssuerName", b"x" * 1_001, "1001 octets, expected at most 1000"),
        # Reading this as a name took hours.
        (b"X509IssuerName", b"x" + b" " * 1_300_000 + b"x", "1300002 octets, expected at most 1000"),
    ],
)
def test_bad_values(name: bytes, new: bytes, what: str) -> None:
    document = changed(b">" + value_of(name) + b"<", b">" + new + b"<")
    error = refusal(document)
    assert what in error.what
    assert name.decode() in error.where or "not known" in what


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            b"<sr:ReadFirmwareVersion></sr:ReadFirmwareVersion>",
            b"<sr:ActivateFirmware></sr:ActivateFirmware>",
        ),
        (b":1000</sr:RequestID>", b":1001</sr:RequestID>"),
        (b'schemaVersion="5.4"', b'schemaVersion="5.3"'),
        (b'schemaVersion="5.4"', b'schemaVersion="5.4" other="1"'),
        (b"<sr:Body>", b"<sr:Body> "),
        (b"</sr:Request>", b"\n</sr:Request>"),
        (b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"', b'xmlns:xsi="urn:x"'),
        (b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"', b""),
    ],
)
def test_changed_documents(old: bytes, new: bytes) -> None:
    assert refusal(changed(old, new)).what == "is not the document's digest"


def test_changed_signed_info() -> None:
    """A new digest for a new document does not help without the key."""
    root = parse(changed(b":1000<", b":1001<"))
    digest = hashlib.sha256(canonical(unsigned(root))).digest()
    root[-1][0][-1][-1].text = base64.b64encode(digest).decode()
    assert refusal(etree.tostring(root)).where == "Request/Signature/SignatureValue"


def test_another_key_of_the_same_party() -> None:
    serial = str(OTHER_SUPPLIER.certificate.serial).encode()
    document = signed_by(OTHER_SUPPLIER)
    forged = changed(serial, str(SUPPLIER.certificate.serial).encode(), document)
    assert "does not verify" in refusal(forged).what
    assert "not known" in refusal(document).what


ORIGINAL = SIGNED[SIGNED.index(b"<sr:Request") :]
BODY = SIGNED[SIGNED.index(b"<sr:Body>") : SIGNED.index(b"<ds:Signature ")]
FORGED_BODY = b"<sr:Body><sr:ActivateFirmware></sr:ActivateFirmware></sr:Body>"
NAMESPACED = ORIGINAL[: ORIGINAL.index(b">") + 1]


def without_signature(document: bytes) -> bytes:
    return changed(SIGNATURE, b"", document)


@pytest.mark.parametrize(
    "document",
    [
        # The whole original in an element of a forged request.
        NAMESPACED + FORGED_BODY + b"<sr:Wrapper>" + ORIGINAL + b"</sr:Wrapper></sr:Request>",
        NAMESPACED + FORGED_BODY + ORIGINAL + b"</sr:Request>",
        # The original beside the signature, or inside it, and a forged body in its place.
        changed(BODY, FORGED_BODY).replace(b"<sr:Header>", without_signature(ORIGINAL) + b"<sr:Header>"),
        changed(BODY, FORGED_BODY).replace(
            b"</ds:Signature>", b"<ds:Object>" + without_signature(ORIGINAL) + b"</ds:Object></ds:Signature>"
        ),
        changed(BODY, FORGED_BODY).replace(
            b"</ds:Signature>", b"<ds:Object>" + BODY + b"</ds:Object></ds:Signature>"
        ),
        # A second body, before or after the signed one.
        changed(BODY, FORGED_BODY + BODY),
        changed(BODY, BODY + FORGED_BODY),
        changed(SIGNATURE, SIGNATURE + FORGED_BODY),
        # The forged request around the original's signature, which points at the original by Id.
        changed(BODY, FORGED_BODY)
        .replace(b'URI=""', b'URI="#o"')
        .replace(b"</ds:Signature>", b'<ds:Object Id="o">' + BODY + b"</ds:Object></ds:Signature>"),
        # A SMETS1 answer that carries the original, in the hope that its signature counts.
        NAMESPACED
        + FORGED_BODY
        + b"<sr:SMETS1SignedResponse>"
        + SIGNATURE
        + b"</sr:SMETS1SignedResponse></sr:Request>",
        # Another root altogether.
        b"<sr:Response" + ORIGINAL[len(b"<sr:Request") : -len(b"</sr:Request>")] + b"</sr:Response>",
    ],
)
def test_wrapped_signatures(document: bytes) -> None:
    refusal(document)


def test_root_twice_is_no_document() -> None:
    with pytest.raises(Exception, match="not well-formed"):
        parse(SIGNED + ORIGINAL)


@pytest.mark.parametrize("aside", ["<!-- -->", "<?x?>"])
def test_asides_that_split_a_value(aside: str) -> None:
    """Canonical XML drops comments, so the digest alone would not see them: refused in any tree."""
    root = etree.fromstring(
        signed_by(DSP, ACKNOWLEDGEMENT.replace("I99", "I0<x/>1")).replace(b"<x></x>", aside.encode())
    )
    with pytest.raises(SignatureError) as caught:
        read_signature(root)
    assert caught.value.where == "Response/Header/ResponseCode"


def test_relative_namespaces_have_no_canonical_form() -> None:
    with pytest.raises(SignatureError, match="no canonical form"):
        accepted(changed(b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"', b'xmlns:xsi="x"'))
    with pytest.raises(SignatureError, match="no canonical form"):
        signed_by(SUPPLIER, b'<a xmlns="x"/>')


def test_mixed_prefixes_in_a_signature() -> None:
    document = changed(b"<ds:KeyInfo>", b'<o:KeyInfo xmlns:o="http://www.w3.org/2000/09/xmldsig#">')
    assert "one namespace prefix" in refusal(document.replace(b"</ds:KeyInfo>", b"</o:KeyInfo>")).what


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_one_changed_octet_is_refused_or_changes_nothing(at: int, octet: int) -> None:
    with suppress(DuisError):
        verified = accepted(SIGNED[:at] + bytes((octet,)) + SIGNED[at + 1 :])
        assert canonical(verified.root) == canonical(accepted(SIGNED).root)


# Who may sign


@pytest.mark.parametrize(
    ("role", "strictly", "with_tools"),
    [
        (RemotePartyRole.XML_SIGN, {XmlSigner.USER}, True),
        (RemotePartyRole.DSP_XML_SIGN, {XmlSigner.DSP}, True),
        (RemotePartyRole.SUPPLIER, set(), True),
        (RemotePartyRole.RECOVERY, set(), True),
        (RemotePartyRole.TRANSITIONAL_COS, set(), True),
        (RemotePartyRole.WAN_PROVIDER, set(), True),
        (RemotePartyRole.NETWORK_OPERATOR, set(), False),
        (RemotePartyRole.ACCESS_CONTROL_BROKER, set(), False),
        (RemotePartyRole.OTHER, set(), False),
    ],
)
def test_roles_that_sign_xml(role: RemotePartyRole, strictly: set[XmlSigner], with_tools: bool) -> None:
    is_xml = role in (RemotePartyRole.XML_SIGN, RemotePartyRole.DSP_XML_SIGN)
    purpose = CertificatePurpose.XML_SIGNING if is_xml else CertificatePurpose.DIGITAL_SIGNING
    issued = SMKI.issue_organisation(SUPPLIER_ID, role, purpose, SUPPLIER.certificate.not_before.date())
    for signer in XmlSigner:
        assert XmlSigningRoles.STRICT.allow(issued.certificate, signer) is (signer in strictly)
        assert XmlSigningRoles.AS_PUBLIC_TOOLS.allow(issued.certificate, signer) is with_tools


@pytest.mark.parametrize("signer", XmlSigner)
@pytest.mark.parametrize("roles", XmlSigningRoles)
def test_certificates_that_never_sign_xml(signer: XmlSigner, roles: XmlSigningRoles) -> None:
    agreement = SMKI.issue_organisation(
        SUPPLIER_ID,
        RemotePartyRole.SUPPLIER,
        CertificatePurpose.KEY_AGREEMENT,
        SUPPLIER.certificate.not_before.date(),
    )
    assert not roles.allow(agreement.certificate, signer)
    assert not roles.allow(SMKI.issuer.certificate, signer)


# The published samples


@pytest.fixture(scope="session")
def published(conformance: Path) -> dict[tuple[str, int], Certificate]:
    """The certificates of the public test set, from its key store and its files."""
    found = [entry.certificate for entry in Keystore.load(conformance / "zaz1" / "keystore.json").entries]
    for path in sorted(conformance.glob("zaz1/*.pem")):
        if path.name.endswith(".key.pem"):
            continue
        with quiet_library():
            der = x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)
        found.append(load_certificate(der))
    return {(one.issuer, one.serial): one for one in found if one is not None}


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("readfw-response.xml", None),
        ("readfw-response-resigned.xml", None),
        ("read-inventory-response-4g.xml", None),
        ("read-inventory-response-5.4.xml", None),
        ("readfw-response-badsignature.xml", "does not verify"),
        ("readfw-response-invalid.xml", "digest"),
        ("readfw-response-no-serial.xml", "no ds:KeyInfo"),
        ("readfw-response-no-signature.xml", "no signature"),
        ("readfw-response-nonexist-serial.xml", "is not known"),
        ("acknowledgement-error.xml", "no signature"),
        ("ECS17b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS.XML", "no signature"),
        ("ECS17b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS-signed.XML", "7 octets, expected 32"),
    ],
)
def test_samples_do_what_their_names_say(
    conformance: Path, published: dict[tuple[str, int], Certificate], name: str, what: str | None
) -> None:
    root = parse((conformance / "duis" / "samples" / name).read_bytes())

    def known(issuer: str, serial: int) -> Certificate | None:
        return published.get((issuer, serial))

    if what is None:
        signer = verify_document(root, known, PROVIDER).certificate
        assert XmlSigningRoles.AS_PUBLIC_TOOLS.allow(signer, XmlSigner.DSP)
        # The oldest of them writes its role in decimal.
        assert XmlSigningRoles.STRICT.allow(signer, XmlSigner.DSP) is (signer.organisational_unit == "89")
    else:
        with pytest.raises(SignatureError, match=what):
            verify_document(root, known, PROVIDER)


def test_templates_sign_and_verify(conformance: Path) -> None:
    for path in sorted(conformance.glob("duis/templates/*")):
        root = parse(path.read_bytes())
        assert canonical(accepted(signed_by(SUPPLIER, path.read_bytes())).root) == canonical(unsigned(root))
