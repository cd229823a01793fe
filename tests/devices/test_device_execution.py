"""What becomes of a command that passed all checks: now, later or never, certificate by certificate.

The second half of the table: mode, time of execution, certificate and memory, beside what GBCS 13.3 says;
then the same rows with every assumption turned round alone.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import product
from typing import Any, Final, NamedTuple

import pytest
from device_roots import OTHER_SMKI, party_under
from device_worlds import (
    METER_CASES,
    NOW,
    Party,
    World,
    make_party,
    outcome_of,
    turned_round,
)

from devices.assumptions import DEFAULT_ASSUMPTIONS, DeviceAssumptions, PathTimes
from devices.device import Effects
from devices.faults import DeviceFaults
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import (
    CANCELLATION_TIME,
    CounterChange,
    CredentialStatus,
    ExecutionOutcome,
    Replacement,
    ReplacementMode,
    TrustAnchorCellId,
    UpdateCredentialsAlert,
    UpdateCredentialsResponse,
)
from devices.gbcs.identifiers import KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import parse

STATUS = CredentialStatus
COUNTER: Final = OriginatorCounter(1000)
FLOOR: Final = OriginatorCounter(7)
DUE: Final = datetime(2029, 6, 1, tzinfo=UTC)
NEWCOMER: Final = make_party(0x500, RemotePartyRole.OTHER)
SHORT_LIVED: Final = make_party(0x500, RemotePartyRole.OTHER, 1, valid_from=date(2018, 1, 1))
FOREIGNER: Final = party_under(OTHER_SMKI, 0x500, RemotePartyRole.OTHER)
CASES: Final = {case.mode: case for case in METER_CASES}


class Sent(enum.Enum):
    """The certificate that comes for a cell."""

    GOOD = "good"
    FOREIGN = "of another hierarchy"
    UNFIT = "of another key usage"
    SHORT_LIVED = "good now, expired when the command is due"


class When(enum.Enum):
    """The time of execution that the command gives."""

    NOW = None
    DUE = DUE
    NEVER = CANCELLATION_TIME


class Row(NamedTuple):
    """One line of the table."""

    mode: ReplacementMode
    when: When
    sent: Sent
    has_memory: bool
    checks_times: bool


class Result(NamedTuple):
    """The role's number after receipt and once the time has come, and what is said of the execution."""

    number_after_receipt: int
    number: int
    status: CredentialStatus | None
    reported_floor: bool
    alert_code: int | None


def expected(row: Row, assumptions: DeviceAssumptions) -> Result:
    """What GBCS makes of a row."""
    held = row.when is When.DUE
    on_receipt = 0 if held and not assumptions.counter_moves_on_acceptance else COUNTER
    if row.when is When.NEVER:
        return Result(on_receipt, COUNTER, None, False, None)
    status = expected_status(row, assumptions)
    case = CASES[row.mode]
    role = case.authorising_cell.role
    success = status is STATUS.SUCCESS
    floored = not assumptions.floors_need_a_success or (success and case.cells[0].role is role)
    number = FLOOR if floored else COUNTER
    alert = (0x8F66 if success else 0x8F67) if held else None
    return Result(on_receipt if held else number, number, status, floored, alert)


def expected_status(row: Row, assumptions: DeviceAssumptions) -> CredentialStatus:
    """The certificate is looked at first, the room for it last."""
    too_late = row.when is When.DUE and assumptions.path_times is PathTimes.EXECUTION and row.checks_times
    if row.sent is Sent.FOREIGN:
        return STATUS.NO_TRUST_ANCHOR
    if row.sent is Sent.UNFIT or (row.sent is Sent.SHORT_LIVED and too_late):
        return STATUS.BAD_CERTIFICATE
    return STATUS.SUCCESS if row.has_memory else STATUS.INSUFFICIENT_MEMORY


# --- what a device does --------------------------------------------------------------------------------

WORLD: Final = World()
FRESH: Final = WORLD.device.state


def result(row: Row) -> Result:
    case, device = CASES[row.mode], WORLD.device
    cell = case.cells[0]
    device.state = FRESH
    device.faults = DeviceFaults(frozenset() if row.has_memory else frozenset({cell}))
    effects = device.receive(octets(row[:3] + row[4:]), NOW)
    assert effects.accepted
    role = case.authorising_cell.role
    on_receipt = device.counters.current(role)
    outcome, alert_code = outcome_and_alert(row, effects)
    assert device.state.pending == ()
    if outcome is None:
        assert device.store is FRESH.store
        return Result(on_receipt, device.counters.current(role), None, False, None)
    (reported,) = outcome.replacements
    success = reported.status is STATUS.SUCCESS
    changed = {each for each, held in device.store.items() if held is not FRESH.store[each]}
    assert changed == ({cell} if success else set())
    existing = FRESH.store.holder(cell)
    assert (reported.existing_subject, reported.existing_key_identifier) == existing
    replacing = device.store.holder(cell)
    assert (reported.replacing_subject, reported.replacing_key_identifier) == replacing
    floored = bool(outcome.counter_changes)
    assert outcome.counter_changes == ((CounterChange(role, FLOOR),) if floored else ())
    return Result(on_receipt, device.counters.current(role), reported.status, floored, alert_code)


def outcome_and_alert(row: Row, effects: Effects) -> tuple[ExecutionOutcome | None, int | None]:
    """The outcome, from the response or from the alert of the time of execution."""
    device = WORLD.device
    if row.when is When.NOW:
        return outcome_of(effects), None
    assert credentials_codec.decode(parse(effects.sent[0])) == UpdateCredentialsResponse(None)
    assert (device.store, device.advance(DUE - timedelta(seconds=1))) == (FRESH.store, ())
    done = device.advance(DUE)
    if row.when is When.NEVER:
        assert done == ()
        return None, None
    (octets_sent,) = done[0].sent
    alert = credentials_codec.decode(parse(octets_sent))
    assert isinstance(alert, UpdateCredentialsAlert)
    assert alert.execution_date_time == DUE
    return alert.outcome, alert.alert_code


@cache
def octets(asked: tuple[ReplacementMode, When, Sent, bool]) -> bytes:
    mode, when, sent, checks_times = asked
    case = CASES[mode]
    fields: dict[str, Any] = {
        "replacements": (Replacement(certificate(sent, case.cells[0]), case.cells[0]),),
        "execution_date_time": when.value,
        "apply_time_based_checks": checks_times,
        "floor": FLOOR,
    }
    return WORLD.update_octets(case, COUNTER, **fields)


def certificate(sent: Sent, cell: TrustAnchorCellId) -> bytes:
    parties: dict[Sent, Party] = {Sent.FOREIGN: FOREIGNER, Sent.SHORT_LIVED: SHORT_LIVED}
    if sent is Sent.UNFIT:
        signing = cell.key_usage is KeyUsage.DIGITAL_SIGNATURE
        return (NEWCOMER.agreement if signing else NEWCOMER.signing).certificate.der
    return parties.get(sent, NEWCOMER).certificate(cell).der


ROWS: Final = tuple(Row(*values) for values in product(CASES, When, Sent, (True, False), (True, False)))


def results(assumptions: DeviceAssumptions) -> Mapping[Row, Result]:
    device = WORLD.device
    device.context = device.context._replace(assumptions=assumptions)
    return {row: result(row) for row in ROWS}


@cache
def default_results() -> Mapping[Row, Result]:
    return results(DEFAULT_ASSUMPTIONS)


def assert_as_expected(found: Mapping[Row, Result], assumptions: DeviceAssumptions) -> None:
    wrong = {row: (each, expected(row, assumptions)) for row, each in found.items()}
    wrong = {row: pair for row, pair in wrong.items() if pair[0] != pair[1]}
    assert not wrong, f"{len(wrong)} rows, the first: {next(iter(wrong.items()))}"


# --- one beside the other ------------------------------------------------------------------------------


def test_the_short_lived_certificate_is_what_it_says() -> None:
    assert SHORT_LIVED.signing.certificate.is_valid_at(NOW)
    assert not SHORT_LIVED.signing.certificate.is_valid_at(DUE)
    assert NEWCOMER.signing.certificate.is_valid_at(DUE)


def test_every_row_of_the_table() -> None:
    assert_as_expected(default_results(), DEFAULT_ASSUMPTIONS)


CHANGES: Final[Mapping[str, Callable[[Row], bool]]] = {
    "counter_moves_on_acceptance": lambda row: row.when is When.DUE,
    "floors_need_a_success": lambda row: row.when is not When.NEVER,
    "path_times": lambda row: row.when is When.DUE and row.sent is Sent.SHORT_LIVED and row.checks_times,
}
"""Which rows an assumption may change; of the other assumptions no row may know."""


@pytest.mark.parametrize("field", DeviceAssumptions._fields)
def test_every_row_with_one_assumption_turned_round(field: str) -> None:
    assumptions = turned_round(field)
    found = results(assumptions)
    assert_as_expected(found, assumptions)
    changed = [row for row in ROWS if found[row] != default_results()[row]]
    assert bool(changed) is (field in CHANGES)
    assert all(CHANGES[field](row) for row in changed)
