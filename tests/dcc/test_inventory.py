"""The Smart Metering Inventory: statuses over the full product, records, metering points, joins."""

from __future__ import annotations

import itertools
import pickle
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dcc.errors import DccValueError
from dcc.identifiers import Mpan, Mprn
from dcc.inventory import (
    NO_LINKS,
    DeviceDetails,
    DuplicateDevice,
    IllegalTransition,
    Inventory,
    MpxnLinks,
    StatusChange,
    UnknownDevice,
)
from dcc.inventory_status import (
    STATUSES_BESIDE_COMMISSIONED,
    TRANSITIONS,
    TYPE_2_DEVICES,
    DeviceStatus,
    StatusCause,
    next_status,
    status_allows,
)
from devices.gbcs.identifiers import DeviceType, Eui64

S, C = DeviceStatus, StatusCause
ESME, GSME, GPF, CHF, PPMID, HCALCS, IHD, CAD = DeviceType
IDS = {kind: Eui64(bytes.fromhex("00db1234567890a0")[:7] + bytes([n])) for n, kind in enumerate(DeviceType)}
NOW = datetime(2025, 6, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MPAN = Mpan("2099999999993")
EXPORT_MPAN = Mpan("2499999999991")
MPRN = Mprn("3938424403")
MPAN_LINK, MPRN_LINK = MpxnLinks(MPAN), MpxnLinks(MPRN)

INC = S.INSTALLED_NOT_COMMISSIONED
METERS = {ESME, GSME}
OTHERS = {PPMID, HCALCS}
OUTSIDE_HUB = METERS | OTHERS
HUB = {CHF, GPF}
ALL = OUTSIDE_HUB | HUB
# Written out by cause, apart from the table under test.
LEGAL: dict[StatusCause, list[tuple[set[DeviceStatus | None], DeviceStatus, set[DeviceType]]]] = {
    C.PRE_NOTIFIED: [({None, S.DECOMMISSIONED, S.WITHDRAWN}, S.PENDING, ALL)],
    C.ADDED_TO_HUB: [({S.PENDING}, S.WHITELISTED, OUTSIDE_HUB)],
    C.REMOVED_FROM_HUB: [({S.WHITELISTED, INC}, S.PENDING, OUTSIDE_HUB)],
    C.JOINED_HAN: [({S.WHITELISTED}, INC, OUTSIDE_HUB)],
    C.CONNECTED_TO_WAN: [({S.PENDING}, INC, HUB)],
    C.HUB_COMMISSIONED: [({INC}, S.COMMISSIONED, {CHF})],
    C.COMMISSION_COMMAND_SUCCEEDED: [({INC}, S.COMMISSIONED, METERS)],
    C.JOINED_METER: [({INC}, S.COMMISSIONED, OTHERS | {GPF})],
    C.SET_TO_PENDING: [({S.WHITELISTED, INC, S.DECOMMISSIONED, S.WITHDRAWN}, S.PENDING, OUTSIDE_HUB)],
    C.FIRMWARE_DELISTED: [({S.COMMISSIONED}, S.SUSPENDED, ALL)],
    C.FIRMWARE_RELISTED: [({S.SUSPENDED}, S.COMMISSIONED, ALL)],
    C.RECOVERY_STARTED: [({S.COMMISSIONED}, S.RECOVERY, ALL)],
    C.RECOVERY_DONE: [({S.RECOVERY}, S.RECOVERED, ALL)],
    C.CREDENTIALS_REPLACED: [({S.RECOVERED}, S.COMMISSIONED, ALL)],
    C.DECOMMISSIONED: [
        ({INC, S.COMMISSIONED, S.SUSPENDED, S.RECOVERY, S.RECOVERED}, S.DECOMMISSIONED, OUTSIDE_HUB)
    ],
    C.HUB_REMOVED: [
        ({S.PENDING, INC, S.COMMISSIONED, S.SUSPENDED, S.RECOVERY, S.RECOVERED}, S.DECOMMISSIONED, HUB)
    ],
    C.OPTED_OUT: [({S.COMMISSIONED}, S.WITHDRAWN, OUTSIDE_HUB)],
    C.HUB_WITHDRAWN: [({S.COMMISSIONED}, S.WITHDRAWN, {CHF})],
    C.SET_TO_INSTALLED: [({S.WHITELISTED}, INC, OUTSIDE_HUB), ({S.PENDING}, INC, HUB)],
    C.HUB_SET_TO_COMMISSIONED: [({INC}, S.COMMISSIONED, {CHF})],
}


def test_statuses_are_the_nine_of_the_schema() -> None:
    assert [status.value for status in DeviceStatus] == [
        *("Pending", "Whitelisted", "InstalledNotCommissioned", "Commissioned", "Suspended"),
        *("Recovery", "Recovered", "Decommissioned", "Withdrawn"),
    ]


@pytest.mark.parametrize("cause", StatusCause)
def test_every_status_and_device_type_meets_every_cause(cause: StatusCause) -> None:
    for status, kind in itertools.product([None, *DeviceStatus], DeviceType):
        expected = [to for origins, to, kinds in LEGAL[cause] if status in origins and kind in kinds]
        assert next_status(status, cause, kind) is (expected[0] if expected else None), (status, kind)


def test_no_transition_is_presented_as_confirmed() -> None:
    assert not any(transition.confirmed for transition in TRANSITIONS.values())


def pre_notified(*kinds: DeviceType) -> Inventory:
    inventory = Inventory()
    for kind in kinds:
        inventory.pre_notify(IDS[kind], kind, NOW)
    return inventory


def test_pre_notified_device_is_pending() -> None:
    inventory = Inventory()
    device = inventory.pre_notify(IDS[ESME], ESME, NOW, manufacturer="0A1B", model="00010002")
    assert inventory.device(IDS[ESME]) is device
    assert (device.status, device.status_since) == (S.PENDING, NOW)
    assert (device.manufacturer, device.model, device.hub, device.links) == (
        "0A1B",
        "00010002",
        None,
        NO_LINKS,
    )
    assert device.history == (StatusChange(S.PENDING, NOW, C.PRE_NOTIFIED),)
    assert IDS[ESME] in inventory
    assert len(inventory) == 1


@pytest.mark.parametrize("kind", sorted(TYPE_2_DEVICES, key=lambda kind: kind.value))
def test_type_2_devices_have_no_status(kind: DeviceType) -> None:
    inventory = pre_notified(kind)
    device = inventory.device(IDS[kind])
    assert (device.status, device.status_since, device.history) == (None, None, ())
    with pytest.raises(IllegalTransition, match=f"legal for type {kind.value} without status"):
        inventory.change_status(IDS[kind], C.JOINED_HAN, NOW)
    assert status_allows("6.15.1", None, kind)


def test_a_device_is_known_or_named_as_unknown() -> None:
    inventory = pre_notified(ESME)
    assert inventory.get(IDS[GSME]) is None
    assert IDS[GSME] not in inventory
    with pytest.raises(UnknownDevice, match="Device ID: '00-DB-12-34-56-78-90-01'") as caught:
        inventory.device(IDS[GSME])
    assert caught.value.device_id == IDS[GSME]
    for act in (
        lambda: inventory.change_status(IDS[GSME], C.ADDED_TO_HUB, NOW),
        lambda: inventory.link(IDS[GSME], MPRN_LINK),
        lambda: inventory.join(IDS[ESME], IDS[GSME]),
        lambda: inventory.assign_hub(IDS[ESME], IDS[GSME]),
        lambda: inventory.import_mpxn_of(IDS[GSME]),
    ):
        with pytest.raises(UnknownDevice):
            act()


def test_a_device_is_pre_notified_once() -> None:
    inventory = pre_notified(ESME)
    with pytest.raises(DuplicateDevice, match="not in the Smart Metering Inventory yet"):
        inventory.pre_notify(IDS[ESME], GSME, NOW)
    assert inventory.device(IDS[ESME]).device_type is ESME


def test_an_illegal_transition_names_device_status_and_cause() -> None:
    inventory = pre_notified(ESME)
    with pytest.raises(IllegalTransition) as caught:
        inventory.change_status(IDS[ESME], C.COMMISSION_COMMAND_SUCCEEDED, NOW)
    error = caught.value
    assert (error.device_id, error.device_type, error.status, error.cause) == (
        *(IDS[ESME], ESME, S.PENDING),
        C.COMMISSION_COMMAND_SUCCEEDED,
    )
    assert str(error) == (
        "status of 00-DB-12-34-56-78-90-00: 'commission command succeeded (8.1.1)', "
        "expected a cause that is legal for type ESME in status Pending"
    )
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.cause) == (IllegalTransition, str(error), error.cause)
    assert inventory.device(IDS[ESME]).status is S.PENDING


def test_installation_leaves_its_history() -> None:
    inventory = pre_notified(CHF, ESME)
    steps = [C.ADDED_TO_HUB, C.JOINED_HAN, C.COMMISSION_COMMAND_SUCCEEDED]
    for minute, cause in enumerate(steps, start=1):
        inventory.change_status(IDS[ESME], cause, NOW + minute * MINUTE)
    device = inventory.assign_hub(IDS[ESME], IDS[CHF])
    assert [change.status for change in device.history] == [S.PENDING, S.WHITELISTED, INC, S.COMMISSIONED]
    assert (device.status, device.status_since, device.hub) == (S.COMMISSIONED, NOW + 3 * MINUTE, IDS[CHF])


def test_time_does_not_run_backwards() -> None:
    inventory = pre_notified(ESME)
    with pytest.raises(DccValueError, match=r"now: .*not before"):
        inventory.change_status(IDS[ESME], C.ADDED_TO_HUB, NOW - MINUTE)
    with pytest.raises(DccValueError, match="time zone"):
        inventory.change_status(IDS[ESME], C.ADDED_TO_HUB, NOW.replace(tzinfo=None))
    assert inventory.change_status(IDS[ESME], C.ADDED_TO_HUB, NOW).status is S.WHITELISTED


def test_a_hub_is_a_chf() -> None:
    inventory = pre_notified(CHF, ESME)
    with pytest.raises(DccValueError, match="hub of 00-DB-12-34-56-78-90-02: 'ESME', expected a CHF"):
        inventory.pre_notify(IDS[GPF], GPF, NOW, hub=IDS[ESME])
    assert IDS[GPF] not in inventory
    assert inventory.pre_notify(IDS[GPF], GPF, NOW, hub=IDS[CHF]).hub == IDS[CHF]
    with pytest.raises(DccValueError, match="expected a CHF"):
        inventory.assign_hub(IDS[CHF], IDS[ESME])
    assert inventory.assign_hub(IDS[GPF], None).hub is None


def test_metering_points_of_meters() -> None:
    inventory = pre_notified(ESME, GSME, PPMID)
    assert inventory.import_mpxn_of(IDS[ESME]) is None
    links = MpxnLinks(MPAN, Mpan("2000000000001"), EXPORT_MPAN)
    inventory.link(IDS[ESME], links)
    inventory.link(IDS[GSME], MPRN_LINK)
    assert inventory.links_of(IDS[ESME]) == links
    assert inventory.import_mpxn_of(IDS[ESME]) == MPAN
    assert inventory.import_mpxn_of(IDS[GSME]) == MPRN
    assert inventory.link(IDS[ESME], NO_LINKS).links == NO_LINKS
    assert inventory.import_mpxn_of(IDS[PPMID]) is None


@pytest.mark.parametrize(
    ("kind", "links", "message"),
    [
        (ESME, MPRN_LINK, "'3938424403', expected MPANs for an ESME"),
        (GSME, MPAN_LINK, "'2099999999993', expected an MPRN for a GSME"),
        (GSME, MpxnLinks(MPRN, export_mpan=EXPORT_MPAN), "'2499999999991', expected an MPRN for a GSME"),
        (GPF, MPRN_LINK, "'GPF', expected an ESME or a GSME"),
        (CHF, MPAN_LINK, "'CHF', expected an ESME or a GSME"),
    ],
)
def test_a_metering_point_of_the_wrong_kind_is_refused(
    kind: DeviceType, links: MpxnLinks, message: str
) -> None:
    inventory = pre_notified(kind)
    with pytest.raises(DccValueError, match=message):
        inventory.link(IDS[kind], links)
    assert inventory.links_of(IDS[kind]) == NO_LINKS


def test_a_gpf_has_the_mprn_of_the_gsme_it_is_joined_to() -> None:
    inventory = pre_notified(GPF, ESME, PPMID, GSME)
    inventory.link(IDS[ESME], MPAN_LINK)
    inventory.link(IDS[GSME], MPRN_LINK)
    inventory.join(IDS[GPF], IDS[PPMID])
    assert inventory.import_mpxn_of(IDS[GPF]) is None
    inventory.join(IDS[GSME], IDS[GPF])
    inventory.join(IDS[GPF], IDS[GSME])
    assert inventory.device(IDS[GPF]).joined_to == (IDS[PPMID], IDS[GSME])
    assert inventory.import_mpxn_of(IDS[GPF]) == MPRN
    inventory.unjoin(IDS[GPF], IDS[GSME])
    assert inventory.import_mpxn_of(IDS[GPF]) is None
    assert inventory.device(IDS[GSME]).joined_to == ()
    with pytest.raises(DccValueError, match="a device joined to"):
        inventory.unjoin(IDS[GPF], IDS[GSME])


def test_metering_points_of_what_belongs_to_meters() -> None:
    inventory = pre_notified(CHF, GPF, ESME, PPMID, GSME)
    inventory.link(IDS[ESME], MPAN_LINK)
    inventory.link(IDS[GSME], MPRN_LINK)
    for device in (CHF, GPF, PPMID):
        assert inventory.metering_points_of(IDS[device]) == ()
    inventory.join(IDS[PPMID], IDS[GPF])
    inventory.assign_hub(IDS[GPF], IDS[CHF])
    inventory.assign_hub(IDS[PPMID], IDS[CHF])
    inventory.join(IDS[GPF], IDS[GSME])
    for device in (CHF, GPF, PPMID, GSME):
        assert inventory.metering_points_of(IDS[device]) == (MPRN,)
    inventory.join(IDS[PPMID], IDS[ESME])
    inventory.join(IDS[PPMID], IDS[GSME])
    assert inventory.metering_points_of(IDS[PPMID]) == (MPRN, MPAN)
    assert inventory.metering_points_of(IDS[CHF]) == (MPRN,)
    assert inventory.metering_points_of(IDS[ESME]) == (MPAN,)


def test_one_gsme_to_a_gpf_and_one_gpf_to_a_gsme() -> None:
    inventory = pre_notified(GPF, GSME, PPMID, HCALCS)
    second_gsme, second_gpf = Eui64(bytes(7) + b"\x01"), Eui64(bytes(7) + b"\x02")
    inventory.pre_notify(second_gsme, GSME, NOW)
    inventory.pre_notify(second_gpf, GPF, NOW)
    inventory.join(IDS[GPF], IDS[GSME])
    with pytest.raises(DccValueError, match="GSME joined to 00-DB-12-34-56-78-90-02"):
        inventory.join(second_gsme, IDS[GPF])
    with pytest.raises(DccValueError, match="GPF joined to 00-DB-12-34-56-78-90-01"):
        inventory.join(IDS[GSME], second_gpf)
    with pytest.raises(DccValueError, match="a device other than the first"):
        inventory.join(IDS[GPF], IDS[GPF])
    inventory.join(IDS[GPF], IDS[PPMID])


def test_meter_exchange_frees_the_gpf_for_the_new_meter() -> None:
    inventory = pre_notified(CHF, GPF, GSME)
    old, new = IDS[GSME], Eui64(bytes(7) + b"\x01")
    inventory.assign_hub(old, IDS[CHF])
    inventory.link(old, MPRN_LINK)
    inventory.join(old, IDS[GPF])
    for cause in (C.ADDED_TO_HUB, C.JOINED_HAN, C.DECOMMISSIONED):
        inventory.change_status(old, cause, NOW)
    assert inventory.device(old).joined_to == inventory.device(IDS[GPF]).joined_to == ()
    assert inventory.import_mpxn_of(old) == MPRN
    inventory.pre_notify(new, GSME, NOW)
    inventory.link(new, MPRN_LINK)
    inventory.join(new, IDS[GPF])
    assert inventory.import_mpxn_of(IDS[GPF]) == MPRN
    again = inventory.change_status(old, C.PRE_NOTIFIED, NOW)
    assert (again.status, again.hub, again.links) == (S.PENDING, None, NO_LINKS)
    assert len(again.history) == 5


def test_a_gpf_keeps_its_hub_when_it_is_notified_again() -> None:
    inventory = pre_notified(CHF)
    inventory.pre_notify(IDS[GPF], GPF, NOW, hub=IDS[CHF])
    for cause in (C.CONNECTED_TO_WAN, C.HUB_REMOVED, C.PRE_NOTIFIED):
        inventory.change_status(IDS[GPF], cause, NOW)
    assert inventory.device(IDS[GPF]).hub == IDS[CHF]


def test_the_devices_of_an_inventory_restore_it() -> None:
    inventory = pre_notified(CHF, ESME)
    inventory.link(IDS[ESME], MPAN_LINK)
    copy = Inventory(inventory)
    assert list(copy) == list(inventory)
    copy.change_status(IDS[ESME], C.ADDED_TO_HUB, NOW)
    assert inventory.device(IDS[ESME]).status is S.PENDING
    with pytest.raises(DuplicateDevice):
        Inventory([*inventory, inventory.device(IDS[ESME])])


def test_devices_are_found_by_hub_and_by_metering_point() -> None:
    inventory = pre_notified(CHF, ESME, PPMID)
    for kind in (PPMID, ESME):
        inventory.assign_hub(IDS[kind], IDS[CHF])
    inventory.link(IDS[ESME], MpxnLinks(MPAN, export_mpan=EXPORT_MPAN))
    inventory.describe(IDS[CHF], details=DeviceDetails(site=MPAN))
    assert [device.device_type for device in inventory.devices_of_hub(IDS[CHF])] == [ESME, PPMID]
    assert [device.device_type for device in inventory.devices_at(MPAN)] == [ESME, CHF]
    assert [device.device_type for device in inventory.devices_at(EXPORT_MPAN)] == [ESME]
    inventory.link(IDS[ESME], NO_LINKS)
    inventory.assign_hub(IDS[PPMID], None)
    assert [device.device_type for device in inventory.devices_at(MPAN)] == [CHF]
    assert inventory.devices_at(EXPORT_MPAN) == inventory.devices_at(MPRN) == ()
    assert [device.device_type for device in inventory.devices_of_hub(IDS[CHF])] == [ESME]
    assert [list(Inventory(inventory).devices_at(mpxn)) for mpxn in (MPAN, MPRN)] == [
        list(inventory.devices_at(MPAN)),
        [],
    ]


def test_only_what_is_given_of_a_description_is_replaced() -> None:
    inventory = pre_notified(ESME)
    user = Eui64(bytes(7) + b"\x03")
    inventory.describe(IDS[ESME], manufacturer="AB01", model="010A030B", notified_by=user)
    device = inventory.describe(IDS[ESME], details=DeviceDetails(esme_variant="AD"))
    assert (device.manufacturer, device.model, device.notified_by) == ("AB01", "010A030B", user)
    device = inventory.note_firmware(IDS[ESME], "0002012F")
    assert device.details == DeviceDetails(esme_variant="AD", firmware_version="0002012F")
    assert device == inventory.device(IDS[ESME])


def test_commissioned_once_and_not_again_by_what_comes_after() -> None:
    inventory = pre_notified(ESME)
    assert inventory.device(IDS[ESME]).commissioned_at is None
    steps = (C.ADDED_TO_HUB, C.JOINED_HAN, C.COMMISSION_COMMAND_SUCCEEDED, C.FIRMWARE_DELISTED)
    for minute, cause in enumerate((*steps, C.FIRMWARE_RELISTED)):
        inventory.change_status(IDS[ESME], cause, NOW + minute * MINUTE)
    assert inventory.device(IDS[ESME]).commissioned_at == NOW + 2 * MINUTE
    later = NOW + 9 * MINUTE
    assert inventory.change_status(IDS[ESME], C.DECOMMISSIONED, later).is_gone
    assert inventory.device(IDS[ESME]).commissioned_at == NOW + 2 * MINUTE
    assert inventory.change_status(IDS[ESME], C.PRE_NOTIFIED, later).commissioned_at is None


def test_a_removed_device_was_never_there() -> None:
    inventory = pre_notified(CHF, ESME, PPMID)
    inventory.assign_hub(IDS[ESME], IDS[CHF])
    inventory.link(IDS[ESME], MPAN_LINK)
    inventory.join(IDS[ESME], IDS[PPMID])
    with pytest.raises(DccValueError, match="devices of hub"):
        inventory.remove(IDS[CHF])
    assert inventory.remove(IDS[ESME]).device_id == IDS[ESME]
    assert IDS[ESME] not in inventory
    assert inventory.devices_of_hub(IDS[CHF]) == inventory.devices_at(MPAN) == ()
    assert inventory.device(IDS[PPMID]).joined_to == ()
    with pytest.raises(UnknownDevice):
        inventory.remove(IDS[ESME])
    inventory.remove(IDS[CHF])


def test_exchange_of_a_hub_and_of_its_gas_proxy() -> None:
    inventory = pre_notified(CHF, ESME, GSME, PPMID)
    new_hub, new_gpf = Eui64(bytes(7) + b"\x01"), Eui64(bytes(7) + b"\x02")
    inventory.pre_notify(new_hub, CHF, NOW)
    inventory.pre_notify(IDS[GPF], GPF, NOW, hub=IDS[CHF])
    inventory.pre_notify(new_gpf, GPF, NOW, hub=new_hub)
    for kind in (ESME, GSME, PPMID):
        inventory.assign_hub(IDS[kind], IDS[CHF])
    inventory.join(IDS[GPF], IDS[GSME])
    inventory.join(IDS[GPF], IDS[PPMID])
    inventory.exchange_hub(IDS[CHF], new_hub)
    assert [device.device_type for device in inventory.devices_of_hub(IDS[CHF])] == [GPF]
    assert {device.device_type for device in inventory.devices_of_hub(new_hub)} == {ESME, GSME, PPMID, GPF}
    inventory.exchange_gas_proxy(IDS[GPF], new_gpf)
    assert inventory.device(IDS[GPF]).joined_to == ()
    assert inventory.device(new_gpf).joined_to == (IDS[GSME], IDS[PPMID])
    assert inventory.device(IDS[GSME]).joined_to == (new_gpf,)
    proxies = [inventory.gas_proxy_of(hub) for hub in (IDS[CHF], new_hub, IDS[ESME])]
    assert [proxy.device_id if proxy else None for proxy in proxies] == [IDS[GPF], new_gpf, None]
    with pytest.raises(DccValueError, match="a CHF"):
        inventory.exchange_hub(new_hub, IDS[ESME])


ALLOWED_BY_STATUS = {
    S.PENDING: {"8.2", "8.4", "8.11"},
    S.WHITELISTED: {"8.2", "8.4", "8.11"},
    INC: {"8.1.1", "8.7.1", "8.7.2", "8.9", "8.12.2", "11.2", "6.24.1", "6.21", "6.20.1", "8.2", "8.4"},
    S.SUSPENDED: {"11.1", "11.3", "11.2", "8.2", "8.3", "6.24.1", "6.23"},
    S.RECOVERY: {"8.2"},
    S.RECOVERED: {"6.15.1", "6.21", "6.24.1", "8.2"},
    S.DECOMMISSIONED: {"8.2", "8.4", "12.2"},
    S.WITHDRAWN: {"8.2", "8.4", "12.2"},
}


@pytest.mark.parametrize("status", DeviceStatus)
def test_services_by_status(status: DeviceStatus) -> None:
    services = [*STATUSES_BESIDE_COMMISSIONED, "4.10", "4.1.1", "6.17"]
    allowed = {srv for srv in services if status_allows(srv, status, GPF)}
    assert allowed == (set(services) if status is S.COMMISSIONED else ALLOWED_BY_STATUS[status])


def test_handover_before_commissioning_is_for_the_hub_only() -> None:
    allowed = [kind for kind in DeviceType if status_allows("6.21", INC, kind)]
    assert allowed == [GPF, CHF]
    assert status_allows("6.21", S.RECOVERED, ESME)
    assert status_allows("6.24.1", INC, ESME)


@pytest.mark.parametrize("kind", [ESME, GSME, PPMID, HCALCS])
def test_a_device_that_has_not_joined_the_han_is_not_asked_for_its_log(kind: DeviceType) -> None:
    assert [status for status in S if status_allows("8.9", status, kind)] == [INC, S.COMMISSIONED]


def test_a_hub_that_is_installed_tells_of_its_log_and_takes_devices_in() -> None:
    """8.11 goes to the hub, which has to be there; of the device that it names other statuses are asked."""
    for srv in ("8.9", "8.11"):
        assert [status for status in S if status_allows(srv, status, CHF)] == [INC, S.COMMISSIONED], srv
    of_meter = [status for status in S if status_allows("8.11", status, ESME)]
    assert of_meter == [S.PENDING, S.WHITELISTED, S.COMMISSIONED]


class InventoryMachine(RuleBasedStateMachine):
    """Joins stay mutual and histories stay legal, whatever happens."""

    def __init__(self) -> None:
        super().__init__()
        self.inventory = Inventory()
        self.now = NOW

    @rule(kind=st.sampled_from(DeviceType))
    def pre_notify(self, kind: DeviceType) -> None:
        if IDS[kind] not in self.inventory:
            self.inventory.pre_notify(IDS[kind], kind, self.now)

    @precondition(lambda self: len(self.inventory))
    @rule(data=st.data())
    def change_status(self, data: st.DataObject) -> None:
        self.now += MINUTE
        device = data.draw(st.sampled_from(list(self.inventory)))
        legal = [c for c in StatusCause if next_status(device.status, c, device.device_type)]
        if legal:
            self.inventory.change_status(device.device_id, data.draw(st.sampled_from(legal)), self.now)

    @precondition(lambda self: len(self.inventory) > 1)
    @rule(data=st.data())
    def join(self, data: st.DataObject) -> None:
        pairs = list(itertools.combinations(self.inventory, 2))
        first, second = data.draw(st.sampled_from(pairs))
        self.inventory.join(first.device_id, second.device_id)

    @precondition(lambda self: IDS[CHF] in self.inventory and len(self.inventory) > 1)
    @rule(data=st.data(), hub=st.sampled_from((IDS[CHF], None)))
    def assign_hub(self, data: st.DataObject, hub: Eui64 | None) -> None:
        others = [device.device_id for device in self.inventory if device.device_id != IDS[CHF]]
        self.inventory.assign_hub(data.draw(st.sampled_from(others)), hub)

    @precondition(lambda self: IDS[ESME] in self.inventory)
    @rule(links=st.sampled_from((NO_LINKS, MPAN_LINK, MpxnLinks(EXPORT_MPAN, MPAN, MPAN))))
    def link(self, links: MpxnLinks) -> None:
        self.inventory.link(IDS[ESME], links)

    @precondition(lambda self: IDS[CHF] in self.inventory)
    @rule(site=st.sampled_from((MPAN, MPRN, None)))
    def install(self, site: Mpan | Mprn | None) -> None:
        self.inventory.describe(IDS[CHF], details=DeviceDetails(site=site))

    @precondition(lambda self: len(self.inventory))
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        device = data.draw(st.sampled_from(list(self.inventory)))
        if not self.inventory.devices_of_hub(device.device_id):
            self.inventory.remove(device.device_id)

    @invariant()
    def places_are_what_the_records_say(self) -> None:
        by_id = sorted(self.inventory, key=lambda device: device.device_id)
        for device in by_id:
            in_han = [other for other in by_id if other.hub == device.device_id]
            assert list(self.inventory.devices_of_hub(device.device_id)) == in_han
        for mpxn in (MPAN, EXPORT_MPAN, MPRN):
            there = [device for device in by_id if mpxn in (*device.links, device.details.site)]
            assert list(self.inventory.devices_at(mpxn)) == there

    @invariant()
    def joins_are_mutual_and_end_with_decommissioning(self) -> None:
        for device in self.inventory:
            for other in device.joined_to:
                assert device.device_id in self.inventory.device(other).joined_to

    @invariant()
    def histories_are_legal(self) -> None:
        for device in self.inventory:
            before: DeviceStatus | None = None
            for change in device.history:
                assert next_status(before, change.cause, device.device_type) is change.status
                before = change.status


TestInventoryMachine = InventoryMachine.TestCase
TestInventoryMachine.settings = settings(max_examples=30, stateful_step_count=30)
