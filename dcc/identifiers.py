"""Typed identifiers of the DCC: metering points, distributors, market participants, requests."""

from __future__ import annotations

import re
from operator import mul
from typing import Final, NamedTuple, Self

from dcc.errors import DccValueError
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, OriginatorCounter

_MPAN: Final = re.compile(r"[0-9]{13}")
_MPRN: Final = re.compile(r"[0-9]{1,10}")
_MPID: Final = re.compile(r"[A-Z0-9]{1,8}")
_COUNTER: Final = re.compile(r"0|[1-9][0-9]{0,19}")
_MPAN_WEIGHTS: Final = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)
UNIQUE_PART_MAX: Final = 10**10 - 1


class DistributorId(int):
    """The first two digits of an MPAN: the distribution licence that the metering point belongs to.

    Raises:
        DccValueError: the value is not 0 to 99.
    """

    __slots__ = ()

    def __new__(cls, value: int) -> Self:
        """Check the range and take the value."""
        if not 0 <= value <= 99:
            raise DccValueError("distributor id", value, "0 to 99")
        return super().__new__(cls, value)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read two digits."""
        if not re.fullmatch(r"[0-9]{2}", text):
            raise DccValueError("distributor id", text, "two digits")
        return cls(int(text))

    def __str__(self) -> str:
        return f"{int(self):02d}"

    def __repr__(self) -> str:
        return f"DistributorId({int(self)})"


class Mpan(str):
    """The core of a Meter Point Administration Number: 13 digits, the last a check digit.

    A wrong check digit is accepted, as DUIS accepts it: see :attr:`check_digit_ok` and :meth:`parse`.

    Raises:
        DccValueError: the value is not 13 digits.
    """

    __slots__ = ()

    def __new__(cls, digits: str) -> Self:
        """Check the form and take the digits."""
        if not _MPAN.fullmatch(digits):
            raise DccValueError("MPAN", digits, "13 digits")
        return super().__new__(cls, digits)

    @classmethod
    def parse(cls, text: str, *, strict: bool = False) -> Self:
        """Read 13 digits; ``strict`` also refuses a wrong check digit."""
        mpan = cls(text)
        if strict and not mpan.check_digit_ok:
            raise DccValueError("MPAN", text, f"check digit {_mpan_check_digit(text)}")
        return mpan

    @classmethod
    def from_core(cls, distributor_id: DistributorId, unique_part: int) -> Self:
        """The MPAN of a distributor and a number of up to ten digits, with its check digit."""
        if not 0 <= unique_part <= UNIQUE_PART_MAX:
            raise DccValueError("unique part of an MPAN", unique_part, "0 to 9999999999 (ten digits)")
        body = f"{distributor_id}{unique_part:010d}"
        return cls(f"{body}{_mpan_check_digit(body)}")

    @property
    def distributor_id(self) -> DistributorId:
        """The first two digits."""
        return DistributorId(int(self[:2]))

    @property
    def check_digit_ok(self) -> bool:
        """Whether the last digit is the one that the first twelve call for."""
        return int(self[12]) == _mpan_check_digit(self)

    def __repr__(self) -> str:
        return f"Mpan({str(self)!r})"


def _mpan_check_digit(digits: str) -> int:
    total: int = sum(map(mul, map(int, digits[:12]), _MPAN_WEIGHTS))
    return total % 11 % 10


class Mprn(str):
    """A Meter Point Reference Number as DUIS carries it: 1 to 10 digits, the last two check digits.

    Wrong check digits are accepted: see :attr:`check_digits_ok` and :meth:`parse`. Nothing in the number
    tells the gas transporter.

    Raises:
        DccValueError: the value is not 1 to 10 digits.
    """

    __slots__ = ()

    def __new__(cls, digits: str) -> Self:
        """Check the form and take the digits."""
        if not _MPRN.fullmatch(digits):
            raise DccValueError("MPRN", digits, "1 to 10 digits")
        return super().__new__(cls, digits)

    @classmethod
    def parse(cls, text: str, *, strict: bool = False) -> Self:
        """Read 1 to 10 digits; ``strict`` also refuses wrong check digits."""
        mprn = cls(text)
        if strict and not mprn.check_digits_ok:
            raise DccValueError("MPRN", text, f"check digits {_mprn_check_digits(text[:-2])}")
        return mprn

    @classmethod
    def from_unique(cls, unique_part: str) -> Self:
        """The MPRN of 1 to 8 digits, with their two check digits."""
        if not re.fullmatch(r"[0-9]{1,8}", unique_part):
            raise DccValueError("unique part of an MPRN", unique_part, "1 to 8 digits")
        return cls(unique_part + _mprn_check_digits(unique_part))

    @property
    def check_digits_ok(self) -> bool:
        """Whether the last two digits are those that the others call for; never so below three digits."""
        return len(self) > 2 and self[-2:] == _mprn_check_digits(self[:-2])

    def __repr__(self) -> str:
        return f"Mprn({str(self)!r})"


def _mprn_check_digits(unique_part: str) -> str:
    weights = range(len(unique_part), 0, -1)
    total: int = sum(map(mul, map(int, unique_part), weights))
    return f"{total % 11:02d}"


Mpxn = Mpan | Mprn
"""Either kind of metering point: electricity (MPAN) or gas (MPRN)."""


def parse_mpxn(text: str) -> Mpxn:
    """Read a metering point: 13 digits are an MPAN, 1 to 10 an MPRN (DUIS type MPxN)."""
    if _MPAN.fullmatch(text):
        return Mpan(text)
    if _MPRN.fullmatch(text):
        return Mprn(text)
    raise DccValueError("MPxN", text, "an MPAN (13 digits) or an MPRN (1 to 10 digits)")


class Mpid(str):
    """A market participant id: four characters in electricity, three in gas.

    Up to eight are accepted, so that invented parties can have speaking ids.

    Raises:
        DccValueError: the value is not 1 to 8 capital letters or digits.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check the form and take the characters."""
        if not _MPID.fullmatch(text):
            raise DccValueError("market participant id", text, "1 to 8 capital letters or digits")
        return super().__new__(cls, text)

    def __repr__(self) -> str:
        return f"Mpid({str(self)!r})"


class RequestId(NamedTuple):
    """Who asks whom, and the asker's counter; as text ``originator:target:counter`` (DUIS RequestID)."""

    originator: Eui64
    target: Eui64
    counter: OriginatorCounter

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form; the counter is decimal, 0 to 2^64-1, without leading zeros.

        Raises:
            DccValueError: names the part that does not fit.
        """
        parts = text.split(":")
        if len(parts) != 3:
            raise DccValueError("RequestID", text, "originator:target:counter")
        return cls(_entity("originator", parts[0]), _entity("target", parts[1]), _counter(parts[2]))

    @property
    def response_id(self) -> RequestId:
        """The ResponseID of the device's answer: the ids swapped, the same counter."""
        return RequestId(self.target, self.originator, self.counter)

    def __str__(self) -> str:
        return f"{self.originator}:{self.target}:{int(self.counter)}"


def _entity(part: str, text: str) -> Eui64:
    # The identifier itself can also be read without hyphens; DUIS knows only the form with them.
    if "-" not in text:
        raise DccValueError(f"RequestID/{part}", text, "8 hex octets joined by hyphens")
    try:
        return Eui64.parse(text)
    except GbcsError:
        raise DccValueError(f"RequestID/{part}", text, "8 hex octets joined by hyphens") from None


def _counter(text: str) -> OriginatorCounter:
    expected = "0 to 18446744073709551615, decimal, without leading zeros"
    if not _COUNTER.fullmatch(text):
        raise DccValueError("RequestID/counter", text, expected)
    try:
        return OriginatorCounter(int(text))
    except GbcsError:
        raise DccValueError("RequestID/counter", text, expected) from None
