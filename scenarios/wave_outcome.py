"""What comes out of an install wave: figures, series by day and tables, and whether they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from dcc.dates import utc_day
from dcc.parties import SUPPLIER_ROLES, UserRole
from dcc.reports import RefusedRequest
from dcc.response_codes import ResponseCode
from devices.device import Device
from devices.gbcs.identifiers import Eui64
from scenarios.engine.daily import counted, stock
from scenarios.engine.journal import EventKind
from scenarios.engine.link import network_operator_cells
from scenarios.engine.outcome import Figure, Number, Series, Table
from scenarios.population import Fuel, Home
from scenarios.test_bed import ACB_ID
from scenarios.wave_cases import Access, Case, access_of, cases_of
from scenarios.wave_figures import count_refusals
from scenarios.wave_stage import Stage

_ONE_DAY: Final = timedelta(days=1)
_DECIMALS: Final = 3
_BLOCKED: Final = frozenset({ResponseCode.SIM_E061590, ResponseCode.SIM_E062190})

FIGURES: Final = (
    Figure("installed", "electricity meters installed, for exchanged ones too", "meters"),
    Figure("placed", "electricity meters with a network operator's certificate", "meters", "installed"),
    Figure("wrong", "wrong certificates placed on electricity meters", "certificates", "placed", "lower"),
    Figure(
        "wrong_a_month",
        "wrong certificates placed a month, scaled to the installations of Great Britain",
        "a month",
        "",
        "lower",
    ),
    Figure(
        "wrong_gas_transporter",
        "wrong certificates that are a gas transporter's",
        "certificates",
        "wrong",
        "lower",
    ),
    Figure("found", "wrong certificates found by the true operator", "certificates", "wrong"),
    Figure("corrected", "wrong certificates corrected by their owner", "certificates", "wrong"),
    Figure(
        "needs_exchange",
        "wrong certificates that nobody can correct: meters to be exchanged",
        "meters",
        "wrong",
        "lower",
    ),
    Figure("exchanged", "meters exchanged for a wrong certificate", "meters", "needs_exchange"),
    Figure("wrong_at_end", "meters with a wrong certificate at the end", "meters", "installed", "lower"),
    Figure("most_wrong", "most meters with a wrong certificate at the end of a day", "meters", "", "lower"),
    Figure("days_wrong", "mean time that a wrong certificate stayed, of those corrected; 0 of none", "days"),
    Figure("most_waiting", "most corrections asked for and not done at the end of a day", "", "", "lower"),
    Figure("gas_installed", "gas proxy functions installed", "devices"),
    Figure("gas_wrong", "wrong certificates placed on gas proxies", "certificates", "gas_installed", "lower"),
    Figure("gas_wrong_at_end", "gas proxies with a wrong certificate at the end", "devices", "", "lower"),
    Figure("refused", "suppliers' requests refused", "requests"),
    Figure(
        "blocked",
        "suppliers' requests refused for the wrong network operator's certificate",
        "requests",
        "refused",
    ),
    Figure("late", "true operators without access at the deadline", "devices", "", "lower"),
    Figure("days_without_access", "time that true operators had no access", "device days", "", "lower"),
    Figure("service_requests", "requests to the DCC", "requests"),
    Figure("commands", "commands over the SM WAN", "commands"),
)


class Wave(NamedTuple):
    """A wave that was played; ``homes`` are those that there are at the end, by number."""

    stage: Stage
    homes: Mapping[int, Home]
    cases: tuple[Case, ...]
    access: tuple[Access, ...]

    @property
    def days(self) -> tuple[date, date]:
        """The first day of the run and the last."""
        simulation = self.stage.simulation
        return utc_day(simulation.start), utc_day(simulation.end)


def look_at(stage: Stage, homes: Mapping[int, Home]) -> Wave:
    """A wave that is over, with what became of each wrong certificate."""
    at_first = stage.population.homes
    access = tuple(access_of(stage.records, at_first, stage.inputs.observed_until))
    return Wave(stage, homes, cases_of(stage.records, at_first), access)


def figures_of(wave: Wave, series: Iterable[Series]) -> dict[str, Number]:
    """A number for each of :data:`FIGURES`."""
    stage, most = wave.stage, {item.name: max(item.values) for item in series}
    electricity, gas = _cases(wave, Fuel.ELECTRICITY), _cases(wave, Fuel.GAS)
    installed, placed = _installed(wave, Fuel.ELECTRICITY), _placed(wave, Fuel.ELECTRICITY)
    refusals = tuple(_of_suppliers(wave))
    monthly = len(electricity) / installed * stage.inputs.installs_a_month if installed else 0
    stayed = [case.ended_at - case.since for case in electricity if case.corrected and case.ended_at]
    without = sum((item.without for item in wave.access), timedelta())
    return {
        "installed": installed,
        "placed": placed,
        "wrong": len(electricity),
        "wrong_a_month": round(monthly),
        "wrong_gas_transporter": sum(UserRole.GT in _roles(wave, case.holder) for case in electricity),
        "found": sum(case.found_at is not None for case in electricity),
        "corrected": sum(case.corrected for case in electricity),
        "needs_exchange": sum(case.stuck_at is not None for case in electricity),
        "exchanged": sum(case.by_exchange for case in electricity),
        "wrong_at_end": sum(case.ended_at is None for case in electricity),
        "most_wrong": most["wrong"],
        "days_wrong": round(sum(stayed, timedelta()) / _ONE_DAY / len(stayed), _DECIMALS) if stayed else 0,
        "most_waiting": most["waiting"],
        "gas_installed": _installed(wave, Fuel.GAS),
        "gas_wrong": len(gas),
        "gas_wrong_at_end": sum(case.ended_at is None for case in gas),
        "refused": len(refusals),
        "blocked": sum(item.code in _BLOCKED for item in refusals),
        "late": sum(item.late for item in wave.access),
        "days_without_access": round(without / _ONE_DAY, _DECIMALS),
        "service_requests": stage.records.traffic.service_requests,
        "commands": stage.records.traffic.commands,
    }


def series_of(wave: Wave) -> tuple[Series, ...]:
    """What there was at the end of each day, or on each day."""
    journal, days = wave.stage.kit.journal, wave.days
    sent = ((event.at, 1) for event in journal if event.kind in (EventKind.OBEYED, EventKind.REFUSED))
    return (
        stock(
            "wrong",
            "electricity meters with a wrong certificate",
            "meters",
            days,
            _changes(wave, Fuel.ELECTRICITY),
        ),
        stock("gas_wrong", "gas proxies with a wrong certificate", "devices", days, _changes(wave, Fuel.GAS)),
        stock("waiting", "corrections asked for and not done", "corrections", days, _waiting(wave)),
        counted(
            "refused",
            "suppliers' requests refused",
            "a day",
            days,
            ((item.at, 1) for item in _of_suppliers(wave)),
        ),
        counted("commands", "commands to devices", "a day", days, sent),
        counted("installed", "devices installed", "a day", days, ((at, 1) for _, at in _installations(wave))),
    )


def tables_of(wave: Wave) -> tuple[Table, ...]:
    """Refusals by party and code, and whose certificates were taken by mistake."""
    parties = wave.stage.population.parties
    refusals = [
        (row.party, row.srv.value, row.code.value, row.times)
        for row in count_refusals(wave.stage.records.refusals, parties)
    ]
    holders = Counter((case.home.fuel.value, _name(wave, case.holder)) for case in wave.cases)
    suppliers = Counter((case.home.supplier.party.name, case.home.fuel.value) for case in wave.cases)
    devices = Counter((home.supplier.party.name, home.fuel.value) for home in wave.homes.values())
    return (
        Table("refusals", "Refusals", ("party", "service", "code", "times"), tuple(refusals)),
        Table(
            "mistaken",
            "Whose certificates were placed by mistake (drawn at random, of no real party's doing)",
            ("fuel", "owner", "devices"),
            tuple((*key, times) for key, times in sorted(holders.items())),
        ),
        Table(
            "suppliers",
            "Wrong certificates by supplier",
            ("supplier", "fuel", "devices", "wrong"),
            tuple((*key, number, suppliers[key]) for key, number in sorted(devices.items())),
        ),
    )


def breaches_of(wave: Wave) -> Iterator[str]:
    """What figures, records, journal and devices say differently of the same thing."""
    records = wave.stage.records
    devices = {device.eui: network_operator_cells(device) for device in _with_operator_cells(wave)}
    wrong = sum(
        not set(devices[home.device]) <= {home.operator.user_id, ACB_ID}
        for home in wave.homes.values()
        if home.device in devices
    )
    open_cases = sum(case.ended_at is None for case in wave.cases)
    if wrong != open_cases:
        yield f"wrong certificates: {wrong} in devices' cells at the end, {open_cases} by what changed when"
    operators = {number: home.operator.user_id for number, home in wave.homes.items()}
    placed = sum(item.owner != operators[item.home] for item in records.placements)
    if placed != len(wave.cases):
        yield f"wrong certificates: {placed} placed by suppliers, {len(wave.cases)} came into devices' cells"
    reported, corrected = sum(item.corrected for item in records.corrections), _corrected(wave)
    if reported != corrected:
        yield f"corrections: {reported} by their owners, {corrected} by devices' cells"
    if len(records.exchanges) != sum(case.by_exchange for case in wave.cases):
        yield f"exchanges: {len(records.exchanges)}, expected one for each case that ended so"
    last = {event.device: event.actor for event in wave.stage.kit.journal if _is_operator_cell(event.code)}
    for device, holder in last.items():
        if device in devices and devices[device][0] != holder:
            yield f"{device}: {devices[device][0]} in its cell, {holder} by the journal"


def _is_operator_cell(code: str) -> bool:
    return code.startswith("network_operator digital_signature")


def _with_operator_cells(wave: Wave) -> list[Device]:
    known = {home.device for home in wave.stage.population.homes}
    known |= {item.new for item in wave.stage.records.exchanges}
    return [device for device in wave.stage.kit.link.devices if device.eui in known]


def _corrected(wave: Wave) -> int:
    return sum(case.corrected for case in wave.cases)


def _cases(wave: Wave, fuel: Fuel) -> list[Case]:
    return [case for case in wave.cases if case.home.fuel is fuel]


def _installed(wave: Wave, fuel: Fuel) -> int:
    return sum(wave.homes[home].fuel is fuel for home, _ in _installations(wave))


def _installations(wave: Wave) -> Iterator[tuple[int, datetime]]:
    """The home and the time of each, of those that took the place of others too."""
    records = wave.stage.records
    yield from ((item.home, item.at) for item in records.installations)
    yield from ((item.home, item.at) for item in records.exchanges)


def _placed(wave: Wave, fuel: Fuel) -> int:
    """Devices: suppliers are done with each when they have placed a certificate once."""
    return sum(wave.homes[item.home].fuel is fuel for item in wave.stage.records.placements)


def _of_suppliers(wave: Wave) -> Iterator[RefusedRequest]:
    for item in wave.stage.records.refusals:
        if not SUPPLIER_ROLES.isdisjoint(_roles(wave, item.user_id)):
            yield item


def _changes(wave: Wave, fuel: Fuel) -> Iterator[tuple[datetime, int]]:
    for case in _cases(wave, fuel):
        yield case.since, 1
        if case.ended_at is not None:
            yield case.ended_at, -1


def _waiting(wave: Wave) -> Iterator[tuple[datetime, int]]:
    records = wave.stage.records
    if wave.stage.inputs.owners_correct:
        yield from ((item.at, 1) for item in records.findings)
    yield from ((item.at, -1) for item in records.corrections)


def _roles(wave: Wave, user_id: Eui64) -> tuple[UserRole, ...]:
    user = wave.stage.population.parties.user(user_id)
    return user.roles if user else ()


def _name(wave: Wave, user_id: Eui64) -> str:
    party = wave.stage.population.parties.party_of_user(user_id)
    return party.name if party else str(user_id)
