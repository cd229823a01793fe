"""Whatever octets come, an S1SP refuses or raises its one error, and the DSP takes only what is true."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smets1_worlds import OPERATOR, OTHER_OPERATOR, Smets1World

from dcc.countersigning import Countersigner, decode
from dcc.dsp import DROPPED
from dcc.envelope import WebService
from dcc.errors import DccValueError


@pytest.fixture(scope="module")
def world() -> Smets1World:
    return Smets1World()


@pytest.fixture(scope="module")
def octets(world: Smets1World) -> bytes:
    document = world.party(OPERATOR).sign_request(world.update(OPERATOR, OTHER_OPERATOR))
    countersigned = world.door.submit(document, WebService.SEND_COMMAND, world.now).submission.countersigned
    assert countersigned is not None
    return countersigned.encode()


def spoilt(octets: bytes, data: st.DataObject) -> bytes:
    at = data.draw(st.integers(0, len(octets) - 1))
    put = data.draw(st.binary(max_size=3))
    return octets[:at] + put + octets[at + data.draw(st.integers(0, 3)) :]


@settings(max_examples=60)
@given(data=st.data())
def test_spoilt_octets_are_never_obeyed(world: Smets1World, octets: bytes, data: st.DataObject) -> None:
    before, sent = world.proxy, spoilt(octets, data)
    if sent == octets:
        return
    try:
        answer = world.s1sp.receive(sent, world.now)
    except DccValueError:
        pass
    else:
        assert answer.text == "S1SP: countersignature"
    assert world.proxy == before


@settings(max_examples=60)
@given(data=st.data())
def test_a_spoilt_document_is_never_obeyed_though_it_is_countersigned(
    world: Smets1World, octets: bytes, data: st.DataObject
) -> None:
    """The DSP at its worst: it countersigns what it has not looked at."""
    before, request = world.proxy, decode(octets)
    document = spoilt(request.document, data)
    countersigner = Countersigner(world.door.signer, world.bed.provider)
    if document == request.document:
        return
    world.s1sp.takes_unsigned = False
    try:
        answer = world.s1sp.receive(
            countersigner.countersign(request._replace(document=document)).encode(), world.now
        )
    except DccValueError:
        pass
    else:
        # White space that no signature covers changes nothing: then it is the request as it was.
        if not answer.text:
            after = world.proxy
            world.s1sp.take_over((before,))
            world.s1sp.receive(octets, world.now)
            assert world.proxy == after
            world.s1sp.take_over((before,))
    assert world.proxy == before


@settings(max_examples=60)
@given(data=st.data())
def test_a_spoilt_answer_is_dropped(world: Smets1World, octets: bytes, data: st.DataObject) -> None:
    before = world.proxy
    answer = world.s1sp.receive(octets, world.now).octets
    world.s1sp.take_over((before,))
    sent = spoilt(answer, data)
    received = world.bed.dsp.receive_smets1(sent, world.now)
    if received != DROPPED:
        # Only what says the same: the request is answered then, and has to be asked anew.
        assert received.response is not None
        assert received.response.code.value == "I0"
