"""A party's own systems: what they sign, what they refuse to sign, and which responses they open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
from dcc_worlds import (
    DAY,
    ESME,
    ESME_WITHOUT_MPAN,
    GPF,
    NETWORK_OPERATOR,
    OPERATOR,
    OTHER_OPERATOR,
    SUPPLIER,
    SUPPLIER_ROLE,
    TRANSPORTER,
    World,
    with_change,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcc.bodies.credentials import CANCELLATION, ReplaceCredentials, RetrieveRoles
from dcc.bodies.reads import Read
from dcc.identifiers import RequestId
from dcc.response_codes import ResponseCode
from dcc.service_requests import CommandVariant, ServiceRequest, SignedPreCommand
from dcc.service_responses import DeviceAlert, DeviceResponse, PreCommand, ServiceResponse
from dcc.srv import Srv
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import (
    CANCELLATION_TIME,
    CounterChange,
    ReplacementMode,
    RetrieveCredentialsResponse,
    SpecialistFloor,
    TrustAnchorCellId,
    UpdateCredentials,
    UpdateCredentialsResponse,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import KeyUsage, MessageCode, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, DlmsDateTime, LengthForms, Message, encode, parse
from devices.gbcs.protection import add_mac, sign, signature_verifies
from devices.reads import GasConsumption, NetworkData
from scenarios.party_client import OvertakenAlert, PartyClient

Change = Callable[[Message], Message]


def transformed(world: World, request: ServiceRequest) -> tuple[ServiceRequest, ServiceResponse]:
    response = world.submit(request).response
    assert isinstance(response.body, PreCommand), response
    return request, response


def with_pre_command(response: ServiceResponse, message: Message) -> ServiceResponse:
    return response._replace(body=PreCommand(encode(message)))


# Requests


def test_counters_are_milliseconds_and_never_repeat() -> None:
    world = World()
    counters = [world.read().request_id.counter for _ in range(3)]
    world.now += timedelta(milliseconds=2)
    counters += [world.read().request_id.counter for _ in range(2)]
    world.now -= timedelta(days=1)
    counters.append(world.read().request_id.counter)
    first = 1767574800000
    assert counters == [first + n for n in range(6)]


def test_a_critical_service_is_transformed_first() -> None:
    world = World()
    variants = {
        request.srv: request.command_variant for request in (world.read(), world.handover(), world.update())
    }
    assert variants == {
        Srv.READ_NETWORK_DATA: CommandVariant.COMMAND,
        Srv.HANDOVER: CommandVariant.COMMAND,
        Srv.UPDATE_CREDENTIALS: CommandVariant.TRANSFORM,
    }


def test_replacement_bodies_carry_the_owners_certificates() -> None:
    world = World()
    supplier, operator = world.client(SUPPLIER), world.client(OPERATOR)
    body = supplier.replacement(operator.credentials, floor=OriginatorCounter(3))
    assert body.role is NETWORK_OPERATOR
    assert body.signing == operator.credentials.signing.der
    assert body.agreement == operator.credentials.agreement.der
    assert (body.top_up, body.floor, body.execution_date_time) == (None, 3, None)
    assert body.path == (world.bed.smki.issuer.certificate.der,)
    own = supplier.replacement(supplier.credentials)
    assert own.role is SUPPLIER_ROLE
    assert own.top_up is not None
    assert supplier.replacement(operator.credentials, role=SUPPLIER_ROLE).role is SUPPLIER_ROLE


# What it signs


def all_fields(world: World) -> ServiceRequest:
    """Every field of the body is filled with something other than its default."""
    return with_change(
        world.update(SUPPLIER, SUPPLIER),
        apply_time_based_checks=False,
        floor=OriginatorCounter(5),
        top_up_floor=OriginatorCounter(6),
        execution_date_time=world.now + DAY,
    )


REQUESTS: Final[dict[str, Callable[[World], ServiceRequest]]] = {
    "operator": World.update,
    "supplier": lambda world: world.update(SUPPLIER, SUPPLIER),
    "gas transporter": lambda world: world.update(TRANSPORTER, TRANSPORTER, GPF),
    "anothers certificates": lambda world: world.update(OTHER_OPERATOR),
    "all fields": all_fields,
    "cancellation": lambda world: with_change(all_fields(world), execution_date_time=CANCELLATION),
    "signing alone": lambda world: with_change(world.update(), agreement=None),
    "agreement alone": lambda world: with_change(world.update(), signing=None),
    "three in the path": lambda world: with_change(
        world.update(), path=world.certificates_of(OPERATOR).path * 3
    ),
}


@pytest.mark.parametrize("make", REQUESTS.values(), ids=REQUESTS)
def test_a_pre_command_that_does_what_was_asked_is_signed(make: Callable[[World], ServiceRequest]) -> None:
    world = World()
    request, response = transformed(world, make(world))
    client = world.client(request.request_id.originator)
    signed = client.sign_pre_command(request, response)
    assert signed.request_id == request.request_id
    assert signed.srv is request.srv
    assert signed.command_variant is CommandVariant.SIGNED_COMMAND
    assert isinstance(signed.body, SignedPreCommand)
    assert isinstance(response.body, PreCommand)
    message = parse(signed.body.gbcs)
    assert signature_verifies(message, client.credentials.signing.public_point, world.bed.provider)
    assert encode(message._replace(signature=None)) == response.body.gbcs


def payload(**changes: object) -> Change:
    def change(message: Message) -> Message:
        update = credentials_codec.decode(message)
        assert isinstance(update, UpdateCredentials)
        changed = update._replace(**changes)  # type: ignore[arg-type]
        return message._replace(payload=credentials_codec.encode(changed))

    return change


def header(**changes: object) -> Change:
    return lambda message: message._replace(header=message.header._replace(**changes))  # type: ignore[arg-type]


def other(**changes: object) -> Change:
    def change(message: Message) -> Message:
        information = message.header.other._replace(**changes)  # type: ignore[arg-type]
        return header(other=information)(message)

    return change


def replacements(edit: Callable[[UpdateCredentials], tuple[object, ...]]) -> Change:
    def change(message: Message) -> Message:
        update = credentials_codec.decode(message)
        assert isinstance(update, UpdateCredentials)
        return payload(replacements=edit(update))(message)

    return change


def other_certificate(update: UpdateCredentials) -> tuple[object, ...]:
    """The first certificate with its last octet changed: as DER still sound."""
    first, *rest = update.replacements
    octets = first.certificate[:-1] + bytes((first.certificate[-1] ^ 1,))
    return (first._replace(certificate=octets), *rest)


def other_cell(**changes: object) -> Callable[[UpdateCredentials], tuple[object, ...]]:
    def edit(update: UpdateCredentials) -> tuple[object, ...]:
        first, *rest = update.replacements
        return (first._replace(cell=first.cell._replace(**changes)), *rest)  # type: ignore[arg-type]

    return edit


def swapped_cells(update: UpdateCredentials) -> tuple[object, ...]:
    """The same certificates and the same cells, the other way round."""
    first, second, *rest = update.replacements
    return (first._replace(cell=second.cell), second._replace(cell=first.cell), *rest)


def as_operator(message: Message) -> Message:
    """Another mode and its message code, together."""
    return other(message_code=_OTHER_MODE.message_code)(payload(mode=_OTHER_MODE)(message))


_CELL: Final = TrustAnchorCellId(NETWORK_OPERATOR, KeyUsage.DIGITAL_SIGNATURE)
_NOON: Final = DlmsDateTime(2026, 1, 5, 0xFF, 12, 0, 0, 0, 0x8000, 0)
ZERO: Final = OriginatorCounter(0)
_FLOOR: Final = SpecialistFloor(OriginatorCounter(6))
_OTHER_MODE: Final = ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR
_CHANGES: Final = (CounterChange(NETWORK_OPERATOR, OriginatorCounter(1)),)
TAMPERED: Final[dict[str, tuple[Change, str]]] = {
    "certificate": (replacements(other_certificate), "replacements"),
    "a certificate less": (replacements(lambda update: update.replacements[:-1]), "replacements"),
    "a certificate more": (replacements(lambda update: update.replacements * 2), "replacements"),
    "no certificate": (payload(replacements=()), "replacements"),
    "order of certificates": (replacements(lambda update: update.replacements[::-1]), "replacements"),
    "role of a cell": (replacements(other_cell(role=NETWORK_OPERATOR)), "replacements"),
    "use of a cell": (replacements(other_cell(cell_usage=1)), "replacements"),
    "cells swapped": (replacements(swapped_cells), "replacements"),
    "floor": (payload(floor=OriginatorCounter(2**63 - 1)), "floor"),
    "no floor": (payload(floor=None), "floor"),
    "top-up floor": (payload(specialist_floors=(SpecialistFloor(ZERO),)), "specialist_floors"),
    "no top-up floor": (payload(specialist_floors=None), "specialist_floors"),
    "two top-up floors": (payload(specialist_floors=(_FLOOR, _FLOOR)), "specialist_floors"),
    "counters of other roles": (payload(other_changes=_CHANGES), "other_changes"),
    "an empty list of other counters": (payload(other_changes=()), "other_changes"),
    "path": (payload(path_certificates=()), "path_certificates"),
    "execution time": (payload(execution_date_time=CANCELLATION), "execution_date_time"),
    "executed at once": (payload(execution_date_time=None), "execution_date_time"),
    "checks of time": (payload(apply_time_based_checks=True), "apply_time_based_checks"),
    "authorising cell": (payload(authorising_cell=_CELL), "authorising_cell"),
    "no authorising cell": (payload(authorising_cell=None), "authorising_cell"),
    "counter in the payload": (payload(counter=OriginatorCounter(1)), "counter"),
    "contingency key": (payload(contingency_key=bytes(16)), "contingency_key"),
    "mode and message code": (as_operator, "other"),
    "mode alone": (payload(mode=_OTHER_MODE), "credentialsReplacementMode"),
    "another use case": (other(message_code=MessageCode(0x0008)), "other"),
    "target": (header(target=ESME_WITHOUT_MPAN), "target"),
    "originator": (header(originator=OTHER_OPERATOR), "originator"),
    "counter in the header": (header(originator_counter=OriginatorCounter(1)), "originator_counter"),
    "a response": (header(cra=Cra.RESPONSE), "cra"),
    "date-time": (header(date_time=_NOON), "date_time"),
    "supplementary party": (other(supplementary_party=OTHER_OPERATOR), "other"),
    "protected already": (lambda message: message._replace(signature=bytes(64)), "Pre-Command"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "field"), TAMPERED.values(), ids=TAMPERED)
def test_a_pre_command_that_was_tampered_with_is_not_signed(change: Change, field: str) -> None:
    """Whatever the command does beside what was asked for, the party says which field it stands in."""
    world = World()
    request, response = transformed(world, all_fields(world))
    assert isinstance(response.body, PreCommand)
    false = with_pre_command(response, change(parse(response.body.gbcs)))
    before = world.bed.provider.tally.signatures_made
    with pytest.raises(GbcsError) as caught:
        world.client(SUPPLIER).sign_pre_command(request, false)
    assert caught.value.where.rpartition("/")[2] == field
    assert world.bed.provider.tally.signatures_made == before


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_pre_command_with_any_octet_changed_is_not_signed(data: st.DataObject) -> None:
    client, request, response = ASKED
    assert isinstance(response.body, PreCommand)
    octets = bytearray(response.body.gbcs)
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(GbcsError):
        client.sign_pre_command(request, response._replace(body=PreCommand(bytes(octets))))


def _asked() -> tuple[PartyClient, ServiceRequest, ServiceResponse]:
    world = World()
    return world.client(SUPPLIER), *transformed(world, all_fields(world))


ASKED: Final = _asked()


@pytest.mark.parametrize("forms", [LengthForms(payload=4), LengthForms(other_information=2)])
def test_longer_lengths_change_nothing_and_are_signed_as_they_are(forms: LengthForms) -> None:
    """Real messages carry them; the signature covers the octets as they came."""
    client, request, response = ASKED
    assert isinstance(response.body, PreCommand)
    longer = parse(response.body.gbcs)._replace(forms=forms)
    signed = client.sign_pre_command(request, with_pre_command(response, longer))
    assert isinstance(signed.body, SignedPreCommand)
    assert parse(signed.body.gbcs).forms == forms


def test_what_is_no_pre_command_is_not_signed() -> None:
    world = World()
    client = world.client(OPERATOR)
    update = world.update(OPERATOR, OTHER_OPERATOR, GPF)
    refused = world.submit(update).response
    assert refused.code is ResponseCode.E061501
    with pytest.raises(GbcsError, match="the response is E061501 without one"):
        client.sign_pre_command(update, refused)
    request, response = transformed(world, world.update())
    for octets in (b"", b"rubbish"):
        with pytest.raises(GbcsError):
            client.sign_pre_command(request, response._replace(body=PreCommand(octets)))
    with pytest.raises(GbcsError, match=r"none can answer 4\.10 with ReadLog"):
        client.sign_pre_command(world.read(), response)


def test_nobody_signs_for_somebody_else() -> None:
    """The other operator holds the keys of the first one's request for a moment."""
    world = World()
    request, response = transformed(world, world.update())
    with pytest.raises(GbcsError, match=f"is not of {OTHER_OPERATOR}"):
        world.client(OTHER_OPERATOR).sign_pre_command(request, response)


def test_the_answer_to_another_of_its_requests_is_not_signed() -> None:
    world = World()
    first = transformed(world, world.update())
    second = transformed(world, world.update())
    with pytest.raises(GbcsError, match="originator_counter: not that of request"):
        world.client(OPERATOR).sign_pre_command(first[0], second[1])


def test_a_role_that_no_pre_command_replaces() -> None:
    world = World()
    request, response = transformed(world, world.update())
    for role in RemotePartyRole:
        if role is not NETWORK_OPERATOR:
            with pytest.raises(GbcsError):
                world.client(OPERATOR).sign_pre_command(with_change(request, role=role), response)


def test_the_cancellation_of_gbcs_is_not_signed_where_a_time_was_asked_for() -> None:
    world = World()
    cancel = REQUESTS["cancellation"](world)
    response = world.submit(cancel).response
    asked = with_change(cancel, execution_date_time=CANCELLATION_TIME)
    with pytest.raises(GbcsError, match="expected 3000-12-31T00:00:00"):
        world.client(SUPPLIER).sign_pre_command(asked, response)


# What it opens


def exchanged(world: World, request: ServiceRequest) -> ServiceResponse:
    """Through the DSP to the device and back."""
    command = world.submit(request).command
    assert command is not None
    effects = world.device(command.device).receive(command.octets, world.now)
    assert effects.accepted, effects.entry
    response = world.bed.dsp.receive(effects.sent[0], world.now).response
    assert response is not None
    return response


def read(world: World) -> ServiceResponse:
    exchanged(world, world.handover())
    return exchanged(world, world.read())


def gas_read(world: World) -> ServiceResponse:
    exchanged(world, world.handover(TRANSPORTER, target=GPF))
    return exchanged(world, world.ask(TRANSPORTER, Srv.READ_IMPORT_REGISTERS, GPF, Read()))


def updated(world: World) -> ServiceResponse:
    exchanged(world, world.handover())
    return exchanged(world, world.signed(world.update(OTHER_OPERATOR)))


def handed_over(world: World) -> ServiceResponse:
    return exchanged(world, world.handover())


def retrieved(world: World) -> ServiceResponse:
    roles = RetrieveRoles((NETWORK_OPERATOR, SUPPLIER_ROLE))
    return exchanged(world, world.ask(OPERATOR, Srv.RETRIEVE_CREDENTIALS, ESME, roles))


RESPONSES: Final[dict[str, tuple[Callable[[World], ServiceResponse], type]]] = {
    "4.10": (read, NetworkData),
    "4.1.1": (gas_read, GasConsumption),
    "6.15.1": (updated, UpdateCredentialsResponse),
    "6.21": (handed_over, UpdateCredentialsResponse),
    "6.24.1": (retrieved, RetrieveCredentialsResponse),
}


@pytest.mark.parametrize(("make", "kind"), RESPONSES.values(), ids=RESPONSES)
def test_a_genuine_response_is_opened(make: Callable[[World], ServiceResponse], kind: type) -> None:
    world = World()
    response = make(world)
    assert isinstance(world.client(response.recipient).open(response), kind)


def altered(response: ServiceResponse, change: Change) -> ServiceResponse:
    assert isinstance(response.body, DeviceResponse)
    return response._replace(body=DeviceResponse(encode(change(parse(response.body.gbcs)))))


def one_bit_of(field: str) -> Change:
    def change(message: Message) -> Message:
        octets = getattr(message, field)
        return message._replace(**{field: octets[:-1] + bytes((octets[-1] ^ 1,))})

    return change


def unprotected(message: Message) -> Message:
    return message._replace(signature=None, mac=None)


@pytest.mark.parametrize(("make", "kind"), RESPONSES.values(), ids=RESPONSES)
def test_a_response_that_was_altered_is_not_opened(
    make: Callable[[World], ServiceResponse], kind: type
) -> None:
    world = World()
    response = make(world)
    client = world.client(response.recipient)
    assert isinstance(response.body, DeviceResponse)
    protection = "signature" if parse(response.body.gbcs).signature else "mac"
    changes = [unprotected, header(originator=ESME_WITHOUT_MPAN), header(cra=Cra.COMMAND)]
    if kind is not RetrieveCredentialsResponse:
        changes += [one_bit_of(protection), one_bit_of("payload"), header(date_time=_NOON)]
    for change in changes:
        with pytest.raises(GbcsError):
            client.open(altered(response, change))


def test_the_mac_of_a_response_to_the_broker_was_checked_by_the_dcc() -> None:
    """A User holds no key to it: it is the DSP that drops what is not genuine."""
    world = World()
    response = retrieved(world)
    assert isinstance(response.body, DeviceResponse)
    octets = one_bit_of("mac")(parse(response.body.gbcs))
    assert world.bed.dsp.receive(encode(octets), world.now).response is None


def test_a_response_to_another_request_is_not_opened() -> None:
    """Genuine, but of an hour ago: what it reads is not what was asked for now."""
    world = World()
    old = read(world)
    world.now += timedelta(hours=1)
    new = exchanged(world, world.read())
    with pytest.raises(GbcsError, match="does not answer"):
        world.client(OPERATOR).open(new._replace(body=old.body))


def test_a_response_of_another_device_is_not_opened() -> None:
    world = World()
    response = handed_over(world)
    assert response.request_id is not None
    elsewhere = RequestId(SUPPLIER, ESME_WITHOUT_MPAN, response.request_id.counter)
    with pytest.raises(GbcsError, match="does not answer"):
        world.client(SUPPLIER).open(response._replace(request_id=elsewhere))


def resigned(world: World, change: Change) -> Change:
    """Changed, and signed once more by the meter itself."""
    device = world.device(ESME)
    return lambda message: sign(change(message), device.signing, world.bed.provider)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (header(target=OTHER_OPERATOR), "does not answer"),
        (header(target=SUPPLIER), "does not answer"),
        (header(cra=Cra.ALERT), "does not answer"),
        (header(originator_counter=OriginatorCounter(1)), "does not answer"),
        (other(message_code=MessageCode(0xFFFF)), "use case FFFF does not answer"),
        (other(message_code=MessageCode(0x0102)), "credentialsReplacementMode"),
    ],
)
def test_what_the_meter_signed_for_another_purpose_is_not_opened(change: Change, reason: str) -> None:
    world = World()
    response = updated(world)
    with pytest.raises(GbcsError, match=reason):
        world.client(OPERATOR).open(altered(response, resigned(world, change)))


def test_a_read_that_answers_the_broker_is_not_opened() -> None:
    """For a read the User has a key of its own with the device: nobody else's word will do."""
    world = World()
    response = read(world)
    broker = world.bed.dcc_certificates.acb_agreement

    def to_broker(message: Message) -> Message:
        bare = header(target=broker.subject)(message)._replace(signature=b"", mac=None)
        return add_mac(bare, world.device(ESME).agreement, broker.public_point, world.bed.provider)

    with pytest.raises(GbcsError, match="does not answer"):
        world.client(OPERATOR).open(altered(response, to_broker))


@pytest.mark.parametrize("answer", ["6.21", "6.24.1"])
@pytest.mark.parametrize("srv", [*Srv, None], ids=str)
def test_an_answer_to_the_broker_is_one_to_its_own_service_alone(answer: str, srv: Srv | None) -> None:
    """Whatever the broker was told for one request is no answer to another, critical or not."""
    world = World()
    response = RESPONSES[answer][0](world)
    client = world.client(response.recipient)
    assert response.srv is Srv(answer)
    if srv is response.srv:
        client.open(response)
        return
    with pytest.raises(GbcsError, match="does not answer"):
        client.open(response._replace(srv=srv))


def test_a_response_is_opened_by_its_recipient_alone() -> None:
    """The broker's name is in every response to it: who asked is for the DCC to say."""
    world = World()
    response = handed_over(world)
    with pytest.raises(GbcsError, match=f"for {SUPPLIER}, expected {OPERATOR}"):
        world.client(OPERATOR).open(response)


def test_an_update_is_answered_with_a_signature_and_a_read_with_a_mac() -> None:
    world = World()
    device, provider = world.device(ESME), world.bed.provider
    point = world.client(OPERATOR).credentials.agreement.public_point
    update = updated(world)

    def with_mac(message: Message) -> Message:
        return add_mac(message._replace(signature=None), device.agreement, point, provider)

    def with_signature(message: Message) -> Message:
        return sign(message, device.signing, provider)

    with pytest.raises(GbcsError, match="code 0103 protected by MAC"):
        world.client(OPERATOR).open(altered(update, with_mac))
    response = read(World())
    with pytest.raises(GbcsError, match="code 0039 protected by signature"):
        world.client(OPERATOR).open(altered(response, with_signature))


def test_what_holds_no_response_is_not_opened() -> None:
    world = World()
    acknowledged = world.submit(world.read()).response
    with pytest.raises(GbcsError, match="I99 without a device's response"):
        world.client(OPERATOR).open(acknowledged)
    nobodys = updated(world)._replace(request_id=None)
    with pytest.raises(GbcsError, match="I0 without a device's response"):
        world.client(OPERATOR).open(nobodys)


# Alerts


def alerted(world: World) -> ServiceResponse:
    exchanged(world, world.handover(SUPPLIER))
    command = world.submit(world.read()).command
    assert command is not None
    effects = world.device(ESME).receive(command.octets, world.now)
    response = world.bed.dsp.receive(effects.sent[0], world.now).response
    assert response is not None
    return response


def test_an_alert_is_opened_by_its_addressee_alone() -> None:
    world = World()
    response = alerted(world)
    assert world.client(SUPPLIER).open_alert(response).header.cra is Cra.ALERT
    with pytest.raises(GbcsError, match=f"alert to {SUPPLIER}, expected an alert to {OPERATOR}"):
        world.client(OPERATOR).open_alert(response)
    with pytest.raises(GbcsError, match="without a device's response"):
        world.client(SUPPLIER).open(response)


def numbered(world: World, response: ServiceResponse, counter: int) -> ServiceResponse:
    """The alert under another number, signed by the device once more."""
    assert isinstance(response.body, DeviceAlert)
    change = header(originator_counter=OriginatorCounter(counter))
    octets = encode(resigned(world, change)(parse(response.body.gbcs)))
    return response._replace(body=DeviceAlert(response.body.message_code, octets))


def test_an_alert_is_opened_once_and_no_earlier_one_after_it() -> None:
    world = World()
    response, client = alerted(world), world.client(SUPPLIER)
    counter = client.open_alert(response).header.originator_counter
    for old, kind in ((counter, GbcsError), (counter - 1, OvertakenAlert)):
        with pytest.raises(GbcsError, match=f"counter {old} of {ESME}, expected more than {counter}") as told:
            client.open_alert(numbered(world, response, old))
        assert told.type is kind
    client.open_alert(numbered(world, response, counter + 1))
    with pytest.raises(GbcsError, match="expected more than"):
        client.open_alert(response)


def test_a_false_alert_uses_no_number_up() -> None:
    world = World()
    response, client = alerted(world), world.client(SUPPLIER)
    ahead = numbered(world, response, 2**63)
    assert isinstance(ahead.body, DeviceAlert)
    octets = encode(one_bit_of("signature")(parse(ahead.body.gbcs)))
    with pytest.raises(GbcsError, match="signature or MAC"):
        client.open_alert(ahead._replace(body=DeviceAlert(ahead.body.message_code, octets)))
    client.open_alert(response)


@pytest.mark.parametrize("change", [unprotected, one_bit_of("signature"), one_bit_of("payload")])
def test_an_alert_that_was_altered_is_not_opened(change: Change) -> None:
    world = World()
    response = alerted(world)
    assert isinstance(response.body, DeviceAlert)
    octets = encode(change(parse(response.body.gbcs)))
    false = response._replace(body=DeviceAlert(response.body.message_code, octets))
    with pytest.raises(GbcsError):
        world.client(SUPPLIER).open_alert(false)


def test_a_response_is_no_alert() -> None:
    world = World()
    response = handed_over(world)
    with pytest.raises(GbcsError, match="without a device's alert"):
        world.client(SUPPLIER).open_alert(response)
    for user, answer in ((SUPPLIER, response), (OPERATOR, exchanged(world, world.signed(world.update())))):
        assert isinstance(answer.body, DeviceResponse)
        disguised = answer._replace(body=DeviceAlert(MessageCode(0x0103), answer.body.gbcs))
        with pytest.raises(GbcsError, match="response to"):
            world.client(user).open_alert(disguised)


def test_a_body_is_a_value() -> None:
    """Two bodies with the same certificates are equal: what was asked can be compared with what was done."""
    world = World()
    assert world.certificates_of(OPERATOR) == world.certificates_of(OPERATOR)
    assert isinstance(world.certificates_of(OPERATOR), ReplaceCredentials)
