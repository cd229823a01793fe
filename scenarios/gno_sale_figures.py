"""Figures, series and tables of the family ``gno-sale``, from the journal and the devices' own state."""

from __future__ import annotations

import dataclasses
import enum
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

from dcc.modifications import Modification
from dcc.parties import UserRole, UserStatus
from dcc.post_commissioning import post_commissioning_report
from dcc.response_codes import ResponseCode
from dcc.slot_obligations import SlotResult
from devices import cells
from devices.gbcs.identifiers import DeviceType, Eui64
from scenarios.bulk_campaign import Campaign
from scenarios.engine.daily import stock
from scenarios.engine.journal import Event, EventKind
from scenarios.engine.link import network_operator_cells
from scenarios.engine.outcome import Cell, Figure, Number, Series, Table
from scenarios.engine.run_kit import RunKit
from scenarios.engine.trials import Expected, Trial
from scenarios.gas_actors import Act
from scenarios.gas_fleet import LEAVER_ID, NEWCOMER_ID, GasHome
from scenarios.gas_hearing import Hearing
from scenarios.gas_spells import Spell, changes_of, days_of, found_out, known, refusals_table
from scenarios.gas_trials import try_homes
from scenarios.gno_sale_actors import SaleAct
from scenarios.party_client import PartyClient
from scenarios.test_bed import ACB_ID

_ONE_DAY: Final = timedelta(days=1)
_SILENT: Final = ResponseCode.E21.value
_PASSED: Final = ResponseCode.I0.value
_NO_DEVICE: Final = ResponseCode.E20.value
_NO_REFUSAL: Final = frozenset({_PASSED, _NO_DEVICE, _SILENT})
_A, _B = frozenset({Modification.MP128A}), frozenset({Modification.MP128B})
_REGIMES: Final[Mapping[str, frozenset[Modification]]] = {
    "neither": frozenset(),
    "MP128A": _A,
    "MP128B": _B,
    "both": _A | _B,
}
_RESULTS: Final = tuple(SlotResult)


class Reach(enum.Enum):
    """Who on the network side can talk to a device; but for the first, nobody can who should."""

    OPERATOR = "its operator's certificates"
    SELLER = "the seller's certificates, after the sale, while it is a DCC User"
    LOCKED = "certificates of the seller, which has left"
    BROKER = "the broker's certificates"
    DEAF = "the broker's certificates, and deaf to it"


FIGURES: Final = (
    Figure("devices", "gas proxy functions on the network at the end", "devices"),
    Figure("new_devices", "gas proxy functions installed during the run", "devices", "devices"),
    Figure("swapped", "swapped to the broker's certificates by the seller", "devices", "devices"),
    Figure("seller_left", "with the seller's certificates when it had left", "devices", "devices", "lower"),
    Figure("stale_placed", "new ones given the seller's certificates, though it had sold", "devices"),
    Figure("left_to_broker", "new ones left with the broker's certificates at first", "devices"),
    Figure("handovers", "requests to place certificates since the sale (6.21)", "requests"),
    Figure("handovers_refused", "placements refused by the DCC", "requests", "handovers", "lower"),
    Figure("handovers_unanswered", "placements in vain, for silence (E21)", "requests", "handovers", "lower"),
    Figure("reached_at_end", "reached by their operator at the end", "devices", "devices", "higher"),
    Figure("locked_at_end", "locked to the seller's certificates at the end", "devices", "devices", "lower"),
    Figure("deaf_at_end", "with the broker's at the end, and deaf to it", "devices", "devices", "lower"),
    Figure("broker_at_end", "with the broker's at the end, for suppliers to change", "devices", "devices"),
    Figure(
        "stranded_at_end", "locked or deaf at the end: nobody can change it", "devices", "devices", "lower"
    ),
    Figure("stranded_days", "time locked or deaf, found out or not", "device-days", better="lower"),
    Figure("stranded_known_days", "time locked or deaf after a handover was refused", "device-days"),
    Figure("unreached_days", "time since the sale without the network side", "device-days", better="lower"),
    Figure("locked_days", "time since the sale locked to the seller", "device-days", better="lower"),
    Figure("deaf_days", "time since the sale deaf to the broker", "device-days", better="lower"),
    Figure("reads", "reads of their operators since the sale (4.1.1)", "requests"),
    Figure("reads_in_vain", "reads of their operators in vain", "requests", "reads", "lower"),
    Figure("met", "report at the end: met, in time or late", "devices", "devices"),
    Figure("breached", "report at the end: breached", "devices", "devices", "lower"),
    Figure("not_required", "report at the end: not required", "devices", "devices"),
    Figure("open", "report at the end: not due yet", "devices", "devices"),
    Figure("most_breached", "most breached in a report since the sale", "devices", "devices", "lower"),
)
"""The figures of the family."""


class ReachSpell(NamedTuple):
    """Who could talk to a device, from when to when."""

    device: Eui64
    reach: Reach
    since: datetime
    until: datetime


class SaleRun:
    """A run: the reports made on the way, and, once it is over, what is read off it more than once."""

    def __init__(
        self,
        kit: RunKit,
        homes: tuple[GasHome, ...],
        hearing: Hearing,
        begins: datetime,
        sold_at: datetime,
        until: datetime,
    ) -> None:
        self.kit = kit
        self.homes = homes
        self.hearing = hearing
        self.begins = begins
        self.sold_at = sold_at
        self.until = until
        self.campaigns: list[Campaign[GasHome]] = []
        self.reports: list[tuple[datetime, Mapping[str, Counter[SlotResult]]]] = []

    def report(self, at: datetime) -> None:
        """Make the Post Commissioning report, now, under each regime."""
        reports = {name: self._results(at, regime) for name, regime in _REGIMES.items()}
        self.reports.append((at, reports))

    def waiting(self) -> Iterator[tuple[datetime, int]]:
        """How the number of devices that wait for their turn changed, and when."""
        for campaign in self.campaigns:
            yield from campaign.waiting

    @property
    def regime(self) -> str:
        """The regime of the run."""
        in_force = self.kit.bed.world.modifications & (_A | _B)
        return next(name for name, regime in _REGIMES.items() if regime == in_force)

    def _results(self, at: datetime, modifications: frozenset[Modification]) -> Counter[SlotResult]:
        """What the report says of each proxy function's cell for signatures, under some modifications."""
        world = dataclasses.replace(self.kit.bed.world, modifications=modifications)
        return Counter(
            row.result
            for row in post_commissioning_report(world, at)
            if row.device_type is DeviceType.GPF and row.slot == cells.NETWORK_OPERATOR_SIGNING
        )

    @cached_property
    def acts(self) -> Mapping[str, list[Event]]:
        """What parties did, by its code."""
        acts: dict[str, list[Event]] = {}
        for event in self.kit.journal:
            if event.kind is EventKind.ACT:
                acts.setdefault(event.code, []).append(event)
        return acts

    @cached_property
    def holders(self) -> Mapping[Eui64, Eui64]:
        """Who holds each device's network operator cell for signatures at the end: the device's own state."""
        return {device.eui: network_operator_cells(device)[0] for device in self.kit.link.devices}

    @cached_property
    def spells(self) -> tuple[ReachSpell, ...]:
        """Who could talk to each device, at all times from its installation to the end."""
        deaf: dict[Eui64, list[Spell]] = {}
        for spell in self.hearing.spells(self.until):
            deaf.setdefault(spell.device, []).append(spell)
        changes: dict[Eui64, list[tuple[datetime, Eui64]]] = {}
        for change in self.kit.records.cell_changes:
            changes.setdefault(change.device, []).append((change.at, change.signing))
        installed = {event.device: event.at for event in self.acts.get("installed", [])}
        return tuple(
            spell
            for home in self.homes
            if home.gpf in installed
            for spell in self._of(
                home, [(installed[home.gpf], ACB_ID), *changes.get(home.gpf, [])], deaf.get(home.gpf, [])
            )
        )

    @cached_property
    def stranded(self) -> tuple[Spell, ...]:
        """When nobody at all could change a device, and when a refused handover showed it first."""
        joined: list[Spell] = []
        for spell in self.spells:
            if spell.reach not in (Reach.LOCKED, Reach.DEAF):
                continue
            last = joined[-1] if joined else None
            if last is not None and (last.device, last.until) == (spell.device, spell.since):
                joined[-1] = last._replace(until=spell.until)
            else:
                joined.append(Spell(spell.device, spell.since, spell.until))
        return found_out(self.kit, joined)

    def _of(
        self, home: GasHome, holders: list[tuple[datetime, Eui64]], deaf: list[Spell]
    ) -> Iterator[ReachSpell]:
        """The spells of one device: its state can change with its cells, at midnight, or with numbers."""
        bounds = {at for at, _ in holders} | {self.until}
        bounds |= {at for at in self._turning_points if holders[0][0] < at < self.until}
        bounds |= {at for spell in deaf for at in (spell.since, spell.until)}
        times = sorted(bounds)
        for since, until in pairwise(times):
            holder = [who for at, who in holders if at <= since][-1]
            is_deaf = any(spell.holds(since) for spell in deaf)
            yield ReachSpell(home.gpf, self._reach(home, holder, since, is_deaf=is_deaf), since, until)

    @cached_property
    def _turning_points(self) -> tuple[datetime, ...]:
        """When it changes who operates the network, or who is a DCC User: days of the two parties' rows."""
        parties = self.kit.bed.world.parties
        days = set()
        for user_id in (LEAVER_ID, NEWCOMER_ID):
            party = parties.party_of_user(user_id)
            for row in parties.rows_of(party) if party else ():
                first, last = row.dcc_user_dates.first, row.dcc_user_dates.last
                days |= {first, None if last is None else last + _ONE_DAY}
        at = {datetime.combine(day, time.min, self.sold_at.tzinfo) for day in days if day is not None}
        return tuple(sorted(at | {self.sold_at}))

    def _reach(self, home: GasHome, holder: Eui64, at: datetime, *, is_deaf: bool) -> Reach:
        world = self.kit.bed.world
        if holder == ACB_ID:
            return Reach.DEAF if is_deaf else Reach.BROKER
        if world.parties.user_status(holder, UserRole.GT, at) is not UserStatus.LIVE:
            return Reach.LOCKED
        operator = world.registration.network_operator_at(home.mprn, at)
        return Reach.OPERATOR if operator == world.parties.party_of_user(holder) else Reach.SELLER


def figures_of(run: SaleRun) -> dict[str, Number]:
    """A number for each of :data:`FIGURES`."""
    acts = run.acts
    handovers = Counter(
        event.detail for event in acts.get(Act.HANDOVER_ANSWERED, []) if event.at >= run.sold_at
    )
    at_end = Counter(spell.reach for spell in run.spells if spell.until == run.until)
    seller_left = {spell.device for spell in run.spells if spell.reach is Reach.LOCKED}
    reads = [event for event in acts.get(SaleAct.HAS_READ, []) if event.at >= run.sold_at]
    report = run.reports[-1][1][run.regime]
    installed = acts.get("installed", [])
    return {
        "devices": len(installed),
        "new_devices": sum(event.at >= run.begins for event in installed),
        "swapped": len(acts.get(Act.SWAPPED, [])),
        "seller_left": len(seller_left - {event.device for event in acts.get(SaleAct.STALE, [])}),
        "stale_placed": len(acts.get(SaleAct.STALE, [])),
        "left_to_broker": len(acts.get(SaleAct.LEFT_TO_BROKER, [])),
        "handovers": sum(handovers.values()),
        "handovers_refused": sum(times for code, times in handovers.items() if code not in _NO_REFUSAL),
        "handovers_unanswered": handovers[_SILENT],
        "reached_at_end": at_end[Reach.OPERATOR],
        "locked_at_end": at_end[Reach.LOCKED],
        "deaf_at_end": at_end[Reach.DEAF],
        "broker_at_end": at_end[Reach.BROKER],
        "stranded_at_end": at_end[Reach.LOCKED] + at_end[Reach.DEAF],
        "stranded_days": days_of(run.stranded),
        "stranded_known_days": days_of(known(run.stranded)),
        "unreached_days": days_of(_since_sale(run, *_UNREACHED)),
        "locked_days": days_of(_since_sale(run, Reach.LOCKED)),
        "deaf_days": days_of(_since_sale(run, Reach.DEAF)),
        "reads": len(reads),
        "reads_in_vain": sum(event.detail != _PASSED for event in reads),
        "met": report[SlotResult.MET] + report[SlotResult.MET_LATE],
        "breached": report[SlotResult.BREACHED],
        "not_required": report[SlotResult.NOT_REQUIRED],
        "open": report[SlotResult.OPEN],
        "most_breached": max(reports[run.regime][SlotResult.BREACHED] for _, reports in run.reports),
    }


_UNREACHED: Final = tuple(reach for reach in Reach if reach is not Reach.OPERATOR)


def _since_sale(run: SaleRun, *reaches: Reach) -> Iterator[Spell]:
    for spell in run.spells:
        if spell.reach in reaches and spell.until > run.sold_at:
            yield Spell(spell.device, max(spell.since, run.sold_at), spell.until)


def series_of(run: SaleRun) -> tuple[Series, ...]:
    """Stocks by day, from the first swap to the end."""
    days = run.begins.date(), run.until.date()
    return (
        _stock(run, "unreached", "nobody on the network side can talk to", *_UNREACHED),
        _stock(run, "locked", "locked to certificates of the seller, which has left", Reach.LOCKED),
        _stock(run, "deaf", "with the broker's certificates, and deaf to it", Reach.DEAF),
        stock("stranded", "that nobody can change", "devices", days, changes_of(run.stranded, run.until)),
        stock(
            "known",
            "that nobody can change, as a refused handover has shown",
            "devices",
            days,
            changes_of(known(run.stranded), run.until),
        ),
        _stock(run, "broker", "with the broker's certificates, for suppliers to change", Reach.BROKER),
        _stock(run, "reached", "that their operator can talk to", Reach.OPERATOR),
        stock("waiting", "waiting for a turn", "devices", days, run.waiting()),
    )


def _stock(run: SaleRun, name: str, label: str, *reaches: Reach) -> Series:
    days = run.begins.date(), run.until.date()
    of_reaches = (spell for spell in run.spells if spell.reach in reaches)
    return stock(name, label, "devices", days, changes_of(of_reaches, run.until))


def tables_of(run: SaleRun) -> tuple[Table, ...]:
    """Who reaches what in the end, and the reports, as they are and by each modification."""
    at_end = Counter(spell.reach for spell in run.spells if spell.until == run.until)
    headings = "day", "modifications", *(result.value for result in _RESULTS)
    return (
        Table(
            "reach",
            "Who can talk to the devices at the end",
            ("what they hold", "devices"),
            tuple((reach.value, at_end[reach]) for reach in Reach),
        ),
        refusals_table(run.kit),
        Table("reports", "Post Commissioning reports", headings, tuple(_reported(run, (run.regime,)))),
        Table(
            "reports_by_modification",
            "The same devices, had the reports been made under other modifications",
            headings,
            tuple(_reported(run, _REGIMES)),
        ),
    )


def _reported(run: SaleRun, regimes: Iterable[str]) -> Iterator[tuple[Cell, ...]]:
    for at, reports in run.reports:
        for regime in regimes:
            yield f"{at:%Y-%m-%d}", regime, *(reports[regime][result] for result in _RESULTS)


def trials_of(run: SaleRun, owner: PartyClient, operators: Mapping[Eui64, PartyClient]) -> tuple[Trial, ...]:
    """What is computed of the devices at the end, tried with commands; these come after all else.

    Devices of a seller that is still a DCC User are left alone: it may yet swap them.
    """
    at_end = {spell.device: spell.reach for spell in run.spells if spell.until == run.until}
    expected = tuple(
        Expected(reach.value, obeys, [gpf for gpf, found in at_end.items() if found is reach])
        for reach, obeys in _EXPECTED.items()
    )
    return try_homes(run.kit, run.homes, expected, owner, operators)


_EXPECTED: Final = {Reach.OPERATOR: True, Reach.LOCKED: False, Reach.BROKER: True, Reach.DEAF: False}


def breaches_of(run: SaleRun) -> Iterator[str]:
    """What does not add up between journal, devices and the Post Commissioning report."""
    last = {change.device: change.signing for change in run.kit.records.cell_changes}
    for device, holder in run.holders.items():
        if last.get(device, ACB_ID) != holder:
            yield f"{device}: cells {holder}, expected {last.get(device)} as last changed"
    yield from run.hearing.contradictions()
    figures = figures_of(run)
    for parts in (("reached_at_end", "locked_at_end", "deaf_at_end", "broker_at_end"), _REPORTED):
        total = sum(figures[name] for name in parts)
        if total != len(run.holders):
            yield f"{' + '.join(parts)}: {total}, expected {len(run.holders)} devices"
    yield from _reads_that_disagree(run)


def _reads_that_disagree(run: SaleRun) -> Iterator[str]:
    """Reads by which a device in reach did something else than its cells say."""
    spells: dict[Eui64, list[ReachSpell]] = {}
    for spell in run.spells:
        spells.setdefault(spell.device, []).append(spell)
    asked: dict[tuple[Eui64 | None, Eui64 | None], datetime] = {}
    for event in run.kit.journal:
        if event.code == SaleAct.READS:
            asked[event.device, event.actor] = event.at
        elif event.code == SaleAct.HAS_READ and event.detail != _NO_DEVICE and event.device is not None:
            since = asked[event.device, event.actor]
            for spell in spells[event.device]:
                meant = spell.since <= since and event.at < spell.until
                if meant and (spell.reach is Reach.OPERATOR) != (event.detail == _PASSED):
                    yield f"{event.device}: read {event.detail} with {spell.reach.value}"


_REPORTED: Final = ("met", "breached", "not_required", "open")
