"""What the replacements of a CS02b command come to on a device's cells (GBCS 13.3).

A fleet gets the same certificates for the same cells: what they come to is worked out once, together with
the period in which it holds. A root is an exception, since its path may lead through any of several links.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from devices import cells
from devices.gbcs.certificate_path import PathValidator
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import (
    CredentialStatus,
    Replacement,
    ReplacementMode,
    ReplacementOutcome,
    TrustAnchorCellId,
    UpdateCredentials,
)
from devices.gbcs.identifiers import RemotePartyRole
from devices.modes import ModeRule
from devices.replacement_path import PathContext
from devices.rules import check_cells
from devices.trust_anchor import TrustAnchorStore, holder

if TYPE_CHECKING:
    from devices.device import Device

MOST_ISSUERS_KEPT: Final = 8
_BEGINNING, _END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_new_tuple = tuple.__new__
_NEVER: Final = _END, _BEGINNING


class Replaced(NamedTuple):
    """The cells afterwards, the roles that got something new, what to report of each replacement.

    ``top_up`` is the new certificate for prepayment top-ups, ``used`` the issuing certificates of good
    paths, ``summary`` what the log says. The same comes of it, worked out without checks of times, as with
    them from ``not_before`` to ``not_after``, both included.
    """

    store: TrustAnchorStore
    roles: frozenset[RemotePartyRole]
    outcomes: tuple[ReplacementOutcome, ...]
    top_up: Certificate | None
    used: tuple[Certificate, ...]
    summary: str
    not_before: datetime
    not_after: datetime


class _Asked(NamedTuple):
    """All that the result depends on but the time."""

    validator: PathValidator
    store: TrustAnchorStore
    held: tuple[Certificate, ...]
    full: frozenset[TrustAnchorCellId]
    replacements: tuple[Replacement, ...]
    path_certificates: tuple[bytes, ...]
    rule: ModeRule
    mode: ReplacementMode


def replace(device: Device, update: UpdateCredentials, rule: ModeRule, at: datetime | None) -> Replaced:
    """One replacement after the other, each for itself; ``at`` None disapplies the checks of times.

    Raises:
        DeviceRefusalError: the mode may not touch one of the cells, or the device does not have it.
    """
    state = device.state
    validator, full = device.context.validator, device.faults.cells_without_memory
    wanted = update.replacements, update.path_certificates, rule, update.mode
    asked = _new_tuple(_Asked, (validator, state.store, state.issuers, full, *wanted))
    replaced = _replace_at_any_time(asked)
    if at is None or replaced.not_before <= at <= replaced.not_after:
        return replaced
    return _replace(asked, at)


def kept(device: Device, used: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    """The issuing certificates that the device holds afterwards, those used last at the end."""
    held = device.state.issuers
    if not used or not device.context.assumptions.issuers_are_kept:
        return held
    earlier = (each for each in held if each not in used)
    return (*earlier, *dict.fromkeys(used))[-MOST_ISSUERS_KEPT:]


def _replace(asked: _Asked, at: datetime | None) -> Replaced:
    validator, store, held, full, replacements, path_certificates, rule, mode = asked
    path = PathContext(validator, path_certificates, at, held)
    storable = tuple(each for each in replacements if each.cell not in full)
    check_cells(store, rule, mode, replacements)
    root = store[cells.ROOT]
    anchors = path.anchors(root, storable, rule)
    stored: dict[TrustAnchorCellId, Certificate] = {}
    outcomes: list[ReplacementOutcome] = []
    used: list[Certificate] = []
    timed: list[Certificate] = []
    for replacement in replacements:
        cell = replacement.cell
        status, certificate, below_anchor = path.check(replacement, anchors, root, rule)
        timed += below_anchor
        if certificate is not None and cell in full:
            status, certificate = CredentialStatus.INSUFFICIENT_MEMORY, None
        existing = replacing = holder(stored.get(cell) or store[cell])
        if certificate is not None:
            stored[cell] = certificate
            used += below_anchor[1:]
            replacing = holder(certificate)
        outcomes.append(ReplacementOutcome(cell, status, *existing, *replacing))
    return Replaced(
        store.with_cells(stored),
        frozenset(cell.role for cell in stored),
        tuple(outcomes),
        stored.get(cells.SUPPLIER_TOP_UP),
        tuple(used),
        _summary(mode, outcomes),
        *(_NEVER if any(each.cell == cells.ROOT for each in replacements) else _period(timed)),
    )


def _period(timed: Sequence[Certificate]) -> tuple[datetime, datetime]:
    """When all of some certificates are valid."""
    not_before = max((certificate.not_before for certificate in timed), default=_BEGINNING)
    return not_before, min((certificate.not_after for certificate in timed), default=_END)


def _summary(mode: ReplacementMode, outcomes: Sequence[ReplacementOutcome]) -> str:
    return f"{mode.field_name}: " + ", ".join(f"{each.cell} {each.status.field_name}" for each in outcomes)


@lru_cache(maxsize=1024)
def _replace_at_any_time(asked: _Asked) -> Replaced:
    return _replace(asked, None)
