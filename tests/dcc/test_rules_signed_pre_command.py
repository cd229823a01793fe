"""Step 18 of the DSP's checks: nothing goes to a device but what was transformed, signed by who asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from dcc_worlds import (
    ESME,
    ESME_WITHOUT_MPAN,
    GPF,
    NETWORK_OPERATOR,
    OPERATOR,
    OTHER_OPERATOR,
    SECOND,
    SUPPLIER,
    SUPPLIER_ROLE,
    TRANSPORTER,
    RuleCase,
    World,
    check_abstains,
    check_fails,
    check_passes,
    with_change,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcc.bodies.meters import SynchroniseClock
from dcc.response_codes import ResponseCode
from dcc.rules import signed_pre_command, variants
from dcc.rules.model import Outcome
from dcc.service_requests import CommandVariant, ServiceRequest, SignedPreCommand
from dcc.service_responses import PreCommand
from dcc.services import SERVICES
from dcc.smki.profiles import CertificatePurpose
from dcc.smki.repository import CertificateEvent
from dcc.srv import Srv
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import (
    CounterChange,
    ReplacementMode,
    SpecialistFloor,
    TrustAnchorCellId,
    UpdateCredentials,
)
from devices.gbcs.crypto import KeyPair
from devices.gbcs.identifiers import (
    DeviceType,
    Eui64,
    KeyUsage,
    MessageCode,
    OriginatorCounter,
    RemotePartyRole,
)
from devices.gbcs.message import (
    Cra,
    DlmsDateTime,
    GroupingHeader,
    LengthForms,
    Message,
    OtherInformation,
    encode,
    parse,
)
from devices.gbcs.protection import add_mac, sign

Code = ResponseCode
BROKER: Final = RemotePartyRole.ACCESS_CONTROL_BROKER
Change = Callable[[Message], Message]


def signed(world: World) -> ServiceRequest:
    return world.signed(world.update())


def with_gbcs(request: ServiceRequest, gbcs: bytes) -> ServiceRequest:
    return request._replace(body=SignedPreCommand(gbcs))


def pre_command_of(world: World, update: ServiceRequest) -> Message:
    body = world.submit(update).response.body
    assert isinstance(body, PreCommand)
    return parse(body.gbcs)


def signed_over(world: World, message: Message, user: Eui64 = OPERATOR) -> bytes:
    """The octets of a message, signed with the key that the User signs its Pre-Commands with."""
    return encode(sign(message, world.client(user).credentials.signing_key, world.bed.provider))


def tampered(change: Change, update: Callable[[World], ServiceRequest] = World.update) -> Callable[
    [World], ServiceRequest
]:  # fmt: skip
    """A Signed Pre-Command that its rightful User changed after the transform, and then signed."""

    def make(world: World) -> ServiceRequest:
        request = update(world)
        user = request.request_id.originator
        gbcs = signed_over(world, change(pre_command_of(world, request)), user)
        return with_gbcs(request._replace(command_variant=CommandVariant.SIGNED_COMMAND), gbcs)

    return make


def as_it_was(message: Message) -> Message:
    return message


def unsigned(world: World) -> ServiceRequest:
    request = world.update()
    gbcs = encode(pre_command_of(world, request))
    return with_gbcs(request._replace(command_variant=CommandVariant.SIGNED_COMMAND), gbcs)


def with_counter(message: Message, counter: int) -> Message:
    return message._replace(header=message.header._replace(originator_counter=OriginatorCounter(counter)))


def next_counter(message: Message) -> Message:
    return with_counter(message, message.header.originator_counter + 1)


def never_transformed(world: World) -> ServiceRequest:
    """Right in every way, but built and signed by the User itself under a RequestID of its own."""
    request = signed(world)
    counter = OriginatorCounter(request.request_id.counter + 1)
    assert isinstance(request.body, SignedPreCommand)
    message = with_counter(parse(request.body.gbcs), counter)
    update = credentials_codec.decode(message)
    assert isinstance(update, UpdateCredentials)
    message = message._replace(payload=credentials_codec.encode(update._replace(counter=counter)))
    request = request._replace(request_id=request.request_id._replace(counter=counter))
    return with_gbcs(request, signed_over(world, message))


def signed_by_another(world: World) -> ServiceRequest:
    request = signed(world)
    assert isinstance(request.body, SignedPreCommand)
    return with_gbcs(request, signed_over(world, parse(request.body.gbcs), OTHER_OPERATOR))


def under_another_service(world: World) -> ServiceRequest:
    """6.15.1 was transformed, and what was signed comes back as 6.17."""
    return world.signed(world.update(SUPPLIER, SUPPLIER))._replace(srv=Srv.ISSUE_CREDENTIALS)


CASES: Final = (
    RuleCase(
        signed_pre_command.signed_pre_command_is_readable,
        signed,
        unsigned,
        Code.SIM_GBCS,
        "command protected by none",
        "a command protected by signature",
        World.update,
    ),
    RuleCase(
        signed_pre_command.signed_pre_command_matches_request_id,
        tampered(as_it_was),
        tampered(next_counter),
        Code.SIM_GBCS,
        f"{OPERATOR}:{ESME}:1767574800001",
        f"{OPERATOR}:{ESME}:1767574800000",
        World.update,
    ),
    RuleCase(
        signed_pre_command.signed_pre_command_serves_service,
        signed,
        under_another_service,
        Code.SIM_GBCS,
        "message code 0102",
        "one of 000A for 6.17",
        World.update,
    ),
    RuleCase(
        signed_pre_command.signed_pre_command_was_transformed,
        signed,
        never_transformed,
        Code.SIM_GBCS,
        "no transform under this RequestID",
        "the Pre-Command as given out",
        World.update,
    ),
    RuleCase(
        signed_pre_command.signed_pre_command_signature,
        signed,
        signed_by_another,
        Code.SIM_GBCS,
        f"verifies with none of 1 certificates of {OPERATOR}",
        "the originator's signature",
        World.update,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_passing_case(case: RuleCase) -> None:
    check_passes(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_smallest_failing_case(case: RuleCase) -> None:
    check_fails(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_that_the_rule_does_not_apply_to(case: RuleCase) -> None:
    check_abstains(case)


def rejected_by(world: World, request: ServiceRequest) -> str:
    """The rule that rejects a Signed Pre-Command; nothing may go out."""
    submission = world.submit(request)
    assert submission.command is None
    rejection = submission.decision.rejection
    assert rejection is not None, submission.response
    return rejection.rule_id


# Changed after the transform, and signed by the right key


def other_payload(**changes: object) -> Change:
    def change(message: Message) -> Message:
        update = credentials_codec.decode(message)
        assert isinstance(update, UpdateCredentials)
        return message._replace(payload=credentials_codec.encode(update._replace(**changes)))  # type: ignore[arg-type]

    return change


def other_header(**changes: object) -> Change:
    return lambda message: message._replace(header=message.header._replace(**changes))  # type: ignore[arg-type]


def other_information(**changes: object) -> Change:
    def change(message: Message) -> Message:
        other = message.header.other._replace(**changes)  # type: ignore[arg-type]
        return message._replace(header=message.header._replace(other=other))

    return change


def without_second_replacement(message: Message) -> Message:
    update = credentials_codec.decode(message)
    assert isinstance(update, UpdateCredentials)
    return other_payload(replacements=update.replacements[:1])(message)


def second_into_supplier_cell(message: Message) -> Message:
    """The first cell is what was asked for, the second another role's."""
    update = credentials_codec.decode(message)
    assert isinstance(update, UpdateCredentials)
    first, second = update.replacements
    moved = second._replace(cell=second.cell._replace(role=SUPPLIER_ROLE))
    return other_payload(replacements=(first, moved))(message)


def non_minimal_payload(message: Message) -> Message:
    """The outermost length of the payload in a longer form."""
    assert message.payload[:2] == b"\x30\x82"
    return message._replace(payload=b"\x30\x83\x00" + message.payload[2:])


def with_forms(forms: LengthForms) -> Change:
    return lambda message: message._replace(forms=forms)


def longer_by_an_octet(message: Message) -> Message:
    return message._replace(payload=message.payload + b"\0")


def shorter_by_an_octet(message: Message) -> Message:
    return message._replace(payload=message.payload[:-1])


_TOP_UP_FLOOR: Final = (SpecialistFloor(OriginatorCounter(1)),)
_SUPPLIER_CELL: Final = TrustAnchorCellId(SUPPLIER_ROLE, KeyUsage.DIGITAL_SIGNATURE)
_UNASKED: Final = (CounterChange(SUPPLIER_ROLE, OriginatorCounter(2**63 - 1)),)
_AT_NOON: Final = DlmsDateTime(2026, 1, 5, 0xFF, 12, 0, 0, 0, 0x8000, 0)
TRANSFORMED: Final = "signed-pre-command-was-transformed"
READABLE: Final = "signed-pre-command-is-readable"
SERVES: Final = "signed-pre-command-serves-service"
MATCHES: Final = "signed-pre-command-matches-request-id"
ATTACKS: Final[dict[str, tuple[Change, str]]] = {
    "floor that nobody asked for": (other_payload(floor=OriginatorCounter(2**63 - 1)), TRANSFORMED),
    "top-up floor": (other_payload(specialist_floors=_TOP_UP_FLOOR), "top-up-floor-fits-role"),
    "counter of another role": (other_payload(other_changes=_UNASKED), TRANSFORMED),
    "checks of time switched off": (other_payload(apply_time_based_checks=False), TRANSFORMED),
    "authorised by another cell": (other_payload(authorising_cell=_SUPPLIER_CELL), TRANSFORMED),
    "authorised by no cell": (other_payload(authorising_cell=None), TRANSFORMED),
    "another counter in the payload": (other_payload(counter=OriginatorCounter(1)), TRANSFORMED),
    "contingency key": (other_payload(contingency_key=bytes(16)), TRANSFORMED),
    "no path": (other_payload(path_certificates=()), "replacement-certificates-chain"),
    "no replacement": (other_payload(replacements=()), TRANSFORMED),
    "one replacement less": (without_second_replacement, TRANSFORMED),
    "one into the supplier's cell": (second_into_supplier_cell, TRANSFORMED),
    "another mode than the code's": (other_payload(mode=ReplacementMode.SUPPLIER_BY_SUPPLIER), READABLE),
    "supplementary party": (other_information(supplementary_party=SUPPLIER), TRANSFORMED),
    "supplementary party and counter": (
        other_information(supplementary_party=SUPPLIER, supplementary_counter=OriginatorCounter(9)),
        TRANSFORMED,
    ),
    "date-time in the header": (other_header(date_time=_AT_NOON), TRANSFORMED),
    "another device": (other_header(target=ESME_WITHOUT_MPAN), MATCHES),
    "another type of device": (other_header(target=GPF), MATCHES),
    "another originator": (other_header(originator=OTHER_OPERATOR), MATCHES),
    "a response": (other_header(cra=Cra.RESPONSE), READABLE),
    "an alert": (other_header(cra=Cra.ALERT), READABLE),
    "longer length of the payload": (with_forms(LengthForms(payload=5)), TRANSFORMED),
    "longer length of other information": (with_forms(LengthForms(other_information=2)), TRANSFORMED),
    "longer length inside the payload": (non_minimal_payload, TRANSFORMED),
    "an octet after the payload's end": (longer_by_an_octet, READABLE),
    "a payload cut short": (shorter_by_an_octet, READABLE),
    "a read": (other_information(message_code=MessageCode(0x0039)), READABLE),
    "a retrieval of credentials": (other_information(message_code=MessageCode(0x0008)), READABLE),
    "no use case": (other_information(message_code=MessageCode(0xFFFF)), READABLE),
    "recovery's mode": (other_information(message_code=MessageCode(0x0108)), READABLE),
}  # fmt: skip


@pytest.mark.parametrize(("change", "rule_id"), ATTACKS.values(), ids=ATTACKS)
def test_what_was_changed_after_the_transform_is_refused(change: Change, rule_id: str) -> None:
    world = World()
    assert rejected_by(world, tampered(change)(world)) == rule_id


@pytest.mark.parametrize("cra", [Cra.RESPONSE, Cra.ALERT])
def test_what_is_no_command_is_called_by_its_name(cra: Cra) -> None:
    world = World()
    rejection = world.submit(tampered(other_header(cra=cra))(world)).decision.rejection
    assert rejection is not None
    assert rejection.observed == f"{cra.name.lower()} protected by signature"


def of_mode(mode: ReplacementMode, role: RemotePartyRole) -> Change:
    """A sound update of another mode, message code and all: its cells are those of ``role``."""

    def change(message: Message) -> Message:
        update = credentials_codec.decode(message)
        assert isinstance(update, UpdateCredentials)
        moved = tuple(item._replace(cell=item.cell._replace(role=role)) for item in update.replacements)
        message = other_payload(mode=mode, replacements=moved)(message)
        return other_information(message_code=mode.message_code)(message)

    return change


@pytest.mark.parametrize(
    ("mode", "role", "rule_id"),
    [
        (ReplacementMode.SUPPLIER_BY_SUPPLIER, SUPPLIER_ROLE, "replacement-certificates-fit-cells"),
        (ReplacementMode.SUPPLIER_BY_SUPPLIER, NETWORK_OPERATOR, TRANSFORMED),
        (ReplacementMode.SUPPLIER_BY_TRANS_COS, NETWORK_OPERATOR, SERVES),
        (ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, NETWORK_OPERATOR, SERVES),
        (ReplacementMode.ANY_BY_CONTINGENCY, NETWORK_OPERATOR, SERVES),
        (ReplacementMode.ACB_BY_ACB, BROKER, "replacement-certificates-fit-cells"),
    ],
)
def test_an_update_in_a_mode_that_the_service_does_not_have(
    mode: ReplacementMode, role: RemotePartyRole, rule_id: str
) -> None:
    """As a distributor might sign a supplier's update under its own RequestID."""
    world = World()
    assert rejected_by(world, tampered(of_mode(mode, role))(world)) == rule_id


def test_a_distributor_cannot_turn_its_update_into_one_of_the_supplier() -> None:
    """The certificates are a supplier's and fit the cells: the combination is what does not exist."""

    def change(message: Message) -> Message:
        mode = ReplacementMode.SUPPLIER_BY_SUPPLIER
        of_supplier = other_payload(mode=mode, replacements=wanted)(message)
        return other_information(message_code=mode.message_code)(of_supplier)

    world = World()
    other = world.update(SUPPLIER, SUPPLIER)
    update = credentials_codec.decode(pre_command_of(world, other))
    assert isinstance(update, UpdateCredentials)
    wanted = update.replacements
    assert rejected_by(world, tampered(change)(world)) == "user-role-may-replace-role-on-device"


# Somebody else's, somewhere else's, another time's


def test_a_pre_command_of_one_request_does_not_serve_another() -> None:
    world = World()
    first, second = signed(world), signed(world)
    assert isinstance(first.body, SignedPreCommand)
    assert rejected_by(world, with_gbcs(second, first.body.gbcs)) == MATCHES


def test_a_pre_command_for_one_device_does_not_serve_another_type() -> None:
    """The gas transporter's update of the GPF, turned to an ESME under a RequestID of its own."""
    world = World()
    on_gpf = world.signed(world.update(TRANSPORTER, TRANSPORTER, GPF))
    on_esme = on_gpf._replace(request_id=on_gpf.request_id._replace(target=ESME))
    assert rejected_by(world, on_esme) == "user-role-may-replace-role-on-device"


def test_another_user_cannot_sign_what_was_given_out_to_the_first() -> None:
    """Header and signature are made to fit the thief: nothing was given out under its RequestID."""
    world = World()
    request = world.update()
    stolen = other_header(originator=OTHER_OPERATOR)(pre_command_of(world, request))
    request = request._replace(
        request_id=request.request_id._replace(originator=OTHER_OPERATOR),
        command_variant=CommandVariant.SIGNED_COMMAND,
    )
    thief = with_gbcs(request, signed_over(world, stolen, OTHER_OPERATOR))
    assert rejected_by(world, thief) == TRANSFORMED


def test_a_refused_transform_gives_nothing_out() -> None:
    world = World()
    refused = world.update(TRANSPORTER, SUPPLIER)
    with_floor = with_change(refused, top_up_floor=OriginatorCounter(0))
    assert world.submit(with_floor).response.body is None
    # What it would have been, had it not been refused.
    body = world.submit(world.update(TRANSPORTER, SUPPLIER)).response.body
    assert isinstance(body, PreCommand)
    counter = with_floor.request_id.counter
    message = other_payload(counter=counter)(with_counter(parse(body.gbcs), counter))
    second_call = with_floor._replace(command_variant=CommandVariant.SIGNED_COMMAND)
    gbcs = signed_over(world, message, SUPPLIER)
    assert rejected_by(world, with_gbcs(second_call, gbcs)) == TRANSFORMED


def test_a_mac_of_the_users_own_is_refused() -> None:
    world = World()
    request = signed(world)
    assert isinstance(request.body, SignedPreCommand)
    key = world.client(OPERATOR).credentials.agreement_key
    point = world.device(ESME).certificates.agreement.public_point
    maced = add_mac(parse(request.body.gbcs), key, point, world.bed.provider)
    assert rejected_by(world, with_gbcs(request, encode(maced))) == READABLE


def test_only_a_critical_service_has_a_second_call() -> None:
    world = World()
    request = world.signed(world.update(SUPPLIER, SUPPLIER))
    for srv, service in SERVICES.items():
        if not service.critical:
            verdict = variants.command_variant_fits.ask(world.view(request._replace(srv=srv)))
            assert verdict.outcome is Outcome.REJECT, srv


def test_a_pre_command_does_not_serve_another_critical_service() -> None:
    """Whatever the service, what was transformed for 6.15.1 is refused under it."""
    for srv, service in SERVICES.items():
        if service.critical and srv is not Srv.UPDATE_CREDENTIALS and DeviceType.ESME in service.device_types:
            world = World()
            request = world.signed(world.update(SUPPLIER, SUPPLIER))
            expected = SERVES if srv in signed_pre_command.SERVING_CODES else TRANSFORMED
            if service.roles:
                assert rejected_by(world, request._replace(srv=srv)) == expected


def test_the_clock_is_not_set_by_what_was_given_out_to_commission() -> None:
    """One use case serves 8.1.1 and 6.11: it is the service asked for that tells them apart."""
    world = World()
    body = SynchroniseClock(world.now, 10)
    asked = world.ask(SUPPLIER, Srv.COMMISSION_DEVICE, ESME, body)
    header = GroupingHeader(
        Cra.COMMAND, asked.request_id.counter, SUPPLIER, ESME, OtherInformation(MessageCode(0x0062))
    )
    pre_command = Message(header, b"\x01")
    world.dcc.ledger.give_out(asked, encode(pre_command))
    signed_call = with_gbcs(asked, signed_over(world, pre_command, SUPPLIER))
    signed_call = signed_call._replace(command_variant=CommandVariant.SIGNED_COMMAND)
    rule = signed_pre_command.signed_pre_command_was_transformed
    assert rule.ask(world.view(signed_call)).outcome is Outcome.PASS
    verdict = rule.ask(world.view(signed_call._replace(srv=Srv.SYNCHRONISE_CLOCK)))
    assert (verdict.observed, verdict.expected) == ("a Pre-Command of 8.1.1", "one of 6.11")


# Whose signature


def test_the_signature_is_that_of_a_signing_certificate() -> None:
    """With the key of its key agreement certificate the originator signs in vain."""
    world = World()
    request = signed(world)
    assert isinstance(request.body, SignedPreCommand)
    message = parse(request.body.gbcs)
    key = world.client(OPERATOR).credentials.agreement_key
    gbcs = encode(sign(message, key, world.bed.provider))
    assert rejected_by(world, with_gbcs(request, gbcs)) == "signed-pre-command-signature"


@pytest.mark.parametrize("position", [0, 31, 32, 63])
def test_a_signature_with_one_bit_changed(position: int) -> None:
    world = World()
    request = signed(world)
    assert isinstance(request.body, SignedPreCommand)
    gbcs = bytearray(request.body.gbcs)
    gbcs[len(gbcs) - 64 + position] ^= 1
    assert rejected_by(world, with_gbcs(request, bytes(gbcs))) == "signed-pre-command-signature"


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, bytes(32) + b"\x01" * 32])
def test_numbers_that_are_no_signature(signature: bytes) -> None:
    world = World()
    request = signed(world)
    assert isinstance(request.body, SignedPreCommand)
    gbcs = request.body.gbcs[:-64] + signature
    assert rejected_by(world, with_gbcs(request, gbcs)) == "signed-pre-command-signature"


@pytest.mark.parametrize("event", [CertificateEvent.REVOKED, CertificateEvent.SUPERSEDED])
def test_a_signing_certificate_that_is_out_of_use(event: CertificateEvent) -> None:
    world = World()
    request = world.signed(world.update(OTHER_OPERATOR, OPERATOR))
    certificate = world.client(OPERATOR).credentials.signing
    world.dcc.repository.record(certificate.issuer, certificate.serial, event, world.now)
    submission = world.submit(request)
    assert submission.decision.rejection is not None
    assert submission.decision.rejection.observed.startswith("verifies with none of 0 certificates")


def test_a_signing_certificate_that_has_expired() -> None:
    world = World()
    update = with_change(world.update(), apply_time_based_checks=False)
    request = world.signed(update)
    world.now = world.client(OPERATOR).credentials.signing.not_after
    assert world.submit(request).response.code is Code.I99
    late = world.signed(with_change(world.update(), apply_time_based_checks=False))
    world.now += SECOND
    assert rejected_by(world, late) == "signed-pre-command-signature"


def test_a_signing_certificate_that_is_not_valid_yet() -> None:
    world = World()
    world.now = world.client(OPERATOR).credentials.signing.not_before
    first, second = (
        world.signed(with_change(world.update(), apply_time_based_checks=False)) for _ in range(2)
    )
    assert world.submit(first).response.code is Code.I99
    world.now -= SECOND
    assert rejected_by(world, second) == "signed-pre-command-signature"


def test_either_of_two_signing_certificates_will_do() -> None:
    """While a party changes its key, both certificates are in the repository."""
    world = World()
    purpose = CertificatePurpose.DIGITAL_SIGNING
    newer = world.bed.smki.issue_organisation(
        OPERATOR, NETWORK_OPERATOR, purpose, world.bed.certified_from, generation=1
    )
    world.dcc.repository.lodge(newer.certificate, purpose)
    for key in (world.client(OPERATOR).credentials.signing_key, newer.key):
        request = signed(world)
        assert isinstance(request.body, SignedPreCommand)
        gbcs = encode(sign(parse(request.body.gbcs), key, world.bed.provider))
        assert world.submit(with_gbcs(request, gbcs)).response.code is Code.I99


def test_the_key_that_signs_xml_does_not_sign_commands() -> None:
    world = World()
    issued = world.bed.smki.issue_organisation(
        OPERATOR, NETWORK_OPERATOR, CertificatePurpose.XML_SIGNING, world.bed.certified_from
    )
    world.dcc.repository.lodge(issued.certificate, CertificatePurpose.XML_SIGNING)
    request = signed(world)
    assert isinstance(request.body, SignedPreCommand)
    gbcs = encode(sign(parse(request.body.gbcs), issued.key, world.bed.provider))
    assert rejected_by(world, with_gbcs(request, gbcs)) == "signed-pre-command-signature"


# Octets that are anything


@pytest.mark.parametrize("octets", [b"", b"\x00", b"\xdf", b"\xdd", b"rubbish"])
def test_octets_that_are_no_message(octets: bytes) -> None:
    world = World()
    assert rejected_by(world, with_gbcs(signed(world), octets)) == READABLE


_WORLD: Final = World()


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_signed_pre_command_with_any_octet_changed_is_refused(data: st.DataObject) -> None:
    """Wherever the octet is, some rule rejects, no error escapes, and nothing goes out."""
    world = _WORLD
    request = signed(world)
    assert isinstance(request.body, SignedPreCommand)
    gbcs = bytearray(request.body.gbcs)
    position = data.draw(st.integers(0, len(gbcs) - 1))
    gbcs[position] ^= data.draw(st.integers(1, 255))
    rejected_by(world, with_gbcs(request, bytes(gbcs)))


@given(octets=st.binary(max_size=200), head=st.booleans())
@settings(max_examples=100, deadline=None)
def test_any_octets_at_all_are_refused_or_not_read(octets: bytes, head: bool) -> None:
    world = _WORLD
    request = signed(world)
    assert isinstance(request.body, SignedPreCommand)
    start = request.body.gbcs[:32] if head else b""
    rejected_by(world, with_gbcs(request, start + octets))


def test_the_signature_of_a_key_that_nobody_certified() -> None:
    world = World()
    request = signed(world)
    assert isinstance(request.body, SignedPreCommand)
    stranger = KeyPair.from_seed(b"nobody", "signing")
    gbcs = encode(sign(parse(request.body.gbcs), stranger, world.bed.provider))
    assert rejected_by(world, with_gbcs(request, gbcs)) == "signed-pre-command-signature"
