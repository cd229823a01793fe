"""The simple types of DUIS: values in the text of an element (DUIS XML schema V5.4).

White space around a value is read over where XML Schema reads over it (numbers, booleans, times, identifiers,
binary data) and is part of the value in strings. What is written is one line, without white space around it.
"""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64, unhexlify
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import Enum
from functools import lru_cache
from typing import Final, TypeVar

from dcc.bodies.inventory import Uprn
from dcc.bodies.schedules import ScheduleId
from dcc.duis.shapes import NOT_IN_XML, Leaf
from dcc.identifiers import Mpan, Mprn, Mpxn, RequestId, parse_mpxn
from devices.gbcs.identifiers import DeviceType, Eui64, OriginatorCounter

T = TypeVar("T")
N = TypeVar("N", bound=int)
E = TypeVar("E", bound=Enum)

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,40}")
_ZONE: Final = r"(Z|[+-][0-9]{2}:[0-9]{2})?"
_TIME: Final = r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,40}))?"
_DATE: Final = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
_DATE_TIME_PATTERN: Final = re.compile(f"{_DATE}T{_TIME}{_ZONE}")
_TIME_PATTERN: Final = re.compile(f"{_TIME}{_ZONE}")
_DATE_PATTERN: Final = re.compile(f"{_DATE}(Z|[+-]00:00)?")
_ANY_DATE_PATTERN: Final = re.compile(f"{_DATE}{_ZONE}")
_COUNTER: Final = re.compile("0|[1-9][0-9]{0,19}")
_EUI64_LENGTH: Final = 23
_EUI64_HYPHENS: Final = "-" * 7
_SPACES: Final = str.maketrans("", "", " \t\r\n")
_WHITE_SPACE: Final = " \t\r\n"
_LAST_OF_ONE: Final = frozenset("AQgw")
_LAST_OF_TWO: Final = frozenset("AEIMQUYcgkosw048")
_MOST_LISTED: Final = 12
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def text(least: int = 0, most: int | None = None, pattern: str | None = None) -> Leaf[str]:
    """A string of ``least`` to ``most`` characters that matches all of ``pattern``."""
    compiled = None if pattern is None else re.compile(pattern, re.ASCII)
    expected = f"{least} to {most} characters" if most is not None else f"at least {least} characters"

    def check(value: str) -> str:
        if len(value) < least or (most is not None and len(value) > most) or NOT_IN_XML.search(value):
            raise ValueError
        if compiled is not None and not compiled.fullmatch(value):
            raise ValueError
        return value

    return Leaf(expected if pattern is None else f"{expected} of the form {pattern}", check, check)


def token(values: Mapping[str, T], *, collapse: bool = False) -> Leaf[T]:
    """One of a few words, each standing for a value; ``collapse`` where white space around does not count."""
    names = {value: name for name, value in values.items()}

    def decode(word: str) -> T:
        try:
            return values[word.strip(_WHITE_SPACE) if collapse else word]
        except KeyError:
            raise ValueError from None

    def encode(value: T) -> str:
        try:
            return names[value]
        except KeyError:
            raise ValueError from None

    return Leaf(_one_of(list(values)), decode, encode)


def words(*values: str) -> Leaf[str]:
    """One of a few words, kept as it is."""
    return token({value: value for value in values})


def enumeration(members: type[E], only: Callable[[E], bool] = lambda _: True) -> Leaf[E]:
    """An enumeration whose values are the words of the schema; ``only`` some of its members."""
    return token({member.value: member for member in members if only(member)})


def integer(least: int, most: int, of: Callable[[int], N]) -> Leaf[N]:
    """A whole number from ``least`` to ``most``, as a value of the type ``of``."""

    def decode(digits: str) -> N:
        digits = digits.strip(_WHITE_SPACE)
        if not _INTEGER.fullmatch(digits):
            raise ValueError
        return of(check(int(digits)))

    def check(value: int) -> int:
        if not least <= value <= most:
            raise ValueError
        return value

    return Leaf(f"a whole number, {least} to {most}", decode, lambda value: str(check(int(value))))


def binary(most: int | None = None) -> Leaf[bytes]:
    """Octets in base64, of at most ``most``; white space within is read over and never written."""

    def check(octets: bytes) -> bytes:
        if most is not None and len(octets) > most:
            raise ValueError
        return octets

    def encode(octets: bytes) -> str:
        return b2a_base64(check(octets), newline=False).decode("ascii")

    expected = "base64" if most is None else f"base64 of at most {most} octets"
    return Leaf(expected, lambda digits: check(_from_base64(digits)), encode)


def hexadecimal(least: int, most: int) -> Leaf[bytes]:
    """``least`` to ``most`` octets as hexadecimal digits, either case; written in upper case."""

    def check(octets: bytes) -> bytes:
        if not least <= len(octets) <= most:
            raise ValueError
        return octets

    count = str(least) if least == most else f"{least} to {most}"
    return Leaf(
        f"{count} octets in hexadecimal",
        lambda digits: check(unhexlify(digits.strip(_WHITE_SPACE))),
        lambda octets: check(octets).hex().upper(),
    )


def _from_base64(digits: str) -> bytes:
    try:
        octets = a2b_base64(digits, strict_mode=True)
    except ValueError:
        digits = digits.translate(_SPACES)
        octets = a2b_base64(digits, strict_mode=True)
    # What the decoder lets pass: padding of a whole group, and bits left over that are not zero (XML Schema).
    if len(digits) % 4 or (digits.endswith("=") and not _ends_in_zero_bits(digits)):
        raise ValueError
    return octets


def _ends_in_zero_bits(digits: str) -> bool:
    return digits[-3] in _LAST_OF_ONE if digits[-2] == "=" else digits[-2] in _LAST_OF_TWO


def _one_of(names: list[str]) -> str:
    more = len(names) - _MOST_LISTED
    return f"one of {', '.join(names[:_MOST_LISTED])}" + (f" and {more} more" if more > 0 else "")


def _boolean(word: str) -> bool:
    value = _BOOLEANS.get(word.strip(_WHITE_SPACE))
    if value is None:
        raise ValueError
    return value


def _date_time(digits: str) -> datetime:
    digits = digits.strip(_WHITE_SPACE)
    match = _DATE_TIME_PATTERN.fullmatch(digits)
    if match is None:
        raise ValueError
    year, month, day, *of_day, zone = match.groups()
    if zone == "Z" and of_day[0] != "24":
        return datetime.fromisoformat(digits)
    at = datetime.combine(date(int(year), int(month), int(day)), _time_of_day(*of_day), _zone(zone))
    try:
        return (at + timedelta(days=1) if of_day[0] == "24" else at).astimezone(UTC)
    except OverflowError:
        raise ValueError from None


def _time_of_day(hour: str, minute: str, second: str, fraction: str | None) -> time:
    if hour == "24":
        # XML Schema knows 24:00:00, the end of a day: midnight of the next.
        if (minute, second, (fraction or "").strip("0")) != ("00", "00", ""):
            raise ValueError
        return time()
    return time(int(hour), int(minute), int(second), _microseconds(fraction))


def _microseconds(fraction: str | None) -> int:
    return int(f"{fraction:0<6.6}") if fraction else 0


def _zone(zone: str | None) -> timezone:
    """The zone of a time; one that says none is UTC, as all times of DUIS are."""
    if zone is None or zone == "Z":
        return UTC
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        raise ValueError
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if zone[0] == "-" else offset)


def _write_date_time(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError
    at = (at if at.tzinfo is UTC else at.astimezone(UTC)).replace(tzinfo=None)
    return f"{at.isoformat(timespec=_timespec(at.microsecond))}Z"


def _timespec(microsecond: int) -> str:
    return "microseconds" if microsecond % 1000 else "milliseconds"


def _date(digits: str) -> date:
    match = _DATE_PATTERN.fullmatch(digits.strip(_WHITE_SPACE))
    if match is None:
        raise ValueError
    return date(int(match[1]), int(match[2]), int(match[3]))


def _is_date(digits: str) -> bool:
    """Whether it is a date, if only in another zone: which day of ours that is nobody can tell."""
    match = _ANY_DATE_PATTERN.fullmatch(digits.strip(_WHITE_SPACE))
    if match is None:
        return False
    year, month, day, zone = match.groups()
    try:
        date(int(year), int(month), int(day))
        _zone(zone)
    except ValueError:
        return False
    return True


def _time(digits: str) -> time:
    match = _TIME_PATTERN.fullmatch(digits.strip(_WHITE_SPACE))
    if match is None:
        raise ValueError
    *of_day, zone = match.groups()
    # Any day will do that has neighbours.
    return datetime.combine(date(2000, 1, 2), _time_of_day(*of_day), _zone(zone)).astimezone(UTC).timetz()


def _write_time(at: time) -> str:
    if at.utcoffset() != timedelta():
        raise ValueError
    return f"{at.replace(tzinfo=None).isoformat(timespec=_timespec(at.microsecond))}Z"


def _eui64(digits: str) -> Eui64:
    return _eui64_exactly(digits.strip(_WHITE_SPACE))


# The same Users and devices come again and again.
@lru_cache(maxsize=4096)
def _eui64_exactly(digits: str) -> Eui64:
    # With hyphens in their seven places, anything else than hex digits in the others makes fewer octets.
    if len(digits) != _EUI64_LENGTH or digits[2::3] != _EUI64_HYPHENS:
        raise ValueError
    return Eui64(bytes.fromhex(digits.replace("-", "")))


def _request_id(digits: str) -> RequestId:
    originator, target, counter = digits.strip(_WHITE_SPACE).split(":")
    if not _COUNTER.fullmatch(counter):
        raise ValueError
    return RequestId(_eui64_exactly(originator), _eui64_exactly(target), OriginatorCounter(int(counter)))


def _device_list(digits: str) -> tuple[Eui64, ...]:
    devices = digits.split(",")
    if len(devices) > MOST_DEVICES:
        raise ValueError
    return tuple(map(_eui64_exactly, devices))


def _write_device_list(devices: tuple[Eui64, ...]) -> str:
    if not 1 <= len(devices) <= MOST_DEVICES:
        raise ValueError
    return ",".join(map(str, devices))


MOST_DEVICES: Final = 50_000
"""How many devices a list holds: 1,199,999 characters (DUIS 11.1, 11.4)."""

BOOLEAN: Final = Leaf("true or false", _boolean, lambda value: "true" if value else "false")
DATE_TIME: Final = Leaf("a date and time such as 2030-01-15T09:00:00.00Z", _date_time, _write_date_time)
"""An instant, UTC; one written without a zone is UTC too. Below microseconds it is cut."""
DATE: Final = Leaf("a date such as 2030-01-15, in UTC", _date, date.isoformat, allowed=_is_date)
TIME: Final = Leaf("a time of day such as 09:00:00.00Z", _time, _write_time)
"""A time of day with the zone UTC."""
EUI64: Final = Leaf("8 hex octets joined by hyphens", _eui64)
REQUEST_ID: Final = Leaf(
    "originator:target:counter, such as 90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000",
    _request_id,
)
DEVICE_LIST: Final = Leaf(f"1 to {MOST_DEVICES} EUI-64s joined by commas", _device_list, _write_device_list)
# In the schema the numbers of metering points are any characters, so many of them.
MPAN: Final = Leaf("an MPAN (13 digits)", Mpan, allowed=lambda text: len(text) == 13)
MPRN: Final = Leaf("an MPRN (1 to 10 digits)", Mprn, allowed=lambda text: 1 <= len(text) <= 10)
MPXN: Final[Leaf[Mpxn]] = Leaf(
    "an MPAN (13 digits) or an MPRN (1 to 10 digits)", parse_mpxn, allowed=lambda text: 1 <= len(text) <= 13
)
BASE64: Final = binary()
FLOOR: Final = integer(0, 2**63 - 1, OriginatorCounter)
UPRN: Final = integer(1, 10**12 - 1, Uprn)
SCHEDULE_ID: Final = integer(0, 10**12, ScheduleId)
DEVICE_TYPE: Final = enumeration(DeviceType)
MANUFACTURER: Final = text(0, 30)
MODEL: Final = text(0, 30)
SMETS_CHTS_VERSION: Final = text(1, 20)
FIRMWARE_VERSION: Final = text(1, 8)
POSTCODE: Final = text(6, 8)
ADDRESS_IDENTIFIER: Final = text(0, 30)
ESME_VARIANT: Final = words(
    "A", "B", "C", "AD", "BD", "CD", "ADE", "BDE", "CDE", "ADF", "BDF", "CDF", "ADEF", "BDEF", "CDEF",
    "ADG", "ADEG", "AF", "BF", "CF", "AEF", "BEF", "CEF", "AG", "AEG",
)  # fmt: skip
