"""Which tests try which rule: those whose first parameter is the rule's id, alone or with a code after it.

``python tests/rule_tests.py`` writes what it finds to ``dcc/rules/tests.csv``, from where ``dccbench rules``
has it; tests/scenarios/test_explain_commands.py fails when that has gone stale.
"""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from dcc.rules.order import RULE_BOOK
from dcc.rules.smets1 import S1SP_RULES

ROOT: Final = Path(__file__).resolve().parent.parent
TABLE: Final = ROOT / "dcc" / "rules" / "tests.csv"
RULE_IDS: Final = tuple(rule.id for rule in (*RULE_BOOK, *S1SP_RULES))
_FOLDERS: Final = ("tests/dcc",)

Row = tuple[str, str]
"""Id of a rule, test as pytest names it."""


def collected_tests() -> list[str]:
    """Every test of the DCC, in the order in which pytest collects them."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *_FOLDERS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the tests cannot be collected: {done.stdout[-2000:]}")
    return [line for line in done.stdout.splitlines() if "::" in line]


def rows_of(tests: Iterable[str], rule_ids: Iterable[str]) -> list[Row]:
    """The tests of each rule, by rising id of the rule."""
    patterns = {rule_id: re.compile(rf"{re.escape(rule_id)}(?!-?[a-z0-9])") for rule_id in rule_ids}
    rows = []
    for test in tests:
        _, _, parameters = test.partition("[")
        rows += [(rule_id, test) for rule_id, pattern in patterns.items() if pattern.match(parameters)]
    return sorted(rows, key=lambda row: row[0])


def recorded_rows() -> list[Row]:
    """What the table holds."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return [(row["rule"], row["test"]) for row in csv.DictReader(lines)]


def main() -> None:
    """Write the table."""
    rows = rows_of(collected_tests(), RULE_IDS)
    with TABLE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("rule", "test"))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
