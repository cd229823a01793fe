"""Devices after their installation: suspended, recovered, taken out, behind a new hub; alerts that repeat."""

from __future__ import annotations

from datetime import timedelta

import pytest
from installation_worlds import (
    CHF,
    DISTRIBUTOR,
    ESME,
    GPF,
    GSME,
    MAKER,
    MODEL,
    MPAN,
    MPRN,
    PPMID,
    SUPPLIER,
    TRANSPORTER,
    Site,
    device_id,
    installed,
)

from dcc import recovery
from dcc.alert_payloads import (
    AssociatedDevice,
    Breach,
    CertificateType,
    DeviceLogRestored,
    DeviceStatusChange,
    HubIds,
    MeterGone,
    MeteringPoints,
    PlainChange,
    RecoveredToBroker,
    RequestQuarantined,
)
from dcc.alert_throttle import AlertThrottle, ThrottleSettings
from dcc.anomaly import Threshold
from dcc.bodies.credentials import RetrieveRoles
from dcc.bodies.hub import RestoreDeviceLog
from dcc.bodies.inventory import DecommissionDevice, ReadInventory
from dcc.bodies.reads import Read, ReadDeviceLog
from dcc.certified_products import CplStatus, Product
from dcc.cpl_events import entry_changed
from dcc.notices import Notice
from dcc.response_codes import ResponseCode
from dcc.service_responses import DeviceAlert
from dcc.srv import Srv
from devices.alerting import generic_alert
from devices.gbcs.credentials import UpdateCredentialsResponse
from devices.gbcs.identifiers import DeviceType, RemotePartyRole
from scenarios.test_bed import ACB_ID

Code = ResponseCode
NEW_CHF, NEW_GPF = device_id(0xB2), device_id(0xB3)
BOTH = (CertificateType.DIGITAL_SIGNING, CertificateType.KEY_AGREEMENT)


@pytest.fixture
def site() -> Site:
    return installed()


def _tell(site: Site, notices: tuple[Notice, ...]) -> None:
    """What the DCC makes known of itself, outside of any request."""
    site._note([notice.at(site.now) for notice in notices])


# Suspension


def test_a_meter_whose_firmware_leaves_the_list_is_suspended_until_it_is_back(site: Site) -> None:
    world = site.bed.world
    product = Product(MAKER, MODEL, "00000001")
    world.inventory.note_firmware(ESME, "00000001")
    _tell(site, entry_changed(world, product, CplStatus.WITHDRAWN, site.now))
    assert site.status(ESME) == "Suspended"
    assert site.told[-1].alert.payload == DeviceStatusChange(ESME, PlainChange.SUSPENDED)
    assert site.take_told() == [(SUPPLIER, "N8")]
    assert site.ask(SUPPLIER, Srv.READ_MPXN, ESME, Read()).code is Code.E5
    retrieved = RetrieveRoles((RemotePartyRole.SUPPLIER,))
    assert site.ask(SUPPLIER, Srv.RETRIEVE_CREDENTIALS, ESME, retrieved).code is Code.I0
    _tell(site, entry_changed(world, product, CplStatus.ACTIVE, site.now))
    assert site.told[-1].alert.payload == DeviceStatusChange(ESME, PlainChange.RESTORED)
    assert site.take_told() == [(SUPPLIER, "N9")]
    assert site.ask(SUPPLIER, Srv.READ_MPXN, ESME, Read()).code is Code.I0


# Recovery


def test_a_meter_is_recovered_and_its_supplier_puts_its_own_credentials_back(site: Site) -> None:
    world = site.bed.world
    recovery.begin(world, ESME, site.now)
    assert site.status(ESME) == "Recovery"
    client = site.parties[SUPPLIER].client
    own = client.replacement(client.credentials)
    assert site.ask(SUPPLIER, Srv.UPDATE_CREDENTIALS, ESME, own).code is Code.E5
    _tell(site, recovery.replaced_by_broker(world, ESME, BOTH, (), site.now))
    assert site.status(ESME) == "Recovered"
    assert site.told[-1].alert.payload == DeviceStatusChange(ESME, RecoveredToBroker(BOTH))
    assert site.take_told() == [(SUPPLIER, "N43"), (DISTRIBUTOR, "N43")]
    assert site.ask(SUPPLIER, Srv.READ_MPXN, ESME, Read()).code is Code.E5
    outcome = site.ask(SUPPLIER, Srv.UPDATE_CREDENTIALS, ESME, own)
    assert isinstance(outcome.payload, UpdateCredentialsResponse)
    assert site.status(ESME) == "Commissioned"
    assert site.take_told() == [(SUPPLIER, "N44"), (DISTRIBUTOR, "N44"), (SUPPLIER, "N42")]
    assert site.ask(SUPPLIER, Srv.READ_MPXN, ESME, Read()).code is Code.I0


# Decommissioning


def test_a_meter_is_taken_out_of_use(site: Site) -> None:
    assert site.ask(DISTRIBUTOR, Srv.DECOMMISSION_DEVICE, ACB_ID, DecommissionDevice(ESME)).code is Code.E2
    assert site.ask(SUPPLIER, Srv.DECOMMISSION_DEVICE, ACB_ID, DecommissionDevice(ESME)).code is Code.I99
    (told,) = site.told
    gone = MeterGone(MeteringPoints(MPAN), (AssociatedDevice(PPMID, DeviceType.PPMID),))
    assert told.alert.payload == DeviceStatusChange(ESME, gone)
    assert site.take_told() == [(DISTRIBUTOR, "N2")]
    assert site.status(ESME) == "Decommissioned"
    assert site.ask(SUPPLIER, Srv.READ_MPXN, ESME, Read()).code is Code.E5
    assert site.ask(SUPPLIER, Srv.READ_INVENTORY, ACB_ID, ReadInventory(ESME)).code is Code.I0
    assert site.notify(ESME).code is Code.I99
    assert site.status(ESME) == "Pending"


# A new hub


def _new_hub_in_place(site: Site) -> None:
    for eui, kind in ((NEW_CHF, DeviceType.CHF), (NEW_GPF, DeviceType.GPF)):
        site.devices[eui] = site.bed.manufacture(kind, eui, site.now)
    site.connect_hub(NEW_CHF, NEW_GPF)
    assert site.report_hub(NEW_CHF, "Replacement CHF Install").code is Code.I99


def test_a_hub_is_exchanged(site: Site) -> None:
    """Both logs were backed up by CS14 and GCS62, and go to the new hub and its GPF by 8.12."""
    site.join(Srv.JOIN_NON_CRITICAL, GPF, PPMID)
    backups, inventory = site.bed.world.backups, site.bed.world.inventory
    assert {entry.device for entry in backups.hubs[CHF].devices} == {ESME, GSME, PPMID}
    assert [entry.device for entry in backups.gas_proxies[GPF]] == [PPMID]
    _new_hub_in_place(site)
    assert (site.status(CHF), site.status(GPF)) == ("Decommissioned", "Decommissioned")
    assert {inventory.device(eui).hub for eui in (ESME, GSME, PPMID, NEW_GPF)} == {NEW_CHF}
    assert site.take_told() == []  # Both meters are of the supplier that reported the exchange.
    ids = HubIds(CHF, NEW_CHF, GPF, NEW_GPF)
    for srv, new, old, code in (
        (Srv.RESTORE_HAN_DEVICE_LOG, NEW_CHF, CHF, "N26"),
        (Srv.RESTORE_GPF_DEVICE_LOG, NEW_GPF, GPF, "N27"),
    ):
        assert site.ask(SUPPLIER, srv, new, RestoreDeviceLog(old)).code is Code.I0
        assert site.told[-1].alert.payload == DeviceLogRestored(site.now.date(), ids, new == NEW_CHF)
        assert site.take_told() == [(SUPPLIER, code)]
    assert {entry.device for entry in backups.hubs[NEW_CHF].devices} == {ESME, GSME, PPMID}
    assert [entry.device for entry in backups.gas_proxies[NEW_GPF]] == [PPMID]
    _goes_on_behind_the_new_hub(site)


def _goes_on_behind_the_new_hub(site: Site) -> None:
    assert site.ask(SUPPLIER, Srv.READ_MPXN, ESME, Read()).code is Code.I0
    assert site.ask(SUPPLIER, Srv.READ_DEVICE_LOG, CHF, ReadDeviceLog()).code is Code.E5
    assert site.ask(SUPPLIER, Srv.READ_DEVICE_LOG, NEW_CHF, ReadDeviceLog()).code is Code.I0
    assert site.join(Srv.JOIN_NON_CRITICAL, GSME, NEW_GPF).code is Code.I0
    assert site.status(NEW_GPF) == "Commissioned"
    for owner in (SUPPLIER, TRANSPORTER):
        assert site.hand_over(NEW_GPF, owner).code is Code.I0
    assert site.ask(TRANSPORTER, Srv.READ_IMPORT_REGISTERS, NEW_GPF, Read()).code is Code.I0
    assert site.bed.world.inventory.metering_points_of(NEW_GPF) == (MPRN,)


# Anomalies and repetitions


def test_what_passes_a_threshold_is_held_back_and_told(site: Site) -> None:
    limit = Threshold(frozenset({Srv.READ_MPXN}), 2, timedelta(hours=1))
    site.bed.world.anomaly.set_user_thresholds(SUPPLIER, [limit])
    for _ in range(2):
        assert site.ask(SUPPLIER, Srv.READ_MPXN, ESME, Read()).code is Code.I0
    heard = len(site.devices[ESME].log)
    third = site.ask(SUPPLIER, Srv.READ_MPXN, ESME, Read())
    assert third.code is Code.I99
    assert third.response is not None
    assert third.response.request_id is not None
    (told,) = site.told
    assert told.alert.payload == RequestQuarantined(Breach.USER_THRESHOLD, third.response.request_id, 1)
    assert site.take_told() == [(SUPPLIER, "N29")]
    assert len(site.devices[ESME].log) == heard
    site.now += timedelta(hours=1)
    assert site.ask(SUPPLIER, Srv.READ_MPXN, ESME, Read()).code is Code.I0
    assert site.take_told() == []


def test_alerts_that_repeat_are_counted_and_not_passed_on(site: Site) -> None:
    """Of five alerts in an hour two pass; the first of the next hour says that three were held back."""
    site.bed.dsp._throttle = AlertThrottle(ThrottleSettings(2, timedelta(hours=1)))
    meter = site.devices[ESME]
    passed = []
    for _ in range(5):
        passed += site.arrive(generic_alert(meter, 0x8F3F, site.now))
    assert [alert.recipient for alert in passed] == [SUPPLIER, SUPPLIER]
    site.now += timedelta(hours=1)
    (after,) = site.arrive(generic_alert(meter, 0x8F3F, site.now))
    assert isinstance(after.body, DeviceAlert)
    assert after.body.throttle is not None
    assert after.body.throttle.held_back == 3
    assert len(site.device_alerts) == 3
