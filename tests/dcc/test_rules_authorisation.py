"""Steps 3 to 12 of the DSP's checks: who may ask what of which device, and what uses a RequestID up."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Final

import pytest
from dcc_worlds import (
    CHF,
    DAY,
    ESME,
    ESME_OF_NOBODY,
    ESME_WITHOUT_MPAN,
    EXPORT_SUPPLIER,
    FORMER_SUPPLIER,
    GPF,
    GSME,
    HCALCS,
    MPAN,
    NO_DEVICE,
    NOW,
    OPERATOR,
    OTHER_OPERATOR,
    OTHER_SUPPLIER,
    OTHER_TRANSPORTER,
    PPMID,
    SECOND,
    START,
    STRANGER,
    SUPPLIER,
    TRANSPORTER,
    Make,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
    set_status,
    user_id,
)
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from dcc.bodies.credentials import RetrieveRoles
from dcc.bodies.inventory import ReadInventory
from dcc.bodies.meters import SetExportMpan
from dcc.bodies.reads import Read, ReadLog
from dcc.bodies.schedules import DeleteSchedule, ReadSchedule
from dcc.dates import DateRange
from dcc.identifiers import DistributorId, Mpan, Mpid, RequestId
from dcc.inventory import MpxnLinks
from dcc.inventory_status import StatusCause
from dcc.parties import PartyRow, UserRole
from dcc.registration import Direction, ElectricityRecord
from dcc.response_codes import ResponseCode
from dcc.rules import authorisation, variants
from dcc.rules.model import Outcome
from dcc.rules.order import decide
from dcc.service_requests import CommandVariant, OtherBody, RequestBody, ServiceRequest, SignedPreCommand
from dcc.services import SERVICES
from dcc.srv import Srv
from dcc.world import UnknownMpxn
from devices.gbcs.identifiers import Eui64, OriginatorCounter, RemotePartyRole
from scenarios.test_bed import ACB_ID

Code = ResponseCode
ROLES = RetrieveRoles((RemotePartyRole.SUPPLIER,))


def from_stranger(world: World) -> ServiceRequest:
    request = world.read()
    return request._replace(request_id=request.request_id._replace(originator=STRANGER))


def suspended(world: World) -> ServiceRequest:
    world.dcc.parties.suspend(OPERATOR, world.now)
    return world.read()


def suspension_over(world: World) -> ServiceRequest:
    world.dcc.parties.suspend(OPERATOR, world.now - DAY, world.now)
    return world.read()


def again(world: World) -> ServiceRequest:
    request = world.read()
    world.submit(request)
    return request


def with_counter_below(world: World) -> ServiceRequest:
    return _after(world, -1)


def with_counter_above(world: World) -> ServiceRequest:
    return _after(world, 1)


def _after(world: World, difference: int) -> ServiceRequest:
    request = world.read()
    world.submit(request)
    originator, target, counter = request.request_id
    request_id = RequestId(originator, target, OriginatorCounter(counter + difference))
    return request._replace(request_id=request_id)


def signed_update(world: World) -> ServiceRequest:
    return world.signed(world.update())


def read_by_supplier(world: World) -> ServiceRequest:
    return world.read(SUPPLIER)


def signed_by_supplier(world: World) -> ServiceRequest:
    return world.signed(world.update(SUPPLIER, SUPPLIER))


def locally(make: Make) -> Make:
    return lambda world: make(world)._replace(command_variant=CommandVariant.LOCAL_COMMAND)


def on_a_recovered_meter(world: World) -> ServiceRequest:
    set_status(world, ESME, StatusCause.RECOVERY_STARTED, StatusCause.RECOVERY_DONE)
    return locally(read_by_supplier)(world)


def of_the_inventory(target: Eui64) -> Make:
    body = ReadInventory(ESME)
    return lambda world: world.ask(SUPPLIER, Srv.READ_INVENTORY, target, body, CommandVariant.DCC_ONLY)


def to_transform(world: World) -> ServiceRequest:
    return world.read()._replace(command_variant=CommandVariant.TRANSFORM)


def suspended_meter(world: World) -> ServiceRequest:
    set_status(world, ESME, StatusCause.FIRMWARE_DELISTED)
    return world.read()


def with_another_reference(world: World) -> ServiceRequest:
    return world.read()._replace(reference="4.8")


def not_read(world: World) -> ServiceRequest:
    body = OtherBody(SERVICES[Srv.READ_SUPPLY_STATUS].element, b"")
    return world.ask(SUPPLIER, Srv.READ_SUPPLY_STATUS, ESME, body)


def of_no_sense(world: World) -> ServiceRequest:
    body = OtherBody("ReadNetworkData", b"", None, "ReadNetworkData/Number: 'x', expected a number")
    return world.read()._replace(body=body)


CASES: Final = (
    RuleCase(
        authorisation.originator_is_a_user,
        World.read,
        from_stranger,
        Code.E1,
        str(STRANGER),
        "the User Id of a party",
        None,
    ),
    RuleCase(
        authorisation.role_may_send_service,
        World.read,
        lambda world: world.read(EXPORT_SUPPLIER),
        Code.E2,
        "roles ES",
        "one of ED, GS, GT, IS for 4.10",
        None,
    ),
    RuleCase(
        authorisation.user_is_live,
        suspension_over,
        suspended,
        Code.E3,
        "suspended",
        "live",
        lambda world: world.read(EXPORT_SUPPLIER),
    ),
    RuleCase(
        authorisation.request_id_is_new,
        with_counter_above,
        again,
        Code.SIM_DUP,
        f"{OPERATOR}:{ESME}:",
        "not used before",
        None,
    ),
    RuleCase(
        authorisation.originator_counter_rises,
        with_counter_above,
        with_counter_below,
        Code.SIM_REPLAY,
        "1767574799999",
        "more than 1767574800000",
        signed_update,
    ),
    RuleCase(
        variants.service_reference_fits_variant,
        World.read,
        with_another_reference,
        Code.SIM_SCHEMA,
        "4.8 with 4.10",
        "4.10",
        None,
    ),
    RuleCase(
        variants.content_makes_sense,
        not_read,
        of_no_sense,
        Code.SIM_SCHEMA,
        "ReadNetworkData/Number: 'x', expected a number",
        "content of ReadNetworkData that makes sense",
        World.read,
    ),
    RuleCase(
        variants.command_variant_fits,
        World.read,
        to_transform,
        Code.E12,
        "4 with ReadLog",
        "1 with ReadLog",
        None,
    ),
    RuleCase(
        variants.local_delivery_is_available,
        locally(read_by_supplier),
        on_a_recovered_meter,
        Code.E17,
        "status Recovered",
        "one of Commissioned, InstalledNotCommissioned",
        World.read,
    ),
    RuleCase(
        authorisation.device_exists,
        World.read,
        lambda world: world.read(target=NO_DEVICE),
        Code.E19,
        str(NO_DEVICE),
        "a device in the Smart Metering Inventory",
        of_the_inventory(ACB_ID),
    ),
    RuleCase(
        authorisation.target_is_the_dcc,
        of_the_inventory(ACB_ID),
        of_the_inventory(ESME),
        Code.SIM_SCHEMA,
        f"target {ESME}",
        f"the DCC, {ACB_ID}",
        World.read,
    ),
    RuleCase(
        authorisation.inventory_status_allows_service,
        World.read,
        suspended_meter,
        Code.E5,
        "status Suspended",
        "allows 4.10",
        lambda world: world.read(target=NO_DEVICE),
    ),
    RuleCase(
        authorisation.service_fits_device_type,
        World.read,
        lambda world: world.read(TRANSPORTER, GPF),
        Code.E11,
        "GPF",
        "one of ESME, GSME",
        lambda world: world.read(target=NO_DEVICE),
    ),
    RuleCase(
        authorisation.sender_is_registered,
        World.read,
        lambda world: world.read(OTHER_OPERATOR),
        Code.E4,
        f"Midlands Networks as ED is not registered at {MPAN}",
        "the party registered there",
        World.update,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_passing_case(case: RuleCase) -> None:
    check_passes(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_failing_case(case: RuleCase) -> None:
    check_fails(case)


@pytest.mark.parametrize("case", [case for case in CASES if case.abstains], ids=lambda case: case.id)
def test_case_that_the_rule_does_not_apply_to(case: RuleCase) -> None:
    check_abstains(case)


def code_of(world: World, request: ServiceRequest) -> str:
    return world.submit(request).response.code.value


# Who: roles and status


@pytest.mark.parametrize(
    ("user", "code"), [(OPERATOR, "E2"), (TRANSPORTER, "E2"), (EXPORT_SUPPLIER, "E2"), (SUPPLIER, "I99")]
)
def test_only_suppliers_hand_over(user: Eui64, code: str) -> None:
    world = World()
    assert code_of(world, world.handover(user=user)) == code


def test_a_user_that_is_no_dcc_user_any_more() -> None:
    world = World()
    submission = world.submit(world.read(FORMER_SUPPLIER))
    assert submission.response.code is Code.E3
    assert submission.decision.rejection is not None
    assert submission.decision.rejection.observed == "not a DCC User"


def test_two_roles_under_one_user_id_act_by_the_fuel_of_the_device() -> None:
    """Import and gas supplier in one: each device is asked in the role of its fuel."""
    world = World()
    for target, role in ((ESME, "IS"), (HCALCS, "IS"), (PPMID, "IS"), (GSME, "GS"), (GPF, "GS")):
        acting = world.view(world.ask(SUPPLIER, Srv.RETRIEVE_CREDENTIALS, target, ROLES)).acting_role
        assert acting is UserRole(role), target
    import_registers = Read()
    for target in (ESME, GSME, GPF):
        own = world.ask(SUPPLIER, Srv.READ_IMPORT_REGISTERS, target, import_registers)
        assert code_of(world, own) in ("I99", "SIM-NOT-MODELLED"), target
        others = world.ask(OTHER_SUPPLIER, Srv.READ_IMPORT_REGISTERS, target, import_registers)
        assert code_of(world, others) == "E4", target


def test_live_in_one_role_says_nothing_of_the_other() -> None:
    world = World()
    user = user_id(0x20)
    rows = (
        PartyRow(Mpid("SUPC"), UserRole.IS, "Supplier C", user, dcc_user=True),
        PartyRow(
            Mpid("SUPC"), UserRole.GS, "Supplier C", user,
            dcc_user=True, dcc_user_dates=DateRange(last=date(2026, 1, 4)),
        ),
    )  # fmt: skip
    for row in rows:
        world.dcc.parties.add(row)
    retrieve = (Srv.RETRIEVE_CREDENTIALS, ESME_WITHOUT_MPAN, ROLES)
    assert code_of(world, world.ask(user, *retrieve)) == "I99"
    assert code_of(world, world.ask(user, Srv.RETRIEVE_CREDENTIALS, GPF, ROLES)) == "E3"


# What: Command Variant, device, status, type


_WORLD: Final = World()


def empty(kind: type) -> RequestBody:
    """A body of a kind that holds nothing."""
    body: RequestBody = kind._make([None] * len(kind._fields))  # type: ignore[attr-defined]
    return body


def own_body(srv: Srv, kind: type) -> RequestBody:
    """A body of a kind that holds nothing; where it is not read, the element of the service."""
    return OtherBody(SERVICES[srv].element, b"") if kind is OtherBody else empty(kind)


def variants_of(srv: Srv) -> dict[int, type]:
    """By Command Variant the kind of body that belongs to it, written down once more."""
    service = SERVICES[srv]
    if service.non_device:
        return {8: service.body}
    if service.critical:
        return {4: service.body, 5: SignedPreCommand, 6: SignedPreCommand, 7: SignedPreCommand}
    return {1: service.body, 2: service.body, 3: service.body}


@pytest.mark.parametrize("variant", CommandVariant)
def test_which_command_variant_carries_which_body(variant: CommandVariant) -> None:
    """Every service with every Command Variant, and each with its own body, a signed one and another's."""
    request = _WORLD.read()._replace(command_variant=variant)
    for srv, service in SERVICES.items():
        other = ReadSchedule if service.body is not ReadSchedule else DeleteSchedule
        for kind in (service.body, SignedPreCommand, other):
            asked = request._replace(srv=srv, body=own_body(srv, kind))
            verdict = variants.command_variant_fits.ask(_WORLD.view(asked))
            fits = variants_of(srv).get(variant) is kind
            assert verdict.outcome is (Outcome.PASS if fits else Outcome.REJECT), (srv, kind)
            if not fits:
                assert verdict.code is Code.E12
                assert verdict.observed == f"{variant.value} with {kind.__name__}"


def test_a_body_that_is_not_read_is_the_services_own() -> None:
    """The element says so: the content of another service is no content of this one."""
    unread = [srv for srv in Srv if SERVICES[srv].body is OtherBody]
    for srv, other in itertools.pairwise(unread):
        (variant, *_) = variants_of(srv)
        request = _WORLD.read()._replace(srv=srv, command_variant=CommandVariant(variant))
        for of, outcome in ((srv, Outcome.PASS), (other, Outcome.REJECT)):
            asked = request._replace(body=OtherBody(SERVICES[of].element, b""))
            verdict = variants.command_variant_fits.ask(_WORLD.view(asked))
            assert verdict.outcome is outcome, (srv, of)
        assert verdict.observed == f"{variant} with element {SERVICES[other].element}"
        assert verdict.expected == SERVICES[srv].element


def test_the_variant_of_the_dcc_itself_is_never_a_users() -> None:
    assert not any(CommandVariant.DCC_INTERNAL in variants_of(srv) for srv in Srv)


def test_what_an_unfit_body_holds_is_never_looked_at() -> None:
    """A body that is not the service's cannot bring a later rule to fall."""
    for srv, kind in itertools.product(Srv, {service.body for service in SERVICES.values()}):
        if SERVICES[srv].body is kind or not {UserRole.IS, UserRole.GS} & SERVICES[srv].roles:
            continue
        for variant in (CommandVariant.COMMAND, CommandVariant.TRANSFORM, CommandVariant.DCC_ONLY):
            request = _WORLD.ask(SUPPLIER, srv, ESME, empty(kind), variant)
            rejection = decide(_WORLD.view(request)).rejection
            assert rejection is not None
            assert rejection.code is Code.E12


@pytest.mark.parametrize(
    ("make", "variant"),
    [(read_by_supplier, 2), (read_by_supplier, 3), (signed_by_supplier, 6), (signed_by_supplier, 7)],
)
def test_a_command_for_local_delivery_passes_for_a_supplier(make: Make, variant: int) -> None:
    world = World()
    request = make(world)._replace(command_variant=CommandVariant(variant))
    assert decide(world.view(request)).rejection is None


@pytest.mark.parametrize("variant", [2, 3])
def test_local_delivery_is_checked_as_any_other(variant: int) -> None:
    world = World()
    request = world.read(OTHER_SUPPLIER)._replace(command_variant=CommandVariant(variant))
    assert code_of(world, request) == "E4"


@pytest.mark.parametrize("role", UserRole)
def test_who_may_have_a_command_for_local_delivery(role: UserRole) -> None:
    """Those who send installers (assumed)."""
    users = {
        UserRole.IS: SUPPLIER, UserRole.GS: SUPPLIER, UserRole.ED: OPERATOR, UserRole.GT: TRANSPORTER,
        UserRole.ES: EXPORT_SUPPLIER,
    }  # fmt: skip
    if role in users:
        target = GSME if role in (UserRole.GS, UserRole.GT) else ESME
        srv = Srv.READ_IDENTITY
        request = _WORLD.ask(users[role], srv, target, Read(), CommandVariant.LOCAL_COMMAND)
        view = _WORLD.view(request)
        assert view.acting_role is role
        outcome = variants.local_delivery_is_available.ask(view).outcome
        assert (outcome is Outcome.PASS) is (role in (UserRole.IS, UserRole.GS))
    assert (role in variants.LOCAL_DELIVERY_ROLES) is (role in (UserRole.IS, UserRole.GS))


@pytest.mark.parametrize(
    ("causes", "allowed"),
    [
        ((), "4.10 6.15.1 6.21 6.24.1"),
        ((StatusCause.FIRMWARE_DELISTED,), "6.24.1"),
        ((StatusCause.RECOVERY_STARTED,), ""),
        ((StatusCause.RECOVERY_STARTED, StatusCause.RECOVERY_DONE), "6.15.1 6.21 6.24.1"),
        ((StatusCause.DECOMMISSIONED,), ""),
    ],
    ids=["commissioned", "suspended", "recovery", "recovered", "decommissioned"],
)
def test_which_status_allows_which_service(causes: tuple[StatusCause, ...], allowed: str) -> None:
    world = World()
    requests = (world.read(), world.update(), world.handover(), world.ask(SUPPLIER, *_RETRIEVE))
    set_status(world, ESME, *causes)
    for request in requests:
        expected = request.srv.value in allowed.split()
        assert (code_of(world, request) != "E5") is expected, request.srv


_RETRIEVE: Final = (Srv.RETRIEVE_CREDENTIALS, ESME, ROLES)


@pytest.mark.parametrize("target", [CHF, PPMID])
def test_credentials_are_replaced_on_devices_that_have_their_cells(target: Eui64) -> None:
    world = World()
    for request in (world.update(SUPPLIER, SUPPLIER, target), world.handover(SUPPLIER, SUPPLIER, target)):
        assert code_of(world, request) == "E11"
    retrieve = world.ask(SUPPLIER, Srv.RETRIEVE_CREDENTIALS, target, ROLES)
    assert code_of(world, retrieve) == "I99"


# Registration


def test_critical_services_are_not_held_against_registration() -> None:
    world = World()
    assert code_of(world, world.update(OTHER_OPERATOR, OTHER_OPERATOR)) == "I0"
    assert code_of(world, world.signed(world.update(OTHER_OPERATOR, OTHER_OPERATOR))) == "I99"


@pytest.mark.parametrize("target", [ESME_WITHOUT_MPAN, ESME_OF_NOBODY])
def test_what_registration_cannot_decide_passes(target: Eui64) -> None:
    world = World()
    request = world.read(OTHER_OPERATOR, target)
    assert authorisation.sender_is_registered.ask(world.view(request)).outcome is Outcome.NOT_APPLICABLE
    assert code_of(world, request) == "I99"


@pytest.mark.parametrize("target", [PPMID, HCALCS, CHF], ids=["PPMID", "HCALCS", "CHF"])
def test_a_device_belongs_to_the_metering_point_of_its_meter(target: Eui64) -> None:
    world = World()
    if target == CHF:
        world.dcc.inventory.assign_hub(ESME, CHF)
    else:
        world.dcc.inventory.join(target, ESME)
    retrieve = (Srv.RETRIEVE_CREDENTIALS, target, ROLES)
    for user in (SUPPLIER, OPERATOR):
        assert code_of(world, world.ask(user, *retrieve)) == "I99"
    for user in (OTHER_SUPPLIER, OTHER_OPERATOR, OTHER_TRANSPORTER):
        assert code_of(world, world.ask(user, *retrieve)) == "E4"


def test_one_of_the_metering_points_of_a_device_is_enough() -> None:
    """A PPMID of both meters: each fuel's parties, each in the role in which it is registered."""
    world = World()
    for meter in (ESME, GPF):
        world.dcc.inventory.join(PPMID, meter)
    supply_changes_today(world)
    for user, role in ((SUPPLIER, "GS"), (OTHER_SUPPLIER, "IS"), (OPERATOR, "ED"), (TRANSPORTER, "GT")):
        request = world.ask(user, Srv.RETRIEVE_CREDENTIALS, PPMID, ROLES)
        assert world.view(request).acting_role is UserRole(role)
        assert code_of(world, request) == "I99"
    for user in (OTHER_OPERATOR, OTHER_TRANSPORTER):
        assert code_of(world, world.ask(user, Srv.RETRIEVE_CREDENTIALS, PPMID, ROLES)) == "E4"


@pytest.mark.parametrize(
    ("user", "target"),
    [(TRANSPORTER, ESME_OF_NOBODY), (TRANSPORTER, ESME_WITHOUT_MPAN), (TRANSPORTER, HCALCS)],
    ids=["no record", "no MPAN", "not joined"],
)
def test_a_role_of_the_wrong_fuel_needs_no_record_to_be_refused(user: Eui64, target: Eui64) -> None:
    world = World()
    assert code_of(world, world.ask(user, Srv.RETRIEVE_CREDENTIALS, target, ROLES)) == "E4"
    assert code_of(world, world.ask(OTHER_OPERATOR, Srv.RETRIEVE_CREDENTIALS, target, ROLES)) == "I99"


@pytest.mark.parametrize(
    ("target", "observed"),
    [
        (ESME_WITHOUT_MPAN, "no registration record of ESME without metering point"),
        (ESME_OF_NOBODY, "no registration record of 99"),
    ],
)
def test_what_registration_cannot_decide_is_refused_where_so_chosen(target: Eui64, observed: str) -> None:
    world = World()
    world.dcc.unknown_mpxn = UnknownMpxn.REFUSE
    submission = world.submit(world.read(OPERATOR, target))
    assert submission.response.code is Code.E4
    assert submission.decision.rejection is not None
    assert submission.decision.rejection.observed.startswith(observed)
    assert code_of(world, world.read()) == "I99"


def test_one_party_is_registered_by_any_of_its_participant_ids() -> None:
    """The record names LOND, the User came with EELC: one party."""
    world = World()
    world.dcc.registration.add_electricity(MPAN, ElectricityRecord(Mpid("LOND"), Mpid("SUPA")))
    assert code_of(world, world.read()) == "I99"


def test_gas_is_asked_at_the_mprn_of_the_meter_behind_the_gpf() -> None:
    world = World()
    read = (Srv.READ_IMPORT_REGISTERS, GPF, Read())
    assert code_of(world, world.ask(TRANSPORTER, *read)) == "I99"
    assert code_of(world, world.ask(OTHER_TRANSPORTER, *read)) == "E4"
    assert code_of(world, world.ask(OPERATOR, *read)) == "E4"


def supply_changes_today(world: World) -> None:
    """Supplier A until yesterday, Supplier B from today on."""
    registration = world.dcc.registration
    until, since = DateRange(last=date(2026, 1, 4)), DateRange(first=date(2026, 1, 5))
    registration.add_electricity(MPAN, ElectricityRecord(Mpid("EELC"), Mpid("SUPA"), until))
    registration.add_electricity(
        MPAN, ElectricityRecord(Mpid("EELC"), Mpid("SUPB"), since, effective_from=date(2026, 1, 5))
    )


def test_a_read_needs_registration_over_its_whole_period() -> None:
    world = World()
    supply_changes_today(world)
    today, yesterday = ReadLog(START, NOW), ReadLog(START - SECOND, NOW)
    read = (Srv.READ_NETWORK_DATA, ESME)
    assert code_of(world, world.ask(OTHER_SUPPLIER, *read, today)) == "I99"
    assert code_of(world, world.ask(OTHER_SUPPLIER, *read, yesterday)) == "E4"
    all_before = ReadLog(START - SECOND, START - SECOND)
    assert code_of(world, world.ask(OTHER_SUPPLIER, *read, all_before)) == "E4"
    assert code_of(world, world.ask(SUPPLIER, *read, all_before)) == "I99"
    assert code_of(world, world.ask(SUPPLIER, *read, yesterday)) == "E4"


def test_who_will_be_registered_may_already_ask_for_the_time_when_it_is() -> None:
    world = World()
    tomorrow = world.now + DAY
    since = ElectricityRecord(
        Mpid("EELC"), Mpid("SUPB"), DateRange(first=tomorrow.date()), effective_from=tomorrow.date()
    )
    world.dcc.registration.add_electricity(MPAN, since)
    body = world.certificates_of(OTHER_SUPPLIER)
    assert code_of(world, world.handover(body, OTHER_SUPPLIER)) == "E4"
    dated = world.handover(body._replace(execution_date_time=tomorrow), OTHER_SUPPLIER)
    assert code_of(world, dated) != "E4"


# Export suppliers: what is exported is registered at an MPAN of its own


EXPORT_MPAN: Final = Mpan.from_core(DistributorId(10), 77)


def exporting(world: World, supplier: str = "EXPT", *, linked: bool = True) -> None:
    """The meter exports under an MPAN at which a supplier is registered."""
    record = ElectricityRecord(Mpid("EELC"), Mpid(supplier), direction=Direction.EXPORT)
    world.dcc.registration.add_electricity(EXPORT_MPAN, record)
    if linked:
        world.dcc.inventory.link(ESME, MpxnLinks(MPAN, export_mpan=EXPORT_MPAN))


def export_read(world: World, target: Eui64 = ESME) -> str:
    request = world.ask(EXPORT_SUPPLIER, Srv.READ_IDENTITY, target, Read())
    return code_of(world, request).replace("SIM-NOT-MODELLED", "I99")


def test_an_export_supplier_is_held_against_the_export_mpan() -> None:
    world = World()
    assert export_read(world) == "E4"
    exporting(world)
    assert export_read(world) == "I99"
    other = World()
    exporting(other, "SUPA")
    assert export_read(other) == "E4"


def test_a_device_joined_to_an_exporting_meter_is_the_export_suppliers_too() -> None:
    world = World()
    exporting(world)
    world.dcc.inventory.join(PPMID, ESME)
    request = world.ask(EXPORT_SUPPLIER, Srv.READ_FIRMWARE_VERSION, PPMID, Read())
    assert authorisation.sender_is_registered.ask(world.view(request)).outcome is Outcome.PASS


def test_an_export_mpan_is_set_by_who_is_registered_at_it() -> None:
    """Before the inventory links one, it is the MPAN of the request that counts."""
    for supplier, outcome in (("EXPT", Outcome.PASS), ("SUPA", Outcome.REJECT)):
        world = World()
        exporting(world, supplier, linked=False)
        body = SetExportMpan(EXPORT_MPAN)
        request = world.ask(EXPORT_SUPPLIER, Srv.SET_EXPORT_MPAN, ESME, body)
        assert authorisation.sender_is_registered.ask(world.view(request)).outcome is outcome


def test_of_two_roles_of_one_fuel_the_registered_one_acts() -> None:
    """An export supplier that also supplies elsewhere acts as export supplier where it is that alone."""
    world = World()
    world.dcc.parties.add(
        PartyRow(Mpid("EXPT"), UserRole.IS, "Export Supplier", EXPORT_SUPPLIER, dcc_user=True)
    )
    read = (Srv.READ_IDENTITY, ESME, Read())
    assert world.view(world.ask(EXPORT_SUPPLIER, *read)).acting_role is UserRole.IS
    exporting(world)
    assert world.view(world.ask(EXPORT_SUPPLIER, *read)).acting_role is UserRole.ES
    assert export_read(world) == "I99"


@pytest.mark.parametrize("role", [UserRole.OU, UserRole.RSA], ids=lambda role: role.value)
def test_roles_that_registration_data_does_not_decide(role: UserRole) -> None:
    """Another user is never held against it; a meter operator is, and in gas is not."""
    world = World()
    user = user_id(0x22)
    world.dcc.parties.add(PartyRow(Mpid("OTHR"), role, "Another", user, dcc_user=True))
    asked = {target: world.ask(user, Srv.READ_IDENTITY, target, Read()) for target in (ESME, GSME)}
    outcomes = {
        target: authorisation.sender_is_registered.ask(world.view(request)).outcome
        for target, request in asked.items()
    }
    on_esme = Outcome.REJECT if role is UserRole.RSA else Outcome.NOT_APPLICABLE
    assert outcomes == {ESME: on_esme, GSME: Outcome.NOT_APPLICABLE}


def test_what_no_device_answers_is_not_held_against_a_device() -> None:
    world = World()
    for target in (ACB_ID, ESME):
        view = world.view(of_the_inventory(target)(world))
        for asked in (
            authorisation.device_exists,
            authorisation.inventory_status_allows_service,
            authorisation.service_fits_device_type,
            authorisation.sender_is_registered,
        ):
            assert asked.ask(view).outcome is Outcome.NOT_APPLICABLE, asked.id


def test_without_an_id_of_the_dcc_any_target_will_do() -> None:
    world = World()
    world.dcc.dcc_id = None
    view = world.view(of_the_inventory(NO_DEVICE)(world))
    assert authorisation.target_is_the_dcc.ask(view).outcome is Outcome.NOT_APPLICABLE


# What uses a RequestID up (step 6)


def used(world: World, request: ServiceRequest) -> bool:
    return world.dcc.ledger.is_used(request)


@pytest.mark.parametrize("make", [from_stranger, lambda world: world.read(EXPORT_SUPPLIER), suspended])
def test_a_request_that_an_earlier_rule_rejects_uses_nothing_up(make: Make) -> None:
    world = World()
    request = make(world)
    for _ in range(2):
        assert world.submit(request).response.code in (Code.E1, Code.E2, Code.E3)
    assert not used(world, request)
    assert world.dcc.ledger.last_counter(request.request_id) is None


def test_a_replayed_counter_uses_nothing_up() -> None:
    world = World()
    request = with_counter_below(world)
    before = world.dcc.ledger.last_counter(request.request_id)
    for _ in range(2):
        assert world.submit(request).response.code is Code.SIM_REPLAY
    assert not used(world, request)
    assert world.dcc.ledger.last_counter(request.request_id) == before


@pytest.mark.parametrize("case", CASES[5:], ids=lambda case: case.id)
def test_whatever_follows_step_6_the_request_id_is_used_up(case: RuleCase) -> None:
    world = World()
    request = case.fails(world)
    assert world.submit(request).response.code is case.code
    assert used(world, request)
    assert world.submit(request).response.code is Code.SIM_DUP


def test_transform_and_signed_call_share_a_request_id_and_each_uses_it_once() -> None:
    world = World()
    update = world.update()
    signed = world.signed(update)
    assert signed.request_id == update.request_id
    assert code_of(world, update) == "SIM-DUP"
    assert code_of(world, signed) == "I99"
    assert code_of(world, signed) == "SIM-DUP"
    for variant in (CommandVariant.SIGNED_LOCAL_COMMAND, CommandVariant.SIGNED_COMMAND_AND_LOCAL):
        assert code_of(world, signed._replace(command_variant=variant)) == "SIM-DUP"


def test_an_earlier_pre_command_may_be_signed_after_a_later_transform() -> None:
    world = World()
    first = world.signed(world.update())
    second = world.signed(world.update())
    assert first.request_id.counter < second.request_id.counter
    assert code_of(world, second) == "I99"
    assert code_of(world, first) == "I99"


def test_one_request_id_serves_one_service() -> None:
    """A RequestID names no service: used for a read, it is used for a transform as well."""
    world = World()
    read = world.read()
    world.submit(read)
    update = world.update()._replace(request_id=read.request_id)
    assert code_of(world, update) == "SIM-DUP"


def test_counters_count_by_originator_and_target() -> None:
    world = World()
    assert code_of(world, world.read()) == "I99"
    for user, target in ((SUPPLIER, ESME), (OPERATOR, ESME_WITHOUT_MPAN)):
        low = world.ask(user, Srv.READ_NETWORK_DATA, target, ReadLog(START, NOW), counter=1)
        assert code_of(world, low) == "I99"


def test_the_largest_counter_is_the_last() -> None:
    world = World()
    read = (OPERATOR, Srv.READ_NETWORK_DATA, ESME, ReadLog(START, NOW))
    assert code_of(world, world.ask(*read, counter=2**64 - 1)) == "I99"
    assert code_of(world, world.ask(*read, counter=2**64 - 2)) == "SIM-REPLAY"
    assert code_of(world, world.ask(*read, counter=2**64 - 1)) == "SIM-DUP"


class RequestIds(RuleBasedStateMachine):
    """Any order of first and second calls under few counters, against a list of what was used."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.first_calls: set[int] = set()
        self.second_calls: set[int] = set()
        self.last = -1

    @rule(counter=st.integers(0, 6), transform=st.booleans())
    def first_call(self, counter: int, transform: bool) -> None:
        body = self.world.certificates_of(OPERATOR)
        srv = Srv.UPDATE_CREDENTIALS if transform else Srv.READ_NETWORK_DATA
        kind = body if transform else ReadLog(START, NOW)
        request = self.world.ask(OPERATOR, srv, ESME, kind, counter=counter)
        expected = "I0" if transform else "I99"
        if counter in self.first_calls:
            expected = "SIM-DUP"
        elif counter <= self.last:
            expected = "SIM-REPLAY"
        else:
            self.first_calls.add(counter)
            self.last = counter
        assert code_of(self.world, request) == expected

    @rule(counter=st.integers(0, 6))
    def second_call(self, counter: int) -> None:
        body = SignedPreCommand(b"rubbish, so that a later rule rejects it")
        variant = CommandVariant.SIGNED_COMMAND
        request = self.world.ask(OPERATOR, Srv.UPDATE_CREDENTIALS, ESME, body, variant, counter)
        expected = "SIM-DUP" if counter in self.second_calls else "SIM-GBCS"
        self.second_calls.add(counter)
        assert code_of(self.world, request) == expected


TestRequestIds = RequestIds.TestCase
TestRequestIds.settings = settings(
    max_examples=25, stateful_step_count=15, deadline=timedelta(seconds=20),
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
