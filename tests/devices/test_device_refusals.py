"""What a device refuses, on bytes, each beside the nearest message that it obeys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from device_worlds import (
    ACB,
    ALL_KINDS,
    BY_ACB,
    BY_COS,
    BY_OPERATOR,
    BY_SUPPLIER,
    DCC,
    DEVICE_IDS,
    KINDS,
    MODE_CASES,
    NOW,
    OPERATOR,
    OPERATOR_NEXT,
    OTHER_OPERATOR,
    SENDERS,
    SUPPLIER,
    TRANSITIONAL_COS,
    ModeCase,
    Party,
    World,
    flip,
    mode_name,
    only_sent,
    own_keys,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_strategies import mutations

from devices import cells
from devices.assumptions import DeviceAssumptions
from devices.cells import factory_cells
from devices.comms_hub import Chf
from devices.device import Device, Effects
from devices.esme import Esme
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import (
    CounterChange,
    Replacement,
    RetrieveCredentials,
    SpecialistFloor,
    TrustAnchorCellId,
)
from devices.gbcs.crypto import CryptoTally, KeyPair
from devices.gbcs.identifiers import Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, DlmsDateTime, Message, MessageShape, encode, parse
from devices.gbcs.protection import sign
from devices.gbcs.unsupported import decode_unsupported
from devices.gbcs.use_cases import ALL_USE_CASES
from devices.security_log import LOG_CAPACITY_ENTRIES, Refusal
from devices.state import DeviceKeys

NOBODY = Eui64.parse("90-B3-D5-1F-30-00-FF-FF")
ROLE = RemotePartyRole
kinds = pytest.mark.parametrize("kind", KINDS)
modes = pytest.mark.parametrize("case", MODE_CASES, ids=mode_name)


def number(value: int) -> OriginatorCounter:
    return OriginatorCounter(value)


def assert_refused(world: World, octets: bytes, expected: Refusal, now: datetime = NOW) -> Effects:
    """The message changes nothing but log, alert counter and what is sent, and each of them as it must."""
    before, log, alerts = world.state, tuple(world.device.log), world.device.alert_counter
    effects = world.send(octets, now)
    assert effects.entry.refusal is expected, effects.entry
    assert not effects.accepted
    assert effects.entry.detail
    assert world.state == before
    assert tuple(world.device.log) == (*log, effects.entry)[-LOG_CAPACITY_ENTRIES:]
    if expected.alert_code is None:
        assert effects.sent == ()
        assert world.device.alert_counter == alerts
    else:
        assert world.device.alert_counter == alerts + 1
        assert_alert(world, effects, expected.alert_code, now)
    return effects


def assert_alert(world: World, effects: Effects, code: int, now: datetime) -> None:
    """A signed generic critical alert to the holder of the supplier cell, under the device's counter."""
    alert = only_sent(effects)
    header = alert.header
    assert (alert.shape, header.cra, header.other) == (
        MessageShape.SIGNED,
        Cra.ALERT,
        (0x1000, None, None, None, None),
    )
    assert world.has_signed(alert)
    assert header.originator == world.device.eui
    assert header.target == world.device.store.holder(cells.SUPPLIER_SIGNING).subject
    assert header.originator_counter == world.device.alert_counter
    assert header.date_time is None
    assert alert.payload == world.device.encode_alert(code, header.originator_counter, now)


# --- not a command for this device ---------------------------------------------------------------------


RUBBISH = {
    "empty": b"",
    "one octet": b"\xdd",
    "text": b"GET / HTTP/1.1",
    "zeros": bytes(200),
    "header alone": bytes.fromhex("DF0901"),
}


@kinds
@pytest.mark.parametrize("octets", RUBBISH.values(), ids=RUBBISH)
def test_rubbish_is_malformed(kind: type[Device], octets: bytes) -> None:
    effects = assert_refused(World(kind), octets, Refusal.MALFORMED)
    assert effects.entry.message_code is effects.entry.originator is effects.entry.counter is None


@pytest.mark.parametrize("change", [lambda octets: octets[:-1], lambda octets: octets + b"\0"])
def test_a_command_one_octet_short_or_long_is_malformed(change: Callable[[bytes], bytes]) -> None:
    world = World()
    octets = world.update_octets(BY_OPERATOR)
    assert_refused(world, change(octets), Refusal.MALFORMED)
    assert world.send(octets).accepted


@modes
def test_a_payload_that_cannot_be_read_is_malformed_under_the_best_of_protection(case: ModeCase) -> None:
    world = World()
    message = world.update_message(case)
    for payload in (b"", b"\x05\x00", message.payload + b"\0", message.payload[:-1]):
        signer = case.by if case.is_signed else None
        octets = world.protected(message._replace(payload=payload), signer)
        effects = assert_refused(world, octets, Refusal.MALFORMED)
        assert effects.entry[3:6] == (case.mode.message_code, case.by.eui, 1000)


@kinds
def test_a_command_for_another_device_is_passed_over_in_silence(kind: type[Device]) -> None:
    world = World(kind)
    message = world.update_message(BY_OPERATOR, target=NOBODY)
    effects = assert_refused(world, world.protected(message, OPERATOR), Refusal.NOT_ADDRESSED)
    assert str(NOBODY) in effects.entry.detail
    assert world.send(world.update_octets(BY_OPERATOR)).accepted


@pytest.mark.parametrize("cra", [Cra.RESPONSE, Cra.ALERT])
def test_a_response_or_an_alert_is_no_command(cra: Cra) -> None:
    world = World()
    message = world.update_message(BY_OPERATOR, cra=cra)
    assert_refused(world, world.protected(message, OPERATOR), Refusal.NOT_ADDRESSED)


def test_a_device_does_not_obey_what_it_has_sent_itself() -> None:
    world = World()
    (response,) = world.send(world.update_octets(BY_OPERATOR)).sent
    (alert,) = world.send(b"").sent
    assert_refused(world, response, Refusal.NOT_ADDRESSED)
    assert_refused(world, alert, Refusal.NOT_ADDRESSED)


def of_code(world: World, code: int, by: Party = OPERATOR, **other: Any) -> Message:
    """A message of some use case, as far as one can tell from outside; ``other`` information besides."""
    message = world.command(by, code, b"\x05\x00", 1000)
    information = message.header.other._replace(**other)
    return message._replace(header=message.header._replace(other=information))


UNKNOWN = 0xFFFF
SPEAKING = [Esme, Chf]
SILENT = [kind for kind in ALL_KINDS if kind not in SPEAKING]


def assert_unsupported(world: World, octets: bytes) -> Message | None:
    """Nothing changes but the log and the number of the alert, if there is one."""
    device = world.device
    before = device.state
    effects = world.send(octets)
    assert effects.entry.refusal is Refusal.UNSUPPORTED
    assert device.state.log == (*before.log, effects.entry)[-LOG_CAPACITY_ENTRIES:]
    assert device.alert_counter == before.alert_counter + len(effects.sent)
    assert device.state._replace(log=before.log, alert_counter=before.alert_counter) == before
    return only_sent(effects) if effects.sent else None


@pytest.mark.parametrize("kind", SPEAKING)
def test_an_unknown_use_case_is_answered_with_an_alert_to_whoever_asked(kind: type[Device]) -> None:
    world = World(kind)
    for number_of_alert in (1, 2):
        alert = assert_unsupported(world, world.protected(of_code(world, UNKNOWN), OPERATOR))
        assert alert is not None
        assert (alert.shape, world.has_signed(alert)) == (MessageShape.SIGNED, True)
        header = alert.header
        assert (header.cra, header.originator, header.target) == (Cra.ALERT, world.device.eui, OPERATOR.eui)
        assert header.other == (0x0120, None, None, None, None)
        assert header.originator_counter == number_of_alert
        said = decode_unsupported(alert.payload)
        assert (said.command_code, said.command_counter) == (UNKNOWN, 1000)
        assert said.invoke_id & 0xFFFFFF == number_of_alert
        assert said.date_time == DlmsDateTime(2026, 1, 5, 255, 12, 0, 0, 0, 0x8000, 0xFF)
    assert world.device.log[-1].detail == "message code FFFF"


def test_every_use_case_that_a_kind_does_not_know_is_answered_so() -> None:
    for kind in SPEAKING:
        world = World(kind)
        unknown = [row.code for row in ALL_USE_CASES if row.code not in kind.handlers]
        assert unknown
        for code in unknown:
            alert = assert_unsupported(world, world.protected(of_code(world, code), None))
            assert alert is not None
            assert decode_unsupported(alert.payload).command_code == code


@pytest.mark.parametrize("kind", SILENT)
def test_a_device_that_does_not_speak_dlms_meets_an_unknown_use_case_with_silence(
    kind: type[Device],
) -> None:
    world = World(kind)
    assert assert_unsupported(world, world.protected(of_code(world, UNKNOWN), OPERATOR)) is None


CERTIFICATE = OTHER_OPERATOR.agreement.certificate.der
BEHIND_THE_BROKER = {"supplementary_party": OTHER_OPERATOR.eui, "supplementary_counter": number(77)}


@pytest.mark.parametrize("certificate", [None, CERTIFICATE], ids=["", "with certificate"])
def test_for_a_party_behind_the_broker_the_alert_goes_to_the_broker(certificate: bytes | None) -> None:
    world = World()
    message = of_code(world, UNKNOWN, ACB, **BEHIND_THE_BROKER, certificate=certificate)
    alert = assert_unsupported(world, world.protected(message, None))
    assert alert is not None
    assert alert.header.target == ACB.eui
    assert alert.header.other == (0x0120, OTHER_OPERATOR.eui, 77, None, None)
    assert decode_unsupported(alert.payload).command_counter == 1000


@pytest.mark.parametrize("kind", SPEAKING)
def test_an_unknown_use_case_that_the_broker_did_not_send_meets_silence(kind: type[Device]) -> None:
    world = World(kind)
    for message in (of_code(world, UNKNOWN), of_code(world, UNKNOWN, ACB, **BEHIND_THE_BROKER)):
        good = world.protected(message, OPERATOR)
        wrong = [flip(good, at) for at in (-1, -12, -13, -76)]
        wrong += [encode(message), encode(sign(message, OPERATOR.signing.key, SENDERS))]
        wrong += [encode(world.maced(message, OPERATOR.agreement.key))]
        for octets in wrong:
            assert assert_unsupported(world, octets) is None
        assert assert_unsupported(world, good) is not None


def test_a_device_that_cannot_check_the_mac_stays_silent_and_calls_it_wrong() -> None:
    """Whoever made it knows half of its key, and no secret."""
    world = World()
    keys, certificates = own_keys(Esme)
    half = DeviceKeys(keys.signing, KeyPair(keys.agreement.public_point))
    world.device = Esme(DEVICE_IDS[Esme], half, certificates, world.device.store, world.context, NOW)
    assert assert_unsupported(world, world.protected(of_code(world, UNKNOWN), OPERATOR)) is None
    assert_refused(world, world.update_octets(BY_OPERATOR), Refusal.WRONG_MAC)


def test_an_unknown_use_case_meets_silence_where_alerts_for_it_are_switched_off() -> None:
    world = World(assumptions=DeviceAssumptions(unsupported_raises_alert=False))
    assert_refused(world, world.protected(of_code(world, UNKNOWN), OPERATOR), Refusal.UNSUPPORTED)


def test_the_mode_must_be_that_of_the_message_code() -> None:
    world = World()
    update = world.update(BY_SUPPLIER)
    message = world.update_message(BY_OPERATOR, update)
    assert_refused(world, world.protected(message, OPERATOR), Refusal.MALFORMED)


# --- authority -----------------------------------------------------------------------------------------


@modes
def test_every_cell_but_the_modes_own_is_refused_as_authority(case: ModeCase) -> None:
    world = World()
    wrong: list[TrustAnchorCellId | None] = [
        cell for cell in (*world.device.store, cells.WAN_PROVIDER_SIGNING) if cell != case.authorising_cell
    ]
    if case.is_signed:
        wrong.append(None)
    for cell in wrong:
        assert_refused(world, world.update_octets(case, authorising_cell=cell), Refusal.NO_AUTHORITY)
    assert world.send(world.update_octets(case, authorising_cell=case.authorising_cell)).accepted


@modes
def test_a_party_that_does_not_hold_the_cell_is_refused_whatever_it_signs_with(case: ModeCase) -> None:
    world = World()
    for party in (SUPPLIER, OPERATOR, OTHER_OPERATOR, ACB, TRANSITIONAL_COS):
        if party.eui == case.by.eui:
            continue
        for signer in (party, case.by) if case.is_signed else (None,):
            message = world.update_message(case, originator=party.eui)
            assert_refused(world, world.protected(message, signer), Refusal.NO_AUTHORITY)
    assert world.send(world.update_octets(case)).accepted


@kinds
def test_a_device_without_the_cell_grants_no_authority(kind: type[Device]) -> None:
    missing = {cells.NETWORK_OPERATOR_SIGNING, cells.NETWORK_OPERATOR_AGREEMENT}
    full = World(kind).device.store
    world = World(kind, store=type(full)({cell: held for cell, held in full.items() if cell not in missing}))
    assert_refused(world, world.update_octets(BY_OPERATOR), Refusal.NO_AUTHORITY)
    assert world.send(world.update_octets(BY_SUPPLIER)).accepted


@modes
def test_a_cell_that_the_mode_may_not_touch_spoils_the_whole_command(case: ModeCase) -> None:
    world = World()
    good = world.update(case).replacements
    for cell in (*world.device.store, TrustAnchorCellId(ROLE.SUPPLIER, KeyUsage.KEY_CERT_SIGN)):
        if cell in case.cells:
            continue
        extra = Replacement(world.device.store.get(cell, SUPPLIER.signing.certificate).der, cell)
        assert_refused(world, world.update_octets(case, replacements=(*good, extra)), Refusal.NO_AUTHORITY)
    assert world.send(world.update_octets(case, replacements=good)).accepted


FLOORS_TOO_FAR = [
    (BY_OPERATOR, {"other_changes": (CounterChange(ROLE.SUPPLIER, number(0)),)}),
    (BY_COS, {"other_changes": (CounterChange(ROLE.NETWORK_OPERATOR, number(0)),)}),
    (BY_OPERATOR, {"specialist_floors": (SpecialistFloor(number(0)),)}),
    (BY_ACB, {"floor": number(0), "specialist_floors": (SpecialistFloor(number(0)),)}),
]


@pytest.mark.parametrize(("case", "fields"), FLOORS_TOO_FAR)
def test_nobody_renumbers_somebody_else(case: ModeCase, fields: dict[str, Any]) -> None:
    world = World()
    assert_refused(world, world.update_octets(case, **fields), Refusal.NO_AUTHORITY)
    assert world.send(world.update_octets(case)).accepted


# --- counters ------------------------------------------------------------------------------------------


@modes
@pytest.mark.parametrize("said", [999, 1001])
def test_the_payload_says_the_counter_of_the_header(case: ModeCase, said: int) -> None:
    world = World()
    update = world.update(case, said)
    signer = case.by if case.is_signed else None
    message = world.update_message(case, update, originator_counter=number(1000))
    assert_refused(world, world.protected(message, signer), Refusal.MALFORMED)
    assert world.send(world.update_octets(case, 1000)).accepted


@kinds
@modes
def test_a_counter_passes_only_above_the_last_one(kind: type[Device], case: ModeCase) -> None:
    world = World(kind)
    assert world.send(world.update_octets(case, 1000, new=case.by)).accepted
    for counter in (0, 1, 999, 1000):
        effects = assert_refused(world, world.update_octets(case, counter), Refusal.REPLAY)
        assert effects.entry.counter == counter
        assert "at least 1001" in effects.entry.detail
    assert world.send(world.update_octets(case, 1001)).accepted


def test_the_counter_is_written_only_when_every_check_has_passed() -> None:
    world = World()
    message = world.update_message(BY_OPERATOR, world.update(BY_OPERATOR, 2**64 - 1))
    assert_refused(world, world.protected(message, OTHER_OPERATOR), Refusal.WRONG_SIGNATURE)
    assert_refused(world, world.protected(message, OPERATOR, SUPPLIER.agreement.key), Refusal.WRONG_MAC)
    assert world.send(world.update_octets(BY_OPERATOR, 1)).accepted


@modes
def test_a_replay_costs_no_public_key_operation(case: ModeCase) -> None:
    world = World(assumptions=DeviceAssumptions(refusals_raise_alerts=False))
    octets = world.update_octets(case, 1000, new=case.by)
    assert world.send(octets).accepted
    world.provider.tally = CryptoTally()
    assert world.send(octets).entry.refusal is Refusal.REPLAY
    assert world.provider.tally == CryptoTally()


@modes
def test_of_a_replay_only_the_alert_is_signed(case: ModeCase) -> None:
    world = World()
    octets = world.update_octets(case, 1000, new=case.by)
    assert world.send(octets).accepted
    world.provider.tally = CryptoTally()
    assert_refused(world, octets, Refusal.REPLAY)
    assert world.provider.tally == CryptoTally(signatures_made=1)


# --- protection ----------------------------------------------------------------------------------------


@kinds
@modes
def test_one_bit_of_the_mac(kind: type[Device], case: ModeCase) -> None:
    world = World(kind)
    octets = world.update_octets(case)
    for at in (-12, -1):
        assert_refused(world, flip(octets, at), Refusal.WRONG_MAC)
    assert world.send(octets).accepted


@modes
def test_a_mac_of_somebody_else_than_the_broker(case: ModeCase) -> None:
    world = World()
    signer = case.by if case.is_signed else None
    octets = world.protected(world.update_message(case), signer, case.by.top_up.key)
    assert_refused(world, octets, Refusal.WRONG_MAC)


signed_modes = pytest.mark.parametrize("case", [BY_SUPPLIER, BY_OPERATOR, BY_COS], ids=mode_name)


@signed_modes
def test_one_bit_of_the_signature_under_a_good_mac(case: ModeCase) -> None:
    world = World()
    message = parse(world.update_octets(case))
    assert message.signature is not None
    for at in (0, 31, 32, 63):
        spoilt = world.maced(message._replace(signature=flip(message.signature, at)))
        assert_refused(world, encode(spoilt), Refusal.WRONG_SIGNATURE)
    assert world.send(encode(world.maced(message))).accepted


@signed_modes
@pytest.mark.parametrize("signer", [SUPPLIER, OPERATOR, OPERATOR_NEXT, ACB, TRANSITIONAL_COS])
def test_the_right_originator_with_anothers_key(case: ModeCase, signer: Any) -> None:
    world = World()
    octets = world.protected(world.update_message(case), signer)
    if signer is case.by:
        assert world.send(octets).accepted
    else:
        assert_refused(world, octets, Refusal.WRONG_SIGNATURE)


@signed_modes
def test_a_signature_over_something_else(case: ModeCase) -> None:
    world = World()
    signature = parse(world.update_octets(case, 999)).signature
    moved = world.maced(world.update_message(case)._replace(signature=signature))
    assert_refused(world, encode(moved), Refusal.WRONG_SIGNATURE)


@signed_modes
def test_a_signature_without_mac_and_a_mac_without_signature(case: ModeCase) -> None:
    world = World()
    message = world.update_message(case)
    signed = sign(message, case.by.signing.key, world.provider)
    assert_refused(world, encode(signed), Refusal.WRONG_MAC)
    assert_refused(world, encode(world.maced(message)), Refusal.WRONG_SIGNATURE)
    assert_refused(world, encode(message), Refusal.WRONG_SIGNATURE)
    assert world.send(encode(world.maced(signed))).accepted


def test_the_brokers_own_update_carries_a_mac_and_no_signature() -> None:
    world = World()
    message = world.update_message(BY_ACB)
    assert_refused(world, world.protected(message, ACB), Refusal.WRONG_MAC)
    assert_refused(world, encode(message), Refusal.WRONG_MAC)
    assert world.send(world.protected(message, None)).accepted


def test_every_octet_of_a_command_is_protected() -> None:
    world = World(assumptions=DeviceAssumptions(refusals_raise_alerts=False))
    octets = world.update_octets(BY_ACB)
    before = world.state
    for at in range(len(octets)):
        assert not world.send(flip(octets, at)).accepted, at
    assert world.state == before
    assert world.send(octets).accepted


# --- CS02a ---------------------------------------------------------------------------------------------


def ask(world: World, by: Party, cell: TrustAnchorCellId) -> Message:
    payload = credentials_codec.encode(RetrieveCredentials(cell, (ROLE.SUPPLIER,)))
    return world.command(by, credentials_codec.CS02A, payload, 1)


def test_broker_supplier_and_transitional_cos_may_ask_for_credentials_and_nobody_else() -> None:
    world = World()
    signing = {cells.SUPPLIER_SIGNING: SUPPLIER, cells.TRANSITIONAL_COS: TRANSITIONAL_COS}
    for cell in (*world.device.store, cells.WAN_PROVIDER_SIGNING):
        if cell in signing:
            octets = encode(sign(ask(world, signing[cell], cell), signing[cell].signing.key, SENDERS))
            assert world.send(octets).accepted
        elif cell != cells.ACB_AGREEMENT:
            message = ask(world, OPERATOR, cell)
            assert_refused(world, world.protected(message, None), Refusal.NO_AUTHORITY)
            signed = sign(message, OPERATOR.signing.key, SENDERS)
            assert_refused(world, encode(signed), Refusal.NO_AUTHORITY)
    assert world.send(world.retrieve_octets(ROLE.SUPPLIER)).accepted


def test_who_asks_by_signature_holds_the_cell_and_sends_no_mac() -> None:
    world = World()
    cell = cells.SUPPLIER_SIGNING
    message = ask(world, SUPPLIER, cell)
    good = sign(message, SUPPLIER.signing.key, SENDERS)
    assert_refused(world, encode(world.maced(good)), Refusal.WRONG_MAC)
    assert_refused(world, encode(world.maced(message)), Refusal.WRONG_SIGNATURE)
    assert_refused(world, flip(encode(good), -1), Refusal.WRONG_SIGNATURE)
    assert_refused(world, encode(sign(message, OPERATOR.signing.key, SENDERS)), Refusal.WRONG_SIGNATURE)
    by_other = sign(ask(world, OPERATOR, cell), OPERATOR.signing.key, SENDERS)
    assert_refused(world, encode(by_other), Refusal.NO_AUTHORITY)
    assert world.send(encode(good)).accepted


@pytest.mark.parametrize("party", [SUPPLIER, OPERATOR, OTHER_OPERATOR, TRANSITIONAL_COS])
def test_only_the_broker_may_ask_for_credentials(party: Any) -> None:
    world = World()
    assert_refused(world, world.retrieve_octets(ROLE.SUPPLIER, by=party), Refusal.NO_AUTHORITY)


def test_a_request_for_credentials_carries_the_brokers_mac_and_no_signature() -> None:
    world = World()
    octets = world.retrieve_octets(ROLE.SUPPLIER)
    message = parse(octets)
    assert_refused(world, flip(octets, -1), Refusal.WRONG_MAC)
    bare = message._replace(mac=None, signature=None)
    assert_refused(world, world.protected(bare, ACB), Refusal.WRONG_MAC)
    assert_refused(world, encode(bare), Refusal.WRONG_MAC)
    assert world.send(octets).accepted


# --- alerts and the log -----------------------------------------------------------------------------------


def test_alerts_are_numbered_on_and_go_to_whoever_holds_the_supplier_cell() -> None:
    world = World(store=factory_cells(Esme.device_type, DCC))
    first = only_sent(assert_refused(world, b"", Refusal.MALFORMED)).header
    assert (first.target, first.originator_counter) == (ACB.eui, 1)
    world.send(world.update_octets(BY_SUPPLIER._replace(by=ACB), new=SUPPLIER))
    second = only_sent(assert_refused(world, b"", Refusal.MALFORMED)).header
    assert (second.target, second.originator_counter) == (SUPPLIER.eui, 2)


def test_a_refusal_without_alerts_says_why_all_the_same() -> None:
    world = World(assumptions=DeviceAssumptions(refusals_raise_alerts=False))
    effects = world.send(flip(world.update_octets(BY_OPERATOR), -1))
    assert (effects.sent, effects.entry.refusal) == ((), Refusal.WRONG_MAC)
    assert list(world.device.log) == [effects.entry]
    assert world.device.alert_counter == 0


def test_the_log_keeps_the_latest_entries() -> None:
    world = World(assumptions=DeviceAssumptions(refusals_raise_alerts=False))
    entries = [
        world.send(b"", NOW + timedelta(seconds=second)).entry for second in range(LOG_CAPACITY_ENTRIES + 3)
    ]
    assert list(world.device.log) == entries[3:]


# --- fuzz --------------------------------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_arrives_the_device_answers_with_effects(data: st.DataObject) -> None:
    world = World(data.draw(st.sampled_from(KINDS)))
    messages = [world.update_octets(case) for case in MODE_CASES]
    messages += [world.read_octets(OPERATOR), world.retrieve_octets(ROLE.SUPPLIER, ROLE.ROOT)]
    octets = data.draw(st.sampled_from(messages))
    mutated = data.draw(mutations(octets) | st.binary(max_size=80))
    before = world.state
    effects = world.send(mutated, datetime(2026, 7, 1, tzinfo=UTC))
    assert isinstance(effects, Effects)
    if mutated != octets and not effects.accepted:
        assert world.state == before


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_a_party_signs_the_device_answers_with_effects(data: st.DataObject) -> None:
    world = World(data.draw(st.sampled_from(KINDS)))
    case = data.draw(st.sampled_from(MODE_CASES))
    message = world.update_message(case)
    if data.draw(st.booleans()):
        first, *rest = world.update(case).replacements
        first = first._replace(certificate=data.draw(mutations(first.certificate)))
        message = world.update_message(case, world.update(case, replacements=(first, *rest)))
    else:
        message = message._replace(payload=data.draw(mutations(message.payload)))
    before = world.state
    effects = world.send(world.protected(message, case.by if case.is_signed else None))
    assert isinstance(effects, Effects)
    if not effects.accepted:
        assert world.state == before


def test_a_device_whose_alert_numbers_are_used_up_refuses_in_silence() -> None:
    world = World()
    last = number(2**64 - 2)
    world.device.state = world.device.state._replace(alert_counter=last)
    assert len(world.device.receive(b"rubbish", NOW).sent) == 1
    effects = world.device.receive(b"rubbish", NOW)
    assert (effects.sent, effects.entry.refusal) == ((), Refusal.MALFORMED)
