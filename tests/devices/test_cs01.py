"""Top-up commands and answers: the real messages octet by octet, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payload_samples import messages
from wire_strategies import counters, mutations

from devices.gbcs import dlms, gbz
from devices.gbcs.cs01 import (
    CS01A,
    GasTopUp,
    GasTopUpAnswer,
    TopUpResult,
    TopUpSource,
    build_cs01a_command,
    build_cs01b_command,
    encode_cs01a_response,
    encode_cs01b_response,
    open_cs01a_response,
    open_cs01b_response,
    read_cs01a_command,
    read_cs01b_command,
)
from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_data import NULL, unsigned
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import OriginatorCounter
from devices.gbcs.zcl import ClusterId

SUITE = settings(max_examples=60, deadline=None)
COUNTER = OriginatorCounter(3 << 32)
DIGITS = "73943333457189043313"
texts = st.text(st.characters(codec="ascii"), max_size=30)
answers = st.builds(
    GasTopUpAnswer,
    st.sampled_from(TopUpResult),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**31), 2**31 - 1),
    st.sampled_from(TopUpSource),
)


@pytest.mark.parametrize("outcome", ["SUCCESS", "ERROR"])
def test_the_real_messages_to_an_electricity_meter(conformance: Path, outcome: str) -> None:
    command = messages(conformance)[f"CS01a_2.2_{outcome}_COMMAND"]
    response = messages(conformance)[f"CS01a_2.2_{outcome}_RESPONSE"]
    counter = command.header.originator_counter
    assert command.code == response.code == CS01A
    digits = read_cs01a_command(command.payload, counter)
    assert build_cs01a_command(counter, digits).hex() == command.payload.hex()
    code = open_cs01a_response(response.payload, counter)
    assert (code is AccessCode.SUCCESS) == (outcome == "SUCCESS")
    assert encode_cs01a_response(counter, code).hex() == response.payload.hex()


def test_the_same_command_from_a_prepayment_interface_device(conformance: Path) -> None:
    command = messages(conformance)["PCS01_NA_SUCCESS_COMMAND"]
    response = messages(conformance)["PCS01_NA_SUCCESS_RESPONSE"]
    top_up = read_cs01b_command(command.payload)
    assert top_up.source is TopUpSource.IN_HOME_DISPLAY
    assert build_cs01b_command(top_up).hex() == command.payload.hex()
    answer = open_cs01b_response(response.payload)
    assert (answer.result, answer.value, answer.remaining_credit) == (
        TopUpResult.ACCEPTED,
        2_025_000,
        4_525_000,
    )
    assert encode_cs01b_response(answer).hex() == response.payload.hex()


@SUITE
@given(counters, texts, st.sampled_from(AccessCode))
def test_electricity_payloads_come_back(counter: OriginatorCounter, digits: str, code: AccessCode) -> None:
    assert read_cs01a_command(build_cs01a_command(counter, digits), counter) == digits
    assert open_cs01a_response(encode_cs01a_response(counter, code), counter) is code


@SUITE
@given(texts, st.sampled_from(TopUpSource), answers)
def test_gas_payloads_come_back(digits: str, source: TopUpSource, answer: GasTopUpAnswer) -> None:
    assert read_cs01b_command(build_cs01b_command(GasTopUp(digits, source))) == (digits, source)
    assert open_cs01b_response(encode_cs01b_response(answer)) == answer


def test_the_answer_to_another_command_is_refused() -> None:
    other = OriginatorCounter(COUNTER + 1)
    for octets in (build_cs01a_command(COUNTER, DIGITS), encode_cs01a_response(COUNTER, AccessCode.SUCCESS)):
        reading = read_cs01a_command if octets[0] == 0xD9 else open_cs01a_response
        with pytest.raises(GbcsError, match="expected 20000001 of the originator counter"):
            reading(octets, other)


def test_electricity_payloads_that_are_none_are_refused() -> None:
    request = dlms.decode_request(build_cs01a_command(COUNTER, DIGITS))
    (item,) = request.specifications
    for changed, what in (
        (request._replace(specifications=(item._replace(member=2),)), "other items"),
        (request._replace(specifications=(item, item), data=request.data * 2), "other items"),
        (request._replace(data=(NULL,)), "expected octets entered at 0-0:19.40.0.255"),
    ):
        with pytest.raises(GbcsError, match=what):
            read_cs01a_command(dlms.encode(changed), COUNTER)
    response = dlms.decode_response(encode_cs01a_response(COUNTER, AccessCode.SUCCESS))
    with pytest.raises(GbcsError, match="a value, expected none"):
        open_cs01a_response(dlms.encode(response._replace(data=(unsigned(8, 1),))), COUNTER)


def test_gas_payloads_that_are_none_are_refused() -> None:
    (component,) = gbz.decode(build_cs01b_command(GasTopUp(DIGITS)))
    for components, what in (
        ((component, component), "one plain command on cluster 0705"),
        ((component._replace(cluster=ClusterId(0x0702)),), "one plain command on cluster 0705"),
        ((component._replace(header=component.header._replace(command=3)),), "ZCL header"),
    ):
        with pytest.raises(GbcsError, match=what):
            read_cs01b_command(gbz.encode(components))


def test_values_that_do_not_fit_are_refused() -> None:
    with pytest.raises(GbcsError, match="256 octets"):
        build_cs01b_command(GasTopUp("1" * 256))
    with pytest.raises(GbcsError, match="ASCII"):
        build_cs01a_command(COUNTER, "\u0661")
    with pytest.raises(GbcsError, match="beyond 32 bits"):
        encode_cs01b_response(GasTopUpAnswer(TopUpResult.ACCEPTED, 2**31, 0))


@SUITE
@given(st.data())
def test_damaged_payloads_are_read_or_raise_the_one_error(data: st.DataObject) -> None:
    electricity = data.draw(mutations(build_cs01a_command(COUNTER, DIGITS)))
    gas = data.draw(mutations(build_cs01b_command(GasTopUp(DIGITS))))
    answer = data.draw(mutations(encode_cs01b_response(GasTopUpAnswer(TopUpResult.ACCEPTED, 1, 2))))
    for read in (
        lambda: read_cs01a_command(electricity, COUNTER),
        lambda: read_cs01b_command(gas),
        lambda: open_cs01b_response(answer),
    ):
        try:
            read()
        except GbcsError:
            continue
