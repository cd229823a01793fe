"""Figures, series and tables of the family ``acb-swap``, from the journal and the devices' own state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from dcc.leaving import Departure, SwapOutcome
from dcc.response_codes import ResponseCode
from devices.gbcs.identifiers import Eui64
from scenarios.engine.daily import stock
from scenarios.engine.journal import Event, EventKind
from scenarios.engine.link import network_operator_cells
from scenarios.engine.outcome import Figure, Number, Series, Table
from scenarios.engine.run_kit import RunKit
from scenarios.engine.trials import Expected, Trial
from scenarios.gas_actors import Act
from scenarios.gas_fleet import LEAVER_ID, NEWCOMER_ID, GasHome
from scenarios.gas_hearing import Hearing
from scenarios.gas_spells import Spell, changes_of, days_of, found_out, known, refusals_table
from scenarios.gas_trials import try_homes
from scenarios.test_bed import ACB_ID

_ONE_DAY: Final = timedelta(days=1)
_DECIMALS: Final = 3
_PASSED: Final = ResponseCode.I0.value
_NO_DEVICE: Final = ResponseCode.E20.value
_SILENT: Final = ResponseCode.E21.value

FIGURES: Final = (
    Figure("devices", "gas proxy functions on the network", "devices"),
    Figure("swapped", "swapped to the broker's certificates before the deadline", "devices", "devices"),
    Figure("swap_requests", "requests to swap certificates (6.15.1)", "requests"),
    Figure("swaps_not_reached", "swaps asked of a device out of reach (E20)", "requests", "swap_requests"),
    Figure("campaign_days", "from the first swap to the last answer", "days", better="lower"),
    Figure("residual", "left behind with the leaver's certificates", "devices", "devices", "lower"),
    Figure("residual_days", "time locked to a revoked certificate", "device-days", better="lower"),
    Figure("records_lost", "counters that the DCC recorded and lost", "devices", "swapped"),
    Figure("records_healed", "counters that the DCC learnt from a read (6.24.1)", "devices"),
    Figure("handovers", "requests to place the successor's certificates (6.21)", "requests"),
    Figure("handovers_refused", "handovers refused by the DCC", "requests", "handovers", "lower"),
    Figure("handovers_not_reached", "handovers to a device out of reach (E20)", "requests", "handovers"),
    Figure("handovers_unanswered", "handovers in vain, for silence (E21)", "requests", "handovers", "lower"),
    Figure("handed_over", "with the successor's certificates at the end", "devices", "devices", "higher"),
    Figure("stranded", "swapped, and deaf to the DCC's next command since", "devices", "swapped", "lower"),
    Figure("stranded_days", "time deaf to the DCC, found out or not", "device-days", better="lower"),
    Figure("stranded_found", "deaf, and found out by a handover refused", "devices", "stranded"),
    Figure("stranded_known_days", "time deaf to the DCC after that was found out", "device-days"),
    Figure("stranded_at_end", "still deaf to the DCC at the end", "devices", "swapped", "lower"),
    Figure(
        "unreachable_at_end", "locked or deaf at the end: nobody can change it", "devices", "devices", "lower"
    ),
    Figure("unreachable_days", "time locked or deaf", "device-days", better="lower"),
    Figure(
        "not_reached_at_end", "swapped, hearing, not handed over at the end", "devices", "swapped", "lower"
    ),
)
"""The figures of the family."""


class SwapRun:
    """A finished run, and what is read off it more than once."""

    def __init__(
        self,
        kit: RunKit,
        homes: tuple[GasHome, ...],
        departure: Departure,
        hearing: Hearing,
        waiting: tuple[tuple[datetime, int], ...],
        begins: datetime,
        leaves_at: datetime,
        sold_at: datetime,
        until: datetime,
    ) -> None:
        self.kit = kit
        self.homes = homes
        self.departure = departure
        self.hearing = hearing
        self.waiting = waiting
        self.begins = begins
        self.leaves_at = leaves_at
        self.sold_at = sold_at
        self.until = until

    @cached_property
    def holders(self) -> Mapping[Eui64, Eui64]:
        """Who holds each device's network operator cell for signatures at the end: the device's own state."""
        return {device.eui: network_operator_cells(device)[0] for device in self.kit.link.devices}

    @cached_property
    def acts(self) -> Mapping[str, list[Event]]:
        """What parties did, by its code; handovers only since the sale."""
        acts: dict[str, list[Event]] = {}
        for event in self.kit.journal:
            before_sale = event.at < self.sold_at
            if event.kind is EventKind.ACT and not (before_sale and event.code in _OF_SUCCESSOR):
                acts.setdefault(event.code, []).append(event)
        return acts

    @cached_property
    def locked(self) -> tuple[Spell, ...]:
        """The devices with the leaver's certificates once these are revoked, and until when they had them."""
        left: dict[Eui64, datetime] = {}
        held: set[Eui64] = set()
        for change in self.kit.records.cell_changes:
            if change.signing == LEAVER_ID:
                held.add(change.device)
            elif change.device in held:
                left.setdefault(change.device, change.at)
        spells = (Spell(device, self.leaves_at, left.get(device, self.until)) for device in sorted(held))
        return tuple(spell for spell in spells if spell.until > spell.since)

    @property
    def locked_at_end(self) -> frozenset[Eui64]:
        """The devices that the leaver's certificates are still on at the end."""
        return frozenset(spell.device for spell in self.locked if spell.until == self.until)

    @cached_property
    def deaf(self) -> tuple[Spell, ...]:
        """When which devices would have refused the broker's next command for its number."""
        return found_out(self.kit, self.hearing.spells(self.until))


_OF_SUCCESSOR: Final = frozenset({Act.HANDOVER_ANSWERED, Act.HANDED_OVER})


def figures_of(run: SwapRun) -> dict[str, Number]:
    """A number for each of :data:`FIGURES`."""
    acts = run.acts
    answers = acts.get(Act.SWAP_ANSWERED, [])
    handovers = Counter(event.detail for event in acts.get(Act.HANDOVER_ANSWERED, []))
    ended = max((event.at for event in answers), default=run.begins)
    holders = Counter(run.holders.values())
    deaf_at_end = _deaf_at_end(run)
    return {
        "devices": len(run.homes),
        "swapped": len(acts.get(Act.SWAPPED, [])),
        "swap_requests": len(answers),
        "swaps_not_reached": sum(event.detail == _NO_DEVICE for event in answers),
        "campaign_days": round((ended - run.begins) / _ONE_DAY, _DECIMALS),
        "residual": len(run.locked_at_end),
        "residual_days": days_of(run.locked),
        "records_lost": len(acts.get(Act.RECORD_LOST, [])),
        "records_healed": len(acts.get(Act.RECORD_HEALED, [])),
        "handovers": sum(handovers.values()),
        "handovers_refused": sum(
            times for code, times in handovers.items() if code not in (_PASSED, _NO_DEVICE, _SILENT)
        ),
        "handovers_not_reached": handovers[_NO_DEVICE],
        "handovers_unanswered": handovers[_SILENT],
        "handed_over": holders[NEWCOMER_ID],
        "stranded": len({spell.device for spell in run.deaf}),
        "stranded_days": days_of(run.deaf),
        "stranded_found": len({spell.device for spell in known(run.deaf)}),
        "stranded_known_days": days_of(known(run.deaf)),
        "stranded_at_end": len(deaf_at_end),
        "unreachable_at_end": len(run.locked_at_end) + len(deaf_at_end),
        "unreachable_days": days_of((*run.locked, *run.deaf)),
        "not_reached_at_end": holders[ACB_ID] - len(deaf_at_end),
    }


def series_of(run: SwapRun) -> tuple[Series, ...]:
    """Stocks by day, from the first swap to the end."""
    days = run.begins.date(), run.until.date()
    swapped = [(event.at, 1) for event in run.acts.get(Act.SWAPPED, [])]
    return (
        stock("swapped", "swapped to the broker's certificates, so far", "devices", days, swapped),
        stock("residual", "with the leaver's certificates", "devices", days, _leavers(run)),
        stock("stranded", "deaf to the DCC", "devices", days, changes_of(run.deaf, run.until)),
        stock("known", "deaf, and known to be", "devices", days, changes_of(known(run.deaf), run.until)),
        stock("waiting", "waiting for a turn", "devices", days, run.waiting),
        stock(
            "locked", "locked to a revoked certificate", "devices", days, changes_of(run.locked, run.until)
        ),
    )


def tables_of(run: SwapRun) -> tuple[Table, ...]:
    """How far the leaver got as it sees it, and what all were told."""
    outcomes = Counter(run.departure.outcome(home.gpf, run.leaves_at) for home in run.homes)
    leaving = tuple((outcome.value, outcomes[outcome]) for outcome in SwapOutcome if outcomes[outcome])
    told: Counter[tuple[str, str]] = Counter()
    for code, service in _SERVICES.items():
        told.update((service, event.detail) for event in run.acts.get(code, []))
    answers = tuple((service, code, times) for (service, code), times in sorted(told.items()))
    return (
        refusals_table(run.kit),
        Table("leaving", "How far the operator got by the deadline", ("outcome", "devices"), leaving),
        Table("answers", "Answers by service", ("service", "code", "requests"), answers),
    )


_SERVICES: Final = {
    Act.SWAP_ANSWERED: "6.15.1",
    Act.HANDOVER_ANSWERED: "6.21",
    Act.READ_ANSWERED: "6.24.1",
}


def breaches_of(run: SwapRun) -> Iterator[str]:
    """What does not add up between journal, devices and the DCC's own report of the departure."""
    last = {change.device: change.signing for change in run.kit.records.cell_changes}
    for home in run.homes:
        if last.get(home.gpf, ACB_ID) != run.holders[home.gpf]:
            yield f"{home.gpf}: cells {run.holders[home.gpf]}, expected {last.get(home.gpf)} as last changed"
    figures = figures_of(run)
    yield from run.hearing.contradictions()
    parts = ("handed_over", "residual", "stranded_at_end", "not_reached_at_end")
    total = sum(figures[name] for name in parts)
    if total != len(run.homes):
        yield f"{' + '.join(parts)}: {total}, expected {len(run.homes)} devices"
    swapped = {event.device for event in run.acts.get(Act.SWAPPED, [])}
    for home in run.homes:
        done = run.departure.outcome(home.gpf, run.until) not in _NOT_DONE
        if done != (home.gpf in swapped):
            yield f"{home.gpf}: {'swapped' if done else 'not swapped'} as the DCC has it, not so the journal"


_NOT_DONE: Final = frozenset(
    {SwapOutcome.NOT_ASKED, SwapOutcome.NOT_REACHED, SwapOutcome.REFUSED, SwapOutcome.FAILED}
)


def _deaf_at_end(run: SwapRun) -> frozenset[Eui64]:
    return frozenset(spell.device for spell in run.deaf if spell.until == run.until)


def trials_of(run: SwapRun) -> tuple[Trial, ...]:
    """What is computed of the devices at the end, tried with commands; these come after all else."""
    deaf = _deaf_at_end(run)
    newcomer = run.kit.clients[NEWCOMER_ID]

    def of(name: str, obeys: bool, holder: Eui64, *, is_deaf: bool = False) -> Expected:
        there = [gpf for gpf, held in run.holders.items() if held == holder and (gpf in deaf) is is_deaf]
        return Expected(name, obeys, there)

    expected = (
        of("with the leaver's certificates", False, LEAVER_ID),
        of("with the broker's, deaf to the DCC", False, ACB_ID, is_deaf=True),
        of("with the broker's, hearing the DCC", True, ACB_ID),
        of("with the successor's", True, NEWCOMER_ID),
    )
    return try_homes(run.kit, run.homes, expected, newcomer, {NEWCOMER_ID: newcomer})


def _leavers(run: SwapRun) -> Iterator[tuple[datetime, int]]:
    """Devices that get the leaver's certificates, and that lose them."""
    holds: set[Eui64] = set()
    for change in run.kit.records.cell_changes:
        if change.signing == LEAVER_ID and change.device not in holds:
            holds.add(change.device)
            yield change.at, 1
        elif change.signing != LEAVER_ID and change.device in holds:
            holds.discard(change.device)
            yield change.at, -1
