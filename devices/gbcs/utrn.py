"""Unique Transaction Reference Numbers: the 20 digits of a prepayment top-up (GBCS 14.3).

::

    PTUT (57 bits) = counter bits (10) || value class (2) || value (13) || last 32 bits of the supplier's MAC
    PPTD           = PTUT + 7394156990786306048        19 digits
    UTRN           = PPTD digits || check digit        20 digits

The counter bits are bits 32 to 41 of the Originator Counter; the MAC covers all of it.
"""

from __future__ import annotations

import enum
import hmac
import struct
from functools import reduce
from typing import Final, NamedTuple

from devices.gbcs.crypto import CryptoProvider, KeyPair, derive_key
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, OriginatorCounter

UTRN_DIGITS: Final = 20
COUNTER_BITS: Final = 10
COUNTER_SHIFT: Final = 32
MAC_TAIL_OCTETS: Final = 4
GREATEST_AMOUNT: Final = (1 << 13) - 1

_BASE: Final = 7394156990786306048
_PTUT_BITS: Final = 57
_COUNTER_MASK: Final = (1 << COUNTER_BITS) - 1
_TRANSACTION_ID: Final = struct.Struct(">BQ")
_MAC_INPUT: Final = struct.Struct(">6s8s8s9sI")
_SECURITY_HEADER: Final = bytes.fromhex("110000000000")

# Verhoeff's scheme: multiplication in the dihedral group D5, and the permutation that a digit's place
# applies again and again. GBCS counts places so that the check digit falls on the last of eight.
_PERMUTATION: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_FIRST_PLACE: Final = 4


class ValueClass(enum.IntEnum):
    """In which unit the value of a top-up counts."""

    PENCE = 0
    POUNDS = 1


class TopUpValue(NamedTuple):
    """How much is paid in: ``amount`` is 0 to 8191 pence or pounds."""

    value_class: ValueClass
    amount: int

    @property
    def pence(self) -> int:
        """The value in pence."""
        return self.amount * (100 if self.value_class is ValueClass.POUNDS else 1)


class UtrnParts(NamedTuple):
    """What the digits say: ten bits of the counter, the value, the end of the MAC (4 octets)."""

    counter_bits: int
    value: TopUpValue
    mac_tail: bytes

    @property
    def high_word(self) -> int:
        """The 25 bits in front of the MAC."""
        return high_word(self.counter_bits, self.value)


class UtrnKeys(NamedTuple):
    """Between whom a top-up is authenticated.

    ``secret`` is the shared secret Z (32 octets) of the supplier's prepayment key and the meter's key
    agreement key.
    """

    supplier: Eui64
    meter: Eui64
    secret: bytes

    @classmethod
    def of_supplier(
        cls,
        supplier: Eui64,
        prepayment_key: KeyPair,
        meter: Eui64,
        meter_point: bytes,
        provider: CryptoProvider,
    ) -> UtrnKeys:
        """The supplier's side: its own prepayment key pair and the meter's key agreement point."""
        return cls(supplier, meter, provider.agree(prepayment_key, meter_point))


class Utrn(str):
    """Twenty digits of which the last checks the others; whether they are a top-up, :meth:`parts` tells.

    Raises:
        GbcsError: not 20 digits, or the check digit is another.
    """

    __slots__ = ()

    def __new__(cls, digits: str) -> Utrn:
        """Check the digits and take them."""
        if len(digits) != UTRN_DIGITS or not (digits.isascii() and digits.isdigit()):
            raise GbcsError("UTRN", f"{digits[:40]!r}, expected {UTRN_DIGITS} digits")
        expected = check_digit(digits[:-1])
        if int(digits[-1]) != expected:
            raise GbcsError("UTRN", f"check digit {digits[-1]} of {digits}, expected {expected}")
        return super().__new__(cls, digits)

    @classmethod
    def of(cls, parts: UtrnParts) -> Utrn:
        """The digits of a top-up.

        Raises:
            GbcsError: a part is out of range.
        """
        if len(parts.mac_tail) != MAC_TAIL_OCTETS:
            raise GbcsError("UTRN MAC", f"{len(parts.mac_tail)} octets, expected {MAC_TAIL_OCTETS}")
        ptut = parts.high_word << 8 * MAC_TAIL_OCTETS | int.from_bytes(parts.mac_tail, "big")
        digits = str(_BASE + ptut)
        return cls(f"{digits}{check_digit(digits)}")

    def parts(self) -> UtrnParts:
        """The parts of the digits.

        Raises:
            GbcsError: the digits are outside the range of GBCS top-ups, or the value class is unknown.
        """
        ptut = int(self[:-1]) - _BASE
        if not 0 <= ptut < 1 << _PTUT_BITS:
            raise GbcsError("UTRN", f"{self} is outside the range of top-ups")
        high, tail = divmod(ptut, 1 << 8 * MAC_TAIL_OCTETS)
        value_class = high >> 13 & 3
        if value_class > ValueClass.POUNDS:
            raise GbcsError("UTRN", f"value class {value_class} of {self}, expected 0 or 1")
        value = TopUpValue(ValueClass(value_class), high & GREATEST_AMOUNT)
        return UtrnParts(high >> 15, value, tail.to_bytes(MAC_TAIL_OCTETS, "big"))


def issue_utrn(
    keys: UtrnKeys, counter: OriginatorCounter, value: TopUpValue, provider: CryptoProvider
) -> Utrn:
    """The UTRN that a supplier sells.

    Raises:
        GbcsError: the value is out of range.
    """
    bits = counter_bits(counter)
    tail = mac_tail(keys, counter, high_word(bits, value), provider)
    return Utrn.of(UtrnParts(bits, value, tail))


def is_authentic(
    parts: UtrnParts, keys: UtrnKeys, counter: OriginatorCounter, provider: CryptoProvider
) -> bool:
    """Whether a top-up is the supplier's for this meter under this counter."""
    if parts.counter_bits != counter_bits(counter):
        return False
    return hmac.compare_digest(parts.mac_tail, mac_tail(keys, counter, parts.high_word, provider))


def counter_bits(counter: OriginatorCounter) -> int:
    """The ten bits of a counter that enter a UTRN."""
    return counter >> COUNTER_SHIFT & _COUNTER_MASK


def high_word(bits: int, value: TopUpValue) -> int:
    """Counter bits, value class and value as one number of 25 bits.

    Raises:
        GbcsError: one is out of range.
    """
    if not 0 <= bits <= _COUNTER_MASK:
        raise GbcsError("UTRN counter bits", f"{bits}, expected 0 to {_COUNTER_MASK}")
    if not 0 <= value.amount <= GREATEST_AMOUNT:
        raise GbcsError("UTRN value", f"{value.amount}, expected 0 to {GREATEST_AMOUNT}")
    return bits << 15 | value.value_class << 13 | value.amount


def mac_tail(keys: UtrnKeys, counter: OriginatorCounter, high: int, provider: CryptoProvider) -> bytes:
    """The last four octets of the untruncated MAC of a top-up."""
    transaction_id = _TRANSACTION_ID.pack(1, counter)
    key = derive_key(keys.secret, keys.supplier, transaction_id, keys.meter)
    data = _MAC_INPUT.pack(_SECURITY_HEADER, keys.supplier, keys.meter, transaction_id, high)
    return provider.gmac(key, keys.supplier, data)[-MAC_TAIL_OCTETS:]


def check_digit(digits: str) -> int:
    """The Verhoeff digit that goes behind ``digits``, which count from left to right (GBCS 14.3)."""
    total = reduce(_times, [_PLACES[(_FIRST_PLACE + at) % 8][int(d)] for at, d in enumerate(digits)], 0)
    last = _PLACES[(_FIRST_PLACE + len(digits)) % 8]
    return next(digit for digit in range(10) if _times(total, last[digit]) == 0)


def _times(left: int, right: int) -> int:
    """The product of two elements of D5: 0 to 4 are rotations, 5 to 9 reflections."""
    if left < 5:
        return (left + right) % 5 + (5 if right >= 5 else 0)
    return (left - right) % 5 + (0 if right >= 5 else 5)


def _permutation_powers() -> tuple[tuple[int, ...], ...]:
    rows = [tuple(range(10))]
    for _ in range(7):
        rows.append(tuple(_PERMUTATION[digit] for digit in rows[-1]))
    return tuple(rows)


_PLACES: Final = _permutation_powers()
