"""Updates of a gas meter: its MPRN, what it does about events, its network data log; commands and answers.

===== ==== ============================= ============================ ==========
GCS41 0087 write the MPRN                Update Site ID               SRV 6.20.1
GCS20 00AD what is done about events     Set Event Configuration      SRV 6.22
GCS31 0080 start the network data log    Start Sampling               SRV 14.1
===== ==== ============================= ============================ ==========

No real message at hand shows GCS31; it is as the use case annex of GBCS says (not confirmed).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from devices.gbcs import gbz
from devices.gbcs.cursor import Cursor
from devices.gbcs.errors import GbcsError
from devices.gbcs.gas_read_table import NETWORK_DATA_ID, NETWORK_DATA_INTERVAL, NETWORK_DATA_SAMPLES
from devices.gbcs.gbz import Component
from devices.gbcs.identifiers import MessageCode
from devices.gbcs.zcl import ClusterId, OtherBody, ZclHeader, ZclStatus
from devices.gbcs.zcl_commands import METERING, DefaultResponse, checked_count, octets_of, octets_of_moment

GCS31: Final = MessageCode(0x0080)
GCS41: Final = MessageCode(0x0087)
GCS20: Final = MessageCode(0x00AD)

DEVICE_MANAGEMENT: Final = ClusterId(0x0708)
MOST_DIGITS: Final = 10
_UPDATE_SITE_ID: Final = 0x03
_SET_EVENTS: Final = 0x04
_START_SAMPLING: Final = 0x07
_SAMPLING_STARTED: Final = 0x0D
_DEFAULT_RESPONSE: Final = 0x0B
_NOT_STARTED: Final = 0xFFFF
_FROM_CLIENT: Final = 0x01
_FROM_SERVER: Final = 0x09
_PROFILE_WIDE: Final = 0x00
_PROFILE_WIDE_FROM_SERVER: Final = 0x08
_BY_LIST: Final = 0x00
_AT_ONCE: Final = bytes(4)
_UNUSED_PROVIDER: Final = bytes(4)
_TO_LOG, _TO_WAN, _TO_HOME, _ALARM = 0x03, 0x08, 0x10, 0x40


class EventBehaviour(NamedTuple):
    """What a gas meter does about an event: log it, alert over the WAN, tell the home, sound an alarm."""

    log: bool = False
    wan: bool = False
    home: bool = False
    alarm: bool = False

    @property
    def bits(self) -> int:
        """The event configuration (GBCS use case GCS20)."""
        flags = zip(self, (_TO_LOG, _TO_WAN, _TO_HOME, _ALARM), strict=True)
        return sum(bits for is_set, bits in flags if is_set)


class EventConfiguration(NamedTuple):
    """One component of GCS20: the same configuration for each of some events, by their codes."""

    bits: int
    events: tuple[int, ...]


def grouped(behaviours: Mapping[int, EventBehaviour]) -> tuple[EventConfiguration, ...]:
    """The components that give each event its behaviour, as few as there can be.

    They stand in the order in which their behaviours first come; the order that the DCC gives them is not
    known.
    """
    events: dict[int, list[int]] = {}
    for event, behaviour in behaviours.items():
        events.setdefault(behaviour.bits, []).append(event)
    return tuple([EventConfiguration(bits, tuple(codes)) for bits, codes in events.items()])


def build_gcs41_command(issued: datetime, mprn: str) -> bytes:
    """The payload that writes the MPRN; ``issued`` is the time at which it is made.

    Raises:
        GbcsError: the MPRN is not 1 to 10 digits.
    """
    if not 1 <= len(mprn) <= MOST_DIGITS or not (mprn.isascii() and mprn.isdigit()):
        raise GbcsError("MPRN", f"{mprn[:40]!r}, expected 1 to {MOST_DIGITS} digits")
    site = octets_of(len(mprn), 1) + mprn.encode("ascii")
    body = octets_of_moment(issued) + _AT_ONCE + _UNUSED_PROVIDER + site
    header = ZclHeader(_FROM_SERVER, 0, _UPDATE_SITE_ID)
    return gbz.encode((Component(DEVICE_MANAGEMENT, header, OtherBody(body)),))


def read_gcs41_command(payload: bytes) -> bytes:
    """The octets that a command writes as the MPRN.

    Raises:
        GbcsError: the payload is no command of the use case, or it is for later.
    """
    (cursor,) = _open(payload, DEVICE_MANAGEMENT, _FROM_SERVER, _UPDATE_SITE_ID, "command GCS41")
    cursor.take(4)
    _check_at_once(cursor)
    cursor.take(4)
    site = cursor.take(cursor.number(1))
    cursor.finish()
    return site


def build_gcs20_command(issued: datetime, configurations: tuple[EventConfiguration, ...]) -> bytes:
    """The payload that says what is done about events; ``issued`` is the time at which it is made.

    Raises:
        GbcsError: there is no configuration, or a number is out of range.
    """
    components = []
    for sequence, (bits, events) in enumerate(configurations):
        listed = octets_of(len(events), 1) + b"".join([octets_of(event, 2) for event in events])
        body = octets_of_moment(issued) + _AT_ONCE + octets_of(bits, 1) + octets_of(_BY_LIST, 1) + listed
        header = ZclHeader(_FROM_SERVER, sequence, _SET_EVENTS)
        components.append(Component(DEVICE_MANAGEMENT, header, OtherBody(body)))
    return gbz.encode(tuple(components))


def read_gcs20_command(payload: bytes) -> tuple[EventConfiguration, ...]:
    """What a command says that is to be done about events.

    Raises:
        GbcsError: the payload is no command of the use case, or it is for later.
    """
    opened = _open(payload, DEVICE_MANAGEMENT, _FROM_SERVER, _SET_EVENTS, "command GCS20")
    return tuple([_configuration(cursor) for cursor in opened])


def build_gcs31_command(issued: datetime) -> bytes:
    """The payload that starts the network data log: at once, 41 samples of 6 minutes."""
    seconds = int(NETWORK_DATA_INTERVAL.total_seconds())
    body = octets_of_moment(issued) + _AT_ONCE + bytes(1) + octets_of(seconds, 2)
    body += octets_of(NETWORK_DATA_SAMPLES, 2)
    header = ZclHeader(_FROM_CLIENT, 0, _START_SAMPLING)
    return gbz.encode((Component(METERING, header, OtherBody(body)),))


def read_gcs31_command(payload: bytes) -> None:
    """Check the payload of GCS31.

    Raises:
        GbcsError: the payload is no command of the use case, or asks for other samples.
    """
    (cursor,) = _open(payload, METERING, _FROM_CLIENT, _START_SAMPLING, "command GCS31")
    cursor.take(4)
    _check_at_once(cursor)
    asked = cursor.number(1), cursor.number(2, "little"), cursor.number(2, "little")
    cursor.finish()
    expected = 0, int(NETWORK_DATA_INTERVAL.total_seconds()), NETWORK_DATA_SAMPLES
    if asked != expected:
        raise cursor.error(f"type, interval and samples {asked}, expected {expected}")


def encode_gcs41_response(status: ZclStatus) -> bytes:
    """The response payload that says how writing the MPRN went."""
    return gbz.encode((_default(DEVICE_MANAGEMENT, 0, DefaultResponse(_UPDATE_SITE_ID, status)),))


def open_gcs41_response(payload: bytes) -> ZclStatus:
    """How writing the MPRN went.

    Raises:
        GbcsError: the payload is no response of the use case.
    """
    (answer,) = _default_responses(payload, "response GCS41", _UPDATE_SITE_ID)
    return answer.status


def encode_gcs20_response(statuses: tuple[ZclStatus, ...]) -> bytes:
    """The response payload: a status for each component; after a failure none is tried.

    Raises:
        GbcsError: there is no status.
    """
    components, failed = [], False
    for sequence, status in enumerate(statuses):
        answer = DefaultResponse(0xFF, ZclStatus.FAILURE) if failed else DefaultResponse(_SET_EVENTS, status)
        components.append(_default(DEVICE_MANAGEMENT, sequence, answer))
        failed = failed or status is not ZclStatus.SUCCESS
    return gbz.encode(tuple(components))


def open_gcs20_response(payload: bytes) -> tuple[ZclStatus, ...]:
    """How each component went; FAILURE for those that were not tried.

    Raises:
        GbcsError: the payload is no response of the use case.
    """
    answers = _default_responses(payload, "response GCS20", _SET_EVENTS)
    return tuple([answer.status for answer in answers])


def encode_gcs31_response(status: ZclStatus) -> bytes:
    """The response payload: the log's sample id for SUCCESS, else none (FFFF)."""
    sample_id = NETWORK_DATA_ID if status is ZclStatus.SUCCESS else _NOT_STARTED
    header = ZclHeader(_FROM_SERVER, 0, _SAMPLING_STARTED)
    return gbz.encode((Component(METERING, header, OtherBody(octets_of(sample_id, 2))),))


def open_gcs31_response(payload: bytes) -> ZclStatus:
    """Whether the log was started: SUCCESS, FAILURE, or the status of a default response.

    Raises:
        GbcsError: the payload is no response of the use case.
    """
    (component, *more) = gbz.decode(payload)
    if not more and component.header.profile_wide:
        (answer,) = _default_responses(payload, "response GCS31", _START_SAMPLING, METERING)
        return answer.status
    (cursor,) = _open(payload, METERING, _FROM_SERVER, _SAMPLING_STARTED, "response GCS31")
    sample_id = cursor.number(2, "little")
    cursor.finish()
    if sample_id not in (NETWORK_DATA_ID, _NOT_STARTED):
        raise cursor.error(f"sample id {sample_id:04X}, expected {NETWORK_DATA_ID:04X} or FFFF")
    return ZclStatus.SUCCESS if sample_id == NETWORK_DATA_ID else ZclStatus.FAILURE


def _open(payload: bytes, cluster: ClusterId, control: int, command: int, where: str) -> tuple[Cursor, ...]:
    """A cursor on the body of each component of a payload, all of which are this command."""
    cursors = []
    for sequence, component in enumerate(gbz.decode(payload)):
        expected = ZclHeader(control, sequence, command)
        body = component.body
        if component.cluster != cluster or component.header != expected or not isinstance(body, OtherBody):
            raise GbcsError(where, f"component {sequence} is none of the use case")
        cursors.append(Cursor(body.octets, where))
    if command != _SET_EVENTS and len(cursors) != 1:
        raise GbcsError(where, f"{len(cursors)} components, expected 1")
    return tuple(cursors)


def _configuration(cursor: Cursor) -> EventConfiguration:
    cursor.take(4)
    _check_at_once(cursor)
    bits, control, count = cursor.number(1), cursor.number(1), cursor.number(1)
    if control != _BY_LIST:
        raise cursor.error(f"configuration control {control:02X}, expected {_BY_LIST:02X}")
    events = tuple([cursor.number(2, "little") for _ in range(checked_count(cursor, count, 2))])
    cursor.finish()
    return EventConfiguration(bits, events)


def _check_at_once(cursor: Cursor) -> None:
    if (start := cursor.take(4)) != _AT_ONCE:
        raise cursor.error(f"start {start.hex()}, expected at once", 4)


def _default(cluster: ClusterId, sequence: int, answer: DefaultResponse) -> Component:
    header = ZclHeader(_PROFILE_WIDE, sequence, _DEFAULT_RESPONSE)
    return Component(cluster, header, OtherBody(answer.octets()))


def _default_responses(
    payload: bytes, where: str, command: int, cluster: ClusterId = DEVICE_MANAGEMENT
) -> tuple[DefaultResponse, ...]:
    """The default responses that a payload is made of, to this command or to none that was tried."""
    answers = []
    for component in gbz.decode(payload):
        header, body = component.header, component.body
        controls = (_PROFILE_WIDE, _PROFILE_WIDE_FROM_SERVER)
        fits = header.frame_control in controls and header.command == _DEFAULT_RESPONSE
        if component.cluster != cluster or not fits or not isinstance(body, OtherBody):
            raise GbcsError(where, f"component {header.sequence} is no default response")
        answer = DefaultResponse.read(body.octets)
        if answer.command not in (command, 0xFF):
            raise GbcsError(where, f"to command {answer.command:02X}, expected {command:02X}")
        answers.append(answer)
    if command != _SET_EVENTS and len(answers) != 1:
        raise GbcsError(where, f"{len(answers)} components, expected 1")
    return tuple(answers)
