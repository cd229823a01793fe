"""What goes wrong inside a device: no room for a certificate, power that fails at the worst moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, NamedTuple

import pytest
from device_worlds import (
    ACB_BY_ACB_ON_HUB,
    BY_ACB,
    BY_COS,
    BY_OPERATOR,
    BY_RECOVERY,
    BY_SUPPLIER,
    BY_WAN_PROVIDER,
    METER_CASES,
    NOW,
    OPERATOR,
    OTHER_SUPPLIER,
    SUPPLIER,
    SUPPLIER_CELLS,
    ModeCase,
    World,
    counter_values,
    flip,
    mode_name,
    outcome_of,
)

from devices import cells
from devices.assumptions import DeviceAssumptions
from devices.comms_hub import Chf
from devices.device import Device, Effects
from devices.esme import Esme
from devices.faults import NO_FAULTS, DeviceFaults, PowerLoss
from devices.gbcs.credentials import CANCELLATION_TIME, CounterChange, CredentialStatus, TrustAnchorCellId
from devices.gbcs.identifiers import OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, parse
from devices.gpf import Gpf
from devices.security_log import Refusal
from devices.snapshot import restore, snapshot
from devices.state import DeviceState

ROLE = RemotePartyRole
STATUS = CredentialStatus
DUE: Final = NOW + timedelta(days=1)
losses = pytest.mark.parametrize("loss", PowerLoss)


def number(value: int) -> OriginatorCounter:
    return OriginatorCounter(value)


# --- no room -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("full", SUPPLIER_CELLS, ids=str)
def test_no_room_in_one_cell_of_three_leaves_that_cell_alone(full: TrustAnchorCellId) -> None:
    world = World()
    world.device.faults = DeviceFaults(frozenset({full}))
    outcome = outcome_of(world.send(world.update_octets(BY_SUPPLIER, floor=number(5))))
    for reported in outcome.replacements:
        is_full = reported.cell == full
        held = (SUPPLIER if is_full else OTHER_SUPPLIER).certificate(reported.cell)
        assert reported.status.value == (17 if is_full else 0)
        assert world.device.store[reported.cell] == held
        assert (reported.replacing_subject, reported.replacing_key_identifier) == (
            held.subject,
            held.subject_key_identifier,
        )
    assert outcome.counter_changes == (CounterChange(ROLE.SUPPLIER, number(5)),)
    assert counter_values(world) == {ROLE.SUPPLIER: 5}


def test_no_room_at_all_changes_no_cell_and_sets_no_floor() -> None:
    world = World()
    world.device.faults = DeviceFaults(frozenset(SUPPLIER_CELLS))
    before = world.device.store
    outcome = outcome_of(world.send(world.update_octets(BY_SUPPLIER, floor=number(5))))
    assert {each.status for each in outcome.replacements} == {STATUS.INSUFFICIENT_MEMORY}
    assert outcome.counter_changes == ()
    assert (dict(world.device.store), counter_values(world)) == (dict(before), {ROLE.SUPPLIER: 1000})


def test_a_certificate_that_is_no_good_is_said_to_be_so_whether_there_is_room_or_not() -> None:
    der = flip(OTHER_SUPPLIER.signing.certificate.der, -1)
    world = World()
    world.device.faults = DeviceFaults(frozenset(SUPPLIER_CELLS))
    first, *rest = world.update(BY_SUPPLIER).replacements
    fields: dict[str, Any] = {"replacements": (first._replace(certificate=der), *rest)}
    outcome = outcome_of(world.send(world.update_octets(BY_SUPPLIER, **fields)))
    expected = [STATUS.BAD_CERTIFICATE, STATUS.INSUFFICIENT_MEMORY, STATUS.INSUFFICIENT_MEMORY]
    assert [each.status for each in outcome.replacements] == expected


def test_once_there_is_room_the_same_parties_succeed() -> None:
    world = World()
    world.device.faults = DeviceFaults(frozenset({cells.SUPPLIER_AGREEMENT}))
    world.send(world.update_octets(BY_SUPPLIER))
    world.device.faults = NO_FAULTS
    incoming = BY_SUPPLIER._replace(by=OTHER_SUPPLIER)
    outcome = outcome_of(world.send(world.update_octets(incoming, 1001)))
    assert {each.status for each in outcome.replacements} == {STATUS.SUCCESS}
    assert [each.existing_subject for each in outcome.replacements] == [
        OTHER_SUPPLIER.eui,
        SUPPLIER.eui,
        OTHER_SUPPLIER.eui,
    ]


# --- power ---------------------------------------------------------------------------------------------


class Moment(NamedTuple):
    """A message that changes something, what came before it, and by which number it may be repeated."""

    kind: type[Device]
    message: Callable[[World], bytes]
    before: Callable[[World], object] = lambda _: None
    assumptions: DeviceAssumptions = DeviceAssumptions()


def update(case: ModeCase, **fields: Any) -> Callable[[World], bytes]:
    return lambda world: world.update_octets(case, 1000, **fields)


def hold(case: ModeCase, counter: int = 500) -> Callable[[World], object]:
    return lambda world: world.send(world.update_octets(case, counter, execution_date_time=DUE))


def retrieve(world: World) -> bytes:
    return world.retrieve_octets(ROLE.SUPPLIER, counter=1000)


MOMENTS: Final = (
    {
        f"{kind.__name__} {mode_name(case)}": Moment(kind, update(case, floor=number(7)))
        for kind, found in (
            (Esme, METER_CASES),
            (Gpf, (BY_OPERATOR,)),
            (Chf, (BY_WAN_PROVIDER, ACB_BY_ACB_ON_HUB)),
        )
        for case in found
    }
    | {
        f"dated {mode_name(case)}": Moment(Esme, update(case, execution_date_time=DUE))
        for case in (BY_OPERATOR, BY_ACB, BY_RECOVERY)
    }
    | {
        "one in place of another": Moment(
            Esme, update(BY_OPERATOR, execution_date_time=DUE), hold(BY_OPERATOR)
        ),
        "cancellation": Moment(
            Esme, update(BY_OPERATOR, execution_date_time=CANCELLATION_TIME), hold(BY_OPERATOR)
        ),
        "floors of another role": Moment(
            Esme, update(BY_COS, other_changes=(CounterChange(ROLE.SUPPLIER, number(3)),))
        ),
        "a read that counts": Moment(
            Esme, retrieve, assumptions=DeviceAssumptions(credential_reads_are_protected=True)
        ),
    }
)
moments = pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)


def whole(state: DeviceState) -> tuple[object, ...]:
    """The state but for what is written down; keys by their values."""
    keys = [(key.public_point, key.scalar) for key in state.keys]
    return keys, *state._replace(log=())[1:]


def undisturbed(moment: Moment) -> tuple[DeviceState, Effects, DeviceState]:
    """What the message does where the power stays on: state before, effects, state after."""
    world = World(moment.kind, moment.assumptions)
    moment.before(world)
    before = world.device.state
    effects = world.send(moment.message(world))
    return before, effects, world.device.state


@moments
@losses
def test_either_the_old_state_stands_or_the_new_one(moment: Moment, loss: PowerLoss) -> None:
    before, _, after = undisturbed(moment)
    assert whole(before) != whole(after)
    world = World(moment.kind, moment.assumptions)
    moment.before(world)
    world.device.faults = DeviceFaults(power_loss=loss)
    effects = world.send(moment.message(world))
    assert (effects.sent, effects.entry.detail) == ((), "power lost")
    stands = before if loss is PowerLoss.BEFORE_COMMIT else after
    assert whole(world.device.state) == whole(stands)
    assert world.device.faults == NO_FAULTS


@moments
@losses
@pytest.mark.parametrize("restarted", [False, True], ids=["", "restarted"])
def test_the_command_sent_again_does_what_is_right(moment: Moment, loss: PowerLoss, restarted: bool) -> None:
    _, answered, after = undisturbed(moment)
    world = World(moment.kind, moment.assumptions)
    moment.before(world)
    world.device.faults = DeviceFaults(power_loss=loss)
    octets = moment.message(world)
    world.send(octets)
    if restarted:
        world.device = restore(snapshot(world.device), world.context)
    again = world.send(octets)
    if loss is PowerLoss.BEFORE_COMMIT:
        assert again == answered
    else:
        refusals = {Refusal.REPLAY, Refusal.NO_AUTHORITY}
        assert again.entry.refusal in refusals
        assert all(parse(sent).header.cra is Cra.ALERT for sent in again.sent)
    unsaid = world.device.state._replace(alert_counter=after.alert_counter)
    assert whole(unsaid) == whole(after)


@losses
def test_power_that_fails_at_the_time_of_execution(loss: PowerLoss) -> None:
    world = World()
    hold(BY_SUPPLIER)(world)
    before = world.device.state
    world.device.faults = DeviceFaults(power_loss=loss)
    lost, *then = world.device.advance(DUE)
    assert (lost.sent, lost.entry.detail, lost.entry.counter) == ((), "power lost", 500)
    if loss is PowerLoss.BEFORE_COMMIT:
        # It waits still, so the device executes it when the power is back, and reports it.
        (done,) = then
        assert parse(done.sent[0]).header.cra is Cra.ALERT
    else:
        # The alert is lost for good; the new state says who came in.
        assert then == []
        assert world.device.alert_counter == before.alert_counter
    assert world.device.state.pending == ()
    assert world.device.store[cells.SUPPLIER_SIGNING].subject == OTHER_SUPPLIER.eui
    assert world.device.advance(DUE) == ()


@losses
def test_power_that_fails_at_the_time_of_execution_and_a_message_after_it(loss: PowerLoss) -> None:
    """The next message finds the new supplier, however the power failed."""
    world = World()
    hold(BY_SUPPLIER)(world)
    world.device.faults = DeviceFaults(power_loss=loss)
    incoming = BY_SUPPLIER._replace(by=OTHER_SUPPLIER)
    effects = world.send(world.update_octets(incoming, 1001, replacements=()), DUE)
    assert effects.accepted
    alerts = 1 if loss is PowerLoss.BEFORE_COMMIT else 0
    assert [parse(sent).header.cra for sent in effects.sent] == [Cra.ALERT] * alerts + [Cra.RESPONSE]


@losses
def test_what_changes_nothing_does_not_use_the_failure_up(loss: PowerLoss) -> None:
    world = World()
    world.device.faults = DeviceFaults(power_loss=loss)
    assert world.send(world.read_octets(OPERATOR)).sent
    assert world.send(retrieve(world)).sent
    assert world.send(b"").entry.refusal is Refusal.MALFORMED
    assert world.device.faults.power_loss is loss
    assert world.send(world.update_octets(BY_OPERATOR)).sent == ()
    assert world.device.faults.power_loss is None


def test_a_failure_keeps_the_other_faults() -> None:
    world = World()
    ahead = timedelta(minutes=5)
    full = frozenset({cells.SUPPLIER_TOP_UP})
    world.device.faults = DeviceFaults(full, ahead, PowerLoss.BEFORE_COMMIT)
    octets = world.update_octets(BY_SUPPLIER)
    world.send(octets)
    assert world.device.faults == DeviceFaults(full, ahead)
    effects = world.send(octets)
    assert [each.status.value for each in outcome_of(effects).replacements] == [0, 0, 17]
    assert effects.entry.at == NOW + ahead


def test_a_clock_that_is_wrong_dates_answers_alerts_and_the_log() -> None:
    world = World()
    world.device.faults = DeviceFaults(clock_offset=-timedelta(days=365))
    response = parse(world.send(world.update_octets(BY_OPERATOR)).sent[0])
    assert response.header.date_time is not None
    assert response.header.date_time.year == 2025
    world.send(b"")
    assert {entry.at for entry in world.device.log} == {NOW - timedelta(days=365)}


@pytest.mark.parametrize(
    ("offset", "status"),
    [(timedelta(0), STATUS.SUCCESS), (timedelta(days=3650), STATUS.BAD_CERTIFICATE)],
    ids=["right", "ten years ahead"],
)
def test_a_clock_that_is_wrong_judges_certificates_by_its_own_time(
    offset: timedelta, status: CredentialStatus
) -> None:
    world = World()
    world.device.faults = DeviceFaults(clock_offset=offset)
    outcome = outcome_of(world.send(world.update_octets(BY_OPERATOR)))
    assert {each.status for each in outcome.replacements} == {status}
