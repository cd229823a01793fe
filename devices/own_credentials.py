"""CS02c, CS02d, CS02e: a device renews its own keys (GBCS 13.4 to 13.6).

The device makes a key pair and asks for a certificate; when the certificate comes, key and certificate take
the place of the former ones together. The command carries none of the certificates that issue those of
devices, so they are not traced to an authority, unless that is assumed.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from devices import cells, commands
from devices.gbcs import device_certificates as codec
from devices.gbcs.certificates import Certificate, load_certificate
from devices.gbcs.certification_request import build_certification_request
from devices.gbcs.crypto import KeyPair
from devices.gbcs.device_certificates import (
    CS02C,
    CS02D,
    CS02E,
    CertificateUpdateResult,
    IssueCredentialsResponse,
    IssueFailure,
    ProvideDeviceCertificateResponse,
    ProvideFailure,
    UnknownKeyUsage,
    UpdateDeviceCertificateResponse,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import KeyUsage
from devices.gbcs.message import Message

if TYPE_CHECKING:
    from devices.device import Device
    from devices.state import DeviceState

_OWN_USAGES: Final = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
_FAILED_EVENTS: Final = {KeyUsage.DIGITAL_SIGNATURE: 0x8F4C, KeyUsage.KEY_AGREEMENT: 0x8F4E}
_SUCCEEDED_EVENTS: Final = {KeyUsage.DIGITAL_SIGNATURE: 0x8F4D, KeyUsage.KEY_AGREEMENT: 0x8F4F}


class _Replacement(NamedTuple):
    """A certificate that is good, and the key pair that it certifies."""

    usage: KeyUsage
    certificate: Certificate
    key: KeyPair


def issue(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:  # noqa: ARG001
    """Obey CS02c: make a key pair and answer with a certification request.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    usage = codec.decode_issue(message.payload).key_usage
    authority = commands.authenticate(device, message)
    state = commands.accepted(device, message, authority)
    fault = commands.defect(device, CS02C)
    outcome: bytes | IssueFailure
    if fault is not None:
        outcome = commands.failure(IssueFailure, fault)
    elif isinstance(usage, UnknownKeyUsage) or usage not in _OWN_USAGES:
        outcome = IssueFailure.INVALID_KEY_USAGE
    else:
        state, key = _with_new_key(state, usage)
        outcome = build_certification_request(key, device.eui, usage)
    payload = codec.encode(IssueCredentialsResponse(outcome))
    detail = outcome.field_name if isinstance(outcome, IssueFailure) else f"new key for {_name(usage)}"
    response = commands.answer(device, message, authority, payload)
    device.commit(state)
    return response, detail


def update(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
    """Obey CS02d: put a certificate and its key pair in force.

    Which signing key the response is signed with, old or new, is a switch of the assumptions.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    der = codec.decode_update(message.payload).certificate
    authority = commands.authenticate(device, message)
    usage, checked = _check(device, der, now)
    state = commands.accepted(device, message, authority)
    result = CertificateUpdateResult.SUCCESS
    if isinstance(checked, _Replacement):
        state = _with_replacement(state, checked)
    else:
        result = checked
    if usage is not None:
        events = _SUCCEEDED_EVENTS if result is CertificateUpdateResult.SUCCESS else _FAILED_EVENTS
        state = state.logged(commands.event(events[usage], result.field_name, message.header, now))
    payload = codec.encode(UpdateDeviceCertificateResponse(result))
    key = None
    if device.context.assumptions.new_key_signs_certificate_response:
        key = state.keys.signing
    response = commands.answer(device, message, authority, payload, key=key)
    device.commit(state)
    return response, f"certificate for {_name(usage)}: {result.field_name}"


def provide(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:  # noqa: ARG001
    """Obey CS02e: answer with the certificate in force.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    usage = codec.decode_provide(message.payload).key_usage
    authority = commands.authenticate(device, message)
    fault = commands.defect(device, CS02E)
    outcome: bytes | ProvideFailure = ProvideFailure.INVALID_KEY_USAGE
    if fault is not None:
        outcome = commands.failure(ProvideFailure, fault)
    elif usage is KeyUsage.DIGITAL_SIGNATURE:
        outcome = device.certificates.signing.der
    elif usage is KeyUsage.KEY_AGREEMENT:
        outcome = device.certificates.agreement.der
    payload = codec.encode(ProvideDeviceCertificateResponse(outcome))
    detail = outcome.field_name if isinstance(outcome, ProvideFailure) else f"certificate for {_name(usage)}"
    response = commands.answer(device, message, authority, payload)
    device.commit(commands.accepted(device, message, authority))
    return response, detail


HANDLERS: Final = {CS02C: issue, CS02D: update, CS02E: provide}


def _with_new_key(state: DeviceState, usage: KeyUsage) -> tuple[DeviceState, KeyPair]:
    """A key pair that is a function of the signing key and the count of key pairs made before."""
    renewal = state.renewal
    generation = renewal.generation + 1
    key = KeyPair.from_seed(_secret(state), "renewal", usage.field_name, str(generation))
    renewal = renewal._replace(generation=generation).with_pending(usage, key)
    return state._replace(renewal=renewal), key


def _secret(state: DeviceState) -> bytes:
    scalar = state.keys.signing.scalar
    if scalar is None:
        raise GbcsError("device/signing key", "the private half is missing")
    return scalar.to_bytes(32, "big")


def _check(
    device: Device, der: bytes, now: datetime
) -> tuple[KeyUsage | None, _Replacement | CertificateUpdateResult]:
    """For which of the device's keys the certificate is meant, and whether it is good."""
    try:
        certificate = load_certificate(der)
    except GbcsError:
        return None, CertificateUpdateResult.INVALID_CERTIFICATE
    usage = certificate.key_usage if certificate.key_usage in _OWN_USAGES else None
    if certificate.subject != device.eui:
        return usage, CertificateUpdateResult.WRONG_DEVICE_IDENTITY
    if usage is None:
        return None, CertificateUpdateResult.INVALID_KEY_USAGE
    if device.context.assumptions.own_certificates_are_traced and not _is_traced(device, der, now):
        return usage, CertificateUpdateResult.INVALID_CERTIFICATE
    return usage, _check_key(device, certificate, usage)


def _is_traced(device: Device, der: bytes, now: datetime) -> bool:
    """Whether the root or an issuing certificate that the device holds vouches for a certificate.

    Device certificates have a root of their own, so their issuing certificate counts as it is.
    """
    anchors = (device.store[cells.ROOT], *device.state.issuers)
    return device.context.validator.validate(der, (), anchors, now).ok


def _check_key(
    device: Device, certificate: Certificate, usage: KeyUsage
) -> _Replacement | CertificateUpdateResult:
    key = device.state.renewal.pending(usage)
    if key is None:
        return CertificateUpdateResult.NO_CORRESPONDING_KEY_PAIR_GENERATED
    if certificate.public_point != key.public_point:
        return CertificateUpdateResult.WRONG_PUBLIC_KEY
    fault = commands.defect(device, CS02D)
    if fault is not None:
        return commands.failure(CertificateUpdateResult, fault)
    return _Replacement(usage, certificate, key)


def _with_replacement(state: DeviceState, new: _Replacement) -> DeviceState:
    renewal = state.renewal.with_pending(new.usage, None)
    if new.usage is KeyUsage.DIGITAL_SIGNATURE:
        keys = state.keys._replace(signing=new.key)
        certificates = state.certificates._replace(signing=new.certificate)
    else:
        keys = state.keys._replace(agreement=new.key)
        certificates = state.certificates._replace(agreement=new.certificate)
    return state._replace(keys=keys, certificates=certificates, renewal=renewal)


def _name(usage: KeyUsage | UnknownKeyUsage | None) -> str:
    return usage.field_name if isinstance(usage, KeyUsage) else "no key that a device has"
