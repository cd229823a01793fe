"""The figures of an install wave, computed from the records of a finished run and the devices' own state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from dcc.parties import SUPPLIER_ROLES, PartyTable, UserRole
from dcc.reports import RefusedRequest
from dcc.response_codes import ResponseCode
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64
from scenarios.engine.records import CellChange, Placement
from scenarios.install_wave import LINK_DELAYS, WaveRun
from scenarios.population import Home
from scenarios.test_bed import ACB_ID
from scenarios.wave_cases import time_without

_ONE_DAY: Final = timedelta(days=1)
_DAYS_DECIMALS: Final = 3
_RESPONSE_TIMEOUT: Final = timedelta(seconds=LINK_DELAYS.response_timeout_seconds)


@dataclass(frozen=True, slots=True)
class WaveFigures:
    """What came out of a run. Homes are counted, not attempts, unless the name says otherwise."""

    installed: int
    mpan_unknown: int
    placed: int
    placed_mpan_known: int
    placed_mpan_unknown: int
    wrong: int
    wrong_mpan_known: int
    wrong_mpan_unknown: int
    wrong_gas_transporter: int
    found: int
    corrected: int
    read_after_correction: int
    needs_exchange: int
    found_not_corrected: int
    not_found: int
    another_party_in_cells_at_end: int
    nobody_placed_at_end: int
    supplier_requests_refused: int
    reads_answered: int
    reads_unanswered: int
    reads_unanswered_another_party: int
    reads_unanswered_nobody_placed: int
    meter_days_without_access: float
    deadline_breaches: int
    service_requests: int
    wan_messages: int
    wan_commands: int
    wan_responses: int
    device_alerts: int
    signatures_made: int
    signatures_verified: int
    macs_computed: int
    secrets_agreed: int


class RefusalCount(NamedTuple):
    """How often a party met a code at a service."""

    party: str
    role: UserRole
    srv: Srv
    code: ResponseCode
    times: int


class _Wrong(NamedTuple):
    """The homes where a wrong certificate was placed, and how far each one got."""

    placed: set[int]
    found: set[int]
    corrected: set[int]
    needs_exchange: set[int]


class _Access(NamedTuple):
    without: timedelta
    breaches: int


def wave_figures(run: WaveRun) -> WaveFigures:
    """Count everything. Wrong certificates are conserved: every one is in exactly one of four states."""
    homes = {home.number: home for home in run.homes}
    records, tally = run.records, run.tally
    placements, wrong, access = records.placements, _wrong(run, homes), _access(run)
    unanswered = [read for read in records.reads if read.code is ResponseCode.E21]
    placed_at = _first_placed(run)
    nobody_placed = _count(
        read.at - _RESPONSE_TIMEOUT < placed_at.get(homes[read.home].device, read.at) for read in unanswered
    )
    unresolved = wrong.found - wrong.corrected - wrong.needs_exchange
    not_found = wrong.placed - wrong.found
    states = len(wrong.corrected) + len(wrong.needs_exchange) + len(unresolved) + len(not_found)
    assert states == len(wrong.placed), "a wrong certificate got lost"
    return WaveFigures(
        installed=len(records.installations),
        mpan_unknown=_count(not homes[item.home].mpan_known for item in records.installations),
        placed=len(placements),
        placed_mpan_known=_count(homes[item.home].mpan_known for item in placements),
        placed_mpan_unknown=_count(not homes[item.home].mpan_known for item in placements),
        wrong=len(wrong.placed),
        wrong_mpan_known=_count(homes[number].mpan_known for number in wrong.placed),
        wrong_mpan_unknown=_count(not homes[number].mpan_known for number in wrong.placed),
        wrong_gas_transporter=_count(UserRole.GT in _roles(run, item.owner) for item in placements),
        found=len(wrong.found),
        corrected=len(wrong.corrected),
        read_after_correction=len(wrong.corrected & _read_after_correction(run)),
        needs_exchange=len(wrong.needs_exchange),
        found_not_corrected=len(unresolved),
        not_found=len(not_found),
        another_party_in_cells_at_end=_count(
            not set(run.cells[home.device]) <= {home.operator.user_id, ACB_ID} for home in run.homes
        ),
        nobody_placed_at_end=_count(ACB_ID in run.cells[home.device] for home in run.homes),
        supplier_requests_refused=_count(
            not SUPPLIER_ROLES.isdisjoint(_roles(run, item.user_id)) for item in records.refusals
        ),
        reads_answered=_count(read.code is ResponseCode.I0 for read in records.reads),
        reads_unanswered=len(unanswered),
        reads_unanswered_another_party=len(unanswered) - nobody_placed,
        reads_unanswered_nobody_placed=nobody_placed,
        meter_days_without_access=round(access.without / _ONE_DAY, _DAYS_DECIMALS),
        deadline_breaches=access.breaches,
        service_requests=records.traffic.service_requests,
        wan_messages=records.traffic.wan_messages,
        wan_commands=records.traffic.commands,
        wan_responses=records.traffic.responses,
        device_alerts=len(records.alerts),
        signatures_made=tally.signatures_made,
        signatures_verified=tally.signatures_verified,
        macs_computed=tally.macs_computed,
        secrets_agreed=tally.secrets_agreed,
    )


def refusal_counts(run: WaveRun) -> tuple[RefusalCount, ...]:
    """Every refusal, by party, role, service and code; suppliers first, then in alphabetical order."""
    return count_refusals(run.records.refusals, run.parties)


def count_refusals(refusals: Iterable[RefusedRequest], parties: PartyTable) -> tuple[RefusalCount, ...]:
    """Refusals by party, role, service and code; suppliers first, then in alphabetical order."""
    counts = Counter((item.user_id, item.srv, item.code) for item in refusals)
    rows = []
    for (user_id, srv, code), times in counts.items():
        user = parties.user(user_id)
        assert user is not None, f"{user_id} is nobody's"
        rows.append(RefusalCount(user.party.name, user.roles[0], srv, code, times))
    return tuple(sorted(rows, key=refusal_order))


def refusal_order(row: RefusalCount) -> tuple[bool, str, str, str]:
    """What refusals are sorted by."""
    return row.role not in SUPPLIER_ROLES, row.party, row.srv.value, row.code.value


def is_wrong(placement: Placement, homes: Mapping[int, Home]) -> bool:
    """Whether a placed certificate is not the true operator's."""
    return placement.owner != homes[placement.home].operator.user_id


def _wrong(run: WaveRun, homes: Mapping[int, Home]) -> _Wrong:
    records = run.records
    return _Wrong(
        placed={item.home for item in records.placements if is_wrong(item, homes)},
        found={item.home for item in records.findings},
        corrected={item.home for item in records.corrections if item.corrected},
        needs_exchange={item.home for item in records.corrections if item.code is ResponseCode.E061501},
    )


def _first_placed(run: WaveRun) -> dict[Eui64, datetime]:
    """When the first operator's certificate came to each meter; a read is judged by when it was asked for."""
    first: dict[Eui64, datetime] = {}
    for change in run.records.cell_changes:
        first.setdefault(change.device, change.at)
    return first


def _read_after_correction(run: WaveRun) -> set[int]:
    corrected_at = {item.home: item.at for item in run.records.corrections if item.corrected}
    return {
        read.home
        for read in run.records.reads
        if read.code is ResponseCode.I0 and read.home in corrected_at and read.at > corrected_at[read.home]
    }


def _access(run: WaveRun) -> _Access:
    """The time in which true operators could not talk to their meters, and the deadlines missed by it."""
    changes: dict[Eui64, list[CellChange]] = {}
    for change in run.records.cell_changes:
        changes.setdefault(change.device, []).append(change)
    installed = {item.home: item for item in run.records.installations}
    without, breaches = timedelta(), 0
    for home in run.homes:
        of_home = changes.get(home.device, [])
        holds_at = [(change.at, _holds(change, home)) for change in of_home]
        without += time_without(installed[home.number].at, holds_at, run.inputs.observed_until)
        deadline = installed[home.number].deadline
        breaches += not next((holds for at, holds in reversed(holds_at) if at <= deadline), False)
    return _Access(without, breaches)


def _holds(change: CellChange, home: Home) -> bool:
    return change.signing == change.agreement == home.operator.user_id


def _roles(run: WaveRun, user_id: Eui64) -> tuple[UserRole, ...]:
    user = run.parties.user(user_id)
    return user.roles if user else ()


def _count(conditions: Iterable[bool]) -> int:
    return sum(conditions)
