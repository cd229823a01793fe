"""What the DCC does not do: after a failure, a second time, or by what cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import pytest
from installation_worlds import (
    CHF,
    DISTRIBUTOR,
    ESME,
    GPF,
    GSME,
    IHD,
    MINUTE,
    PPMID,
    SUPPLIER,
    Outcome,
    Site,
    device_id,
    installed,
)

from dcc import consequences
from dcc.bodies.credentials import CredentialType
from dcc.bodies.hub import JoinOrUnjoin, RestoreDeviceLog, UpdateHanDeviceLog, WhitelistEntry
from dcc.bodies.meters import ActivateFirmware
from dcc.bodies.reads import Read
from dcc.identifiers import RequestId
from dcc.inventory import InventoryDevice
from dcc.inventory_status import DeviceStatus
from dcc.response_codes import ResponseCode
from dcc.service_requests import CommandVariant, ServiceRequest
from dcc.srv import Srv
from devices import cells
from devices.comms_hub import Chf
from devices.gbcs.chf_log import CCS01, CCS02, CCS03
from devices.gbcs.device_certificates import CS02D
from devices.gbcs.device_log import GCS59
from devices.gbcs.ecs70 import ECS70
from devices.gbcs.identifiers import DeviceType, Eui64, MessageCode, OriginatorCounter
from devices.gbcs.joins import CS03A1, CS03B, CS04AC, CS04B
from devices.gbcs.message import Cra, GroupingHeader, Message, OtherInformation, encode, parse
from devices.management_state import Defect
from scenarios.test_bed import ACB_ID, TRANSITIONAL_COS_ID

NEW_CHF, NEW_GPF = device_id(0xB2), device_id(0xB3)
FAILURE: Final = 1
Act = Callable[[Site], Outcome]


class Facts(NamedTuple):
    """All that consequences may change."""

    devices: tuple[InventoryDevice, ...]
    certificates: tuple[object, ...]
    hub_logs: frozenset[Eui64]


def facts(site: Site) -> Facts:
    world = site.bed.world
    entries = world.repository.find(site.now)
    return Facts(tuple(world.inventory), tuple(entries), frozenset(world.backups.hubs))


def _add(site: Site) -> Outcome:
    body = UpdateHanDeviceLog(IHD, WhitelistEntry(3600, bytes(16)))
    return site.ask(SUPPLIER, Srv.UPDATE_HAN_DEVICE_LOG, CHF, body)


def _remove(site: Site) -> Outcome:
    return site.ask(SUPPLIER, Srv.UPDATE_HAN_DEVICE_LOG, CHF, UpdateHanDeviceLog(PPMID, None))


def _unjoin(srv: Srv, device: Eui64, other: Eui64) -> Act:
    return lambda site: site.ask(SUPPLIER, srv, device, JoinOrUnjoin(other))


def _place(site: Site) -> Outcome:
    return site.place_certificate(ESME, site.certificate)  # type: ignore[attr-defined]


def _activate(site: Site) -> Outcome:
    return site.ask(SUPPLIER, Srv.ACTIVATE_FIRMWARE, ESME, ActivateFirmware(bytes(32)))


def _new_hub(site: Site) -> None:
    for eui, kind in ((NEW_CHF, DeviceType.CHF), (NEW_GPF, DeviceType.GPF)):
        site.devices[eui] = site.bed.manufacture(kind, eui, site.now)
    site.connect_hub(NEW_CHF, NEW_GPF)


def _restore_hub(site: Site) -> Outcome:
    return site.ask(SUPPLIER, Srv.RESTORE_HAN_DEVICE_LOG, NEW_CHF, RestoreDeviceLog(CHF))


def _restore_gas(site: Site) -> Outcome:
    return site.ask(SUPPLIER, Srv.RESTORE_GPF_DEVICE_LOG, NEW_GPF, RestoreDeviceLog(GPF))


class Step(NamedTuple):
    """One step, which the device carries out by a use case; what is told when it fails."""

    code: MessageCode
    device: Eui64
    act: Act
    failed: tuple[tuple[Eui64, str], ...] = ()


STEPS: Final = {
    "8.11 add": Step(CCS01, CHF, _add, ((SUPPLIER, "N25"),)),
    "8.11 remove": Step(CCS02, CHF, _remove, ((SUPPLIER, "N25"),)),
    "8.12.1": Step(CCS03, NEW_CHF, _restore_hub),
    "8.12.2": Step(GCS59, NEW_GPF, _restore_gas),
    "8.1.1": Step(ECS70, ESME, lambda site: site.commission(ESME)),
    "8.7.1": Step(CS03A1, ESME, lambda site: site.join(Srv.JOIN_CRITICAL, ESME, PPMID)),
    "8.7.2": Step(CS03B, GSME, lambda site: site.join(Srv.JOIN_NON_CRITICAL, GSME, GPF)),
    "8.8.1": Step(CS04AC, ESME, _unjoin(Srv.UNJOIN_CRITICAL, ESME, PPMID)),
    "8.8.2": Step(CS04B, GSME, _unjoin(Srv.UNJOIN_NON_CRITICAL, GSME, GPF)),
    "6.15.2": Step(CS02D, ESME, _place),
}
JOINS: Final = {"8.7.1", "8.7.2", "8.1.1"}


def before(step: str) -> Site:
    """A home in which the step is what comes next."""
    if step in JOINS:
        site = Site()
        for eui in (ESME, GSME, PPMID):
            site.notify(eui)
        site.connect_hub()
        site.report_hub()
        for eui in (ESME, GSME, PPMID):
            site.add_to_hub(eui)
            site.joins_han(eui)
        if step != "8.1.1":
            site.commission(ESME)
            site.commission(GSME)
    else:
        site = installed()
        site.notify(IHD)
        site.join(Srv.JOIN_NON_CRITICAL, GPF, PPMID)
        _new_hub(site)
        if step == "6.15.2":
            site.certificate = site.new_certificate(ESME, CredentialType.DIGITAL_SIGNATURE)  # type: ignore[attr-defined]
    site.take_told()
    return site


@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_works_changes_something(name: str) -> None:
    site, step = before(name), STEPS[name]
    known = facts(site)
    assert step.act(site).code is ResponseCode.I0
    assert facts(site) != known
    assert not {code for _, code in site.take_told()} & {"N25"}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_fails_at_the_device_changes_nothing(name: str) -> None:
    """The response is passed on with I0 all the same: the failure stands in it."""
    site, step = before(name), STEPS[name]
    device = site.devices[step.device]
    device.state = device.state._replace(defects=(Defect(step.code, FAILURE),))
    known = facts(site)
    assert step.act(site).code is ResponseCode.I0
    assert facts(site) == known
    assert tuple(site.take_told()) == step.failed


@pytest.mark.parametrize("name", STEPS)
def test_a_response_that_comes_again_has_no_second_effect(name: str) -> None:
    site, step = before(name), STEPS[name]
    step.act(site)
    sent = site.last_sent
    assert sent
    site.take_told()
    known = facts(site)
    response = site.arrive(sent[:1])
    assert (response, site.take_told(), facts(site)) == ([], [], known)


def test_an_activation_of_an_image_that_is_not_there_changes_nothing() -> None:
    site = installed()
    known = facts(site)
    assert _activate(site).code is ResponseCode.I0
    assert (facts(site), site.take_told()) == (known, [])


def test_certificates_that_were_not_placed_are_told_to_nobody() -> None:
    site = installed()
    meter = site.devices[ESME]
    network_cells = frozenset({cells.NETWORK_OPERATOR_SIGNING, cells.NETWORK_OPERATOR_AGREEMENT})
    meter.faults = meter.faults._replace(cells_without_memory=network_cells)
    client = site.parties[DISTRIBUTOR].client
    body = client.replacement(client.credentials)
    assert site.ask(DISTRIBUTOR, Srv.UPDATE_CREDENTIALS, ESME, body).code is ResponseCode.I0
    assert site.take_told() == []


def test_of_certificates_placed_in_part_those_are_told_that_are_in_place() -> None:
    site = installed()
    meter = site.devices[ESME]
    meter.faults = meter.faults._replace(cells_without_memory=frozenset({cells.NETWORK_OPERATOR_AGREEMENT}))
    client = site.parties[DISTRIBUTOR].client
    body = client.replacement(client.credentials)
    site.ask(DISTRIBUTOR, Srv.UPDATE_CREDENTIALS, ESME, body)
    named = {len(item.alert.payload.certificates) for item in site.told}  # type: ignore[union-attr]
    assert named == {1}
    assert sorted(site.take_told()) == [(SUPPLIER, "N42"), (DISTRIBUTOR, "N42")]


def test_a_reset_clock_does_not_commission_a_meter_twice() -> None:
    site = installed()
    known = facts(site)
    assert site.commission(ESME).code is ResponseCode.I0
    assert (facts(site), site.take_told()) == (known, [])


def test_a_device_that_came_to_the_han_again_is_not_set_back() -> None:
    """The CS14 of a later joining lists all devices with keys: only the Whitelisted have news in it."""
    site = installed()
    site.notify(IHD)
    _add(site)
    site.take_told()
    site.joins_han(IHD)
    assert {site.status(eui) for eui in (ESME, GSME, PPMID, CHF, GPF)} == {"Commissioned"}
    assert site.take_told() == []


# What cannot be read

SERVICES: Final = (
    Srv.UPDATE_CREDENTIALS,
    Srv.HANDOVER,
    Srv.UPDATE_CREDENTIALS_COS,
    Srv.UPDATE_DEVICE_CERTIFICATE,
    Srv.COMMISSION_DEVICE,
    Srv.JOIN_CRITICAL,
    Srv.JOIN_NON_CRITICAL,
    Srv.UNJOIN_CRITICAL,
    Srv.UNJOIN_NON_CRITICAL,
    Srv.ACTIVATE_FIRMWARE,
    Srv.UPDATE_HAN_DEVICE_LOG,
    Srv.RESTORE_HAN_DEVICE_LOG,
    Srv.RESTORE_GPF_DEVICE_LOG,
)
CODES: Final = (0x0001, 0x0003, 0x000B, 0x000D, 0x000E, 0x0012, 0x0018, 0x0062, 0x007F, 0x00B2, 0x0102)
PAYLOADS: Final = (b"", b"\x00", b"\x30\x80", b"\x01\x09\x00", b"\xda\x20\x00", b"\x02\x01\x00", bytes(200))


def _message(code: int, cra: Cra, payload: bytes) -> Message:
    header = GroupingHeader(cra, OriginatorCounter(9), ESME, SUPPLIER, OtherInformation(MessageCode(code)))
    return Message(header, payload)


@pytest.fixture(scope="module")
def home() -> Site:
    return installed()


@pytest.mark.parametrize("srv", SERVICES)
def test_a_response_that_cannot_be_read_has_no_consequences(home: Site, srv: Srv) -> None:
    known = facts(home)
    request_id = RequestId(SUPPLIER, ESME, OriginatorCounter(9))
    request = ServiceRequest(request_id, CommandVariant.COMMAND, srv, Read())
    for code in CODES:
        for payload in PAYLOADS:
            response = _message(code, Cra.RESPONSE, payload)
            told = consequences.of_response(request, response, home.bed.world, home.now)
            assert {notice.alert.code.value for notice in told} <= {"N25"}
    assert facts(home) == known


def test_an_alert_that_cannot_be_read_has_no_consequences(home: Site) -> None:
    known = facts(home)
    for code in CODES:
        for payload in PAYLOADS:
            alert = _message(code, Cra.ALERT, payload)
            assert consequences.of_alert(alert, home.bed.world, home.now) == ()
    assert facts(home) == known


def test_an_alert_of_a_device_that_is_gone_brings_nothing_back() -> None:
    """CS14 of the hub, when a device in its log was taken out of use meanwhile."""
    site = installed()
    site.bed.world.inventory.remove(PPMID)
    site.now += MINUTE
    site.notify(IHD)
    _add(site)
    site.joins_han(IHD)
    assert PPMID not in site.bed.world.inventory
    assert site.bed.world.inventory.device(ESME).status is DeviceStatus.COMMISSIONED


@pytest.mark.parametrize("target", [SUPPLIER, TRANSITIONAL_COS_ID, ACB_ID])
def test_an_alert_whose_mac_the_dcc_cannot_check_moves_no_device(target: Eui64) -> None:
    """A hub's log, forged: to a User and to the change of supplier party its MAC may be anyone's."""
    site = Site()
    site.notify(ESME)
    site.connect_hub()
    site.report_hub()
    site.add_to_hub(ESME)
    chf = site.devices[CHF]
    assert isinstance(chf, Chf)
    (genuine,) = chf.joined(ESME, bytes(16), site.now)
    message = parse(genuine)
    forged = encode(message._replace(header=message.header._replace(target=target), mac=bytes(12)))
    known = facts(site)
    read = site.bed.dsp.receive(forged, site.now)
    assert read.notices == ()
    assert (read.response is not None) is (target == SUPPLIER)
    assert facts(site) == known
    site.arrive([genuine])
    assert site.status(ESME) == "InstalledNotCommissioned"
