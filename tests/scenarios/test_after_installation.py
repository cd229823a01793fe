"""A home after its installation: another supplier, commands for later, scheduled reads, visits on site."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from installation_worlds import (
    CHF,
    DISTRIBUTOR,
    ESME,
    GPF,
    IHD,
    MINUTE,
    MPAN,
    NEXT_SUPPLIER,
    START,
    SUPPLIER,
    Outcome,
    Site,
    installed,
)

from dcc.alert_payloads import (
    CommandFailure,
    DeviceChangedSupplier,
    MeteringPoints,
    ScheduleRemoval,
)
from dcc.bodies.credentials import CANCELLATION, ReplaceSupplierCredentials
from dcc.bodies.hub import UpdateHanDeviceLog, WhitelistEntry
from dcc.bodies.inventory import ReturnLocalResponse
from dcc.bodies.meters import ActivateFirmware, SynchroniseClock
from dcc.bodies.reads import Read, ReadLog
from dcc.bodies.schedules import CreateSchedule, Frequency, PeriodOffset
from dcc.dates import DateRange
from dcc.identifiers import Mpid
from dcc.registration import ElectricityRecord
from dcc.response_codes import ResponseCode
from dcc.service_responses import (
    DeviceResponse,
    FutureDatedAlert,
    ScheduleCreated,
    ScheduledResponse,
    ServiceResponse,
)
from dcc.srv import Srv
from devices.firmware_management import take_image
from devices.gbcs.credentials import CredentialStatus, UpdateCredentialsAlert, UpdateCredentialsResponse
from devices.gbcs.dlms_reads import DlmsReading
from devices.gbcs.firmware import FirmwareVersion
from devices.gbcs.identifiers import DeviceType, Eui64, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import parse
from devices.gbcs.payloads import decode_payload
from devices.management_state import FirmwareImage
from scenarios.test_bed import ACB_ID

Code = ResponseCode
DAY = timedelta(days=1)
LATER = START + timedelta(hours=6)
NEXT_SUPPLY = date(2026, 1, 12)


@pytest.fixture
def site() -> Site:
    return installed()


def _holders(site: Site, role: RemotePartyRole, device: Eui64 = ESME) -> set[object]:
    """Who is in the cells of a role, as the device has it."""
    store = site.devices[device].store
    return {store[cell].subject for cell in store if cell.role is role}


# Change of supplier


def _announce_next_supplier(site: Site) -> None:
    record = ElectricityRecord(Mpid("EELC"), Mpid("SUPB"), DateRange(NEXT_SUPPLY, None))
    site.bed.world.registration.add_electricity(MPAN, record)


def _take_over(site: Site, at: datetime | None = None) -> Outcome:
    mine = site.parties[NEXT_SUPPLIER].client.credentials
    own = site.parties[NEXT_SUPPLIER].client.replacement(mine)
    assert own.signing is not None
    floor = OriginatorCounter(1)
    body = ReplaceSupplierCredentials(
        own.signing, own.agreement, MPAN, floor, own.top_up, own.path, execution_date_time=at
    )
    return site.ask(NEXT_SUPPLIER, Srv.UPDATE_CREDENTIALS_COS, ESME, body)


def test_a_supplier_that_will_never_be_registered_takes_nothing_over(site: Site) -> None:
    assert _take_over(site).code is Code.E062306
    _announce_next_supplier(site)
    day_before = datetime.combine(NEXT_SUPPLY - DAY, time(12), UTC)
    assert _take_over(site, day_before).code is Code.E062306
    assert site.take_told() == []
    assert _holders(site, RemotePartyRole.SUPPLIER) == {SUPPLIER}


def test_the_next_supplier_takes_the_meter_over(site: Site) -> None:
    _announce_next_supplier(site)
    site.now = datetime.combine(NEXT_SUPPLY, time(9), UTC)
    outcome = _take_over(site)
    assert outcome.code is Code.I0
    assert isinstance(outcome.payload, UpdateCredentialsResponse)
    changed = next(item.alert for item in site.told if item.alert.code.value == "N17")
    points = MeteringPoints(MPAN)
    assert changed.payload == DeviceChangedSupplier(ESME, DeviceType.ESME, points)
    assert site.take_told() == [(NEXT_SUPPLIER, "N42"), (SUPPLIER, "N42"), (SUPPLIER, "N17")]
    _is_the_next_suppliers(site)


def _is_the_next_suppliers(site: Site) -> None:
    assert _holders(site, RemotePartyRole.SUPPLIER) == {NEXT_SUPPLIER}
    clock = SynchroniseClock(site.now + 2 * MINUTE, 60)
    assert site.ask(SUPPLIER, Srv.COMMISSION_DEVICE, ESME, clock).code is Code.E21
    assert site.ask(NEXT_SUPPLIER, Srv.COMMISSION_DEVICE, ESME, clock).code is Code.I0
    assert site.ask(SUPPLIER, Srv.READ_MPXN, ESME, Read()).code is Code.E4
    assert site.ask(NEXT_SUPPLIER, Srv.READ_MPXN, ESME, Read()).code is Code.I0
    log = ReadLog(site.now - 3 * timedelta(hours=1), site.now)
    assert site.ask(DISTRIBUTOR, Srv.READ_NETWORK_DATA, ESME, log).code is Code.I0


def test_a_change_of_supplier_for_later_is_done_by_the_meter(site: Site) -> None:
    """The meter tells the change of supplier party; the DCC tells the User whose request it was."""
    _announce_next_supplier(site)
    at = datetime.combine(NEXT_SUPPLY, time(0), UTC)
    outcome = _take_over(site, at)
    assert outcome.payload == UpdateCredentialsResponse(None)
    assert outcome.response is not None
    assert site.take_told() == []
    assert _holders(site, RemotePartyRole.SUPPLIER) == {SUPPLIER}
    assert site.wait_until(at - timedelta(seconds=1)) == []
    (alert,) = site.wait_until(at)
    _reports(alert, outcome.response, 0x8F66)
    assert alert.recipient == NEXT_SUPPLIER
    assert site.take_told() == [(NEXT_SUPPLIER, "N42"), (SUPPLIER, "N42"), (SUPPLIER, "N17")]
    _is_the_next_suppliers(site)


def _reports(alert: ServiceResponse, accepted: ServiceResponse, alert_code: int) -> UpdateCredentialsAlert:
    """It is what became of the command of an earlier request, under its RequestID."""
    assert isinstance(alert.body, FutureDatedAlert)
    assert alert.body.alert_code == alert_code
    assert (alert.request_id, alert.srv, alert.code) == (accepted.request_id, accepted.srv, Code.I0)
    said = decode_payload(parse(alert.body.gbcs))
    assert isinstance(said, UpdateCredentialsAlert)
    assert said.alert_code == alert_code
    return said


# Commands for later


def _renew(site: Site, at: datetime | None) -> Outcome:
    """6.15.1 of the supplier with its own certificates."""
    client = site.parties[SUPPLIER].client
    body = client.replacement(client.credentials)._replace(execution_date_time=at)
    return site.ask(SUPPLIER, Srv.UPDATE_CREDENTIALS, ESME, body)


def test_an_update_for_later_is_reported_under_its_request(site: Site) -> None:
    outcome = _renew(site, LATER)
    assert outcome.payload == UpdateCredentialsResponse(None)
    assert outcome.response is not None
    assert site.take_told() == []
    (alert,) = site.wait_until(LATER)
    _reports(alert, outcome.response, 0x8F66)
    assert site.take_told() == [(SUPPLIER, "N42")]
    assert site.wait_until(LATER + DAY) == []


def test_the_report_of_an_update_counts_once(site: Site) -> None:
    _renew(site, LATER)
    site.now = LATER
    (effects,) = site.devices[ESME].advance(LATER)
    assert len(site.arrive(effects.sent)) == 1
    assert site.take_told() == [(SUPPLIER, "N42")]
    (again,) = site.arrive(effects.sent)
    assert not isinstance(again.body, FutureDatedAlert)
    assert site.take_told() == []


def test_an_update_for_later_that_fails_is_reported_and_told_to_nobody(site: Site) -> None:
    outcome = _renew(site, LATER)
    assert outcome.response is not None
    meter = site.devices[ESME]
    own = frozenset(cell for cell in meter.store if cell.role is RemotePartyRole.SUPPLIER)
    meter.faults = meter.faults._replace(cells_without_memory=own)
    (alert,) = site.wait_until(LATER)
    said = _reports(alert, outcome.response, 0x8F67)
    assert {item.status for item in said.outcome.replacements} == {CredentialStatus.INSUFFICIENT_MEMORY}
    assert site.take_told() == []


@pytest.mark.parametrize("image_is_there", [True, False])
def test_an_activation_for_later_changes_the_firmware_at_its_time(site: Site, image_is_there: bool) -> None:
    image_hash = bytes(range(32))
    if image_is_there:
        take_image(site.devices[ESME], FirmwareImage(image_hash, FirmwareVersion(bytes.fromhex("00000002"))))
    body = ActivateFirmware(image_hash, LATER)
    outcome = site.ask(SUPPLIER, Srv.ACTIVATE_FIRMWARE, ESME, body)
    assert outcome.response is not None
    inventory = site.bed.world.inventory
    before = inventory.device(ESME).details.firmware_version
    (alert,) = site.wait_until(LATER)
    assert alert.request_id == outcome.response.request_id
    assert isinstance(alert.body, FutureDatedAlert)
    assert alert.body.alert_code == (0x8F66 if image_is_there else 0x8F67)
    after = inventory.device(ESME).details.firmware_version
    assert after == ("00000002" if image_is_there else before)


def test_an_update_called_off_is_not_reported(site: Site) -> None:
    _renew(site, LATER)
    assert _renew(site, CANCELLATION).code is Code.I0
    assert site.wait_until(LATER) == []
    assert site.take_told() == []


def test_the_dcc_holds_a_handover_until_its_time() -> None:
    """Everything happens at that time: the command goes out, the GPF answers, the parties are told."""
    site = Site()
    site.connect_hub()
    site.report_hub()
    client = site.parties[SUPPLIER].client
    body = client.replacement(client.credentials)._replace(execution_date_time=LATER)
    outcome = site.ask(SUPPLIER, Srv.HANDOVER, GPF, body)
    assert outcome.code is Code.I99
    assert site.take_told() == []
    assert site.bed.dsp.next_due == LATER
    assert site.wait_until(LATER - timedelta(seconds=1)) == []
    (response,) = site.wait_until(LATER)
    assert outcome.response is not None
    assert (response.code, response.request_id) == (Code.I0, outcome.response.request_id)
    opened = site.parties[SUPPLIER].client.open(response)
    assert isinstance(opened, UpdateCredentialsResponse)
    assert site.take_told() == [(SUPPLIER, "N42")]
    assert _holders(site, RemotePartyRole.SUPPLIER, GPF) == {SUPPLIER}


def test_a_held_request_for_a_device_that_is_gone_is_answered() -> None:
    site = Site()
    site.connect_hub()
    site.report_hub()
    client = site.parties[SUPPLIER].client
    body = client.replacement(client.credentials)._replace(execution_date_time=LATER)
    outcome = site.ask(SUPPLIER, Srv.HANDOVER, GPF, body)
    site.bed.world.inventory.remove(GPF)
    (answer,) = site.wait_until(LATER)
    assert outcome.response is not None
    assert (answer.code, answer.request_id) == (Code.E100, outcome.response.request_id)


def test_the_dcc_holds_a_signed_pre_command_until_its_time(site: Site) -> None:
    """The time stands beside the command, not in it: the meter executes it as it comes."""
    party = site.parties[SUPPLIER]
    body = party.client.replacement(party.client.credentials)
    request = site.request(SUPPLIER, Srv.UPDATE_CREDENTIALS, ESME, body)
    pre_command, _ = site.submit(party, request)
    signed = party.client.sign_pre_command(request, pre_command, execution_date_time=LATER)
    answer, command = site.submit(party, signed)
    assert (answer.code, command, site.bed.dsp.next_due) == (Code.I99, None, LATER)
    (response,) = site.wait_until(LATER)
    assert (response.code, response.request_id) == (Code.I0, request.request_id)
    opened = party.client.open(response)
    assert isinstance(opened, UpdateCredentialsResponse)
    assert opened.outcome is not None
    assert site.take_told() == [(SUPPLIER, "N42")]


# Schedules


def _schedule(site: Site) -> ScheduleCreated:
    first = (START + DAY).date()
    midnight = time(0, tzinfo=UTC)
    body = CreateSchedule(
        ESME,
        Srv.READ_ACTIVE_IMPORT_PROFILE,
        Frequency.DAILY,
        first,
        execution_start_time=time(3, tzinfo=UTC),
        period=PeriodOffset(-1, midnight, 0, midnight),
    )
    outcome = site.ask(SUPPLIER, Srv.CREATE_SCHEDULE, ACB_ID, body)
    assert outcome.response is not None
    assert isinstance(outcome.response.body, ScheduleCreated)
    return outcome.response.body


def _third_hour(days: int) -> datetime:
    return datetime.combine((START + days * DAY).date(), time(3), UTC)


def test_a_schedule_is_answered_to_its_owner(site: Site) -> None:
    created = _schedule(site)
    for day in (1, 2):
        (response,) = site.wait_until(_third_hour(day))
        assert response.recipient == SUPPLIER
        assert isinstance(response.body, ScheduledResponse)
        assert response.body.schedule == created.schedule
        opened = site.parties[SUPPLIER].client.open(response)
        assert isinstance(opened, DlmsReading)
        assert opened.complete
    assert site.take_told() == []


@pytest.mark.parametrize(("out_of_reach", "code"), [(True, "N10"), (False, "N11")])
def test_a_scheduled_read_that_fails_is_told_by_an_alert(site: Site, out_of_reach: bool, code: str) -> None:
    created = _schedule(site)
    if out_of_reach:
        site.out_of_reach.add(ESME)
    else:
        site.silent.add(ESME)
    (alert,) = site.wait_until(_third_hour(1))
    (told,) = site.told
    payload = told.alert.payload
    assert isinstance(payload, CommandFailure)
    assert (payload.device, payload.schedule) == (ESME, created.schedule)
    assert site.take_told() == [(SUPPLIER, code)]
    assert alert.request_id is None


def test_a_schedule_ends_with_the_supply(site: Site) -> None:
    created = _schedule(site)
    _announce_next_supplier(site)
    site.wait_until(_third_hour(1))
    at = datetime.combine(NEXT_SUPPLY, time(3), UTC)
    assert not [item for item in site.wait_until(at) if isinstance(item.body, ScheduledResponse)]
    assert site.told[-1].alert.payload == ScheduleRemoval(ESME, created.schedule)
    assert site.take_told()[-1] == (SUPPLIER, "N5")


# On site


def test_a_command_delivered_on_site_counts_when_its_response_is_returned() -> None:
    """A critical one (Command Variant 6): the meter is Commissioned by what 8.13 brings back."""
    site = Site()
    site.notify(ESME)
    site.connect_hub()
    site.report_hub()
    site.add_to_hub(ESME)
    site.joins_han(ESME)
    site.take_told()
    body = SynchroniseClock(site.now + MINUTE, 60)
    outcome = site.ask_on_site(SUPPLIER, Srv.COMMISSION_DEVICE, ESME, body)
    assert not outcome.code.is_refusal
    assert site.status(ESME) == "Commissioned"
    assert site.take_told() == [(DISTRIBUTOR, "N1")]


def test_a_device_log_changed_on_site(site: Site) -> None:
    """One that is not critical (Command Variant 2): N24 comes by what 8.13 brings back."""
    site.notify(IHD)
    body = UpdateHanDeviceLog(IHD, WhitelistEntry(3600, bytes(16)))
    request = site.request(SUPPLIER, Srv.UPDATE_HAN_DEVICE_LOG, CHF, body)
    outcome = site.ask_on_site(SUPPLIER, Srv.UPDATE_HAN_DEVICE_LOG, CHF, body)
    assert not outcome.code.is_refusal
    assert request.request_id != (outcome.response and outcome.response.request_id)
    assert site.take_told() == [(SUPPLIER, "N24")]
    assert site.bed.world.inventory.device(IHD).hub == CHF


def test_the_response_of_a_command_that_went_over_the_wan_is_not_taken_by_hand(site: Site) -> None:
    outcome = site.ask(SUPPLIER, Srv.READ_MPXN, ESME, Read())
    assert outcome.response is not None
    assert isinstance(outcome.response.body, DeviceResponse)
    returned = ReturnLocalResponse(outcome.response.body.gbcs, outcome.response.request_id)
    assert site.ask(SUPPLIER, Srv.RETURN_LOCAL_RESPONSE, ACB_ID, returned).code is Code.E081302


# Where nothing comes back


def test_a_device_out_of_reach_and_one_that_says_nothing(site: Site) -> None:
    site.out_of_reach.add(ESME)
    assert site.ask(SUPPLIER, Srv.READ_MPXN, ESME, Read()).code is Code.E20
    site.out_of_reach.clear()
    site.silent.add(ESME)
    assert site.ask(SUPPLIER, Srv.READ_MPXN, ESME, Read()).code is Code.E21
    assert site.take_told() == []
