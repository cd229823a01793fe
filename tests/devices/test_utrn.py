"""UTRNs: the published examples, and their digits as a code that finds typing errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given, settings
from hypothesis import strategies as st
from payload_samples import messages
from wire_strategies import counters, euis

from devices.gbcs.crypto import CryptoProvider, KeyPair, public_point_of
from devices.gbcs.cs01 import read_cs01a_command
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.gbcs.utrn import (
    GREATEST_AMOUNT,
    TopUpValue,
    Utrn,
    UtrnKeys,
    UtrnParts,
    ValueClass,
    check_digit,
    is_authentic,
    issue_utrn,
)

SUITE = settings(max_examples=80, deadline=None)
SUPPLIER = Eui64.parse("90-B3-D5-1F-30-01-00-00")
ESME = Eui64.parse("00-DB-12-34-56-78-90-A0")
GSME = Eui64.parse("00-DB-12-34-56-78-90-A1")
PENCE, POUNDS = ValueClass.PENCE, ValueClass.POUNDS
BASE = 7394156990786306048

values = st.builds(TopUpValue, st.sampled_from(ValueClass), st.integers(0, GREATEST_AMOUNT))
parts = st.builds(UtrnParts, st.integers(0, 1023), values, st.binary(min_size=4, max_size=4))
keys = st.builds(UtrnKeys, euis, euis, st.binary(min_size=32, max_size=32))


def published_keys(conformance: Path, meter: Eui64) -> UtrnKeys:
    """The supplier's prepayment key, and the meter's key agreement point."""
    keystore = conformance / "rtds" / "keystore"
    private = load_pem_private_key((keystore / f"{SUPPLIER.hex()}-pp-ka.key").read_bytes(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    certificate = x509.load_pem_x509_certificate((keystore / f"{meter.hex()}-ka.pem").read_bytes())
    point = certificate.public_key()
    assert isinstance(point, ec.EllipticCurvePublicKey)
    own = KeyPair.from_private_key(private)
    return UtrnKeys.of_supplier(SUPPLIER, own, meter, public_point_of(point), CryptoProvider())


@pytest.mark.parametrize(
    ("meter", "number", "value", "digits"),
    [
        (ESME, 1, TopUpValue(POUNDS, 100), "73943333457189043313"),
        (ESME, 4, TopUpValue(PENCE, 1234), "73947252416745201637"),
        (GSME, 6, TopUpValue(PENCE, 1250), "73950067887105178605"),
    ],
)
def test_published_utrns_are_issued_and_authentic(
    conformance: Path, meter: Eui64, number: int, value: TopUpValue, digits: str
) -> None:
    shared, provider = published_keys(conformance, meter), CryptoProvider()
    counter = OriginatorCounter(number << 32)
    assert issue_utrn(shared, counter, value, provider) == digits
    said = Utrn(digits).parts()
    assert (said.counter_bits, said.value) == (number, value)
    assert is_authentic(said, shared, counter, provider)
    assert not is_authentic(said, shared, OriginatorCounter((number + 1024) << 32), provider)


@pytest.mark.parametrize("outcome", ["SUCCESS", "ERROR"])
def test_the_utrn_of_a_real_command_is_the_suppliers(conformance: Path, outcome: str) -> None:
    command = messages(conformance)[f"CS01a_2.2_{outcome}_COMMAND"]
    counter = command.header.originator_counter
    digits = read_cs01a_command(command.payload, counter)
    shared, provider = published_keys(conformance, ESME), CryptoProvider()
    assert is_authentic(Utrn(digits).parts(), shared, counter, provider)
    assert issue_utrn(shared, counter, TopUpValue(POUNDS, 10), provider) == digits


def test_the_published_example_of_no_utrn_is_none() -> None:
    with pytest.raises(GbcsError, match="check digit 6 of 12345678910121314156, expected 0"):
        Utrn("12345678910121314156")


def test_other_than_twenty_digits_are_no_utrn() -> None:
    good = "73943333457189043313"
    assert Utrn(good) == good
    for bad in (good[:-1], good + "0", "", "7394333345718904331x", "\u0667" * 20, good[:-1] + "²"):
        with pytest.raises(GbcsError, match="expected 20 digits"):
            Utrn(bad)


@SUITE
@given(parts)
def test_parts_come_back(said: UtrnParts) -> None:
    utrn = Utrn.of(said)
    assert len(utrn) == 20
    assert utrn.startswith(("73", "74", "75"))
    assert utrn.parts() == said


def with_check_digit(number: int) -> Utrn:
    digits = f"{number:019d}"
    return Utrn(f"{digits}{check_digit(digits)}")


def test_the_range_of_top_ups_has_two_ends() -> None:
    assert with_check_digit(BASE).parts() == UtrnParts(0, TopUpValue(PENCE, 0), bytes(4))
    for outside in (BASE - 1, BASE + 2**57, 0, 10**19 - 1):
        with pytest.raises(GbcsError, match="outside the range of top-ups"):
            with_check_digit(outside).parts()
    # The last number in the range has value class 3, which says nothing.
    with pytest.raises(GbcsError, match="value class 3"):
        with_check_digit(BASE + 2**57 - 1).parts()
    with pytest.raises(GbcsError, match="value class 2"):
        with_check_digit(BASE + (2 << 45)).parts()


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (UtrnParts(1024, TopUpValue(PENCE, 1), bytes(4)), "counter bits: 1024"),
        (UtrnParts(-1, TopUpValue(PENCE, 1), bytes(4)), "counter bits: -1"),
        (UtrnParts(0, TopUpValue(PENCE, 8192), bytes(4)), "value: 8192"),
        (UtrnParts(0, TopUpValue(PENCE, -1), bytes(4)), "value: -1"),
        (UtrnParts(0, TopUpValue(PENCE, 1), bytes(5)), "5 octets, expected 4"),
    ],
)
def test_parts_out_of_range_are_refused(said: UtrnParts, what: str) -> None:
    with pytest.raises(GbcsError, match=what):
        Utrn.of(said)


@SUITE
@given(parts, st.integers(0, 19), st.integers(1, 9))
def test_one_wrong_digit_is_found(said: UtrnParts, at: int, change: int) -> None:
    digits = list(Utrn.of(said))
    digits[at] = str((int(digits[at]) + change) % 10)
    with pytest.raises(GbcsError, match="check digit"):
        Utrn("".join(digits))


@SUITE
@given(parts, st.integers(0, 18))
def test_two_digits_that_changed_places_are_found(said: UtrnParts, at: int) -> None:
    digits = list(Utrn.of(said))
    if digits[at] == digits[at + 1]:
        return
    digits[at], digits[at + 1] = digits[at + 1], digits[at]
    with pytest.raises(GbcsError, match="check digit"):
        Utrn("".join(digits))


@SUITE
@given(keys, counters, values)
def test_only_the_right_meter_supplier_secret_and_value_are_authentic(
    shared: UtrnKeys, counter: OriginatorCounter, value: TopUpValue
) -> None:
    provider = CryptoProvider()
    said = issue_utrn(shared, counter, value, provider).parts()
    assert is_authentic(said, shared, counter, provider)
    other = Eui64(bytes(octet ^ 1 for octet in shared.meter))
    for wrong in (
        shared._replace(meter=other),
        shared._replace(supplier=other),
        shared._replace(secret=bytes(32)),
    ):
        assert wrong == shared or not is_authentic(said, wrong, counter, provider)
    richer = said._replace(value=value._replace(amount=value.amount ^ 1))
    assert not is_authentic(richer, shared, counter, provider)


def test_pounds_are_a_hundred_pence() -> None:
    assert (TopUpValue(POUNDS, 10).pence, TopUpValue(PENCE, 10).pence) == (1000, 10)
