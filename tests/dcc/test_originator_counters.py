"""Recorded originator counters (MP128A): what makes, mends and ends a record, and what is done with it."""

from __future__ import annotations

import json
import pickle
from typing import Any, Final

import pytest
from dcc_worlds import DAY, GPF, SUPPLIER, TRANSPORTER, World, device_id, with_change
from gas_operator_worlds import NEXT_TRANSPORTER, GasHome
from hypothesis import given
from hypothesis import strategies as st

from dcc.access_control_broker import AcbCounters, NumbersExhausted
from dcc.errors import DccValueError
from dcc.modifications import Modification
from dcc.originator_counters import LostRecords, OriginatorCounters, RecordedNumber
from devices import cells
from devices.device import Device
from devices.faults import PowerLoss
from devices.gbcs.identifiers import OriginatorCounter, RemotePartyRole
from scenarios.test_bed import ACB_ID

ON: Final = (Modification.MP128A,)
NEW_GPF: Final = device_id(0xD3)
NEW_HUB: Final = device_id(0xD2)
LAST: Final = 2**64 - 1
HIGHEST_FLOOR: Final = 2**63 - 1


def floor_of(home: GasHome) -> int | None:
    return home.dcc.originator_counters.floor_of(GPF)


def test_a_record_names_number_time_and_request() -> None:
    home = GasHome(ON)
    request = home.swap_request()
    assert home.follow(request) == "I0"
    record = home.recorded()
    assert record is not None
    assert record == (request.request_id.counter, home.now, request.request_id)
    assert list(home.dcc.originator_counters) == [GPF]


def test_the_next_number_is_one_above_and_all_later_ones_go_on_from_there() -> None:
    home = GasHome(ON)
    home.swap(counter=5000)
    assert (home.report(), home.last_number) == ("I0", 2)
    assert (home.give_to(NEXT_TRANSPORTER), home.last_number) == ("I0", 5001)
    assert home.number_on_device() == 5001
    assert home.recorded() is None
    assert (home.report(), home.last_number) == ("I0", 5002)


def test_of_another_gpf_nothing_is_recorded() -> None:
    home = GasHome(ON)
    home.swap()
    assert home.dcc.originator_counters.floor_of(NEW_GPF) is None


def test_without_the_modification_a_record_is_not_used() -> None:
    """It may be switched off while there are records, and on again."""
    home = GasHome(ON)
    home.swap(counter=5000)
    home.switch_on()
    assert (home.give_to(NEXT_TRANSPORTER), home.last_number) == ("E21", 2)
    home.switch_on(*ON)
    assert (home.give_to(NEXT_TRANSPORTER), home.last_number) == ("I0", 5001)


def test_a_command_that_is_lost_leaves_the_record_for_the_next_one() -> None:
    home = GasHome(ON)
    home.swap(counter=5000)
    assert (home.give_to(NEXT_TRANSPORTER, delivered=False), home.last_number) == ("E20", 5001)
    assert floor_of(home) == 5000
    assert (home.give_to(NEXT_TRANSPORTER), home.last_number) == ("I0", 5002)


def test_a_supplier_that_takes_its_cells_over_does_not_end_the_record() -> None:
    """6.21 for the supplier's own cells is numbered above it too: the modification speaks of 6.21."""
    home = GasHome(ON)
    home.swap(counter=5000)
    assert (home.follow(home.handover(SUPPLIER, target=GPF)), home.last_number) == ("I0", 5001)
    assert floor_of(home) == 5000
    assert (home.give_to(NEXT_TRANSPORTER), home.last_number) == ("I0", 5002)


# Floors


@pytest.mark.parametrize(
    ("floor", "recorded"), [(0, 5000), (4999, 5000), (5000, 5000), (5001, 5001), (9000, 9000)]
)
def test_the_higher_of_number_and_floor_is_recorded(floor: int, recorded: int) -> None:
    home = GasHome(ON)
    assert home.swap(counter=5000, floor=floor) == "I0"
    assert (home.number_on_device(), floor_of(home)) == (floor, recorded)
    assert (home.give_to(NEXT_TRANSPORTER), home.last_number) == ("I0", recorded + 1)


def test_by_the_letter_floors_do_not_count_and_a_high_one_locks_the_broker_out() -> None:
    home = GasHome(ON)
    home.dcc.recorded_number = RecordedNumber.NUMBER
    home.swap(counter=5000, floor=9000)
    assert floor_of(home) == 5000
    assert (home.give_to(NEXT_TRANSPORTER), home.last_number) == ("E21", 5001)
    assert home.report() == "I0"
    assert floor_of(home) == 9000
    assert (home.give_to(NEXT_TRANSPORTER), home.last_number) == ("I0", 9001)


# Answers that were lost, and how 6.24.1 makes good for them


def swapped_without_answer() -> GasHome:
    """The certificates are in place, and the power failed before the device could say so."""
    home = GasHome(ON)
    home.lose_power(PowerLoss.AFTER_COMMIT)
    assert home.swap(counter=5000) == "E21"
    assert (home.holder(), home.recorded()) == ("the broker", None)
    return home


def test_a_swap_without_answer_is_refused_until_the_device_is_read() -> None:
    home = swapped_without_answer()
    assert home.give_to(NEXT_TRANSPORTER) == "E21"
    assert home.report() == "I0"
    record = home.recorded()
    assert record is not None
    assert home.last_answer is not None
    assert record == (5000, home.now, home.last_answer.request_id)
    assert (home.give_to(NEXT_TRANSPORTER), home.last_number) == ("I0", 5001)


def test_without_healing_it_stays_refused() -> None:
    home = swapped_without_answer()
    home.dcc.lost_records = LostRecords.LOST
    assert home.report() == "I0"
    assert home.recorded() is None
    assert home.give_to(NEXT_TRANSPORTER) == "E21"


def test_a_read_that_never_came_back_heals_nothing() -> None:
    home = swapped_without_answer()
    assert home.report(delivered=False) == "E20"
    assert home.recorded() is None


def test_where_an_operator_is_in_the_cell_a_read_records_nothing() -> None:
    home = GasHome(ON)
    assert home.report() == "I0"
    assert home.recorded() is None


def test_a_read_does_not_lower_a_record() -> None:
    home = GasHome(ON)
    home.swap(counter=5000, floor=0)
    assert (home.number_on_device(), home.report()) == (0, "I0")
    assert floor_of(home) == 5000


# Another gas proxy function


def test_a_record_goes_with_its_gpf() -> None:
    """8.12.2, which the broker itself sends as its first command to the new one."""
    home = GasHome(ON)
    home.swap(counter=5000)
    assert home.exchange_gpf(NEW_GPF, NEW_HUB) == "I0"
    assert len(home.dcc.originator_counters) == 0
    assert (home.give_to(NEXT_TRANSPORTER, NEW_GPF), home.last_number) == ("I0", 2)
    assert home.holder(target=NEW_GPF) == "another operator"


# A restart


def restarted(before: GasHome, *, with_records: bool) -> GasHome:
    """The DCC after a restart, with what was saved as JSON; the device is the same."""
    saved = json.loads(json.dumps([before.dcc.originator_counters.state(), before.bed.dsp.broker.state()]))
    after = GasHome(ON, handed_over=False)
    after.now = before.now
    device: Device = before.device(GPF)
    after._devices[GPF] = device
    if with_records:
        after.dcc.originator_counters.restore(saved[0])
    after.bed.dsp.broker.restore(saved[1])
    return after


def test_records_and_the_brokers_numbers_survive_a_restart() -> None:
    before = GasHome(ON)
    before.swap(counter=5000)
    after = restarted(before, with_records=True)
    assert after.recorded() == before.recorded()
    assert (after.report(), after.last_number) == ("I0", 2)
    assert (after.give_to(NEXT_TRANSPORTER), after.last_number) == ("I0", 5001)


def test_without_its_records_the_dcc_is_refused_after_a_restart() -> None:
    before = GasHome(ON)
    before.swap(counter=5000)
    after = restarted(before, with_records=False)
    assert (after.give_to(NEXT_TRANSPORTER), after.last_number) == ("E21", 2)


@given(
    st.dictionaries(
        st.binary(min_size=8, max_size=8), st.tuples(st.integers(0, LAST), st.integers(1, LAST)), max_size=5
    )
)
def test_what_was_saved_comes_back(records: dict[bytes, tuple[int, int]]) -> None:
    world = _WORLD
    keeper = OriginatorCounters()
    for octets, (number, counter) in records.items():
        gpf = type(GPF)(octets)
        source = world.read().request_id._replace(target=gpf, counter=OriginatorCounter(counter))
        keeper.record(gpf, OriginatorCounter(number), world.now, source)
    other = OriginatorCounters()
    other.restore(json.loads(json.dumps(keeper.state())))
    assert other.state() == keeper.state()
    assert [other.get(gpf) for gpf in other] == [keeper.get(gpf) for gpf in keeper]


_WORLD: Final = World()
GOOD: Final[dict[str, str | int]] = {
    "no_cell_floor": 5000,
    "recorded_at": "2026-01-05T01:00:00+00:00",
    "source_request_id": f"{TRANSPORTER}:{GPF}:5000",
}


@pytest.mark.parametrize(
    ("device", "change", "named"),
    [
        ("GPF", {}, "a Device ID"),
        (str(GPF), {"no_cell_floor": -1}, "no_cell_floor"),
        (str(GPF), {"no_cell_floor": LAST + 1}, "no_cell_floor"),
        (str(GPF), {"no_cell_floor": "5000"}, "no_cell_floor"),
        (str(GPF), {"no_cell_floor": True}, "no_cell_floor"),
        (str(GPF), {"recorded_at": "yesterday"}, "recorded_at"),
        (str(GPF), {"recorded_at": "2026-01-05T01:00:00"}, "recorded_at"),
        (str(GPF), {"source_request_id": "5000"}, "source_request_id"),
    ],
)
def test_what_was_not_saved_by_us_is_refused_and_changes_nothing(
    device: str, change: dict[str, str | int], named: str
) -> None:
    keeper = OriginatorCounters()
    keeper.restore({str(GPF): GOOD})
    before = keeper.state()
    with pytest.raises(DccValueError, match=named):
        keeper.restore({str(NEW_GPF): GOOD, device: GOOD | change})
    assert keeper.state() == before


@pytest.mark.parametrize("missing", GOOD)
def test_a_saved_record_has_all_its_values(missing: str) -> None:
    saved = {name: value for name, value in GOOD.items() if name != missing}
    with pytest.raises(DccValueError, match=f"a value for {missing}"):
        OriginatorCounters().restore({str(GPF): saved})


@pytest.mark.parametrize("saved", [None, 3, "records", [], [str(GPF)], {3: GOOD}])
def test_what_is_no_saved_state_at_all_is_refused(saved: Any) -> None:
    for restore in (OriginatorCounters().restore, World().bed.dsp.broker.restore):
        with pytest.raises(DccValueError, match="values by name"):
            restore(saved)
    if not isinstance(saved, dict):
        with pytest.raises(DccValueError, match="values by name"):
            OriginatorCounters().restore({str(GPF): saved})


@pytest.mark.parametrize("switch", AcbCounters)
def test_the_brokers_numbers_go_on_where_they_were(switch: AcbCounters) -> None:
    before, after = World(acb_counters=switch), World(acb_counters=switch)
    numbers = [before.bed.dsp.broker.next_counter(GPF, before.now) for _ in range(3)]
    after.bed.dsp.broker.restore(json.loads(json.dumps(before.bed.dsp.broker.state())))
    assert after.bed.dsp.broker.next_counter(GPF, after.now) == numbers[-1] + 1


@pytest.mark.parametrize(
    ("saved", "told"),
    [
        ({"own": {"GPF": 1}, "lifted": {}}, "last counters/own: 'GPF', expected a Device ID"),
        ({"own": {str(GPF): -1}, "lifted": {}}, f"last counters/own/{GPF}: '-1', expected a number"),
        ({"own": {}, "lifted": {str(GPF): LAST + 1}}, f"last counters/lifted/{GPF}: '{LAST + 1}', expected"),
        ({"own": {}, "lifted": 3}, "last counters/lifted: '3', expected values by name"),
        ({"own": {}}, "last counters: 'own', expected values for own and lifted"),
        ({str(GPF): 1}, f"last counters: '{GPF}', expected values for own and lifted"),
    ],
)
def test_numbers_that_are_none_are_refused(saved: Any, told: str) -> None:
    broker = World().bed.dsp.broker
    number = broker.next_counter(GPF, _WORLD.now)
    lifted = broker.next_counter(GPF, _WORLD.now, OriginatorCounter(2**63))
    with pytest.raises(DccValueError) as caught:
        broker.restore(saved)
    assert str(caught.value).startswith(told)
    assert broker.state() == {"own": {str(GPF): number}, "lifted": {str(GPF): lifted}}


@pytest.mark.parametrize(("above", "number"), [(0, 1), (1, 2), (5000, 5001), (LAST - 1, LAST)])
def test_the_brokers_number_exceeds_the_one_given(above: int, number: int) -> None:
    broker = World().bed.dsp.broker
    assert broker.next_counter(GPF, _WORLD.now, OriginatorCounter(above)) == number
    assert broker.eui == ACB_ID


def test_the_brokers_own_number_counts_where_it_is_higher() -> None:
    broker = World().bed.dsp.broker
    broker.restore({"own": {str(GPF): 7}, "lifted": {}})
    assert broker.next_counter(GPF, _WORLD.now, OriginatorCounter(6)) == 8
    assert broker.next_counter(GPF, _WORLD.now, OriginatorCounter(8)) == 9


# Where the numbers end


def test_above_the_last_number_there_is_none_and_none_is_used_up() -> None:
    broker = World().bed.dsp.broker
    with pytest.raises(NumbersExhausted, match=f"counter to {GPF}: {LAST + 1}, expected 0 to 2\\^64-1"):
        broker.next_counter(GPF, _WORLD.now, OriginatorCounter(LAST))
    assert broker.coming_counter(GPF, _WORLD.now, OriginatorCounter(LAST)) is None
    assert broker.next_counter(GPF, _WORLD.now) == 1
    broker.restore({"own": {str(GPF): LAST}, "lifted": {}})
    with pytest.raises(NumbersExhausted):
        broker.next_counter(GPF, _WORLD.now)


def test_a_missing_number_is_told_across_processes() -> None:
    error = NumbersExhausted(GPF, LAST + 1)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (NumbersExhausted, str(error))


@pytest.mark.parametrize(("above", "carried"), [(HIGHEST_FLOOR - 1, True), (HIGHEST_FLOOR, False)])
@pytest.mark.parametrize("switch", AcbCounters)
def test_a_number_above_the_highest_floor_is_for_one_command_alone(
    switch: AcbCounters, above: int, carried: bool
) -> None:
    broker, now = World(acb_counters=switch).bed.dsp.broker, _WORLD.now
    own = broker.next_counter(GPF, now)
    numbers = [broker.next_counter(GPF, now, OriginatorCounter(above)) for _ in range(2)]
    assert numbers == [above + 1, above + 2]
    assert broker.next_counter(GPF, now) == (above + 3 if carried else own + 1)


def test_a_number_above_the_highest_floor_is_not_used_again_after_a_restart() -> None:
    """The first handover came to nothing, and a restart later the record still says the same."""
    before = GasHome(ON)
    before.swap(counter=HIGHEST_FLOOR + 5)
    assert before.give_to(NEXT_TRANSPORTER, delivered=False) == "E20"
    assert before.last_number == HIGHEST_FLOOR + 6
    after = restarted(before, with_records=True)
    assert (after.give_to(NEXT_TRANSPORTER), after.last_number) == ("I0", HIGHEST_FLOOR + 7)
    assert (after.report(), after.last_number) == ("I0", 2)


def test_a_swap_under_the_last_number_leaves_none_for_the_handover() -> None:
    home = GasHome(ON)
    assert home.swap(counter=LAST) == "I0"
    assert floor_of(home) == home.number_on_device() == LAST
    home.last_number = 0
    request = home.handover(NEXT_TRANSPORTER, target=GPF)
    submission = home.submit(request)
    assert (submission.response.code.value, submission.command) == ("SIM-COUNTER", None)
    assert home.dcc.ledger.outcome(request.request_id) is False
    assert home.holder() == "the broker"
    # The broker's own count has not moved: other commands go out, and to other cells.
    assert (home.report(), home.last_number) == ("I0", 2)
    assert home.follow(home.handover(SUPPLIER, target=GPF)) == "I0"
    assert home.last_number == 3
    # Neither does the device have it without the modification.
    home.switch_on()
    assert home.give_to(NEXT_TRANSPORTER) == "E21"


def test_the_last_number_but_one_leaves_one_handover() -> None:
    home = GasHome(ON)
    assert home.swap(counter=LAST - 1) == "I0"
    home.without_memory(cells.NETWORK_OPERATOR_SIGNING)
    assert (home.give_to(NEXT_TRANSPORTER), home.last_number) == ("I0", LAST)
    assert home.holder() == "the broker"
    assert home.give_to(NEXT_TRANSPORTER) == "SIM-COUNTER"
    assert (home.report(), home.last_number) == ("I0", 2)
    home = GasHome(ON)
    assert home.swap(counter=LAST - 1) == "I0"
    assert (home.give_to(NEXT_TRANSPORTER), home.last_number) == ("I0", LAST)
    assert home.holder() == "another operator"


def test_where_a_floor_has_brought_the_device_down_a_report_tells_the_dcc() -> None:
    """The record has the number of the message all the same: by MP128A that is what is recorded."""
    home = GasHome(ON)
    assert home.swap(counter=LAST, floor=7) == "I0"
    assert (floor_of(home), home.number_on_device()) == (LAST, 7)
    assert home.give_to(NEXT_TRANSPORTER) == "SIM-COUNTER"
    assert home.report() == "I0"
    assert floor_of(home) == 7
    assert (home.give_to(NEXT_TRANSPORTER), home.last_number) == ("I0", 8)
    assert home.holder() == "another operator"


def test_a_report_does_not_lower_a_record_that_leaves_a_number() -> None:
    home = GasHome(ON)
    assert home.swap(counter=LAST - 1, floor=7) == "I0"
    assert home.report() == "I0"
    assert floor_of(home) == LAST - 1


def test_what_was_taken_on_for_later_and_has_no_number_left_fails() -> None:
    world = World()
    later = world.now + DAY
    request = with_change(world.handover(SUPPLIER, target=GPF), execution_date_time=later)
    assert world.submit(request).response.code.value == "I99"
    world.bed.dsp.broker.restore({"own": {str(GPF): LAST}, "lifted": {}})
    due = world.bed.dsp.advance(later)
    assert due.commands == ()
    assert world.dcc.ledger.outcome(request.request_id) is False
    assert [(answer.request_id, answer.code.value) for answer in due.answers] == [
        (request.request_id, "SIM-COUNTER")
    ]


def test_the_device_counts_by_role() -> None:
    """What the record is for: the cell's role has one number, whoever it came from."""
    home = GasHome(ON)
    home.swap(counter=5000)
    counters = home.device(GPF).counters
    assert counters.current(RemotePartyRole.NETWORK_OPERATOR) == 5000
    assert counters.reached_by(RemotePartyRole.NETWORK_OPERATOR, ACB_ID) == 1
