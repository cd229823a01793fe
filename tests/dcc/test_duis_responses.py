"""Responses as DUIS documents: what is written is valid and reads back; what is malformed is refused."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from duis_response_values import ANSWERS, AT, alert_octets, answers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from dcc.alert_codes import DccAlertCode
from dcc.alert_payloads import DccAlert, HanDeviceLogResult
from dcc.bodies.inventory import RequestWanMatrix, Uprn
from dcc.bodies.schedules import CreateSchedule, Frequency, ScheduleId
from dcc.duis.errors import DuisError
from dcc.duis.namespaces import RESPONSE_AND_ALERT, SERVICE_USER_GATEWAY, XML_SIGNATURE
from dcc.duis.parsing import parse
from dcc.duis.responses import encode_response, read_response, write_response
from dcc.duis.schema import DuisSchema
from dcc.duis.shapes import Element
from dcc.identifiers import RequestId
from dcc.response_codes import ResponseCode, StandIns
from dcc.service_responses import (
    Coverage,
    DeviceRecord,
    DeviceResponse,
    FirmwareWarning,
    FutureDatedAlert,
    HeldSchedule,
    InventoryDevices,
    OtherPayload,
    PreCommand,
    ScheduledResponse,
    SchedulesRead,
    ServiceResponse,
    WanMatrix,
)
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, Eui64, OriginatorCounter

USER: Final = Eui64.parse("90-B3-D5-1F-30-01-00-00")
OTHER_USER: Final = Eui64.parse("90-B3-D5-1F-30-02-00-00")
DCC: Final = Eui64.parse("90-B3-D5-1F-30-00-00-02")
METER: Final = Eui64.parse("00-DB-12-34-56-78-90-A0")
REQUEST_ID: Final = RequestId(USER, METER, OriginatorCounter(1000))
RECORD: Final = DeviceRecord(METER, DeviceType.ESME, None, "106C", "433100AC")
ACKNOWLEDGEMENT: Final = ServiceResponse(
    USER, REQUEST_ID, ResponseCode.I99, AT, srv=Srv.READ_FIRMWARE_VERSION
)


@pytest.fixture(scope="module")
def schema(conformance: Path) -> DuisSchema:
    return DuisSchema.load(conformance / "duis" / "schema")


def octets_of(root: Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def through_xml(response: ServiceResponse, **how: Any) -> ServiceResponse:
    document = encode_response(response, **how)
    assert etree.tostring(parse(document), method="c14n") == document
    return read_response(parse(document))


def answer(body: Any, srv: Srv = Srv.READ_FIRMWARE_VERSION) -> ServiceResponse:
    return ACKNOWLEDGEMENT._replace(code=ResponseCode.I0, body=body, srv=srv)


def element(root: Element, path: str) -> Element:
    found = root.find("/".join(f"{{{SERVICE_USER_GATEWAY}}}{name}" for name in path.split("/")))
    assert found is not None, path
    return found


# Every kind of answer


@pytest.mark.parametrize("kind", ANSWERS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_answers_are_valid_and_read_back(kind: str, schema: DuisSchema, data: st.DataObject) -> None:
    response = data.draw(answers(ANSWERS[kind]))
    root = write_response(response)
    schema.check(root)
    read = parse(octets_of(root))
    schema.check(read)
    assert read_response(read) == response


def test_every_choice_of_the_schema_has_its_kind(conformance: Path) -> None:
    """Beside the one of 11.4, whose content is that of 11.1."""
    schema = etree.parse(conformance / "duis" / "schema" / "DUIS Schema V5.4.xsd")
    names = schema.xpath(
        "//xs:complexType[@name='ResponseMessage']//xs:choice/xs:element/@name",
        namespaces={"xs": "http://www.w3.org/2001/XMLSchema"},
    )
    assert isinstance(names, list)
    assert {*names} == {*ANSWERS, "DSPUpdatePPMIDFirmwareWarning"} - {"none"}


def test_an_acknowledgement_holds_the_service_references_alone() -> None:
    root = write_response(ACKNOWLEDGEMENT)
    message = element(root, "Body/ResponseMessage")
    assert [(etree.QName(child).localname, child.text) for child in message] == [
        ("ServiceReference", "11.2"),
        ("ServiceReferenceVariant", "11.2"),
    ]
    assert [etree.QName(child).localname for child in element(root, "Header")] == [
        "RequestID",
        "ResponseCode",
        "ResponseDateTime",
    ]
    assert b"\n" not in etree.tostring(root)


def test_the_schema_version_is_chosen_among_those_of_duis_5() -> None:
    assert write_response(ACKNOWLEDGEMENT).get("schemaVersion") == "5.4"
    assert write_response(ACKNOWLEDGEMENT, version="5.1").get("schemaVersion") == "5.1"
    with pytest.raises(DuisError, match="schemaVersion"):
        write_response(ACKNOWLEDGEMENT, version="6.0")


@pytest.mark.parametrize("srv", [Srv.UPDATE_FIRMWARE, Srv.UPDATE_PPMID_FIRMWARE])
def test_a_warning_about_firmware_has_the_name_of_its_service(srv: Srv, schema: DuisSchema) -> None:
    response = answer(FirmwareWarning(invalid=(METER,)), srv)
    root = write_response(response)
    schema.check(root)
    name = "DSPUpdatePPMIDFirmwareWarning" if srv.value == "11.4" else "DSPUpdateFirmwareWarning"
    element(root, f"Body/ResponseMessage/{name}/InvalidDeviceIDList")
    assert read_response(root) == response
    for tag in ("ServiceReference", "ServiceReferenceVariant"):
        element(root, f"Body/ResponseMessage/{tag}").text = "11.1" if srv.value == "11.4" else "11.4"
    with pytest.raises(DuisError, match="FirmwareWarning with 11"):
        read_response(root)


# Codes


def test_codes_of_ours_stay_off_the_wire(schema: DuisSchema) -> None:
    for code in (code for code in ResponseCode if code.is_ours):
        coverage = WanMatrix(RequestWanMatrix(Uprn(1)), (Coverage("North", code),))
        response = answer(coverage, Srv.REQUEST_WAN_MATRIX)._replace(code=code)
        root = write_response(response)
        schema.check(root)
        read = read_response(root)
        assert read.code.value == code.stand_in
        assert isinstance(read.body, WanMatrix)
        assert read.body.coverage[0].code is read.code


def test_stand_ins_can_be_chosen() -> None:
    refused = ACKNOWLEDGEMENT._replace(code=ResponseCode.SIM_DUP)
    assert through_xml(refused, stand_ins=StandIns({"SIM-DUP": "E4"})).code is ResponseCode.E4


# Ids


def test_a_devices_answer_has_a_response_id() -> None:
    root = write_response(answer(DeviceResponse(b"")))
    assert element(root, "Header/ResponseID").text == str(RequestId(METER, USER, OriginatorCounter(1000)))
    assert element(root, "Header/RequestID").text == str(REQUEST_ID)


@pytest.mark.parametrize(
    "body",
    [
        ScheduledResponse(alert_octets(0x8F20, METER, DCC, OriginatorCounter(7)), ScheduleId(3)),
        FutureDatedAlert(0x8F66, alert_octets(0x8F66, METER, DCC, OriginatorCounter(7))),
    ],
)
def test_what_a_device_says_unasked_is_named_by_its_message(body: Any) -> None:
    """The message may be to the DCC; the document is for the User."""
    response = answer(body)._replace(request_id=None)
    root = write_response(response)
    assert element(root, "Header/ResponseID").text == f"{METER}:{USER}:7"
    assert read_response(root) == response
    for wrong in (f"{METER}:{USER}:8", f"{DCC}:{USER}:7"):
        element(root, "Header/ResponseID").text = wrong
        with pytest.raises(DuisError, match=r"Header/ResponseID: .* as the GBCS payload says"):
            read_response(root)
    damaged = response._replace(body=body._replace(gbcs=body.gbcs[:9]))
    with pytest.raises(DuisError, match="cannot be compared with the GBCS payload"):
        write_response(damaged)


@pytest.mark.parametrize(
    "wrong",
    [
        RequestId(USER, METER, OriginatorCounter(1000)),
        RequestId(METER, OTHER_USER, OriginatorCounter(1000)),
        RequestId(METER, USER, OriginatorCounter(1001)),
    ],
)
def test_a_response_id_that_does_not_answer_the_request_id_is_refused(wrong: RequestId) -> None:
    root = write_response(answer(DeviceResponse(b"")))
    element(root, "Header/ResponseID").text = str(wrong)
    with pytest.raises(DuisError, match="as the RequestID says"):
        read_response(root)


def test_what_a_device_says_at_another_time_may_go_by_its_own_counter() -> None:
    body = FutureDatedAlert(0x8F66, alert_octets(0x8F66, METER, USER, OriginatorCounter(7)))
    root = write_response(answer(body))
    assert element(root, "Header/ResponseID").text == f"{METER}:{USER}:1000"
    element(root, "Header/ResponseID").text = f"{METER}:{USER}:7"
    assert read_response(root) == answer(body)
    element(root, "Header/ResponseID").text = f"{METER}:{USER}:8"
    with pytest.raises(DuisError, match="as the RequestID says"):
        read_response(root)


def test_ids_for_another_recipient_are_not_written() -> None:
    with pytest.raises(DuisError, match=f"expected for the recipient {OTHER_USER}"):
        write_response(ACKNOWLEDGEMENT._replace(recipient=OTHER_USER))
    alert = ServiceResponse(
        USER, None, ResponseCode.I0, AT, DccAlert(DccAlertCode.N24, HanDeviceLogResult(REQUEST_ID))
    )
    alert_id = RequestId(DCC, OTHER_USER, OriginatorCounter(1))
    with pytest.raises(DuisError, match=f"expected for the recipient {USER}"):
        write_response(alert._replace(alert_id=alert_id))
    with pytest.raises(DuisError, match="beside"):
        write_response(ACKNOWLEDGEMENT._replace(alert_id=alert_id))


def test_a_document_without_ids_needs_a_reader() -> None:
    alert = ServiceResponse(
        USER, None, ResponseCode.I0, AT, DccAlert(DccAlertCode.N24, HanDeviceLogResult(REQUEST_ID))
    )
    root = write_response(alert)
    assert read_response(root, USER) == alert
    with pytest.raises(DuisError, match="would tell whom it is for"):
        read_response(root)


# Sizes


def test_lists_hold_what_the_schema_lets_them_hold() -> None:
    schedule = HeldSchedule(
        ScheduleId(1), CreateSchedule(METER, Srv.READ_ACTIVE_POWER_IMPORT, Frequency.DAILY, AT.date())
    )
    for most, make in (
        (17, lambda count: InventoryDevices((RECORD,) * count)),
        (99, lambda count: SchedulesRead((schedule,) * count)),
    ):
        full = answer(make(most))
        assert through_xml(full) == full
        for count in (0, most + 1):
            with pytest.raises(DuisError, match=f"{count} to be written, expected 1 to {most}"):
                write_response(answer(make(count)))
        root = write_response(full)
        payload = element(root, "Body/ResponseMessage")[2]
        extra = etree.fromstring(etree.tostring(payload[0]))
        payload.append(extra)
        with pytest.raises(DuisError, match=f"one too many, expected at most {most}"):
            read_response(root)
        del payload[:]
        with pytest.raises(DuisError, match="missing"):
            read_response(root)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (InventoryDevices((RECORD._replace(manufacturer="m" * 31),)), "Device/DeviceManufacturer"),
        (InventoryDevices((RECORD._replace(firmware_version=""),)), "Device/DeviceFirmwareVersion"),
        (InventoryDevices((RECORD._replace(cpl_status="Lapsed"),)), "Device/CPLStatus"),
        (InventoryDevices((RECORD._replace(esme_variant="Z"),)), "Device/ESMEVariant"),
        (InventoryDevices((RECORD._replace(han_variant="\x01"),)), "Device/HANVariant"),
        (FutureDatedAlert(0x8F68, b""), "FutureDatedDeviceAlertMessage"),
        (FutureDatedAlert(0x8F67, alert_octets(0x8F66, METER, USER, OriginatorCounter(1))), "AlertMessage"),
        (FutureDatedAlert(0x8F66, b"", instruction_number=65536), "InstructionNumber"),
        (WanMatrix(RequestWanMatrix(Uprn(1)), ()), "DSPWANMatrixResponse"),
        (WanMatrix(RequestWanMatrix(Uprn(1)), (Coverage("East", ResponseCode.I0),)), "CSPRegion"),
        (OtherPayload("DSPUnheardOf", b"<a/>"), "ResponseMessage"),
    ],
)
def test_values_without_room_in_the_schema_are_not_written(body: Any, where: str) -> None:
    with pytest.raises(DuisError) as raised:
        write_response(answer(body))
    assert raised.value.where.endswith(where)


def test_a_response_without_service_is_not_written() -> None:
    with pytest.raises(DuisError, match="no service, expected the one that is answered"):
        write_response(ACKNOWLEDGEMENT._replace(srv=None))


# Malformed documents, each one step from a good one


def _set(path: str, text: str) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        element(root, path).text = text

    return change


def _drop(path: str) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        found = element(root, path)
        parent = found.getparent()
        assert parent is not None
        parent.remove(found)

    return change


def _append(path: str, name: str) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        parent = element(root, path) if path else root
        etree.SubElement(parent, f"{{{SERVICE_USER_GATEWAY}}}{name}")

    return change


def _attribute(path: str) -> Callable[[Element], None]:
    return lambda root: element(root, path).set("id", "1")


def _rename(root: Element) -> None:
    root.tag = f"{{{SERVICE_USER_GATEWAY}}}Request"


MALFORMED: Final[tuple[tuple[str, Callable[[Element], None], str, str], ...]] = (
    ("root", _rename, "Request", "expected Response"),
    ("version", lambda root: root.set("schemaVersion", "6.0"), "Response/@schemaVersion", "'6.0'"),
    ("no header", _drop("Header"), "Response/Body", "expected Header"),
    ("no body", _drop("Body"), "Response/Body", "missing"),
    ("empty body", _drop("Body/ResponseMessage"), "Response/Body", "one of DeviceAlertMessage"),
    ("two bodies", _append("Body", "ResponseMessage"), "Response/Body/ResponseMessage", "repeated"),
    ("end", _append("", "Trailer"), "Response/Trailer", "the end of Response"),
    ("attribute", _attribute("Header"), "Response/Header", "the attribute 'id'"),
    ("text", _set("Header", "x"), "Response/Header", "elements only"),
    ("code", _set("Header/ResponseCode", "E99"), "Response/Header/ResponseCode", "'E99', expected one of I0"),
    ("our code", _set("Header/ResponseCode", "SIM-DUP"), "Response/Header/ResponseCode", "'SIM-DUP'"),
    ("no code", _drop("Header/ResponseCode"), "Response/Header/ResponseDateTime", "expected ResponseCode"),
    ("time", _set("Header/ResponseDateTime", "today"), "Response/Header/ResponseDateTime", "'today'"),
    ("request id", _set("Header/RequestID", f"{USER}:{METER}:01"), "Response/Header/RequestID", ":01'"),
    (
        "reference",
        _set("Body/ResponseMessage/ServiceReference", "8.2"),
        "Response/Body/ResponseMessage",
        "11.2",
    ),
    (
        "variant",
        _set("Body/ResponseMessage/ServiceReferenceVariant", "99.1"),
        "Response/Body/ResponseMessage/ServiceReferenceVariant",
        "'99.1'",
    ),
    (
        "payload",
        _append("Body/ResponseMessage", "Surprise"),
        "Response/Body/ResponseMessage/Surprise",
        "the end of ResponseMessage",
    ),
    (
        "base64",
        _set("Body/ResponseMessage/PreCommand/GBCSPayload", "A"),
        "Response/Body/ResponseMessage/PreCommand/GBCSPayload",
        "expected base64",
    ),
    (
        "no version of GBCS",
        _drop("Body/ResponseMessage/PreCommand/GBCSVersion"),
        "Response/Body/ResponseMessage/PreCommand/GBCSPayload",
        "expected GBCSVersion",
    ),
)


@pytest.mark.parametrize(
    ("change", "where", "what"), [case[1:] for case in MALFORMED], ids=[c[0] for c in MALFORMED]
)
def test_malformed_documents_are_refused_by_name(
    change: Callable[[Element], None], where: str, what: str
) -> None:
    root = write_response(answer(PreCommand(b"\x11\x00")))
    read_response(root)
    change(root)
    with pytest.raises(DuisError) as raised:
        read_response(root)
    assert (raised.value.where, what in raised.value.what) == (where, True), raised.value


def test_white_space_between_elements_is_read_over() -> None:
    response = answer(PreCommand(b"\x11\x00"))
    root = write_response(response)
    etree.indent(root)
    assert read_response(root) == response


@settings(max_examples=60)
@given(st.data())
def test_damaged_documents_are_read_or_raise_the_one_error(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(ANSWERS)))
    document = bytearray(octets_of(write_response(data.draw(answers(ANSWERS[kind])))))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(document) - 1))
        document[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=4))
    with contextlib.suppress(DuisError):
        read_response(parse(bytes(document)), USER)


# SMETS1

SMETS1: Final = (
    f'<sr:SMETS1ResponseMessage xmlns:ra="{RESPONSE_AND_ALERT}" xmlns:sr="{SERVICE_USER_GATEWAY}">'
    "<sr:ServiceReference>4.1</sr:ServiceReference>"
    "<sr:ServiceReferenceVariant>4.1.1</sr:ServiceReferenceVariant>"
    '<sr:SMETS1SignedResponse schemaVersion="5.4"><sr:SMETS1Response><sr:Header>'
    f"<ra:BusinessOriginatorID>{METER}</ra:BusinessOriginatorID>"
    f"<ra:BusinessTargetID>{USER}</ra:BusinessTargetID>"
    "<ra:OriginatorCounter>1000</ra:OriginatorCounter>"
    '<ra:Timestamp isFromGSME="false">2026-01-05T12:00:00.00Z</ra:Timestamp>'
    "</sr:Header><sr:Body><sr:ResponseMessage></sr:ResponseMessage></sr:Body></sr:SMETS1Response>"
    f'<ds:Signature xmlns:ds="{XML_SIGNATURE}"><ds:SignedInfo>'
    '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod>'
    '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"></ds:SignatureMethod>'
    '<ds:Reference URI=""><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>'
    "<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    "<ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature></sr:SMETS1SignedResponse>"
    "</sr:SMETS1ResponseMessage>"
).encode()


def smets1(xml: bytes = SMETS1, srv: Srv | None = Srv.READ_IMPORT_REGISTERS) -> ServiceResponse:
    body = OtherPayload("SMETS1ResponseMessage", xml)
    return ServiceResponse(USER, REQUEST_ID, ResponseCode.I0, AT, body, srv)


def test_messages_of_smets1_devices_travel_as_they_are(schema: DuisSchema) -> None:
    """Down to the octet, so that the signature within it keeps its worth."""
    root = write_response(smets1())
    schema.check(root)
    read = read_response(parse(octets_of(root)))
    assert read == smets1()
    assert isinstance(read.body, OtherPayload)
    assert read.body.xml == SMETS1


def test_an_alert_of_a_smets1_device_answers_no_service(schema: DuisSchema) -> None:
    start, end = SMETS1.index(b"<sr:ServiceReference>"), SMETS1.index(b"<sr:SMETS1SignedResponse")
    pair = b"<sr:ThrottledAlertSequenceId>1</sr:ThrottledAlertSequenceId>"
    alert = smets1(SMETS1[:start] + pair + SMETS1[end:], srv=None)._replace(
        request_id=None, alert_id=RequestId(METER, USER, OriginatorCounter(5))
    )
    root = write_response(alert)
    schema.check(root)
    assert read_response(root) == alert


@pytest.mark.parametrize(
    ("xml", "srv", "what"),
    [
        (SMETS1, Srv.READ_INVENTORY, "its XML says 4.1.1, expected 8.2"),
        (SMETS1, None, "its XML says 4.1.1, expected no service"),
        (SMETS1.replace(b">4.1<", b">4.2<"), Srv.READ_IMPORT_REGISTERS, "ServiceReference 4.2 with variant"),
        (b"<a/>", None, "expected SMETS1SignedResponse"),
        (b"<a", None, "not well-formed"),
        (SMETS1.replace(b"sr:SMETS1SignedResponse", b"sr:Signed"), Srv.READ_IMPORT_REGISTERS, "expected"),
    ],
)
def test_smets1_messages_that_do_not_fit_are_not_written(xml: bytes, srv: Srv | None, what: str) -> None:
    with pytest.raises(DuisError, match=what):
        write_response(smets1(xml, srv))


# Samples


@pytest.mark.parametrize("version", ["4g", "5.4"])
def test_inventories_of_the_samples(conformance: Path, version: str, schema: DuisSchema) -> None:
    document = (conformance / "duis" / "samples" / f"read-inventory-response-{version}.xml").read_bytes()
    response = read_response(parse(document))
    assert response.srv is Srv.READ_INVENTORY
    assert response.code is ResponseCode.I0
    assert isinstance(response.body, InventoryDevices)
    kinds = [record.device_type for record in response.body.devices]
    assert DeviceType.CHF in kinds
    assert all(
        (record.status is None) <= (record.device_type is DeviceType.CAD) for record in response.body.devices
    )
    schema.check(write_response(response))
    assert through_xml(response) == response


def test_the_device_response_of_the_samples(conformance: Path) -> None:
    document = (conformance / "duis" / "samples" / "readfw-response.xml").read_bytes()
    response = read_response(parse(document))
    assert isinstance(response.body, DeviceResponse)
    assert response.response_id is not None
    written = write_response(response, version="5.1")
    assert etree.tostring(element(written, "Body"), method="c14n", exclusive=True) == etree.tostring(
        element(parse(document), "Body"), method="c14n", exclusive=True
    )
    assert etree.tostring(element(written, "Header"), method="c14n", exclusive=True) == etree.tostring(
        element(parse(document), "Header"), method="c14n", exclusive=True
    )
