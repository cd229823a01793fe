"""DCC Alert codes: what each tells whom, and in which payload (DUIS 3.6).

The facts are in ``alert_codes.csv`` beside this file. The codes and the names of the payloads are those that
DUIS V5.4 enumerates; the schema does not tie one to the other, and hardly a meaning was seen: what a fact
is not confirmed for is what we believe.
"""

from __future__ import annotations

import csv
import enum
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple


class _Facts(NamedTuple):
    meaning: str
    confirmed: bool
    payload: str | None
    payload_confirmed: bool
    addressee: str | None


class DccAlertCode(enum.Enum):
    """A DCC Alert code; the value is what is printed. N32 does not exist."""

    AD1 = "AD1"
    N1 = "N1"
    N2 = "N2"
    N3 = "N3"
    N4 = "N4"
    N5 = "N5"
    N6 = "N6"
    N7 = "N7"
    N8 = "N8"
    N9 = "N9"
    N10 = "N10"
    N11 = "N11"
    N12 = "N12"
    N13 = "N13"
    N14 = "N14"
    N15 = "N15"
    N16 = "N16"
    N17 = "N17"
    N18 = "N18"
    N19 = "N19"
    N20 = "N20"
    N21 = "N21"
    N22 = "N22"
    N23 = "N23"
    N24 = "N24"
    N25 = "N25"
    N26 = "N26"
    N27 = "N27"
    N28 = "N28"
    N29 = "N29"
    N30 = "N30"
    N31 = "N31"
    N33 = "N33"
    N34 = "N34"
    N35 = "N35"
    N36 = "N36"
    N37 = "N37"
    N38 = "N38"
    N39 = "N39"
    N40 = "N40"
    N41 = "N41"
    N42 = "N42"
    N43 = "N43"
    N44 = "N44"
    N45 = "N45"
    N46 = "N46"
    N47 = "N47"
    N48 = "N48"
    N49 = "N49"
    N50 = "N50"
    N51 = "N51"
    N52 = "N52"
    N53 = "N53"
    N54 = "N54"
    N55 = "N55"
    N56 = "N56"
    N57 = "N57"
    N58 = "N58"
    N59 = "N59"
    N60 = "N60"
    N61 = "N61"
    N62 = "N62"
    N63 = "N63"
    N64 = "N64"
    N65 = "N65"
    N999 = "N999"

    @property
    def meaning(self) -> str:
        """What the alert tells."""
        return _FACTS[self].meaning

    @property
    def confirmed(self) -> bool:
        """Whether code and meaning together were seen in a source."""
        return _FACTS[self].confirmed

    @property
    def payload(self) -> str | None:
        """The element inside ``DCCAlert`` that we believe goes with the code, where we believe one."""
        return _FACTS[self].payload

    @property
    def payload_confirmed(self) -> bool:
        """Whether code and payload were seen together in a source."""
        return _FACTS[self].payload_confirmed

    @property
    def addressee(self) -> str | None:
        """Who gets the alert, in words; never confirmed."""
        return _FACTS[self].addressee


def _read_table() -> Mapping[DccAlertCode, _Facts]:
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as lines:
        return {DccAlertCode(row["code"]): _facts_of(row) for row in csv.DictReader(lines)}


def _facts_of(row: Mapping[str, str]) -> _Facts:
    return _Facts(
        meaning=row["meaning"],
        confirmed=row["confirmed"] == "yes",
        payload=row["payload"] or None,
        payload_confirmed=row["payload_confirmed"] == "yes",
        addressee=row["addressee"] or None,
    )


_FACTS: Final = _read_table()
