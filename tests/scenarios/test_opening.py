"""Round trips of every service with real devices: asked, signed where needed, answered, verified, opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, time, timedelta
from typing import Any

import party_cases
import pytest
from party_cases import Case, exchange
from party_worlds import ESME, EXPORTER, GPF, OTHER_USER, SUPPLIER, Exchange, PartyHome

from dcc.bodies.reads import Read, ReadLog
from dcc.bodies.schedules import CreateSchedule, Frequency, PeriodOffset
from dcc.service_responses import DeviceResponse, ScheduleCreated, ScheduledResponse, ServiceResponse
from dcc.srv import Srv
from dcc.transform import TRANSFORMS
from devices.device import Device
from devices.gbcs.crypto import KeyPair
from devices.gbcs.dlms_reads import DlmsReading
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import Message, encode, parse
from devices.gbcs.protection import add_mac, sign
from scenarios.opening_answers import ANSWERED
from scenarios.test_bed import ACB_ID, TRANSITIONAL_COS_ID

Change = Callable[[Message], Message]


@pytest.mark.parametrize("case", party_cases.ALL.values(), ids=party_cases.ALL)
def test_what_a_device_answers_is_opened(case: Case) -> None:
    assert isinstance(exchange(PartyHome(), case).opened, case.opened)


def test_there_is_a_case_for_every_service_that_is_modelled() -> None:
    assert {case.srv for case in party_cases.ALL.values()} == set(TRANSFORMS)
    assert frozenset(TRANSFORMS) == ANSWERED


def gbcs(response: ServiceResponse) -> Message:
    assert isinstance(response.body, DeviceResponse)
    return parse(response.body.gbcs)


ADDRESSEES = {
    **{name: case.user for name, case in (party_cases.CRITICAL | party_cases.BY_USER).items()},
    **dict.fromkeys((party_cases.BY_DCC | party_cases.FOR_PARTY), ACB_ID),
    "6.23": TRANSITIONAL_COS_ID,
}


@pytest.mark.parametrize(("name", "addressee"), ADDRESSEES.items(), ids=ADDRESSEES)
def test_whom_the_device_answers(name: str, addressee: Eui64) -> None:
    """Who goes along is named, with the counter of its request."""
    request, response, _ = exchange(PartyHome(), party_cases.ALL[name])
    header = gbcs(response).header
    assert header.target == addressee
    party = header.other.supplementary_party, header.other.supplementary_counter
    along = name in party_cases.FOR_PARTY
    assert party == ((request.request_id.originator, request.request_id.counter) if along else (None, None))


def protected(home: PartyHome, message: Message) -> Message:
    """Signed by the device, or with its MAC for the addressee, as the message was before."""
    device, provider = home.devices[message.header.originator], home.bed.provider
    bare = message._replace(signature=None, mac=None)
    if message.signature:
        return sign(bare, device.signing, provider)
    return add_mac(bare._replace(signature=b""), device.agreement, point_of(home, message), provider)


def point_of(home: PartyHome, message: Message) -> bytes:
    target = message.header.target
    if target in home.clients:
        return home.client(target).credentials.agreement.public_point
    return home.bed.dcc_certificates.acb_agreement.public_point


def changed(home: PartyHome, response: ServiceResponse, change: Change) -> ServiceResponse:
    """What the same device would have protected, had it said something else."""
    octets = encode(protected(home, change(gbcs(response))))
    return response._replace(body=DeviceResponse(octets))


def header(**fields: Any) -> Change:
    return lambda message: message._replace(header=message.header._replace(**fields))


def other(**fields: Any) -> Change:
    return lambda message: header(other=message.header.other._replace(**fields))(message)


@pytest.mark.parametrize("case", party_cases.ALL.values(), ids=party_cases.ALL)
def test_a_genuine_response_with_another_counter_device_or_use_case_is_refused(case: Case) -> None:
    home = PartyHome()
    request, response, _ = exchange(home, case)
    client = home.client(case.user)
    assert response.request_id is not None
    other_counter = request.request_id._replace(counter=OriginatorCounter(request.request_id.counter + 1))
    elsewhere = request.request_id._replace(target=GPF if case.target != GPF else ESME)
    somebodys = request.request_id._replace(originator=EXPORTER if case.user != EXPORTER else SUPPLIER)
    refused = [
        response._replace(request_id=elsewhere),
        response._replace(request_id=somebodys),
        response._replace(srv=Srv.READ_INVENTORY),
        response._replace(srv=None),
        changed(home, response, other(message_code=MessageCode(0x0040))),
    ]
    if case not in party_cases.BY_DCC.values():
        # Of what the DCC asked without a word of the User, nothing but the DCC's word says whose it is.
        refused.append(response._replace(request_id=other_counter))
    for false in refused:
        with pytest.raises(GbcsError, match="does not answer"):
            client.open(false)
    client.open(changed(home, response, lambda message: message))


def along() -> tuple[PartyHome, Exchange]:
    home = PartyHome()
    return home, exchange(home, party_cases.FOR_PARTY["6.2.7 other User"])


@pytest.mark.parametrize(
    "change",
    [
        other(supplementary_party=EXPORTER),
        other(supplementary_party=None, supplementary_counter=None),
        other(supplementary_counter=None),
        other(supplementary_counter=OriginatorCounter(1)),
        header(target=TRANSITIONAL_COS_ID),
        header(target=SUPPLIER),
    ],
)
def test_the_broker_is_answered_for_the_user_and_its_request_alone(change: Change) -> None:
    home, (_, response, _) = along()
    client = home.client(OTHER_USER)
    client.open(response)
    with pytest.raises(GbcsError, match="does not answer"):
        client.open(changed(home, response, change))


def test_a_use_case_that_the_broker_may_not_send_is_no_answer_to_it() -> None:
    """4.1.1 of an ESME: ECS17b goes to suppliers and network operators alone."""
    home = PartyHome()
    case = party_cases.BY_USER["4.1.1 ESME"]
    request, response, _ = exchange(home, case)
    party = {"supplementary_party": case.user, "supplementary_counter": request.request_id.counter}
    to_broker = changed(home, response, lambda item: header(target=ACB_ID)(other(**party)(item)))
    with pytest.raises(GbcsError, match="does not answer"):
        home.client(case.user).open(to_broker)


def test_nobody_goes_along_with_a_user_who_asks_itself() -> None:
    home = PartyHome()
    case = party_cases.BY_USER["4.10 ESME"]
    request, response, _ = exchange(home, case)
    party = {"supplementary_party": case.user, "supplementary_counter": request.request_id.counter}
    with pytest.raises(GbcsError, match="does not answer"):
        home.client(case.user).open(changed(home, response, other(**party)))


@pytest.mark.parametrize("name", ["4.8.1 ESME", "4.8.1 GPF", "4.17 ESME"])
def test_what_is_encrypted_for_a_user_who_goes_along_is_opened_with_its_key_alone(name: str) -> None:
    """Under the device's supplementary originator counter, not that of the header."""
    home = PartyHome()
    case = party_cases.FOR_PARTY[f"{name} other User"]
    # So that the broker's number is not by chance that of the device.
    home.ask(OTHER_USER, Srv.READ_MPXN, case.target, Read())
    _, response, _ = exchange(home, case)
    own = gbcs(response).header.other.supplementary_originator_counter
    assert own is not None
    client = home.client(case.user)
    for counter in (None, OriginatorCounter(own + 1)):
        with pytest.raises(GbcsError):
            client.open(changed(home, response, other(supplementary_originator_counter=counter)))
    client.credentials = client.credentials._replace(agreement_key=KeyPair.from_seed(b"another", "key"))
    with pytest.raises(GbcsError):
        client.open(response)


def test_a_read_that_brings_the_users_own_certificate_is_opened_too() -> None:
    """A network operator that the meter knows asks by certificate: the broker asks for it."""
    home = PartyHome()
    agreement = home.client(SUPPLIER).credentials.agreement.der
    body = ReadLog(home.now, home.now, agreement)
    opened = home.ask(SUPPLIER, Srv.READ_ACTIVE_IMPORT_PROFILE, ESME, body)
    assert gbcs(opened.response).header.target == ACB_ID
    assert opened.opened is not None


def test_a_device_does_not_answer_for_another() -> None:
    """What another device of the home signs in its name is not its."""
    home = PartyHome()
    case = party_cases.CRITICAL["6.11 ESME"]
    _, response, _ = exchange(home, case)
    impostor: Device = home.devices[GPF]
    message = gbcs(response)._replace(signature=None)
    octets = encode(sign(message, impostor.signing, home.bed.provider))
    with pytest.raises(GbcsError, match="signature or MAC"):
        home.client(case.user).open(response._replace(body=DeviceResponse(octets)))


def test_what_the_dcc_reads_by_a_schedule_is_opened() -> None:
    """The broker's number stands in place of a request's; the User goes along all the same."""
    home = PartyHome()
    client = home.client(SUPPLIER)
    midnight = time(tzinfo=UTC)
    body = CreateSchedule(
        ESME,
        Srv.READ_ACTIVE_IMPORT_PROFILE,
        Frequency.DAILY,
        home.now.date() + timedelta(days=1),
        execution_start_time=time(2, tzinfo=UTC),
        period=PeriodOffset(-1, midnight, 0, midnight),
        agreement=client.credentials.agreement.der,
    )
    request = client.request(Srv.CREATE_SCHEDULE, ACB_ID, body, home.now)
    assert isinstance(home.bed.dsp.submit(request, home.now).response.body, ScheduleCreated)
    home.now += timedelta(days=2)
    (command, *_) = home.bed.dsp.advance(home.now).commands
    effects = home.devices[ESME].receive(command.octets, home.now)
    answers = [home.bed.dsp.receive(octets, home.now).response for octets in effects.sent]
    (response,) = [item for item in answers if item and isinstance(item.body, ScheduledResponse)]
    opened = client.open(response)
    assert isinstance(opened, DlmsReading)
    assert opened.complete
    with pytest.raises(GbcsError, match="expected"):
        home.client(EXPORTER).open(response)
