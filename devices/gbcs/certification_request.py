"""The certification request (PKCS#10) with which a device answers CS02c (GBCS 12; RFC 2986, RFC 4108 5).

It asks for a certificate of the device's own: for the new key, which signs the request, for one key usage,
and with the device's entity identifier as the serial number of a hardware module.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import SignatureAlgorithmOID

from devices.gbcs.certificates import HARDWARE_MODULE_NAME, LIBRARY_ERRORS, quiet_library
from devices.gbcs.crypto import KeyPair, public_point_of
from devices.gbcs.der import OCTET_STRING, SEQUENCE, DerReader, Node, write
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage

_OBJECT_IDENTIFIER: Final = 0x06
# 1.2.826.0.1.8641679.1.2.2.1, of the public test sets.
_HARDWARE_TYPE: Final = bytes.fromhex("2A863A0001848FB90F01020201")
_DEVICE_KEY_USAGES: Final = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
_WHERE: Final = "certification request"


class CertificationRequest(NamedTuple):
    """What a device asks to have certified; ``public_point`` is 65 octets, uncompressed."""

    device: Eui64
    key_usage: KeyUsage
    public_point: bytes


def build_certification_request(key: KeyPair, device: Eui64, usage: KeyUsage) -> bytes:
    """The request, DER: ECDSA with SHA-256 by ``key`` itself, deterministic (RFC 6979).

    Raises:
        GbcsError: the private key is not held, or devices have no keys for that usage.
    """
    if usage not in _DEVICE_KEY_USAGES:
        raise GbcsError(f"{_WHERE}/keyUsage", f"{usage.field_name}, expected that of a device key")
    name = x509.OtherName(HARDWARE_MODULE_NAME, _hardware_module(device))
    builder = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .add_extension(_key_usage(usage), critical=True)
        .add_extension(x509.SubjectAlternativeName([name]), critical=True)
    )
    request = builder.sign(key.private_key(), hashes.SHA256(), ecdsa_deterministic=True)
    return request.public_bytes(Encoding.DER)


def parse_certification_request(der: bytes) -> CertificationRequest:
    """What a request asks for, its signature verified.

    Raises:
        GbcsError: the octets are no request, or not one that a device may make.
    """
    try:
        with quiet_library():
            return _read(x509.load_der_x509_csr(der), der)
    except GbcsError:
        raise
    except LIBRARY_ERRORS as error:
        raise GbcsError(_WHERE, f"not a readable PKCS#10 request: {error}") from error


def _key_usage(usage: KeyUsage) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=usage is KeyUsage.DIGITAL_SIGNATURE,
        key_agreement=usage is KeyUsage.KEY_AGREEMENT,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _hardware_module(device: Eui64) -> bytes:
    fields = (
        Node("hwType", _OBJECT_IDENTIFIER, _HARDWARE_TYPE),
        Node("hwSerialNum", OCTET_STRING, bytes(device)),
    )
    return write(Node("hardwareModuleName", SEQUENCE, fields), {})


def _read(request: x509.CertificateSigningRequest, der: bytes) -> CertificationRequest:
    key = request.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise GbcsError(f"{_WHERE}/subjectPKInfo", "expected a key on P-256")
    algorithm = request.signature_algorithm_oid
    if algorithm != SignatureAlgorithmOID.ECDSA_WITH_SHA256:
        what = f"{algorithm.dotted_string}, expected ECDSA with SHA-256"
        raise GbcsError(f"{_WHERE}/signatureAlgorithm", what)
    if not request.is_signature_valid:
        raise GbcsError(f"{_WHERE}/signature", "does not verify with the key of the request")
    if not der.endswith(b"\x00" + request.signature):
        # A BIT STRING says first how many of its last bits do not count.
        raise GbcsError(f"{_WHERE}/signature", "expected all bits of its last octet")
    if len(request.subject.rdns) > 0:
        raise GbcsError(f"{_WHERE}/subject", f"{request.subject.rfc4514_string()}, expected none")
    extensions = {extension.oid: extension.value for extension in request.extensions}
    return CertificationRequest(
        _read_device(extensions.get(x509.SubjectAlternativeName.oid)),
        _read_key_usage(extensions.get(x509.KeyUsage.oid)),
        public_point_of(key),
    )


def _read_key_usage(extension: x509.ExtensionType | None) -> KeyUsage:
    for usage in _DEVICE_KEY_USAGES:
        if extension == _key_usage(usage):
            return usage
    expected = " or ".join(usage.field_name for usage in _DEVICE_KEY_USAGES)
    raise GbcsError(f"{_WHERE}/keyUsage", f"expected just {expected}")


def _read_device(extension: x509.ExtensionType | None) -> Eui64:
    where = f"{_WHERE}/subjectAltName"
    names = list(extension) if isinstance(extension, x509.SubjectAlternativeName) else []
    if len(names) != 1 or not isinstance(names[0], x509.OtherName):
        raise GbcsError(where, "expected a hardware module name and nothing else")
    if names[0].type_id != HARDWARE_MODULE_NAME:
        what = f"{names[0].type_id.dotted_string}, expected a hardware module name"
        raise GbcsError(where, what)
    reader = DerReader(names[0].value, where, {})
    module = reader.constructed("hardwareModuleName")
    module.content("hwType", _OBJECT_IDENTIFIER)
    serial = module.octet_string("hwSerialNum", 8)
    module.finish()
    reader.finish()
    return Eui64(serial)
