"""CS02b Update Security Credentials on a device (GBCS 13.3).

The order: what the message says about itself, who authorises, counter, MAC and signature, target cells,
then each replacement for itself. Cells and counters change together, in one assignment, or not at all.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from devices import cells, rules
from devices.gbcs import credentials_codec
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import (
    CounterChange,
    CredentialStatus,
    ExecutionOutcome,
    Replacement,
    ReplacementMode,
    ReplacementOutcome,
    UpdateCredentials,
    UpdateCredentialsResponse,
)
from devices.gbcs.identifiers import RemotePartyRole
from devices.gbcs.message import Message, MessageShape
from devices.security_log import DeviceRefusalError, Refusal

if TYPE_CHECKING:
    from devices.device import Device


def execute(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
    """Obey a CS02b command: the response and what the log says of it.

    Raises:
        DeviceRefusalError: the command is refused and nothing has changed.
        GbcsError: the payload is malformed.
    """
    update = credentials_codec.decode(message)
    if not isinstance(update, UpdateCredentials):
        raise DeviceRefusalError(Refusal.UNSUPPORTED, f"message code {message.code}")
    rule = _authenticate(device, message, update)
    rules.check_targets(device.store, rule, update)
    if update.execution_date_time is not None and update.execution_date_time > now:
        detail = f"execution at {update.execution_date_time:%Y-%m-%dT%H:%M:%SZ}; only immediate is modelled"
        raise DeviceRefusalError(Refusal.UNSUPPORTED, detail)
    outcome = _replace(device, rule.authorising_cell.role, update, message, now)
    payload = credentials_codec.encode(UpdateCredentialsResponse(outcome))
    return device.signed_response(message, payload, now), _summary(outcome)


HANDLERS: Final = {
    mode.message_code: execute for mode in ReplacementMode if mode <= ReplacementMode.ANY_BY_CONTINGENCY
}


def _authenticate(device: Device, message: Message, update: UpdateCredentials) -> rules.ModeRule:
    """Steps 1 to 4: message code, authorising cell, counter, MAC and signature."""
    header = message.header
    rule = rules.mode_rule(update)
    rules.check_shape(message, rule.shape)
    rules.check_authorising_cell(device.store, rule, update, header.originator)
    if update.counter != header.originator_counter:
        what = f"counter {update.counter} in the payload, {header.originator_counter} in the header"
        raise DeviceRefusalError(Refusal.MALFORMED, what)
    role = rule.authorising_cell.role
    rules.check_counter(device.counters, role, header, device.context.assumptions)
    device.check_mac(message)
    if rule.shape is not MessageShape.MAC_ONLY:
        device.check_signature(message, rule.authorising_cell)
    return rule


def _replace(
    device: Device, role: RemotePartyRole, update: UpdateCredentials, message: Message, now: datetime
) -> ExecutionOutcome:
    """Steps 7 and 8: one replacement after the other, then the counters; all of it in force at once."""
    store, outcomes, replaced = device.store, [], set()
    for replacement in update.replacements:
        cell = replacement.cell
        status, certificate = _check(device, update, replacement, now)
        after = store
        if certificate is not None:
            after = store.with_cells({cell: certificate})
            replaced.add(cell.role)
        outcomes.append(ReplacementOutcome(cell, status, *store.holder(cell), *after.holder(cell)))
        store = after
    changes = _counter_changes(device, role, update, replaced)
    header = message.header
    counters = device.counters.advanced(role, header.originator, header.originator_counter)
    device.commit(store, counters.with_floors(changes))
    return ExecutionOutcome(update.counter, update.mode, changes, tuple(outcomes))


def _check(
    device: Device, update: UpdateCredentials, replacement: Replacement, now: datetime
) -> tuple[CredentialStatus, Certificate | None]:
    """The status of one replacement, and the certificate if it is good.

    Its path leads to the root cell, it names an entity, and its key usage is the cell's.
    """
    at = now if update.apply_time_based_checks else None
    anchors = (device.store[cells.ROOT],)
    validator = device.context.validator
    path = validator.validate(replacement.certificate, update.path_certificates, anchors, at)
    certificate = path.certificate
    if not path.ok or certificate is None:
        return path.status, None
    if certificate.subject is None or certificate.key_usage is not replacement.cell.key_usage:
        return CredentialStatus.BAD_CERTIFICATE, None
    return CredentialStatus.SUCCESS, certificate


def _counter_changes(
    device: Device,
    role: RemotePartyRole,
    update: UpdateCredentials,
    replaced: set[RemotePartyRole],
) -> tuple[CounterChange, ...]:
    """Step 8: the floors that apply, in the form in which the response reports them."""
    changes: list[CounterChange] = []
    if update.floor is not None:
        changes.append(CounterChange(role, update.floor, update.specialist_floors))
    elif update.specialist_floors is not None:
        # Only the prepayment counter gets a floor: the report names the role's own number, unchanged.
        changes.append(CounterChange(role, update.counter, update.specialist_floors))
    changes += update.other_changes or ()
    if device.context.assumptions.floors_need_a_success:
        changes = [change for change in changes if change.role in replaced]
    return tuple(changes)


def _summary(outcome: ExecutionOutcome) -> str:
    results = ", ".join(f"{item.cell} {item.status.field_name}" for item in outcome.replacements)
    return f"{outcome.mode.field_name}: {results}"
