"""SMETS1 proxies: notified certificate ids, Execution Counters, snapshots."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import pytest
from certificate_maker import PARTY, authority, key_usage, make, organisation
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from devices.gbcs.certificates import Certificate
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.smets1_proxy import (
    DEVICE_TYPES,
    SLOTS,
    CertificateId,
    NotifiedCertificates,
    Readings,
    Smets1Proxy,
    restore,
    snapshot,
)

SUPPLIER, OPERATOR = RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR
COS: Final = RemotePartyRole.TRANSITIONAL_COS
SIGNING, AGREEMENT = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT
ESME: Final = Eui64.parse("00-DB-12-34-56-78-90-C0")
OTHER: Final = Eui64.parse("90-B3-D5-1F-30-04-00-00")
AT: Final = datetime(2026, 1, 5, tzinfo=UTC)


def number(value: int) -> OriginatorCounter:
    return OriginatorCounter(value)


@pytest.fixture
def proxy() -> Smets1Proxy:
    return Smets1Proxy(ESME, DeviceType.ESME, Readings(AT))


def certificate(flag: str, issued_by: str = "Z1") -> Certificate:
    issuer = make(authority(issued_by), None, ca=True)
    return make(organisation(), issuer, {x509.KeyUsage: (key_usage(flag), True)}).certificate


# Certificate ids


@pytest.mark.parametrize("common_name", ["Z1", "A, B", "A=B", 'says "no"', "back\\slash"])
def test_an_id_is_the_serial_and_the_issuers_common_name(common_name: str) -> None:
    made = certificate("digital_signature", common_name)
    assert CertificateId.of(made) == CertificateId(made.serial, common_name)


# Counters


def test_a_counter_has_to_be_above_the_last_of_its_role_alone(proxy: Smets1Proxy) -> None:
    after = proxy.obeyed(OPERATOR, PARTY, number(10))
    assert after.last_counter(OPERATOR, PARTY) == 10
    assert after.last_counter(OPERATOR, OTHER) == 10
    assert after.last_counter(SUPPLIER, PARTY) == 0
    assert after.cos_execution_counter == 0
    assert proxy.last_counter(OPERATOR, PARTY) == 0


def test_changes_of_supplier_have_a_counter_of_their_own(proxy: Smets1Proxy) -> None:
    after = proxy.obeyed(SUPPLIER, PARTY, number(10)).obeyed(COS, OTHER, number(3))
    assert after.cos_execution_counter == 3
    assert after.last_counter(SUPPLIER, PARTY) == 10


def test_a_floor_is_set_for_the_role_up_or_down_and_frees_nobody_of_its_own_number(
    proxy: Smets1Proxy,
) -> None:
    obeyed = proxy.obeyed(OPERATOR, PARTY, number(10))
    lower = obeyed.with_floor(OPERATOR, number(4))
    assert (lower.last_counter(OPERATOR, OTHER), lower.last_counter(OPERATOR, PARTY)) == (4, 10)
    assert obeyed.with_floor(OPERATOR, number(11)).last_counter(OPERATOR, PARTY) == 11
    assert obeyed.with_floor(OPERATOR, None) == obeyed
    assert obeyed.with_floor(SUPPLIER, number(99)).last_counter(OPERATOR, OTHER) == 10


# Slots


def test_each_certificate_goes_to_the_slot_of_its_role_and_key_usage(proxy: Smets1Proxy) -> None:
    signing = certificate("digital_signature")
    agreement = certificate("key_agreement")
    held = proxy.holding(OPERATOR, signing).holding(OPERATOR, agreement).holding(SUPPLIER, agreement)
    ids = CertificateId.of(signing), CertificateId.of(agreement)
    assert held.notified == NotifiedCertificates(None, ids[1], *ids)
    assert held.notified.get(OPERATOR, SIGNING) == ids[0]
    assert proxy.notified == NotifiedCertificates()


def test_slots_are_in_the_order_of_the_ids() -> None:
    ids = [CertificateId(serial, "Z1") for serial in range(1, 5)]
    notified = NotifiedCertificates(*ids)
    assert [notified.get(*slot) for slot in SLOTS] == ids
    assert len(SLOTS) == len(notified)


@pytest.mark.parametrize("role", [RemotePartyRole.ACCESS_CONTROL_BROKER, RemotePartyRole.LOAD_CONTROLLER])
def test_other_roles_have_no_slot(proxy: Smets1Proxy, role: RemotePartyRole) -> None:
    signing = certificate("digital_signature")
    with pytest.raises(GbcsError, match=f"none for {role.field_name}"):
        proxy.holding(role, signing)
    with pytest.raises(GbcsError, match=f"none for {role.field_name}"):
        proxy.notified.get(role, SIGNING)


@pytest.mark.parametrize("device_type", DeviceType)
def test_only_types_of_smets1_have_proxies(device_type: DeviceType) -> None:
    if device_type in DEVICE_TYPES:
        Smets1Proxy(ESME, device_type, Readings(AT))
    else:
        with pytest.raises(GbcsError, match=device_type.value):
            Smets1Proxy(ESME, device_type, Readings(AT))


# Snapshots

entities = st.binary(min_size=8, max_size=8).map(Eui64)
numbers = st.integers(0, 2**64 - 1).map(OriginatorCounter)
roles = st.sampled_from([SUPPLIER, OPERATOR, COS, RemotePartyRole.ACCESS_CONTROL_BROKER])
ids = st.none() | st.builds(CertificateId, st.integers(0, 2**160), st.text(max_size=5))
moments = st.datetimes(
    datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.sampled_from([UTC, timezone(timedelta(hours=1))])
)
counts = st.integers(0, 2**70)


@given(
    st.builds(
        Smets1Proxy,
        entities,
        st.sampled_from(sorted(DEVICE_TYPES, key=str)),
        st.builds(Readings, moments, counts, counts, counts, counts, counts),
        st.builds(NotifiedCertificates, ids, ids, ids, ids),
    ),
    st.lists(st.tuples(roles, entities, numbers), max_size=4),
    st.none() | numbers,
)
def test_a_snapshot_restores_all(
    start: Smets1Proxy, obeyed: list[tuple[Any, Any, Any]], floor: OriginatorCounter | None
) -> None:
    proxy = start
    for role, party, counter in obeyed:
        proxy = proxy.obeyed(role, party, counter).with_floor(role, floor)
    assert restore(snapshot(proxy)) == proxy
    assert snapshot(restore(snapshot(proxy))) == snapshot(proxy)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": 2}, "format"),
        ({"format": True}, "format"),
        ({"device": "C0"}, "device"),
        ({"deviceType": "HCALCS"}, "device"),
        ({"deviceType": "Toaster"}, "device"),
        ({"notified": [None] * 5}, "notified"),
        ({"notified": [["x", "Z1"], None, None, None]}, "notified"),
        ({"notified": [["1", 2], None, None, None]}, "notified"),
        ({"counters": [[2, 5], [2, 6]]}, "counters"),
        ({"counters": [[2, -1]]}, "counters"),
        ({"partyCounters": [[2, "C0", 6]]}, "counters"),
        ({"readings": {}}, "readings"),
        ({"readings": None}, "readings"),
    ],
)
def test_what_is_no_snapshot_is_refused_by_its_field(
    proxy: Smets1Proxy, change: dict[str, Any], field: str
) -> None:
    state = json.loads(snapshot(proxy)) | change
    with pytest.raises(GbcsError) as caught:
        restore(json.dumps(state).encode())
    assert caught.value.where == f"snapshot/{field}"


@pytest.mark.parametrize("octets", [b"", b"[]", b"nonsense", b"\xff", b"{}"])
def test_octets_that_are_no_state_are_refused(octets: bytes) -> None:
    with pytest.raises(GbcsError, match="snapshot"):
        restore(octets)
