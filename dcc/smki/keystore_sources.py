"""Reads test key stores from outside, in the two forms that exist, into one: what each entry claims.

``keystore.json`` maps EUI-64 -> key usage -> serial (decimal) -> certificate (PEM), private key (PEM, where
it is known), name and role. A folder holds files ``<EUI-64>-ds|ka|pp-ka.pem`` and ``.key``.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from devices.gbcs.crypto import KeyPair, public_point_of
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage

KEYSTORE_FILE: Final = "keystore.json"
_FILE_NAME: Final = re.compile(r"([0-9A-Fa-f]{16})-(ds|ka|pp-ka)\.(pem|key)")
_FILE_USAGES: Final = {
    "ds": KeyUsage.DIGITAL_SIGNATURE,
    "ka": KeyUsage.KEY_AGREEMENT,
    "pp-ka": KeyUsage.KEY_AGREEMENT,
}
_JSON_USAGES: Final = {usage.field_name: usage for usage in _FILE_USAGES.values()}
_PREPAYMENT_NAME: Final = re.compile(r"PP\b")
_SERIAL: Final = re.compile(r"[0-9]{1,60}")
_PEM: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\s(.*?)-----END \1-----", re.DOTALL)
_CERTIFICATE: Final = "CERTIFICATE"
_PUBLIC_KEY: Final = "PUBLIC KEY"
_PRIVATE_KEYS: Final = ("PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY")


class KeystoreError(ValueError):
    """A key store that cannot be read: ``where`` names file, entry and field, ``what`` the trouble."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(where, what)
        self.where = where
        self.what = what

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class Claim(NamedTuple):
    """What a key store says of one entry; nothing of it has been compared with the certificate yet.

    ``certificate`` (DER) or ``key`` is there, or both; a ``key`` may lack its private half.
    """

    where: str
    entity: Eui64
    usage: KeyUsage
    prepayment: bool
    serial: int | None = None
    role: int | None = None
    certificate: bytes | None = None
    key: KeyPair | None = None


def read_claims(path: Path) -> list[Claim]:
    """All entries of a ``keystore.json``, or of a folder that holds one or the single files.

    Raises:
        KeystoreError: nothing is there to read, or something cannot be read; names file, entry, field.
    """
    if path.is_file():
        return list(_json_claims(path))
    if not path.is_dir():
        raise KeystoreError(str(path), "no such file or folder")
    inside = path / KEYSTORE_FILE
    claims = list(_json_claims(inside)) if inside.is_file() else []
    claims += _folder_claims(path)
    if not claims:
        expected = f"{KEYSTORE_FILE} or files named <EUI-64>-ds.pem, -ka.pem, -pp-ka.pem or .key"
        raise KeystoreError(str(path), f"holds no keys, expected {expected}")
    return claims


def _folder_claims(folder: Path) -> Iterator[Claim]:
    stems: dict[str, dict[str, Path]] = {}
    for file in sorted(folder.iterdir()):
        if match := _FILE_NAME.fullmatch(file.name):
            stems.setdefault(f"{match[1]}-{match[2]}", {})[match[3]] = file
    for stem, files in stems.items():
        eui64, _, usage = stem.partition("-")
        yield _file_claim(files, Eui64.parse(eui64), usage)


def _file_claim(files: dict[str, Path], entity: Eui64, usage: str) -> Claim:
    claim = Claim(
        " and ".join(file.name for file in files.values()), entity, _FILE_USAGES[usage], usage == "pp-ka"
    )
    if "pem" in files:
        where = str(files["pem"])
        label, der = _pem_block(_text(files["pem"]), where, (_CERTIFICATE, _PUBLIC_KEY))
        if label == _CERTIFICATE:
            claim = claim._replace(certificate=der)
        else:
            claim = claim._replace(key=_public_key(der, where))
    if "key" in files:
        claim = claim._replace(key=_private_key(_text(files["key"]), str(files["key"])))
    return claim


def _json_claims(file: Path) -> Iterator[Claim]:
    try:
        content = json.loads(_text(file))
    except (ValueError, RecursionError) as error:
        raise KeystoreError(str(file), f"not JSON: {error}") from error
    where = f"{file}: "
    for eui64, usages in _object(content, f"{where}the whole").items():
        try:
            entity = Eui64.parse(eui64)
        except GbcsError as error:
            raise KeystoreError(where + eui64, str(error)) from error
        for usage, serials in _object(usages, f"{where}{eui64}").items():
            if usage not in _JSON_USAGES:
                raise KeystoreError(f"{where}{eui64}/{usage}", f"expected {' or '.join(_JSON_USAGES)}")
            for serial, fields in _object(serials, f"{where}{eui64}/{usage}").items():
                place = f"{where}{eui64}/{usage}/{serial}"
                yield _json_claim(_object(fields, place), place, entity, _JSON_USAGES[usage], serial)


def _json_claim(fields: dict[str, Any], where: str, entity: Eui64, usage: KeyUsage, serial: str) -> Claim:
    if not _SERIAL.fullmatch(serial):
        raise KeystoreError(where, f"serial {serial!r}, expected decimal digits")
    role = fields.get("role")
    if role is not None and type(role) is not int:
        raise KeystoreError(f"{where}/role", f"{role!r}, expected a number")
    name = fields.get("name")
    key = None
    if fields.get("privateKey") is not None:
        key = _private_key(_string(fields["privateKey"], f"{where}/privateKey"), f"{where}/privateKey")
    certificate = _string(fields.get("certificate"), f"{where}/certificate")
    return Claim(
        where=where.rpartition(": ")[2],
        entity=entity,
        usage=usage,
        prepayment=name is not None and bool(_PREPAYMENT_NAME.search(_string(name, f"{where}/name"))),
        serial=int(serial),
        role=role,
        certificate=_pem_block(certificate, f"{where}/certificate", (_CERTIFICATE,))[1],
        key=key,
    )


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise KeystoreError(where, f"{type(value).__name__}, expected a JSON object")
    return value


def _string(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise KeystoreError(where, "missing" if value is None else f"{value!r}, expected a text")
    return value


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KeystoreError(str(file), f"not a readable text file: {error}") from error


def _pem_block(text: str, where: str, labels: tuple[str, ...]) -> tuple[str, bytes]:
    """Label and octets of the first PEM block with one of ``labels``; others before it don't matter."""
    for label, body in _PEM.findall(text):
        if label in labels:
            try:
                return label, base64.b64decode("".join(body.split()), validate=True)
            except (binascii.Error, ValueError) as error:
                raise KeystoreError(where, f"PEM block {label} is not base64: {error}") from error
    raise KeystoreError(where, f"no PEM block {' or '.join(labels)}")


def _public_key(der: bytes, where: str) -> KeyPair:
    try:
        key = load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeystoreError(where, f"not a readable public key: {error}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeystoreError(where, "expected a key on P-256")
    return KeyPair(public_point_of(key))


def _private_key(text: str, where: str) -> KeyPair:
    _, der = _pem_block(text, where, _PRIVATE_KEYS)
    try:
        key = load_der_private_key(der, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Not the library's words: no part of a private key is to reach a message.
        raise KeystoreError(where, "not a readable private key without password") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeystoreError(where, "expected a key on P-256")
    return KeyPair.from_private_key(key)
