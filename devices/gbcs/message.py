"""The four message shapes of GBCS: parse and encode (GBCS 6.2, 6.4, 13.3.3.1).

::

    full     : MAC Header || Grouping Header || Payload || 40 || Signature || MAC
    mac only : MAC Header || Grouping Header || Payload || 00 || MAC
    signed   :               Grouping Header || Payload || 40 || Signature
    pre-cmd  :               Grouping Header || Payload

Nothing of the input is kept: a message is encoded from its values, and the form of a length that is not
minimal is a value too (:class:`LengthForms`).
"""

from __future__ import annotations

import enum
import struct
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from devices.gbcs.crypto import MAC_OCTETS, SIGNATURE_OCTETS
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter

_MAC_HEADER_START = bytes.fromhex("DD000000000000")
_SECURITY_HEADER = bytes.fromhex("1100000000")
_HEADER_START = struct.Struct(">BBBQB8sB8sB")
_HEADER_WITH_CODE = struct.Struct(">BBBQB8sB8sBBH")
_HEADER_WITH_TIME_AND_CODE = struct.Struct(">BBBQB8sB8sBHBBBBBBBHBBH")
# A signed command with a MAC and without supplementary party, up to its payload: what differs, what doesn't.
_COMMAND_START = struct.Struct(">8xH8xQx8sx8s2xHxH")
_COMMAND_TAGS = struct.Struct(">8s2x8s8xc8xc8x2s2xc")
_TRANSACTION_ID = struct.Struct(">BQ")
_UINT64 = struct.Struct(">Q")
_DATE_TIME = struct.Struct(">HBBBBBBBHB")
_GENERAL_SIGNING = 0xDF
_DER_SEQUENCE = 0x30
_TWO_OCTETS_FOLLOW = 0x82
_LENGTH_OF_1 = struct.Struct(">BB")
_LENGTH_OF_2 = struct.Struct(">BH")
_DATE_TIME_OCTETS = 12
_LENGTH_ENDS = 10
_COMMAND_OCTETS = _COMMAND_START.size
_EXPECTED_TAGS = (
    _MAC_HEADER_START + b"\x82",
    _SECURITY_HEADER + b"\xdf\x09\x01",
    b"\x08",
    b"\x08",
    b"\x00\x02",
    b"\x82",
)


class Cra(enum.IntEnum):
    """Command, response or alert: the first octet of the transaction id."""

    COMMAND = 1
    RESPONSE = 2
    ALERT = 3


_CRA_BY_VALUE = {int(cra): cra for cra in Cra}
# Members of an Enum are slow to get at in some versions of Python: those asked for all the time have a name.
COMMAND: Final = Cra.COMMAND
RESPONSE: Final = Cra.RESPONSE
# Values unpacked from fields of fixed width are in range: their identifiers skip the range check. Tuples
# whose fields are all at hand skip the handling of defaults.
_new_octets = bytes.__new__
_new_int = int.__new__
_new_tuple = tuple.__new__


class MessageShape(enum.Enum):
    """Which security fields a message carries."""

    FULL = "signature and MAC"
    MAC_ONLY = "MAC"
    SIGNED = "signature"
    PRE_COMMAND = "none"

    # By identity: rules that name a shape are looked up all the time.
    __hash__ = object.__hash__


_FULL, _MAC_ONLY, _SIGNED = MessageShape.FULL, MessageShape.MAC_ONLY, MessageShape.SIGNED


class DlmsDateTime(NamedTuple):
    """The 12-octet date-time of a response header, field by field as sent; FF means not specified."""

    year: int
    month: int
    day: int
    weekday: int
    hour: int
    minute: int
    second: int
    hundredths: int
    deviation: int
    clock_status: int

    @classmethod
    def of(cls, moment: datetime, clock_status: int) -> DlmsDateTime:
        """The field of ``moment`` (taken in UTC), weekday and deviation not specified."""
        at = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
        fields = at.year, at.month, at.day, 0xFF, at.hour, at.minute, at.second, 0, 0x8000, clock_status
        return _new_tuple(cls, fields)

    def moment(self) -> datetime:
        """The time in UTC.

        Raises:
            GbcsError: a field is unspecified or out of range.
        """
        try:
            local = datetime(self.year, self.month, self.day, self.hour, self.minute, self.second, tzinfo=UTC)
            return local + timedelta(minutes=self._deviation_minutes())
        except (ValueError, OverflowError) as error:
            raise GbcsError("date-time", f"{tuple(self)} is no moment: {error}") from error

    def _deviation_minutes(self) -> int:
        if self.deviation == 0x8000:
            return 0
        return self.deviation - 0x10000 if self.deviation > 0x8000 else self.deviation


class OtherInformation(NamedTuple):
    """Message code and, where a party unknown to the device is served, who that is.

    ``supplementary_originator_counter`` (the device's) and ``certificate`` (DER, the party's key agreement
    certificate) exclude each other.
    """

    message_code: MessageCode
    supplementary_party: Eui64 | None = None
    supplementary_counter: OriginatorCounter | None = None
    supplementary_originator_counter: OriginatorCounter | None = None
    certificate: bytes | None = None


_CODE_ALONE = (None, None, None, None)


class GroupingHeader(NamedTuple):
    """Who says what to whom, under which counter."""

    cra: Cra
    originator_counter: OriginatorCounter
    originator: Eui64
    target: Eui64
    other: OtherInformation
    date_time: DlmsDateTime | None = None

    @property
    def transaction_id(self) -> bytes:
        """CRA octet and counter, 9 octets."""
        return _TRANSACTION_ID.pack(self.cra, self.originator_counter)


class LengthForms(NamedTuple):
    """How many octets each length took: 0 for the minimal form, else 1 + n for ``8n`` and n octets."""

    mac_header: int = 0
    other_information: int = 0
    payload: int = 0


MINIMAL_LENGTHS = LengthForms()


class Message(NamedTuple):
    """One message. ``signature`` is None without a signature-length octet, empty for length 00."""

    header: GroupingHeader
    payload: bytes
    signature: bytes | None = None
    mac: bytes | None = None
    forms: LengthForms = MINIMAL_LENGTHS

    @property
    def code(self) -> MessageCode:
        """The message code."""
        return self.header.other.message_code

    @property
    def shape(self) -> MessageShape:
        """Which of the four shapes this is."""
        if self.mac is not None:
            return _FULL if self.signature else _MAC_ONLY
        return _SIGNED if self.signature else MessageShape.PRE_COMMAND

    def signed_octets(self) -> bytes:
        """What a signature covers: Grouping Header without its tag, and payload."""
        return self.grouped_octets()[1:]

    def authenticated_octets(self, grouped: bytes | None = None) -> bytes:
        """What a MAC covers: ``11 0000000000``, Grouping Header, payload, signature with its length.

        ``grouped`` are the :meth:`grouped_octets`, where they are at hand.
        """
        return b"".join((
            b"\x11\0\0\0\0\0",
            self.grouped_octets() if grouped is None else grouped,
            self._signature_octets(),
        ))  # fmt: skip

    def grouped_octets(self) -> bytes:
        """Grouping Header and payload."""
        header, payload, _, _, forms = self
        start = _header_octets(header, forms.other_information)
        return start + encode_length(len(payload), forms.payload) + payload

    def _signature_octets(self) -> bytes:
        if self.signature is None:
            return b""
        return bytes((len(self.signature),)) + self.signature


def encode(message: Message) -> bytes:
    """The octets of a message.

    Raises:
        GbcsError: a signature is not 0 or 64 octets, a MAC not 12, a MAC comes without signature field,
            other information lacks a field in front of one that is there, or a date-time field is too wide.
    """
    _check_security_fields(message)
    rest = message.grouped_octets() + message._signature_octets()
    if message.mac is None:
        return rest
    length = len(_SECURITY_HEADER) + len(rest) + MAC_OCTETS
    mac_length = encode_length(length, message.forms.mac_header)
    return b"".join((_MAC_HEADER_START, mac_length, _SECURITY_HEADER, rest, message.mac))


def parse(octets: bytes) -> Message:
    """Read one message of any shape.

    Raises:
        GbcsError: anything that is not exactly one message; says where and what.
    """
    return _parse_large_command(octets) or _parse_any(octets)


def _parse_large_command(octets: bytes) -> Message | None:
    """A command with signature and MAC, a payload of 256 octets or more and minimal lengths, in one go.

    None for all that is anything else, good or bad.
    """
    end = len(octets) - MAC_OCTETS
    if end < 0x100 or _COMMAND_TAGS.unpack_from(octets) != _EXPECTED_TAGS:
        return None
    length, counter, originator, target, code, size = _COMMAND_START.unpack_from(octets)
    signature = _COMMAND_OCTETS + size
    if (
        length != len(octets) - _LENGTH_ENDS
        or size < 0x100
        or signature + 1 + SIGNATURE_OCTETS != end
        or octets[signature] != SIGNATURE_OCTETS
    ):
        return None
    fields = (
        COMMAND,
        _new_int(OriginatorCounter, counter),
        _new_octets(Eui64, originator),
        _new_octets(Eui64, target),
        _new_tuple(OtherInformation, (_new_int(MessageCode, code), None, None, None, None)),
        None,
    )
    header = _new_tuple(GroupingHeader, fields)
    payload = octets[_COMMAND_OCTETS:signature]
    parts = (header, payload, octets[signature + 1 : end], octets[end:], MINIMAL_LENGTHS)
    return _new_tuple(Message, parts)


def _parse_any(octets: bytes) -> Message:
    """A message of any shape, field by field; says where and what is wrong."""
    if not octets:
        raise GbcsError("message", "empty, expected tag DD or DF", 0)
    mac, mac_form, position, end = None, 0, 0, len(octets)
    if octets[0] == _MAC_HEADER_START[0]:
        position, mac_form = _parse_mac_header(octets)
        end -= MAC_OCTETS
        if end < position:
            raise GbcsError("MAC", f"expected {MAC_OCTETS} octets", position)
        mac = octets[end:]
    header, other_form, position = _parse_grouping_header(octets, position, end)
    payload, payload_form, position = _take_with_length(octets, position, end, "payload")
    signature = _parse_signature(octets, position, end, mac is not None)
    forms = MINIMAL_LENGTHS
    if mac_form or other_form or payload_form:
        forms = LengthForms(mac_form, other_form, payload_form)
    return _new_tuple(Message, (header, payload, signature, mac, forms))


def encode_length(length: int, form: int = 0) -> bytes:
    """A BER length.

    ``form`` is the number of octets to spend (2 to 5); the minimal form is used where it is 0, or where
    the length has outgrown it.

    Raises:
        GbcsError: there is no such form, or the length takes more than 4 octets.
    """
    if not form and 0 <= length < 0x10000:
        # Nearly all of them.
        if length < 0x80:
            return bytes((length,))
        return _LENGTH_OF_1.pack(0x81, length) if length < 0x100 else _LENGTH_OF_2.pack(0x82, length)
    if not 0 <= form <= 5 or not 0 <= length < 1 << 32:
        raise GbcsError("length", f"{length} in a form of {form} octets, expected less than 2^32 in 0 to 5")
    minimal = 1 if length < 0x80 else 1 + (length.bit_length() + 7) // 8
    count = max(form, minimal) - 1
    if not count:
        return bytes((length,))
    return bytes((0x80 | count,)) + length.to_bytes(count, "big")


def read_length(octets: bytes, position: int, end: int, where: str) -> tuple[int, int, int]:
    """Read a BER length: its value, its form (0 if minimal) and the position behind it.

    Raises:
        GbcsError: no definite length of at most 4 octets stands there.
    """
    if position >= end:
        raise GbcsError(where, "length is missing", position)
    first = octets[position]
    if first < 0x80:
        return first, 0, position + 1
    after = position + 3
    if first == _TWO_OCTETS_FOLLOW and after <= end and octets[position + 1]:
        return octets[position + 1] << 8 | octets[position + 2], 0, after
    count = first & 0x7F
    after = position + 1 + count
    if not 1 <= count <= 4 or after > end:
        raise GbcsError(where, f"length octet {first:02X}, expected a definite length that fits", position)
    length = int.from_bytes(octets[position + 1 : after], "big")
    minimal = length >= 0x80 and octets[position + 1] != 0
    return length, 0 if minimal else 1 + count, after


def _parse_mac_header(octets: bytes) -> tuple[int, int]:
    """Check the MAC Header; the position of the Grouping Header and the form of the length."""
    if not octets.startswith(_MAC_HEADER_START):
        raise GbcsError("MAC header", f"{octets[:7].hex().upper()}, expected DD and six zero octets", 0)
    length, form, position = read_length(octets, len(_MAC_HEADER_START), len(octets), "MAC header/length")
    if length != len(octets) - position:
        raise GbcsError("MAC header/length", f"{length}, but {len(octets) - position} octets follow", 7)
    after = position + len(_SECURITY_HEADER)
    if not octets.startswith(_SECURITY_HEADER, position):
        found = octets[position:after].hex().upper()
        raise GbcsError("MAC header/security header", f"{found}, expected 1100000000", position)
    return after, form


def _parse_grouping_header(octets: bytes, start: int, end: int) -> tuple[GroupingHeader, int, int]:
    """The header, the form of the other-information length, and the position of the payload length."""
    position = start + _HEADER_START.size
    if position > end:
        raise GbcsError("grouping header", f"{end - start} octets, expected at least 30", start)
    tag, nine, cra, counter, eight, originator, also_eight, target, date_time_length = (
        _HEADER_START.unpack_from(octets, start)
    )
    kind = _CRA_BY_VALUE.get(cra)
    if tag != _GENERAL_SIGNING or (nine, eight, also_eight) != (9, 8, 8) or kind is None:
        raise _grouping_header_error(octets, start)
    date_time = None
    if date_time_length:
        date_time = _parse_date_time(octets, position, end, date_time_length)
        position += _DATE_TIME_OCTETS
    other, form, position = _parse_other_information(octets, position, end)
    fields = (
        kind,
        _new_int(OriginatorCounter, counter),
        _new_octets(Eui64, originator),
        _new_octets(Eui64, target),
        other,
        date_time,
    )
    return _new_tuple(GroupingHeader, fields), form, position


def _grouping_header_error(octets: bytes, start: int) -> GbcsError:
    """Which of the fixed octets is wrong; called only when one is."""
    for offset, expected, field in (
        (0, _GENERAL_SIGNING, "tag"),
        (1, 9, "transaction id length"),
        (11, 8, "business originator length"),
        (20, 8, "business target length"),
    ):
        found = octets[start + offset]
        if found != expected:
            what = f"{found:02X}, expected {expected:02X}"
            return GbcsError(f"grouping header/{field}", what, start + offset)
    what = f"{octets[start + 2]:02X}, expected 01 command, 02 response or 03 alert"
    return GbcsError("grouping header/CRA flag", what, start + 2)


def _parse_date_time(octets: bytes, position: int, end: int, length: int) -> DlmsDateTime:
    if length != _DATE_TIME_OCTETS:
        what = f"length {length:02X}, expected 00 or 0C"
        raise GbcsError("grouping header/date-time", what, position - 1)
    if position + length > end:
        raise GbcsError("grouping header/date-time", "cut short, expected 12 octets", position)
    return _new_tuple(DlmsDateTime, _DATE_TIME.unpack_from(octets, position))


def _parse_other_information(octets: bytes, position: int, end: int) -> tuple[OtherInformation, int, int]:
    """The other information, the form of its length, the position behind it."""
    after = position + 3
    if after <= end and octets[position] == 2:
        code = _new_int(MessageCode, int.from_bytes(octets[position + 1 : after]))
        return _new_tuple(OtherInformation, (code, None, None, None, None)), 0, after
    other, form, after = _take_with_length(octets, position, end, "grouping header/other information")
    return _other_information(other, after - len(other)), form, after


def _other_information(other: bytes, offset: int) -> OtherInformation:
    length = len(other)
    certificate = other[18:] if length > 26 else b""
    if length not in (2, 10, 18, 26) and not certificate.startswith(bytes((_DER_SEQUENCE,))):
        what = f"{length} octets, expected 2, 10, 18, 26, or 18 and a certificate"
        raise GbcsError("grouping header/other information", what, offset)
    return OtherInformation(
        MessageCode(int.from_bytes(other[:2], "big")),
        Eui64(other[2:10]) if length >= 10 else None,
        OriginatorCounter(int.from_bytes(other[10:18], "big")) if length >= 18 else None,
        OriginatorCounter(int.from_bytes(other[18:], "big")) if length == 26 else None,
        certificate or None,
    )


def _header_octets(header: GroupingHeader, other_form: int) -> bytes:
    """The Grouping Header up to the payload's length."""
    cra, counter, originator, target, other, date_time = header
    if not other_form and other[1:] == _CODE_ALONE:
        if date_time is not None:
            return _dated_header_octets(header, date_time)
        return _HEADER_WITH_CODE.pack(
            _GENERAL_SIGNING, 9, cra, counter, 8, originator, 8, target, 0, 2, other[0]
        )
    octets = _other_information_octets(other)
    length = 0 if date_time is None else _DATE_TIME_OCTETS
    return b"".join((
        _HEADER_START.pack(_GENERAL_SIGNING, 9, cra, counter, 8, originator, 8, target, length),
        _date_time_octets(date_time),
        encode_length(len(octets), other_form),
        octets,
    ))  # fmt: skip


def _dated_header_octets(header: GroupingHeader, date_time: DlmsDateTime) -> bytes:
    """The Grouping Header of a response with a time and no supplementary party."""
    cra, counter, originator, target, other, _ = header
    start = _GENERAL_SIGNING, 9, cra, counter, 8, originator, 8, target, _DATE_TIME_OCTETS
    try:
        return _HEADER_WITH_TIME_AND_CODE.pack(*start, *date_time, 2, other[0])
    except struct.error as error:
        raise GbcsError("date-time", f"{tuple(date_time)}: {error}") from error


def _other_information_octets(other: OtherInformation) -> bytes:
    code, party, counter, originator_counter, certificate = other
    octets = code.to_bytes(2, "big")
    if party is None:
        if (counter, originator_counter, certificate) != (None, None, None):
            raise GbcsError("other information", "a counter or certificate without supplementary party")
        return octets
    octets += party
    if counter is None:
        if (originator_counter, certificate) != (None, None):
            raise GbcsError("other information", "a certificate or second counter, but no first counter")
        return octets
    octets += _UINT64.pack(counter)
    if certificate is None:
        return octets if originator_counter is None else octets + _UINT64.pack(originator_counter)
    if originator_counter is not None or len(certificate) <= 8 or certificate[0] != _DER_SEQUENCE:
        what = "expected a DER certificate of more than 8 octets, and no Supplementary Originator Counter"
        raise GbcsError("other information/certificate", what)
    return octets + certificate


def _date_time_octets(date_time: DlmsDateTime | None) -> bytes:
    if date_time is None:
        return b""
    try:
        return _DATE_TIME.pack(*date_time)
    except struct.error as error:
        raise GbcsError("date-time", f"{tuple(date_time)}: {error}") from error


def _take_with_length(octets: bytes, position: int, end: int, where: str) -> tuple[bytes, int, int]:
    """The octets of a length-prefixed field, the form of its length, the position behind it."""
    length, form, position = read_length(octets, position, end, where)
    if position + length > end:
        what = f"length {length}, but only {end - position} octets are left"
        raise GbcsError(where, what, position)
    return octets[position : position + length], form, position + length


def _parse_signature(octets: bytes, position: int, end: int, maced: bool) -> bytes | None:
    if position == end:
        if maced:
            raise GbcsError("signature", "length octet is missing, expected 00 or 40", position)
        return None
    length = octets[position]
    if length not in (0, SIGNATURE_OCTETS):
        raise GbcsError("signature", f"length {length:02X}, expected 00 or 40", position)
    if position + 1 + length != end:
        what = f"length {length:02X}, but {end - position - 1} octets are left"
        raise GbcsError("signature", what, position)
    return octets[position + 1 : end]


def _check_security_fields(message: Message) -> None:
    if message.signature is not None and len(message.signature) not in (0, SIGNATURE_OCTETS):
        raise GbcsError("signature", f"{len(message.signature)} octets, expected 0 or 64")
    if message.mac is not None:
        if message.signature is None:
            raise GbcsError("signature", "a message with a MAC carries a signature field, if an empty one")
        if len(message.mac) != MAC_OCTETS:
            raise GbcsError("MAC", f"{len(message.mac)} octets, expected 12")
