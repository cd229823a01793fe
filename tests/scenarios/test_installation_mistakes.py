"""An installation that goes another way: devices taken back, steps out of order, strangers at work."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from installation_worlds import (
    CHF,
    DISTRIBUTOR,
    ESME,
    GPF,
    GSME,
    MPAN,
    NEXT_SUPPLIER,
    PPMID,
    SUPPLIER,
    Outcome,
    Site,
    device_id,
    schema_if_there,
)

from dcc.bodies.hub import UpdateHanDeviceLog, WhitelistEntry
from dcc.bodies.meters import SynchroniseClock
from dcc.bodies.reads import Read
from dcc.response_codes import ResponseCode
from dcc.srv import Srv
from devices.gbcs.chf_commands import open_update_response
from devices.gbcs.dlms import AccessCode
from devices.gbcs.message import parse

Code = ResponseCode
NOBODY = device_id(0xEE)


@pytest.fixture
def site() -> Site:
    """The hub is there, the meters are notified and not yet in its log."""
    site = Site(schema_if_there())
    for eui in (ESME, GSME, PPMID):
        site.notify(eui)
    site.connect_hub()
    site.report_hub()
    return site


def _take_out(site: Site, eui: object = ESME) -> Outcome:
    assert eui is ESME
    return site.ask(SUPPLIER, Srv.UPDATE_HAN_DEVICE_LOG, CHF, UpdateHanDeviceLog(ESME, None))


@pytest.mark.parametrize("in_han", [False, True])
def test_a_device_taken_back_before_it_is_commissioned_is_pending_again(site: Site, in_han: bool) -> None:
    site.add_to_hub(ESME)
    if in_han:
        site.joins_han(ESME)
    assert site.status(ESME) == ("InstalledNotCommissioned" if in_han else "Whitelisted")
    site.take_told()
    assert _take_out(site).code is Code.I0
    record = site.bed.world.inventory.device(ESME)
    assert (site.status(ESME), record.hub, record.links.import_mpxn) == ("Pending", None, None)
    assert site.take_told() == [(SUPPLIER, "N24")]
    assert site.commission(ESME).code is Code.E5


def test_what_was_taken_back_can_be_installed_once_more(site: Site) -> None:
    site.add_to_hub(ESME)
    _take_out(site)
    assert site.add_to_hub(ESME).code is Code.I0
    site.joins_han(ESME)
    assert site.commission(ESME).code is Code.I0
    assert site.status(ESME) == "Commissioned"


def test_a_device_cannot_join_that_is_not_in_the_log(site: Site) -> None:
    site.joins_han(ESME)
    assert site.status(ESME) == "Pending"
    assert CHF not in site.bed.world.backups.hubs or not site.bed.world.backups.hubs[CHF].devices


def test_a_meter_is_not_commissioned_before_it_has_joined(site: Site) -> None:
    assert site.commission(ESME).code is Code.E5
    site.add_to_hub(ESME)
    assert site.commission(ESME).code is Code.E5
    site.joins_han(ESME)
    assert site.commission(ESME).code is Code.I0


def test_a_device_that_nobody_notified_is_not_taken_up(site: Site) -> None:
    site.take_told()
    body = UpdateHanDeviceLog(NOBODY, WhitelistEntry(3600, bytes(16), MPAN))
    assert site.ask(SUPPLIER, Srv.UPDATE_HAN_DEVICE_LOG, CHF, body).code is Code.E081101
    assert site.take_told() == []
    assert site.ask(SUPPLIER, Srv.READ_MPXN, NOBODY, Read()).code is Code.E19


def test_a_meter_is_not_read_before_it_is_commissioned(site: Site) -> None:
    site.add_to_hub(ESME)
    site.joins_han(ESME)
    assert site.ask(SUPPLIER, Srv.READ_MPXN, ESME, Read()).code is Code.E5
    assert site.hand_over(ESME, DISTRIBUTOR).code is Code.E5


def test_a_stranger_has_no_business_here(site: Site) -> None:
    site.add_to_hub(ESME)
    site.joins_han(ESME)
    site.commission(ESME)
    client = site.parties[NEXT_SUPPLIER].client
    body = client.replacement(site.parties[DISTRIBUTOR].client.credentials)
    assert site.ask(NEXT_SUPPLIER, Srv.HANDOVER, ESME, body).code is Code.E4
    # Of a critical service it is the device that knows its supplier.
    clock = SynchroniseClock(site.now, 60)
    assert site.ask(NEXT_SUPPLIER, Srv.COMMISSION_DEVICE, ESME, clock).code is Code.E21
    assert site.hand_over(ESME, DISTRIBUTOR).code is Code.I0


def test_the_hub_says_what_it_could_not_do(site: Site) -> None:
    """Taking out what is not in the log: the response says so, the User is told, nothing changes."""
    site.add_to_hub(ESME)
    chf = site.devices[CHF]
    chf.state = chf.state._replace(hub_log=type(chf.state.hub_log)())
    site.take_told()
    outcome = _take_out(site)
    assert outcome.code is Code.I0
    assert outcome.response is not None
    message = parse(outcome.response.body.gbcs)  # type: ignore[union-attr]
    codes = open_update_response(message.code, message.payload, message.header.originator_counter)
    assert any(code is not AccessCode.SUCCESS for code in codes)
    assert site.take_told() == [(SUPPLIER, "N25")]
    assert site.status(ESME) == "Whitelisted"


JOINS: list[Callable[[Site], Outcome]] = [
    lambda site: site.join(Srv.JOIN_NON_CRITICAL, GSME, GPF),
    lambda site: site.join(Srv.JOIN_CRITICAL, ESME, PPMID),
]


@pytest.mark.parametrize("join", JOINS)
def test_a_join_commissions_nothing_that_has_not_been_installed(
    site: Site, join: Callable[[Site], Outcome]
) -> None:
    for meter in (ESME, GSME):
        site.add_to_hub(meter)
        site.joins_han(meter)
        site.commission(meter)
    join(site)
    assert site.status(PPMID) == "Pending"
