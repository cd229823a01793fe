"""A device renews its own keys: CS02c, CS02d, CS02e on bytes."""

from __future__ import annotations

import pytest
from device_worlds import ACB, OPERATOR, SENDERS, SMKI, SUPPLIER
from hypothesis import given
from hypothesis import strategies as st
from management_worlds import (
    OTHER_AGREEMENT,
    OTHER_DEVICE,
    AnyWorld,
    answered,
    certify,
    device_id,
    events,
    kind_name,
)

from devices.assumptions import DeviceAssumptions
from devices.comms_hub import Chf
from devices.device import Device
from devices.esme import Esme
from devices.faults import PowerLoss
from devices.gbcs import device_certificates as codec
from devices.gbcs.certification_request import CertificationRequest, parse_certification_request
from devices.gbcs.crypto import KeyPair
from devices.gbcs.device_certificates import (
    CS02C,
    CS02D,
    CS02E,
    CertificateUpdateResult,
    IssueCredentials,
    IssueCredentialsResponse,
    IssueFailure,
    ProvideDeviceCertificate,
    ProvideDeviceCertificateResponse,
    ProvideFailure,
    UnknownKeyUsage,
    UpdateDeviceCertificate,
    UpdateDeviceCertificateResponse,
)
from devices.gbcs.identifiers import KeyUsage, RemotePartyRole
from devices.gbcs.message import encode, parse
from devices.gbcs.protection import add_mac, sign, signature_verifies
from devices.gpf import Gpf
from devices.gsme import Gsme
from devices.hcalcs import Hcalcs
from devices.ppmid import Ppmid
from devices.security_log import Refusal

SIGNING, AGREEMENT = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT
USAGES = (SIGNING, AGREEMENT)
RESULT = CertificateUpdateResult
all_kinds = pytest.mark.parametrize("kind", [Esme, Gsme, Gpf, Chf, Ppmid, Hcalcs], ids=kind_name)
both_usages = pytest.mark.parametrize("usage", USAGES, ids=lambda usage: usage.field_name)


def request(world: AnyWorld, usage: KeyUsage, counter: int) -> CertificationRequest:
    """Have the device make a key pair."""
    outcome = answered(world.ask(CS02C, IssueCredentials(usage), counter), IssueCredentialsResponse).outcome
    assert isinstance(outcome, bytes), outcome
    return parse_certification_request(outcome)


def install(world: AnyWorld, der: bytes, counter: int) -> CertificateUpdateResult:
    """Bring the device a certificate."""
    effects = world.ask(CS02D, UpdateDeviceCertificate(der), counter)
    return answered(effects, UpdateDeviceCertificateResponse).result


def held(world: AnyWorld, usage: KeyUsage, counter: int) -> bytes | ProvideFailure:
    """Ask the device for a certificate."""
    effects = world.ask(CS02E, ProvideDeviceCertificate(usage), counter)
    return answered(effects, ProvideDeviceCertificateResponse).outcome


def point(world: AnyWorld, usage: KeyUsage) -> bytes:
    keys = world.device.state.keys
    return (keys.signing if usage is SIGNING else keys.agreement).public_point


# --- the whole way -----------------------------------------------------------------------------------------


@both_usages
@all_kinds
def test_a_device_changes_its_key_when_the_certificate_has_come(kind: type[Device], usage: KeyUsage) -> None:
    world = AnyWorld(kind)
    before = world.device.state
    asked = request(world, usage, 1)
    assert asked[:2] == (world.device.eui, usage)
    assert asked.public_point not in (before.keys.signing.public_point, before.keys.agreement.public_point)
    assert (world.device.state.keys, world.device.state.certificates) == (before.keys, before.certificates)

    certificate = certify(world.device.eui, usage, asked.public_point)
    effects = world.ask(CS02D, UpdateDeviceCertificate(certificate.der), 2)
    assert answered(effects, UpdateDeviceCertificateResponse).result is RESULT.SUCCESS
    assert point(world, usage) == asked.public_point
    assert held(world, usage, 3) == certificate.der
    other = AGREEMENT if usage is SIGNING else SIGNING
    assert held(world, other, 4) == before.certificates[USAGES.index(other)].der
    assert events(world.device) == ["8F4D" if usage is SIGNING else "8F4F"]


def test_where_that_is_assumed_the_new_signing_key_reports_itself() -> None:
    world = AnyWorld(Esme, DeviceAssumptions(new_key_signs_certificate_response=True))
    der = certify(world.device.eui, SIGNING, request(world, SIGNING, 1).public_point).der
    reporting = parse(world.ask(CS02D, UpdateDeviceCertificate(der), 2).sent[0])
    assert signature_verifies(reporting, world.device.signing.public_point, SENDERS)


def test_the_response_that_reports_a_new_signing_key_is_signed_with_the_old() -> None:
    world = AnyWorld(Esme)
    old = world.device.signing.public_point
    der = certify(world.device.eui, SIGNING, request(world, SIGNING, 1).public_point).der
    reporting = parse(world.ask(CS02D, UpdateDeviceCertificate(der), 2).sent[0])
    following = parse(world.ask(CS02E, ProvideDeviceCertificate(SIGNING), 3).sent[0])
    assert signature_verifies(reporting, old, SENDERS)
    assert signature_verifies(following, world.device.signing.public_point, SENDERS)
    assert not signature_verifies(following, old, SENDERS)


def test_after_a_new_agreement_key_commands_need_a_mac_with_that_key() -> None:
    world = AnyWorld(Esme)
    old = world.device.agreement.public_point
    der = certify(world.device.eui, AGREEMENT, request(world, AGREEMENT, 1).public_point).der
    assert install(world, der, 2) is RESULT.SUCCESS
    command = world.command(SUPPLIER, CS02E, codec.encode(ProvideDeviceCertificate(AGREEMENT)), 3)
    signed = sign(command, SUPPLIER.signing.key, SENDERS)
    late = encode(add_mac(signed, ACB.agreement.key, old, SENDERS))
    assert world.send(late).entry.refusal is Refusal.WRONG_MAC
    assert world.send(encode(world.maced(signed))).accepted


# --- key pairs ---------------------------------------------------------------------------------------------


def test_keys_are_new_each_time_and_the_same_in_each_run() -> None:
    worlds = [AnyWorld(Esme), AnyWorld(Esme)]
    made = [
        [request(world, usage, counter).public_point for counter, usage in enumerate((*USAGES, *USAGES), 1)]
        for world in worlds
    ]
    assert len(set(made[0])) == 4
    assert made[0] == made[1]
    assert request(AnyWorld(Gsme), SIGNING, 1).public_point not in made[0]


def test_after_a_change_of_the_signing_key_no_key_comes_again() -> None:
    world = AnyWorld(Esme)
    seen = {world.device.signing.public_point}
    for counter in (1, 3, 5):
        public_point = request(world, SIGNING, counter).public_point
        assert public_point not in seen
        seen.add(public_point)
        certificate = certify(world.device.eui, SIGNING, public_point)
        assert install(world, certificate.der, counter + 1) is RESULT.SUCCESS


def test_the_last_key_pair_made_is_the_one_that_counts() -> None:
    world = AnyWorld(Esme)
    first, second = (request(world, SIGNING, counter).public_point for counter in (1, 2))
    early, late = (certify(world.device.eui, SIGNING, each).der for each in (first, second))
    assert install(world, early, 3) is RESULT.WRONG_PUBLIC_KEY
    assert install(world, late, 4) is RESULT.SUCCESS
    assert install(world, late, 5) is RESULT.NO_CORRESPONDING_KEY_PAIR_GENERATED


# --- what is wrong with a certificate ----------------------------------------------------------------------


def test_each_fault_of_a_certificate_has_its_code_and_the_good_one_is_taken_after_all_of_them() -> None:
    world = AnyWorld(Esme)
    eui, public_point = world.device.eui, request(world, AGREEMENT, 1).public_point
    good = certify(eui, AGREEMENT, public_point)
    organisation = SUPPLIER.agreement.certificate
    faulty = {
        good.der[:-1]: RESULT.INVALID_CERTIFICATE,
        certify(OTHER_DEVICE, AGREEMENT, public_point).der: RESULT.WRONG_DEVICE_IDENTITY,
        organisation.der: RESULT.WRONG_DEVICE_IDENTITY,
        SMKI.issuer.certificate.der: RESULT.WRONG_DEVICE_IDENTITY,
        certify(eui, SIGNING, public_point).der: RESULT.NO_CORRESPONDING_KEY_PAIR_GENERATED,
        certify(eui, AGREEMENT, world.device.agreement.public_point).der: RESULT.WRONG_PUBLIC_KEY,
    }
    before = world.device.state
    for counter, (der, expected) in enumerate(faulty.items(), 2):
        if expected is RESULT.INVALID_CERTIFICATE:
            # The payload is an element of DER for all that, as the wire wants it.
            der = b"\x30\x03" + der[:3]  # noqa: PLW2901
        assert install(world, der, counter) is expected
        after = world.device.state
        assert (after.keys, after.certificates, after.renewal) == (*before[:2], before.renewal)
        assert after.counters.current(RemotePartyRole.SUPPLIER) == counter
    assert events(world.device) == ["8F4E", "8F4E", "8F4C", "8F4E"]
    assert install(world, good.der, 50) is RESULT.SUCCESS


@pytest.mark.parametrize("result", [RESULT.CERTIFICATE_STORAGE_FAILED, RESULT.PRIVATE_KEY_CHANGE_FAILED])
def test_a_device_that_fails_to_store_keeps_its_key_and_may_be_asked_again(
    result: CertificateUpdateResult,
) -> None:
    world = AnyWorld(Esme)
    before = world.device.state.keys
    der = certify(world.device.eui, SIGNING, request(world, SIGNING, 1).public_point).der
    world.break_down(CS02D, result)
    assert install(world, der, 2) is result
    assert world.device.state.keys == before
    assert events(world.device) == ["8F4C"]
    world.change(defects=())
    assert install(world, der, 3) is RESULT.SUCCESS


# --- key usages that a device has no key of ----------------------------------------------------------------


@pytest.mark.parametrize("usage", [KeyUsage.KEY_CERT_SIGN, UnknownKeyUsage(b"\x06\x40")])
def test_a_device_has_keys_for_two_usages(usage: KeyUsage | UnknownKeyUsage) -> None:
    world = AnyWorld(Esme)
    issued = answered(world.ask(CS02C, IssueCredentials(usage), 1), IssueCredentialsResponse)
    provided = answered(
        world.ask(CS02E, ProvideDeviceCertificate(usage), 2), ProvideDeviceCertificateResponse
    )
    assert issued.outcome is IssueFailure.INVALID_KEY_USAGE
    assert provided.outcome is ProvideFailure.INVALID_KEY_USAGE
    assert world.device.state.renewal.generation == 0


@pytest.mark.parametrize(
    "failure", [IssueFailure.KEY_PAIR_GENERATION_FAILED, IssueFailure.CR_PRODUCTION_FAILED]
)
def test_a_device_that_cannot_make_keys_makes_none(failure: IssueFailure) -> None:
    world = AnyWorld(Esme)
    world.break_down(CS02C, failure)
    issued = answered(world.ask(CS02C, IssueCredentials(SIGNING), 1), IssueCredentialsResponse)
    assert issued.outcome is failure
    assert world.device.state.renewal.generation == 0


@pytest.mark.parametrize(
    "failure", [ProvideFailure.NO_CERTIFICATE_HELD, ProvideFailure.CERTIFICATE_RETRIEVAL_FAILURE]
)
def test_a_device_that_cannot_give_its_certificate_says_so(failure: ProvideFailure) -> None:
    world = AnyWorld(Esme)
    world.break_down(CS02E, failure)
    assert held(world, SIGNING, 1) is failure


def test_a_certificate_for_key_agreement_is_not_one_for_signing() -> None:
    world = AnyWorld(Esme)
    assert held(world, SIGNING, 1) == world.device.certificates.signing.der
    assert held(world, AGREEMENT, 2) == world.device.certificates.agreement.der


# --- who may -----------------------------------------------------------------------------------------------


def test_only_who_manages_the_device_may_renew_its_keys() -> None:
    payload = codec.encode(IssueCredentials(SIGNING))
    meter, display = AnyWorld(Esme), AnyWorld(Ppmid)
    for world, stranger in ((meter, OPERATOR), (meter, ACB), (display, SUPPLIER)):
        refused = world.send(world.octets(CS02C, payload, by=stranger))
        assert refused.entry.refusal is Refusal.NO_AUTHORITY
        assert world.device.state.renewal.generation == 0
    assert meter.send(meter.octets(CS02C, payload, by=SUPPLIER)).accepted
    assert display.send(display.octets(CS02C, payload, by=ACB)).accepted


def test_before_a_handover_the_broker_is_the_supplier() -> None:
    world = AnyWorld(Esme, handed_over=False)
    payload = codec.encode(IssueCredentials(SIGNING))
    assert world.send(world.octets(CS02C, payload, by=ACB)).accepted
    assert world.device.counters.current(RemotePartyRole.SUPPLIER) == 1000
    assert world.device.counters.current(RemotePartyRole.ACCESS_CONTROL_BROKER) == 0


# --- power -------------------------------------------------------------------------------------------------


@both_usages
def test_when_the_power_fails_either_key_and_certificate_stand_or_neither(usage: KeyUsage) -> None:
    for loss in PowerLoss:
        world = AnyWorld(Gpf)
        before = world.device.state
        certificate = certify(world.device.eui, usage, request(world, usage, 1).public_point)
        made = world.device.state
        world.device.faults = world.device.faults._replace(power_loss=loss)
        effects = world.ask(CS02D, UpdateDeviceCertificate(certificate.der), 2)
        assert effects.sent == ()
        device = world.restored()
        if loss is PowerLoss.BEFORE_COMMIT:
            assert world.device.state == made
            assert device.state.certificates == before.certificates
            assert install(world, certificate.der, 2) is RESULT.SUCCESS
        else:
            assert certificate in device.state.certificates
            assert device.state.renewal.pending(usage) is None
            assert device.counters.current(RemotePartyRole.SUPPLIER) == 2


@given(
    st.lists(st.sampled_from(("issue", "install", "foreign", "restore")), max_size=6), st.sampled_from(USAGES)
)
def test_key_and_certificate_always_belong_together(steps: list[str], usage: KeyUsage) -> None:
    world = AnyWorld(Esme)
    last = KeyPair.from_seed(b"none", "yet").public_point
    for counter, step in enumerate(steps, 1):
        if step == "issue":
            last = request(world, usage, counter).public_point
        elif step == "install":
            install(world, certify(world.device.eui, usage, last).der, counter)
        elif step == "foreign":
            assert install(world, OTHER_AGREEMENT.der, counter) is RESULT.WRONG_DEVICE_IDENTITY
        else:
            world.device = world.restored()
        keys, certificates = world.device.state.keys, world.device.state.certificates
        assert [key.public_point for key in keys] == [each.public_point for each in certificates]
        assert {each.subject for each in certificates} == {device_id(Esme)}
