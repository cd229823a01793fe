"""Figures, series and tables of the family acb-renewal, read off the journal of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from devices.device import Device
from devices.gbcs.identifiers import Eui64
from scenarios.acb_renewal_actors import Act, Obstacle
from scenarios.acb_renewal_inputs import RenewalInputs
from scenarios.electricity_fleet import INSTALLED
from scenarios.engine.daily import counted, stock
from scenarios.engine.journal import EventKind, Journal
from scenarios.engine.link_journal import cell_name
from scenarios.engine.outcome import Figure, Number, Series, Table
from scenarios.engine.run_kit import LINK_DELAYS
from scenarios.engine.trials import Expected

_OWN: Final = "access_control_broker"
OWN_CELL: Final = f"{_OWN} key_agreement management"

FIGURES: Final = (
    Figure("devices", "Meters and hubs, those that were newly installed among them", "devices"),
    Figure("renewed", "Devices with the DCC's new certificates at the end", "devices", "devices", "higher"),
    Figure("failed", "Devices without the DCC's new certificates at the end", "devices", "devices", "lower"),
    Figure("returned", "Devices that were brought back to the old certificates", "devices", "devices"),
    Figure("commands_unanswered", "Commands of the DCC that were not answered", "commands", better="lower"),
    Figure("campaign_days", "Days from the first renewal to the last", "days", better="lower"),
    Figure("old_in_operator_cell", "Meters with an old certificate of the DCC's in a network operator cell",
           "meters", "devices", "lower"),
    Figure("old_in_supplier_cell", "Meters with an old certificate of the DCC's in a supplier cell",
           "meters", "devices", "lower"),
    Figure("dependent", "Devices that depend on an old key of the DCC's", "devices", "devices", "lower"),
    Figure("stranded", "Devices stranded, since that key is destroyed", "devices", "devices", "lower"),
    Figure("handovers", "Handovers that were tried", "handovers"),
    Figure("handovers_done", "Handovers that worked", "handovers", "handovers", "higher"),
    Figure("handovers_failed_in_change", "Handovers that failed since keys were just in change", "handovers",
           "handovers", "lower"),
    Figure("handovers_failed_old_key", "Handovers that failed since the old key was destroyed", "handovers",
           "handovers", "lower"),
    Figure("handovers_out_of_reach", "Handovers that failed since the meter was out of reach", "handovers",
           "handovers"),
)  # fmt: skip


class _Change(NamedTuple):
    """From now on a cell of a device has one of the old certificates, or has not."""

    at: datetime
    device: Eui64
    cell: str
    old: bool


class RenewalRun(NamedTuple):
    """A finished run; ``old_serials`` are those of the old certificates of the broker's."""

    inputs: RenewalInputs
    journal: Journal
    devices: tuple[Device, ...]
    old_serials: frozenset[int]


def figures_of(run: RenewalRun) -> Mapping[str, Number]:
    """All figures, by name."""
    acts = Counter(event.code for event in run.journal if event.kind is EventKind.ACT)
    why = _obstacles(run.journal)
    old = _old_at_end(run)
    devices, own_old = acts[INSTALLED], sum(OWN_CELL in names for names in old.values())
    dependent = len(old)
    return {
        "devices": devices,
        "renewed": devices - own_old,
        "failed": own_old,
        "returned": sum(_is_own(event.detail) for event in run.journal if event.code == Act.RETURNED),
        "commands_unanswered": acts[Act.NO_ANSWER],
        "campaign_days": _campaign_days(run),
        "old_in_operator_cell": sum(_has(names, "network_operator") for names in old.values()),
        "old_in_supplier_cell": sum(_has(names, "supplier") for names in old.values()),
        "dependent": dependent,
        "stranded": dependent if acts[Act.DESTROYED] else 0,
        "handovers": acts[Act.HANDED_OVER] + acts[Act.NOT_HANDED_OVER],
        "handovers_done": acts[Act.HANDED_OVER],
        "handovers_failed_in_change": why[Obstacle.IN_CHANGE],
        "handovers_failed_old_key": why[Obstacle.OLD_KEY_GONE],
        "handovers_out_of_reach": why[Obstacle.OUT_OF_REACH],
    }


def series_of(run: RenewalRun) -> tuple[Series, ...]:
    """What there is on each day of the run."""
    days = run.inputs.days
    changes = tuple(_changes(run))
    installed = ((event.at, 1) for event in run.journal if event.code == INSTALLED)
    own = [change for change in changes if change.cell == OWN_CELL]
    renewed = sorted((*installed, *_up_and_down(own, -1)), key=lambda item: item[0])
    refused = ((event.at, 1) for event in run.journal if event.code == Act.NOT_HANDED_OVER)
    unanswered = ((event.at, 1) for event in run.journal if event.code == Act.NO_ANSWER)
    held = [change for change in changes if not _is_own(change.cell)]
    return (
        stock("renewed", "Devices that use the new certificates", "devices", days, renewed),
        stock("dependent", "Devices that depend on an old key", "devices", days, _up_and_down(changes, 1)),
        stock(
            "held", "Meters with an old certificate in another's cell", "meters", days, _up_and_down(held, 1)
        ),
        counted("handovers_failed", "Handovers that failed", "handovers", days, refused),
        counted("unanswered", "Commands of the DCC without answer", "commands", days, unanswered),
    )


def tables_of(run: RenewalRun) -> tuple[Table, ...]:
    """Why handovers failed, and what depends on the old keys in the end."""
    why, old = _obstacles(run.journal), _old_at_end(run)
    cells = Counter(name for names in old.values() for name in names)
    return (
        Table("obstacles", "Handovers that failed, by why", ("why", "handovers"),
              tuple((obstacle.value, why[obstacle]) for obstacle in Obstacle)),
        Table("old_cells", "Cells with an old certificate of the DCC's at the end", ("cell", "devices"),
              tuple(sorted(cells.items()))),
    )  # fmt: skip


def breaches_of(run: RenewalRun) -> tuple[str, ...]:
    """Where journal and devices say different things."""
    told, found = _old_at_end(run), []
    for device in run.devices:
        held = {
            cell_name(cell)
            for cell, certificate in device.store.items()
            if certificate.serial in run.old_serials and cell.role.name.lower() in _WATCHED
        }
        if held != told.get(device.eui, set()):
            found.append(f"old certificates of {device.eui}: journal and device differ")
    acts = Counter(event.code for event in run.journal if event.kind is EventKind.ACT)
    if sum(_obstacles(run.journal).values()) != acts[Act.NOT_HANDED_OVER]:
        found.append("handovers that failed: their reasons do not add up")
    return (*found, *_changed_by_nobody(run))


def _changed_by_nobody(run: RenewalRun) -> Iterator[str]:
    """Old certificates that were replaced, though the key for that is destroyed and nothing was under way."""
    destroyed = next((event.at for event in run.journal if event.code == Act.DESTROYED), None)
    if destroyed is None:
        return
    arrived = destroyed + timedelta(seconds=LINK_DELAYS.wan_round_trip_longest_seconds)
    for change in _changes(run):
        if change.at > arrived and not change.old:
            yield f"{change.cell} of {change.device}: replaced, though the old key is destroyed"


def expected_of(run: RenewalRun) -> tuple[Expected, ...]:
    """What is computed of the devices at the end, to be tried with commands."""
    old = _old_at_end(run)
    destroyed = any(event.code == Act.DESTROYED for event in run.journal)
    without = [device.eui for device in run.devices if device.eui not in old]
    return (
        Expected("stranded: an old certificate, its key destroyed", False, old if destroyed else ()),
        Expected("dependent: an old certificate, its key kept", True, () if destroyed else old),
        Expected("without an old certificate", True, without),
    )


_WATCHED: Final = frozenset({_OWN, "supplier", "network_operator"})


def _changes(run: RenewalRun) -> Iterator[_Change]:
    """What changed in the cells of the DCC, of suppliers and of network operators, as to old certificates."""
    old: set[tuple[Eui64, str]] = set()
    for event in run.journal:
        if event.kind is not EventKind.CELL or event.device is None or event.code.split()[0] not in _WATCHED:
            continue
        key, is_old = (event.device, event.code), int(event.detail) in run.old_serials
        if is_old is not (key in old):
            (old.add if is_old else old.discard)(key)
            yield _Change(event.at, event.device, event.code, is_old)


def _old_at_end(run: RenewalRun) -> dict[Eui64, set[str]]:
    """The cells with old certificates, of each device that has any."""
    found: dict[Eui64, set[str]] = {}
    for change in _changes(run):
        names = found.setdefault(change.device, set())
        (names.add if change.old else names.discard)(change.cell)
    return {device: names for device, names in found.items() if names}


def _up_and_down(changes: Collection[_Change], sign: int) -> Iterator[tuple[datetime, int]]:
    """One up for a device's first cell with an old certificate, one down with the last."""
    cells: dict[Eui64, set[str]] = {}
    for change in changes:
        names = cells.setdefault(change.device, set())
        before = bool(names)
        (names.add if change.old else names.discard)(change.cell)
        if bool(names) is not before:
            yield change.at, sign if change.old else -sign


def _obstacles(journal: Journal) -> Counter[str]:
    failed = (event.detail for event in journal if event.code == Act.NOT_HANDED_OVER)
    return Counter(detail.partition(": ")[2] for detail in failed)


def _campaign_days(run: RenewalRun) -> float:
    """Until the last device's own cell was renewed."""
    ends = [event.at for event in run.journal if event.code == Act.RENEWED and _is_own(event.detail)]
    return max(((at - run.inputs.begins) / timedelta(days=1) for at in ends), default=0.0)


def _is_own(name: str) -> bool:
    return name.startswith(_OWN)


def _has(names: Collection[str], role: str) -> bool:
    return any(name.split()[0] == role for name in names)
