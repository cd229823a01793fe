"""Figures, series and tables of the family smets1-correction, read off the journal of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from dcc.response_codes import ResponseCode
from devices.gbcs.identifiers import Eui64
from scenarios.engine.daily import counted, stock
from scenarios.engine.journal import EventKind, Journal
from scenarios.engine.outcome import Figure, Number, Series, Table
from scenarios.smets1_correction_operators import OWNERSHIP, REGISTRATION, Act
from scenarios.smets1_fleet import Smets1Fleet
from scenarios.smets1_successors import INSTALLED

_FLEET: Final = 100_000
_YEAR_DAYS: Final = 365
_SIGNING_CELL: Final = "network_operator digital_signature management"
_E4: Final = "E4 of the DSP: registration"
_OWNERSHIP: Final = "E1004 of the S1SP: ownership"
_REGISTRATION: Final = "E1004 of the S1SP: registration"

FIGURES: Final = (
    Figure("actions", "Placements of certificates by registered operators, right and wrong", "requests"),
    Figure("mistakes", "Placements of another's certificates by mistake", "mistakes", "actions", "lower"),
    Figure("found", "Mistakes found", "mistakes", "mistakes"),
    Figure("corrected", "Mistakes corrected remotely", "meters", "found", "higher"),
    Figure("corrected_by_other", "Mistakes corrected by the other operator", "meters", "found"),
    Figure("visits_needed", "Meters that nobody can correct: site visits needed", "meters", "found", "lower"),
    Figure("visits_a_year", "Site visits needed a year on 100,000 meters, as in these days", "visits a year",
           better="lower"),
    Figure("visits_avoided", "Remote corrections in place of a site visit", "meters", "found", "higher"),
    Figure("visits_made", "Site visits made: meters exchanged", "meters", "visits_needed"),
    Figure("devices", "Metering points with a device in use at the end", "devices"),
    Figure("smets1_at_end", "Metering points with their SMETS1 device at the end", "devices", "devices"),
    Figure("successors", "Metering points with a SMETS2 device in place of it", "devices", "devices"),
    Figure("open", "Mistakes found whose end is not known yet", "meters", "found"),
    Figure("refused_e4", "Requests that the DSP refused: registration (E4)", "requests", better="lower"),
    Figure("refused_ownership", "Requests that an S1SP refused: ownership (E1004)", "requests"),
    Figure("refused_registration", "Requests that an S1SP refused: registration (E1004)", "requests"),
    Figure("wrong_at_end", "Meters with wrong certificates at the end", "meters", better="lower"),
    Figure("wrong_meter_days", "Days with wrong certificates, all meters", "meter-days", better="lower"),
    Figure("days_to_correction", "Days from mistake to remote correction, mean; 0 of none", "days"),
)  # fmt: skip


class Found(NamedTuple):
    """What a run came to; ``breaches`` says where journal and slots disagree."""

    figures: Mapping[str, Number]
    series: tuple[Series, ...]
    tables: tuple[Table, ...]
    breaches: tuple[str, ...]


class _Spell(NamedTuple):
    """A time that a meter has wrong certificates; ``ended`` is None if it still has them."""

    device: Eui64
    began: datetime
    ended: datetime | None
    exchanged: bool


def figures_of(
    journal: Journal, fleet: Smets1Fleet, days: tuple[date, date], at_end: Mapping[Eui64, Eui64 | None]
) -> Found:
    """Figures and series of a finished run; ``at_end`` is who has each device's slots, as its S1SP knows."""
    registered = {meter.device: meter.operator.user_id for meter in fleet.meters}
    acts = Counter(event.code for event in journal if event.kind is EventKind.ACT)
    by_other = sum(
        event.kind is EventKind.ACT
        and event.code == Act.CORRECTED
        and event.actor != registered.get(event.device)
        for event in journal
        if event.device is not None
    )
    spells = tuple(_spells(journal, registered))
    refusals = _refusals(journal)
    figures = _figures(acts, by_other, refusals, spells, days, len(fleet.meters))
    return Found(
        figures,
        _series(journal, spells, days),
        _tables(journal, refusals),
        _breaches(figures, spells, fleet, at_end),
    )


def _figures(
    acts: Counter[str],
    by_other: int,
    refusals: Counter[str],
    spells: tuple[_Spell, ...],
    days: tuple[date, date],
    there: int,
) -> Mapping[str, Number]:
    remedied = [spell for spell in spells if spell.ended is not None and not spell.exchanged]
    lasted = sum((spell.ended - spell.began for spell in remedied if spell.ended), timedelta())
    corrected, stuck, found = acts[Act.CORRECTED], acts[Act.STUCK], acts[Act.FOUND]
    wrong = stock("", "", "", days, _changes(spells))
    return {
        "actions": acts[Act.PLACED] + acts[Act.MISTAKEN],
        "mistakes": acts[Act.MISTAKEN],
        "found": found,
        "corrected": corrected,
        "corrected_by_other": by_other,
        "visits_needed": stuck,
        "visits_a_year": stuck * _FLEET / there * _YEAR_DAYS / ((days[1] - days[0]).days + 1),
        "visits_avoided": by_other,
        "visits_made": acts[Act.EXCHANGED],
        "devices": there - acts[Act.EXCHANGED] + acts[INSTALLED],
        "smets1_at_end": there - acts[Act.EXCHANGED],
        "successors": acts[INSTALLED],
        "open": found - corrected - stuck,
        "refused_e4": refusals[_E4],
        "refused_ownership": refusals[_OWNERSHIP],
        "refused_registration": refusals[_REGISTRATION],
        "wrong_at_end": sum(spell.ended is None for spell in spells),
        "wrong_meter_days": sum(wrong.values),
        "days_to_correction": lasted / timedelta(days=1) / len(remedied) if remedied else 0.0,
    }


def _spells(journal: Journal, registered: Mapping[Eui64, Eui64]) -> Iterator[_Spell]:
    """When which meter had another's certificates, by what its S1SP obeyed; in the order of their ends."""
    began: dict[Eui64, datetime] = {}
    for event in journal:
        device = event.device
        if device is None or device not in registered:
            continue
        exchanged = event.kind is EventKind.ACT and event.code == Act.EXCHANGED
        taken = event.kind is EventKind.CELL and event.code == _SIGNING_CELL
        if taken and event.actor != registered[device]:
            began.setdefault(device, event.at)
        elif (taken or exchanged) and device in began:
            yield _Spell(device, began.pop(device), event.at, exchanged)
    for device, at in began.items():
        yield _Spell(device, at, None, False)


def _changes(spells: Iterable[_Spell]) -> Iterator[tuple[datetime, int]]:
    for spell in spells:
        yield spell.began, 1
        if spell.ended is not None:
            yield spell.ended, -1


def _refusals(journal: Journal) -> Counter[str]:
    """How many requests were refused, by who refused them and why."""
    found: Counter[str] = Counter()
    texts = {OWNERSHIP: _OWNERSHIP, REGISTRATION: _REGISTRATION}
    for event in journal:
        if event.kind is EventKind.REFUSED:
            found[texts.get(event.detail, event.detail)] += 1
        elif event.kind is EventKind.REQUEST and event.code == ResponseCode.E4.value:
            found[_E4] += 1
    return found


def _series(journal: Journal, spells: tuple[_Spell, ...], days: tuple[date, date]) -> tuple[Series, ...]:
    def acts(*wanted: Act) -> Iterator[tuple[datetime, int]]:
        return ((event.at, 1) for event in journal if event.kind is EventKind.ACT and event.code in wanted)

    awaited = sorted(
        (*acts(Act.STUCK), *((at, -1) for at, _ in acts(Act.EXCHANGED))), key=lambda change: change[0]
    )
    return (
        stock("wrong", "Meters with wrong certificates", "meters", days, _changes(spells)),
        counted("mistakes", "Mistakes", "mistakes", days, acts(Act.MISTAKEN)),
        counted("found", "Mistakes found", "mistakes", days, acts(Act.FOUND)),
        counted("corrected", "Mistakes corrected remotely", "meters", days, acts(Act.CORRECTED)),
        stock("visits_awaited", "Meters that wait for a site visit", "meters", days, awaited),
    )


def _tables(journal: Journal, refusals: Counter[str]) -> tuple[Table, ...]:
    kinds = tuple(sorted(refusals.items()))
    acts = Counter(event.code for event in journal if event.kind is EventKind.ACT)
    return (
        Table("refusals", "Requests refused, by who refused them and why", ("refusal", "requests"), kinds),
        Table(
            "acts",
            "What operators did and found",
            ("act", "times"),
            tuple((act.value, acts[act]) for act in Act),
        ),
    )


def _breaches(
    figures: Mapping[str, Number],
    spells: tuple[_Spell, ...],
    fleet: Smets1Fleet,
    at_end: Mapping[Eui64, Eui64 | None],
) -> tuple[str, ...]:
    """Where acts, what S1SPs obeyed and what they hold in the end say different things."""
    gone = {spell.device for spell in spells if spell.exchanged}
    open_spells = {spell.device for spell in spells if spell.ended is None}
    wrong = {
        meter.device
        for meter in fleet.meters
        if meter.device not in gone and at_end[meter.device] != meter.operator.user_id
    }
    found = [f"slot of {device}: journal and S1SP differ" for device in sorted(wrong ^ open_spells, key=str)]
    if figures["mistakes"] != len(spells):
        found.append(f"mistakes: {figures['mistakes']} acts, {len(spells)} times a slot went to another")
    if figures["devices"] != len(fleet.meters):
        found.append(f"devices in use: {figures['devices']}, metering points: {len(fleet.meters)}")
    left = figures["mistakes"] - figures["corrected"] - figures["visits_made"]
    if left != figures["wrong_at_end"]:
        found.append(
            f"mistakes that are left: {left}, meters with wrong certificates: {figures['wrong_at_end']}"
        )
    return tuple(found)
