"""The reference set as judge of own keys, joins, logs, firmware and clocks.

Each device is prepared as the response implies: with the devices in its log, the image that it holds, the
time that it shows, or with the defect that a failure comes from. Then the command, byte for byte, gets the
response.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from reference_set import (
    NOW,
    ReferenceSet,
    check_answer,
    load,
    make_device,
    payload_in_the_form_of,
    prepared_for,
)

from devices.device import Device
from devices.gbcs import chf_log, device_log, firmware, joins
from devices.gbcs.certificates import load_certificate
from devices.gbcs.certification_request import parse_certification_request
from devices.gbcs.chf_commands import (
    open_ccs07_response,
    read_ccs02_command,
    read_cs14_alert,
)
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.device_certificates import (
    CS02C,
    CS02D,
    CS02E,
    IssueCredentialsResponse,
    IssueFailure,
    ProvideDeviceCertificateResponse,
    ProvideFailure,
    UpdateDeviceCertificate,
    UpdateDeviceCertificateResponse,
)
from devices.gbcs.dlms import AccessCode, decode_response
from devices.gbcs.dlms_reads import ReadExchange, open_dlms_reading
from devices.gbcs.ecs70 import ECS70, open_ecs70_response
from devices.gbcs.firmware import CS06, CS08, ActivateFirmwareAlert, FirmwareVersion
from devices.gbcs.gas_clock import GCS28, SetClockResponse
from devices.gbcs.gas_read_table import FIRMWARE_VERSION as GAS_VERSION
from devices.gbcs.gas_read_table import GBZ_READS, GCS38
from devices.gbcs.gbz_reads import attribute_value, open_gbz_reading
from devices.gbcs.joins import JoinDeviceType, JoinResult, UnjoinResult
from devices.gbcs.message import Cra, Message, MessageShape, encode, parse
from devices.gbcs.payloads import decode_payload
from devices.gbcs.protection import signature_verifies
from devices.gbcs.read_table import DLMS_READS, ECS52
from devices.gbcs.read_table import FIRMWARE_VERSION as METER_VERSION
from devices.gbcs.zcl import ReadAttributesResponse
from devices.management_state import Defect, Firmware, FirmwareImage, JoinedDevice
from devices.reporting import ReportingDevice

AT_2015 = datetime(2015, 1, 1, tzinfo=UTC)
OTHER_HASH = bytes(32)


@pytest.fixture(scope="session")
def reference(conformance: Path) -> ReferenceSet:
    return load(conformance)


# --- what a response says of the device that sent it -------------------------------------------------------


def change(device: Device, **fields: Any) -> None:
    device.state = device.state._replace(**fields)


def break_down(device: Device, command: Message, result: int, item: int = 0) -> None:
    change(device, defects=(Defect(command.code, result, item),))


def prepare_issue(device: Device, command: Message, value: IssueCredentialsResponse) -> None:
    if isinstance(value.outcome, IssueFailure):
        break_down(device, command, value.outcome)


def prepare_update(device: Device, command: Message, value: UpdateDeviceCertificateResponse) -> None:
    said = decode_payload(command)
    assert isinstance(said, UpdateDeviceCertificate)
    certificate = load_certificate(said.certificate)
    if certificate.key_usage is not None:
        pending = device.state.renewal.with_pending(certificate.key_usage, KeyPair(certificate.public_point))
        change(device, renewal=pending)


def prepare_provide(device: Device, command: Message, value: ProvideDeviceCertificateResponse) -> None:
    if isinstance(value.outcome, ProvideFailure):
        break_down(device, command, value.outcome)
        return
    held = load_certificate(value.outcome)
    if held.public_point != device.agreement.public_point:
        change(device, certificates=device.certificates._replace(signing=held))


def prepare_join(device: Device, command: Message, value: joins.JoinDeviceResponse) -> None:
    said, log = decode_payload(command), device.state.device_log
    assert isinstance(said, joins.JoinDevice)
    if value.result is JoinResult.INCOMPATIBLE_WITH_EXISTING_ENTRY:
        other = next(kind for kind in JoinDeviceType if kind is not said.other_type)
        change(device, device_log=log.with_entry(JoinedDevice(said.other_device, other)))
    elif value.result is JoinResult.DEVICE_LOG_FULL:
        change(device, device_log=log._replace(capacity=0))
    elif value.result not in (JoinResult.SUCCESS, JoinResult.INVALID_OR_MISSING_CERTIFICATE):
        break_down(device, command, value.result)


def prepare_unjoin(device: Device, command: Message, value: joins.UnjoinDeviceResponse) -> None:
    said, log = decode_payload(command), device.state.device_log
    assert isinstance(said, joins.UnjoinDevice)
    if value.result is not UnjoinResult.OTHER_DEVICE_NOT_IN_DEVICE_LOG:
        change(device, device_log=log.with_entry(JoinedDevice(said.other_device, JoinDeviceType.GPF)))
    if value.result is UnjoinResult.OTHER_FAILURE:
        break_down(device, command, value.result)


def prepare_log(device: Device, command: Message, value: device_log.ReadDeviceLogResponse) -> None:
    for entry in value.entries or ():
        change(device, device_log=device.state.device_log.with_entry(JoinedDevice(*entry)))
    if value.result:
        break_down(device, command, value.result)


def prepare_restore(device: Device, command: Message, value: device_log.RestoreDeviceLogResponse) -> None:
    for outcome in value.outcomes:
        if outcome.result:
            break_down(device, command, outcome.result)


def prepare_activation(device: Device, command: Message, value: firmware.ActivateFirmwareResponse) -> None:
    if value.outcome is not None:
        prepare_image(device, command, value.outcome)


def prepare_image(device: Device, command: Message, outcome: firmware.ActivationOutcome) -> None:
    said, result = decode_payload(command), outcome.result
    assert isinstance(said, firmware.ActivateFirmware)
    image = FirmwareImage(said.image_hash, outcome.version)
    if result is firmware.ActivationResult.SUCCESS:
        change(device, firmware=Firmware(image=image))
        return
    held = {
        firmware.ActivationResult.NO_IMAGE_HELD: None,
        firmware.ActivationResult.HASH_MISMATCH: image._replace(image_hash=OTHER_HASH),
        firmware.ActivationResult.ACTIVATION_FAILURE: image,
    }
    change(device, firmware=Firmware(outcome.version, held[result]))
    if result is firmware.ActivationResult.ACTIVATION_FAILURE:
        break_down(device, command, result)


def prepare_version(device: Device, command: Message, value: firmware.ReadFirmwareVersionResponse) -> None:
    if value.version is not None:
        change(device, firmware=Firmware(value.version))
    if value.result:
        break_down(device, command, value.result)


DER: dict[type, Callable[[Device, Message, Any], None]] = {
    IssueCredentialsResponse: prepare_issue,
    UpdateDeviceCertificateResponse: prepare_update,
    ProvideDeviceCertificateResponse: prepare_provide,
    joins.JoinDeviceResponse: prepare_join,
    joins.UnjoinDeviceResponse: prepare_unjoin,
    device_log.ReadDeviceLogResponse: prepare_log,
    device_log.RestoreDeviceLogResponse: prepare_restore,
    firmware.ActivateFirmwareResponse: prepare_activation,
    firmware.ReadFirmwareVersionResponse: prepare_version,
    SetClockResponse: lambda *_: None,
}


def prepare_meter_version(device: Device, command: Message, response: Message) -> None:
    reading = open_dlms_reading(DLMS_READS[ECS52], response.payload, ReadExchange.of(response.header))
    version = reading.value(METER_VERSION)
    if version is not None:
        change(device, firmware=Firmware(FirmwareVersion(version)))
    else:
        break_down(device, command, reading.codes[0])


def prepare_gas_version(device: Device, command: Message, response: Message) -> None:
    (answer,) = open_gbz_reading(GBZ_READS[GCS38], response.payload)
    version = attribute_value(answer, GAS_VERSION)
    if isinstance(version, bytes):
        change(device, firmware=Firmware(FirmwareVersion(version)))
    elif isinstance(answer, ReadAttributesResponse):
        break_down(device, command, answer.records[0].status)


def prepare_codes(device: Device, command: Message, response: Message) -> None:
    """The first result code that is not success comes from a defect."""
    codes = [result.code for result in decode_response(response.payload).results]
    failed = [item for item, code in enumerate(codes) if code is not AccessCode.SUCCESS]
    if failed:
        break_down(device, command, codes[failed[0]], failed[0])


def prepare_hub(device: Device, command: Message, response: Message) -> None:
    counter, hub_log = command.header.originator_counter, device.state.hub_log
    if command.code == chf_log.CCS02:
        # A device that is not in the log is what the set's refusal is: there is no defect to give.
        if decode_response(response.payload).results[0].code is not AccessCode.SUCCESS:
            return
        present = chf_log.BackedUpDevice(read_ccs02_command(command.payload, counter), bytes(16))
        change(device, hub_log=hub_log._replace(log=hub_log.log._replace(devices=(present,))))
    if command.code == chf_log.CCS07:
        said = open_ccs07_response(response.payload, counter)
        if said.present is not None and said.historic is not None:
            log = hub_log.log._replace(
                pan_id=said.present.pan_id, devices=said.present.devices, historic=said.historic.devices
            )
            change(device, hub_log=hub_log._replace(log=log))
    prepare_codes(device, command, response)


OTHERS: dict[int, Callable[[Device, Message, Message], None]] = {
    ECS52: prepare_meter_version,
    GCS38: prepare_gas_version,
    ECS70: prepare_codes,
    chf_log.CCS01: prepare_hub,
    chf_log.CCS02: prepare_hub,
    chf_log.CCS03: prepare_hub,
    chf_log.CCS07: prepare_hub,
}


def time_shown(command: Message, response: Message) -> datetime:
    """What the device's clock shows; 2020 where the response does not say it."""
    value = decode_payload(response)
    if isinstance(value, SetClockResponse):
        return value.device_time
    if command.code == ECS70:
        shown = open_ecs70_response(response.payload, command.header.originator_counter).device_time
        return NOW if shown is None else shown.moment()
    return AT_2015 if command.code == chf_log.CCS07 else NOW


def prepared(reference: ReferenceSet, command: Message, response: Message) -> Device:
    device = make_device(reference, response)
    if command.code in OTHERS:
        OTHERS[command.code](device, command, response)
    else:
        value = decode_payload(response)
        DER[type(value)](device, command, value)
    return device


# --- commands and responses --------------------------------------------------------------------------------

JUDGED = {
    CS02C, CS02D, CS02E, joins.CS03A1, joins.CS03A2, joins.CS03B, joins.CS03C, joins.CS04AC, joins.CS04B,
    CS06, CS08, device_log.CS07, device_log.GCS59, GCS28, *OTHERS,
}  # fmt: skip
AT_LEAST = {
    "CS02c_6.17_SUCCESS", "CS02c_6.17_ERROR", "CS02d_6.15.2_SUCCESS", "CS02d_6.15.2_ERROR",
    "CS03A2Critical_8.7.1_SUCCESS", "CS03A2NonCritical_8.7.2_SUCCESS", "CS03CCritical_8.7.1_SUCCESS",
    "CS03CNonCritical_8.7.2_SUCCESS", "CS03CNonCritical_8.7.2_ERROR",
    "CS04ACCritical_8.8.1_SUCCESS", "CS04ACCritical_8.8.1_ERROR", "CS04ACNonCritical_8.8.2_SUCCESS",
    "CS06_11.3_IMMEDIATE_SUCCESS", "CS06_11.3_IMMEDIATE_ERROR", "CS06_11.3_FUTURE_DATED_SUCCESS",
    "CS06_11.3_FUTURE_DATED_ERROR", "CS06_11.3_CANCELLATION_SUCCESS", "CS07_8.9_SUCCESS", "CS07_8.9_ERROR",
    "GCS59_8.12.2_SUCCESS", "GCS28_6.11_SUCCESS", "GCS28_6.11_ERROR", "GCS28Commission_8.1.1_SUCCESS",
    "ECS70_6.11_SUCCESS", "ECS70_6.11_ERROR", "ECS52_11.2_SUCCESS", "ECS52_11.2_ERROR",
    "GCS38_11.2_SUCCESS", "GCS38_11.2_ERROR", "CCS01_8.11_SUCCESS", "CCS01_8.11_ERROR",
    "CCS02_8.11_SUCCESS", "CCS02_8.11_ERROR", "CCS03_8.12.1_SUCCESS", "CCS03_8.12.1_ERROR",
    "CCS07_8.9_SUCCESS", "CCS07_8.9_ERROR",
}  # fmt: skip


def exchanges(reference: ReferenceSet) -> dict[str, tuple[Message, Message]]:
    found = {}
    for name, message in reference.messages.items():
        is_command = message.header.cra is Cra.COMMAND and message.shape is not MessageShape.PRE_COMMAND
        if is_command and message.code in JUDGED:
            service = name.removesuffix("_COMMAND")
            found[service] = message, reference.messages[f"{service}_RESPONSE"]
    return found


def test_every_command_of_the_set_gets_its_answer(reference: ReferenceSet) -> None:
    found = exchanges(reference)
    assert set(found) >= AT_LEAST
    for command, response in found.values():
        if isinstance(decode_payload(response), IssueCredentialsResponse) and len(response.payload) > 3:
            continue
        device = prepared(reference, command, response)
        check_answer(device, encode(command), response, time_shown(command, response))


def test_a_request_for_a_certificate_is_that_of_the_set_but_for_its_key(reference: ReferenceSet) -> None:
    command, sample = exchanges(reference)["CS02c_6.17_SUCCESS"]
    device = make_device(reference, sample)
    response = parse(device.receive(encode(command), NOW).sent[0])
    said, meant = (decode_payload(message) for message in (response, sample))
    assert isinstance(said, IssueCredentialsResponse)
    assert isinstance(meant, IssueCredentialsResponse)
    assert isinstance(said.outcome, bytes)
    assert isinstance(meant.outcome, bytes)
    ours, theirs = map(parse_certification_request, (said.outcome, meant.outcome))
    assert ours._replace(public_point=b"") == theirs._replace(public_point=b"")
    new, old = ours.public_point, theirs.public_point
    unsigned = len(meant.outcome) - 72
    assert said.outcome.replace(new, old)[4:unsigned] == meant.outcome[4:unsigned]
    assert response.header == sample.header
    assert signature_verifies(response, device.signing.public_point, CryptoProvider())


# --- what is executed later --------------------------------------------------------------------------------

DATED = (
    ("CS06_11.3_FUTURE_DATED_SUCCESS", "CS06_11.3_8F66_FUTURE_DATED_SUCCESS_ALERT"),
    ("CS06_11.3_FUTURE_DATED_ERROR", "CS06_11.3_8F67_FUTURE_DATED_ERROR_ALERT"),
)


@pytest.mark.parametrize(("service", "name"), DATED)
def test_firmware_is_activated_when_its_time_has_come(
    reference: ReferenceSet, service: str, name: str
) -> None:
    command, response = exchanges(reference)[service]
    sample = reference.messages[name]
    value = decode_payload(sample)
    assert isinstance(value, ActivateFirmwareAlert)
    device = prepared_for(reference, sample)
    prepare_image(device, command, value.outcome)
    check_answer(device, encode(command), response)
    (done,) = device.advance(value.execution_date_time)
    report = parse(done.sent[0])
    assert payload_in_the_form_of(sample, report) == sample.payload
    assert (report.header, report.shape) == (sample.header, sample.shape)
    assert signature_verifies(report, device.signing.public_point, CryptoProvider())
    assert device.state.firmware.version == value.outcome.version


# --- alerts ------------------------------------------------------------------------------------------------


def check_report(device: Device, sample: Message) -> None:
    assert isinstance(device, ReportingDevice)
    (octets,) = device.report(AT_2015)
    report = parse(octets)
    assert payload_in_the_form_of(sample, report) == sample.payload
    assert report.header == sample.header
    assert report.mac == sample.mac
    assert device.report(AT_2015) == ()


def test_the_backup_of_a_gas_proxys_log_is_that_of_the_set(reference: ReferenceSet) -> None:
    sample = reference.messages["GCS62_NA_8071_ALERT"]
    value = decode_payload(sample)
    assert isinstance(value, device_log.DeviceLogBackup)
    device = prepared_for(reference, sample)
    for entry in value.entries:
        change(device, device_log=device.state.device_log.with_entry(JoinedDevice(*entry)))
    check_report(device, sample)


def test_the_backup_of_a_hubs_log_is_that_of_the_set(reference: ReferenceSet) -> None:
    sample = reference.messages["CS14_NA_8F12_ALERT"]
    backup = read_cs14_alert(sample.payload).backup
    device = prepared_for(reference, sample)
    hub_log = device.state.hub_log
    log = hub_log.log._replace(pan_id=backup.pan_id, devices=backup.devices)
    change(device, hub_log=hub_log._replace(log=log))
    check_report(device, sample)
