"""The S1SP and the way to it: countersigned requests, its own checks, its signed answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
from dcc_worlds import ESME
from lxml import etree
from smets1_worlds import (
    NETWORK_OPERATOR,
    OPERATOR,
    OTHER_OPERATOR,
    OTHER_SUPPLIER,
    READINGS_WH,
    SMETS1_ESME,
    SMETS1_GSME,
    SMETS1_MPAN,
    SUPPLIER,
    SUPPLIER_ROLE,
    Exchange,
    Smets1World,
)

from dcc.alert_payloads import CertificateType, CredentialsUpdated, DccAlert
from dcc.bodies.credentials import CANCELLATION, ReplaceSupplierCredentials, RetrieveRoles
from dcc.bodies.meters import SynchroniseClock
from dcc.bodies.reads import Read, ReadLog
from dcc.countersigning import Countersigner, SupplementaryRemoteParty, decode
from dcc.dsp import DROPPED
from dcc.duis.document_signer import DocumentSigner
from dcc.duis.errors import DuisError, SignatureError
from dcc.duis.front_door import FrontDoorSettings
from dcc.duis.parsing import parse
from dcc.duis.schema import DuisSchema
from dcc.envelope import WebService
from dcc.errors import DccValueError
from dcc.inventory import DeviceDetails
from dcc.response_codes import ResponseCode
from dcc.rules.smets1 import S1SP_RULES
from dcc.s1sp.cohorts import COHORTS, FOC, IOC, MODELLED_SERVICES
from dcc.s1sp.provider import S1sp, S1spAnswer
from dcc.s1sp.response_reading import ReplacementReport, SlotReport, read_value
from dcc.service_requests import CommandVariant, ServiceRequest, SignedPreCommand
from dcc.smki.profiles import CertificatePurpose
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64, OriginatorCounter, RemotePartyRole
from devices.replay import ReplayCounters
from devices.smets1_proxy import restore, snapshot
from scenarios.party_client import PartyCredentials
from scenarios.smets1_client import OpenedSmets1Response, open_smets1_response
from scenarios.test_bed import ACB_ID, TRANSITIONAL_COS_ID

SECOND: Final = timedelta(seconds=1)
HOUR: Final = timedelta(hours=1)


@pytest.fixture
def world() -> Smets1World:
    return Smets1World()


@pytest.fixture(scope="module")
def schema(conformance: object) -> DuisSchema:
    return DuisSchema.load(conformance / "duis" / "schema")  # type: ignore[operator]


def opened(world: Smets1World, done: Exchange) -> OpenedSmets1Response:
    return open_smets1_response(done.opened, world.world.dcc.repository, world.bed.provider)


def countersigned_by(world: Smets1World, request: ServiceRequest) -> bytes:
    """What the DSP sends to the S1SP for a request that it passes."""
    document = world.party(request.request_id.originator).sign_request(request)
    submission = world.door.submit(document, WebService.SEND_COMMAND, world.now).submission
    assert submission.countersigned is not None, submission.decision.rejection
    return submission.countersigned.encode()


def refused(answer: S1spAnswer, text: str, observed: str = "") -> None:
    rejection = answer.decision.rejection
    assert rejection is not None
    assert answer.text == text, rejection
    assert rejection.code is ResponseCode.E1004
    assert observed in rejection.observed, rejection


def credentials_of(world: Smets1World, user: Eui64) -> PartyCredentials:
    return world.world.client(user).credentials


# Countersigning


def test_a_countersigned_request_carries_what_its_user_signed(world: Smets1World) -> None:
    request = world.update(OPERATOR, OTHER_OPERATOR)
    document = world.party(OPERATOR).sign_request(request)
    countersigned = world.door.submit(document, WebService.SEND_COMMAND, world.now).submission.countersigned
    assert countersigned is not None
    assert countersigned.document == document
    assert countersigned[:4] == (OPERATOR, SMETS1_ESME, request.request_id.counter, None)
    assert countersigned.verifies(world.door.signer.certificate, world.bed.provider)
    assert world.s1sp.receive(countersigned.encode(), world.now).text == ""


def test_the_dcc_commands_in_its_own_name_where_it_would_a_smets2_device(world: Smets1World) -> None:
    """6.24.1 goes out in the broker's name; the answer is to the broker and reaches the User all the same."""
    request = world.ask(OPERATOR, Srv.RETRIEVE_CREDENTIALS, RetrieveRoles((NETWORK_OPERATOR,)))
    done = world.exchange(request)
    countersigned = done.submission.countersigned
    assert countersigned is not None
    assert countersigned[:4] == (ACB_ID, SMETS1_ESME, 1, None)
    assert opened(world, done).header.addressee == ACB_ID


def migrate_gas_meter(world: Smets1World) -> None:
    """From here on the gas meter is what is asked, which has no certificates of network operators."""
    world.device = SMETS1_GSME
    world.migrate(world.certificates(SUPPLIER, world.operator))


def test_a_user_that_devices_do_not_know_goes_along_as_supplementary_remote_party() -> None:
    world = Smets1World(gas=True)
    migrate_gas_meter(world)
    request = world.ask(world.operator, Srv.READ_NETWORK_DATA, ReadLog(world.now - HOUR, world.now))
    done = world.exchange(request)
    assert done.code == "I0", done.text
    countersigned = done.submission.countersigned
    assert countersigned is not None
    assert countersigned[:4] == (
        ACB_ID,
        SMETS1_GSME,
        1,
        (world.operator, request.request_id.counter),
    )
    own = world.ask(SUPPLIER, Srv.READ_IMPORT_REGISTERS, Read())
    assert world.exchange(own).submission.countersigned.supplementary is None  # type: ignore[union-attr]


# The response


def test_a_network_operator_replaces_its_own_certificates(world: Smets1World) -> None:
    done = world.exchange(world.update(OPERATOR, OTHER_OPERATOR))
    assert done.submission.response.code is ResponseCode.I99
    assert done.code == "I0", done.text
    response = opened(world, done)
    assert response.signer == world.s1sp.signer.certificate
    assert response.header == (SMETS1_ESME, OPERATOR, done.request.request_id.counter)
    assert response.refusal is None
    assert response.outcome is not None
    assert response.outcome.role is NETWORK_OPERATOR
    assert response.outcome.replaced == (
        ReplacementReport(CertificateType.DIGITAL_SIGNING, OPERATOR, OTHER_OPERATOR, sha1(done, "signing")),
        ReplacementReport(CertificateType.KEY_AGREEMENT, OPERATOR, OTHER_OPERATOR, sha1(done, "agreement")),
    )


def sha1(done: Exchange, field: str) -> bytes:
    return hashlib.sha1(getattr(done.request.body, field), usedforsecurity=False).digest()


def test_one_certificate_alone_leaves_the_other_slot(world: Smets1World) -> None:
    body = world.world.certificates_of(OTHER_OPERATOR)._replace(signing=None)
    before = world.proxy.notified
    assert world.exchange(world.update(OPERATOR, body)).code == "I0"
    after = world.proxy.notified
    assert after.critical_network_operator == before.critical_network_operator
    assert after.non_critical_network_operator != before.non_critical_network_operator
    # The one who signs is still the one who owns the slot.
    assert world.exchange(world.update(OPERATOR, OPERATOR)).code == "I0"


def test_the_users_are_told_of_new_certificates_by_their_hashes(world: Smets1World) -> None:
    floor = OriginatorCounter(5)
    body = world.world.certificates_of(OTHER_OPERATOR)._replace(floor=floor)
    done = world.exchange(world.update(OPERATOR, body))
    assert done.received is not None
    assert [notice.recipient for notice in done.received.notices] == [OTHER_OPERATOR, OPERATOR, SUPPLIER]
    alert = done.received.notices[0].body
    assert isinstance(alert, DccAlert)
    assert isinstance(alert.payload, CredentialsUpdated)
    assert alert.payload.device == SMETS1_ESME
    assert alert.payload.role is NETWORK_OPERATOR
    assert alert.payload.floor == floor
    assert [item.sha1 for item in alert.payload.certificates] == [
        sha1(done, "signing"),
        sha1(done, "agreement"),
    ]


def test_a_refusal_is_signed_and_says_why(world: Smets1World) -> None:
    done = world.exchange(world.update(SUPPLIER, OPERATOR))
    assert (done.code, done.text) == ("E1004", "S1SP: ownership")
    response = opened(world, done)
    assert response.refusal == (1004, "S1SP: ownership")
    assert response.outcome is None
    assert world.world.dcc.ledger.outcome(done.request.request_id) is False
    assert done.notified == []


def bodies() -> list[tuple[Eui64, Srv, Callable[[Smets1World], object]]]:
    return [
        (OPERATOR, Srv.UPDATE_CREDENTIALS, lambda world: world.world.certificates_of(world.other_operator)),
        (SUPPLIER, Srv.UPDATE_CREDENTIALS, lambda world: world.world.certificates_of(world.operator)),
        (OPERATOR, Srv.RETRIEVE_CREDENTIALS, lambda _: RetrieveRoles((NETWORK_OPERATOR, SUPPLIER_ROLE))),
        (SUPPLIER, Srv.READ_IMPORT_REGISTERS, lambda _: Read()),
        (OPERATOR, Srv.READ_NETWORK_DATA, lambda world: ReadLog(world.now - HOUR, world.now)),
    ]


@pytest.mark.parametrize(
    ("user", "srv", "make"), bodies(), ids=["update", "refusal", "retrieval", "registers", "network data"]
)
@pytest.mark.parametrize("gas", [False, True], ids=["electricity", "gas"])
def test_responses_are_of_the_schema(
    schema: DuisSchema, user: Eui64, srv: Srv, make: Callable[[Smets1World], object], gas: bool
) -> None:
    world = Smets1World(gas=gas)
    if gas and srv is Srv.READ_NETWORK_DATA:
        migrate_gas_meter(world)
    sender, body = world.operator if user == OPERATOR else user, make(world)
    done = world.exchange(world.ask(sender, srv, body))  # type: ignore[arg-type]
    assert done.received is not None, done.submission.decision.rejection
    assert done.received.response is not None
    schema.check(parse(world.door.document(done.received.response)))
    schema.check(parse(done.answer.octets))  # type: ignore[union-attr]
    opened(world, done)


def test_the_same_world_gives_the_same_octets() -> None:
    first, second = (Smets1World() for _ in range(2))
    exchanges = [world.exchange(world.update(OPERATOR, OTHER_OPERATOR)) for world in (first, second)]
    assert exchanges[0].answer.octets == exchanges[1].answer.octets  # type: ignore[union-attr]


def test_a_refusal_that_says_why_is_signed_though_plain_ones_are_not(world: Smets1World) -> None:
    world.door.settings = FrontDoorSettings(sign_refusals=False)
    assert opened(world, world.exchange(world.update(SUPPLIER, OPERATOR))).refusal is not None
    assert world.exchange(world.update(OTHER_OPERATOR, OPERATOR)).code == "E4"


def test_an_s1sp_goes_on_from_snapshots_of_its_devices(world: Smets1World) -> None:
    octets = countersigned_by(world, world.update(OPERATOR, OTHER_OPERATOR))
    assert world.s1sp.receive(octets, world.now).text == ""
    again = S1sp(world.s1sp.name, IOC, world.world.dcc, world.s1sp.signer, ACB_ID)
    again.take_over(restore(snapshot(proxy)) for proxy in world.s1sp.proxies)
    assert again.proxies == world.s1sp.proxies
    refused(again.receive(octets, world.now), "S1SP: ownership", "certificate")


# What the DSP takes


def test_the_dsp_takes_an_answer_once(world: Smets1World) -> None:
    done = world.exchange(world.update(OPERATOR, OTHER_OPERATOR))
    assert done.answer is not None
    assert world.bed.dsp.receive_smets1(done.answer.octets, world.now) == DROPPED


@pytest.mark.parametrize("octets", [b"", b"nonsense", b"<a/>"])
def test_what_is_no_answer_is_dropped(world: Smets1World, octets: bytes) -> None:
    assert world.bed.dsp.receive_smets1(octets, world.now) == DROPPED


def test_an_answer_with_another_signature_is_dropped_and_keeps_the_true_one_not_out(
    world: Smets1World,
) -> None:
    octets = countersigned_by(world, world.update(OPERATOR, OTHER_OPERATOR))
    answer = world.s1sp.receive(octets, world.now).octets
    dsp = world.bed.dsp
    assert dsp.receive_smets1(answer.replace(b"NetworkOperator<", b"Supplier<"), world.now) == DROPPED
    by_user = world.bed.xml_signer(OPERATOR).sign(parse(answer), world.bed.provider)
    assert dsp.receive_smets1(by_user, world.now) == DROPPED
    other = world.bed.open_s1sp(FOC)
    assert dsp.receive_smets1(other.signer.sign(parse(answer), world.bed.provider), world.now) == DROPPED
    assert dsp.receive_smets1(answer, world.now).response is not None


def test_an_answer_by_a_revoked_certificate_is_dropped(world: Smets1World) -> None:
    octets = countersigned_by(world, world.update(OPERATOR, OTHER_OPERATOR))
    answer = world.s1sp.receive(octets, world.now).octets
    world.world.revoke(world.s1sp.signer.certificate)
    assert world.bed.dsp.receive_smets1(answer, world.now) == DROPPED


def test_a_user_verifies_the_s1sps_signature_for_itself(world: Smets1World) -> None:
    done = world.exchange(world.update(OPERATOR, OTHER_OPERATOR))
    body = done.opened.body
    forged = body._replace(xml=body.xml.replace(b">success<", b">other<"))  # type: ignore[union-attr]
    with pytest.raises(SignatureError, match="digest"):
        opened(world, done._replace(opened=done.opened._replace(body=forged)))
    other = world.update(OPERATOR, OPERATOR).request_id
    with pytest.raises(DuisError, match="OriginatorCounter"):
        opened(world, done._replace(opened=done.opened._replace(request_id=other)))
    world.world.revoke(world.s1sp.signer.certificate)
    with pytest.raises(SignatureError, match="revoked"):
        opened(world, done)


# The S1SP's own checks: each passes above


def test_each_refusal_has_a_text_of_its_own() -> None:
    assert len({rule.id for rule in S1SP_RULES}) == len(S1SP_RULES)
    assert all(rule.id.startswith("s1sp-") for rule in S1SP_RULES)


def signers(world: Smets1World) -> dict[str, DocumentSigner]:
    return {"another entity's": world.bed.xml_signer(OPERATOR), "the DSP's": world.door.signer}


@pytest.mark.parametrize("whose", ["another entity's", "the DSP's"])
def test_only_the_dsp_countersigns(world: Smets1World, whose: str) -> None:
    request = decode(countersigned_by(world, world.update(OPERATOR, OTHER_OPERATOR)))
    again = Countersigner(signers(world)[whose], world.bed.provider).countersign(request)
    answer = world.s1sp.receive(again.encode(), world.now)
    if whose == "the DSP's":
        assert answer.text == ""
    else:
        refused(answer, "S1SP: countersignature", str(OPERATOR))


def test_a_countersignature_is_over_everything(world: Smets1World) -> None:
    request = decode(countersigned_by(world, world.update(OPERATOR, OTHER_OPERATOR)))
    higher = request._replace(counter=OriginatorCounter(request.counter + 1))
    refused(world.s1sp.receive(higher.encode(), world.now), "S1SP: countersignature", "not by certificate")
    other = request._replace(signature=bytes(64))
    refused(world.s1sp.receive(other.encode(), world.now), "S1SP: countersignature", "not by certificate")
    unknown = request._replace(serial=request.serial + 1)
    refused(world.s1sp.receive(unknown.encode(), world.now), "S1SP: countersignature", "nobody has")
    assert world.s1sp.receive(request.encode(), world.now).text == ""


def test_a_revoked_certificate_does_not_countersign(world: Smets1World) -> None:
    octets = countersigned_by(world, world.update(OPERATOR, OTHER_OPERATOR))
    world.world.revoke(world.door.signer.certificate)
    refused(world.s1sp.receive(octets, world.now), "S1SP: countersignature", "revoked")


@pytest.mark.parametrize(
    "change",
    [
        {"target": ESME},
        {"counter": OriginatorCounter(1)},
        {
            "originator": ACB_ID,
            "supplementary": SupplementaryRemoteParty(OTHER_OPERATOR, OriginatorCounter(1)),
        },
    ],
    ids=["target", "counter", "party"],
)
def test_what_is_countersigned_is_what_the_request_says(
    world: Smets1World, change: dict[str, object]
) -> None:
    request = decode(countersigned_by(world, world.update(OPERATOR, OTHER_OPERATOR)))
    countersigner = Countersigner(world.door.signer, world.bed.provider)
    changed = countersigner.countersign(request._replace(**change))  # type: ignore[arg-type]
    refused(world.s1sp.receive(changed.encode(), world.now), "S1SP: countersignature", "countersigned")
    assert world.s1sp.receive(countersigner.countersign(request).encode(), world.now).text == ""


def test_octets_that_are_no_countersigned_request_have_nobody_to_be_answered(world: Smets1World) -> None:
    with pytest.raises(DccValueError, match="Countersigned Service Request"):
        world.s1sp.receive(b"nonsense", world.now)
    request = decode(countersigned_by(world, world.update(OPERATOR, OTHER_OPERATOR)))
    reference = b"ServiceReference>6.15<", b"ServiceReference>6.21<"
    assert reference[0] in request.document
    for document in (b"<a/>", request.document.replace(*reference)):
        unreadable = Countersigner(world.door.signer, world.bed.provider).countersign(
            request._replace(document=document)
        )
        with pytest.raises(DccValueError, match="readable request"):
            world.s1sp.receive(unreadable.encode(), world.now)


def test_a_device_that_was_not_migrated_is_refused() -> None:
    world = Smets1World(empty=True)
    done = world.exchange(world.update(OPERATOR, OTHER_OPERATOR))
    assert (done.code, done.text) == ("E1004", "S1SP: device")
    world.migrate(world.certificates(SUPPLIER, OPERATOR))
    assert world.exchange(world.update(OPERATOR, OTHER_OPERATOR)).code == "I0"


def test_a_cohort_answers_only_the_services_that_it_offers() -> None:
    cohort = IOC._replace(services=MODELLED_SERVICES - {Srv.UPDATE_CREDENTIALS})
    world = Smets1World(cohort=cohort)
    done = world.exchange(world.update(OPERATOR, OTHER_OPERATOR))
    assert (done.code, done.text) == ("E1004", "S1SP: service")
    assert world.exchange(world.ask(SUPPLIER, Srv.READ_IMPORT_REGISTERS, Read())).code == "I0"


def resigned(world: Smets1World, by: DocumentSigner | None) -> bytes:
    """A request as the DSP would countersign it, did it not look who had signed it."""
    request = world.update(OPERATOR, OTHER_OPERATOR)
    countersigned = decode(countersigned_by(world, request))
    tree = parse(countersigned.document)
    tree.remove(tree[-1])
    document = etree.tostring(tree) if by is None else by.sign(tree, world.bed.provider)
    countersigner = Countersigner(world.door.signer, world.bed.provider)
    return countersigner.countersign(countersigned._replace(document=document)).encode()


def test_the_authorising_signature_has_to_be_the_users(world: Smets1World) -> None:
    other = world.bed.xml_signer(OTHER_OPERATOR)
    refused(world.s1sp.receive(resigned(world, other), world.now), "S1SP: signature", str(OTHER_OPERATOR))
    credentials = credentials_of(world, OPERATOR)
    command = DocumentSigner(credentials.signing, credentials.signing_key)
    refused(world.s1sp.receive(resigned(world, command), world.now), "S1SP: signature")
    own = world.bed.xml_signer(OPERATOR)
    assert world.s1sp.receive(resigned(world, own), world.now).text == ""


def test_a_document_changed_after_its_signature_is_refused(world: Smets1World) -> None:
    countersigned = decode(countersigned_by(world, world.update(OPERATOR, OTHER_OPERATOR)))
    changed = countersigned.document.replace(b"NetworkOperator<", b"Supplier<")
    assert changed != countersigned.document
    countersigner = Countersigner(world.door.signer, world.bed.provider)
    octets = countersigner.countersign(countersigned._replace(document=changed)).encode()
    refused(world.s1sp.receive(octets, world.now), "S1SP: signature", "digest")


def test_a_revoked_certificate_does_not_authorise(world: Smets1World) -> None:
    octets = countersigned_by(world, world.update(OPERATOR, OTHER_OPERATOR))
    world.world.revoke(world.bed.xml_signer(OPERATOR).certificate)
    refused(world.s1sp.receive(octets, world.now), "S1SP: signature", "revoked")


def test_requests_as_values_are_unsigned_and_the_s1sp_may_be_told_not_to_take_them(
    world: Smets1World,
) -> None:
    for takes, text in ((False, "S1SP: signature"), (True, "")):
        world.s1sp.takes_unsigned = takes
        submission = world.bed.dsp.submit(world.update(OPERATOR, OPERATOR), world.now)
        assert submission.countersigned is not None, submission.decision.rejection
        assert world.s1sp.receive(submission.countersigned.encode(), world.now).text == text
    octets = resigned(world, None)
    world.s1sp.takes_unsigned = False
    refused(world.s1sp.receive(octets, world.now), "S1SP: signature", "no signature")


def test_registration_is_asked_for_apart_from_the_dsp(world: Smets1World) -> None:
    """The DSP has passed the request; by the time that it comes to the S1SP the registration has gone."""
    octets = countersigned_by(world, world.update(OPERATOR, OTHER_OPERATOR))
    world.register(to_other=True)
    refused(world.s1sp.receive(octets, world.now), "S1SP: registration", "East and London Networks as ED")
    world.register()
    assert world.s1sp.receive(octets, world.now).text == ""


def test_a_read_asks_for_no_registration_at_the_s1sp_and_for_no_slot(world: Smets1World) -> None:
    world.place(OTHER_OPERATOR)
    request = world.ask(OPERATOR, Srv.READ_NETWORK_DATA, ReadLog(world.now - HOUR, world.now))
    octets = countersigned_by(world, request)
    world.register(to_other=True)
    assert world.s1sp.receive(octets, world.now).text == ""


def test_an_empty_slot_is_nobodys() -> None:
    world = Smets1World(empty=True)
    own = world.certificates(SUPPLIER, OPERATOR)
    world.migrate(own._replace(critical_network_operator=None, non_critical_network_operator=None))
    done = world.exchange(world.update(OPERATOR, OPERATOR))
    assert (done.code, done.text) == ("E1004", "S1SP: ownership")


def test_another_certificate_of_the_same_owner_will_do(world: Smets1World) -> None:
    """The slot holds an older certificate of the operator; requests are signed with yet another one."""
    issued = world.bed.smki.issue_organisation(
        OPERATOR, NETWORK_OPERATOR, CertificatePurpose.DIGITAL_SIGNING, world.bed.certified_from, generation=3
    )
    world.world.dcc.repository.lodge(issued.certificate, CertificatePurpose.DIGITAL_SIGNING)
    world.s1sp.take_over((world.proxy.holding(NETWORK_OPERATOR, issued.certificate),))
    assert world.exchange(world.update(OPERATOR, OPERATOR)).code == "I0"


def test_a_countersigned_request_is_obeyed_once(world: Smets1World) -> None:
    octets = countersigned_by(world, world.update(OPERATOR, OPERATOR))
    assert world.s1sp.receive(octets, world.now).text == ""
    refused(world.s1sp.receive(octets, world.now), "S1SP: counter")


@pytest.mark.parametrize(("ahead", "text"), [(-1, ""), (0, "S1SP: counter"), (1, "S1SP: counter")])
def test_the_counter_has_to_be_above_the_execution_counter(world: Smets1World, ahead: int, text: str) -> None:
    request = world.update(OPERATOR, OPERATOR)
    last = OriginatorCounter(request.request_id.counter + ahead)
    world.s1sp.take_over((world.proxy.obeyed(NETWORK_OPERATOR, OTHER_OPERATOR, last),))
    assert world.exchange(request).text == text


def test_the_counter_of_a_slot_is_its_roles_whoever_sends(world: Smets1World) -> None:
    """A supplier that owns the operator's slot counts there, and not where its own commands count."""
    world.place(SUPPLIER)
    request = world.update(SUPPLIER, OPERATOR)
    counter = request.request_id.counter
    world.s1sp.take_over((world.proxy.obeyed(SUPPLIER_ROLE, SUPPLIER, OriginatorCounter(counter + 9)),))
    assert world.exchange(request).code == "I0"


def test_a_refused_request_leaves_the_counters(world: Smets1World) -> None:
    before = world.proxy.counters
    assert world.exchange(world.update(SUPPLIER, OPERATOR)).text == "S1SP: ownership"
    assert world.proxy.counters == before == ReplayCounters()


def test_a_floor_that_comes_along_counts_from_then_on(world: Smets1World) -> None:
    request = world.update(OPERATOR, world.world.certificates_of(OPERATOR))
    high = OriginatorCounter(request.request_id.counter + 100)
    body = world.world.certificates_of(OPERATOR)._replace(floor=high)
    assert world.exchange(request._replace(body=body)).code == "I0"
    assert world.exchange(world.update(OPERATOR, OPERATOR)).text == "S1SP: counter"


def test_certificates_are_checked_by_the_s1sp_too(world: Smets1World) -> None:
    octets = countersigned_by(world, world.update(OPERATOR, OTHER_OPERATOR))
    world.world.revoke(credentials_of(world, OTHER_OPERATOR).signing)
    refused(world.s1sp.receive(octets, world.now), "S1SP: certificates", "revoked")


# The other services


def test_what_was_last_read_is_told(world: Smets1World) -> None:
    done = world.exchange(world.ask(SUPPLIER, Srv.READ_IMPORT_REGISTERS, Read()))
    assert done.code == "I0", done.text
    assert read_value(opened(world, done).root, "ActiveImportRegister") == READINGS_WH
    log = ReadLog(world.now - HOUR, world.now)
    done = world.exchange(world.ask(OPERATOR, Srv.READ_NETWORK_DATA, log))
    assert read_value(opened(world, done).root, "AvgRMSOverVoltageCounter") == 2


@pytest.mark.parametrize("cohort", COHORTS, ids=lambda cohort: cohort.name)
def test_a_cached_read_tells_the_time_of_the_reading(cohort: object) -> None:
    for cached in (False, True):
        services = MODELLED_SERVICES if cached else frozenset()
        world = Smets1World(cohort=cohort._replace(cached=services))  # type: ignore[attr-defined]
        before = world.now
        world.world.now += HOUR
        done = world.exchange(world.ask(SUPPLIER, Srv.READ_IMPORT_REGISTERS, Read()))
        time = (before if cached else world.now).strftime("%H:%M:%S").encode()
        assert time in done.answer.octets  # type: ignore[union-attr]


def test_the_notified_certificates_are_reported_by_owner_and_hash(world: Smets1World) -> None:
    roles = RetrieveRoles((SUPPLIER_ROLE, NETWORK_OPERATOR, RemotePartyRole.ACCESS_CONTROL_BROKER))
    done = world.exchange(world.ask(SUPPLIER, Srv.RETRIEVE_CREDENTIALS, roles))
    found = opened(world, done).slots
    assert [(slot.role, slot.owner) for slot in found] == [
        (SUPPLIER_ROLE, SUPPLIER),
        (SUPPLIER_ROLE, SUPPLIER),
        (NETWORK_OPERATOR, OPERATOR),
        (NETWORK_OPERATOR, OPERATOR),
        (RemotePartyRole.ACCESS_CONTROL_BROKER, None),
    ]
    assert found[-1] == SlotReport(RemotePartyRole.ACCESS_CONTROL_BROKER, None, None, None, None)
    types = [CertificateType.DIGITAL_SIGNING, CertificateType.KEY_AGREEMENT]
    assert [slot.certificate_type for slot in found[:4]] == types * 2


def change_of_supplier(world: Smets1World, floor: int = 0) -> ServiceRequest:
    own = credentials_of(world, OTHER_SUPPLIER)
    body = world.world.certificates_of(OTHER_SUPPLIER)
    change = ReplaceSupplierCredentials(
        own.signing.der, own.agreement.der, SMETS1_MPAN, OriginatorCounter(floor), path=body.path
    )
    return world.ask(OTHER_SUPPLIER, Srv.UPDATE_CREDENTIALS_COS, change)


def test_a_supplier_takes_a_device_over_under_the_cos_counter(world: Smets1World) -> None:
    world.register(supplier="SUPB")
    done = world.exchange(change_of_supplier(world))
    assert done.code == "I0", (done.text, done.submission.decision.rejection)
    assert done.submission.countersigned[:3] == (TRANSITIONAL_COS_ID, SMETS1_ESME, 1)  # type: ignore[index]
    assert world.proxy.cos_execution_counter == 1
    assert world.proxy.counters.current(SUPPLIER_ROLE) == 0
    assert (done.notified[0][1], done.notified[-1][1]) == ("N42", "N17")
    assert done.notified[-1][0] == SUPPLIER
    # The new supplier owns the slots now, and the old one does not.
    assert world.exchange(world.update(OTHER_SUPPLIER, OTHER_SUPPLIER)).code == "I0"
    world.register()
    assert world.exchange(world.update(SUPPLIER, SUPPLIER)).text == "S1SP: ownership"


def test_a_change_of_supplier_is_not_obeyed_twice(world: Smets1World) -> None:
    world.register(supplier="SUPB")
    octets = countersigned_by(world, change_of_supplier(world))
    assert world.s1sp.receive(octets, world.now).text == ""
    answer = world.s1sp.receive(octets, world.now)
    refused(answer, "S1SP: counter", "1")
    assert answer.decision.rejection.expected == "more than 1 for transitionalCoS"  # type: ignore[union-attr]


def test_a_supplier_that_will_not_be_registered_is_refused_by_the_dsp(world: Smets1World) -> None:
    done = world.exchange(change_of_supplier(world))
    assert (done.code, done.answer) == ("E062306", None)


# What the DSP does not send


@pytest.mark.parametrize("variant", [CommandVariant.TRANSFORM, CommandVariant.LOCAL_COMMAND])
def test_nothing_is_transformed_or_delivered_locally_for_smets1(
    world: Smets1World, variant: CommandVariant
) -> None:
    request = world.update(OPERATOR, OPERATOR)._replace(command_variant=variant)
    assert world.bed.dsp.submit(request, world.now).response.code is ResponseCode.E12


def test_a_signed_pre_command_is_nothing_for_smets1(world: Smets1World) -> None:
    request = world.update(OPERATOR, OPERATOR)._replace(
        command_variant=CommandVariant.SIGNED_COMMAND, body=SignedPreCommand(b"\x00")
    )
    assert world.bed.dsp.submit(request, world.now).response.code is ResponseCode.E12


def test_a_critical_request_for_a_smets2_device_cannot_be_sent_untransformed(world: Smets1World) -> None:
    request = world.world.update(OPERATOR)._replace(command_variant=CommandVariant.COMMAND)
    assert world.bed.dsp.submit(request, world.now).response.code is ResponseCode.E12


def test_other_services_are_not_modelled(world: Smets1World) -> None:
    clock = world.ask(SUPPLIER, Srv.SYNCHRONISE_CLOCK, SynchroniseClock(world.now, 10))
    done = world.exchange(clock)
    assert done.submission.response.code is ResponseCode.SIM_NOT_MODELLED
    assert done.answer is None


def test_a_device_whose_s1sp_is_not_connected_fails_in_the_dccs_systems(world: Smets1World) -> None:
    inventory = world.world.dcc.inventory
    details = inventory.device(SMETS1_ESME).details._replace(s1sp="elsewhere")
    inventory.describe(SMETS1_ESME, details=details)
    done = world.exchange(world.update(OPERATOR, OPERATOR))
    assert (done.code, done.answer) == ("E100", None)
    assert world.world.dcc.ledger.outcome(done.request.request_id) is False


def test_each_device_goes_to_its_own_s1sp(world: Smets1World) -> None:
    other = world.bed.open_s1sp(FOC)
    inventory = world.world.dcc.inventory
    details = inventory.device(SMETS1_ESME).details._replace(s1sp=other.name)
    inventory.describe(SMETS1_ESME, details=details)
    octets = countersigned_by(world, world.update(OPERATOR, OPERATOR))
    misled = world.s1sp.receive(octets, world.now)
    assert world.bed.dsp.receive_smets1(misled.octets, world.now) == DROPPED
    refused(other.receive(octets, world.now), "S1SP: device")


def test_the_dcc_holds_what_is_for_later_with_the_signature_of_its_user(world: Smets1World) -> None:
    body = world.world.certificates_of(SUPPLIER)._replace(execution_date_time=world.now + HOUR)
    request = world.update(SUPPLIER, body)
    document = world.party(SUPPLIER).sign_request(request)
    submission = world.door.submit(document, WebService.SEND_COMMAND, world.now).submission
    assert (submission.response.code, submission.countersigned) == (ResponseCode.I99, None)
    assert world.bed.dsp.advance(world.now + HOUR - SECOND).countersigned == ()
    world.world.now += HOUR
    (due,) = world.bed.dsp.advance(world.now).countersigned
    assert due.document == document
    world.s1sp.takes_unsigned = False
    answer = world.s1sp.receive(due.encode(), world.now)
    assert answer.text == ""
    received = world.bed.dsp.receive_smets1(answer.octets, world.now)
    assert received.response is not None
    assert received.response.request_id == request.request_id


def test_calling_off_is_not_modelled(world: Smets1World) -> None:
    body = world.world.certificates_of(SUPPLIER)._replace(execution_date_time=CANCELLATION)
    submission = world.exchange(world.update(SUPPLIER, body)).submission
    assert submission.response.code is ResponseCode.SIM_NOT_MODELLED


def test_without_a_way_to_s1sps_smets1_is_not_modelled(world: Smets1World) -> None:
    world.bed.dsp.smets1 = None
    submission = world.bed.dsp.submit(world.update(OPERATOR, OPERATOR), world.now)
    assert submission.response.code is ResponseCode.SIM_NOT_MODELLED


def test_an_s1sp_that_does_not_answer_is_given_up_once(world: Smets1World) -> None:
    request = decode(countersigned_by(world, world.update(OPERATOR, OTHER_OPERATOR)))
    dsp = world.bed.dsp
    told = dsp.give_up_smets1(request, ResponseCode.E21, world.now)
    assert told is not None
    assert (told.recipient, told.code) == (OPERATOR, ResponseCode.E21)
    assert dsp.give_up_smets1(request, ResponseCode.E21, world.now) is None
    late = world.s1sp.receive(request.encode(), world.now)
    assert dsp.receive_smets1(late.octets, world.now) == DROPPED


def test_what_was_held_for_an_s1sp_that_has_gone_fails(world: Smets1World) -> None:
    body = world.world.certificates_of(SUPPLIER)._replace(execution_date_time=world.now + HOUR)
    request = world.update(SUPPLIER, body)
    assert world.bed.dsp.submit(request, world.now).response.code is ResponseCode.I99
    inventory = world.world.dcc.inventory
    inventory.describe(SMETS1_ESME, details=DeviceDetails(s1sp="elsewhere"))
    due = world.bed.dsp.advance(world.now + HOUR)
    assert due.countersigned == ()
    assert [(answer.request_id, answer.code) for answer in due.answers] == [
        (request.request_id, ResponseCode.E100)
    ]
