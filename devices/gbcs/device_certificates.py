"""CS02c, CS02d, CS02e: a device's own keys and certificates, renewed and read.

CS02c has the device make a key pair and answer with a certification request
(:mod:`devices.gbcs.certification_request`), CS02d brings it the certificate, CS02e asks for the one in use.
Certificates and requests are carried as they came: whether they are any good is for the receiver.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeVar

from devices.gbcs import der
from devices.gbcs.credentials import NO_FORMS
from devices.gbcs.der import DerReader, Forms, Node, integer_node
from devices.gbcs.der_payload import NamedNumber, named_number, open_payload, write_payload
from devices.gbcs.identifiers import KeyUsage, MessageCode
from devices.gbcs.message import Cra

CS02C: Final = MessageCode(0x000A)
CS02D: Final = MessageCode(0x000B)
CS02E: Final = MessageCode(0x000C)


class IssueFailure(NamedNumber):
    """Why a device made no certification request."""

    INVALID_KEY_USAGE = 1, "invalidKeyUsage"
    KEY_PAIR_GENERATION_FAILED = 2, "keyPairGenerationFailed"
    CR_PRODUCTION_FAILED = 3, "cRProductionFailed"


class CertificateUpdateResult(NamedNumber):
    """What became of a device's new certificate."""

    SUCCESS = 0, "success"
    INVALID_CERTIFICATE = 1, "invalidCertificate"
    WRONG_DEVICE_IDENTITY = 2, "wrongDeviceIdentity"
    INVALID_KEY_USAGE = 3, "invalidKeyUsage"
    NO_CORRESPONDING_KEY_PAIR_GENERATED = 4, "noCorrespondingKeyPairGenerated"
    WRONG_PUBLIC_KEY = 5, "wrongPublicKey"
    CERTIFICATE_STORAGE_FAILED = 6, "certificateStorageFailed"
    PRIVATE_KEY_CHANGE_FAILED = 7, "privateKeyChangeFailed"


class ProvideFailure(NamedNumber):
    """Why a device gave no certificate."""

    INVALID_KEY_USAGE = 1, "invalidKeyUsage"
    NO_CERTIFICATE_HELD = 2, "noCertificateHeld"
    CERTIFICATE_RETRIEVAL_FAILURE = 3, "certificateRetrievalFailure"


class UnknownKeyUsage(bytes):
    """The content of a key usage that SMKI doesn't know; a device answers it with ``invalidKeyUsage``."""

    __slots__ = ()


class IssueCredentials(NamedTuple):
    """Payload of a CS02c command: what the new key pair is for."""

    key_usage: KeyUsage | UnknownKeyUsage
    forms: Forms = NO_FORMS


class IssueCredentialsResponse(NamedTuple):
    """Payload of a CS02c response: a certification request (PKCS#10, DER), or why there is none."""

    outcome: bytes | IssueFailure
    forms: Forms = NO_FORMS


class UpdateDeviceCertificate(NamedTuple):
    """Payload of a CS02d command: a certificate (DER) for the key pair that CS02c had made."""

    certificate: bytes
    forms: Forms = NO_FORMS


class UpdateDeviceCertificateResponse(NamedTuple):
    """Payload of a CS02d response."""

    result: CertificateUpdateResult
    forms: Forms = NO_FORMS


class ProvideDeviceCertificate(NamedTuple):
    """Payload of a CS02e command: which of the device's two certificates to give."""

    key_usage: KeyUsage | UnknownKeyUsage
    forms: Forms = NO_FORMS


class ProvideDeviceCertificateResponse(NamedTuple):
    """Payload of a CS02e response: the certificate (DER), or why there is none."""

    outcome: bytes | ProvideFailure
    forms: Forms = NO_FORMS


DeviceCertificatePayload = (
    IssueCredentials
    | IssueCredentialsResponse
    | UpdateDeviceCertificate
    | UpdateDeviceCertificateResponse
    | ProvideDeviceCertificate
    | ProvideDeviceCertificateResponse
)

_KEY_USAGES: Final = {usage.value: usage for usage in KeyUsage}
_Failure = TypeVar("_Failure", IssueFailure, ProvideFailure)


def decode_issue(payload: bytes) -> IssueCredentials:
    """A CS02c command payload."""
    outer = open_payload(payload)
    return IssueCredentials(_read_key_usage(outer), outer.forms)


def decode_issue_response(payload: bytes) -> IssueCredentialsResponse:
    """A CS02c response payload."""
    outer = open_payload(payload)
    return IssueCredentialsResponse(_read_outcome(outer, IssueFailure), outer.forms)


def decode_update(payload: bytes) -> UpdateDeviceCertificate:
    """A CS02d command payload."""
    outer = open_payload(payload)
    certificate = outer.raw("certificate")
    outer.finish()
    return UpdateDeviceCertificate(certificate, outer.forms)


def decode_update_response(payload: bytes) -> UpdateDeviceCertificateResponse:
    """A CS02d response payload."""
    outer = open_payload(payload)
    result = named_number(outer, "responseCode", CertificateUpdateResult)
    outer.finish()
    return UpdateDeviceCertificateResponse(result, outer.forms)


def decode_provide(payload: bytes) -> ProvideDeviceCertificate:
    """A CS02e command payload."""
    outer = open_payload(payload)
    return ProvideDeviceCertificate(_read_key_usage(outer), outer.forms)


def decode_provide_response(payload: bytes) -> ProvideDeviceCertificateResponse:
    """A CS02e response payload."""
    outer = open_payload(payload)
    return ProvideDeviceCertificateResponse(_read_outcome(outer, ProvideFailure), outer.forms)


DECODERS: Final[Mapping[tuple[int, Cra], Callable[[bytes], DeviceCertificatePayload]]] = {
    (CS02C, Cra.COMMAND): decode_issue,
    (CS02C, Cra.RESPONSE): decode_issue_response,
    (CS02D, Cra.COMMAND): decode_update,
    (CS02D, Cra.RESPONSE): decode_update_response,
    (CS02E, Cra.COMMAND): decode_provide,
    (CS02E, Cra.RESPONSE): decode_provide_response,
}


def encode(value: DeviceCertificatePayload) -> bytes:
    """The payload of a value, minimal DER but for the elements that its forms name."""
    return write_payload(_node(value), value.forms)


def _read_key_usage(outer: DerReader) -> KeyUsage | UnknownKeyUsage:
    command = outer.constructed("command")
    content = command.content("keyUsage", der.BIT_STRING)
    command.finish()
    outer.finish()
    return _KEY_USAGES.get(content) or UnknownKeyUsage(content)


def _read_outcome(outer: DerReader, kind: type[_Failure]) -> bytes | _Failure:
    """What was asked for, whole, or the number that says why not."""
    outcome: bytes | _Failure
    if outer.next_is(der.INTEGER):
        outcome = named_number(outer, "responseCode", kind)
    else:
        outcome = outer.raw("response")
    outer.finish()
    return outcome


def _node(value: DeviceCertificatePayload) -> Node:
    match value:
        case IssueCredentials(usage) | ProvideDeviceCertificate(usage):
            content = usage.value if isinstance(usage, KeyUsage) else bytes(usage)
            return Node("command", der.SEQUENCE, [Node("keyUsage", der.BIT_STRING, content)])
        case UpdateDeviceCertificate(certificate):
            return Node("certificate", None, certificate)
        case UpdateDeviceCertificateResponse(result):
            return integer_node("responseCode", result)
        case IssueCredentialsResponse(outcome) | ProvideDeviceCertificateResponse(outcome):
            if isinstance(outcome, bytes):
                return Node("response", None, outcome)
            return integer_node("responseCode", outcome)
