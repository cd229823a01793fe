"""Updates of one attribute of an electricity meter: MPANs and alert behaviours, as commands and answers.

====== ====== =================================================== ========
ECS39a 004C   import MPANs                                        SRV 6.20.1
ECS39b 004D   export MPAN                                         SRV 6.20.2
ECS25a 00AC   which supplier alerts go to the WAN                 SRV 6.22
ECS25a1 00EA  which supplier events go to devices of the home     SRV 6.22
ECS25a2 00EB  which supplier events sound an alarm                SRV 6.22
ECS25a3 00EC  which supplier events are logged                    SRV 6.22
ECS25b 00B0   which network operator alerts go to the WAN         SRV 6.22
ECS25b3 00ED  which network operator events are logged            SRV 6.22
====== ====== =================================================== ========

That of ECS25a3, which no real message at hand shows, is in the place that its neighbours leave
(``confirmed=False``).
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final, NamedTuple

from devices.gbcs.dlms import AccessCode, AccessService, AccessSpecification, ObisCode
from devices.gbcs.dlms_data import NULL
from devices.gbcs.dlms_exchange import encode_request, encode_response, open_request, open_response
from devices.gbcs.dlms_shapes import Bits, Octets
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import MessageCode, OriginatorCounter

ECS39A: Final = MessageCode(0x004C)
ECS39B: Final = MessageCode(0x004D)
ECS25A: Final = MessageCode(0x00AC)
ECS25A1: Final = MessageCode(0x00EA)
ECS25A2: Final = MessageCode(0x00EB)
ECS25A3: Final = MessageCode(0x00EC)
ECS25B: Final = MessageCode(0x00B0)
ECS25B3: Final = MessageCode(0x00ED)

MPAN_DIGITS: Final = 13
EVENTS: Final = 256
SUPPLIER_EVENTS: Final = 0x8100
OPERATOR_EVENTS: Final = 0x8000

_DATA: Final = 1
_VALUE: Final = 2
_OCTETS: Final = Octets()
_BITS: Final = Bits(2 * EVENTS)


class MpanUpdate(NamedTuple):
    """The MPANs that a command writes, in ASCII digits as sent; one, or two for a twin element meter."""

    digits: bytes


class BehaviourUpdate(NamedTuple):
    """A use case that switches behaviours of events: those from ``first_event`` to 255 above."""

    code: MessageCode
    item: AccessSpecification
    first_event: int
    confirmed: bool = True


class BehaviourChange(NamedTuple):
    """Which events are switched on and which off, by their codes; all others stay as they are."""

    on: frozenset[int] = frozenset()
    off: frozenset[int] = frozenset()


def _item(*obis: int) -> AccessSpecification:
    return AccessSpecification(AccessService.SET, _DATA, ObisCode(bytes(obis)), _VALUE)


def _behaviours(code: MessageCode, number: int, *, confirmed: bool = True) -> BehaviourUpdate:
    return BehaviourUpdate(code, _item(0, 30, 97, 98, number, 255), SUPPLIER_EVENTS, confirmed)


_MPAN_ITEMS: Final = {ECS39A: _item(0, 0, 94, 44, 34, 11), ECS39B: _item(1, 0, 0, 0, 2, 255)}
ALL_BEHAVIOUR_UPDATES: Final = (
    _behaviours(ECS25A, 11),
    _behaviours(ECS25A1, 12),
    _behaviours(ECS25A2, 13),
    _behaviours(ECS25A3, 14, confirmed=False),
    BehaviourUpdate(ECS25B, _item(0, 33, 97, 98, 11, 255), OPERATOR_EVENTS),
    BehaviourUpdate(ECS25B3, _item(0, 33, 97, 98, 14, 255), OPERATOR_EVENTS),
)
BEHAVIOUR_UPDATES: Final = MappingProxyType({update.code: update for update in ALL_BEHAVIOUR_UPDATES})
"""The use cases of alert behaviours by message code."""


def build_ecs39a_command(counter: OriginatorCounter, primary: str, secondary: str = "") -> bytes:
    """The payload that writes the import MPAN; ``secondary`` is that of a twin element's other element.

    Raises:
        GbcsError: an MPAN is not 13 digits.
    """
    digits = _mpan(primary) + (_mpan(secondary) if secondary else b"")
    return encode_request(counter, (_MPAN_ITEMS[ECS39A],), (_OCTETS.write(digits),))


def build_ecs39b_command(counter: OriginatorCounter, mpan: str) -> bytes:
    """The payload that writes the export MPAN.

    Raises:
        GbcsError: the MPAN is not 13 digits.
    """
    return encode_request(counter, (_MPAN_ITEMS[ECS39B],), (_OCTETS.write(_mpan(mpan)),))


def read_mpan_command(code: MessageCode, payload: bytes, counter: OriginatorCounter) -> MpanUpdate:
    """The MPANs of ECS39a or ECS39b, be they of the right length or not.

    Raises:
        GbcsError: the payload is not the command with this originator counter.
    """
    (value,) = open_request(payload, counter, (_MPAN_ITEMS[code],), f"command {code}")
    return MpanUpdate(_OCTETS.read(value))


def build_behaviour_command(code: MessageCode, counter: OriginatorCounter, change: BehaviourChange) -> bytes:
    """The payload that switches behaviours of events, of one of the ECS25 use cases.

    Its bits are a mask of what changes and then what it changes to (GBCS use case ECS25a).

    Raises:
        GbcsError: an event is none of the use case, or is to be both on and off.
    """
    update = BEHAVIOUR_UPDATES[code]
    if both := change.on & change.off:
        raise GbcsError(f"command {code}", f"event {min(both):04X} is switched on and off")
    on, off = _bits(update, change.on), _bits(update, change.off)
    return encode_request(counter, (update.item,), (_BITS.write((on | off) << EVENTS | on),))


def read_behaviour_command(code: MessageCode, payload: bytes, counter: OriginatorCounter) -> BehaviourChange:
    """Which events a command of one of the ECS25 use cases switches on and off.

    Raises:
        GbcsError: the payload is not the command with this originator counter.
    """
    update = BEHAVIOUR_UPDATES[code]
    (value,) = open_request(payload, counter, (update.item,), f"command {code}")
    mask, actions = divmod(_BITS.read(value), 1 << EVENTS)
    return BehaviourChange(
        frozenset(events_of(mask & actions, update.first_event)),
        frozenset(events_of(mask & ~actions, update.first_event)),
    )


def encode_set_response(code: MessageCode, counter: OriginatorCounter, result: AccessCode) -> bytes:
    """The response payload of any use case of this module."""
    return encode_response(counter, (_specification(code),), (result,), (NULL,))


def open_set_response(code: MessageCode, payload: bytes, counter: OriginatorCounter) -> AccessCode:
    """What a meter answered to a command of any use case of this module.

    Raises:
        GbcsError: the payload is no response to the command with this originator counter.
    """
    codes, _ = open_response(payload, counter, (_specification(code),), f"response {code}")
    return codes[0]


def events_of(bits: int, first_event: int) -> tuple[int, ...]:
    """The codes of the events whose bit is 1, the lowest bit for ``first_event``."""
    return tuple([first_event + number for number in range(EVENTS) if bits >> number & 1])


def _bits(update: BehaviourUpdate, events: Iterable[int]) -> int:
    bits = 0
    for event in events:
        if not 0 <= event - update.first_event < EVENTS:
            last = update.first_event + EVENTS - 1
            what = f"event {event:04X}, expected {update.first_event:04X} to {last:04X}"
            raise GbcsError(f"command {update.code}", what)
        bits |= 1 << event - update.first_event
    return bits


def _specification(code: MessageCode) -> AccessSpecification:
    return _MPAN_ITEMS[code] if code in _MPAN_ITEMS else BEHAVIOUR_UPDATES[code].item


def _mpan(digits: str) -> bytes:
    if len(digits) != MPAN_DIGITS or not (digits.isascii() and digits.isdigit()):
        raise GbcsError("MPAN", f"{digits[:40]!r}, expected {MPAN_DIGITS} digits")
    return digits.encode("ascii")
