"""Checks a folder of GBCS messages: whether they parse, come back octet for octet, and verify.

Any folder will do whose files end in ``.HEX`` (either case, any depth), each one message in hex.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

from dcc.smki.keystore import Keystore
from devices.gbcs import credentials_codec
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.errors import GbcsError
from devices.gbcs.message import Message, encode, parse
from scenarios.errors import InputError
from scenarios.message_checks import CheckResult, Verdict, check_attributes, check_mac, check_signature
from scenarios.message_input import octets_of_file

CHECKS: Final = ("parse", "re-encode", "payload re-encode", "signature", "MAC", "encrypted attributes")
"""The checks, in the order in which they are made. Payloads are re-encoded where we decode them to values:
CS02a, CS02b, CS02f and CS02g."""

_SUFFIX: Final = ".hex"
_OK: Final = CheckResult(Verdict.OK)


class MessageReport(NamedTuple):
    """What became of one message: a result by name of the check, in the order of :data:`CHECKS`."""

    name: str
    results: dict[str, CheckResult]

    def with_verdict(self, verdict: Verdict) -> list[tuple[str, str]]:
        """Name and detail of the checks that ended so."""
        return [(check, result.detail) for check, result in self.results.items() if result.verdict is verdict]


class ConformanceReport(NamedTuple):
    """What became of all messages, by rising name."""

    messages: tuple[MessageReport, ...]

    def total(self, check: str, verdict: Verdict) -> int:
        """How many messages ended a check so."""
        return sum(report.results[check].verdict is verdict for report in self.messages)

    @property
    def attributes(self) -> int:
        """How many encrypted attributes were opened."""
        return sum(len(report.results["encrypted attributes"].plaintexts) for report in self.messages)

    @property
    def failed(self) -> bool:
        """Whether any check of any message failed."""
        return any(report.with_verdict(Verdict.FAILED) for report in self.messages)

    @property
    def without_keys(self) -> int:
        """How many checks could not be made, because no key was there for them."""
        return sum(self.total(check, Verdict.NO_KEY) for check in CHECKS)

    @property
    def never_made(self) -> tuple[str, ...]:
        """The checks that messages called for and that lacked keys in every one of them."""
        made = {check: self.total(check, Verdict.OK) + self.total(check, Verdict.FAILED) for check in CHECKS}
        return tuple(check for check in CHECKS if not made[check] and self.total(check, Verdict.NO_KEY))


def check_folder(folder: Path, keystore: Keystore, provider: CryptoProvider) -> ConformanceReport:
    """Check every message of a folder.

    Raises:
        InputError: there is no such folder, or no message in it.
    """
    if not folder.is_dir():
        problem = "is a file, expected a folder" if folder.exists() else "no such folder"
        raise InputError(f"{folder}: {problem}")
    files = _message_files(folder)
    if not files:
        raise InputError(f"{folder}: no file in it ends in {_SUFFIX.upper()}")
    named = ((file.relative_to(folder).as_posix(), file) for file in files)
    return ConformanceReport(tuple(_check_file(name, file, keystore, provider) for name, file in named))


def _message_files(folder: Path) -> list[Path]:
    """The messages by rising path; links to folders are followed, and no folder is gone through twice."""
    found: list[Path] = []
    seen: set[str] = set()
    for top, folders, files in os.walk(folder, followlinks=True):
        folders.sort()
        where = os.path.realpath(top)
        if where in seen:
            folders.clear()
            continue
        seen.add(where)
        found += [Path(top, name) for name in files if Path(name).suffix.lower() == _SUFFIX]
    return sorted(file for file in found if file.is_file())


def _check_file(name: str, file: Path, keystore: Keystore, provider: CryptoProvider) -> MessageReport:
    results = dict.fromkeys(CHECKS, CheckResult(Verdict.NOT_REACHED))
    try:
        octets = octets_of_file(file)
        message = parse(octets)
    except (InputError, GbcsError) as error:
        return MessageReport(name, results | {"parse": CheckResult(Verdict.FAILED, str(error))})
    results |= {
        "parse": _OK,
        "re-encode": _same(encode(message), octets),
        "payload re-encode": _check_payload(message),
        "signature": check_signature(message, keystore, provider),
        "MAC": check_mac(message, keystore, provider),
        "encrypted attributes": check_attributes(message, keystore, provider),
    }
    return MessageReport(name, results)


def _check_payload(message: Message) -> CheckResult:
    try:
        value = credentials_codec.decode(message)
    except GbcsError as error:
        return CheckResult(Verdict.FAILED, str(error))
    if value is None:
        return CheckResult(Verdict.NOT_PRESENT)
    return _same(credentials_codec.encode(value), message.payload)


def _same(encoded: bytes, octets: bytes) -> CheckResult:
    if encoded == octets:
        return _OK
    pairs = enumerate(zip(encoded, octets, strict=False))
    at = next((place for place, (one, other) in pairs if one != other), min(len(encoded), len(octets)))
    detail = f"{len(encoded)} octets instead of {len(octets)}, differing from octet {at}"
    return CheckResult(Verdict.FAILED, detail)
