"""``dccbench conformance rtds``: check a folder of reference messages, count, name what fails."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from dcc.smki.keystore import Keystore
from devices.gbcs.crypto import CryptoProvider, CryptoTally
from scenarios.commands import ExitStatus, emit, load_keystore, say
from scenarios.commands.arguments import whole_number
from scenarios.conformance import CHECKS, ConformanceReport, check_folder
from scenarios.message_checks import Verdict

_COLUMNS: Final = (Verdict.OK, Verdict.FAILED, Verdict.NO_KEY, Verdict.NOT_PRESENT)


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand."""
    conformance = subparsers.add_parser("conformance", help="check against reference data")
    suites = conformance.add_subparsers(title="suites", metavar="SUITE", required=True)
    parser = suites.add_parser(
        "rtds",
        help="check a folder of GBCS messages (Reference Test Data Set)",
        description="Check every *.HEX file of a folder, at any depth: parse, re-encode, signature, MAC, "
        "encrypted attributes. Leaves with 1 if anything fails, or if a check that messages call for "
        "was never made because keys lack.",
    )
    parser.add_argument("--messages", type=Path, metavar="DIR", required=True, help="folder of *.HEX files")
    parser.add_argument("--keystore", type=Path, metavar="DIR", required=True, help="test keys")
    text = "leave with 1 if more than N checks lack keys (default: any number, if each kind was made once)"
    parser.add_argument("--most-without-keys", type=whole_number(0, 10**9), metavar="N", help=text)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check the folder and print the counts; problems of the whole set go to standard error.

    Raises:
        InputError: the messages or the keys cannot be read.
    """
    keystore, provider = load_keystore(arguments.keystore), CryptoProvider()
    report = check_folder(arguments.messages, keystore, provider)
    if arguments.json:
        emit(json.dumps(_as_json(report, keystore, provider.tally), indent=2))
    else:
        emit("\n".join(_lines(report, keystore, provider.tally)))
    problems = list(_problems(report, arguments.most_without_keys))
    for problem in problems:
        say(problem)
    return ExitStatus.CHECK_FAILED if report.failed or problems else ExitStatus.FINE


def _problems(report: ConformanceReport, most_without_keys: int | None) -> Iterator[str]:
    """What is wrong with the set as a whole, though no message failed."""
    for check in report.never_made:
        lacking = report.total(check, Verdict.NO_KEY)
        yield f"{check}: never made, keys lacked for all {lacking} messages that have it"
    if most_without_keys is not None and report.without_keys > most_without_keys:
        yield f"{report.without_keys} checks without keys, expected at most {most_without_keys}"


def _named(report: ConformanceReport, verdict: Verdict) -> list[dict[str, str]]:
    return [
        {"message": message.name, "check": check, "reason": reason}
        for message in report.messages
        for check, reason in message.with_verdict(verdict)
    ]


def _as_json(report: ConformanceReport, keystore: Keystore, tally: CryptoTally) -> dict[str, Any]:
    return {
        "messages": len(report.messages),
        "checks": {
            check: {verdict.value: report.total(check, verdict) for verdict in Verdict} for check in CHECKS
        },
        "attributes_opened": report.attributes,
        "failures": _named(report, Verdict.FAILED),
        "never_made": list(report.never_made),
        "without_keys": _named(report, Verdict.NO_KEY),
        "computed": asdict(tally),
        "keystore_notes": [str(note) for note in keystore.notes],
    }


def _lines(report: ConformanceReport, keystore: Keystore, tally: CryptoTally) -> Iterator[str]:
    columns = list(_COLUMNS)
    if any(report.total(check, Verdict.NOT_REACHED) for check in CHECKS):
        columns.append(Verdict.NOT_REACHED)
    yield f"{len(report.messages)} messages, {len(keystore.entries)} keys"
    yield ""
    yield f"{'check':<22}" + "".join(f"{verdict.value:>13}" for verdict in columns)
    for check in CHECKS:
        yield f"{check:<22}" + "".join(f"{report.total(check, verdict):>13}" for verdict in columns)
    yield ""
    yield (
        f"computed: {tally.signatures_verified} signatures verified, {tally.macs_computed} MACs, "
        f"{tally.secrets_agreed} secrets agreed, {report.attributes} encrypted attributes opened"
    )
    for title, verdict in (("failures", Verdict.FAILED), ("without keys", Verdict.NO_KEY)):
        named = _named(report, verdict)
        yield f"{title}: {len(named) or 'none'}"
        yield from (f"  {entry['message']}: {entry['check']}: {entry['reason']}" for entry in named)
    if keystore.notes:
        yield f"notes on the key store: {len(keystore.notes)}"
        yield from (f"  {note}" for note in keystore.notes)
