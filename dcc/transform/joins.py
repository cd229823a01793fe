"""Joins and unjoins of two devices: 8.7.1, 8.7.2, 8.8.1, 8.8.2 (GBCS 13.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcc.bodies.hub import JoinOrUnjoin
from dcc.command_plan import CommandPlan
from dcc.srv import Srv
from dcc.transform.sending import Payload, in_a_name, of_broker, of_supplier
from dcc.transform.transformable import Transform, Transformable
from devices.cells import CELLS_BY_DEVICE_TYPE
from devices.gbcs.identifiers import DeviceType, MessageCode, RemotePartyRole
from devices.gbcs.joins import (
    CS04AC,
    CS04B,
    JOIN_DEVICE_TYPES,
    JoinDevice,
    JoinMethod,
    UnjoinDevice,
)
from devices.gbcs.payloads import encode_payload

_INITIATOR: Final = JoinMethod.METHOD_A_INITIATOR
_RESPONDER: Final = JoinMethod.METHOD_A_RESPONDER
_B: Final = JoinMethod.METHOD_B
_C: Final = JoinMethod.METHOD_C
_TYPE = DeviceType
# Of which pairs real messages are at hand: method A of PPMID and HCALCS, method C. The rest is assumed.
_METHODS: Final[Mapping[tuple[DeviceType, DeviceType], JoinMethod]] = {
    (_TYPE.ESME, _TYPE.PPMID): _INITIATOR,
    (_TYPE.ESME, _TYPE.HCALCS): _INITIATOR,
    (_TYPE.ESME, _TYPE.IHD): _B,
    (_TYPE.ESME, _TYPE.CAD): _B,
    (_TYPE.GSME, _TYPE.GPF): _B,
    (_TYPE.GSME, _TYPE.PPMID): _C,
    (_TYPE.GPF, _TYPE.GSME): _B,
    (_TYPE.GPF, _TYPE.PPMID): _B,
    (_TYPE.GPF, _TYPE.IHD): _B,
    (_TYPE.GPF, _TYPE.CAD): _B,
    (_TYPE.PPMID, _TYPE.ESME): _RESPONDER,
    (_TYPE.PPMID, _TYPE.GPF): _B,
    (_TYPE.PPMID, _TYPE.GSME): _C,
    (_TYPE.HCALCS, _TYPE.ESME): _RESPONDER,
}
_CRITICAL: Final = frozenset({Srv.JOIN_CRITICAL, Srv.UNJOIN_CRITICAL})
_WITH_SUPPLIER: Final = frozenset(
    device_type
    for device_type, cells in CELLS_BY_DEVICE_TYPE.items()
    if any(cell.role is RemotePartyRole.SUPPLIER for cell in cells)
)


def join_is_critical(device_type: DeviceType, other: DeviceType) -> bool | None:
    """Whether the critical service (8.7.1, 8.8.1) is the one for a pair; None for types that do not join.

    Methods A and C are critical; where the device knows no suppliers, the broker signs in their stead and
    the service is not.
    """
    method = _METHODS.get((device_type, other))
    return None if method is None else method is not _B and device_type in _WITH_SUPPLIER


def join(asked: Transformable) -> CommandPlan | None:
    """8.7.1 and 8.7.2: CS03A1, CS03A2, CS03B or CS03C, by the types of the two devices."""
    method, body = _method(asked), asked.body
    if method is None or asked.other_device_type is None or not isinstance(body, JoinOrUnjoin):
        return None
    certificate = asked.other_certificate if method is _C else None
    other_type = JOIN_DEVICE_TYPES[asked.other_device_type]
    payload = encode_payload(JoinDevice(method, body.other_device, other_type, certificate))
    return _in_a_name(asked, method, method.message_code, lambda _: payload)


def unjoin(asked: Transformable) -> CommandPlan | None:
    """8.8.1 and 8.8.2: CS04AC or CS04B, by the method of the join."""
    method, body = _method(asked), asked.body
    if method is None or not isinstance(body, JoinOrUnjoin):
        return None
    payload = encode_payload(UnjoinDevice(body.other_device))
    return _in_a_name(asked, method, CS04B if method is _B else CS04AC, lambda _: payload)


def _method(asked: Transformable) -> JoinMethod | None:
    """How two devices of these types join; None for those that do not."""
    other = asked.other_device_type
    return None if other is None else _METHODS.get((asked.device_type, other))


def _in_a_name(
    asked: Transformable, method: JoinMethod, code: MessageCode, payload: Payload
) -> CommandPlan | None:
    """The command in the name of who may ask for it; None for the service that is not the pair's."""
    other = asked.other_device_type
    critical = None if other is None else join_is_critical(asked.device_type, other)
    if critical is not (asked.srv in _CRITICAL):
        return None
    if critical:
        return of_supplier(asked, code, payload)
    return in_a_name(asked, code, payload) if method is _B else of_broker(code, payload, signed=True)


JOINS_TRANSFORMS: Final[Mapping[Srv, Transform]] = {
    Srv.JOIN_CRITICAL: join,
    Srv.JOIN_NON_CRITICAL: join,
    Srv.UNJOIN_CRITICAL: unjoin,
    Srv.UNJOIN_NON_CRITICAL: unjoin,
}
