"""Joins, device logs and their restoring: who may be joined, whose log is read, changed or taken over."""

from __future__ import annotations

import itertools
from typing import Final

import pytest
from dcc_worlds import (
    CHF,
    ESME,
    ESME_WITHOUT_MPAN,
    GPF,
    GSME,
    HCALCS,
    MPAN,
    MPRN,
    NO_DEVICE,
    NOW,
    PPMID,
    START,
    SUPPLIER,
    Make,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
    device_id,
    set_status,
)

from dcc.bodies.hub import JoinOrUnjoin, RestoreDeviceLog, UpdateHanDeviceLog, WhitelistEntry
from dcc.bodies.reads import ReadDeviceLog
from dcc.identifiers import DistributorId, Mpan, Mprn
from dcc.inventory import MpxnLinks
from dcc.inventory_status import StatusCause
from dcc.response_codes import ResponseCode
from dcc.rules import hub_services as rules
from dcc.service_requests import ServiceRequest
from dcc.srv import Srv
from dcc.transform import TRANSFORMS, Transformable
from dcc.transform.joins import join_is_critical
from devices.gbcs.chf_log import LogBackup
from devices.gbcs.device_log import DeviceLogEntry
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
from devices.gbcs.joins import JoinDeviceType
from devices.gbcs.message import DlmsDateTime

Code = ResponseCode
C = StatusCause
OLD_HUB: Final = device_id(0xD0)
OLD_GPF: Final = device_id(0xD1)
TWIN: Final = device_id(0xD2)
OTHER_MPAN: Final = Mpan.from_core(DistributorId(10), 7)
OTHER_MPRN: Final = Mprn.from_unique("87654321")
JOIN, JOIN_NC, UNJOIN, UNJOIN_NC = (
    Srv.JOIN_CRITICAL,
    Srv.JOIN_NON_CRITICAL,
    Srv.UNJOIN_CRITICAL,
    Srv.UNJOIN_NON_CRITICAL,
)


def pair(srv: Srv, device: Eui64 = ESME, other: Eui64 = PPMID, *, joined: bool = False) -> Make:
    def make(world: World) -> ServiceRequest:
        if joined:
            world.dcc.inventory.join(device, other)
        return world.ask(SUPPLIER, srv, device, JoinOrUnjoin(other))

    return make


def with_status(other: Eui64, cause: StatusCause, make: Make) -> Make:
    def prepared(world: World) -> ServiceRequest:
        set_status(world, other, cause)
        return make(world)

    return prepared


def notify_old_hub(world: World) -> None:
    inventory = world.dcc.inventory
    inventory.pre_notify(OLD_HUB, DeviceType.CHF, START)
    inventory.pre_notify(OLD_GPF, DeviceType.GPF, START, hub=OLD_HUB)


def in_one_han(device: Eui64, other: Eui64, make: Make) -> Make:
    def prepared(world: World) -> ServiceRequest:
        for eui in (device, other):
            world.dcc.inventory.assign_hub(eui, CHF)
        return make(world)

    return prepared


def in_two_hans(device: Eui64, other: Eui64, make: Make) -> Make:
    def prepared(world: World) -> ServiceRequest:
        notify_old_hub(world)
        world.dcc.inventory.assign_hub(device, CHF)
        world.dcc.inventory.assign_hub(other, OLD_HUB)
        return make(world)

    return prepared


def read_log(device: Eui64, *, security: bool = True) -> Make:
    return lambda world: world.ask(SUPPLIER, Srv.READ_DEVICE_LOG, device, ReadDeviceLog(security))


def restore(srv: Srv, old: Eui64, *, kept: bool = True) -> Make:
    def make(world: World) -> ServiceRequest:
        notify_old_hub(world)
        if kept:
            world.dcc.backups.hubs[old] = LogBackup(DlmsDateTime.of(NOW, 0), bytes(8), ())
            world.dcc.backups.gas_proxies[old] = (DeviceLogEntry(GSME, JoinDeviceType.GSME),)
        target = CHF if srv is Srv.RESTORE_HAN_DEVICE_LOG else GPF
        return world.ask(SUPPLIER, srv, target, RestoreDeviceLog(old))

    return make


def restore_hub(old: Eui64 = OLD_HUB, *, kept: bool = True) -> Make:
    return restore(Srv.RESTORE_HAN_DEVICE_LOG, old, kept=kept)


def restore_gas(old: Eui64 = OLD_GPF, *, kept: bool = True) -> Make:
    return restore(Srv.RESTORE_GPF_DEVICE_LOG, old, kept=kept)


ENTRY: Final = WhitelistEntry(3600, bytes(16), MPAN)


def add(entry: WhitelistEntry = ENTRY, device: Eui64 = ESME) -> Make:
    body = UpdateHanDeviceLog(device, entry)
    return lambda world: world.ask(SUPPLIER, Srv.UPDATE_HAN_DEVICE_LOG, CHF, body)


def remove(device: Eui64 = PPMID) -> Make:
    body = UpdateHanDeviceLog(device, None)
    return lambda world: world.ask(SUPPLIER, Srv.UPDATE_HAN_DEVICE_LOG, CHF, body)


def with_twin(make: Make, *gone: StatusCause) -> Make:
    """Another gas meter was linked to a metering point."""

    def prepared(world: World) -> ServiceRequest:
        world.bed.commission_meter(TWIN, DeviceType.GSME, MpxnLinks(OTHER_MPRN), START)
        set_status(world, TWIN, *gone)
        return make(world)

    return prepared


AT_TWINS_PLACE: Final = ENTRY._replace(import_mpxn=OTHER_MPRN)


CASES: Final = (
    RuleCase(rules.other_device_is_known, pair(JOIN), pair(JOIN, other=NO_DEVICE), Code.E080702, "unknown",
             "in the Smart Metering Inventory", World.read),
    RuleCase(rules.other_device_is_known, pair(JOIN_NC, GSME, GPF), pair(JOIN_NC, GSME, NO_DEVICE),
             Code.E080721, "unknown", "in the Smart Metering Inventory", World.read),
    RuleCase(rules.other_device_is_known, pair(UNJOIN, joined=True), pair(UNJOIN, other=NO_DEVICE),
             Code.E080801, "unknown", "in the Smart Metering Inventory", World.read),
    RuleCase(rules.other_device_is_known, pair(UNJOIN_NC, GSME, GPF), pair(UNJOIN_NC, GSME, NO_DEVICE),
             Code.E080821, "unknown", "in the Smart Metering Inventory", World.read),
    RuleCase(rules.other_device_is_in_han, in_one_han(ESME, PPMID, pair(JOIN)),
             in_two_hans(ESME, PPMID, pair(JOIN)), Code.E080702, f"hub {OLD_HUB}", f"hub {CHF}", pair(JOIN)),
    RuleCase(rules.other_device_is_in_han, in_one_han(GPF, PPMID, pair(JOIN_NC, GPF, PPMID)),
             in_two_hans(GPF, PPMID, pair(JOIN_NC, GPF, PPMID)), Code.E080721, f"hub {OLD_HUB}", f"hub {CHF}",
             pair(JOIN_NC, GPF, PPMID)),
    RuleCase(rules.other_device_may_be_joined, pair(JOIN), with_status(PPMID, C.DECOMMISSIONED, pair(JOIN)),
             Code.E080702, "Decommissioned", "Commissioned or InstalledNotCommissioned", World.read),
    RuleCase(rules.other_device_may_be_joined, pair(JOIN_NC, GSME, GPF),
             with_status(GPF, C.HUB_REMOVED, pair(JOIN_NC, GSME, GPF)), Code.E080722, "Decommissioned",
             "Commissioned or InstalledNotCommissioned", World.read),
    RuleCase(rules.device_types_join_by_service, pair(JOIN), pair(JOIN, ESME, GSME), Code.E080702,
             "ESME with GSME by 8.7.1", "types that join", World.read),
    RuleCase(rules.device_types_join_by_service, pair(JOIN_NC, PPMID, ESME), pair(JOIN_NC), Code.E080723,
             "ESME with PPMID by 8.7.2", "the critical service", World.read),
    RuleCase(rules.device_types_join_by_service, pair(UNJOIN, joined=True),
             pair(UNJOIN, PPMID, ESME, joined=True), Code.E080801, "PPMID with ESME by 8.8.1",
             "the non-critical service", World.read),
    RuleCase(rules.device_types_join_by_service, pair(UNJOIN_NC, PPMID, ESME, joined=True),
             pair(UNJOIN_NC, joined=True), Code.E080822, "ESME with PPMID by 8.8.2", "the critical service",
             World.read),
    RuleCase(rules.devices_are_joined, pair(UNJOIN, joined=True), pair(UNJOIN), Code.E080801,
             f"{PPMID}, not joined to {ESME}", "joined to no device",
             with_status(PPMID, C.DECOMMISSIONED, pair(UNJOIN))),
    RuleCase(rules.devices_are_joined, pair(UNJOIN_NC, GSME, GPF), pair(UNJOIN_NC, PPMID, GPF), Code.E080821,
             f"{GPF}, not joined to {PPMID}", "joined to no device",
             with_status(GPF, C.HUB_REMOVED, pair(UNJOIN_NC, GSME, GPF))),
    RuleCase(rules.security_details_are_of_a_hub, read_log(CHF), read_log(ESME), Code.E080901,
             "security details of ESME", "of a CHF", read_log(ESME, security=False)),
    RuleCase(rules.old_device_is_of_its_kind, restore_hub(), restore_hub(OLD_GPF), Code.E081202, "GPF",
             "a CHF in the", World.read),
    RuleCase(rules.old_device_is_of_its_kind, restore_gas(), restore_gas(NO_DEVICE), Code.E081221, "unknown",
             "a GPF in the", World.read),
    RuleCase(rules.old_device_is_another, restore_hub(), restore_hub(CHF), Code.E081204, f"{CHF}, the new",
             "another device", World.read),
    RuleCase(rules.old_device_is_another, restore_gas(), restore_gas(GPF), Code.E081222, f"{GPF}, the new",
             "another device", World.read),
    RuleCase(rules.log_of_old_device_is_kept, restore_hub(), restore_hub(kept=False), Code.E081205,
             f"no log of {OLD_HUB}", "a log that it sent", World.read),
    RuleCase(rules.log_of_old_device_is_kept, restore_gas(), restore_gas(kept=False), Code.E081223,
             f"no log of {OLD_GPF}", "a log that it sent", World.read),
    RuleCase(rules.whitelist_entry_is_usable, add(), add(ENTRY._replace(join_seconds=3601)), Code.E081104,
             "3601 seconds to join", "1 to 3600", remove()),
    RuleCase(rules.further_mpans_are_of_an_esme, add(ENTRY._replace(export_mpan=OTHER_MPAN)),
             add(ENTRY._replace(import_mpxn=None, export_mpan=OTHER_MPAN), PPMID), Code.E081106,
             f"{OTHER_MPAN} for PPMID", "none", remove()),
    RuleCase(rules.metering_point_has_no_other_meter, add(ENTRY._replace(import_mpxn=MPRN), GSME),
             with_twin(add(AT_TWINS_PLACE, GSME)), Code.E081108, f"{OTHER_MPRN}, linked to {TWIN}",
             "without another meter", remove()),
    RuleCase(rules.removed_device_is_in_this_log, in_one_han(ESME, PPMID, remove()),
             in_two_hans(ESME, PPMID, remove()), Code.E081109, f"in the log of {OLD_HUB}",
             f"in the log of {CHF}", add()),
)  # fmt: skip


TOGETHER: Final[dict[str, Make]] = {
    "other-device-is-in-han": in_two_hans(ESME, PPMID, with_status(PPMID, C.FIRMWARE_DELISTED, pair(JOIN))),
    "other-device-may-be-joined": with_status(PPMID, C.FIRMWARE_DELISTED, pair(JOIN_NC)),
    "device-types-join-by-service": pair(UNJOIN_NC),
    "old-device-is-another": restore_hub(CHF, kept=False),
    "whitelist-entry-is-usable": add(WhitelistEntry(0, bytes(16), export_mpan=OTHER_MPAN), PPMID),
    "further-mpans-are-of-an-esme": with_twin(add(AT_TWINS_PLACE._replace(export_mpan=OTHER_MPAN), GSME)),
}
NEVER_TOGETHER: Final[dict[str, str]] = {
    "other-device-is-known": "a device that is unknown is in no HAN",
    "old-device-is-of-its-kind": "the request goes to a device of the right kind, so its own log is of one",
    "metering-point-has-no-other-meter": "the one is asked of what is added, the other of what is removed",
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


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (ENTRY._replace(join_seconds=0), Code.E081104),
        (ENTRY._replace(join_seconds=1), Code.I99),
        (ENTRY._replace(install_code=bytes(5)), Code.E081104),
        (ENTRY._replace(install_code=bytes(17)), Code.E081104),
        (ENTRY._replace(install_code=bytes(6)), Code.SIM_NOT_MODELLED),
        (ENTRY._replace(secondary_import_mpan=OTHER_MPAN, export_mpan=OTHER_MPAN), Code.I99),
    ],
)
def test_what_a_whitelist_entry_may_say(entry: WhitelistEntry, code: ResponseCode) -> None:
    world = World()
    assert world.submit(add(entry)(world)).response.code is code


def test_the_metering_point_of_a_meter_that_is_gone_is_free() -> None:
    world = World()
    make = with_twin(add(AT_TWINS_PLACE, GSME), C.DECOMMISSIONED)
    assert world.submit(make(world)).response.code is Code.I99


def test_a_hub_that_was_installed_at_a_metering_point_is_no_meter_there() -> None:
    world = World()
    details = world.dcc.inventory.device(CHF).details
    world.dcc.inventory.describe(CHF, details=details._replace(site=MPAN))
    assert world.submit(add()(world)).response.code is Code.I99


def test_every_metering_point_that_a_device_comes_with_is_looked_at() -> None:
    taken = Mpan.from_core(DistributorId(12), 1)
    for entry in (ENTRY._replace(secondary_import_mpan=taken), ENTRY._replace(export_mpan=taken)):
        world = World()
        assert world.submit(add(entry)(world)).response.code is Code.E081108


def test_a_device_without_status_is_joined_at_any_time() -> None:
    world = World()
    world.dcc.inventory.pre_notify(TWIN, DeviceType.IHD, world.now)
    assert world.submit(pair(JOIN_NC, ESME, TWIN)(world)).response.code is Code.I99


def test_a_device_is_not_joined_with_itself() -> None:
    world = World()
    assert world.submit(pair(JOIN, ESME, ESME)(world)).response.code is Code.E080702
    assert world.submit(pair(JOIN, ESME, ESME_WITHOUT_MPAN)(world)).response.code is Code.E080702


def test_what_stands_in_a_log_of_a_device_that_is_gone_can_be_unjoined() -> None:
    """Decommissioning ends joins in the inventory, and not in the logs of the devices that stay."""
    world = World()
    world.dcc.inventory.join(ESME, PPMID)
    set_status(world, PPMID, C.DECOMMISSIONED)
    assert world.submit(pair(UNJOIN)(world)).response.code is Code.I0


def test_whether_a_pair_is_critical_decides_as_the_transform_does() -> None:
    """Over all pairs: where a service is right for the types, there is a command for it, else none."""
    for device, other in itertools.product(DeviceType, repeat=2):
        for srv in (JOIN, JOIN_NC, UNJOIN, UNJOIN_NC):
            asked = Transformable(srv, JoinOrUnjoin(NO_DEVICE), device, RemotePartyRole.SUPPLIER)
            made = TRANSFORMS[srv](asked._replace(other_device_type=other))
            fits = join_is_critical(device, other) is (srv in (JOIN, UNJOIN))
            assert (made is not None) is fits, (device, other, srv)


@pytest.mark.parametrize(
    ("device", "other", "critical"),
    [
        (ESME, HCALCS, True),
        (HCALCS, ESME, True),
        (GSME, PPMID, True),
        (PPMID, GSME, False),
        (GSME, GPF, False),
        (ESME, GPF, None),
    ],
)
def test_by_which_service_two_devices_join(device: Eui64, other: Eui64, critical: bool | None) -> None:
    for srv, code in ((JOIN, Code.I0), (JOIN_NC, Code.I99)):
        world = World()
        submission = world.submit(pair(srv, device, other)(world))
        refused = {JOIN: {Code.E080702, Code.E11}, JOIN_NC: {Code.E080723, Code.E11}}[srv]
        fits = critical is (srv is JOIN)
        assert submission.response.code in ({code} if fits else refused), submission.response
