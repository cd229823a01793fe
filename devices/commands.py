"""Commands whose security form is that of their use case: who is heard, and how they are answered.

A critical command is signed by a party of the right role and carries the access control broker's MAC; its
response is signed. A non-critical one carries the MAC alone, and so does its response (GBCS 5.4, 6.2.4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from devices import rules
from devices.gbcs.alerts import alert
from devices.gbcs.credentials import CANCELLATION_TIME, TrustAnchorCellId
from devices.gbcs.crypto import KeyPair
from devices.gbcs.der_payload import NamedNumber
from devices.gbcs.dlms import AccessCode
from devices.gbcs.identifiers import KeyUsage, MessageCode, RemotePartyRole
from devices.gbcs.message import GroupingHeader, Message, MessageShape, encode, parse
from devices.gbcs.use_cases import use_case
from devices.management_state import Defect
from devices.pending import PendingCommand, without
from devices.replay import ReplayCounters
from devices.security_log import DeviceRefusalError, LogEntry, Refusal

if TYPE_CHECKING:
    from devices.device import Device
    from devices.state import DeviceState

_Result = TypeVar("_Result", bound=NamedNumber)


class Authority(NamedTuple):
    """In which role the sender of a command was heard, and how the use case is protected."""

    role: RemotePartyRole
    is_critical: bool
    is_replay_protected: bool


def authenticate(
    device: Device,
    message: Message,
    roles: Collection[RemotePartyRole] | None = None,
    *,
    own_numbers: bool = False,
) -> Authority:
    """Check form, sender, counter, MAC and signature; ``roles`` in place of those of the use case.

    With ``own_numbers`` the use case is protected against replay by numbers of its own, not by the role's.

    Raises:
        DeviceRefusalError: a check fails.
    """
    facts = use_case(message.code)
    if facts is None or facts.critical is None:
        raise DeviceRefusalError(Refusal.UNSUPPORTED, f"message code {message.code}")
    rules.check_shape(message, MessageShape.FULL if facts.critical else MessageShape.MAC_ONLY)
    usage = KeyUsage.DIGITAL_SIGNATURE if facts.critical else KeyUsage.KEY_AGREEMENT
    role = rules.heard_role(device.store, message.header, facts.roles if roles is None else roles, usage)
    is_replay_protected = facts.replay_protected and not own_numbers
    if is_replay_protected:
        counters = device.counters_of(is_critical=facts.critical)
        rules.check_counter(counters, role, message.header, device.context.assumptions)
    if facts.critical:
        device.check_mac_and_signature(message, TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE))
    else:
        device.check_mac(message)
    return Authority(role, facts.critical, is_replay_protected)


def accepted(device: Device, message: Message, authority: Authority) -> DeviceState:
    """The device's state once a command has passed all checks: its number is used up."""
    if not authority.is_replay_protected:
        return device.state
    counters = advanced(device, message.header, authority)
    return device.with_counters(counters, is_critical=authority.is_critical)


def advanced(device: Device, header: GroupingHeader, authority: Authority) -> ReplayCounters:
    """The counters once a number is used up."""
    counters = device.counters_of(is_critical=authority.is_critical)
    return counters.advanced(authority.role, header.originator, header.originator_counter)


def accepted_when_due(device: Device, message: Message, authority: Authority) -> DeviceState:
    """The device's state once a held command is executed: its number is used up, at the latest now.

    Raises:
        DeviceRefusalError: the number is used up now, and has been passed meanwhile.
    """
    assumptions = device.context.assumptions
    if assumptions.counter_moves_on_acceptance:
        return device.state
    counters = device.counters_of(is_critical=authority.is_critical)
    rules.check_counter(counters, authority.role, message.header, assumptions)
    return accepted(device, message, authority)


def answer(
    device: Device,
    message: Message,
    authority: Authority,
    payload: bytes,
    at: datetime | None = None,
    key: KeyPair | None = None,
) -> bytes:
    """The response, signed or with a MAC as the command.

    To a critical command with the device's time ``at``, where the use case says it, and signed with ``key``
    where that is not the one in force.
    """
    if authority.is_critical:
        return device.signed_response(message, payload, at, key)
    addressee = TrustAnchorCellId(authority.role, KeyUsage.KEY_AGREEMENT)
    return device.maced_response(message, payload, addressee)


class Held(NamedTuple):
    """The device's state with a command kept until its time, or one dropped; and what the log says."""

    state: DeviceState
    detail: str


def hold(device: Device, message: Message, authority: Authority, due: datetime, now: datetime) -> Held:
    """Keep a command until its time, in place of an earlier one; or drop that, at the time of cancellation.

    Raises:
        DeviceRefusalError: numbers are used up at execution, and one that waits has this one or a higher one.
    """
    code, originator = message.code, message.header.originator
    pending = without(device.state.pending, code, originator)
    counts_now = device.context.assumptions.counter_moves_on_acceptance
    if not counts_now:
        _check_follows(message, (each for each in device.state.pending if each not in pending))
    cancelled = due == CANCELLATION_TIME
    if not cancelled:
        pending = (*pending, PendingCommand(encode(message), code, originator, now, due))
    state = accepted(device, message, authority) if cancelled or counts_now else device.state
    detail = "cancelled" if cancelled else f"to be executed at {due:%Y-%m-%dT%H:%M:%SZ}"
    return Held(state._replace(pending=pending), detail)


def _check_follows(message: Message, waiting: Iterable[PendingCommand]) -> None:
    """The number is above those of the commands that wait, though they are not used up yet."""
    number = message.header.originator_counter
    for command in waiting:
        held = parse(command.octets).header.originator_counter
        if number <= held:
            raise DeviceRefusalError(Refusal.REPLAY, f"counter {number}, and {held} waits for its time")


def defect(device: Device, code: MessageCode) -> Defect | None:
    """Why the device cannot carry out a use case, if it cannot."""
    for each in device.state.defects:
        if each.code == code:
            return each
    return None


def failure(kind: type[_Result], fault: Defect) -> _Result:
    """The result that a defect names, among the numbers of its use case.

    That it is one of them is a matter of the defect itself.
    """
    return {int(member): member for member in kind}[fault.result]


def access_codes(fault: Defect | None, items: int) -> tuple[AccessCode, ...]:
    """The result codes of a command of several items: after one that fails none is carried out."""
    if fault is None:
        return (AccessCode.SUCCESS,) * items
    untried = items - fault.item - 1
    failed = AccessCode(fault.result)
    return (AccessCode.SUCCESS,) * fault.item + (failed,) + (AccessCode.OTHER_REASON,) * untried


def event(code: int, detail: str, header: GroupingHeader, now: datetime) -> LogEntry:
    """An entry of the security log for an event that a command caused."""
    known = alert(code)
    meaning = "" if known is None else f" {known.meaning}"
    return LogEntry(
        now,
        None,
        f"{code:04X}{meaning}: {detail}",
        header.other.message_code,
        header.originator,
        header.originator_counter,
        code,
    )
