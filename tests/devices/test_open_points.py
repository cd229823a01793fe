"""Points that no source decides, each with its switch on and off."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import pytest
from device_worlds import (
    ACB,
    BY_OPERATOR,
    BY_SUPPLIER,
    MODE_CASES,
    NOW,
    OPERATOR_NEXT,
    OTHER_OPERATOR,
    SEED,
    SMKI,
    SUPPLIER,
    ModeCase,
    World,
    counter_values,
    mode_name,
    only_sent,
    outcome_of,
)
from management_worlds import AnyWorld, answered, certify

from dcc.smki.hierarchy import TestSmki
from devices import cells
from devices.assumptions import DeviceAssumptions
from devices.esme import Esme
from devices.gbcs import joins
from devices.gbcs.certification_request import parse_certification_request
from devices.gbcs.credentials import CredentialStatus, Replacement
from devices.gbcs.device_certificates import (
    CS02C,
    CS02D,
    CertificateUpdateResult,
    IssueCredentials,
    IssueCredentialsResponse,
    UpdateDeviceCertificate,
    UpdateDeviceCertificateResponse,
)
from devices.gbcs.identifiers import KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.joins import CS04B, UnjoinDevice
from devices.gbcs.message import OtherInformation
from devices.gsme import Gsme
from devices.security_log import Refusal

APART = DeviceAssumptions(critical_and_other_messages_share_counters=False)
ROLE = RemotePartyRole


def number(value: int) -> OriginatorCounter:
    return OriginatorCounter(value)


# --- one counter a role, or one for critical messages and one for the others -------------------------------


class Step(NamedTuple):
    """A message of the supplier to its gas meter: an unjoin is not critical, an update is."""

    is_critical: bool
    counter: int


class Row(NamedTuple):
    """Two messages, and whether the second is heard with shared and with separate counters."""

    first: Step
    second: Step
    shared: bool
    apart: bool


TABLE = [
    Row(Step(True, 10), Step(True, 11), shared=True, apart=True),
    Row(Step(True, 10), Step(True, 10), shared=False, apart=False),
    Row(Step(False, 10), Step(False, 11), shared=True, apart=True),
    Row(Step(False, 10), Step(False, 10), shared=False, apart=False),
    Row(Step(True, 10), Step(False, 11), shared=True, apart=True),
    Row(Step(True, 10), Step(False, 10), shared=False, apart=True),
    Row(Step(False, 10), Step(True, 11), shared=True, apart=True),
    Row(Step(False, 10), Step(True, 10), shared=False, apart=True),
]


def is_heard(world: AnyWorld, step: Step) -> bool:
    if step.is_critical:
        octets = world.update_octets(BY_SUPPLIER, step.counter, new=SUPPLIER)
    else:
        octets = world.octets(CS04B, encode_unjoin(), step.counter)
    effects = world.send(octets)
    assert effects.entry.refusal in (None, Refusal.REPLAY), effects.entry
    return effects.accepted


def encode_unjoin() -> bytes:
    return joins.encode(UnjoinDevice(ACB.eui))


@pytest.mark.parametrize("row", TABLE, ids=str)
@pytest.mark.parametrize("apart", [False, True], ids=["shared", "apart"])
def test_critical_messages_and_others_share_their_counters_or_not(row: Row, apart: bool) -> None:
    world = AnyWorld(Gsme, APART if apart else DeviceAssumptions())
    assert is_heard(world, row.first)
    assert is_heard(world, row.second) is (row.apart if apart else row.shared)
    # What was heard once is heard no more.
    assert not is_heard(world, row.first)
    assert not is_heard(world, row.second)


def test_apart_the_number_that_is_told_is_that_of_critical_messages() -> None:
    world = AnyWorld(Gsme, APART)
    assert is_heard(world, Step(False, 20))
    assert counter_values(world) == {}
    assert is_heard(world, Step(True, 10))
    assert counter_values(world) == {ROLE.SUPPLIER: 10}


@pytest.mark.parametrize("floor", [5, 50])
def test_apart_a_floor_sets_both(floor: int) -> None:
    for follows in (floor, floor + 1):
        for is_critical in (True, False):
            world = AnyWorld(Gsme, APART._replace(party_numbers_only_rise=False))
            assert is_heard(world, Step(False, 20))
            octets = world.update_octets(BY_SUPPLIER, 10, new=SUPPLIER, floor=number(floor))
            assert world.send(octets).accepted
            assert is_heard(world, Step(is_critical, follows)) is (follows > floor)


# --- what a CS02b may say ----------------------------------------------------------------------------------

cases = pytest.mark.parametrize("case", MODE_CASES, ids=mode_name)


@cases
@pytest.mark.parametrize("allowed", [True, False])
def test_an_update_of_nothing(case: ModeCase, allowed: bool) -> None:
    world = World(assumptions=DeviceAssumptions(updates_may_replace_nothing=allowed))
    before = world.state
    effects = world.send(world.update_octets(case, 1000, replacements=()))
    assert effects.entry.refusal is (None if allowed else Refusal.MALFORMED)
    if allowed:
        assert outcome_of(effects).replacements == ()
        assert counter_values(world) == {case.authorising_cell.role: 1000}
    else:
        assert world.state == before
    assert world.send(world.update_octets(case, 1001)).accepted


@pytest.mark.parametrize("allowed", [True, False])
def test_a_cell_named_twice(allowed: bool) -> None:
    world = World(assumptions=DeviceAssumptions(updates_may_name_a_cell_twice=allowed))
    before, cell = world.state, cells.NETWORK_OPERATOR_SIGNING
    twice = tuple(Replacement(new.certificate(cell).der, cell) for new in (OPERATOR_NEXT, OTHER_OPERATOR))
    effects = world.send(world.update_octets(BY_OPERATOR, 1000, replacements=twice))
    if allowed:
        first, second = outcome_of(effects).replacements
        assert (first.status, second.status) == (CredentialStatus.SUCCESS,) * 2
        assert (second.existing_subject, second.existing_key_identifier) == (
            first.replacing_subject,
            first.replacing_key_identifier,
        )
        assert world.device.store[cell] == OTHER_OPERATOR.signing.certificate
    else:
        assert effects.entry.refusal is Refusal.MALFORMED
        assert world.state == before
    once = (twice[0], Replacement(OTHER_OPERATOR.agreement.certificate.der, cells.NETWORK_OPERATOR_AGREEMENT))
    by = BY_OPERATOR._replace(by=OTHER_OPERATOR if allowed else BY_OPERATOR.by)
    assert world.send(world.update_octets(by, 1001, replacements=once)).accepted


@cases
@pytest.mark.parametrize("counter", [None, 7], ids=["party", "party and counter"])
@pytest.mark.parametrize("allowed", [False, True])
def test_an_update_that_names_another_party(case: ModeCase, counter: int | None, allowed: bool) -> None:
    world = World(assumptions=DeviceAssumptions(updates_may_name_another_party=allowed))
    before = world.state
    said = None if counter is None else number(counter)
    other = OtherInformation(case.mode.message_code, ACB.eui, said)
    effects = world.send(world.finished(case, world.update_message(case, other=other)))
    assert effects.entry.refusal is (None if allowed else Refusal.NO_AUTHORITY)
    if allowed:
        assert only_sent(effects).header.other == other
    else:
        assert world.state == before
        assert world.send(world.finished(case, world.update_message(case))).accepted


# --- whether a device's own certificates are traced --------------------------------------------------------

OTHER_PKI = TestSmki(SEED + b" other", established=date(2015, 1, 1))
RESULT = CertificateUpdateResult


@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("is_ours", [True, False], ids=["ours", "another"])
@pytest.mark.parametrize("is_held", [True, False], ids=["issuer held", "not held"])
def test_a_certificate_of_its_own(traced: bool, is_ours: bool, is_held: bool) -> None:
    world = AnyWorld(Esme, DeviceAssumptions(own_certificates_are_traced=traced))
    if is_held:
        world.change(issuers=(SMKI.device_issuer.certificate,))
    usage = KeyUsage.KEY_AGREEMENT
    request = answered(world.ask(CS02C, IssueCredentials(usage), 1), IssueCredentialsResponse).outcome
    assert isinstance(request, bytes)
    point = parse_certification_request(request).public_point
    eui = world.device.eui
    der = (certify(eui, usage, point) if is_ours else OTHER_PKI.issue_device(eui, usage, point, NOW)).der
    effects = world.ask(CS02D, UpdateDeviceCertificate(der), 2)
    result = answered(effects, UpdateDeviceCertificateResponse).result
    good = not traced or (is_ours and is_held)
    assert result is (RESULT.SUCCESS if good else RESULT.INVALID_CERTIFICATE)
    assert (world.device.certificates.agreement.der == der) is good
