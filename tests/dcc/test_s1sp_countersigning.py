"""Countersigned requests on the wire: what goes in comes out, and nothing else does."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc.countersigning import CountersignedRequest, SupplementaryRemoteParty, decode
from dcc.errors import DccValueError
from devices.gbcs.identifiers import Eui64, OriginatorCounter

entities = st.binary(min_size=8, max_size=8).map(Eui64)
counters = st.integers(0, 2**64 - 1).map(OriginatorCounter)
requests = st.builds(
    CountersignedRequest,
    entities,
    entities,
    counters,
    st.none() | st.builds(SupplementaryRemoteParty, entities, counters),
    st.binary(max_size=60),
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.integers(0, 2**160),
    st.binary(min_size=64, max_size=64),
)


@given(requests)
def test_what_is_encoded_is_decoded(request_: CountersignedRequest) -> None:
    assert decode(request_.encode()) == request_


@given(requests, st.data())
def test_cut_or_longer_octets_are_refused(request_: CountersignedRequest, data: st.DataObject) -> None:
    octets = request_.encode()
    with pytest.raises(DccValueError, match="Countersigned Service Request"):
        decode(octets[: data.draw(st.integers(0, len(octets) - 1))])
    with pytest.raises(DccValueError, match="Countersigned Service Request"):
        decode(octets + b"\x00")


@given(requests, st.data())
def test_changed_octets_give_other_values_or_none(
    request_: CountersignedRequest, data: st.DataObject
) -> None:
    octets = bytearray(request_.encode())
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(DccValueError):
        other = decode(bytes(octets))
        assert other != request_
        assert other.encode() == bytes(octets)


@given(requests)
def test_the_signature_is_over_all_but_itself(request_: CountersignedRequest) -> None:
    assert request_._replace(signature=bytes(64)).canonical == request_.canonical
    assert request_.canonical + request_.signature == request_.encode()
    assert request_._replace(serial=request_.serial + 1).canonical != request_.canonical


def test_a_party_of_zeros_is_not_nobody() -> None:
    zeros = SupplementaryRemoteParty(Eui64(bytes(8)), OriginatorCounter(0))
    nobody = CountersignedRequest(Eui64(bytes(8)), Eui64(bytes(8)), OriginatorCounter(0), None, b"")
    assert nobody._replace(supplementary=zeros).canonical != nobody.canonical
