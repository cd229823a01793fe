"""What a device accepts, as pure functions over decoded values (GBCS 6.2.4, 13.2, 13.3).

Each returns what the next step needs, or raises :class:`DeviceRefusalError`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache

from devices.assumptions import DeviceAssumptions
from devices.gbcs.credentials import (
    Replacement,
    ReplacementMode,
    TrustAnchorCellId,
    UpdateCredentials,
)
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole
from devices.gbcs.message import GroupingHeader, Message, MessageShape
from devices.modes import ModeRule
from devices.replay import ReplayCounters
from devices.security_log import DeviceRefusalError, Refusal
from devices.trust_anchor import TrustAnchorStore


def heard_role(
    store: TrustAnchorStore,
    header: GroupingHeader,
    allowed: Collection[RemotePartyRole],
    usage: KeyUsage,
) -> RemotePartyRole:
    """The role whose cell of this key usage holds the originator's certificate.

    A response without signature is protected with the key of the role's key agreement cell (GBCS 6.4.5), so
    it is that cell then. A party that the device does not know speaks through the access control broker. On
    a factory device, which holds the broker's id in cells of several roles, it is the broker first (assumed).

    Raises:
        DeviceRefusalError: there is none among those that are allowed.
    """
    among = _asked_roles(frozenset(allowed), header.other.supplementary_party is not None)
    for role in among:
        cell = TrustAnchorCellId(role, usage)
        if cell in store and store[cell].subject == header.originator:
            return role
    names = ", ".join(role.field_name for role in among) or "none"
    what = f"{header.originator} holds no {usage.field_name} cell of a role that may send"
    raise DeviceRefusalError(Refusal.NO_AUTHORITY, f"{what} {header.other.message_code} (roles: {names})")


@cache
def _asked_roles(allowed: frozenset[RemotePartyRole], is_behind_broker: bool) -> tuple[RemotePartyRole, ...]:
    """The roles in the order in which they are tried."""
    broker = RemotePartyRole.ACCESS_CONTROL_BROKER
    others = () if is_behind_broker else sorted(allowed - {broker})
    return (*(allowed & {broker}), *others)


def check_counter(
    counters: ReplayCounters,
    role: RemotePartyRole,
    header: GroupingHeader,
    assumptions: DeviceAssumptions,
) -> None:
    """The header's counter is above the role's and, if so assumed, the party's own last one."""
    last = counters.current(role)
    if assumptions.party_numbers_only_rise:
        last = max(last, counters.reached_by(role, header.originator))
    least = last + 1 if assumptions.counters_strictly_rise else last
    if header.originator_counter < least:
        detail = f"counter {header.originator_counter}, expected at least {least} for {role.field_name}"
        raise DeviceRefusalError(Refusal.REPLAY, detail)


def check_shape(message: Message, expected: MessageShape) -> None:
    """The message carries the security fields that its use case needs, and no others."""
    if message.shape is not expected:
        detail = f"message protected by {message.shape.value}, expected {expected.value}"
        missing_signature = expected is not MessageShape.MAC_ONLY and not message.signature
        refusal = Refusal.WRONG_SIGNATURE if missing_signature else Refusal.WRONG_MAC
        raise DeviceRefusalError(refusal, detail)


def check_authorising_cell(
    store: TrustAnchorStore, rule: ModeRule, update: UpdateCredentials, originator: Eui64
) -> None:
    """The cell that authorises is the mode's, exists here, and is the originator's."""
    named = update.authorising_cell
    if named is None and not rule.cell_is_sent:
        named = rule.authorising_cell
    if named != rule.authorising_cell:
        detail = f"authorising cell {named}, expected {rule.authorising_cell}"
        raise DeviceRefusalError(Refusal.NO_AUTHORITY, detail)
    held = store.find(named)
    if held is None:
        raise DeviceRefusalError(Refusal.NO_AUTHORITY, f"no cell {named} on this device")
    holder = held.subject
    if holder != originator and not rule.key_is_contingency:
        raise DeviceRefusalError(Refusal.NO_AUTHORITY, f"{named} is held by {holder}, not by {originator}")


def check_speaks_for_itself(header: GroupingHeader, assumptions: DeviceAssumptions) -> None:
    """The header of a CS02b names no party beside its originator; none that is known does."""
    party = header.other.supplementary_party
    if party is not None and not assumptions.updates_may_name_another_party:
        detail = f"{header.other.message_code} for {party}, expected no supplementary remote party"
        raise DeviceRefusalError(Refusal.NO_AUTHORITY, detail)


def check_replacements(update: UpdateCredentials, assumptions: DeviceAssumptions) -> None:
    """There is something to replace, and no cell twice, where that is assumed to matter."""
    if not update.replacements and not assumptions.updates_may_replace_nothing:
        raise DeviceRefusalError(Refusal.MALFORMED, "no replacement, expected at least one")
    if assumptions.updates_may_name_a_cell_twice:
        return
    targets = [replacement.cell for replacement in update.replacements]
    if len(set(targets)) < len(targets):
        raise DeviceRefusalError(Refusal.MALFORMED, "two replacements of one cell, expected one at most")


def check_targets(store: TrustAnchorStore, rule: ModeRule, update: UpdateCredentials) -> None:
    """Every cell to be replaced, and every floor, is one that the mode may touch and the device has."""
    check_cells(store, rule, update.mode, update.replacements)
    check_floors(rule, update)


def check_cells(
    store: TrustAnchorStore, rule: ModeRule, mode: ReplacementMode, replacements: Iterable[Replacement]
) -> None:
    """Every cell to be replaced is one that the mode may touch and the device has."""
    for replacement in replacements:
        cell = replacement.cell
        if cell.role not in rule.replaceable_roles:
            raise DeviceRefusalError(Refusal.NO_AUTHORITY, f"{mode.field_name} may not replace {cell}")
        if cell not in store:
            raise DeviceRefusalError(Refusal.NO_AUTHORITY, f"no cell {cell} on this device")


def check_floors(rule: ModeRule, update: UpdateCredentials) -> None:
    """Every floor for another role's counter is one that the mode may touch, and fits the role."""
    if update.other_changes is None and update.specialist_floors is None:
        return
    for change in update.other_changes or ():
        if change.role not in rule.replaceable_roles:
            detail = f"{update.mode.field_name} may not change the counter of {change.role.field_name}"
            raise DeviceRefusalError(Refusal.NO_AUTHORITY, detail)
    _check_prepayment_floors(rule, update)


def _check_prepayment_floors(rule: ModeRule, update: UpdateCredentials) -> None:
    """The supplier numbers prepayment top-ups, so a floor for them goes with the supplier's own."""
    floors = [(rule.authorising_cell.role, update.specialist_floors)]
    floors += [(change.role, change.specialist_floors) for change in update.other_changes or ()]
    for role, specialist_floors in floors:
        if specialist_floors and role is not RemotePartyRole.SUPPLIER:
            detail = f"{update.mode.field_name} gives {role.field_name} a floor for prepayment top-ups"
            raise DeviceRefusalError(Refusal.NO_AUTHORITY, detail)
