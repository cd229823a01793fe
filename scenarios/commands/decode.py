"""``dccbench decode``: any GBCS message field by field, its checks with the keys of a key store."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from dcc.smki.keystore import Keystore
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.errors import GbcsError
from devices.gbcs.message import Message, parse
from scenarios.commands import ExitStatus, emit, load_keystore
from scenarios.describe import Description, describe, describe_checks
from scenarios.described import Item, as_json, as_lines
from scenarios.errors import InputError
from scenarios.message_checks import CheckResult, Verdict, check_attributes, check_mac, check_signature
from scenarios.message_input import octets_of_argument


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "decode",
        help="print a GBCS message field by field",
        description="Print a GBCS message field by field. Leaves with 1 if a check fails, with 2 if the "
        "input is no message.",
    )
    parser.add_argument("message", help="the message in hex, a file with hex or raw octets, or - for stdin")
    parser.add_argument("--keystore", type=Path, metavar="DIR", help="check MAC, signature and encryption")
    text = "print JSON; counters and floors, of 64 bits, are text in it, so that no reader rounds them"
    parser.add_argument("--json", action="store_true", help=text)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Decode, check if there are keys, print.

    Raises:
        InputError: the input is no message, or the key store cannot be read.
    """
    message = _parsed(octets_of_argument(arguments.message, sys.stdin.buffer))
    description = describe(message)
    items = [description.item]
    results: dict[str, CheckResult] = {}
    if arguments.keystore is not None:
        results = _check(message, load_keystore(arguments.keystore))
        items.append(describe_checks(results))
    emit(_as_json_text(items) if arguments.json else _as_text(items))
    return _status(description, results)


def _parsed(octets: bytes) -> Message:
    try:
        return parse(octets)
    except GbcsError as error:
        raise InputError(str(error)) from error


def _check(message: Message, keystore: Keystore) -> dict[str, CheckResult]:
    provider = CryptoProvider()
    return {
        "signature": check_signature(message, keystore, provider),
        "mac": check_mac(message, keystore, provider),
        "encrypted_attributes": check_attributes(message, keystore, provider),
    }


def _as_text(items: list[Item]) -> str:
    return "\n".join(line for item in items for line in as_lines(item))


def _as_json_text(items: list[Item]) -> str:
    return json.dumps({item.key: as_json(item) for item in items}, indent=2)


def _status(description: Description, results: dict[str, CheckResult]) -> ExitStatus:
    if description.payload_error is not None:
        raise InputError(f"payload: {description.payload_error}")
    if any(result.verdict is Verdict.FAILED for result in results.values()):
        return ExitStatus.CHECK_FAILED
    return ExitStatus.FINE
