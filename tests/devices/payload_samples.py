"""Real payloads and keys of the conformance data, and strategies for values of the payload carriers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import strategies as st

from devices.gbcs import dlms_data as dd
from devices.gbcs.crypto import CryptoProvider, KeyPair, public_point_of
from devices.gbcs.dlms import (
    AccessCode,
    AccessRequest,
    AccessResponse,
    AccessResult,
    AccessService,
    AccessSpecification,
    DataNotification,
    ListForms,
    LongInvokeId,
    ObisCode,
    Selection,
)
from devices.gbcs.dlms_data import DataType, TypeDescription, Value
from devices.gbcs.gbz import AttributeProtection, Component, ProtectedBody
from devices.gbcs.identifiers import Eui64
from devices.gbcs.message import Cra, Message, parse
from devices.gbcs.zcl import (
    AttributeId,
    AttributeRecord,
    ClusterId,
    OtherBody,
    ReadAttributes,
    ReadAttributesResponse,
    ZclHeader,
    ZclStatus,
    ZclType,
    ZclValue,
)

DLMS_TAGS = (0xD9, 0xDA, 0x0F)
GBZ_START = b"\x01\x09"


@lru_cache
def messages(conformance: Path) -> dict[str, Message]:
    """Every message of the reference set, by the name of its file without the ending."""
    files = sorted((conformance / "rtds" / "messages").glob("*/*_GBCS.HEX"))
    return {file.name.removesuffix("_GBCS.HEX"): parse(_octets(file)) for file in files}


@lru_cache
def dlms_payloads(conformance: Path) -> dict[str, bytes]:
    found = {name: message.payload for name, message in messages(conformance).items()}
    return {name: payload for name, payload in found.items() if payload[0] in DLMS_TAGS}


@lru_cache
def gbz_payloads(conformance: Path, *, alerts: bool = False) -> dict[str, bytes]:
    return {
        name: message.payload
        for name, message in messages(conformance).items()
        if message.payload.startswith(GBZ_START) and (message.header.cra is Cra.ALERT) == alerts
    }


def secret(conformance: Path, provider: CryptoProvider, party: Eui64, device: Eui64) -> bytes:
    """The shared secret of a remote party, whose private key is published, and a device."""
    keystore = conformance / "rtds" / "keystore"
    own = load_pem_private_key((keystore / f"{party.hex()}-ka.key").read_bytes(), None)
    assert isinstance(own, ec.EllipticCurvePrivateKey)
    certificate = x509.load_pem_x509_certificate((keystore / f"{device.hex()}-ka.pem").read_bytes())
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return provider.agree(KeyPair.from_private_key(own), public_point_of(key))


def keys_of(conformance: Path, message: Message) -> AttributeProtection:
    """The key of a response's attributes: that of the party it is for, under the counter that it names.

    Data for a party that the device does not know is for that party, whoever asked for it.
    """
    header, other = message.header, message.header.other
    party = other.supplementary_party or header.target
    counter = other.supplementary_originator_counter or header.originator_counter
    provider = CryptoProvider()
    shared = secret(conformance, provider, party, header.originator)
    return AttributeProtection.between(provider, shared, header.originator, counter, party)


def _octets(file: Path) -> bytes:
    return bytes.fromhex("".join(file.read_text().split()))


# --- DLMS values ------------------------------------------------------------------------------------

# Forms that are longer than any length here needs.
_forms = st.sampled_from((0, 0, 4, 5))
_SIGNED_BITS = {DataType.INT8: 8, DataType.INT16: 16, DataType.INT32: 32, DataType.INT64: 64}
_UNSIGNED_BITS = {
    DataType.BOOLEAN: 8,
    DataType.BCD: 8,
    DataType.ENUM: 8,
    DataType.UINT8: 8,
    DataType.UINT16: 16,
    DataType.UINT32: 32,
    DataType.UINT64: 64,
}
_FIXED_OCTETS = {
    DataType.NULL: 0,
    DataType.DONT_CARE: 0,
    DataType.FLOAT32: 4,
    DataType.FLOAT64: 8,
    DataType.DATE_TIME: 12,
    DataType.DATE: 5,
    DataType.TIME: 4,
}
_TEXTS = (DataType.OCTET_STRING, DataType.VISIBLE_STRING, DataType.UTF8_STRING)
_PLAIN = (*_SIGNED_BITS, *_UNSIGNED_BITS, *_FIXED_OCTETS, *_TEXTS, DataType.BIT_STRING)


@st.composite
def _bit_strings(draw: st.DrawFn) -> dd.BitString:
    bits = draw(st.integers(0, 20) | st.just(1025))
    octets = draw(st.binary(min_size=(bits + 7) // 8, max_size=(bits + 7) // 8))
    return dd.BitString(bits, octets, draw(_forms))


def plain_values(kind: DataType) -> st.SearchStrategy[Value]:
    """Values of one type that holds no other."""
    if kind is DataType.BIT_STRING:
        return _bit_strings()
    if kind in _FIXED_OCTETS:
        size = _FIXED_OCTETS[kind]
        return st.builds(dd.Fixed, st.just(kind), st.binary(min_size=size, max_size=size))
    if kind in _TEXTS:
        return st.builds(dd.Text, st.just(kind), st.binary(max_size=6) | st.just(bytes(200)), _forms)
    low, high = 0, 2 ** _UNSIGNED_BITS.get(kind, 0) - 1
    if kind in _SIGNED_BITS:
        low, high = -(2 ** (_SIGNED_BITS[kind] - 1)), 2 ** (_SIGNED_BITS[kind] - 1) - 1
    return st.builds(dd.Number, st.just(kind), st.integers(low, high) | st.sampled_from((low, high)))


descriptions = st.recursive(
    st.sampled_from(_PLAIN).map(TypeDescription),
    lambda inner: (
        st.builds(TypeDescription, st.just(DataType.ARRAY), st.tuples(inner), st.integers(0, 3), st.just(0))
        | st.builds(
            TypeDescription,
            st.just(DataType.STRUCTURE),
            st.lists(inner, max_size=3).map(tuple),
            st.just(0),
            _forms,
        )
    ),
    max_leaves=4,
)


@st.composite
def _rows(draw: st.DrawFn, description: TypeDescription) -> Value:
    if description.kind is DataType.ARRAY:
        items = [draw(_rows(description.elements[0])) for _ in range(description.count)]
        return dd.Nested(DataType.ARRAY, tuple(items))
    if description.kind is DataType.STRUCTURE:
        return dd.Nested(DataType.STRUCTURE, tuple([draw(_rows(e)) for e in description.elements]))
    return draw(plain_values(description.kind))


def takes_octets(description: TypeDescription) -> bool:
    if description.kind is DataType.ARRAY:
        return description.count > 0 and takes_octets(description.elements[0])
    if description.kind is DataType.STRUCTURE:
        return any(takes_octets(element) for element in description.elements)
    return _FIXED_OCTETS.get(description.kind) != 0


@st.composite
def _compact_arrays(draw: st.DrawFn) -> dd.CompactArray:
    description = draw(descriptions)
    count = draw(st.integers(0, 3)) if takes_octets(description) else 0
    rows = [draw(_rows(description)) for _ in range(count)]
    return dd.CompactArray(description, tuple(rows), draw(_forms))


values: st.SearchStrategy[Value] = st.recursive(
    st.sampled_from(_PLAIN).flatmap(plain_values) | _compact_arrays(),
    lambda inner: st.builds(
        dd.Nested,
        st.sampled_from((DataType.ARRAY, DataType.STRUCTURE)),
        st.lists(inner, max_size=4).map(tuple),
        _forms,
    ),
    max_leaves=6,
)

# --- DLMS payloads ----------------------------------------------------------------------------------

_invoke_ids = st.integers(0, 2**32 - 1).map(LongInvokeId)
_date_times = st.just(b"") | st.binary(min_size=12, max_size=12)
_list_forms = st.builds(ListForms, _forms, _forms, _forms, _forms)


@st.composite
def _specifications(draw: st.DrawFn) -> AccessSpecification:
    service = draw(st.sampled_from(AccessService))
    selected = service >= AccessService.GET_WITH_SELECTION
    return AccessSpecification(
        service,
        draw(st.integers(0, 0xFFFF)),
        ObisCode(draw(st.binary(min_size=6, max_size=6))),
        draw(st.integers(-128, 127)),
        Selection(draw(st.integers(0, 0xFF)), draw(values)) if selected else None,
    )


@st.composite
def _requests(draw: st.DrawFn) -> AccessRequest:
    specifications = draw(st.lists(_specifications(), max_size=3))
    data = tuple([draw(values) for _ in specifications])
    forms = draw(_list_forms)._replace(results=0)
    return AccessRequest(draw(_invoke_ids), tuple(specifications), data, draw(_date_times), forms)


@st.composite
def _responses(draw: st.DrawFn) -> AccessResponse:
    services = st.sampled_from((AccessService.GET, AccessService.SET, AccessService.ACTION))
    results = draw(st.lists(st.builds(AccessResult, services, st.sampled_from(AccessCode)), max_size=3))
    data = tuple([draw(values) for _ in results])
    specifications = draw(st.none() | st.lists(_specifications(), max_size=2).map(tuple))
    forms = draw(_list_forms)
    if specifications is None:
        forms = forms._replace(specifications=0)
    return AccessResponse(draw(_invoke_ids), data, tuple(results), draw(_date_times), specifications, forms)


_notification_forms = _forms.map(ListForms)
dlms_values = st.one_of(
    _requests(),
    _responses(),
    st.builds(DataNotification, _invoke_ids, values, _date_times, _notification_forms),
)

# --- GBZ --------------------------------------------------------------------------------------------

_clusters = st.integers(0, 0xFFFF).map(ClusterId)
_attributes = st.integers(0, 0xFFFF).map(AttributeId)
_octet = st.integers(0, 0xFF)
_zcl_values = st.one_of(
    st.builds(ZclValue, st.sampled_from((ZclType.UINT8, ZclType.ENUM8, ZclType.BITMAP8)), _octet),
    st.builds(ZclValue, st.just(ZclType.UINT24), st.integers(0, 2**24 - 1)),
    st.builds(ZclValue, st.just(ZclType.UINT48), st.integers(0, 2**48 - 1)),
    st.builds(ZclValue, st.just(ZclType.INT32), st.integers(-(2**31), 2**31 - 1)),
    st.builds(ZclValue, st.just(ZclType.INT64), st.integers(-(2**63), 2**63 - 1)),
    st.builds(ZclValue, st.just(ZclType.IEEE_ADDRESS), st.integers(0, 2**64 - 1)),
    st.builds(ZclValue, st.just(ZclType.NO_DATA), st.just(b"")),
    st.builds(ZclValue, st.just(ZclType.SECURITY_KEY), st.binary(min_size=16, max_size=16)),
    st.builds(ZclValue, st.just(ZclType.OCTET_STRING), st.none() | st.binary(max_size=254)),
    st.builds(ZclValue, st.just(ZclType.LONG_CHARACTER_STRING), st.none() | st.binary(max_size=300)),
)
_failures = st.sampled_from([status for status in ZclStatus if status is not ZclStatus.SUCCESS])
_records = st.builds(AttributeRecord, _attributes, _failures, st.none()) | st.builds(
    AttributeRecord, _attributes, st.just(ZclStatus.SUCCESS), _zcl_values
)
_bodies = st.one_of(
    st.tuples(
        st.builds(ZclHeader, st.sampled_from((0x00, 0x08, 0x18)), _octet, st.just(0x00)),
        st.builds(ReadAttributes, st.lists(_attributes, max_size=5).map(tuple)),
    ),
    st.tuples(
        st.builds(ZclHeader, st.sampled_from((0x00, 0x08, 0x18)), _octet, st.just(0x01)),
        st.builds(ReadAttributesResponse, st.lists(_records, max_size=4).map(tuple)),
    ),
    st.tuples(
        st.builds(ZclHeader, st.sampled_from((0x01, 0x09, 0x19)), _octet, _octet),
        st.builds(OtherBody, st.binary(max_size=40)),
    ),
)


@st.composite
def plain_components(draw: st.DrawFn) -> Component:
    header, body = draw(_bodies)
    return Component(draw(_clusters), header, body, draw(st.none() | st.integers(0, 0xFFFFFFFF)))


_protected = st.builds(
    Component,
    _clusters,
    st.builds(ZclHeader, st.sampled_from((0x08, 0x18, 0x19)), _octet, _octet),
    st.builds(ProtectedBody, st.binary(max_size=300), _octet),
    st.none(),
)
component_lists = st.lists(plain_components() | _protected, min_size=1, max_size=4).map(tuple)
