"""The install wave as a whole: figures against the devices' own state, and against each other."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from dcc.releases import Modification
from dcc.response_codes import ResponseCode
from dcc.srv import Srv
from scenarios.engine.trace import Trace
from scenarios.engine.wire import WireForm
from scenarios.install_wave import WaveInputs, WaveRun, draw_homes, run_wave
from scenarios.test_bed import ACB_ID
from scenarios.wave_figures import WaveFigures, refusal_counts, wave_figures

SECMP0063 = Modification.SECMP0063
SMALL = WaveInputs(homes=60, suppliers=3, wrong_certificate_rate=0.4, unknown_mpan_rate=0.3, weeks=2, seed=7)


@cache
def wave(inputs: WaveInputs, *modifications: Modification) -> WaveRun:
    return run_wave(inputs, draw_homes(inputs), modifications)


def figures(inputs: WaveInputs, *modifications: Modification) -> WaveFigures:
    return wave_figures(wave(inputs, *modifications))


BOTH = pytest.mark.parametrize("modifications", [(), (SECMP0063,)], ids=["without", "with"])


@BOTH
@pytest.mark.parametrize("inputs", [SMALL, SMALL._replace(seed=8, gas_transporter_share=1.0)])
def test_the_last_word_of_the_records_is_what_the_devices_hold(
    inputs: WaveInputs, modifications: tuple[Modification, ...]
) -> None:
    run = wave(inputs, *modifications)
    operators = {home.number: home.operator.user_id for home in run.homes}
    believed = dict.fromkeys(operators, ACB_ID)
    believed |= {item.home: item.owner for item in run.records.placements}
    for item in run.records.corrections:
        if item.corrected:
            assert believed[item.home] == item.owner
            believed[item.home] = run.homes[
                [home.number for home in run.homes].index(item.home)
            ].operator.user_id
    for home in run.homes:
        assert run.cells[home.device] == (believed[home.number], believed[home.number])


@BOTH
@pytest.mark.parametrize("seed", [1, 2])
def test_wrong_certificates_are_conserved(seed: int, modifications: tuple[Modification, ...]) -> None:
    inputs = SMALL._replace(seed=seed, gas_transporter_share=0.3, follow_up_days=7)
    found = figures(inputs, *modifications)
    in_all = found.corrected + found.needs_exchange + found.found_not_corrected + found.not_found
    assert in_all == found.wrong
    assert found.found == found.wrong - found.not_found
    assert found.another_party_in_cells_at_end == found.wrong - found.corrected
    assert found.placed + found.nobody_placed_at_end == found.installed == inputs.homes


def test_a_short_follow_up_leaves_work_undone() -> None:
    inputs = SMALL._replace(follow_up_days=1)
    cut, whole = wave(inputs), wave(SMALL)
    assert whole.acts_left == 0
    assert cut.acts_left > 0
    # Observed at least until the last deadline is over.
    assert cut.inputs.observed_until == max(item.deadline for item in cut.records.installations)
    assert figures(inputs).not_found + figures(inputs).found_not_corrected > 0
    assert figures(inputs).wrong == figures(SMALL).wrong


def test_at_rate_0_nothing_goes_wrong() -> None:
    for modifications in ((), (SECMP0063,)):
        found = figures(SMALL._replace(wrong_certificate_rate=0.0), *modifications)
        assert (found.wrong, found.found, found.deadline_breaches) == (0, 0, 0)
        assert (found.supplier_requests_refused, found.reads_unanswered, found.device_alerts) == (0, 0, 0)
        assert found.reads_answered == found.placed == 60


def test_at_rate_1_everything_goes_wrong_and_secmp0063_lets_nothing_through() -> None:
    inputs = SMALL._replace(wrong_certificate_rate=1.0, homes=24, follow_up_days=10)
    without, with_it = figures(inputs), figures(inputs, SECMP0063)
    assert without.wrong == without.placed == 24
    assert without.supplier_requests_refused == 0
    assert with_it.wrong == with_it.placed == with_it.mpan_unknown > 0
    assert with_it.wrong_mpan_known == with_it.placed_mpan_known == 0
    assert with_it.nobody_placed_at_end == 24 - with_it.mpan_unknown
    assert with_it.supplier_requests_refused > 24 - with_it.mpan_unknown
    run = wave(inputs, SECMP0063)
    # Nobody's meter to find: the access control broker is still in the cells.
    assert {item.holder for item in run.records.findings}.isdisjoint({ACB_ID})


def test_a_gas_transporters_certificate_cannot_be_corrected() -> None:
    inputs = SMALL._replace(gas_transporter_share=1.0)
    run, found = wave(inputs), figures(inputs)
    assert found.wrong == found.wrong_gas_transporter == found.needs_exchange > 0
    assert found.corrected == 0
    assert {item.code for item in run.records.corrections} == {ResponseCode.E061501}
    # Once is enough: nobody asks a gas transporter twice.
    assert len(run.records.corrections) == found.needs_exchange
    assert {(row.srv, row.code) for row in refusal_counts(run)} == {
        (Srv.UPDATE_CREDENTIALS, ResponseCode.E061501)
    }
    assert found.deadline_breaches == found.wrong


def test_a_distributors_certificate_is_corrected_and_the_meter_read_again() -> None:
    inputs = SMALL._replace(gas_transporter_share=0.0)
    found = figures(inputs)
    assert found.wrong == found.corrected == found.read_after_correction > 0
    assert found.another_party_in_cells_at_end == found.needs_exchange == 0
    assert found.reads_answered == 60
    assert found.reads_unanswered == found.device_alerts == found.wrong


def test_with_secmp0063_only_homes_with_unknown_mpans_go_wrong() -> None:
    without, with_it = figures(SMALL), figures(SMALL, SECMP0063)
    assert without.wrong_mpan_known > 0
    assert with_it.wrong_mpan_known == 0
    assert with_it.wrong_mpan_unknown == without.wrong_mpan_unknown > 0
    assert with_it.placed == 60
    codes = {(row.srv, row.code) for row in refusal_counts(wave(SMALL, SECMP0063))}
    assert (Srv.HANDOVER, ResponseCode.SIM_E062190) in codes
    assert with_it.meter_days_without_access < without.meter_days_without_access
    assert with_it.deadline_breaches < without.deadline_breaches


def test_reads_in_vain_have_one_of_two_causes() -> None:
    placed = figures(SMALL._replace(gas_transporter_share=0.0))
    assert placed.reads_unanswered_another_party == placed.reads_unanswered == placed.wrong > 0
    assert placed.reads_unanswered_nobody_placed == 0
    # Refused every time, a supplier never places anybody's where the MPAN is known.
    refused = SMALL._replace(wrong_certificate_rate=1.0, unknown_mpan_rate=0.0, homes=12, follow_up_days=10)
    nobody = figures(refused, SECMP0063)
    assert nobody.reads_unanswered_nobody_placed == nobody.reads_unanswered > 0
    assert nobody.reads_unanswered_another_party == 0
    mixed = figures(SMALL._replace(wrong_certificate_rate=1.0, homes=24, follow_up_days=10), SECMP0063)
    assert min(mixed.reads_unanswered_another_party, mixed.reads_unanswered_nobody_placed) > 0
    both = mixed.reads_unanswered_another_party + mixed.reads_unanswered_nobody_placed
    assert both == mixed.reads_unanswered


def test_both_runs_meet_the_same_chances() -> None:
    without, with_it = wave(SMALL), wave(SMALL, SECMP0063)
    assert without.records.installations == with_it.records.installations
    first_choice = {item.home: item.owner for item in without.records.placements}
    second = {item.home: item for item in with_it.records.placements}
    for home in without.homes:
        placed = second[home.number]
        if placed.attempt == 1:
            assert placed.owner == first_choice[home.number]
        else:
            assert home.mpan_known
            assert first_choice[home.number] != home.operator.user_id == placed.owner
    # A home where nothing went wrong has the same story in both runs, to the millisecond.
    quiet = {number for number, item in second.items() if item.attempt == 1}
    reads = [{item for item in run.records.reads if item.home in quiet} for run in (without, with_it)]
    assert reads[0] == reads[1]


def test_time_without_access_is_counted_from_installation_to_the_right_certificate() -> None:
    run, found = wave(SMALL), figures(SMALL)
    operators = {home.device: home.operator.user_id for home in run.homes}
    installed = {home.device: home.installed_at for home in run.homes}
    days = timedelta()
    for device, operator in operators.items():
        right = [item.at for item in run.records.cell_changes
                 if item.device == device and item.signing == operator]  # fmt: skip
        days += (right[0] if right else SMALL.observed_until) - installed[device]
    assert found.meter_days_without_access == pytest.approx(days / timedelta(days=1), abs=0.001)


def test_a_breach_is_a_home_without_its_operators_certificate_when_seven_working_days_are_over() -> None:
    run, found = wave(SMALL), figures(SMALL)
    deadlines = {item.home: item.deadline for item in run.records.installations}
    in_time = set()
    for home in run.homes:
        for item in run.records.cell_changes:
            right = item.device == home.device and item.signing == home.operator.user_id
            if right and item.at <= deadlines[home.number]:
                in_time.add(home.number)
    assert 0 < found.deadline_breaches == 60 - len(in_time) < found.wrong


def test_what_the_provider_really_computed_is_what_is_reported() -> None:
    run, found = wave(SMALL), figures(SMALL)
    assert found.macs_computed == run.tally.macs_computed
    # Each command: a MAC made and a MAC checked. Each response: a signature, or a MAC made and checked.
    assert found.macs_computed >= 2 * found.wan_commands
    assert found.signatures_made + found.macs_computed >= 3 * found.wan_commands
    assert found.wan_commands == found.wan_responses + found.device_alerts


def test_a_run_repeats_itself_to_the_byte_traced_or_not() -> None:
    traces = []
    for _ in range(2):
        out = io.StringIO()
        inputs = SMALL._replace(homes=15)
        run = run_wave(inputs, draw_homes(inputs), trace=Trace(out))
        assert wave_figures(run) == figures(inputs)
        assert run.records == wave(inputs).records
        traces.append(out.getvalue())
    assert traces[0] == traces[1]
    assert len(traces[0].splitlines()) > 100


def test_another_seed_is_another_run() -> None:
    assert wave(SMALL).records != wave(SMALL._replace(seed=8)).records


def test_progress_rises_to_its_end() -> None:
    told: list[float] = []
    inputs = SMALL._replace(homes=5)
    run_wave(inputs, draw_homes(inputs), on_progress=told.append)
    assert told == sorted(told)
    assert 0 <= told[0] < told[-1] <= 1


@BOTH
def test_documents_lead_to_the_same_outcome_as_values(modifications: tuple[Modification, ...]) -> None:
    as_documents = SMALL._replace(wire=WireForm.DUIS)
    in_values, in_documents = figures(SMALL, *modifications), figures(as_documents, *modifications)
    # Only the signatures over the documents come on top: every answer and alert is signed and verified.
    assert in_documents.signatures_made > in_values.signatures_made
    assert in_documents.signatures_verified > in_values.signatures_verified
    signatures = {
        "signatures_made": in_values.signatures_made,
        "signatures_verified": in_values.signatures_verified,
    }
    assert replace(in_documents, **signatures) == in_values
    assert wave(as_documents, *modifications).cells == wave(SMALL, *modifications).cells
    assert refusal_counts(wave(as_documents, *modifications)) == refusal_counts(wave(SMALL, *modifications))


def test_a_longer_deadline_is_missed_less_often_and_decides_nothing_else() -> None:
    """Sources name seven days and seven working days: it is a setting."""
    inputs = SMALL._replace(wrong_certificate_rate=0.5, deadline_working_days=1)
    short, usual, long = (figures(inputs._replace(deadline_working_days=days)) for days in (1, 7, 30))
    assert short.deadline_breaches > usual.deadline_breaches > long.deadline_breaches
    assert replace(short, deadline_breaches=0) == replace(usual, deadline_breaches=0)
