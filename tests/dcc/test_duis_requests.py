"""Service requests as DUIS documents: both directions, and documents that are a little wrong."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from duis_request_values import (
    BODIES,
    SIGNED_PRE_COMMANDS,
    SOME_REQUEST_ID,
    SOME_TIME,
    SOME_TIME_OF_DAY,
    request_of,
    requests,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dcc.bodies.credentials import OptOut, ReplaceCredentials, RetrieveRoles
from dcc.bodies.hub import UpdateHanDeviceLog, WhitelistEntry
from dcc.bodies.hub_visits import HubInstalled, Premises
from dcc.bodies.inventory import NewStatus, ReadInventory, SetHubStatus, SetStatus, UpdateInventory
from dcc.bodies.meters import AlertGroup, ConfigureAlerts, SetImportMpxn, TopUp
from dcc.bodies.reads import Read, ReadLog
from dcc.bodies.schedules import CreateSchedule, Frequency, PeriodOffset
from dcc.duis.errors import ContentError, DuisError
from dcc.duis.namespaces import local_name, sr
from dcc.duis.parsing import parse
from dcc.duis.request_bodies import BODIES as SHAPES
from dcc.duis.requests import check_content, read_request, write_request
from dcc.duis.schema import DuisSchema
from dcc.identifiers import Mpan, Mprn
from dcc.service_requests import OtherBody, ServiceRequest, SignedPreCommand
from dcc.services import SERVICES
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64, OriginatorCounter, RemotePartyRole

DEVICE = Eui64.parse("00-DB-12-34-56-78-90-A0")
TYPED = sorted(BODIES, key=lambda srv: srv.value)
BY_SRV = pytest.mark.parametrize("srv", TYPED, ids=lambda srv: srv.value)
REPLACEMENT = ReplaceCredentials(
    RemotePartyRole.NETWORK_OPERATOR, b"signing", b"agreement", path=(b"issuing",), floor=OriginatorCounter(0)
)
PREMISES = Premises(
    "Terraced", metal_obstruction=True, connectivity_obstruction=True, shared_obstruction=False
)
REQUEST = request_of(Srv.UPDATE_CREDENTIALS, REPLACEMENT)


@pytest.fixture(scope="session")
def schema(conformance: Path) -> DuisSchema:
    return DuisSchema.load(conformance / "duis" / "schema")


def written(request: ServiceRequest) -> bytes:
    return etree.tostring(write_request(request))


def read(document: bytes) -> ServiceRequest:
    return read_request(parse(document))


def error_of(document: bytes) -> str:
    with pytest.raises(DuisError) as caught:
        read(document)
    return str(caught.value)


def problem_of(document: bytes) -> str:
    body = read(document).body
    assert isinstance(body, OtherBody)
    return body.problem


def test_every_service_with_a_type_of_its_own_has_a_shape_and_a_strategy() -> None:
    typed = {srv for srv, service in SERVICES.items() if service.body is not OtherBody}
    assert set(SHAPES) == set(BODIES) == typed


@BY_SRV
@settings(max_examples=25)
@given(data=st.data())
def test_what_is_written_reads_as_the_same_value(srv: Srv, data: st.DataObject) -> None:
    request = data.draw(requests(srv))
    assert read(written(request)) == request


@BY_SRV
@settings(max_examples=25)
@given(data=st.data())
def test_what_is_written_is_valid(schema: DuisSchema, srv: Srv, data: st.DataObject) -> None:
    schema.check(parse(written(data.draw(requests(srv)))))


@settings(max_examples=30)
@given(request=st.sampled_from(sorted(Srv, key=lambda s: s.value)).flatmap(
    lambda srv: requests(srv, SIGNED_PRE_COMMANDS)
))  # fmt: skip
def test_a_signed_pre_command_goes_with_any_service(request: ServiceRequest) -> None:
    assert read(written(request)) == request


def test_a_document_as_it_is_written() -> None:
    request = request_of(Srv.TOP_UP, TopUp("01234567890123456789"))._replace(
        first_in_sequence=False, preceding=SOME_REQUEST_ID
    )
    assert written(request).decode() == (
        '<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4">'
        "<sr:Header>"
        "<sr:RequestID>90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000</sr:RequestID>"
        "<sr:FirstInSequence>false</sr:FirstInSequence>"
        "<sr:PrecedingServiceRequestID>90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000"
        "</sr:PrecedingServiceRequestID>"
        "<sr:CommandVariant>1</sr:CommandVariant><sr:ServiceReference>2.2</sr:ServiceReference>"
        "<sr:ServiceReferenceVariant>2.2</sr:ServiceReferenceVariant></sr:Header>"
        "<sr:Body><sr:TopUpDevice><sr:UTRN>01234567890123456789</sr:UTRN></sr:TopUpDevice></sr:Body></sr:Request>"
    )


# Documents that are a little wrong: each structural change of each element, judged by the schema too.


def _remove(element: etree._Element) -> None:
    element.getparent().remove(element)  # type: ignore[union-attr]


def _repeat(element: etree._Element) -> None:
    element.addnext(deepcopy(element))


def _move_on(element: etree._Element) -> None:
    following = element.getnext()
    if following is not None:
        following.addnext(element)


def _rename(element: etree._Element) -> None:
    element.tag = sr("Surprise")


def _other_namespace(element: etree._Element) -> None:
    element.tag = "{urn:other}" + local_name(element)


def _attribute(element: etree._Element) -> None:
    element.set("surprise", "1")


def _child(element: etree._Element) -> None:
    etree.SubElement(element, sr("Surprise"))


def _text_after(element: etree._Element) -> None:
    element.tail = "surprise"


def _text_before(element: etree._Element) -> None:
    if len(element):
        element.text = "surprise"


def _no_text(element: etree._Element) -> None:
    element.text = None


CHANGES = [
    _remove, _repeat, _move_on, _rename, _other_namespace,
    _attribute, _child, _text_after, _text_before, _no_text,
]  # fmt: skip


@BY_SRV
@settings(max_examples=8)
@given(data=st.data())
def test_a_changed_document_is_read_only_where_the_schema_has_it_so(
    schema: DuisSchema, srv: Srv, data: st.DataObject
) -> None:
    root = write_request(data.draw(requests(srv)))
    index = data.draw(st.integers(1, sum(1 for _ in root.iter()) - 1))
    for change in CHANGES:
        changed = deepcopy(root)
        change(list(changed.iter())[index])
        document = etree.tostring(changed)
        try:
            schema.check(parse(document))
        except DuisError:
            with pytest.raises(DuisError):
                read(document)
        else:
            # What is valid and refused is so for what its values mean, never for its structure.
            _is_read(document)


TEXTS = [
    "0", "1", "-1", "+5", "007", "99999999999999999999", "1.0", "true", "TRUE", " true ", "a", "\u0661",
    "x" * 250, "2030-01-15", "2030-01-15Z", "2030-01-15+01:00", "2030-02-30", "09:00:00", "09:00:00Z",
    "24:00:00", "09:00",
    "2030-01-15T09:00:00", "2030-01-15T09:00:00.5+01:00", "12030-01-15T09:00:00Z", "2030-01-15T25:00:00Z",
    "AA==", "A A = =", "AB==", "A", "ABCD", "abcd", " ABCD ", "00112233445566778899aabbccddeeff" * 2,
    "00-DB-12-34-56-78-90-A0", " 00-db-12-34-56-78-90-a0 ", "00DB1234567890A0", "00-DB-12-34-56-78-90-A0,",
    "00-DB-12-34-56-78-90-A0:00-DB-12-34-56-78-90-A0:1", "1312345678111", "12345678901", " 1312345678111",
    "6.15.1", "5.1", " Supplier ", "Enable", " Enable", "AD", "Key Agreement", "Add", "12345678901234567890",
]  # fmt: skip


@BY_SRV
@settings(max_examples=4)
@given(data=st.data())
def test_another_text_is_read_only_where_the_schema_has_it_so(
    schema: DuisSchema, srv: Srv, data: st.DataObject
) -> None:
    root = write_request(data.draw(requests(srv)))
    leaves = [element for element in root.iter() if element.text]
    leaf = data.draw(st.sampled_from(leaves))
    for text in TEXTS:
        leaf.text = text
        document = etree.tostring(root)
        try:
            request = read(document)
        except DuisError:
            continue
        schema.check(parse(document))
        assert read(written(request)) == request


def _is_read(document: bytes) -> None:
    request = read(document)
    assert read(written(request)) == request


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ('schemaVersion="5.4"', 'schemaVersion="5.5"', "Request/@schemaVersion", "'5.5', expected one of"),
        ('schemaVersion="5.4"', 'schemaVersion="4.9"', "Request/@schemaVersion", "'4.9'"),
        ('schemaVersion="5.4"', "", "Request/@schemaVersion", "missing"),
        ('schemaVersion="5.4"', 'schemaVersion="5.4" id="a"', "Request", "the attribute 'id'"),
        ("A0:1000<", "A0:01000<", "Request/Header/RequestID", "A0:01000', expected originator:"),
        ("A0:1000<", "A0:18446744073709551616<", "Request/Header/RequestID", "expected originator:"),
        (">1<", ">10<", "Request/Header/CommandVariant", "'10', expected a whole number, 1 to 9"),
        (">6.15.1<", ">6.15.3<", "Request/Header/ServiceReferenceVariant", "'6.15.3', expected one of"),
        (">6.15.1<", "> 6.15.1<", "Request/Header/ServiceReferenceVariant", "' 6.15.1'"),
        (">NetworkOperator<", ">DNO<", "CredentialsKRP/RemotePartyRole", "'DNO', expected one of"),
        (">0<", ">-1<", "RemotePartyFloorSeqNumber", "'-1', expected a whole number, 0 to 92233"),
        (">true<", ">True<", "ApplyTimeBasedCPVChecks", "'True', expected true or false"),
        (">aXNzdWluZw==<", ">aXNzdWluZw=<", "CertificationPathCertificates/Certificate", "expected base64"),
    ],
)  # fmt: skip
def test_an_error_names_the_element_its_value_and_what_was_expected(
    old: str, new: str, where: str, what: str
) -> None:
    document = written(REQUEST).decode()
    assert document.count(old) == 1
    error = error_of(document.replace(old, new).encode())
    assert where in error
    assert what in error


@pytest.mark.parametrize("version", ["5.0", "5.1", "5.2", "5.3", "5.4", "5.40", "05.4", "+5.4", " 5.1 ", "5"])
def test_schema_versions_that_are_read(version: str) -> None:
    document = written(REQUEST).replace(b'"5.4"', f'"{version}"'.encode())
    assert read(document) == REQUEST


@pytest.mark.parametrize("version", ["5.5", "5.41", "6.0", "", "5.4.1", "V5.4", "-5.4"])
def test_schema_versions_that_are_not(version: str) -> None:
    assert "@schemaVersion" in error_of(written(REQUEST).replace(b'"5.4"', f'"{version}"'.encode()))


@pytest.mark.parametrize("version", ["5.0", "5.4"])
def test_schema_versions_that_are_written(version: str) -> None:
    assert write_request(REQUEST, version).get("schemaVersion") == version


def test_no_other_schema_version_is_written() -> None:
    with pytest.raises(DuisError, match=r"@schemaVersion: '5\.40'"):
        write_request(REQUEST, "5.40")


@pytest.mark.parametrize("root", ["Response", "request"])
def test_another_root_is_refused(root: str) -> None:
    document = written(REQUEST).replace(b"sr:Request ", f"sr:{root} ".encode())
    assert "expected Request of the DUIS schema" in error_of(
        document.replace(b"</sr:Request>", f"</sr:{root}>".encode())
    )


def test_a_schema_location_may_stand_at_the_root() -> None:
    location = b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" schemaVersion'
    assert read(written(REQUEST).replace(b"schemaVersion", location)) == REQUEST


def test_prefixes_and_white_space_between_elements_mean_nothing() -> None:
    plain = written(REQUEST).replace(b"sr:", b"").replace(b":sr=", b"=")
    root = parse(plain)
    etree.indent(root, "\t")
    assert read(etree.tostring(root)) == REQUEST


def test_a_signature_ends_a_document_and_nothing_comes_after() -> None:
    signature = b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>'
    document = written(REQUEST)
    assert read(document.replace(b"</sr:Request>", signature + b"</sr:Request>")) == REQUEST
    assert "repeated" in error_of(document.replace(b"</sr:Request>", signature * 2 + b"</sr:Request>"))
    assert "Request/Signature" in error_of(document.replace(b"<sr:Body>", signature + b"<sr:Body>"))


def test_a_body_has_one_element() -> None:
    document = written(REQUEST)
    start, end = document.index(b"<sr:Update"), document.index(b"</sr:Body>")
    assert "Request/Body: empty" in error_of(document[:start] + document[end:])
    twice = document[:end] + b"<sr:SignedPreCommand/>" + document[end:]
    assert "Request/Body/SignedPreCommand" in error_of(twice)


# Bodies that are another service's, or nobody's.


def test_the_body_of_another_service_is_kept_as_it_is() -> None:
    document = written(REQUEST).replace(b"6.15.1<", b"6.17<").replace(b">6.15<", b">6.17<")
    body = read(document).body
    assert isinstance(body, OtherBody)
    assert body.element == "UpdateSecurityCredentialsKRP"
    assert written(read(document)) == document


def test_a_service_reference_of_another_variant_is_kept() -> None:
    """The schema allows it, so the sender gets an answer."""
    document = written(REQUEST).replace(b"Reference>6.15<", b"Reference>6.21<")
    assert read(document) == REQUEST._replace(reference="6.21")
    with pytest.raises(ContentError, match=r"Header/ServiceReference: 6\.21 with variant 6\.15\.1, expected"):
        check_content(read(document))
    check_content(REQUEST)
    assert written(read(document)) == document


@pytest.mark.parametrize(
    ("srv", "body", "problem"),
    [
        ("8.2", "<sr:MPxN>131234567811</sr:MPxN>", "/MPxN: '131234567811', expected an MPAN (13 digits) or"),
        (
            "6.20.2",
            "<sr:ExportMPAN>13123456781 1</sr:ExportMPAN>",
            "/ExportMPAN: '13123456781 1', expected",
        ),
        (
            "8.11",
            f"<sr:DeviceID>{SOME_REQUEST_ID.target}</sr:DeviceID><sr:RequestType>Add</sr:RequestType>",
            ": no AddDeviceToCHFWhitelist with Add, expected one with Add only",
        ),
    ],
)
def test_content_that_only_the_schema_allows_is_kept(
    schema: DuisSchema, srv: str, body: str, problem: str
) -> None:
    name = SERVICES[Srv(srv)].element
    document = written(REQUEST).decode()
    document = document.replace(">6.15<", f">{Srv(srv).service_reference}<").replace(">6.15.1<", f">{srv}<")
    start, end = document.index("<sr:Update"), document.index("</sr:Body>")
    document = f"{document[:start]}<sr:{name}>{body}</sr:{name}>{document[end:]}"
    schema.check(parse(document.encode()))
    assert problem_of(document.encode()).startswith(f"Request/Body/{name}{problem}")
    assert written(read(document.encode())) == document.encode()
    with pytest.raises(ContentError) as caught:
        check_content(read(document.encode()))
    assert str(caught.value) == problem_of(document.encode())


def test_a_date_in_another_zone_is_kept_and_one_that_is_none_is_refused() -> None:
    body = CreateSchedule(DEVICE, Srv.READ_ACTIVE_POWER_IMPORT, Frequency.DAILY, SOME_TIME.date())
    document = written(request_of(Srv.CREATE_SCHEDULE, body))
    start = b"2030-01-15"
    assert start in document
    problem = problem_of(document.replace(start, b"2030-01-15+01:00"))
    assert problem.endswith("StartDate: '2030-01-15+01:00', expected a date such as 2030-01-15, in UTC")
    for none in (b"2030-02-30+01:00", b"2030-01-15+15:00", b"2030-01"):
        assert "ScheduleStartDate" in error_of(document.replace(start, none))


@pytest.mark.parametrize("text", ["", "13123456781112"])
def test_content_that_the_schema_does_not_allow_is_refused(text: str) -> None:
    document = written(request_of(Srv.READ_INVENTORY, ReadInventory(Mpan("1312345678111"))))
    assert "ReadInventory/MPxN" in error_of(document.replace(b"1312345678111", text.encode()))


def test_a_body_that_is_no_service_is_refused() -> None:
    error = error_of(written(REQUEST).replace(b"sr:UpdateSecurityCredentialsKRP", b"sr:UpdateEverything"))
    assert "UpdateEverything" in error
    assert "expected UpdateSecurityCredentialsKRP or SignedPreCommand" in error


@pytest.mark.parametrize(
    ("srv", "body", "what"),
    [
        (Srv.TOP_UP, Read(), "Read for 2.2, expected TopUp"),
        (Srv.TOP_UP, TopUp("1"), r"TopUpDevice/UTRN: '1' cannot be written, expected 20 to 20 characters"),
        (Srv.READ_IDENTITY, Read(SOME_TIME), "no place for execution_date_time"),
        (Srv.READ_IMPORT_REGISTERS, Read(SOME_TIME.replace(tzinfo=None)), "ExecutionDateTime: '2030-"),
        (Srv.READ_EXPORT_PROFILE, ReadLog(SOME_TIME, SOME_TIME, b""), "no place for agreement"),
        (Srv.UPDATE_CREDENTIALS, REPLACEMENT._replace(path=()), "Certificate: 0 to be written"),
        (Srv.UPDATE_CREDENTIALS, REPLACEMENT._replace(path=(b"",) * 4), "4 to be written"),
        (Srv.UPDATE_CREDENTIALS, REPLACEMENT._replace(floor=OriginatorCounter(2**63)), "SeqNumber: '92233"),
        (Srv.UPDATE_CREDENTIALS, REPLACEMENT._replace(role=RemotePartyRole.OTHER), "RemotePartyRole: "),
        (Srv.HANDOVER, REPLACEMENT._replace(signing=None), "DigitalSigningCertificate: nothing to write"),
        (Srv.RETRIEVE_CREDENTIALS, RetrieveRoles(()), "RemotePartyRole: 0 to be written, expected 1 to 7"),
        (
            Srv.RETRIEVE_CREDENTIALS,
            RetrieveRoles((RemotePartyRole.SUPPLIER,) * 8),
            "RemotePartyRole: 8 to be written",
        ),
        (
            Srv.SET_IMPORT_MPXN,
            SetImportMpxn(Mprn("1"), Mpan("1312345678111")),
            "expected a value for one of ImportMPANs, ImportMPRN",
        ),
        (
            Srv.CREATE_SCHEDULE,
            CreateSchedule(DEVICE, Srv.READ_NETWORK_DATA, Frequency.DAILY, SOME_TIME.date()),
            "expected a value for one of DSPRetrieve",
        ),
        (
            Srv.CREATE_SCHEDULE,
            CreateSchedule(DEVICE, Srv.TOP_UP, Frequency.DAILY, SOME_TIME.date()),
            "DSPScheduledServiceReference: '2.2'",
        ),
        (
            Srv.UPDATE_INVENTORY,
            UpdateInventory(DEVICE, SetStatus(NewStatus.WITHDRAWN)),
            "UpdateDeviceStatusExceptCH",
        ),
        (Srv.UPDATE_INVENTORY, UpdateInventory(DEVICE, SetHubStatus(NewStatus.PENDING)), "DeviceStatusCH"),
        (
            Srv.HUB_INSTALLED,
            HubInstalled(
                DEVICE,
                "New CHF Install",
                Mprn("1"),
                aerial_install=True,
                location="Deep indoors",
                premises=PREMISES,
            ),
            "no place for premises",
        ),
        (
            Srv.HUB_INSTALLED_WITHOUT_WAN,
            HubInstalled(DEVICE, "New CHF Install", Mprn("1"), aerial_install=True, location="Deep indoors"),
            "PremiseType cannot be written",
        ),
        (
            Srv.CONFIGURE_ALERTS,
            ConfigureAlerts(AlertGroup.GAS_SUPPLIER_ALERTS, {"": {0x8161: True}}),
            "no setting 8161",
        ),
        (
            Srv.CONFIGURE_ALERTS,
            ConfigureAlerts(AlertGroup.GAS_SUPPLIER_ALERTS, {"SupplierESMECommon": {}}),
            "the sections",
        ),
        (
            Srv.CONFIGURE_ALERTS,
            ConfigureAlerts(
                AlertGroup.ELECTRICITY_NETWORK_ALERTS,
                {"NetworkOperatorESMESinglePhase": {}, "NetworkOperatorESMEPolyPhase": {}},
            ),
            "both NetworkOperatorESMESinglePhase and",
        ),
    ],
)  # fmt: skip
def test_a_value_that_the_schema_has_no_room_for_is_not_written(srv: Srv, body: Any, what: str) -> None:
    with pytest.raises(DuisError) as caught:
        write_request(request_of(srv, body))
    assert what in str(caught.value)


# What the schema leaves open and a value cannot say.


def test_a_change_of_the_device_log_adds_with_an_entry_and_removes_without() -> None:
    entry = WhitelistEntry(90, bytes(16))
    add = written(request_of(Srv.UPDATE_HAN_DEVICE_LOG, UpdateHanDeviceLog(DEVICE, entry)))
    assert "AddDeviceToCHFWhitelist with Remove" in problem_of(add.replace(b">Add<", b">Remove<"))
    remove = written(request_of(Srv.UPDATE_HAN_DEVICE_LOG, UpdateHanDeviceLog(DEVICE, None)))
    assert "no AddDeviceToCHFWhitelist with Add" in problem_of(remove.replace(b">Remove<", b">Add<"))


def test_a_schedule_names_one_service_three_times() -> None:
    period = PeriodOffset(-1, SOME_TIME_OF_DAY, 0, SOME_TIME_OF_DAY)
    body = CreateSchedule(DEVICE, Srv.READ_NETWORK_DATA, Frequency.DAILY, SOME_TIME.date(), period=period)
    document = written(request_of(Srv.CREATE_SCHEDULE, body))
    for old, new in [(b">4.10<", b">4.17<"), (b"DSPReadNetworkData", b"DSPRetrieveDailyConsumptionLog")]:
        assert old in document
        assert "CreateSchedule: 4.1" in problem_of(document.replace(old, new))


def test_one_settings_group_is_of_one_kind_of_phase() -> None:
    body = ConfigureAlerts(
        AlertGroup.ELECTRICITY_NETWORK_ALERTS,
        {"NetworkOperatorESMESinglePhase": {0x8010: True, 0x8002: False}},
    )
    document = written(request_of(Srv.CONFIGURE_ALERTS, body))
    # The order of the schema, which is not that of the numbers.
    assert document.index(b"x8002") < document.index(b"x8010")
    end = b"</sr:NetworkOperatorESMESinglePhase>"
    both = document.replace(end, end + b"<sr:NetworkOperatorESMEPolyPhase/>")
    assert "both NetworkOperatorESMESinglePhase and" in error_of(both)


def test_an_execution_time_is_mandatory_to_opt_out() -> None:
    body = OptOut(b"", OriginatorCounter(0), SOME_TIME, path=(b"",))
    document = written(request_of(Srv.OPT_OUT, body))
    start = document.index(b"<sr:ExecutionDateTime>")
    end = document.index(b"<sr:ACBFloorSeqNumber>")
    assert (
        "ServiceOptOut/ACBFloorSeqNumber: an element not expected here, expected ExecutionDateTime"
        in error_of(document[:start] + document[end:])
    )


# Bodies that are not read.

MESSAGE = (
    b'<sr:DisplayMessage xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway">'
    b"<sr:ExecutionDateTime>2030-01-15T09:00:00.00Z</sr:ExecutionDateTime>"
    b"<sr:SupplierMessage>Hello &amp; good-bye </sr:SupplierMessage></sr:DisplayMessage>"
)


def test_a_body_that_is_not_read_keeps_its_octets_and_tells_its_execution_time() -> None:
    request = request_of(Srv.DISPLAY_MESSAGE, OtherBody("DisplayMessage", MESSAGE, SOME_TIME))
    document = written(request)
    assert MESSAGE.partition(b">")[2] in document
    assert read(document) == request


def test_white_space_and_prefixes_of_a_body_that_is_not_read_mean_nothing() -> None:
    request = request_of(Srv.DISPLAY_MESSAGE, OtherBody("DisplayMessage", MESSAGE, SOME_TIME))
    root = parse(written(request).replace(b"sr:", b"").replace(b":sr=", b"="))
    etree.indent(root)
    assert read(etree.tostring(root)) == request


def test_a_body_that_is_not_read_may_be_longer_than_a_document_that_comes_in() -> None:
    xml = MESSAGE.replace(b"Hello", b"x" * 3_000_000)
    document = written(request_of(Srv.DISPLAY_MESSAGE, OtherBody("DisplayMessage", xml, SOME_TIME)))
    assert len(document) > 3_000_000


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (OtherBody("DisplayMessage", MESSAGE), "expected None as it says"),
        (OtherBody("DisablePrivacyPIN", MESSAGE), "expected DisablePrivacyPIN"),
        (OtherBody("Surprise", MESSAGE), "expected the element of a service"),
        (OtherBody("DisplayMessage", b"<a"), "not well-formed"),
        (OtherBody("DisplayMessage", MESSAGE.replace(b"ServiceUser", b"User"), SOME_TIME), "DisplayMessage"),
    ],
)
def test_a_body_that_is_not_what_it_says_is_not_written(body: OtherBody, what: str) -> None:
    with pytest.raises(DuisError) as caught:
        write_request(request_of(Srv.DISPLAY_MESSAGE, body))
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"2030-01-15T", b"2030-15-01T"),
        (b"</sr:SupplierMessage>", b"</sr:SupplierMessage>surprise"),
        (b"<sr:SupplierMessage>", b"<a/><sr:SupplierMessage>"),
    ],
)
def test_a_body_that_is_not_read_is_still_looked_over(old: bytes, new: bytes) -> None:
    document = written(request_of(Srv.DISPLAY_MESSAGE, OtherBody("DisplayMessage", MESSAGE, SOME_TIME)))
    assert "Request/Body/DisplayMessage" in error_of(document.replace(old, new))


def test_a_signed_pre_command_may_be_held_until_a_time() -> None:
    request = request_of(Srv.UPDATE_CREDENTIALS, SignedPreCommand(b"gbcs", SOME_TIME))
    assert b"<sr:ExecutionDateTime>2030-01-15T09:00:00.000Z</sr:ExecutionDateTime>" in written(request)
