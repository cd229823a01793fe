"""Figures, series and tables of the family recovery, read off the journal of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Final, NamedTuple

from devices import cells
from devices.device import Device
from devices.gbcs.identifiers import Eui64
from scenarios.engine.daily import counted, stock
from scenarios.engine.journal import EventKind, Journal
from scenarios.engine.outcome import Figure, Number, Series, Table
from scenarios.recovery_actors import Act
from scenarios.recovery_inputs import RecoveryInputs
from scenarios.recovery_misuse import misuse_breaches, misuse_of, misused
from scenarios.test_bed import ACB_ID

_SIGNING_CELL: Final = "supplier digital_signature management"
_DAY: Final = timedelta(days=1)
MOST: Final = 0.9
"""The share of the meters that counts as most of them."""

FIGURES: Final = (
    Figure("meters", "Meters of the supplier", "meters"),
    Figure("recovered", "Meters recovered by the DCC", "meters", "meters", "higher"),
    Figure("exposed_at_end", "Meters that obey the compromised key to the end", "meters", "meters", "lower"),
    Figure("taken_back", "Meters that the supplier has back", "meters", "meters", "higher"),
    Figure("without_supplier", "Recovered meters that the supplier does not have back at the end", "meters",
           "meters", "lower"),
    Figure("exposed_meter_days", "Days exposed to the compromised key", "meter-days", better="lower"),
    Figure("exposed_prepayment_days", "Days exposed to the key, prepayment meters", "meter-days",
           "exposed_meter_days", "lower"),
    Figure("exposed_old_days", "Days exposed to the key, older half of the meters", "meter-days",
           "exposed_meter_days", "lower"),
    Figure("waiting_meter_days", "Days in the DCC's hands, all meters", "meter-days", better="lower"),
    Figure("days_to_most", "Days until nine in ten meters were safe, or all that were observed", "days",
           better="lower"),
    Figure("days_to_last", "Days until the last meter that was recovered was safe; 0 of none", "days"),
    Figure("misuse", "Commands sent with the stolen key", "commands"),
    Figure("misuse_obeyed", "Commands of the stolen key that meters obeyed", "commands", "misuse", "lower"),
    Figure("misuse_refused", "Commands of the stolen key that safe meters refused", "commands", "misuse"),
    Figure("misuse_overtaken", "Commands of the stolen key that came after later ones, and were refused",
           "commands", "misuse"),
    Figure("misuse_not_sent_on", "Commands of the stolen key that the DCC refused", "commands", "misuse"),
    Figure("meters_misused", "Meters that obeyed the stolen key at least once", "meters", "meters", "lower"),
    Figure("attempts_failed", "Attempts at a recovery that failed", "commands", better="lower"),
    Figure("replacements_failed", "Attempts of the supplier that failed", "handovers", better="lower"),
)  # fmt: skip


class RecoveryRun(NamedTuple):
    """A finished run; ``compromised`` are the serials of the certificates not to be trusted any more."""

    inputs: RecoveryInputs
    journal: Journal
    devices: tuple[Device, ...]
    prepayment: frozenset[Eui64]
    old: frozenset[Eui64]
    compromised: frozenset[int]


class _Path(NamedTuple):
    """When a meter became safe, and when its supplier had it back; None for what did not come about."""

    device: Eui64
    safe: datetime | None
    back: datetime | None


def figures_of(run: RecoveryRun) -> Mapping[str, Number]:
    """All figures, by name."""
    inputs, paths = run.inputs, _paths(run)
    acts = Counter(event.code for event in run.journal if event.kind is EventKind.ACT)
    safe = sorted(path.safe for path in paths if path.safe is not None)
    back = [path for path in paths if path.back is not None]
    most, misuse = ceil(MOST * len(paths)), misuse_of(run.journal)
    return {
        "meters": len(paths),
        "recovered": len(safe),
        "exposed_at_end": len(paths) - len(safe),
        "taken_back": len(back),
        "without_supplier": len(safe) - len(back),
        "exposed_meter_days": _exposed_days(run, paths),
        "exposed_prepayment_days": _exposed_days(
            run, [path for path in paths if path.device in run.prepayment]
        ),
        "exposed_old_days": _exposed_days(run, [path for path in paths if path.device in run.old]),
        "waiting_meter_days": sum(
            ((path.back or inputs.ends) - path.safe) / _DAY for path in paths if path.safe is not None
        ),
        "days_to_most": _days(inputs, safe[most - 1]) if len(safe) >= most else float(inputs.observed_days),
        "days_to_last": _days(inputs, safe[-1]) if safe else 0.0,
        "misuse": misuse.sent,
        "misuse_obeyed": misuse.obeyed,
        "misuse_refused": misuse.refused,
        "misuse_overtaken": misuse.overtaken,
        "misuse_not_sent_on": misuse.refused_by_dcc,
        "meters_misused": len(misuse.meters),
        "attempts_failed": acts[Act.NOT_RECOVERED],
        "replacements_failed": acts[Act.NOT_TAKEN_BACK],
    }


def series_of(run: RecoveryRun) -> tuple[Series, ...]:
    """What there is on each day of the run."""
    days, paths, begins = run.inputs.days, _paths(run), run.inputs.compromised
    safe = sorted(path.safe for path in paths if path.safe is not None)
    back = sorted(path.back for path in paths if path.back is not None)
    exposed = [(begins, len(paths)), *((at, -1) for at in safe)]
    waiting = [*((at, 1) for at in safe), *((at, -1) for at in back)]
    prepayment = [path.safe for path in paths if path.device in run.prepayment]
    of_prepayment = [(begins, len(prepayment)), *((at, -1) for at in prepayment if at is not None)]
    failed = ((event.at, 1) for event in run.journal if event.code == Act.NOT_RECOVERED)
    obeyed = ((event.at, 1) for event in misused(run.journal))
    return (
        stock("exposed", "Meters that obey the compromised key", "meters", days, exposed),
        stock("exposed_prepayment", "Prepayment meters that obey the key", "meters", days, of_prepayment),
        stock("waiting", "Recovered meters that wait for their supplier", "meters", days, waiting),
        stock("taken_back", "Meters that the supplier has back", "meters", days, [(at, 1) for at in back]),
        counted("misuse_obeyed", "Commands of the stolen key that meters obeyed", "commands", days, obeyed),
        counted("failed", "Attempts at a recovery that failed", "commands", days, failed),
    )


def tables_of(run: RecoveryRun) -> tuple[Table, ...]:
    """Why attempts failed."""
    failed = (Act.NOT_RECOVERED, Act.NOT_TAKEN_BACK)
    why = Counter((event.code, event.detail) for event in run.journal if event.code in failed)
    rows = tuple((act, detail, times) for (act, detail), times in sorted(why.items()))
    return (Table("failures", "Attempts that failed, by why", ("attempt", "why", "times"), rows),)


def breaches_of(run: RecoveryRun) -> tuple[str, ...]:
    """Where acts, journal and meters say different things."""
    paths, found = {path.device: path for path in _paths(run)}, []
    for device in run.devices:
        path, held = paths[device.eui], device.store[cells.SUPPLIER_SIGNING]
        exposed, with_broker = held.serial in run.compromised, held.subject == ACB_ID
        if exposed is not (path.safe is None) or with_broker is not (
            path.safe is not None and path.back is None
        ):
            found.append(f"supplier cell of {device.eui}: journal and meter differ")
    acts = Counter(event.code for event in run.journal if event.kind is EventKind.ACT)
    safe = sum(path.safe is not None for path in paths.values())
    back = sum(path.back is not None for path in paths.values())
    if (acts[Act.RECOVERED], acts[Act.TAKEN_BACK]) != (safe, back):
        found.append(
            f"recovered and taken back: {acts[Act.RECOVERED]}, {acts[Act.TAKEN_BACK]}; {safe}, {back}"
        )
    return (*found, *misuse_breaches(run.journal))


def _paths(run: RecoveryRun) -> list[_Path]:
    """What became of each meter, by what its supplier cell had when."""
    found = {device.eui: _Path(device.eui, None, None) for device in run.devices}
    for event in _of_signing_cell(run.journal, run.inputs.compromised):
        at, device, holder = event
        path = found[device]
        found[device] = path._replace(safe=at) if holder == ACB_ID else path._replace(back=at)
    return list(found.values())


def _of_signing_cell(journal: Journal, since: datetime) -> Iterator[tuple[datetime, Eui64, Eui64 | None]]:
    for event in journal:
        if event.kind is EventKind.CELL and event.code == _SIGNING_CELL and event.at >= since:
            assert event.device is not None, "a cell is of a device"
            yield event.at, event.device, event.actor


def _exposed_days(run: RecoveryRun, paths: Collection[_Path]) -> float:
    inputs = run.inputs
    return sum(_days(inputs, path.safe or inputs.ends) for path in paths)


def _days(inputs: RecoveryInputs, at: datetime) -> float:
    return (at - inputs.compromised) / _DAY
