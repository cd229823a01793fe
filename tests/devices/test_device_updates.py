"""CS02b on a device, on bytes: what it stores, what it reports, what becomes of the counters."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from device_worlds import (
    ACB,
    BY_ACB,
    BY_COS,
    BY_LOAD_CONTROLLER,
    BY_OPERATOR,
    BY_SUPPLIER,
    DCC,
    KINDS,
    LOAD_CONTROLLER,
    MODE_CASES,
    NOW,
    OPERATOR,
    OPERATOR_CELLS,
    OPERATOR_NEXT,
    OTHER_OPERATOR,
    OTHER_SUPPLIER,
    SMKI,
    SUPPLIER,
    SUPPLIER_CELLS,
    ModeCase,
    World,
    counter_values,
    flip,
    make_party,
    mode_name,
    only_sent,
    outcome_of,
)

from dcc.smki.hierarchy import TestSmki
from devices import cells
from devices.assumptions import DeviceAssumptions
from devices.cells import factory_cells
from devices.device import Device
from devices.esme import Esme
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import (
    CANCELLATION_TIME,
    CounterChange,
    CredentialStatus,
    Replacement,
    SpecialistFloor,
    TrustAnchorCellId,
    UpdateCredentialsAlert,
)
from devices.gbcs.identifiers import OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, DlmsDateTime, MessageShape, parse
from devices.gpf import Gpf
from devices.security_log import Refusal

ROLE = RemotePartyRole
STATUS = CredentialStatus
FOREIGN = make_party(
    0x201, ROLE.NETWORK_OPERATOR, smki=TestSmki(b"somebody else's", established=date(2015, 1, 1))
)
OUTDATED = make_party(0x201, ROLE.NETWORK_OPERATOR, 5, valid_from=date(2016, 1, 1))
kinds = pytest.mark.parametrize("kind", KINDS)
modes = pytest.mark.parametrize("case", MODE_CASES, ids=mode_name)


def number(value: int) -> OriginatorCounter:
    return OriginatorCounter(value)


def floors(value: int) -> tuple[SpecialistFloor, ...]:
    return (SpecialistFloor(number(value)),)


def replacement(cell: TrustAnchorCellId, der: bytes) -> Replacement:
    return Replacement(der, cell)


# --- success ----------------------------------------------------------------------------------------


@kinds
@modes
def test_every_certificate_of_the_command_is_stored_and_nothing_else_changes(
    kind: type[Device], case: ModeCase
) -> None:
    world = World(kind)
    before = world.state.cells
    effects = world.send(world.update_octets(case))
    assert effects.accepted
    changed = {cell: held for cell, held in world.device.store.items() if held != before[cell]}
    assert changed == {cell: case.new.certificate(cell) for cell in case.cells}
    assert list(world.device.store) == list(before)


@kinds
@modes
def test_the_response_reports_each_cell_before_and_after(kind: type[Device], case: ModeCase) -> None:
    world = World(kind)
    outcome = outcome_of(world.send(world.update_octets(case, 1234)))
    assert (outcome.counter, outcome.mode, outcome.counter_changes) == (1234, case.mode, ())
    assert [reported.cell for reported in outcome.replacements] == list(case.cells)
    for reported in outcome.replacements:
        old, new = case.holder.certificate(reported.cell), case.new.certificate(reported.cell)
        assert reported.status is STATUS.SUCCESS
        assert reported.existing_subject == case.holder.eui
        assert reported.existing_key_identifier == old.subject_key_identifier
        assert reported.replacing_subject == case.new.eui
        assert reported.replacing_key_identifier == new.subject_key_identifier


@kinds
@modes
def test_the_response_is_signed_dated_and_goes_to_the_originator(kind: type[Device], case: ModeCase) -> None:
    world = World(kind)
    at = NOW + timedelta(hours=3, minutes=25, seconds=7)
    response = only_sent(world.send(world.update_octets(case), at))
    header = response.header
    assert response.shape is MessageShape.SIGNED
    assert world.has_signed(response)
    assert (header.cra, header.originator_counter) == (Cra.RESPONSE, 1000)
    assert (header.originator, header.target) == (world.device.eui, case.by.eui)
    assert header.other == (case.mode.message_code, None, None, None, None)
    assert header.date_time == DlmsDateTime(2026, 1, 5, 255, 15, 25, 7, 0, 0x8000, 0xFF)


@modes
def test_the_counter_of_the_authorising_role_is_that_of_the_message(case: ModeCase) -> None:
    world = World()
    world.send(world.update_octets(case, 1000))
    role = case.authorising_cell.role
    assert counter_values(world) == {role: 1000}
    assert world.device.counters.reached_by(role, case.by.eui) == 1000
    assert world.device.state.top_up.counters.floor == 0


@modes
def test_an_accepted_update_stands_in_the_security_log_and_raises_no_alert(case: ModeCase) -> None:
    world = World()
    effects = world.send(world.update_octets(case))
    assert list(world.device.log) == [effects.entry]
    assert effects.entry[:2] == (NOW, None)
    assert effects.entry[3:6] == (case.mode.message_code, case.by.eui, 1000)
    assert case.mode.field_name in effects.entry.detail
    assert world.device.alert_counter == 0


@pytest.mark.parametrize("cell", OPERATOR_CELLS)
def test_a_command_may_replace_one_cell_alone(cell: TrustAnchorCellId) -> None:
    world = World()
    der = OTHER_OPERATOR.certificate(cell).der
    world.send(world.update_octets(BY_OPERATOR, replacements=(replacement(cell, der),)))
    held = {each: world.device.store.holder(each).subject for each in OPERATOR_CELLS}
    assert held == {each: (OTHER_OPERATOR if each == cell else OPERATOR).eui for each in OPERATOR_CELLS}


def test_a_command_may_replace_nothing_and_then_just_counts() -> None:
    world = World()
    before = world.state.cells
    outcome = outcome_of(world.send(world.update_octets(BY_OPERATOR, replacements=())))
    assert outcome.replacements == ()
    assert world.state.cells == before
    assert counter_values(world) == {ROLE.NETWORK_OPERATOR: 1000}


HANDOVERS = {
    Esme: ((BY_SUPPLIER, SUPPLIER), (BY_OPERATOR, OPERATOR), (BY_LOAD_CONTROLLER, LOAD_CONTROLLER)),
    Gpf: ((BY_SUPPLIER, SUPPLIER), (BY_OPERATOR, OPERATOR)),
}


def test_the_broker_hands_all_roles_of_a_factory_device_over() -> None:
    for kind, handovers in HANDOVERS.items():
        world = World(kind, store=factory_cells(kind.device_type, DCC))
        for counter, (case, new) in enumerate(handovers):
            by_broker = case._replace(by=ACB)
            octets = world.update_octets(by_broker, counter + 1, floor=number(0), new=new)
            outcome = outcome_of(world.send(octets))
            assert {reported.existing_subject for reported in outcome.replacements} == {ACB.eui}
            assert {reported.replacing_subject for reported in outcome.replacements} == {new.eui}
        handed_over = (*SUPPLIER_CELLS, *OPERATOR_CELLS)
        installed = World(kind).device.store
        assert [world.device.store[cell] for cell in handed_over] == [installed[cell] for cell in handed_over]


def test_after_the_brokers_key_changed_only_the_new_one_counts() -> None:
    world = World()
    world.send(world.update_octets(BY_ACB))
    message = world.update_message(BY_OPERATOR)
    assert not world.send(world.protected(message, OPERATOR)).accepted
    assert world.send(world.protected(message, OPERATOR, BY_ACB.new.agreement.key)).accepted


@pytest.mark.parametrize("cell", [None, cells.ACB_AGREEMENT], ids=["omitted", "named"])
def test_the_broker_may_name_its_cell_or_omit_it(cell: TrustAnchorCellId | None) -> None:
    world = World()
    assert world.send(world.update_octets(BY_ACB, authorising_cell=cell)).accepted


# --- each certificate for itself --------------------------------------------------------------------


def bad_agreement(world: World, cell: TrustAnchorCellId) -> dict[str, object]:
    """The fields of a supplier's command in which the certificate for one cell has another issuer."""
    good = world.update(BY_SUPPLIER).replacements
    foreign = FOREIGN.certificate(cell).der
    return {
        "replacements": tuple(
            each._replace(certificate=foreign) if each.cell == cell else each for each in good
        )
    }


@pytest.mark.parametrize("bad", SUPPLIER_CELLS, ids=str)
def test_one_bad_certificate_of_three_leaves_its_cell_and_no_other(bad: TrustAnchorCellId) -> None:
    world = World()
    effects = world.send(world.update_octets(BY_SUPPLIER, **bad_agreement(world, bad)))
    assert effects.accepted
    for reported in outcome_of(effects).replacements:
        cell = reported.cell
        held = (SUPPLIER if cell == bad else OTHER_SUPPLIER).certificate(cell)
        assert reported.status is (STATUS.NO_TRUST_ANCHOR if cell == bad else STATUS.SUCCESS)
        assert world.device.store[cell] == held
        assert reported.existing_subject == SUPPLIER.eui
        assert reported.replacing_subject == held.subject
        assert reported.replacing_key_identifier == held.subject_key_identifier


def status_of(world: World, case: ModeCase, cell: TrustAnchorCellId, der: bytes, **fields: object) -> STATUS:
    octets = world.update_octets(case, replacements=(replacement(cell, der),), **fields)
    (reported,) = outcome_of(world.send(octets)).replacements
    assert (world.device.store[cell].der == der) is (reported.status is STATUS.SUCCESS)
    return reported.status


NEW_SIGNING = OTHER_OPERATOR.signing.certificate.der
NEW_AGREEMENT = OTHER_OPERATOR.agreement.certificate.der
ISSUER = SMKI.issuer.certificate.der
CERTIFICATES = {
    "good": (NEW_SIGNING, STATUS.SUCCESS),
    "corrupted": (flip(NEW_SIGNING, -1), STATUS.BAD_CERTIFICATE),
    "unreadable": (b"\x30\x00", STATUS.BAD_CERTIFICATE),
    "key usage not the cell's": (NEW_AGREEMENT, STATUS.BAD_CERTIFICATE),
    "an issuing authority's": (ISSUER, STATUS.BAD_CERTIFICATE),
    "of another issuer": (FOREIGN.signing.certificate.der, STATUS.NO_TRUST_ANCHOR),
    "of a party in another role": (ACB.signing.certificate.der, STATUS.SUCCESS),
    "the one that is there": (OPERATOR.signing.certificate.der, STATUS.SUCCESS),
}


@pytest.mark.parametrize(("der", "expected"), CERTIFICATES.values(), ids=CERTIFICATES)
def test_the_status_says_what_is_wrong_with_a_certificate(der: bytes, expected: STATUS) -> None:
    assert status_of(World(), BY_OPERATOR, cells.NETWORK_OPERATOR_SIGNING, der) is expected


def test_a_signing_certificate_does_not_fit_a_key_agreement_cell() -> None:
    cell = cells.NETWORK_OPERATOR_AGREEMENT
    assert status_of(World(), BY_OPERATOR, cell, NEW_AGREEMENT) is STATUS.SUCCESS
    assert status_of(World(), BY_OPERATOR, cell, NEW_SIGNING) is STATUS.BAD_CERTIFICATE


PATHS = {
    "issuer sent": ((ISSUER,), STATUS.SUCCESS),
    "issuer not sent": ((), STATUS.NO_TRUST_ANCHOR),
    "issuer corrupted": ((flip(ISSUER, -1),), STATUS.NO_TRUST_ANCHOR),
    "something else besides": ((NEW_SIGNING, ISSUER, b"\x30\x00"), STATUS.SUCCESS),
}


@pytest.mark.parametrize(("path", "expected"), PATHS.values(), ids=PATHS)
def test_the_path_leads_through_the_command_to_the_root_cell(
    path: tuple[bytes, ...], expected: STATUS
) -> None:
    cell = cells.NETWORK_OPERATOR_SIGNING
    assert status_of(World(), BY_OPERATOR, cell, NEW_SIGNING, path_certificates=path) is expected


@pytest.mark.parametrize(("checks", "expected"), [(True, STATUS.BAD_CERTIFICATE), (False, STATUS.SUCCESS)])
def test_an_expired_certificate_passes_only_without_time_based_checks(checks: bool, expected: STATUS) -> None:
    der = OUTDATED.signing.certificate.der
    cell = cells.NETWORK_OPERATOR_SIGNING
    assert not OUTDATED.signing.certificate.is_valid_at(NOW)
    assert status_of(World(), BY_OPERATOR, cell, der, apply_time_based_checks=checks) is expected


def test_a_certificate_is_good_from_its_first_second_to_its_last() -> None:
    certificate = OUTDATED.signing.certificate
    wanted = (
        replacement(cells.NETWORK_OPERATOR_SIGNING, certificate.der),
        replacement(cells.NETWORK_OPERATOR_AGREEMENT, OUTDATED.agreement.certificate.der),
        replacement(cells.NETWORK_OPERATOR_AGREEMENT, NEW_AGREEMENT),
    )
    first, last, second = certificate.not_before, certificate.not_after, timedelta(seconds=1)
    good = {first - second: False, first: True, last: True, last + second: False}
    # Whichever device is asked first, what is remembered of it must not answer for the others.
    for at in (*good, *reversed(good)):
        world = World()
        octets = world.update_octets(BY_OPERATOR, replacements=wanted)
        expected = STATUS.SUCCESS if good[at] else STATUS.BAD_CERTIFICATE
        found = [reported.status for reported in outcome_of(world.send(octets, at)).replacements]
        assert found[:2] == [expected, expected]
        assert found[2] is (
            STATUS.SUCCESS if OTHER_OPERATOR.agreement.certificate.is_valid_at(at) else STATUS.BAD_CERTIFICATE
        )


def test_two_certificates_for_one_cell_are_taken_one_after_the_other() -> None:
    world = World()
    cell = cells.NETWORK_OPERATOR_SIGNING
    wanted = tuple(replacement(cell, der) for der in (NEW_SIGNING, FOREIGN.signing.certificate.der))
    first, second = outcome_of(world.send(world.update_octets(BY_OPERATOR, replacements=wanted))).replacements
    assert (first.status, second.status) == (STATUS.SUCCESS, STATUS.NO_TRUST_ANCHOR)
    assert (first.existing_subject, first.replacing_subject) == (OPERATOR.eui, OTHER_OPERATOR.eui)
    assert second.existing_subject == second.replacing_subject == OTHER_OPERATOR.eui
    assert second.existing_key_identifier == second.replacing_key_identifier
    assert world.device.store[cell].der == NEW_SIGNING


# --- counters ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [BY_SUPPLIER, BY_OPERATOR, BY_ACB], ids=mode_name)
@pytest.mark.parametrize("floor", [0, 999, 5000, 2**64 - 1])
def test_the_own_floor_is_set_and_reported(case: ModeCase, floor: int) -> None:
    world = World()
    outcome = outcome_of(world.send(world.update_octets(case, 1000, floor=number(floor))))
    role = case.authorising_cell.role
    assert outcome.counter_changes == (CounterChange(role, number(floor)),)
    assert world.device.counters.current(role) == floor


def test_the_prepayment_floor_comes_with_the_suppliers_own() -> None:
    world = World()
    octets = world.update_octets(BY_SUPPLIER, floor=number(5), specialist_floors=floors(6))
    outcome = outcome_of(world.send(octets))
    assert outcome.counter_changes == (CounterChange(ROLE.SUPPLIER, number(5), floors(6)),)
    assert world.device.state.top_up.counters.floor == 6
    assert counter_values(world) == {ROLE.SUPPLIER: 5}


def test_a_prepayment_floor_alone_leaves_the_role_at_the_number_of_the_message() -> None:
    world = World()
    outcome = outcome_of(world.send(world.update_octets(BY_SUPPLIER, specialist_floors=floors(6))))
    assert outcome.counter_changes == (CounterChange(ROLE.SUPPLIER, number(1000), floors(6)),)
    assert world.device.state.top_up.counters.floor == 6
    assert counter_values(world) == {ROLE.SUPPLIER: 1000}


def test_transitional_cos_sets_the_floors_of_the_supplier_and_not_its_own() -> None:
    world = World()
    changes = (CounterChange(ROLE.SUPPLIER, number(5), floors(6)),)
    outcome = outcome_of(world.send(world.update_octets(BY_COS, 6001, other_changes=changes)))
    assert outcome.counter_changes == changes
    assert counter_values(world) == {ROLE.SUPPLIER: 5, ROLE.TRANSITIONAL_COS: 6001}
    assert world.device.state.top_up.counters.floor == 6


def test_without_floor_the_incoming_supplier_starts_above_the_number_that_was_reached() -> None:
    world = World()
    world.send(world.update_octets(BY_SUPPLIER, 1000, new=SUPPLIER))
    world.send(world.update_octets(BY_COS, 6001))
    assert counter_values(world) == {ROLE.SUPPLIER: 1000, ROLE.TRANSITIONAL_COS: 6001}
    incoming = BY_SUPPLIER._replace(by=OTHER_SUPPLIER)
    assert not world.send(world.update_octets(incoming, 1000)).accepted
    assert world.send(world.update_octets(incoming, 1001)).accepted


@pytest.mark.parametrize(("counter", "expected"), [(500, False), (501, True)])
def test_the_incoming_operator_starts_above_the_floor(counter: int, expected: bool) -> None:
    world = World()
    world.send(world.update_octets(BY_OPERATOR, 1000, floor=number(500)))
    incoming = BY_OPERATOR._replace(by=OTHER_OPERATOR)
    assert world.send(world.update_octets(incoming, counter)).accepted is expected


def failing(world: World, case: ModeCase) -> dict[str, object]:
    """Fields of a command in which no certificate is good."""
    good = world.update(case).replacements
    return {
        "replacements": tuple(each._replace(certificate=FOREIGN.certificate(each.cell).der) for each in good)
    }


def test_a_floor_needs_a_replacement_that_succeeded() -> None:
    for case, fields in (
        (BY_SUPPLIER, {"floor": number(0), "specialist_floors": floors(6)}),
        (BY_OPERATOR, {"floor": number(0)}),
        (BY_ACB, {"floor": number(0)}),
        (BY_COS, {"other_changes": (CounterChange(ROLE.SUPPLIER, number(9), floors(6)),)}),
    ):
        world = World()
        outcome = outcome_of(world.send(world.update_octets(case, **fields, **failing(world, case))))
        assert outcome.counter_changes == ()
        assert counter_values(world) == {case.authorising_cell.role: 1000}
        assert world.device.state.top_up.counters.floor == 0


def test_one_replacement_that_succeeded_is_enough_for_the_floor() -> None:
    world = World()
    fields = bad_agreement(world, cells.SUPPLIER_AGREEMENT)
    outcome = outcome_of(world.send(world.update_octets(BY_SUPPLIER, floor=number(0), **fields)))
    assert outcome.counter_changes == (CounterChange(ROLE.SUPPLIER, number(0)),)
    assert counter_values(world) == {}


def test_without_that_assumption_the_floor_applies_whatever_became_of_the_certificates() -> None:
    world = World(assumptions=DeviceAssumptions(floors_need_a_success=False))
    fields = failing(world, BY_OPERATOR)
    outcome = outcome_of(world.send(world.update_octets(BY_OPERATOR, floor=number(0), **fields)))
    assert outcome.counter_changes == (CounterChange(ROLE.NETWORK_OPERATOR, number(0)),)
    assert counter_values(world) == {}


def test_a_floor_of_its_own_is_not_for_transitional_cos_to_set_while_it_replaces_another() -> None:
    world = World()
    outcome = outcome_of(world.send(world.update_octets(BY_COS, 6001, floor=number(0))))
    assert outcome.counter_changes == ()
    assert counter_values(world) == {ROLE.TRANSITIONAL_COS: 6001}


@pytest.mark.parametrize("late_seconds", [0, 1, 86400])
def test_a_time_of_execution_that_has_come_means_now(late_seconds: int) -> None:
    world = World()
    at = NOW - timedelta(seconds=late_seconds)
    outcome = outcome_of(world.send(world.update_octets(BY_OPERATOR, execution_date_time=at)))
    assert {reported.status for reported in outcome.replacements} == {STATUS.SUCCESS}
    assert world.device.store[cells.NETWORK_OPERATOR_SIGNING].subject == OTHER_OPERATOR.eui


# --- later ---------------------------------------------------------------------------------------------


@kinds
def test_a_time_to_come_is_accepted_now_and_executed_then(kind: type[Device]) -> None:
    world = World(kind)
    before = world.state.cells
    due = NOW + timedelta(seconds=1)
    effects = world.send(world.update_octets(BY_OPERATOR, floor=number(0), execution_date_time=due))
    response = only_sent(effects)
    assert (response.payload.hex(), world.has_signed(response)) == ("30020500", True)
    assert world.state.cells == before
    assert counter_values(world) == {ROLE.NETWORK_OPERATOR: 1000}
    assert world.device.advance(NOW) == ()
    (done,) = world.device.advance(due)
    alert = only_sent(done)
    assert (alert.header.cra, alert.code, alert.header.target) == (Cra.ALERT, 0x00CB, OPERATOR.eui)
    said = credentials_codec.decode(alert)
    assert isinstance(said, UpdateCredentialsAlert)
    assert (said.alert_code, said.execution_date_time, said.outcome.counter) == (0x8F66, due, 1000)
    assert world.device.store[cells.NETWORK_OPERATOR_SIGNING] == OTHER_OPERATOR.signing.certificate
    assert counter_values(world) == {}
    assert world.device.advance(due) == ()


def test_what_is_due_is_executed_before_the_next_message_is_heard() -> None:
    world = World()
    due = NOW + timedelta(seconds=1)
    world.send(world.update_octets(BY_OPERATOR, execution_date_time=due))
    effects = world.send(world.read_octets(OTHER_OPERATOR), due)
    assert effects.accepted
    alert, response = map(parse, effects.sent)
    assert (alert.header.cra, response.header.cra) == (Cra.ALERT, Cra.RESPONSE)


def test_a_later_command_of_the_same_kind_takes_the_place_of_the_one_that_waits() -> None:
    world = World()
    due = NOW + timedelta(days=1)
    world.send(world.update_octets(BY_OPERATOR, 1000, execution_date_time=due))
    later = due + timedelta(days=1)
    world.send(world.update_octets(BY_OPERATOR, 1001, new=OPERATOR_NEXT, execution_date_time=later))
    assert world.device.advance(due) == ()
    assert len(world.device.advance(later)) == 1
    assert world.device.store[cells.NETWORK_OPERATOR_SIGNING] == OPERATOR_NEXT.signing.certificate


def test_a_cancellation_takes_the_waiting_command_away() -> None:
    world = World()
    due = NOW + timedelta(days=1)
    world.send(world.update_octets(BY_OPERATOR, 1000, execution_date_time=due))
    effects = world.send(world.update_octets(BY_OPERATOR, 1001, execution_date_time=CANCELLATION_TIME))
    assert only_sent(effects).payload.hex() == "30020500"
    assert world.device.advance(due) == world.device.advance(CANCELLATION_TIME) == ()
    assert world.device.store[cells.NETWORK_OPERATOR_SIGNING] == OPERATOR.signing.certificate


def test_a_waiting_command_is_not_accepted_twice() -> None:
    world = World()
    octets = world.update_octets(BY_OPERATOR, 1000, execution_date_time=NOW + timedelta(days=1))
    assert world.send(octets).accepted
    assert world.send(octets).entry.refusal is Refusal.REPLAY
    world.device.advance(NOW + timedelta(days=1))
    assert world.send(octets, NOW + timedelta(days=2)).entry.refusal is not None
