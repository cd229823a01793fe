"""CS02b and CS02g Update Security Credentials on a device (GBCS 13.3).

The order: what the message says about itself, who authorises, counter, MAC and signature, target cells,
then each replacement for itself. Cells and counters change together, in one assignment, or not at all.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from devices import cells, commands, contingency, rules
from devices.assumptions import PathTimes
from devices.commands import Authority
from devices.gbcs import credentials_codec
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import (
    CounterChange,
    CredentialStatus,
    ExecutionOutcome,
    ReplacementMode,
    UpdateCredentials,
    UpdateCredentialsAlert,
    UpdateCredentialsResponse,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import MessageCode, RemotePartyRole
from devices.gbcs.message import Message, MessageShape, parse
from devices.gbcs.protection import signature_verifies
from devices.modes import ModeRule, mode_rule
from devices.pending import PendingCommand, without
from devices.replacing import kept, replace
from devices.replay import ReplayCounters
from devices.security_log import DeviceRefusalError, Refusal
from devices.top_up import TopUpState

if TYPE_CHECKING:
    from devices.device import Device
    from devices.state import DeviceState


EXECUTED_ALERT: Final = 0x8F66
NOT_EXECUTED_ALERT: Final = 0x8F67
CS02B_ALERT: Final = MessageCode(0x00CB)
CS02G_ALERT: Final = MessageCode(0x0124)
CS02B_CODE_LIMIT: Final = 0x010A
_FULL: Final = MessageShape.FULL


def execute(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
    """Obey a CS02b or CS02g command: the response and what the log says of it.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    update = credentials_codec.decode_update_command(message)
    rule = _authenticate(device, message, update)
    rules.check_replacements(update, device.context.assumptions)
    outcome = None
    if update.execution_date_time is not None and update.execution_date_time > now:
        rules.check_targets(device.store, rule, update)
        state, held = commands.hold(device, message, _authority(rule), update.execution_date_time, now)
        detail = f"{update.mode.field_name}: {held}"
    else:
        header, role = message.header, rule.authorising_cell.role
        counters = device.state.counters.advanced(role, header.originator, header.originator_counter)
        state, outcome, detail = _execute(device, update, rule, counters, now)
    payload = credentials_codec.encode_update_response(UpdateCredentialsResponse(outcome))
    response = device.signed_response(message, payload, now)
    device.commit(state)
    return response, detail


def execute_due(device: Device, command: PendingCommand, now: datetime) -> tuple[tuple[bytes, ...], str, int]:
    """Execute a held command whose time has come: the alert that reports it, what the log says, the event.

    Raises:
        DeviceRefusalError: it is dropped: its originator has lost the authority meanwhile, its number was
            passed, or it is for cells of another device.
    """
    message = parse(command.octets)
    update = credentials_codec.decode_update(message.payload)
    rule = mode_rule(update.mode, device.device_type)
    assumptions = device.context.assumptions
    if not assumptions.held_commands_outlive_authority:
        rules.check_authorising_cell(device.store, rule, update, command.originator)
    rules.check_targets(device.store, rule, update)
    counters = commands.accepted_when_due(device, message, _authority(rule)).counters
    checked_at = command.received_at if assumptions.path_times is PathTimes.RECEIPT else now
    state, outcome, summary = _execute(device, update, rule, counters, checked_at)
    pending = without(device.state.pending, command.code, command.originator)
    success = all(item.status is CredentialStatus.SUCCESS for item in outcome.replacements)
    event = EXECUTED_ALERT if success else NOT_EXECUTED_ALERT
    alert = UpdateCredentialsAlert(event, command.due, outcome)
    other = message.header.other._replace(message_code=_alert_message_code(command.code), certificate=None)
    payload = credentials_codec.encode(alert)
    device.commit(state._replace(pending=pending))
    alerts = device.signed_alert(other, command.originator, lambda _: payload)
    return alerts, summary, event


HANDLERS: Final = {mode.message_code: execute for mode in ReplacementMode}
DUE_HANDLERS: Final = {mode.message_code: execute_due for mode in ReplacementMode}


def _alert_message_code(code: MessageCode) -> MessageCode:
    return CS02B_ALERT if code < CS02B_CODE_LIMIT else CS02G_ALERT


def _authenticate(device: Device, message: Message, update: UpdateCredentials) -> ModeRule:
    """Steps 1 to 4: message code, authorising cell, counter, MAC and signature."""
    header, state, assumptions = message.header, device.state, device.context.assumptions
    rule = mode_rule(update.mode, device.device_type)
    rules.check_shape(message, rule.shape)
    rules.check_authorising_cell(state.store, rule, update, header.originator)
    rules.check_speaks_for_itself(header, assumptions)
    if update.counter != header.originator_counter:
        what = f"counter {update.counter} in the payload, {header.originator_counter} in the header"
        raise DeviceRefusalError(Refusal.MALFORMED, what)
    if (update.contingency_key is not None) is not rule.key_is_contingency:
        what = f"plaintextSymmetricKey {'missing' if rule.key_is_contingency else 'present'}"
        raise DeviceRefusalError(Refusal.MALFORMED, f"{what} in mode {update.mode.field_name}")
    rules.check_counter(state.counters, rule.authorising_cell.role, header, assumptions)
    _check_protection(device, message, update, rule)
    return rule


def _check_protection(device: Device, message: Message, update: UpdateCredentials, rule: ModeRule) -> None:
    """What the shape of the mode's commands asks for; none has a MAC and a contingency key's signature."""
    if rule.key_is_contingency:
        _check_contingency_signature(device, message, update.contingency_key or b"")
    elif rule.shape is _FULL:
        device.check_mac_and_signature(message, rule.authorising_cell)
    elif rule.shape is MessageShape.MAC_ONLY:
        device.check_mac(message)
    else:
        device.check_signature(message, rule.authorising_cell)


def _check_contingency_signature(device: Device, message: Message, symmetric_key: bytes) -> None:
    try:
        point = contingency.unwrap(device.state.wrapped_contingency_key, symmetric_key)
    except GbcsError as error:
        raise DeviceRefusalError(Refusal.WRONG_SIGNATURE, f"contingency key: {error}") from error
    if not signature_verifies(message, point, device.context.provider):
        raise DeviceRefusalError(Refusal.WRONG_SIGNATURE, "not that of the contingency key")


def _authority(rule: ModeRule) -> Authority:
    return Authority(rule.authorising_cell.role, is_critical=True, is_replay_protected=True)


def _execute(
    device: Device, update: UpdateCredentials, rule: ModeRule, counters: ReplayCounters, checked_at: datetime
) -> tuple[DeviceState, ExecutionOutcome, str]:
    """Steps 7 and 8, the replacements, then the floors: the device's state, the report, what the log says.

    Raises:
        DeviceRefusalError: the mode may not touch one of the cells or floors, or the device has no such cell.
    """
    done = replace(device, update, rule, checked_at if update.apply_time_based_checks else None)
    rules.check_floors(rule, update)
    changes = _counter_changes(device, rule.authorising_cell.role, update, counters, done.roles)
    outcome = ExecutionOutcome(update.counter, update.mode, changes, done.outcomes)
    before = device.state
    other_counters = before.non_critical_counters
    if changes:
        counters = counters.with_floors(changes)
    if changes and not device.context.assumptions.critical_and_other_messages_share_counters:
        other_counters = other_counters.with_floors(changes)
    top_up = _top_up(device, changes, done.top_up)
    issuers = kept(device, done.used)
    state = before.updated(done.store, counters, other_counters, top_up, issuers)
    return state, outcome, done.summary


def _top_up(device: Device, changes: tuple[CounterChange, ...], new: Certificate | None) -> TopUpState:
    """The numbers of top-ups after the floors, and after a new certificate for them."""
    if not changes and new is None:
        return device.state.top_up
    top_up, assumptions = device.state.top_up, device.context.top_ups
    floors = [each.floor for change in changes for each in change.specialist_floors or ()]
    if new is not None:
        former, key = device.store[cells.SUPPLIER_TOP_UP].public_point, new.public_point
        if key != former:
            top_up = top_up.with_key(former, key, new_sequence=bool(floors), assumptions=assumptions)
    for floor in floors:
        top_up = top_up.with_floor(floor, assumptions)
    return top_up


def _counter_changes(
    device: Device,
    role: RemotePartyRole,
    update: UpdateCredentials,
    counters: ReplayCounters,
    replaced: frozenset[RemotePartyRole],
) -> tuple[CounterChange, ...]:
    """Step 8: the floors that apply, in the form in which the response reports them."""
    changes: list[CounterChange] = []
    if update.floor is not None:
        changes.append(CounterChange(role, update.floor, update.specialist_floors))
    elif update.specialist_floors is not None:
        # Only the prepayment counter gets a floor: the report names the role's own number, unchanged.
        changes.append(CounterChange(role, counters.current(role), update.specialist_floors))
    changes += update.other_changes or ()
    if changes and device.context.assumptions.floors_need_a_success:
        changes = [change for change in changes if change.role in replaced]
    return tuple(changes)
