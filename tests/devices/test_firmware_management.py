"""Firmware on bytes: CS06 at once and later, its alert, and the reads CS08, ECS52 and GCS38."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from device_worlds import ACB, BY_SUPPLIER, NOW, OPERATOR, OTHER_SUPPLIER, SENDERS, SUPPLIER, Party
from hypothesis import given
from hypothesis import strategies as st
from management_worlds import IMAGE_HASH, USE_CASES, AnyWorld, answered, encode_any, events, kind_name

from devices.assumptions import DEFAULT_ASSUMPTIONS, DeviceAssumptions
from devices.comms_hub import Chf
from devices.device import Device, Effects
from devices.esme import Esme
from devices.faults import PowerLoss
from devices.firmware_management import take_image
from devices.gbcs.credentials import CANCELLATION_TIME
from devices.gbcs.der_payload import ReadResult
from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_reads import ReadExchange, open_dlms_reading
from devices.gbcs.firmware import (
    CS06,
    CS06_ALERT,
    CS08,
    ActivateFirmware,
    ActivateFirmwareAlert,
    ActivateFirmwareResponse,
    ActivationOutcome,
    ActivationResult,
    FirmwareVersion,
    ReadFirmwareVersion,
    ReadFirmwareVersionResponse,
)
from devices.gbcs.gas_read_table import FIRMWARE_VERSION as GAS_VERSION
from devices.gbcs.gas_read_table import GBZ_READS, GCS38
from devices.gbcs.gbz_reads import attribute_value, open_gbz_reading
from devices.gbcs.identifiers import OriginatorCounter, RemotePartyRole
from devices.gbcs.message import MessageShape, parse
from devices.gbcs.payloads import decode_payload
from devices.gbcs.protection import signature_verifies
from devices.gbcs.read_table import DLMS_READS, ECS52
from devices.gbcs.read_table import FIRMWARE_VERSION as METER_VERSION
from devices.gbcs.zcl import ZclStatus
from devices.gpf import Gpf
from devices.gsme import Gsme
from devices.hcalcs import Hcalcs
from devices.management_state import Firmware, FirmwareImage
from devices.ppmid import Ppmid
from devices.security_log import Refusal

RESULT = ActivationResult
OLD, NEW = FirmwareVersion(bytes.fromhex("01000001")), FirmwareVersion(bytes.fromhex("01000002"))
IMAGE = FirmwareImage(IMAGE_HASH, NEW)
LATER = NOW + timedelta(days=1)
SECOND = timedelta(seconds=1)
meters = pytest.mark.parametrize("kind", [Esme, Gsme], ids=kind_name)


class Meter(AnyWorld):
    """A meter that holds an image."""

    def __init__(
        self, kind: type[Device] = Esme, assumptions: DeviceAssumptions = DEFAULT_ASSUMPTIONS
    ) -> None:
        super().__init__(kind, assumptions)
        self.change(firmware=Firmware(OLD, IMAGE))

    def activate(self, counter: int, at: datetime | None = None, image_hash: bytes = IMAGE_HASH) -> Effects:
        return self.ask(CS06, ActivateFirmware(image_hash, OriginatorCounter(counter), at), counter)

    def outcome(
        self, counter: int, at: datetime | None = None, image_hash: bytes = IMAGE_HASH
    ) -> ActivationOutcome | None:
        return answered(self.activate(counter, at, image_hash), ActivateFirmwareResponse).outcome

    @property
    def version(self) -> FirmwareVersion:
        return self.device.state.firmware.version

    @property
    def supplier_counter(self) -> int:
        return self.device.counters.current(RemotePartyRole.SUPPLIER)


def alert_in(effects: Effects) -> ActivateFirmwareAlert:
    """The one alert that an execution sent."""
    (octets,) = effects.sent
    value = decode_payload(parse(octets))
    assert isinstance(value, ActivateFirmwareAlert)
    return value


# --- at once -----------------------------------------------------------------------------------------------


@meters
def test_an_image_is_activated_once(kind: type[Device]) -> None:
    world = Meter(kind)
    effects = world.activate(1)
    assert answered(effects, ActivateFirmwareResponse).outcome == (RESULT.SUCCESS, NEW)
    response = parse(effects.sent[0])
    assert response.shape is MessageShape.SIGNED
    assert response.header.date_time is not None
    assert response.header.date_time.moment() == NOW
    assert events(world.device) == ["8F43"]
    assert world.outcome(2) == (RESULT.NO_IMAGE_HELD, NEW)


def test_the_hash_must_be_that_of_the_image() -> None:
    world = Meter()
    assert world.outcome(1, image_hash=bytes(32)) == (RESULT.HASH_MISMATCH, OLD)
    assert world.outcome(2) == (RESULT.SUCCESS, NEW)


def test_without_an_image_nothing_is_activated_until_one_comes() -> None:
    world = Meter()
    world.change(firmware=Firmware(OLD))
    assert world.outcome(1) == (RESULT.NO_IMAGE_HELD, OLD)
    take_image(world.device, IMAGE)
    assert world.outcome(2) == (RESULT.SUCCESS, NEW)


def test_a_device_that_cannot_change_its_firmware_keeps_the_old() -> None:
    world = Meter()
    world.break_down(CS06, RESULT.ACTIVATION_FAILURE)
    assert world.outcome(1) == (RESULT.ACTIVATION_FAILURE, OLD)
    assert events(world.device) == []


def test_a_date_that_has_come_is_at_once() -> None:
    assert Meter().outcome(1, NOW) == (RESULT.SUCCESS, NEW)
    assert Meter().outcome(1, NOW - SECOND) == (RESULT.SUCCESS, NEW)
    assert Meter().outcome(1, NOW + SECOND) is None


def test_the_counter_in_the_payload_is_that_of_the_header() -> None:
    world = Meter()
    payload = encode_any(ActivateFirmware(IMAGE_HASH, OriginatorCounter(1)))
    assert world.send(world.octets(CS06, payload, 2)).entry.refusal is Refusal.MALFORMED
    assert world.supplier_counter == 0
    assert world.send(world.octets(CS06, payload, 1)).accepted


def test_only_the_supplier_activates() -> None:
    world = Meter()
    payload = encode_any(ActivateFirmware(IMAGE_HASH, OriginatorCounter(1)))
    for party in (ACB, OPERATOR):
        assert world.send(world.octets(CS06, payload, 1, party)).entry.refusal is Refusal.NO_AUTHORITY
    assert world.send(world.octets(CS06, payload, 1, SUPPLIER)).accepted


# --- later -------------------------------------------------------------------------------------------------


@meters
def test_a_dated_command_is_executed_at_its_time_and_reported_to_its_sender(kind: type[Device]) -> None:
    world = Meter(kind)
    assert world.outcome(1, LATER) is None
    assert world.device.advance(LATER - SECOND) == ()
    assert world.version == OLD
    (done,) = world.device.advance(LATER)
    report = parse(done.sent[0])
    assert alert_in(done) == ActivateFirmwareAlert(0x8F66, LATER, OriginatorCounter(1), (RESULT.SUCCESS, NEW))  # type: ignore[arg-type]
    assert (report.code, report.header.target, report.shape) == (
        CS06_ALERT,
        SUPPLIER.eui,
        MessageShape.SIGNED,
    )
    assert signature_verifies(report, world.device.signing.public_point, SENDERS)
    assert world.version == NEW
    assert world.device.advance(LATER + SECOND) == ()


@pytest.mark.parametrize("result", [each for each in ActivationResult if each])
def test_a_dated_command_that_fails_says_why(result: ActivationResult) -> None:
    world = Meter()
    image_hash = bytes(32) if result is RESULT.HASH_MISMATCH else IMAGE_HASH
    assert world.outcome(1, LATER, image_hash) is None
    if result is RESULT.NO_IMAGE_HELD:
        world.change(firmware=Firmware(OLD))
    elif result is RESULT.ACTIVATION_FAILURE:
        world.break_down(CS06, result)
    (done,) = world.device.advance(LATER)
    assert alert_in(done)[:4] == (0x8F67, LATER, 1, (result, OLD))


def test_the_image_counts_that_is_held_when_the_time_comes() -> None:
    world = Meter()
    world.change(firmware=Firmware(OLD))
    assert world.outcome(1, LATER) is None
    take_image(world.device, IMAGE)
    (done,) = world.device.advance(LATER)
    assert alert_in(done).alert_code == 0x8F66


def test_a_later_command_takes_the_place_of_an_earlier_one() -> None:
    world = Meter()
    world.activate(1, LATER)
    world.activate(2, LATER + SECOND)
    assert world.device.advance(LATER) == ()
    (done,) = world.device.advance(LATER + SECOND)
    assert alert_in(done).counter == 2


def test_a_command_at_once_leaves_the_one_that_waits() -> None:
    world = Meter()
    world.activate(1, LATER)
    assert world.outcome(2) == (RESULT.SUCCESS, NEW)
    (done,) = world.device.advance(LATER)
    assert alert_in(done)[:4] == (0x8F67, LATER, 1, (RESULT.NO_IMAGE_HELD, NEW))


def test_the_time_of_cancellation_cancels_and_one_second_earlier_does_not() -> None:
    for at, waiting in ((CANCELLATION_TIME, 0), (CANCELLATION_TIME - SECOND, 1)):
        world = Meter()
        world.activate(1, LATER)
        assert world.outcome(2, at) is None
        assert len(world.device.state.pending) == waiting
        assert world.device.advance(LATER) == ()
        assert world.supplier_counter == 2


def test_a_dated_command_is_no_replay_of_itself() -> None:
    world = Meter()
    payload = encode_any(ActivateFirmware(IMAGE_HASH, OriginatorCounter(1), LATER))
    octets = world.octets(CS06, payload, 1)
    assert world.send(octets).accepted
    assert world.send(octets).entry.refusal is Refusal.REPLAY
    world.device.advance(LATER)
    assert world.send(octets, LATER).entry.refusal is Refusal.REPLAY


def test_where_the_counter_waits_for_the_execution() -> None:
    world = Meter(assumptions=DEFAULT_ASSUMPTIONS._replace(counter_moves_on_acceptance=False))
    world.activate(5, LATER)
    assert world.supplier_counter == 0
    world.device.advance(LATER)
    assert world.supplier_counter == 5
    world.activate(6, CANCELLATION_TIME)
    assert world.supplier_counter == 6


def test_a_number_that_was_passed_when_the_time_comes_is_too_late() -> None:
    world = Meter(assumptions=DEFAULT_ASSUMPTIONS._replace(counter_moves_on_acceptance=False))
    world.activate(5, LATER)
    assert world.activate(5, LATER).entry.refusal is Refusal.REPLAY
    world.activate(6, image_hash=bytes(32))
    (dropped,) = world.device.advance(LATER)
    assert dropped.entry.refusal is Refusal.REPLAY
    assert (world.version, world.device.state.pending) == (OLD, ())


@pytest.mark.parametrize("outlives", [True, False])
@pytest.mark.parametrize("new", [SUPPLIER, OTHER_SUPPLIER], ids=["stays", "goes"])
def test_a_held_activation_after_its_sender_has_gone(outlives: bool, new: Party) -> None:
    world = Meter(assumptions=DEFAULT_ASSUMPTIONS._replace(held_commands_outlive_authority=outlives))
    world.activate(5, LATER)
    assert world.send(world.update_octets(BY_SUPPLIER, 6, new=new)).accepted
    (done,) = world.device.advance(LATER)
    stands = outlives or new is SUPPLIER
    assert done.entry.refusal is (None if stands else Refusal.NO_AUTHORITY)
    assert (world.version, world.device.state.pending) == (NEW if stands else OLD, ())


def test_what_is_due_comes_before_the_next_message() -> None:
    world = Meter()
    world.activate(1, LATER)
    octets = world.octets(ECS52, USE_CASES[Esme][ECS52](OriginatorCounter(2)), 2)
    effects = world.send(octets, LATER)
    assert [parse(each).code for each in effects.sent] == [CS06_ALERT, ECS52]
    assert version_read(world, 3) == NEW


def test_a_waiting_command_outlives_a_power_failure_whenever_it_comes() -> None:
    for loss in (None, *PowerLoss):
        world = Meter()
        world.activate(1, LATER)
        world.device = world.restored()
        world.device.faults = world.device.faults._replace(power_loss=loss)
        (done,) = world.device.advance(LATER)[:1]
        assert bool(done.sent) is (loss is None)
        world.device = world.restored()
        world.device.advance(LATER)
        assert world.version == NEW
        assert world.device.state.pending == ()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("now", "later", "cancel", "advance", "image", "power")), st.integers(0, 3)
        ),
        max_size=10,
    )
)
def test_firmware_changes_only_by_an_image_with_its_hash(steps: list[tuple[str, int]]) -> None:
    """Beside a model: the version, the image that is held, the command that waits."""
    world, now = Meter(), NOW
    version: bytes = OLD
    image: tuple[bytes, bytes] | None = (IMAGE_HASH, NEW)
    waiting: tuple[bytes, datetime] | None = None

    def activated(image_hash: bytes) -> None:
        nonlocal version, image
        if image is not None and image[0] == image_hash:
            version, image = image[1], None

    for counter, (step, number) in enumerate(steps, 1):
        chosen = IMAGE_HASH if number % 2 else bytes(32)
        at = now + number * timedelta(hours=1)
        if step == "power":
            world.device = world.restored()
        elif step == "image":
            version_brought = FirmwareVersion(bytes((counter, number)))
            take_image(world.device, FirmwareImage(chosen, version_brought))
            image = chosen, version_brought
        elif step == "advance":
            now = at
            world.device.advance(now)
            if waiting is not None and waiting[1] <= now:
                activated(waiting[0])
                waiting = None
        elif step == "now" or (step == "later" and number == 0):
            payload = encode_any(
                ActivateFirmware(chosen, OriginatorCounter(counter), now if number == 0 else None)
            )
            world.send(world.octets(CS06, payload, counter), now)
            activated(chosen)
        else:
            due = CANCELLATION_TIME if step == "cancel" else at
            payload = encode_any(ActivateFirmware(chosen, OriginatorCounter(counter), due))
            world.send(world.octets(CS06, payload, counter), now)
            waiting = None if step == "cancel" else (chosen, due)
        held = world.device.state.firmware
        assert (held.version, held.image) == (version, image)
        assert len(world.device.state.pending) == (waiting is not None)


# --- reads -------------------------------------------------------------------------------------------------


def read(world: AnyWorld, counter: int, by: Party = SUPPLIER) -> Effects:
    code = GCS38 if world.device.device_type.value in ("GSME", "GPF") else ECS52
    kind = type(world.device)
    return world.send(world.octets(code, USE_CASES[kind][code](OriginatorCounter(counter)), counter, by))


def version_read(world: AnyWorld, counter: int, by: Party = SUPPLIER) -> bytes | AccessCode | ZclStatus:
    """The version that a read tells, or why not."""
    effects = read(world, counter, by)
    assert effects.accepted, effects.entry
    response = parse(effects.sent[0])
    if response.code == GCS38:
        (answer,) = open_gbz_reading(GBZ_READS[GCS38], response.payload)
        version = attribute_value(answer, GAS_VERSION)
        return version if isinstance(version, bytes) else answer.records[0].status  # type: ignore[union-attr]
    reading = open_dlms_reading(DLMS_READS[ECS52], response.payload, ReadExchange.of(response.header))
    return reading.value(METER_VERSION) or reading.codes[0]


READERS = ((Esme, SUPPLIER), (Esme, OPERATOR), (Esme, ACB), (Chf, ACB), (Gsme, SUPPLIER), (Gpf, OPERATOR))


@pytest.mark.parametrize(("kind", "by"), READERS)
def test_the_version_in_use_is_read(kind: type[Device], by: Party) -> None:
    world = AnyWorld(kind)
    world.change(firmware=Firmware(OLD, IMAGE))
    assert version_read(world, 1, by) == OLD
    # A read is answered again.
    assert version_read(world, 1, by) == OLD


def test_after_an_activation_the_new_version_is_read() -> None:
    for kind in (Esme, Gsme):
        world = Meter(kind)
        world.activate(1)
        assert version_read(world, 2) == NEW


def test_a_party_without_a_cell_reads_no_version() -> None:
    assert read(AnyWorld(Chf), 1, SUPPLIER).entry.refusal is Refusal.NO_AUTHORITY
    assert read(AnyWorld(Gsme), 1, OPERATOR).entry.refusal is Refusal.NO_AUTHORITY


def test_a_device_that_cannot_read_its_version_says_so() -> None:
    meter, gas_meter = AnyWorld(Esme), AnyWorld(Gsme)
    meter.break_down(ECS52, AccessCode.HARDWARE_FAULT)
    gas_meter.break_down(GCS38, ZclStatus.HARDWARE_FAILURE)
    assert version_read(meter, 1) is AccessCode.HARDWARE_FAULT
    assert version_read(gas_meter, 1) is ZclStatus.HARDWARE_FAILURE


@pytest.mark.parametrize("kind", [Ppmid, Hcalcs], ids=kind_name)
def test_the_broker_reads_the_version_of_other_devices(kind: type[Device]) -> None:
    world = AnyWorld(kind)
    world.change(firmware=Firmware(OLD))
    other = world.on_behalf_of(SUPPLIER, CS08)
    payload = encode_any(ReadFirmwareVersion())
    effects = world.send(world.octets(CS08, payload, 1, ACB, other=other))
    assert answered(effects, ReadFirmwareVersionResponse) == ReadFirmwareVersionResponse(
        OLD, ReadResult.SUCCESS
    )
    assert parse(effects.sent[0]).header.other == other
    world.break_down(CS08, ReadResult.READ_FAILURE)
    effects = world.send(world.octets(CS08, payload, 1, ACB))
    assert answered(effects, ReadFirmwareVersionResponse).result is ReadResult.READ_FAILURE
    assert world.send(world.octets(CS08, payload, 1, SUPPLIER)).entry.refusal is Refusal.NO_AUTHORITY
