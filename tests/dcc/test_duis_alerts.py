"""Alerts in DUIS documents: of devices, and of the DCC itself with every kind of payload."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from duis_response_values import (
    ALERT_MESSAGE,
    ALERT_PAYLOADS,
    AT,
    alert_octets,
    alerts,
    dcc_alerts,
    device_alerts,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import (
    AlertPayload,
    AssociatedDevice,
    Breach,
    CertificateType,
    ChangeOfSupplierRefused,
    CredentialsUpdated,
    DccAlert,
    DeviceStatusChange,
    FirmwareDistributionFailure,
    HanDeviceLogResult,
    MeterGone,
    MeteringPoints,
    OtherAlertPayload,
    PlainChange,
    RecoveredToBroker,
    ReplacedCertificate,
    RequestQuarantined,
    Throttle,
)
from dcc.duis.alert_xml_payloads import OTHER_ALERT_PAYLOADS
from dcc.duis.errors import DuisError
from dcc.duis.namespaces import SERVICE_USER_GATEWAY, XML_SIGNATURE
from dcc.duis.parsing import parse
from dcc.duis.responses import read_response, write_response
from dcc.duis.schema import DuisSchema
from dcc.duis.shapes import Element
from dcc.identifiers import Mpan, RequestId
from dcc.response_codes import ResponseCode
from dcc.service_responses import DeviceAlert, ServiceResponse
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, Eui64, MessageCode, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import parse as parse_message

USER: Final = Eui64.parse("90-B3-D5-1F-30-01-00-00")
DCC: Final = Eui64.parse("90-B3-D5-1F-30-00-00-02")
METER: Final = Eui64.parse("00-DB-12-34-56-78-90-A0")
REQUEST_ID: Final = RequestId(USER, METER, OriginatorCounter(1000))
ALERT_ID: Final = RequestId(DCC, USER, OriginatorCounter(5))
SEVEN: Final = OriginatorCounter(7)


@pytest.fixture(scope="module")
def schema(conformance: Path) -> DuisSchema:
    return DuisSchema.load(conformance / "duis" / "schema")


def octets_of(root: Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def element(root: Element, path: str) -> Element:
    found = root.find("/".join(f"{{{SERVICE_USER_GATEWAY}}}{name}" for name in path.split("/")))
    assert found is not None, path
    return found


def of_dcc(payload: AlertPayload, throttle: Throttle | None = None) -> ServiceResponse:
    alert = DccAlert(DccAlertCode.N24, payload, throttle)
    return ServiceResponse(USER, None, ResponseCode.I0, AT, alert, alert_id=ALERT_ID)


def of_meter(code: int = 0x8F20, throttle: Throttle | None = None) -> ServiceResponse:
    octets = alert_octets(code, METER, USER, SEVEN)
    return ServiceResponse(USER, None, ResponseCode.I0, AT, DeviceAlert(ALERT_MESSAGE, octets, throttle))


# Alerts of the DCC


@pytest.mark.parametrize("kind", ALERT_PAYLOADS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_alerts_of_the_dcc_are_valid_and_read_back(
    kind: str, schema: DuisSchema, data: st.DataObject
) -> None:
    response = data.draw(alerts(dcc_alerts(ALERT_PAYLOADS[kind])))
    root = write_response(response)
    schema.check(root)
    assert etree.QName(element(root, "Body/DCCAlertMessage/DCCAlert")[0]).localname == kind
    assert read_response(parse(octets_of(root))) == response


def test_every_payload_of_the_schema_is_known(conformance: Path) -> None:
    schema = etree.parse(conformance / "duis" / "schema" / "DUIS Schema V5.4.xsd")
    names = schema.xpath(
        "//xs:complexType[@name='DCCAlert']/xs:choice/xs:element/@name",
        namespaces={"xs": "http://www.w3.org/2001/XMLSchema"},
    )
    assert isinstance(names, list)
    assert sorted(map(str, names)) == sorted((*ALERT_PAYLOADS, *OTHER_ALERT_PAYLOADS))


@pytest.mark.parametrize("change", PlainChange)
def test_a_plain_change_of_status_is_an_empty_element(change: PlainChange, schema: DuisSchema) -> None:
    response = of_dcc(DeviceStatusChange(METER, change))
    root = write_response(response)
    schema.check(root)
    path = "Body/DCCAlertMessage/DCCAlert/DeviceStatusChangeEvent/DeviceStatusChange"
    said = element(root, f"{path}/{change.value}")
    assert read_response(root) == response
    etree.SubElement(said, f"{{{SERVICE_USER_GATEWAY}}}DeviceID")
    with pytest.raises(DuisError, match=f"expected {change.value} to be empty"):
        read_response(root)


_CERTIFICATE: Final = ReplacedCertificate(CertificateType.KEY_AGREEMENT, bytes(20))
_UPDATED: Final = CredentialsUpdated(METER, RemotePartyRole.SUPPLIER, (_CERTIFICATE,))
_POINTS: Final = MeteringPoints(Mpan("1000000000001"))


@pytest.mark.parametrize(
    ("payload", "what"),
    [
        (_UPDATED._replace(certificates=()), "0 to be written, expected 1 to 3"),
        (_UPDATED._replace(certificates=(_CERTIFICATE,) * 4), "4 to be written, expected 1 to 3"),
        (_UPDATED._replace(role=RemotePartyRole.WAN_PROVIDER), "RemotePartyRole"),
        (_UPDATED._replace(floor=OriginatorCounter(2**63)), "RemotePartyFloorSeqNumber"),
        (_UPDATED._replace(top_up_floor=SEVEN), "TopUpFloorSeqNumber without RemotePartyFloorSeqNumber"),
        (_UPDATED._replace(certificates=(_CERTIFICATE._replace(sha1=bytes(32)),)), "expected 20"),
        (
            DeviceStatusChange(METER, MeterGone(_POINTS, (AssociatedDevice(METER, DeviceType.PPMID),) * 8)),
            "8 to be written, expected 0 to 7",
        ),
        (
            DeviceStatusChange(
                METER,
                RecoveredToBroker((CertificateType.KEY_AGREEMENT,), (CertificateType.KEY_AGREEMENT_TOP_UP,)),
            ),
            "NetworkOperatorCertificateType",
        ),
        (FirmwareDistributionFailure(REQUEST_ID, ()), "MeterIDs"),
        (ChangeOfSupplierRefused(REQUEST_ID, "E1"), "ECoSErrorCode"),
        (RequestQuarantined(Breach.USER_THRESHOLD, REQUEST_ID, 10**20), "QuarantineEventRef"),
        (OtherAlertPayload("PPMIDAlert", b"<a/>"), "its XML holds a"),
        (OtherAlertPayload("PPMIDAlert", b"<a>"), "not well-formed"),
        (OtherAlertPayload("PowerOutageEvent", b"<a/>"), "DCCAlert"),
    ],
)
def test_alerts_without_room_in_the_schema_are_not_written(payload: AlertPayload, what: str) -> None:
    with pytest.raises(DuisError, match=what):
        write_response(of_dcc(payload))


def test_an_alert_of_the_dcc_has_its_own_id_or_none() -> None:
    response = of_dcc(HanDeviceLogResult(REQUEST_ID))
    root = write_response(response)
    assert element(root, "Header/ResponseID").text == str(ALERT_ID)
    assert read_response(root) == response
    without = response._replace(alert_id=None)
    root = write_response(without)
    assert read_response(root, USER) == without


def test_an_alert_answers_no_service() -> None:
    with pytest.raises(DuisError, match=r"the service 8\.11, expected none"):
        write_response(of_dcc(HanDeviceLogResult(REQUEST_ID))._replace(srv=Srv.UPDATE_HAN_DEVICE_LOG))


@pytest.mark.parametrize(
    ("path", "text", "what"),
    [
        ("DCCAlertCode", "N32", "'N32', expected one of AD1"),
        ("DCCAlert/UpdateHANDeviceLogResult/UpdateHANDeviceLogServiceRequestID", "1", "counter"),
        ("DCCAlert/UpdateHANDeviceLogResult", "text", "elements only"),
    ],
)
def test_malformed_alerts_of_the_dcc_are_refused(path: str, text: str, what: str) -> None:
    root = write_response(of_dcc(HanDeviceLogResult(REQUEST_ID)))
    element(root, f"Body/DCCAlertMessage/{path}").text = text
    with pytest.raises(DuisError, match=what) as raised:
        read_response(root)
    assert raised.value.where == f"Response/Body/DCCAlertMessage/{path}"


@pytest.mark.parametrize("names", [(), ("PowerOutage",), ("ChangeOfSupplier",), ("PPMIDAlert", "PPMIDAlert")])
def test_a_dcc_alert_holds_one_payload_and_a_known_one(names: tuple[str, ...]) -> None:
    root = write_response(of_dcc(HanDeviceLogResult(REQUEST_ID)))
    alert = element(root, "Body/DCCAlertMessage/DCCAlert")
    del alert[:]
    for name in names:
        etree.SubElement(alert, f"{{{SERVICE_USER_GATEWAY}}}{name}")
    with pytest.raises(DuisError, match="expected"):
        read_response(root)


# Payloads that travel as they are

_SIGNATURE: Final = (
    f'<ds:Signature xmlns:ds="{XML_SIGNATURE}"><ds:SignedInfo>'
    '<ds:CanonicalizationMethod Algorithm="urn:c"></ds:CanonicalizationMethod>'
    '<ds:SignatureMethod Algorithm="urn:s"></ds:SignatureMethod>'
    '<ds:Reference><ds:DigestMethod Algorithm="urn:d"></ds:DigestMethod>'
    "<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    "<ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>"
)
_DEVICE: Final = f"<sr:DeviceID>{METER}</sr:DeviceID>"
_FIRMWARE_REQUEST: Final = f"<sr:UpdateFirmwareRequestID>{REQUEST_ID}</sr:UpdateFirmwareRequestID>"
_HUB: Final = f"<sr:CommsHubDeviceID>{METER}</sr:CommsHubDeviceID>"
_VERSION: Final = "<sr:FirmwareVersion>00000001</sr:FirmwareVersion>"
_TIME: Final = "2026-01-05T12:00:00.00Z"
OTHER_CONTENT: Final[Mapping[str, str]] = {
    "PPMIDAlert": f"{_DEVICE}<sr:DeviceAlertCode>8F1C</sr:DeviceAlertCode>",
    "DualBandCHAlert": f"<sr:CHFDeviceID>{METER}</sr:CHFDeviceID>"
    "<sr:DeviceAlertCode>8F2B</sr:DeviceAlertCode>",
    "S1SPAlertDSP": '<sr:S1SPAlert schemaVersion="5.4"><sr:S1SPAlertCode>S1</sr:S1SPAlertCode>'
    f"<sr:DateTime>{_TIME}</sr:DateTime>{_SIGNATURE}</sr:S1SPAlert>",
    "SMETS1CHFirmwareNotification": f"{_DEVICE}{_VERSION}"
    "<sr:FirmwareVersionUpdateStatus>UpdateRequested</sr:FirmwareVersionUpdateStatus>",
    "ALCSHCALCSConfigurationChange": f"<sr:ESMEDeviceID>{METER}</sr:ESMEDeviceID>",
    "FirmwareUpgradeRequested": "<sr:DeviceType>ESME</sr:DeviceType>"
    f"{_VERSION}<sr:DeviceList>{METER},{METER}</sr:DeviceList>",
    "CSPFirmwareDeliveryStatus": f"{_FIRMWARE_REQUEST}{_HUB}"
    f"<sr:TargetDeviceID>{METER}</sr:TargetDeviceID>{_VERSION}<sr:TimeStamp>{_TIME}</sr:TimeStamp>"
    "<sr:CommsHubTransferStatus>Success</sr:CommsHubTransferStatus>",
    "CommsHubAlert": f"{_HUB}<sr:AlertCode>8F1C</sr:AlertCode>",
    "ECoSAlert": f"<sr:AlertID>{REQUEST_ID}</sr:AlertID>"
    f"<sr:ECoSAlertCode>X &amp; Y</sr:ECoSAlertCode>{_DEVICE}",
    "CommsHubFirmwareActivation": f"{_DEVICE}{_VERSION}",
    "CoSCertificateAlert": _DEVICE,
}


@pytest.mark.parametrize("name", OTHER_ALERT_PAYLOADS)
def test_other_payloads_travel_as_they_are(name: str, schema: DuisSchema) -> None:
    xml = f'<sr:{name} xmlns:sr="{SERVICE_USER_GATEWAY}">{OTHER_CONTENT[name]}</sr:{name}>'.encode()
    response = of_dcc(OtherAlertPayload(name, xml))
    root = write_response(response)
    schema.check(root)
    assert read_response(parse(octets_of(root))) == response


# Alerts of devices


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(response=alerts(device_alerts))
def test_alerts_of_devices_are_valid_and_read_back(response: ServiceResponse, schema: DuisSchema) -> None:
    root = write_response(response)
    schema.check(root)
    assert read_response(parse(octets_of(root))) == response


def test_alerts_of_the_reference_set_tell_their_codes(conformance: Path, schema: DuisSchema) -> None:
    """The names of the files say them too: those beyond the future-dated ones are enough."""
    files = sorted((conformance / "rtds" / "messages").glob("*/*_NA_????_*ALERT_GBCS.HEX"))
    assert len(files) > 10
    for file in files:
        octets = bytes.fromhex(file.read_text(encoding="ascii"))
        message = parse_message(octets)
        alert = DeviceAlert(message.code, octets)
        response = ServiceResponse(message.header.target, None, ResponseCode.I0, AT, alert)
        root = write_response(response)
        schema.check(root)
        assert read_response(root) == response, file.name
        code = element(root, "Body/DeviceAlertMessage/AlertCode").text
        assert f"_NA_{code}_" in file.name


def test_a_devices_alert_is_named_by_its_message() -> None:
    root = write_response(of_meter())
    assert element(root, "Header/ResponseID").text == f"{METER}:{USER}:7"
    assert element(root, "Body/DeviceAlertMessage/AlertCode").text == "8F20"
    assert root.find(f".//{{{SERVICE_USER_GATEWAY}}}RequestID") is None
    element(root, "Header/ResponseID").text = f"{METER}:{USER}:8"
    with pytest.raises(DuisError, match="as the GBCS payload says"):
        read_response(root)


@pytest.mark.parametrize(
    ("code", "what"),
    [("8F21", "alert code 8F21, but 8F20 in the GBCS payload"), ("8F2", "2 octets"), ("8F2000", "2 octets")],
)
def test_an_alert_code_that_is_not_the_devices_is_refused(code: str, what: str) -> None:
    root = write_response(of_meter())
    element(root, "Body/DeviceAlertMessage/AlertCode").text = code
    with pytest.raises(DuisError, match=what):
        read_response(root)


def test_a_message_that_is_no_alert_is_not_written() -> None:
    good = of_meter()
    assert isinstance(good.body, DeviceAlert)
    octets = good.body.gbcs
    command = octets.replace(b"\xdf\x09\x03", b"\xdf\x09\x01", 1)
    for gbcs, what in ((command, "without alert code"), (octets[:20], "20 octets"), (b"", "empty")):
        with pytest.raises(DuisError, match=what):
            write_response(good._replace(body=good.body._replace(gbcs=gbcs)))
    with pytest.raises(DuisError, match="message code 1001, but 1000"):
        write_response(good._replace(body=good.body._replace(message_code=MessageCode(0x1001))))


@settings(max_examples=60)
@given(st.data())
def test_damaged_alerts_are_read_or_raise_the_one_error(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(ALERT_PAYLOADS)))
    response = data.draw(alerts(device_alerts) | alerts(dcc_alerts(ALERT_PAYLOADS[kind])))
    document = bytearray(octets_of(write_response(response)))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(document) - 1))
        document[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=4))
    with contextlib.suppress(DuisError):
        read_response(parse(bytes(document)), USER)


# Throttling


@pytest.mark.parametrize(
    ("throttle", "tags"),
    [
        (Throttle(0, 2**32 - 1), ["ThrottledAlertSequenceId", "ThrottledAlertCount"]),
        (Throttle(sequence_id=1), ["ThrottledAlertSequenceId"]),
        (Throttle(held_back=1), ["ThrottledAlertCount"]),
    ],
)
def test_throttling_figures_can_be_left_out(throttle: Throttle, tags: list[str], schema: DuisSchema) -> None:
    response: Any
    for response in (of_meter(throttle=throttle), of_dcc(HanDeviceLogResult(REQUEST_ID), throttle)):
        root = write_response(response)
        schema.check(root)
        names = [etree.QName(child).localname for child in element(root, "Body")[0]]
        assert [name for name in names if name.startswith("Throttled")] == tags
        assert read_response(root) == response
        silent = write_response(response, throttling=False)
        schema.check(silent)
        assert read_response(silent) == response._replace(body=response.body._replace(throttle=None))


def test_throttling_figures_have_limits() -> None:
    with pytest.raises(DuisError, match="ThrottledAlertCount"):
        write_response(of_meter(throttle=Throttle(1, 2**32)))
    with pytest.raises(DuisError, match="ThrottledAlertSequenceId"):
        write_response(of_meter(throttle=Throttle(-1, 1)))
