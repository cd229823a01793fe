"""External key stores: both forms, what they get wrong, and what cannot be read at all."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from dcc.smki.hierarchy import TestSmki
from dcc.smki.keystore import ACCEPTED_ISSUERS, Keystore
from dcc.smki.keystore_sources import KeystoreError
from dcc.smki.profiles import CertificatePurpose
from devices.gbcs.certificates import Certificate
from devices.gbcs.crypto import KeyPair
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole

SMKI = TestSmki(b"keystore")
SUPPLIER = Eui64.parse("90-B3-D5-1F-30-01-00-00")
OTHER = Eui64.parse("90-B3-D5-1F-30-03-00-00")
DS = "digitalSignature"
SIGNATURE, AGREEMENT = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT


def issue(purpose: CertificatePurpose, year: int = 2020) -> tuple[Certificate, KeyPair]:
    issued = SMKI.issue_organisation(
        SUPPLIER, RemotePartyRole.SUPPLIER, purpose, date(year, 1, 1), generation=year
    )
    return issued.certificate, issued.key


SIGNING, SIGNING_KEY = issue(CertificatePurpose.DIGITAL_SIGNING)
MANAGEMENT, MANAGEMENT_KEY = issue(CertificatePurpose.KEY_AGREEMENT)
PREPAYMENT, PREPAYMENT_KEY = issue(CertificatePurpose.PREPAYMENT_KEY_AGREEMENT)
RENEWED, RENEWED_KEY = issue(CertificatePurpose.KEY_AGREEMENT, 2024)


def pem(label: str, der: bytes) -> str:
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n"


def certificate_pem(certificate: Certificate) -> str:
    return pem("CERTIFICATE", certificate.der)


def key_pem(
    key: KeyPair,
    encryption: KeySerializationEncryption | None = None,
    form: PrivateFormat = PrivateFormat.PKCS8,
) -> str:
    private = key.private_key().private_bytes(Encoding.PEM, form, encryption or NoEncryption())
    return private.decode()


def entry(certificate: Certificate, key: KeyPair | None, **fields: object) -> dict[str, Any]:
    content = {"certificate": certificate_pem(certificate), "name": "supplier-ds", "role": 2} | fields
    return content if key is None else content | {"privateKey": key_pem(key)}


def keystore_json(*entries: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    """Of (usage, serial, fields), all under the supplier's EUI-64."""
    usages: dict[str, Any] = {}
    for usage, serial, fields in entries:
        usages.setdefault(usage, {})[serial] = fields
    return {SUPPLIER.hex(): usages}


def load_json(folder: Path, content: object, **options: Any) -> Keystore:
    file = folder / "keystore.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return Keystore.load(file, **options)


def scalars(keys: tuple[KeyPair, ...]) -> list[int | None]:
    return [key.scalar for key in keys]


def notes(store: Keystore) -> str:
    return "\n".join(str(note) for note in store.notes)


def write_pair(folder: Path, stem: str, certificate: Certificate, key: KeyPair | None = None) -> None:
    (folder / f"{stem}.pem").write_text(certificate_pem(certificate))
    if key is not None:
        (folder / f"{stem}.key").write_text(key_pem(key))


# A JSON file.


def test_a_json_store(tmp_path: Path) -> None:
    content = keystore_json(
        (DS, str(SIGNING.serial), entry(SIGNING, SIGNING_KEY)),
        ("keyAgreement", str(MANAGEMENT.serial), entry(MANAGEMENT, None)),
    )
    store = load_json(tmp_path, content)
    assert store.certificates(SUPPLIER, SIGNATURE) == (SIGNING,)
    assert scalars(store.key_pairs(SUPPLIER, SIGNATURE)) == [SIGNING_KEY.scalar]
    (public,) = store.key_pairs(SUPPLIER, AGREEMENT)
    assert (public.scalar, public.public_point) == (None, MANAGEMENT.public_point)
    assert store.notes == ()
    assert store.candidates(OTHER, SIGNATURE) == ()
    assert not store.key_pairs(OTHER, SIGNATURE)
    assert not store.certificates(OTHER, SIGNATURE)


def test_a_folder_that_holds_the_json_file(tmp_path: Path) -> None:
    content = keystore_json((DS, str(SIGNING.serial), entry(SIGNING, SIGNING_KEY)))
    by_file = load_json(tmp_path, content)
    assert Keystore.load(str(tmp_path)).entries[0].certificate == by_file.entries[0].certificate


def test_all_candidates_oldest_first_and_prepayment_by_name(tmp_path: Path) -> None:
    content = keystore_json(
        ("keyAgreement", str(RENEWED.serial), entry(RENEWED, RENEWED_KEY, name="Z1b-supplier-ka")),
        ("keyAgreement", str(PREPAYMENT.serial), entry(PREPAYMENT, PREPAYMENT_KEY, name="Z1-supplierPP-ka")),
        ("keyAgreement", str(MANAGEMENT.serial), entry(MANAGEMENT, MANAGEMENT_KEY, name="Z1-supplier-ka")),
    )
    store = load_json(tmp_path, content)
    oldest = sorted((MANAGEMENT, PREPAYMENT), key=lambda certificate: certificate.serial)
    assert store.certificates(SUPPLIER, AGREEMENT) == (*oldest, RENEWED)
    assert store.certificates(SUPPLIER, AGREEMENT, prepayment=True) == (PREPAYMENT, MANAGEMENT, RENEWED)
    assert store.certificates(SUPPLIER, AGREEMENT, prepayment=False) == (MANAGEMENT, RENEWED, PREPAYMENT)
    assert len(store.key_pairs(SUPPLIER, AGREEMENT, prepayment=True)) == 3


@pytest.mark.parametrize(
    ("usage", "serial", "fields", "what"),
    [
        ("keyAgreement", SIGNING.serial, {}, "key usage is digitalSignature"),
        ("digitalSignature", 1, {}, f"serial is {SIGNING.serial}"),
        (
            "digitalSignature",
            SIGNING.serial,
            {"role": 3},
            "role 3, the certificate's organisational unit is 02",
        ),
    ],
)
def test_the_certificate_is_believed_and_the_difference_noted(
    tmp_path: Path, usage: str, serial: int, fields: dict[str, Any], what: str
) -> None:
    content = keystore_json((usage, str(serial), entry(SIGNING, SIGNING_KEY, **fields)))
    store = load_json(tmp_path, content)
    assert store.certificates(SUPPLIER, SIGNATURE) == (SIGNING,)
    assert what in notes(store)
    assert len(store.notes) == 1


def test_role_and_name_may_be_absent(tmp_path: Path) -> None:
    fields = {"certificate": certificate_pem(SIGNING)}
    for given_fields in (fields, fields | {"role": None, "name": None, "privateKey": None}):
        store = load_json(tmp_path, keystore_json((DS, str(SIGNING.serial), given_fields)))
        assert store.notes == ()
        assert len(store.entries) == 1


def test_another_entitys_certificate_is_found_under_its_subject(tmp_path: Path) -> None:
    content = {
        OTHER.hex().upper(): keystore_json((DS, str(SIGNING.serial), entry(SIGNING, None)))[SUPPLIER.hex()]
    }
    store = load_json(tmp_path, content)
    assert store.certificates(SUPPLIER, SIGNATURE) == (SIGNING,)
    assert store.certificates(OTHER, SIGNATURE) == ()
    assert "subject is 90-B3-D5-1F-30-01-00-00" in notes(store)


def test_a_private_key_of_another_certificate_is_left_out(tmp_path: Path) -> None:
    content = keystore_json((DS, str(SIGNING.serial), entry(SIGNING, MANAGEMENT_KEY)))
    store = load_json(tmp_path, content)
    assert scalars(store.key_pairs(SUPPLIER, SIGNATURE)) == [None]
    assert "private key is not that of the certificate" in notes(store)


@pytest.mark.parametrize(
    ("accepted", "ok"),
    [
        (ACCEPTED_ISSUERS, True),
        (("TEST-ISSUER",), True),
        (("CN=TEST-ISSUER,OU=07",), True),
        (("Z1", "E357"), False),
        (("ISSUER",), False),
        ((), False),
    ],
)
def test_issuers_are_accepted_from_a_list(tmp_path: Path, accepted: tuple[str, ...], ok: bool) -> None:
    content = keystore_json((DS, str(SIGNING.serial), entry(SIGNING, SIGNING_KEY)))
    store = load_json(tmp_path, content, accepted_issuers=accepted)
    assert bool(store.entries) is ok
    assert ok or "left out, issued by CN=TEST-ISSUER,OU=07" in notes(store)


def test_unusable_certificates_are_left_out_with_a_note(tmp_path: Path) -> None:
    rubbish = {"certificate": pem("CERTIFICATE", b"\x30\x03\x02\x01\x01")}
    authority = {"certificate": certificate_pem(SMKI.issuer.certificate)}
    content = keystore_json(
        ("digitalSignature", "1", rubbish),
        ("digitalSignature", "2", authority),
        ("digitalSignature", "3", entry(SIGNING, None)),
    )
    store = load_json(tmp_path, content, accepted_issuers=("TEST-ISSUER", "CN=TEST-ROOT,OU=00"))
    assert [each.certificate for each in store.entries] == [SIGNING]
    assert "digitalSignature/1: left out, certificate: not a readable X.509 certificate" in notes(store)
    assert "digitalSignature/2: left out, neither a party's nor a device's" in notes(store)


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        ("", "keystore.json", "not JSON"),
        ("[" * 100_000, "keystore.json", "not JSON"),
        ([], "keystore.json: the whole", "list, expected a JSON object"),
        ({"90B3": {}}, "keystore.json: 90B3", "expected 8 hex octets"),
        ({SUPPLIER.hex(): []}, SUPPLIER.hex(), "list, expected a JSON object"),
        (
            keystore_json(("signing", "1", {})),
            f"{SUPPLIER.hex()}/signing",
            "digitalSignature or keyAgreement",
        ),
        ({SUPPLIER.hex(): {DS: 7}}, f"{SUPPLIER.hex()}/{DS}", "int, expected a JSON object"),
        ({SUPPLIER.hex(): {DS: {"1": None}}}, f"{DS}/1", "NoneType, expected a JSON object"),
        (keystore_json((DS, "1F", entry(SIGNING, None))), f"{DS}/1F", "expected decimal digits"),
        (keystore_json((DS, "1", {})), f"{DS}/1/certificate", "missing"),
        (keystore_json((DS, "1", {"certificate": 7})), f"{DS}/1/certificate", "7, expected a text"),
        (keystore_json((DS, "1", {"certificate": "xyz"})), f"{DS}/1/certificate", "no PEM block CERTIFICATE"),
        (
            keystore_json((DS, "1", {"certificate": pem("CERTIFICATE", b"abc").replace("YW", "Y!")})),
            f"{DS}/1/certificate",
            "not base64",
        ),
        (keystore_json((DS, "1", entry(SIGNING, None, role="2"))), f"{DS}/1/role", "'2', expected a number"),
        (
            keystore_json((DS, "1", entry(SIGNING, None, role=True))),
            f"{DS}/1/role",
            "True, expected a number",
        ),
        (keystore_json((DS, "1", entry(SIGNING, None, name=7))), f"{DS}/1/name", "7, expected a text"),
        (
            keystore_json((DS, "1", entry(SIGNING, None, privateKey=7))),
            f"{DS}/1/privateKey",
            "expected a text",
        ),
        (
            keystore_json((DS, "1", entry(SIGNING, None, privateKey=certificate_pem(SIGNING)))),
            f"{DS}/1/privateKey",
            "no PEM block PRIVATE KEY",
        ),
        (
            keystore_json((DS, "1", entry(SIGNING, None, privateKey=pem("PRIVATE KEY", b"abc")))),
            f"{DS}/1/privateKey",
            "not a readable private key",
        ),
    ],
)
def test_what_cannot_be_read_is_one_error_that_says_where(
    tmp_path: Path, content: object, where: str, what: str
) -> None:
    with pytest.raises(KeystoreError) as caught:
        load_json(tmp_path, content)
    assert where in caught.value.where
    assert what in caught.value.what
    assert str(tmp_path / "keystore.json") in str(caught.value)


@pytest.mark.parametrize(
    ("key", "what"),
    [
        (key_pem(SIGNING_KEY, BestAvailableEncryption(b"secret")), "without password"),
        (
            ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
            .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            .decode(),
            "expected a key on P-256",
        ),
        (
            ec.derive_private_key(7, ec.SECP384R1())
            .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            .decode(),
            "expected a key on P-256",
        ),
    ],
)
def test_private_keys_of_another_kind(tmp_path: Path, key: str, what: str) -> None:
    content = keystore_json((DS, str(SIGNING.serial), entry(SIGNING, None, privateKey=key)))
    with pytest.raises(KeystoreError, match=what) as caught:
        load_json(tmp_path, content)
    # No part of a key is told.
    assert key.splitlines()[1] not in str(caught.value)


def test_the_older_form_of_private_keys(tmp_path: Path) -> None:
    key = key_pem(SIGNING_KEY, form=PrivateFormat.TraditionalOpenSSL)
    content = keystore_json((DS, str(SIGNING.serial), entry(SIGNING, None, privateKey=key)))
    assert scalars(load_json(tmp_path, content).key_pairs(SUPPLIER, SIGNATURE)) == [SIGNING_KEY.scalar]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.dictionaries(
            st.sampled_from([SUPPLIER.hex(), DS, "1", "certificate", "role"]) | st.text(), inner, max_size=3
        ),
        max_leaves=8,
    )
)
def test_no_json_raises_another_error(tmp_path_factory: pytest.TempPathFactory, content: object) -> None:
    folder = tmp_path_factory.mktemp("store")
    with suppress(KeystoreError):
        assert load_json(folder, json.dumps(content)).entries == ()


# A folder of files.


def test_a_folder(tmp_path: Path) -> None:
    write_pair(tmp_path, f"{SUPPLIER.hex()}-ds", SIGNING, SIGNING_KEY)
    write_pair(tmp_path, f"{SUPPLIER.hex().upper()}-ka", MANAGEMENT)
    write_pair(tmp_path, f"{SUPPLIER.hex()}-pp-ka", PREPAYMENT, PREPAYMENT_KEY)
    (tmp_path / "README.txt").write_text("nothing to do with it")
    (tmp_path / f"{SUPPLIER.hex()}-ds.crt").write_text("nor this")
    store = Keystore.load(tmp_path)
    assert store.certificates(SUPPLIER, SIGNATURE) == (SIGNING,)
    assert scalars(store.key_pairs(SUPPLIER, SIGNATURE)) == [SIGNING_KEY.scalar]
    assert store.certificates(SUPPLIER, AGREEMENT, prepayment=False) == (MANAGEMENT, PREPAYMENT)
    assert scalars(store.key_pairs(SUPPLIER, AGREEMENT, prepayment=True)) == [PREPAYMENT_KEY.scalar, None]
    assert store.notes == ()


def test_a_file_of_another_entitys_name(tmp_path: Path) -> None:
    write_pair(tmp_path, f"{OTHER.hex()}-ka", SIGNING, SIGNING_KEY)
    store = Keystore.load(tmp_path)
    assert scalars(store.key_pairs(SUPPLIER, SIGNATURE)) == [SIGNING_KEY.scalar]
    assert len(store.notes) == 2
    assert all(note.where == f"{OTHER.hex()}-ka.key and {OTHER.hex()}-ka.pem" for note in store.notes)


def test_one_certificate_under_two_names_is_one_entry(tmp_path: Path) -> None:
    write_pair(tmp_path, f"{SUPPLIER.hex()}-ka", MANAGEMENT)
    write_pair(tmp_path, f"{OTHER.hex()}-pp-ka", MANAGEMENT, MANAGEMENT_KEY)
    (entry_of_both,) = Keystore.load(tmp_path).entries
    assert entry_of_both.key.scalar == MANAGEMENT_KEY.scalar
    assert entry_of_both.prepayment


def test_keys_without_certificate_go_by_their_names(tmp_path: Path) -> None:
    (tmp_path / f"{SUPPLIER.hex()}-ka.key").write_text(key_pem(MANAGEMENT_KEY))
    public = MANAGEMENT_KEY.private_key().public_key()
    point = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / f"{OTHER.hex()}-ka.pem").write_bytes(point)
    store = Keystore.load(tmp_path)
    assert scalars(store.key_pairs(SUPPLIER, AGREEMENT)) == [MANAGEMENT_KEY.scalar]
    assert scalars(store.key_pairs(OTHER, AGREEMENT)) == [None]
    assert store.certificates(SUPPLIER, AGREEMENT) == ()
    assert notes(store).count("its name is taken at its word") == 2


def test_one_key_for_two_usages_is_two_entries(tmp_path: Path) -> None:
    for usage in ("ds", "ka"):
        (tmp_path / f"{SUPPLIER.hex()}-{usage}.key").write_text(key_pem(SIGNING_KEY))
    store = Keystore.load(tmp_path)
    assert scalars(store.key_pairs(SUPPLIER, SIGNATURE)) == [SIGNING_KEY.scalar]
    assert scalars(store.key_pairs(SUPPLIER, AGREEMENT)) == [SIGNING_KEY.scalar]


def test_a_key_alone_finds_its_certificate_in_the_json_file(tmp_path: Path) -> None:
    (tmp_path / f"{OTHER.hex()}-ds.key").write_text(key_pem(SIGNING_KEY))
    load_json(tmp_path, keystore_json((DS, str(SIGNING.serial), entry(SIGNING, None))))
    store = Keystore.load(tmp_path)
    assert scalars(store.key_pairs(SUPPLIER, SIGNATURE)) == [SIGNING_KEY.scalar]
    assert store.key_pairs(OTHER, SIGNATURE) == ()


def test_certificates_come_before_keys_without_one(tmp_path: Path) -> None:
    (tmp_path / f"{SUPPLIER.hex()}-ka.key").write_text(key_pem(RENEWED_KEY))
    write_pair(tmp_path, f"{SUPPLIER.hex()}-pp-ka", PREPAYMENT, PREPAYMENT_KEY)
    keys = Keystore.load(tmp_path).key_pairs(SUPPLIER, AGREEMENT)
    assert scalars(keys) == [PREPAYMENT_KEY.scalar, RENEWED_KEY.scalar]


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match=r"holds no keys, expected keystore\.json or files named"):
        Keystore.load(tmp_path)
    with pytest.raises(KeystoreError, match="no such file or folder"):
        Keystore.load(tmp_path / "nowhere")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"-----BEGIN CERTIFICATE-----\n"])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / f"{SUPPLIER.hex()}-ds.pem"
    file.write_bytes(content)
    with pytest.raises(KeystoreError) as caught:
        Keystore.load(tmp_path)
    assert caught.value.where == str(file)


# The public test sets.


def test_the_rtds_store(conformance: Path) -> None:
    store = Keystore.load(conformance / "rtds" / "keystore")
    assert len(store.entries) >= 400
    # Mislabelled: the second supplier's certificate under the WAN provider's name.
    wan_provider = Eui64.parse("90B3D51F30000007")
    assert store.candidates(wan_provider, AGREEMENT) == ()
    assert "90b3d51f30000007-ka.key and 90b3d51f30000007-ka.pem: the certificate's subject is" in notes(store)
    assert len(store.certificates(OTHER, AGREEMENT)) == 2
    assert all(key.scalar is not None for key in store.key_pairs(OTHER, AGREEMENT))
    # Keys without certificate.
    assert store.key_pairs(Eui64.parse("123456789ABCDEF0"), AGREEMENT)[0].scalar is not None
    assert store.key_pairs(Eui64.parse("FFFFFFFFFFFFFFFE"), AGREEMENT)[0].scalar is None
    assert len(store.notes) == 4


@pytest.mark.parametrize("name", ["zaz1", "zaz1/keystore.json"])
def test_the_zaz1_store(conformance: Path, name: str) -> None:
    store = Keystore.load(conformance / name)
    assert len(store.certificates(SUPPLIER, AGREEMENT)) == 4
    ordered = store.candidates(SUPPLIER, AGREEMENT, prepayment=True)
    assert [each.prepayment for each in ordered] == [True, True, False, False]
    assert all(each.key.scalar is not None for each in store.entries)
    assert len(store.notes) == 4
    assert all("left out, issued by CN=" in note.what for note in store.notes)
    with_others = Keystore.load(conformance / name, (*ACCEPTED_ISSUERS, "OB", "CN=Z99,OU=07"))
    assert with_others.notes == ()
    assert len(with_others.entries) == len(store.entries) + 4
