"""6.23: the incoming supplier takes a device over; which code stands for what is assumed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import pytest
from dcc_worlds import (
    DAY,
    ESME,
    ESME_OF_NOBODY,
    ESME_WITHOUT_MPAN,
    GPF,
    GSME,
    HCALCS,
    MPAN,
    MPRN,
    NOW,
    OTHER_SUPPLIER,
    SUPPLIER,
    Make,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
    user_id,
)

from dcc.bodies.credentials import CANCELLATION, ReplaceSupplierCredentials
from dcc.dates import DateRange
from dcc.identifiers import DistributorId, Mpan, Mpid, Mpxn
from dcc.parties import PartyRow, UserRole
from dcc.registration import ElectricityRecord
from dcc.response_codes import ResponseCode
from dcc.rules import change_of_supplier, credentials
from dcc.rules.order import decide
from dcc.service_requests import ServiceRequest
from dcc.srv import Srv
from dcc.world import UnknownMpxn
from devices.gbcs.identifiers import Eui64, OriginatorCounter

Code = ResponseCode
OTHER_MPAN: Final = Mpan.from_core(DistributorId(10), 2)
GAS_SUPPLIER: Final = user_id(0x21)
TOMORROW: Final = (NOW + DAY).date()


def change(
    target: Eui64 = ESME,
    mpxn: Mpxn = MPAN,
    user: Eui64 = SUPPLIER,
    owner: Eui64 | None = None,
    **fields: object,
) -> Make:
    """6.23 of a supplier with its own certificates, or those of an owner."""

    def make(world: World) -> ServiceRequest:
        wanted = world.certificates_of(owner or user)
        assert wanted.signing is not None
        top_up = None if target == HCALCS else wanted.top_up
        body = ReplaceSupplierCredentials(
            wanted.signing, wanted.agreement, mpxn, OriginatorCounter(0), top_up, wanted.path
        )
        body = body._replace(**fields)  # type: ignore[arg-type]
        return world.ask(user, Srv.UPDATE_CREDENTIALS_COS, target, body)

    return make


def on_hcalcs(mpxn: Mpxn = MPAN, **fields: object) -> Make:
    """The HCALCS belongs to the ESME."""

    def make(world: World) -> ServiceRequest:
        world.dcc.inventory.join(HCALCS, ESME)
        return change(HCALCS, mpxn, **fields)(world)

    return make


def with_top_up_on_hcalcs(world: World) -> ServiceRequest:
    return on_hcalcs(top_up=world.certificates_of(SUPPLIER).top_up)(world)


def of_a_gas_supplier_on_an_esme(world: World) -> ServiceRequest:
    row = PartyRow(Mpid("GASY"), UserRole.GS, "Gas Supplier", GAS_SUPPLIER, dcc_user=True)
    world.dcc.parties.add(row)
    return change(user=GAS_SUPPLIER, owner=SUPPLIER)(world)


CASES: Final = (
    RuleCase(
        credentials.user_role_may_replace_role_on_device,
        change(),
        of_a_gas_supplier_on_an_esme,
        Code.E062302,
        "GS, supplier, ESME",
        "a combination that exists",
        World.read,
    ),
    RuleCase(
        credentials.certificate_type_fits_device,
        change(),
        with_top_up_on_hcalcs,
        Code.E062304,
        "top-up certificate for a HCALCS",
        "none",
        on_hcalcs(),
    ),
    RuleCase(
        change_of_supplier.change_of_supplier_names_metering_point,
        change(),
        change(mpxn=OTHER_MPAN),
        Code.E062301,
        OTHER_MPAN,
        MPAN,
        change(ESME_WITHOUT_MPAN),
    ),
    RuleCase(
        change_of_supplier.change_of_supplier_floor_fits_device,
        change(top_up_floor=OriginatorCounter(0)),
        on_hcalcs(top_up_floor=OriginatorCounter(0)),
        Code.E062303,
        "top-up floor 0 for HCALCS",
        "none",
        change(),
    ),
    RuleCase(
        change_of_supplier.change_of_supplier_fuel_fits_device,
        change(),
        change(ESME_WITHOUT_MPAN, MPRN),
        Code.E062305,
        f"{MPRN} for ESME",
        "an MPAN",
        World.read,
    ),
    RuleCase(
        change_of_supplier.change_of_supplier_sender_is_registered,
        change(),
        change(user=OTHER_SUPPLIER),
        Code.E062306,
        f"Supplier B as IS is not and will not be registered at {MPAN}",
        "the party registered there",
        World.read,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_passing_case(case: RuleCase) -> None:
    check_passes(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_failing_case(case: RuleCase) -> None:
    check_fails(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_that_the_rule_does_not_apply_to(case: RuleCase) -> None:
    check_abstains(case)


TOGETHER: Final[dict[str, Make]] = {
    "change-of-supplier-names-metering-point": on_hcalcs(OTHER_MPAN, top_up_floor=OriginatorCounter(0)),
    "change-of-supplier-floor-fits-device": change(HCALCS, MPRN, top_up_floor=OriginatorCounter(0)),
    "change-of-supplier-fuel-fits-device": change(ESME_WITHOUT_MPAN, MPRN),
}


def code_of(world: World, make: Make) -> str:
    rejection = decide(world.view(make(world))).rejection
    return rejection.code.value if rejection and rejection.code else "passes"


@pytest.mark.parametrize(("target", "mpxn"), [(ESME, MPAN), (GSME, MPRN), (GPF, MPRN), (HCALCS, MPAN)])
def test_each_device_with_a_suppliers_credentials_can_be_taken_over(target: Eui64, mpxn: Mpxn) -> None:
    world = World()
    assert code_of(world, change(target, mpxn)) == "passes"


def supply_changes_tomorrow(world: World) -> None:
    record = ElectricityRecord(Mpid("EELC"), Mpid("SUPB"), DateRange(first=TOMORROW), effective_from=TOMORROW)
    world.dcc.registration.add_electricity(MPAN, record)


def test_who_will_be_registered_may_send_it_before_the_day() -> None:
    """At once as well as for the day, but not for a time before it. E4 has no say in it."""
    world = World()
    supply_changes_tomorrow(world)
    incoming = {"user": OTHER_SUPPLIER}
    assert code_of(world, change(**incoming)) == "passes"  # type: ignore[arg-type]
    on_the_day = NOW + DAY
    assert code_of(world, change(user=OTHER_SUPPLIER, execution_date_time=on_the_day)) == "passes"
    before = NOW + timedelta(minutes=1)
    assert code_of(world, change(user=OTHER_SUPPLIER, execution_date_time=before)) == "E062306"
    assert code_of(world, change(user=OTHER_SUPPLIER, execution_date_time=CANCELLATION)) == "passes"


def test_who_was_registered_and_will_not_be_any_more_may_not() -> None:
    world = World()
    supply_changes_tomorrow(world)
    assert code_of(world, change(execution_date_time=NOW + DAY)) == "E062306"
    assert code_of(world, change()) == "passes"


def test_without_a_record_the_switch_decides() -> None:
    world = World()
    mpan = Mpan.from_core(DistributorId(99), 1)
    make = change(ESME_OF_NOBODY, mpan, OTHER_SUPPLIER)
    assert code_of(world, make) == "passes"
    world.dcc.unknown_mpxn = UnknownMpxn.REFUSE
    assert code_of(world, make) == "E062306"


def test_the_certificates_are_a_suppliers() -> None:
    world = World()
    operator = world.certificates_of(OTHER_SUPPLIER)
    assert code_of(world, change(owner=OTHER_SUPPLIER)) == "passes"
    assert code_of(world, change(path=())) == "SIM-PSC"
    assert code_of(world, change(signing=operator.agreement)) == "SIM-PSC"
    assert code_of(world, change(floor=OriginatorCounter(2**63))) == "SIM-SCHEMA"


def test_a_supply_that_began_long_ago_is_no_later_moment() -> None:
    world = World()
    record = ElectricityRecord(
        Mpid("EELC"), Mpid("SUPB"), DateRange(date(2020, 1, 1), date(2020, 12, 31)),
        effective_from=date(2020, 1, 1),
    )  # fmt: skip
    world.dcc.registration.add_electricity(MPAN, record)
    assert code_of(world, change(user=OTHER_SUPPLIER)) == "E062306"
