"""SECMP0063 beyond its decision table: how the operator is found, whose certificates count, and when.

The table itself is held in ``test_modification_tables_secmp0063.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

import pytest
from dcc_worlds import (
    DAY,
    ESME_OF_HOLDERS,
    ESME_OF_NOBODY,
    ESME_WITH_PREFIX,
    GPF,
    HOLDER,
    MPAN,
    MPRN,
    OPERATOR,
    OTHER_HOLDER,
    OTHER_OPERATOR,
    OTHER_TRANSPORTER,
    STRANGER,
    SUPPLIER,
    TRANSPORTER,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
    with_change,
)

from dcc.bodies.credentials import ReplaceCredentials
from dcc.duis.front_door import FrontDoorSettings
from dcc.identifiers import Mpid
from dcc.modification_records import record_of
from dcc.registration import ElectricityRecord, GasRecord
from dcc.releases import Modification
from dcc.response_codes import ResponseCode, StandIns
from dcc.rules import secmp0063
from dcc.rules.model import Outcome
from dcc.service_requests import ServiceRequest, SignedPreCommand
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64, RemotePartyRole
from scenarios.duis_client import DuisParty
from scenarios.engine.wire import DuisWire

Code = ResponseCode
ON: Final = (Modification.SECMP0063,)
GAS: Final = (Modification.SECMP0063_GPF,)
RULE: Final = secmp0063.network_operator_certificate_matches_mpan
GAS_RULE: Final = secmp0063.network_operator_certificate_matches_mprn

CASES: Final = (
    RuleCase(
        RULE,
        lambda world: world.update(OPERATOR, SUPPLIER),
        lambda world: world.update(OTHER_OPERATOR, SUPPLIER),
        Code.SIM_E061590,
        "{networkOperator, digitalSignature}: certificate of Midlands Networks",
        f"East and London Networks, network operator of {MPAN} by registration data",
        lambda world: world.update(OPERATOR, OPERATOR),
        ON,
    ),
    RuleCase(
        RULE,
        lambda world: world.handover(OPERATOR),
        lambda world: world.handover(OTHER_OPERATOR),
        Code.SIM_E062190,
        "{networkOperator, digitalSignature}: certificate of Midlands Networks",
        f"East and London Networks, network operator of {MPAN} by registration data",
        lambda world: world.handover(SUPPLIER),
        ON,
    ),
    RuleCase(
        GAS_RULE,
        lambda world: world.handover(TRANSPORTER, target=GPF),
        lambda world: world.handover(OTHER_TRANSPORTER, target=GPF),
        Code.SIM_E062190,
        "{networkOperator, digitalSignature}: certificate of Transporter B",
        f"Transporter A, network operator of {MPRN} by registration data",
        lambda world: world.handover(SUPPLIER, target=GPF),
        (Modification.SECMP0063_GPF,),
    ),
)
NEVER_TOGETHER: Final = {GAS_RULE.id: "one looks at a GPF, the other at an ESME"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_passing_case(case: RuleCase) -> None:
    check_passes(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_failing_case(case: RuleCase) -> None:
    check_fails(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_that_the_rule_does_not_apply_to(case: RuleCase) -> None:
    check_abstains(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_without_the_modification_the_rule_is_not_in_force(case: RuleCase) -> None:
    """Which is another answer than that it does not apply."""
    world = World(frozenset(Modification).difference(case.modifications))
    for make in (case.passes, case.fails, case.abstains):
        assert make is not None
        verdict = case.rule.ask(world.view(make(world)))
        assert verdict.outcome is Outcome.NOT_IN_FORCE
        assert verdict.code is None
    world.switch_on(*case.modifications)
    assert case.rule.ask(world.view(case.fails(world))).outcome is Outcome.REJECT


I061590: Final = "SIM-E061590"
I062190: Final = "SIM-E062190"


# How the operator is found


def code_of(world: World, request: ServiceRequest) -> str:
    return world.submit(request).response.code.value


def rejection_of(world: World, request: ServiceRequest) -> tuple[str, str]:
    rejection = world.submit(request).decision.rejection
    assert rejection is not None
    assert rejection.rule_id == RULE.id
    return rejection.observed, rejection.expected


def test_a_party_with_several_distributor_ids_is_one_party() -> None:
    """The record names LOND, the certificate is of the party's one User Id, whose first row is EELC."""
    world = World(ON)
    world.dcc.registration.add_electricity(MPAN, ElectricityRecord(Mpid("LOND"), Mpid("SUPA")))
    assert code_of(world, world.handover(OPERATOR)) == "I99"
    assert code_of(world, world.handover(OTHER_OPERATOR)) == I062190


def test_the_registration_record_counts_before_the_prefix() -> None:
    """Prefix 10 is one party's, the record names another: an area served by somebody else."""
    world = World(ON)
    world.dcc.registration.add_electricity(MPAN, ElectricityRecord(Mpid("EMEB"), Mpid("SUPA")))
    assert code_of(world, world.handover(OTHER_OPERATOR)) == "I99"
    observed, expected = rejection_of(world, world.handover(OPERATOR))
    assert observed.endswith("certificate of East and London Networks")
    assert expected == f"Midlands Networks, network operator of {MPAN} by registration data"


def test_without_record_the_prefix_counts() -> None:
    world = World(ON)
    assert code_of(world, world.handover(OPERATOR, target=ESME_WITH_PREFIX)) == "I99"
    observed, expected = rejection_of(world, world.handover(OTHER_OPERATOR, target=ESME_WITH_PREFIX))
    assert observed.endswith("certificate of Midlands Networks")
    mpan = world.dcc.inventory.import_mpxn_of(ESME_WITH_PREFIX)
    assert expected == f"East and London Networks, network operator of {mpan} by distributor id"


def test_a_record_that_is_not_effective_yet_leaves_it_to_the_prefix() -> None:
    world = World(ON)
    mpan = world.dcc.inventory.import_mpxn_of(ESME_WITH_PREFIX)
    later = ElectricityRecord(Mpid("EMEB"), effective_from=date(2026, 1, 6))
    world.dcc.registration.add_electricity(mpan, later)  # type: ignore[arg-type]
    body = world.certificates_of(OPERATOR)
    # The supplier is not registered there; 6.15.1 does not ask for it.
    assert code_of(world, world.update(body, SUPPLIER, ESME_WITH_PREFIX)) == "I0"
    world.now = world.now.replace(day=6)
    assert code_of(world, world.update(body, SUPPLIER, ESME_WITH_PREFIX)) == I061590


def test_the_operator_is_that_of_the_time_of_execution() -> None:
    """Asked of the rule alone: an earlier one refuses to replace an operator's certificates later."""
    world = World(ON)
    tomorrow = world.now + DAY
    after = ElectricityRecord(Mpid("EMEB"), Mpid("SUPA"), effective_from=tomorrow.date())
    world.dcc.registration.add_electricity(MPAN, after)
    for owner, at in ((OPERATOR, None), (OTHER_OPERATOR, tomorrow)):
        request = with_change(world.handover(owner), execution_date_time=at)
        assert RULE.ask(world.view(request)).outcome is Outcome.PASS
        other_time = with_change(request, execution_date_time=None if at else tomorrow)
        assert RULE.ask(world.view(other_time)).outcome is Outcome.REJECT


def test_a_record_that_names_nobody_known_leaves_it_to_the_prefix() -> None:
    world = World(ON)
    world.dcc.registration.add_electricity(MPAN, ElectricityRecord(Mpid("ZZZZ"), Mpid("SUPA")))
    assert code_of(world, world.handover(OPERATOR)) == "I99"
    assert rejection_of(world, world.handover(OTHER_OPERATOR))[1].endswith("by distributor id")


@pytest.mark.parametrize("make", [World.update, World.handover], ids=["6.15.1", "6.21"])
@pytest.mark.parametrize("field", ["signing", "agreement"])
def test_both_certificates_have_to_be_the_operators(make: Callable[..., ServiceRequest], field: str) -> None:
    """Digital signing and key agreement of different owners count as different."""
    world = World(ON)
    wrong = getattr(world.certificates_of(OTHER_OPERATOR), field)
    request = with_change(make(world, OPERATOR, SUPPLIER), **{field: wrong})
    assert rejection_of(world, request)[0].endswith("certificate of Midlands Networks")


def test_one_certificate_alone_is_compared_as_well() -> None:
    world = World(ON)
    for field, left in (("signing", "agreement"), ("agreement", "signing")):
        for owner, code in ((OPERATOR, "I0"), (OTHER_OPERATOR, I061590)):
            request = with_change(world.update(owner, SUPPLIER), **{left: None})
            assert getattr(request.body, field) is not None
            assert code_of(world, request) == code


def test_each_holder_of_a_distributor_id_is_right_but_not_both_at_once() -> None:
    world = World(ON)
    one, other = world.certificates_of(HOLDER), world.certificates_of(OTHER_HOLDER)
    for body in (one, other):
        assert code_of(world, world.update(body, SUPPLIER, ESME_OF_HOLDERS)) == "I0"
    mixed = one._replace(agreement=other.agreement)
    observed, expected = rejection_of(world, world.update(mixed, SUPPLIER, ESME_OF_HOLDERS))
    assert observed == "certificates of Holder One and Holder Two"
    assert expected.startswith("those of one party: Holder One or Holder Two, network operator of")
    assert code_of(World(), world.update(mixed, SUPPLIER, ESME_OF_HOLDERS)) == "I0"


def test_a_certificate_of_nobody_known_is_different() -> None:
    world = World(ON)
    observed, _ = rejection_of(world, world.update(world.certificates_of(STRANGER), SUPPLIER))
    assert observed.endswith("certificate of nobody known")
    assert code_of(world, world.update(STRANGER, SUPPLIER, ESME_OF_NOBODY)) == "I0"


def test_a_broken_certificate_is_told_before_a_wrong_one() -> None:
    """Certificate and role first, then the registration, then the comparison."""
    world = World(ON)
    request = with_change(world.handover(OTHER_OPERATOR), path=())
    assert code_of(world, request) == "SIM-PSC"
    assert code_of(world, with_change(world.handover(OTHER_OPERATOR), top_up=b"rubbish")) == "SIM-PSC"


@pytest.mark.parametrize("operator", [OPERATOR, OTHER_OPERATOR])
@pytest.mark.parametrize("owner", [OPERATOR, OTHER_OPERATOR, TRANSPORTER, STRANGER])
def test_no_distributor_is_ever_blocked(operator: Eui64, owner: Eui64) -> None:
    world = World(ON)
    assert code_of(world, world.signed(world.update(owner, operator))) == "I99"


def test_only_the_slot_of_the_network_operator_is_looked_at() -> None:
    """A supplier's own certificates on another operator's meter are nobody's business."""
    world = World(ON)
    world.dcc.registration.add_electricity(MPAN, ElectricityRecord(Mpid("EMEB"), Mpid("SUPA")))
    body = world.certificates_of(SUPPLIER)
    assert isinstance(body, ReplaceCredentials)
    assert body.role is RemotePartyRole.SUPPLIER
    assert code_of(world, world.handover(body)) == "I99"
    assert code_of(world, world.signed(world.update(body, SUPPLIER))) == "I99"


def test_the_second_call_is_looked_at_again_either_way() -> None:
    """Wrong when transformed without the modification, and right by the time of the second call."""
    world = World()
    request = world.signed(world.update(OTHER_OPERATOR, SUPPLIER))
    world.switch_on(*ON)
    now_right = ElectricityRecord(Mpid("EMEB"), Mpid("SUPA"), effective_from=date(2026, 1, 5))
    world.dcc.registration.add_electricity(MPAN, now_right)
    assert code_of(world, request) == "I99"
    switched = World()
    wrong = switched.signed(switched.update(OTHER_OPERATOR, SUPPLIER))
    switched.switch_on(*ON)
    assert code_of(switched, wrong) == I061590


def test_reads_and_retrievals_are_none_of_its_business() -> None:
    world = World(ON)
    for request in (world.read(), world.read(SUPPLIER)):
        assert RULE.ask(world.view(request)).outcome is Outcome.NOT_APPLICABLE
        assert code_of(world, request) == "I99"
    assert Srv.READ_NETWORK_DATA not in RULE.on_fail  # type: ignore[operator]


def test_a_second_call_that_cannot_be_read_is_left_to_the_rules_after_it() -> None:
    world = World(ON)
    request = world.signed(world.update(OPERATOR, SUPPLIER))
    unreadable = request._replace(body=SignedPreCommand(b"rubbish"))
    assert RULE.ask(world.view(unreadable)).outcome is Outcome.NOT_APPLICABLE
    assert code_of(world, unreadable) == "SIM-GBCS"


# The variant for gas


def gas_registered_with(world: World, transporter: str, when: date | None = None) -> None:
    record = GasRecord(Mpid(transporter), supplier=Mpid("SUPA"), effective_from=when)
    world.dcc.registration.add_gas(MPRN, record)


def test_on_a_gpf_the_registered_transporter_of_the_day_counts() -> None:
    world = World(GAS)
    gas_registered_with(world, "GTB", date(2026, 1, 6))
    assert code_of(world, world.handover(OTHER_TRANSPORTER, target=GPF)) == I062190
    world.now += DAY
    assert code_of(world, world.handover(OTHER_TRANSPORTER, target=GPF)) == "I99"
    assert code_of(world, world.handover(TRANSPORTER, target=GPF)) == I062190


def test_a_distributors_certificate_on_a_gpf_is_different() -> None:
    world = World(GAS)
    assert code_of(world, world.handover(OPERATOR, target=GPF)) == I062190
    assert code_of(World(ON), world.handover(OPERATOR, target=GPF)) == "I99"


def test_an_mprn_without_a_known_transporter_passes() -> None:
    """There is no prefix to fall back on."""
    world = World(GAS)
    gas_registered_with(world, "ZZZZ")
    assert code_of(world, world.handover(OTHER_TRANSPORTER, target=GPF)) == "I99"


@pytest.mark.parametrize("field", ["signing", "agreement"])
def test_both_certificates_for_a_gpf_have_to_be_the_transporters(field: str) -> None:
    world = World(GAS)
    wrong = getattr(world.certificates_of(OTHER_TRANSPORTER), field)
    request = with_change(world.handover(TRANSPORTER, target=GPF), **{field: wrong})
    assert code_of(world, request) == I062190


def test_the_variant_for_gas_leaves_meters_alone_and_the_other_way_round() -> None:
    for switches, meter, gpf in ((GAS, "I99", I062190), (ON, I062190, "I99"), (ON + GAS, I062190, I062190)):
        world = World(switches)
        assert code_of(world, world.handover(OTHER_OPERATOR)) == meter
        assert code_of(world, world.handover(OTHER_TRANSPORTER, target=GPF)) == gpf


def test_its_codes_are_never_taken_for_real() -> None:
    """The proposal was withdrawn before a code was allocated."""
    assert RULE.under is Modification.SECMP0063
    assert GAS_RULE.under is Modification.SECMP0063_GPF
    for rule in (RULE, GAS_RULE):
        assert {code.value for code in rule.on_fail.values()} <= {I061590, I062190}  # type: ignore[union-attr]
        assert rule.under is not None
        assert "withdrawn" in record_of(rule.under).outcome.text


def test_what_goes_out_in_place_of_its_codes_can_be_chosen() -> None:
    """By default a code of the same service that is real; records keep ours."""
    for chosen, expected in ((StandIns(), "E061507"), (StandIns({I061590: "E061501"}), "E061501")):
        world = World(ON)
        door = world.bed.front_door(FrontDoorSettings(stand_ins=chosen))
        party = DuisParty(
            world.client(SUPPLIER), world.bed.xml_signer(SUPPLIER), world.dcc.repository, world.bed.provider
        )
        request = world.update(OTHER_OPERATOR, SUPPLIER)
        submission, answer = DuisWire(door, {SUPPLIER: party}).submit(request, world.now)
        assert submission.response.code is Code.SIM_E061590
        assert answer.code.value == expected
