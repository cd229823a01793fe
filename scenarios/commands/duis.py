"""``dccbench duis``: check, sign and verify DUIS documents in files."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dcc.duis.errors import DuisError
from dcc.duis.schema import DuisSchema
from dcc.duis.signing_roles import XmlSigningRoles
from devices.gbcs.certificates import Certificate, load_certificate
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from scenarios.commands import ExitStatus, emit, load_keystore
from scenarios.commands.arguments import output_file_proper, whole_number
from scenarios.commands.output_file import OutputFile
from scenarios.duis_files import FILE_LIMITS, Examined, examine, sign_file, verify_file
from scenarios.errors import InputError

SCHEMA: Final = "dccbench/duis/1"
SCHEMA_VARIABLE: Final = "DCCBENCH_DUIS_SCHEMA"
"""Names the folder of the DUIS schema where ``--schema`` does not."""

_ROLES: Final = {"strict": XmlSigningRoles.STRICT, "public-tools": XmlSigningRoles.AS_PUBLIC_TOOLS}
_WORDS: Final = {True: "ok", False: "FAILED", None: "-"}


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "duis",
        help="check, sign and verify DUIS documents",
        description="Check, sign and verify DUIS documents in files. Leaves with 1 if a check fails.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_validate(actions)
    _add_verify(actions)
    _add_sign(actions)


def _add_validate(actions: argparse._SubParsersAction[Any]) -> None:
    parser = actions.add_parser("validate", help="hold documents against limits, schema and structure")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a document, or - for stdin")
    text = f"the folder of the DUIS schema; by default that named by {SCHEMA_VARIABLE}, or none"
    parser.add_argument("--schema", type=Path, metavar="DIR", help=text)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_validate)


def _add_verify(actions: argparse._SubParsersAction[Any]) -> None:
    parser = actions.add_parser("verify", help="verify XML signatures")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a document, or - for stdin")
    text = "a folder or keystore.json with certificates"
    parser.add_argument("--keystore", type=Path, metavar="DIR", help=text)
    text = "a certificate in PEM or DER; may be given more than once"
    parser.add_argument("--certificate", type=Path, action="append", default=[], metavar="FILE", help=text)
    text = "whose certificates may sign: by the letter, or as the public tools have it (default strict)"
    parser.add_argument("--roles", choices=tuple(_ROLES), default="strict", help=text)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_verify)


def _add_sign(actions: argparse._SubParsersAction[Any]) -> None:
    parser = actions.add_parser("sign", help="sign a document")
    parser.add_argument("file", metavar="FILE", help="a document, or - for stdin")
    text = "a folder or keystore.json with certificates and their keys"
    parser.add_argument("--keystore", type=Path, metavar="DIR", required=True, help=text)
    text = "who signs; by default the originator of the request"
    parser.add_argument("--as", type=_eui, metavar="EUI64", dest="signer", help=text)
    text = "put this counter into the RequestID first"
    parser.add_argument("--counter", type=_counter, metavar="N", help=text)
    parser.add_argument("--out", type=output_file_proper, metavar="FILE", help="write to FILE")
    parser.set_defaults(run=_sign)


def _eui(text: str) -> Eui64:
    try:
        return Eui64.parse(text)
    except GbcsError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _counter(text: str) -> OriginatorCounter:
    return OriginatorCounter(whole_number(0, 2**64 - 1)(text))


def _validate(arguments: argparse.Namespace) -> int:
    schema = _schema(arguments.schema)
    return _report(
        {name: examine(_document(name), schema) for name in arguments.files}, as_json=arguments.json
    )


def _verify(arguments: argparse.Namespace) -> int:
    certificates, roles = _certificates(arguments), _ROLES[arguments.roles]
    examined = {name: verify_file(_document(name), certificates, roles) for name in arguments.files}
    return _report(examined, as_json=arguments.json)


def _certificates(arguments: argparse.Namespace) -> list[Certificate]:
    found = [_certificate(path) for path in arguments.certificate]
    if arguments.keystore is not None:
        entries = load_keystore(arguments.keystore).entries
        found += [entry.certificate for entry in entries if entry.certificate is not None]
    if not found:
        raise InputError("--keystore and --certificate: no certificate, expected one to verify with")
    return found


def _certificate(path: Path) -> Certificate:
    try:
        octets = path.read_bytes()
        if b"-----BEGIN" in octets:
            octets = x509.load_pem_x509_certificate(octets).public_bytes(Encoding.DER)
        return load_certificate(octets)
    except OSError as error:
        raise InputError(f"--certificate: {path}: {error.strerror or error}") from error
    except GbcsError as error:
        raise InputError(f"--certificate: {path}: {error}") from error
    except ValueError as error:
        raise InputError(f"--certificate: {path}: no certificate in PEM or DER") from error


def _sign(arguments: argparse.Namespace) -> int:
    keystore = load_keystore(arguments.keystore)
    signed = sign_file(_document(arguments.file), keystore, arguments.signer, arguments.counter).decode()
    if arguments.out is None:
        _speak_utf_8()
        emit(signed)
    else:
        with OutputFile("--out", arguments.out) as stream:
            stream.write(signed)
    return ExitStatus.FINE


def _speak_utf_8() -> None:
    """Standard output in the encoding that the document declares, whatever the terminal's may be."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")


def _schema(folder: Path | None) -> DuisSchema | None:
    named = os.environ.get(SCHEMA_VARIABLE)
    folder = folder or (Path(named) if named else None)
    if folder is None:
        return None
    try:
        return DuisSchema.load(folder)
    except DuisError as error:
        raise InputError(f"--schema: {error}") from error


def _document(name: str) -> bytes:
    """The octets of a file, one more than may be at most, so that its reader says what is wrong."""
    most = FILE_LIMITS.document_octets + 1
    try:
        if name == "-":
            return sys.stdin.buffer.read(most)
        with open(name, "rb") as file:
            return file.read(most)
    except OSError as error:
        raise InputError(f"{name}: {error.strerror or error}") from error


def _report(examined: dict[str, Examined], *, as_json: bool) -> int:
    if as_json:
        files = [_as_json(name, item) for name, item in examined.items()]
        emit(json.dumps({"schema": SCHEMA, "files": files}, indent=2))
    else:
        emit("\n".join(line for name, item in examined.items() for line in _as_lines(name, item)))
    return ExitStatus.FINE if all(item.holds for item in examined.values()) else ExitStatus.CHECK_FAILED


def _as_json(name: str, item: Examined) -> dict[str, Any]:
    return {
        "file": name,
        "holds": item.holds,
        "root": item.root or None,
        "fields": dict(item.fields),
        "checks": [check._asdict() for check in item.checks],
    }


def _as_lines(name: str, item: Examined) -> list[str]:
    lines = [f"{name}: {item.root or 'no document'}, {'ok' if item.holds else 'FAILED'}"]
    lines += [f"  {field:<16}{text}" for field, text in item.fields]
    lines += [f"  {check.name:<16}{_WORDS[check.holds]:<8}{check.text}" for check in item.checks]
    return lines
