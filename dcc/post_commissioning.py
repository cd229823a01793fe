"""The Post Commissioning report: which slots hold the right certificates in time (SEC Appendix AC 5.2).

The supplier places the network operator's credentials within seven working days of commissioning. By MP128A
the report does not take the access control broker's on a gas proxy function for a failure, even where MP128B
would have them replaced. The columns are assumed, and what is said where the modifications say nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from dcc.cell_sightings import CellSighting
from dcc.identifiers import Mpxn
from dcc.inventory import InventoryDevice
from dcc.modifications import Modification
from dcc.parties import Party, UserRole
from dcc.report_tables import ReportTable, Value
from dcc.slot_obligations import Found, Obligation, Slot, SlotResult, obligation
from dcc.smki.repository import CertificateStatus
from dcc.working_days import Calendar, deadline_after
from dcc.world import DccWorld
from devices import cells
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole

_ACB: Final = RemotePartyRole.ACCESS_CONTROL_BROKER
_NETWORK_OPERATOR: Final = RemotePartyRole.NETWORK_OPERATOR
_USABLE: Final = (CertificateStatus.PENDING, CertificateStatus.IN_USE)
_NETWORK_SLOTS: Final = (cells.NETWORK_OPERATOR_SIGNING, cells.NETWORK_OPERATOR_AGREEMENT)
_SUPPLIER_SLOTS: Final = (cells.SUPPLIER_SIGNING, cells.SUPPLIER_AGREEMENT, cells.SUPPLIER_TOP_UP)
_LATE: Final = {False: "", True: "first read after the time limit: when it was placed is not known"}
_GAS: Final = frozenset({DeviceType.GSME, DeviceType.GPF})


class ReportSettings(NamedTuple):
    """How the report is made.

    ``working_days`` is the time limit; ``supplier_slots`` adds the supplier's own credentials (assumed to be
    within the same duty).
    """

    working_days: int = 7
    calendar: Calendar = Calendar.ENGLAND_AND_WALES
    supplier_slots: bool = False


DEFAULT_SETTINGS: Final = ReportSettings()


class PostCommissioningRow(NamedTuple):
    """One slot of one device. Owners are names of parties, User Ids where no party is known, or empty."""

    report_date: datetime
    supplier_id: Eui64 | None
    device_id: Eui64
    device_type: DeviceType
    mpxn: Mpxn | None
    commissioned_at: datetime
    due_at: datetime
    slot: TrustAnchorCellId
    owner_expected: str
    owner_found: str
    replaced_at: datetime | None
    result: SlotResult
    reason: str


def post_commissioning_report(
    world: DccWorld, at: datetime, settings: ReportSettings = DEFAULT_SETTINGS
) -> tuple[PostCommissioningRow, ...]:
    """The slots of every commissioned device, as they were at a time, by Device ID.

    Raises:
        DccValueError: ``at`` has no time zone, or the time limit is below one day.
    """
    slots = (*_NETWORK_SLOTS, *(_SUPPLIER_SLOTS if settings.supplier_slots else ()))
    return tuple(
        _row(world, device, commissioned_at, slot, at, settings)
        for device, commissioned_at in _commissioned(world, at)
        for slot in slots
        if slot in cells.CELLS_BY_DEVICE_TYPE.get(device.device_type, ())
    )


def _commissioned(world: DccWorld, at: datetime) -> Iterator[tuple[InventoryDevice, datetime]]:
    for device in sorted(world.inventory, key=lambda item: item.device_id):
        commissioned_at = device.commissioned_at
        if commissioned_at is not None and commissioned_at <= at and not device.is_gone:
            yield device, commissioned_at


def _row(
    world: DccWorld,
    device: InventoryDevice,
    commissioned_at: datetime,
    cell: TrustAnchorCellId,
    at: datetime,
    settings: ReportSettings,
) -> PostCommissioningRow:
    mpxn = world.inventory.import_mpxn_of(device.device_id)
    due_at = deadline_after(commissioned_at, settings.working_days, settings.calendar)
    known = world.cell_sightings.up_to(device.device_id, cell, at)
    expected = _responsible(world, mpxn, cell.role, at)
    result, reason = _judged(world, device.device_type, cell, mpxn, known, due_at, at)
    supplier = _responsible(world, mpxn, RemotePartyRole.SUPPLIER, at)
    return PostCommissioningRow(
        at,
        _user_id(world, supplier, UserRole.GS if device.device_type in _GAS else UserRole.IS),
        device.device_id,
        device.device_type,
        mpxn,
        commissioned_at,
        due_at,
        cell,
        expected.name if expected else "",
        _name(world, known[-1], at) if known else "",
        known[-1].replaced_at if known else None,
        result,
        reason,
    )


def _judged(
    world: DccWorld,
    device_type: DeviceType,
    cell: TrustAnchorCellId,
    mpxn: Mpxn | None,
    known: Sequence[CellSighting],
    due_at: datetime,
    at: datetime,
) -> Obligation:
    """The obligation, seen from the day of the report: what is not due yet is open."""
    expected = _responsible(world, mpxn, cell.role, at)
    if expected is None:
        return Obligation(SlotResult.OPEN, f"no {cell.role.field_name} known")
    right = [sighting for sighting in known if _is_right(world, mpxn, cell, sighting, at)]
    role = UserRole.GT if device_type in _GAS else UserRole.ED
    is_operator = cell.role is _NETWORK_OPERATOR
    slot = Slot(
        device_type,
        cell.role,
        _found(world, known, right, at),
        _is_available(world, expected, cell, at),
        not is_operator or world.parties.is_dcc_user(expected, at, role),
    )
    result, reason = obligation(slot, world.modifications)
    if slot.found is Found.BROKER and slot.is_operators_on_gpf and Modification.MP128A in world.modifications:
        return Obligation(SlotResult.NOT_REQUIRED, _accepted(result, reason))
    if result is SlotResult.MET and not any(sighting.known_since <= due_at for sighting in right):
        return Obligation(SlotResult.MET_LATE, reason or _LATE[right[0].replaced_at is None])
    if result is SlotResult.BREACHED and at <= due_at:
        return Obligation(SlotResult.OPEN, reason)
    return Obligation(result, reason)


def _accepted(result: SlotResult, reason: str) -> str:
    text = "MP128A: the access control broker's certificate is accepted"
    return f"{text}; {reason}" if result is SlotResult.NOT_REQUIRED else f"{text}, though the duty is not met"


def _found(
    world: DccWorld, known: Sequence[CellSighting], right: Sequence[CellSighting], at: datetime
) -> Found:
    if not known:
        return Found.UNKNOWN
    if known[-1] in right:
        return Found.RIGHT_OWNER
    return Found.BROKER if _is_brokers(world, known[-1], at) else Found.ANOTHER


def _is_right(
    world: DccWorld, mpxn: Mpxn | None, cell: TrustAnchorCellId, sighting: CellSighting, at: datetime
) -> bool:
    """Whether the owner is responsible now, or was when its certificate got there.

    A later change in the registration data makes nobody's certificate wrong.
    """
    owner = world.parties.party_of_user(sighting.subject)
    times = (at, sighting.known_since)
    return owner is not None and any(_responsible(world, mpxn, cell.role, time) == owner for time in times)


def _responsible(world: DccWorld, mpxn: Mpxn | None, role: RemotePartyRole, at: datetime) -> Party | None:
    if mpxn is None:
        return None
    if role is _NETWORK_OPERATOR:
        return world.registration.operator_lookup(mpxn, at).operator
    return world.registration.registered_supplier_at(mpxn, at)


def _is_available(world: DccWorld, party: Party, cell: TrustAnchorCellId, at: datetime) -> bool:
    """Whether the repository has a certificate of the party for the slot that may be used."""
    users = dict.fromkeys(row.user_id for row in world.parties.rows_of(party) if row.user_id is not None)
    return any(
        entry.status(at) in _USABLE
        for user in users
        for entry in world.repository.find(at, subject=user, role=cell.role, usage=cell.key_usage)
    )


def _is_brokers(world: DccWorld, sighting: CellSighting, at: datetime) -> bool:
    return bool(
        world.repository.find(
            at, subject=sighting.subject, role=_ACB, subject_key_identifier=sighting.key_identifier
        )
    )


def _name(world: DccWorld, sighting: CellSighting, at: datetime) -> str:
    if _is_brokers(world, sighting, at):
        return Found.BROKER.value
    party = world.parties.party_of_user(sighting.subject)
    return party.name if party else str(sighting.subject)


def _user_id(world: DccWorld, party: Party | None, role: UserRole) -> Eui64 | None:
    ids = world.parties.user_ids(party, role) if party else ()
    return ids[0] if ids else None


TITLE: Final = "Post Commissioning report"
SHORT: Final = ("device_id", "device_type", "due_at", "slot", "owner_expected", "owner_found", "result")
"""The columns that fit a terminal."""


def as_table(
    rows: Iterable[PostCommissioningRow], columns: Sequence[str] = PostCommissioningRow._fields
) -> ReportTable:
    """The report, or some of its columns, for :mod:`dcc.report_tables`: terminal, CSV, JSON."""
    values = tuple(tuple(_value(getattr(row, column)) for column in columns) for row in rows)
    return ReportTable(TITLE, tuple(column.replace("_", " ") for column in columns), values)


def _value(value: object) -> Value:
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return None if value is None else str(value)
