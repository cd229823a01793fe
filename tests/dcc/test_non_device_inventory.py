"""8.2, 8.3 and 8.4: the inventory read and changed by Users."""

from __future__ import annotations

from typing import Final

import pytest
from dcc_worlds import (
    CHF,
    DAY,
    ESME,
    ESME_OF_NOBODY,
    ESME_WITHOUT_MPAN,
    EXPORT_SUPPLIER,
    GPF,
    GSME,
    HCALCS,
    MPAN,
    MPRN,
    NO_DEVICE,
    NOW,
    OPERATOR,
    OTHER_OPERATOR,
    OTHER_SUPPLIER,
    PPMID,
    START,
    SUPPLIER,
    TRANSPORTER,
    Make,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
    device_id,
    set_status,
)
from non_device_worlds import (
    NEW_DEVICE,
    NEW_GPF,
    NEW_HUB,
    PRODUCT,
    ask,
    certify,
    notify,
    render,
    settle_home,
)

from dcc.alert_payloads import (
    AssociatedDevice,
    DeviceStatusChange,
    MeterGone,
    MeteringPoints,
    ScheduleRemoval,
)
from dcc.bodies.inventory import (
    Address,
    DecommissionDevice,
    DeleteDevice,
    MpxnKind,
    NewStatus,
    ReadInventory,
    SetDetails,
    SetHubStatus,
    SetMpxn,
    SetStatus,
    UpdateInventory,
    Uprn,
)
from dcc.bodies.schedules import CreateSchedule, Frequency
from dcc.certified_products import CplStatus
from dcc.dates import DateRange
from dcc.identifiers import DistributorId, Mpan, Mpid, Mprn, Mpxn
from dcc.inventory import DeviceDetails, MpxnLinks
from dcc.inventory_status import DeviceStatus, StatusCause
from dcc.notices import Notice
from dcc.registration import Direction, ElectricityRecord
from dcc.response_codes import ResponseCode
from dcc.rules import non_device
from dcc.rules import non_device_inventory as rules
from dcc.rules import non_device_updates as updates
from dcc.service_requests import ServiceRequest
from dcc.service_responses import DeviceRecord, InventoryDevices
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, Eui64

Code = ResponseCode
S = DeviceStatus
EXPORT_MPAN: Final = Mpan.from_core(DistributorId(10), 2)
FREE_MPAN: Final = Mpan.from_core(DistributorId(10), 3)
FREE_MPRN: Final = Mprn.from_unique("87654321")


def read(by: Uprn | Eui64 | Mpxn | Address, user: Eui64 = SUPPLIER) -> Make:
    return lambda world: ask(world, Srv.READ_INVENTORY, ReadInventory(by), user)


def decommission(device: Eui64, user: Eui64 = SUPPLIER) -> Make:
    return lambda world: ask(world, Srv.DECOMMISSION_DEVICE, DecommissionDevice(device), user)


Change = SetStatus | SetHubStatus | SetDetails | DeleteDevice | SetMpxn


def update(device: Eui64, change: Change, user: Eui64 = SUPPLIER) -> Make:
    return lambda world: ask(world, Srv.UPDATE_INVENTORY, UpdateInventory(device, change), user)


def of_notified(change: Change, kind: DeviceType = DeviceType.ESME, *causes: StatusCause) -> Make:
    """8.4 on a device that the supplier notified."""

    def make(world: World) -> ServiceRequest:
        device = NEW_HUB if kind is DeviceType.CHF else NEW_DEVICE
        notify(world, device, kind)
        set_status(world, device, *causes)
        return update(device, change)(world)

    return make


def suspended_first(make: Make) -> Make:
    def prepared(world: World) -> ServiceRequest:
        set_status(world, ESME, StatusCause.FIRMWARE_DELISTED)
        return make(world)

    return prepared


def certified_first(make: Make, status: CplStatus) -> Make:
    def prepared(world: World) -> ServiceRequest:
        request = make(world)
        certify(world, status)
        return request

    return prepared


def registered_elsewhere(world: World) -> ServiceRequest:
    world.dcc.registration.add_electricity(FREE_MPAN, ElectricityRecord(Mpid("EELC"), Mpid("SUPB")))
    return of_notified(IMPORT)(world)


TO_PENDING: Final = SetStatus(NewStatus.PENDING)
TO_INSTALLED: Final = SetStatus(NewStatus.INSTALLED_NOT_COMMISSIONED)
HUB_INSTALLED: Final = SetHubStatus(NewStatus.INSTALLED_NOT_COMMISSIONED)
HUB_WITHDRAWN: Final = SetHubStatus(NewStatus.WITHDRAWN)
VARIANT: Final = SetDetails(esme_variant="B")
IMPORT: Final = SetMpxn(MpxnKind.IMPORT, FREE_MPAN)
WHITELISTED: Final = StatusCause.ADDED_TO_HUB

NAMED_DEVICE_CASES: Final = (
    RuleCase(
        non_device.named_device_exists,
        decommission(ESME),
        decommission(NO_DEVICE),
        Code.E19,
        str(NO_DEVICE),
        "inventory",
        read(ESME),
    ),
    RuleCase(
        non_device.named_device_status_allows_service,
        suspended_first(decommission(ESME)),
        suspended_first(update(ESME, VARIANT)),
        Code.E5,
        "Suspended",
        "8.4",
        read(ESME),
    ),
    RuleCase(
        non_device.sender_serves_named_device,
        decommission(ESME),
        decommission(ESME, OTHER_SUPPLIER),
        Code.E4,
        "not registered as IS",
        "registered there",
        read(ESME),
    ),
)
CASES: Final = (
    *NAMED_DEVICE_CASES,
    RuleCase(
        rules.inventory_search_finds,
        read(ESME),
        read(NO_DEVICE),
        Code.E080201,
        str(NO_DEVICE),
        "at least one",
        decommission(ESME),
    ),
    RuleCase(
        rules.sender_may_read_inventory,
        read(ESME, OPERATOR),
        read(ESME, OTHER_OPERATOR),
        Code.E080202,
        "Midlands Networks",
        "registered there",
        decommission(ESME),
    ),
    RuleCase(
        rules.device_is_decommissioned_by_itself,
        decommission(PPMID),
        decommission(CHF),
        Code.E080301,
        "CHF",
        "PPMID",
        read(ESME),
    ),
    RuleCase(
        updates.sender_may_update_inventory,
        of_notified(VARIANT),
        update(ESME, VARIANT, OTHER_SUPPLIER),
        Code.E080405,
        "Supplier B",
        "notified the device",
        decommission(ESME),
    ),
    RuleCase(
        updates.status_change_fits_hub,
        of_notified(TO_PENDING, DeviceType.ESME, WHITELISTED),
        update(CHF, TO_PENDING),
        Code.E080406,
        "CHF",
        "HCALCS",
        of_notified(HUB_INSTALLED, DeviceType.CHF),
    ),
    RuleCase(
        updates.hub_status_change_is_of_hub,
        of_notified(HUB_INSTALLED, DeviceType.CHF),
        update(ESME, HUB_WITHDRAWN),
        Code.E080407,
        "ESME",
        "CHF or GPF",
        of_notified(TO_PENDING),
    ),
    RuleCase(
        updates.status_change_is_legal,
        of_notified(TO_INSTALLED, DeviceType.ESME, WHITELISTED),
        of_notified(TO_INSTALLED),
        Code.E080408,
        "Pending to InstalledNotCommissioned",
        "legal for ESME",
        of_notified(VARIANT),
    ),
    RuleCase(
        updates.deleted_device_is_pending,
        of_notified(DeleteDevice()),
        update(ESME, DeleteDevice()),
        Code.E080409,
        "Commissioned",
        "Pending",
        of_notified(VARIANT),
    ),
    RuleCase(
        updates.deleted_device_stands_alone,
        of_notified(DeleteDevice(), DeviceType.CHF),
        lambda world: of_notified(DeleteDevice(), DeviceType.CHF)(world)._replace(
            body=UpdateInventory(NEW_GPF, DeleteDevice())
        ),
        Code.E080415,
        "GPF by itself",
        "its hub",
        of_notified(VARIANT),
    ),
    RuleCase(
        updates.new_details_fit_device,
        of_notified(VARIANT),
        of_notified(SetDetails()),
        Code.E080410,
        "no details",
        "at least one",
        of_notified(DeleteDevice()),
    ),
    RuleCase(
        updates.new_details_are_certified,
        certified_first(of_notified(VARIANT), CplStatus.ACTIVE),
        certified_first(of_notified(VARIANT), CplStatus.CANCELLED),
        Code.E080411,
        "AB01 010A030B 0002012F",
        "active entry",
        of_notified(VARIANT),
    ),
    RuleCase(
        updates.new_metering_point_fits_device,
        of_notified(IMPORT),
        of_notified(SetMpxn(MpxnKind.IMPORT, FREE_MPRN)),
        Code.E080412,
        "on a ESME",
        "MPRN of a GSME",
        of_notified(VARIANT),
    ),
    RuleCase(
        updates.new_metering_point_is_free,
        of_notified(IMPORT),
        of_notified(SetMpxn(MpxnKind.IMPORT, MPAN)),
        Code.E080413,
        str(ESME),
        "without another meter",
        of_notified(VARIANT),
    ),
    RuleCase(
        updates.sender_supplies_new_metering_point,
        of_notified(IMPORT),
        registered_elsewhere,
        Code.E080414,
        f"not registered at {FREE_MPAN}",
        "registered there",
        of_notified(VARIANT),
    ),
)


def decommissioned_before(device: Eui64, user: Eui64 = SUPPLIER) -> Make:
    def make(world: World) -> ServiceRequest:
        set_status(world, device, StatusCause.DECOMMISSIONED)
        return decommission(device, user)(world)

    return make


def without_details_and_certificate(world: World) -> ServiceRequest:
    return certified_first(of_notified(SetDetails()), CplStatus.CANCELLED)(world)


def wrong_and_taken(world: World) -> ServiceRequest:
    return of_notified(SetMpxn(MpxnKind.IMPORT, MPRN))(world)


def taken_and_of_another(world: World) -> ServiceRequest:
    notify(world)
    return update(NEW_DEVICE, SetMpxn(MpxnKind.IMPORT, MPAN), OTHER_SUPPLIER)(world)


def taken_and_not_supplied(world: World) -> ServiceRequest:
    world.dcc.registration.add_electricity(FREE_MPAN, ElectricityRecord(Mpid("EELC"), Mpid("SUPB")))
    world.dcc.inventory.link(ESME_OF_NOBODY, MpxnLinks(FREE_MPAN))
    return of_notified(IMPORT)(world)


def not_pending_and_not_alone(world: World) -> ServiceRequest:
    settle_home(world)
    return update(CHF, DeleteDevice())(world)


TOGETHER: Final[dict[str, Make]] = {
    "named-device-status-allows-service": decommissioned_before(ESME, OTHER_SUPPLIER),
    "sender-may-update-inventory": update(CHF, TO_PENDING, OTHER_SUPPLIER),
    "hub-status-change-is-of-hub": update(ESME, HUB_WITHDRAWN),
    "deleted-device-is-pending": not_pending_and_not_alone,
    "new-details-fit-device": without_details_and_certificate,
    "new-metering-point-fits-device": wrong_and_taken,
    "new-metering-point-is-free": taken_and_not_supplied,
}
NEVER_TOGETHER: Final = {
    "named-device-exists": "a device that does not exist has no status",
    "inventory-search-finds": "a User is held against what was found",
    "status-change-fits-hub": "a change is of a hub's status or of another's",
    "status-change-is-legal": "a change is of the status, or deletes",
    "deleted-device-stands-alone": "a change deletes, or gives details",
    "new-details-are-certified": "a change is of details, or of a metering point",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_passing_case(case: RuleCase) -> None:
    check_passes(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_failing_case(case: RuleCase) -> None:
    check_fails(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_that_the_rule_does_not_apply_to(case: RuleCase) -> None:
    check_abstains(case)


# 8.2


def devices_read(world: World, by: Uprn | Eui64 | Mpxn | Address) -> list[Eui64]:
    return [record.device for record in records(world, by)]


def records(world: World, by: Uprn | Eui64 | Mpxn | Address) -> tuple[DeviceRecord, ...]:
    response = world.submit(read(by)(world)).response
    assert response.code is Code.I0
    assert isinstance(response.body, InventoryDevices)
    return response.body.devices


def test_the_whole_home_is_told_by_whichever_device_or_metering_point() -> None:
    world = World()
    settle_home(world)
    home = [CHF, GPF, ESME, GSME, PPMID]
    for by in (*home, MPAN, MPRN):
        assert devices_read(world, by) == home
    assert devices_read(world, HCALCS) == [HCALCS]


def test_by_uprn_and_by_address_of_the_hub_and_what_else_is_told() -> None:
    world = World()
    settle_home(world)
    address = Address("M22 0RR", "1 High Street")
    place = DeviceDetails(uprn=Uprn(7), address=address, csp_region="Central", han_variant="Single Band")
    world.dcc.inventory.describe(CHF, details=place)
    details = DeviceDetails("SMETS V1.58", PRODUCT.firmware_version, "AD", "4.2")
    world.dcc.inventory.describe(ESME, manufacturer="AB01", model="010A030B", details=details)
    certify(world, CplStatus.EXPIRED)
    assert records(world, Uprn(7)) == records(world, Address("m220rr", "1 high  street"))
    esme = {record.device: record for record in records(world, Uprn(7))}[ESME]
    assert esme == DeviceRecord(
        ESME,
        DeviceType.ESME,
        S.COMMISSIONED,
        "AB01",
        "010A030B",
        "SMETS V1.58",
        "0002012F",
        firmware_version_status="Expired",
        cpl_status="Expired",
        date_commissioned=START.date(),
        import_mpxn=MPAN,
        esme_variant="AD",
        uprn=Uprn(7),
        address=address,
        csp_region="Central",
        gbcs_version="4.2",
    )


def test_what_is_gone_is_found_by_its_id_alone() -> None:
    world = World()
    settle_home(world)
    set_status(world, ESME, StatusCause.DECOMMISSIONED)
    assert devices_read(world, ESME) == [CHF, GPF, ESME, GSME, PPMID]
    assert ESME not in devices_read(world, CHF)
    assert world.submit(read(MPAN)(world)).response.code is Code.E080201


def test_no_more_than_seventeen_devices() -> None:
    world = World()
    settle_home(world)
    for number in range(20):
        world.dcc.inventory.pre_notify(device_id(number), DeviceType.CAD, NOW, hub=CHF)
    found = devices_read(world, MPAN)
    assert found[:5] == [CHF, GPF, ESME, GSME, PPMID]
    assert found[5:] == [device_id(number) for number in range(12)]


@pytest.mark.parametrize(
    ("user", "by", "code"),
    [
        (OTHER_SUPPLIER, ESME, "E080202"),
        (EXPORT_SUPPLIER, ESME, "E080202"),
        (TRANSPORTER, ESME, "E080202"),
        (TRANSPORTER, GPF, "I0"),
        (OTHER_SUPPLIER, ESME_OF_NOBODY, "I0"),
    ],
)
def test_who_may_read(user: Eui64, by: Eui64, code: str) -> None:
    world = World()
    assert world.submit(read(by, user)(world)).response.code.value == code


def test_the_next_supplier_and_the_notifier_may_read() -> None:
    world = World()
    change = DateRange(first=(NOW + DAY).date())
    world.dcc.registration.add_electricity(
        MPAN, ElectricityRecord(Mpid("EELC"), Mpid("SUPB"), supplier_dates=change)
    )
    assert world.submit(read(ESME, OTHER_SUPPLIER)(world)).response.code is Code.I0
    assert world.submit(read(ESME, OTHER_OPERATOR)(world)).response.code is Code.E080202
    world.dcc.inventory.describe(ESME, notified_by=OTHER_OPERATOR)
    assert world.submit(read(ESME, OTHER_OPERATOR)(world)).response.code is Code.I0


# 8.3


def test_a_decommissioned_meter_leaves_its_joins_and_others_hear_of_it() -> None:
    world = World()
    inventory = world.dcc.inventory
    inventory.join(ESME, PPMID)
    inventory.link(ESME, MpxnLinks(MPAN, export_mpan=EXPORT_MPAN))
    world.dcc.registration.add_electricity(
        EXPORT_MPAN, ElectricityRecord(Mpid("EELC"), Mpid("EXPT"), direction=Direction.EXPORT)
    )
    schedule = CreateSchedule(ESME, Srv.READ_NETWORK_DATA, Frequency.DAILY, NOW.date())
    held = world.dcc.schedules.create(OPERATOR, schedule, NOW)
    result = render(world, decommission(ESME)(world))
    assert result.code is Code.I99
    assert inventory.device(ESME).status is S.DECOMMISSIONED
    assert inventory.device(PPMID).joined_to == ()
    assert [(notice.recipient, notice.alert.code.value) for notice in result.alerts] == [
        (OPERATOR, "N2"),
        (EXPORT_SUPPLIER, "N2"),
        (OPERATOR, "N4"),
    ]
    points = MeteringPoints(MPAN, None, EXPORT_MPAN)
    gone = MeterGone(points, (AssociatedDevice(PPMID, DeviceType.PPMID),))
    assert result.alerts[0].alert.payload == DeviceStatusChange(ESME, gone)
    assert result.alerts[2].alert.payload == ScheduleRemoval(ESME, held.schedule_id)
    assert world.dcc.schedules.on(ESME) == ()


def test_of_a_ppmid_nobody_hears() -> None:
    world = World()
    assert render(world, decommission(PPMID)(world)).alerts == ()
    assert world.dcc.inventory.device(PPMID).status is S.DECOMMISSIONED


@pytest.mark.parametrize(("device", "code"), [(GPF, "E080301"), (GSME, "I99"), (ESME_WITHOUT_MPAN, "I99")])
def test_what_can_be_decommissioned(device: Eui64, code: str) -> None:
    world = World()
    assert world.submit(decommission(device)(world)).response.code.value == code


def test_alerts_of_a_decommissioned_meter_reach_the_parties() -> None:
    world = World()
    notices = world.submit(decommission(GSME)(world)).notices
    assert [notice.recipient for notice in notices] == [TRANSPORTER]


# 8.4


@pytest.mark.parametrize(
    ("change", "kind", "causes", "status"),
    [
        (TO_PENDING, DeviceType.ESME, (WHITELISTED,), S.PENDING),
        (TO_PENDING, DeviceType.PPMID, (WHITELISTED, StatusCause.JOINED_HAN), S.PENDING),
        (TO_INSTALLED, DeviceType.GSME, (WHITELISTED,), S.INSTALLED_NOT_COMMISSIONED),
        (HUB_INSTALLED, DeviceType.CHF, (), S.INSTALLED_NOT_COMMISSIONED),
        (
            SetHubStatus(NewStatus.COMMISSIONED),
            DeviceType.CHF,
            (StatusCause.CONNECTED_TO_WAN,),
            S.COMMISSIONED,
        ),
    ],
)
def test_a_status_is_set(
    change: Change, kind: DeviceType, causes: tuple[StatusCause, ...], status: DeviceStatus
) -> None:
    world = World()
    request = of_notified(change, kind, *causes)(world)
    assert world.submit(request).response.code is Code.I99
    device = NEW_HUB if kind is DeviceType.CHF else NEW_DEVICE
    assert world.dcc.inventory.device(device).status is status


def test_the_gas_proxy_goes_along_with_its_hub_as_far_as_it_can() -> None:
    world = World()
    world.submit(of_notified(HUB_INSTALLED, DeviceType.CHF)(world))
    gpf = world.dcc.inventory.device
    assert gpf(NEW_GPF).status is S.INSTALLED_NOT_COMMISSIONED
    world.submit(update(NEW_HUB, SetHubStatus(NewStatus.COMMISSIONED))(world))
    assert gpf(NEW_GPF).status is S.INSTALLED_NOT_COMMISSIONED
    assert gpf(NEW_HUB).status is S.COMMISSIONED
    world.submit(update(NEW_HUB, HUB_WITHDRAWN)(world))
    assert gpf(NEW_HUB).status is S.WITHDRAWN


def test_details_that_are_not_given_stay() -> None:
    world = World()
    world.submit(of_notified(SetDetails(model="010A030C", firmware_version="00020130"))(world))
    device = world.dcc.inventory.device(NEW_DEVICE)
    assert (device.manufacturer, device.model) == ("AB01", "010A030C")
    assert device.details == DeviceDetails("SMETS V1.58", "00020130", "AD")


@pytest.mark.parametrize(
    ("kind", "links"),
    [
        (MpxnKind.IMPORT, MpxnLinks(FREE_MPAN, None, EXPORT_MPAN)),
        (MpxnKind.SECONDARY_IMPORT, MpxnLinks(MPAN, FREE_MPAN, EXPORT_MPAN)),
        (MpxnKind.EXPORT, MpxnLinks(MPAN, None, FREE_MPAN)),
    ],
)
def test_one_metering_point_is_set(kind: MpxnKind, links: MpxnLinks) -> None:
    world = World()
    world.dcc.inventory.link(ESME, MpxnLinks(MPAN, export_mpan=EXPORT_MPAN))
    assert world.submit(update(ESME, SetMpxn(kind, FREE_MPAN))(world)).response.code is Code.I99
    assert world.dcc.inventory.device(ESME).links == links


def test_a_gsme_has_no_export_mpan_and_a_hub_none_at_all() -> None:
    world = World()
    for device in (GSME, CHF):
        request = update(device, SetMpxn(MpxnKind.EXPORT, FREE_MPAN))(world)
        assert world.submit(request).response.code is Code.E080412


def test_a_deleted_hub_goes_with_its_gas_proxy_and_its_notifier_hears() -> None:
    world = World()
    request = of_notified(DeleteDevice(), DeviceType.CHF)(world)
    world.dcc.inventory.describe(NEW_HUB, notified_by=OTHER_SUPPLIER)
    result = render(world, request)
    assert NEW_HUB not in world.dcc.inventory
    assert NEW_GPF not in world.dcc.inventory
    assert [(notice.recipient, notice.alert.code.value) for notice in result.alerts] == [
        (OTHER_SUPPLIER, "N3")
    ]
    assert isinstance(result.alerts[0], Notice)


def test_a_type_2_device_can_be_deleted_at_any_time_and_needs_no_certificate() -> None:
    world = World()
    make = certified_first(of_notified(SetDetails(model="X"), DeviceType.IHD), CplStatus.CANCELLED)
    assert world.submit(make(world)).response.code is Code.I99
    assert world.submit(update(NEW_DEVICE, DeleteDevice())(world)).response.code is Code.I99
    assert NEW_DEVICE not in world.dcc.inventory


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (update(ESME, VARIANT), "I99"),
        (update(ESME, VARIANT, OPERATOR), "E080405"),
        (update(ESME_OF_NOBODY, VARIANT, OTHER_SUPPLIER), "I99"),
        (of_notified(SetDetails(esme_variant="AD"), DeviceType.GSME), "E080410"),
        (of_notified(SetStatus(NewStatus.COMMISSIONED)), "E080408"),
        (of_notified(TO_PENDING, DeviceType.IHD), "E080406"),
        (update(NO_DEVICE, VARIANT), "E19"),
    ],
)
def test_more_updates(make: Make, code: str) -> None:
    world = World()
    assert world.submit(make(world)).response.code.value == code


def test_a_notified_device_is_its_notifiers_alone() -> None:
    world = World()
    notify(world)
    assert world.submit(update(NEW_DEVICE, VARIANT, OTHER_SUPPLIER)(world)).response.code is Code.E080405
