"""What each critical service has to become in GBCS, written down from the request field by field.

The DCC's own transform (:mod:`dcc.transform`) is not used here: a fault there must not vouch for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from dcc.bodies.credentials import (
    CANCELLATION,
    CredentialType,
    IssueDeviceCredential,
    PlaceDeviceCertificate,
    ReplaceCredentials,
    RetrieveDeviceCredential,
)
from dcc.bodies.hub import JoinOrUnjoin
from dcc.bodies.meters import ActivateFirmware, SynchroniseClock
from dcc.identifiers import RequestId
from dcc.service_requests import RequestBody
from dcc.srv import Srv
from devices.gbcs import device_certificates, firmware, gas_clock, joins
from devices.gbcs.credentials import (
    CANCELLATION_TIME,
    CounterChange,
    Replacement,
    ReplacementMode,
    SpecialistFloor,
    TrustAnchorCellId,
    UpdateCredentials,
)
from devices.gbcs.dlms_times import Period
from devices.gbcs.ecs70 import ECS70
from devices.gbcs.identifiers import CellUsage, DeviceType, KeyUsage, MessageCode, RemotePartyRole
from devices.gbcs.joins import JOIN_DEVICE_TYPES, JoinMethod

_SUPPLIER: Final = RemotePartyRole.SUPPLIER
_LOAD_CONTROLLER: Final = RemotePartyRole.LOAD_CONTROLLER
_MODES: Final = {
    _SUPPLIER: ReplacementMode.SUPPLIER_BY_SUPPLIER,
    RemotePartyRole.NETWORK_OPERATOR: ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
    _LOAD_CONTROLLER: ReplacementMode.LOAD_CONTROLLER_BY_SUPPLIER,
}
_USAGES: Final = {
    CredentialType.DIGITAL_SIGNATURE: KeyUsage.DIGITAL_SIGNATURE,
    CredentialType.KEY_AGREEMENT: KeyUsage.KEY_AGREEMENT,
}
_TYPE: Final = DeviceType
_HOME_DEVICES: Final = frozenset({_TYPE.PPMID, _TYPE.HCALCS})


class _Join(NamedTuple):
    """A critical join: by which method devices of which types join which others."""

    method: JoinMethod
    types: frozenset[DeviceType]
    others: frozenset[DeviceType]


_JOINS: Final = (
    _Join(JoinMethod.METHOD_A_INITIATOR, frozenset({_TYPE.ESME}), _HOME_DEVICES),
    _Join(JoinMethod.METHOD_A_RESPONDER, _HOME_DEVICES, frozenset({_TYPE.ESME})),
    _Join(JoinMethod.METHOD_C, frozenset({_TYPE.GSME}), frozenset({_TYPE.PPMID})),
    _Join(JoinMethod.METHOD_C, frozenset({_TYPE.PPMID}), frozenset({_TYPE.GSME})),
)


class PartyKnowledge(NamedTuple):
    """What a party knows beside its request. A type that is None is not known, and not checked.

    ``other_agreement`` is the key agreement certificate (DER) of the other device of a join.
    """

    device_type: DeviceType | None = None
    other_type: DeviceType | None = None
    other_agreement: bytes | None = None


class Asked(NamedTuple):
    """A request as far as its payload depends on it, and what the party knows."""

    request_id: RequestId
    body: RequestBody
    known: PartyKnowledge

    def of_type(self, *types: DeviceType) -> bool:
        """Whether the device may be of one of these types, for all that the party knows."""
        return self.known.device_type is None or self.known.device_type in types


class Expected(NamedTuple):
    """A use case, and the payload that does by it what was asked for."""

    code: MessageCode
    payload: Any


Service = Callable[[Asked], tuple[Expected, ...]]


def _replaced_credentials(asked: Asked) -> tuple[Expected, ...]:
    """6.15.1: CS02b of the holder's own credentials, or CS02g of a load controller's by the supplier."""
    body = asked.body
    if not isinstance(body, ReplaceCredentials) or body.role not in _MODES:
        return ()
    mode = _MODES[body.role]
    own = body.role is not _LOAD_CONTROLLER
    top_up_floors = None if body.top_up_floor is None else (SpecialistFloor(body.top_up_floor),)
    update = UpdateCredentials(
        mode,
        TrustAnchorCellId(body.role if own else _SUPPLIER, KeyUsage.DIGITAL_SIGNATURE),
        asked.request_id.counter,
        _replacements(body),
        body.path,
        body.apply_time_based_checks,
        body.floor if own else None,
        top_up_floors if own else None,
        None if own else _change_of_load_controller(body, top_up_floors),
        _execution_time(body.execution_date_time),
    )
    return (Expected(mode.message_code, update),)


def _replacements(body: ReplaceCredentials) -> tuple[Replacement, ...]:
    cells = (
        (body.signing, TrustAnchorCellId(body.role, KeyUsage.DIGITAL_SIGNATURE)),
        (body.agreement, TrustAnchorCellId(body.role, KeyUsage.KEY_AGREEMENT)),
        (body.top_up, TrustAnchorCellId(body.role, KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP)),
    )
    return tuple([Replacement(der, cell) for der, cell in cells if der is not None])


def _change_of_load_controller(
    body: ReplaceCredentials, top_up_floors: tuple[SpecialistFloor, ...] | None
) -> tuple[CounterChange, ...] | None:
    """The floor of a party other than the sender; what only cancels leaves it out (assumed)."""
    if body.floor is None or body.execution_date_time == CANCELLATION:
        return None
    return (CounterChange(_LOAD_CONTROLLER, body.floor, top_up_floors),)


def _execution_time(at: datetime | None) -> datetime | None:
    """A time as GBCS has it: in whole seconds, and with a way of its own to cancel."""
    if at == CANCELLATION:
        return CANCELLATION_TIME
    return None if at is None else at.replace(microsecond=0)


def _set_clock(asked: Asked) -> tuple[Expected, ...]:
    """6.11, 8.1.1: ECS70 or GCS28, from the time given to the tolerance later."""
    body = asked.body
    if not isinstance(body, SynchroniseClock):
        return ()
    start = body.current_date_time.replace(microsecond=0)
    end = start + timedelta(seconds=body.tolerance_seconds)
    expected = []
    if asked.of_type(_TYPE.ESME):
        expected.append(Expected(ECS70, Period(start, end)))
    if asked.of_type(_TYPE.GSME):
        expected.append(Expected(gas_clock.GCS28, gas_clock.SetClock(start, end)))
    return tuple(expected)


def _placed_certificate(asked: Asked) -> tuple[Expected, ...]:
    """6.15.2: CS02d with the very certificate."""
    if not isinstance(asked.body, PlaceDeviceCertificate):
        return ()
    update = device_certificates.UpdateDeviceCertificate(asked.body.certificate)
    return (Expected(device_certificates.CS02D, update),)


def _new_key_pair(asked: Asked) -> tuple[Expected, ...]:
    """6.17: CS02c for the credential named."""
    if not isinstance(asked.body, IssueDeviceCredential):
        return ()
    issue = device_certificates.IssueCredentials(_USAGES[asked.body.credential])
    return (Expected(device_certificates.CS02C, issue),)


def _own_certificate(asked: Asked) -> tuple[Expected, ...]:
    """6.24.2: CS02e of the credential named."""
    if not isinstance(asked.body, RetrieveDeviceCredential):
        return ()
    provide = device_certificates.ProvideDeviceCertificate(_USAGES[asked.body.credential])
    return (Expected(device_certificates.CS02E, provide),)


def _join(asked: Asked) -> tuple[Expected, ...]:
    """8.7.1: CS03A1, CS03A2 or CS03C; method C brings the other device's certificate.

    Even where neither type is known, method and type of the other device have to go together.
    """
    body, known = asked.body, asked.known
    if not isinstance(body, JoinOrUnjoin):
        return ()
    expected = []
    for method, types, others in _JOINS:
        certificate = known.other_agreement if method is JoinMethod.METHOD_C else None
        if method is JoinMethod.METHOD_C and certificate is None:
            continue
        for other_type in sorted(others, key=lambda item: item.value):
            if asked.of_type(*types) and known.other_type in (None, other_type):
                number = JOIN_DEVICE_TYPES[other_type]
                device = joins.JoinDevice(method, body.other_device, number, certificate)
                expected.append(Expected(method.message_code, device))
    return tuple(expected)


def _unjoin(asked: Asked) -> tuple[Expected, ...]:
    """8.8.1: CS04AC."""
    if not isinstance(asked.body, JoinOrUnjoin):
        return ()
    return (Expected(joins.CS04AC, joins.UnjoinDevice(asked.body.other_device)),)


def _activated_firmware(asked: Asked) -> tuple[Expected, ...]:
    """11.3: CS06 for the image of that hash."""
    body = asked.body
    if not isinstance(body, ActivateFirmware):
        return ()
    at = _execution_time(body.execution_date_time)
    activate = firmware.ActivateFirmware(body.firmware_hash, asked.request_id.counter, at)
    return (Expected(firmware.CS06, activate),)


CORRELATIONS: Final[Mapping[Srv, Service]] = {
    Srv.SYNCHRONISE_CLOCK: _set_clock,
    Srv.UPDATE_CREDENTIALS: _replaced_credentials,
    Srv.UPDATE_DEVICE_CERTIFICATE: _placed_certificate,
    Srv.ISSUE_CREDENTIALS: _new_key_pair,
    Srv.RETRIEVE_DEVICE_CREDENTIALS: _own_certificate,
    Srv.COMMISSION_DEVICE: _set_clock,
    Srv.JOIN_CRITICAL: _join,
    Srv.UNJOIN_CRITICAL: _unjoin,
    Srv.ACTIVATE_FIRMWARE: _activated_firmware,
}
"""By critical service, all that would do what was asked for; nothing where no Pre-Command can."""
