"""CS02b Update Security Credentials on a device (GBCS 13.3).

The order: what the message says about itself, who authorises, counter, MAC and signature, target cells,
then each replacement for itself. Cells and counters change together, in one assignment, or not at all.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

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
    TrustAnchorCellId,
    UpdateCredentials,
    UpdateCredentialsResponse,
)
from devices.gbcs.identifiers import RemotePartyRole
from devices.gbcs.message import Message, MessageShape
from devices.security_log import DeviceRefusalError, Refusal
from devices.trust_anchor import TrustAnchorStore

if TYPE_CHECKING:
    from devices.device import Device


class _Checked(NamedTuple):
    """What became of one certificate: stored where status is success."""

    replacement: Replacement
    status: CredentialStatus
    certificate: Certificate | None


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
    rules.check_target_cells(device.store, rule, update)
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
    checked = [_check(device, update, replacement, now) for replacement in update.replacements]
    before = device.store
    stored = {
        result.replacement.cell: result.certificate for result in checked if result.certificate is not None
    }
    after = before.with_cells(stored) if stored else before
    changes = _counter_changes(device, role, update, {cell.role for cell in stored})
    header = message.header
    counters = device.counters.advanced(role, header.originator, header.originator_counter)
    device.commit(after, counters.with_floors(changes))
    outcomes = tuple(_outcome(result, before, after) for result in checked)
    return ExecutionOutcome(update.counter, update.mode, changes, outcomes)


def _check(device: Device, update: UpdateCredentials, replacement: Replacement, now: datetime) -> _Checked:
    """Step 7: path validation up to the root cell, and the certificate's key usage is the cell's."""
    at = now if update.apply_time_based_checks else None
    anchors = (device.store[cells.ROOT],)
    validator = device.context.validator
    path = validator.validate(replacement.certificate, update.path_certificates, anchors, at)
    certificate = path.certificate
    if not path.ok or certificate is None:
        return _Checked(replacement, path.status, None)
    if certificate.subject is None or certificate.key_usage is not replacement.cell.key_usage:
        return _Checked(replacement, CredentialStatus.BAD_CERTIFICATE, None)
    return _Checked(replacement, CredentialStatus.SUCCESS, certificate)


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


def _outcome(result: _Checked, before: TrustAnchorStore, after: TrustAnchorStore) -> ReplacementOutcome:
    cell: TrustAnchorCellId = result.replacement.cell
    return ReplacementOutcome(cell, result.status, *before.holder(cell), *after.holder(cell))


def _summary(outcome: ExecutionOutcome) -> str:
    results = ", ".join(f"{item.cell} {item.status.field_name}" for item in outcome.replacements)
    return f"{outcome.mode.field_name}: {results}"
