"""Hypothesis strategies for messages and credential values, and mutations of octets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from hypothesis import strategies as st

from devices.gbcs.credentials import (
    CellContent,
    CounterChange,
    CredentialPayload,
    CredentialStatus,
    ExecutionOutcome,
    Replacement,
    ReplacementMode,
    ReplacementOutcome,
    RetrieveCredentials,
    RetrieveCredentialsResponse,
    RoleCredentials,
    SpecialistFloor,
    TrustAnchorCellId,
    UpdateCredentials,
    UpdateCredentialsAlert,
    UpdateCredentialsResponse,
)
from devices.gbcs.identifiers import (
    CellUsage,
    Eui64,
    KeyUsage,
    MessageCode,
    OriginatorCounter,
    RemotePartyRole,
)
from devices.gbcs.message import Cra, DlmsDateTime, GroupingHeader, LengthForms, Message, OtherInformation

_Value = TypeVar("_Value")


def build(kind: Callable[..., _Value], *fields: st.SearchStrategy[Any]) -> st.SearchStrategy[_Value]:
    """Values from their first fields; what is not given takes its default."""
    return st.tuples(*fields).map(lambda values: kind(*values))


# Lengths about which BER changes its mind, and integers about which DER does.
_LENGTHS = st.sampled_from((0, 1, 2, 0x7E, 0x7F, 0x80, 0x81, 0xFF, 0x100, 0x101))
_EDGES = tuple(value for bits in (7, 8, 15, 16, 31, 32, 63, 64) for value in (2**bits - 1, 2**bits))

euis = st.binary(min_size=8, max_size=8).map(Eui64)
key_identifiers = st.binary(min_size=8, max_size=8)
counters = (st.integers(0, 2**64 - 1) | st.sampled_from([value for value in _EDGES if value < 2**64])).map(
    OriginatorCounter
)
codes = st.integers(0, 0xFFFF).map(MessageCode)
octets_of_any_length = _LENGTHS.flatmap(lambda length: st.binary(min_size=length, max_size=length))
moments = st.datetimes(
    min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31, 23, 59, 59), timezones=st.just(UTC)
).map(lambda moment: moment.replace(microsecond=0))
date_times = st.tuples(
    st.integers(0, 0xFFFF), *[st.integers(0, 0xFF)] * 7, st.integers(0, 0xFFFF), st.integers(0, 0xFF)
).map(lambda fields: DlmsDateTime(*fields))


@st.composite
def certificates(draw: st.DrawFn) -> bytes:
    """Something that looks like a certificate from outside: a DER SEQUENCE of more than 8 octets."""
    content = draw(octets_of_any_length)
    content = content.ljust(8, b"\x05")
    length = len(content)
    head = bytes((length,)) if length < 0x80 else b"\x82" + length.to_bytes(2, "big")
    return b"\x30" + head + content


other_informations = st.one_of(
    build(OtherInformation, codes),
    build(OtherInformation, codes, euis),
    build(OtherInformation, codes, euis, counters),
    build(OtherInformation, codes, euis, counters, counters),
    build(OtherInformation, codes, euis, counters, st.none(), certificates()),
)
headers = build(
    GroupingHeader,
    st.sampled_from(Cra),
    counters,
    euis,
    euis,
    other_informations,
    st.none() | date_times,
)
signatures = st.binary(min_size=64, max_size=64)
macs = st.binary(min_size=12, max_size=12)
# Signature and MAC of the four shapes; the last is a Pre-Command with an empty signature.
_security = st.one_of(
    st.tuples(signatures, macs),
    st.tuples(st.just(b""), macs),
    st.tuples(signatures, st.none()),
    st.tuples(st.none(), st.none()),
    st.tuples(st.just(b""), st.none()),
)
length_forms = st.sampled_from((0, 2, 3, 4, 5))


@st.composite
def messages(draw: st.DrawFn, *, minimal: bool = False) -> Message:
    """Messages of all shapes, with all layouts of other information."""
    signature, mac = draw(_security)
    forms = LengthForms() if minimal else draw(build(LengthForms, *[length_forms] * 3))
    if mac is None:
        forms = forms._replace(mac_header=0)
    return Message(draw(headers), draw(octets_of_any_length), signature, mac, forms)


roles = st.sampled_from([role for role in RemotePartyRole if role < 0x80])
statuses = st.sampled_from(CredentialStatus)
modes = st.sampled_from(ReplacementMode)
key_usages = st.sampled_from(KeyUsage)
cell_usages = st.sampled_from(CellUsage)
cells = build(TrustAnchorCellId, roles, key_usages, cell_usages)
_specialist_floors = st.none() | st.lists(build(SpecialistFloor, counters), max_size=2).map(tuple)
_changes = st.lists(build(CounterChange, roles, counters, _specialist_floors), max_size=3).map(tuple)
_replacements = st.lists(build(Replacement, certificates(), cells), max_size=3).map(tuple)
_outcomes = build(
    ExecutionOutcome,
    counters,
    modes,
    _changes,
    st.lists(
        build(ReplacementOutcome, cells, statuses, euis, key_identifiers, euis, key_identifiers),
        max_size=3,
    ).map(tuple),
)
_contents = st.lists(build(CellContent, key_usages, cell_usages, euis, key_identifiers), max_size=3)
updates = build(
    UpdateCredentials,
    modes,
    st.none() | cells,
    counters,
    _replacements,
    st.lists(certificates(), max_size=2).map(tuple),
    st.booleans(),
    st.none() | counters,
    _specialist_floors,
    st.none() | _changes,
    st.none() | moments,
    st.none() | octets_of_any_length,
)
credential_values: st.SearchStrategy[CredentialPayload] = st.one_of(
    updates,
    build(UpdateCredentialsResponse, st.none() | _outcomes),
    build(UpdateCredentialsAlert, st.integers(0, 0xFFFF), moments, _outcomes),
    build(RetrieveCredentials, cells, st.lists(roles, max_size=4).map(tuple)),
    build(
        RetrieveCredentialsResponse,
        st.lists(
            build(RoleCredentials, roles, statuses)
            | build(RoleCredentials, roles, statuses, counters, _contents.map(tuple)),
            max_size=4,
        ).map(tuple),
    ),
)

# What breaks readers of lengths and integers.
_TRICKY = (b"\x00", b"\x7f", b"\x80", b"\x81", b"\x82", b"\x84", b"\x85", b"\xff", b"\x30", b"\x82\x00")


@st.composite
def mutations(draw: st.DrawFn, octets: bytes) -> bytes:
    """One to three changes: cut, lengthen, flip a bit, overwrite, insert, remove, swap."""
    mutated = bytearray(octets)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(mutated) - 1, 0)))
        other = draw(st.integers(0, max(len(mutated) - 1, 0)))
        change = draw(st.sampled_from(("cut", "lengthen", "flip", "overwrite", "insert", "remove", "swap")))
        if change == "cut":
            del mutated[at:]
        elif change == "lengthen":
            mutated += draw(st.binary(min_size=1, max_size=20))
        elif change == "insert":
            mutated[at:at] = draw(st.sampled_from(_TRICKY) | st.binary(min_size=1, max_size=4))
        elif change == "remove":
            del mutated[at : at + draw(st.integers(1, 4))]
        elif not mutated:
            continue
        elif change == "flip":
            mutated[at] ^= 1 << draw(st.integers(0, 7))
        elif change == "overwrite":
            mutated[at] = draw(st.sampled_from(_TRICKY))[0]
        else:
            mutated[at], mutated[other] = mutated[other], mutated[at]
    return bytes(mutated)
