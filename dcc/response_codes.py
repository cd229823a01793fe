"""Response codes of the DCC: what each means, and whether that was seen in a source (DUIS 3.5, 3.8).

The facts are in ``response_codes.csv`` beside this file: every code that DUIS V5.4 enumerates, then ours.
A code written ``SIM-`` is ours: the real one is not known, or never existed. Where an answer must be valid
by the DUIS schema, a stand-in goes out in its place; records, traces and reports show ours.
"""

from __future__ import annotations

import csv
import difflib
import enum
import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from dcc.errors import DccValueError


class CodeFamily(enum.Enum):
    """What a code speaks of."""

    SUCCESS = "success"
    ACKNOWLEDGEMENT = "acknowledgement"
    WARNING = "warning"
    AUTHORISATION = "authorisation"
    VALIDATION = "validation"
    COMMUNICATIONS = "communications"
    SEQUENCING = "sequencing"
    INTEGRITY = "integrity"
    """Authentication, integrity of the message, anomaly."""

    CREDENTIALS = "credentials"
    """Date-times, certificates, Signed Pre-Commands and duplicates."""

    SERVICE = "service"
    """Validation particular to one service."""

    SMETS1 = "smets1"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class _Facts(NamedTuple):
    meaning: str
    confirmed: bool
    family: CodeFamily
    service: str | None
    stand_in: str | None


class ResponseCode(enum.Enum):
    """A response code; the value is what is printed."""

    I0 = "I0"
    I99 = "I99"
    E1 = "E1"
    E2 = "E2"
    E3 = "E3"
    E4 = "E4"
    E5 = "E5"
    E11 = "E11"
    E12 = "E12"
    E13 = "E13"
    E17 = "E17"
    E19 = "E19"
    E20 = "E20"
    E21 = "E21"
    E30 = "E30"
    E31 = "E31"
    E40 = "E40"
    E41 = "E41"
    E42 = "E42"
    E43 = "E43"
    E44 = "E44"
    E45 = "E45"
    E46 = "E46"
    E47 = "E47"
    E48 = "E48"
    E49 = "E49"
    E50 = "E50"
    E51 = "E51"
    E52 = "E52"
    E53 = "E53"
    E54 = "E54"
    E55 = "E55"
    E56 = "E56"
    E57 = "E57"
    E58 = "E58"
    E59 = "E59"
    E60 = "E60"
    E61 = "E61"
    E62 = "E62"
    E63 = "E63"
    E64 = "E64"
    E65 = "E65"
    E66 = "E66"
    E67 = "E67"
    E68 = "E68"
    E69 = "E69"
    E70 = "E70"
    E71 = "E71"
    E100 = "E100"
    E1000 = "E1000"
    E1001 = "E1001"
    E1003 = "E1003"
    E1004 = "E1004"
    E1006 = "E1006"
    E1007 = "E1007"
    E1008 = "E1008"
    E1010 = "E1010"
    E1011 = "E1011"
    E010101 = "E010101"
    E010102 = "E010102"
    E010201 = "E010201"
    E030301 = "E030301"
    E030302 = "E030302"
    E040101 = "E040101"
    E041701 = "E041701"
    E050101 = "E050101"
    E050102 = "E050102"
    E050103 = "E050103"
    E050105 = "E050105"
    E050107 = "E050107"
    E050108 = "E050108"
    E050109 = "E050109"
    E050110 = "E050110"
    E050111 = "E050111"
    E050112 = "E050112"
    E050201 = "E050201"
    E050202 = "E050202"
    W050201 = "W050201"
    E050301 = "E050301"
    E050302 = "E050302"
    W050301 = "W050301"
    E060501 = "E060501"
    E060502 = "E060502"
    E060701 = "E060701"
    E060801 = "E060801"
    E060802 = "E060802"
    E060803 = "E060803"
    E061301 = "E061301"
    E061304 = "E061304"
    E061305 = "E061305"
    E061501 = "E061501"
    E061504 = "E061504"
    E061505 = "E061505"
    E061506 = "E061506"
    E061507 = "E061507"
    E061508 = "E061508"
    E061509 = "E061509"
    E061801 = "E061801"
    E061802 = "E061802"
    E061803 = "E061803"
    E062101 = "E062101"
    E062102 = "E062102"
    E062103 = "E062103"
    E062105 = "E062105"
    E062201 = "E062201"
    E062202 = "E062202"
    E062203 = "E062203"
    E062301 = "E062301"
    E062302 = "E062302"
    E062303 = "E062303"
    E062304 = "E062304"
    E062305 = "E062305"
    E062306 = "E062306"
    E062401 = "E062401"
    E062402 = "E062402"
    E062403 = "E062403"
    E062801 = "E062801"
    E062802 = "E062802"
    E062803 = "E062803"
    E080201 = "E080201"
    E080202 = "E080202"
    E080301 = "E080301"
    E080302 = "E080302"
    E080405 = "E080405"
    E080406 = "E080406"
    E080407 = "E080407"
    E080408 = "E080408"
    E080409 = "E080409"
    E080410 = "E080410"
    E080411 = "E080411"
    E080412 = "E080412"
    E080413 = "E080413"
    E080414 = "E080414"
    E080415 = "E080415"
    E080501 = "E080501"
    E080502 = "E080502"
    E080503 = "E080503"
    E080601 = "E080601"
    E080602 = "E080602"
    E080604 = "E080604"
    E080606 = "E080606"
    E080607 = "E080607"
    E080702 = "E080702"
    E080721 = "E080721"
    E080722 = "E080722"
    E080723 = "E080723"
    E080801 = "E080801"
    E080821 = "E080821"
    E080822 = "E080822"
    E080901 = "E080901"
    E080902 = "E080902"
    E080903 = "E080903"
    E081101 = "E081101"
    E081102 = "E081102"
    E081104 = "E081104"
    E081105 = "E081105"
    E081106 = "E081106"
    E081107 = "E081107"
    E081108 = "E081108"
    E081109 = "E081109"
    E081110 = "E081110"
    E081111 = "E081111"
    E081202 = "E081202"
    E081204 = "E081204"
    E081205 = "E081205"
    E081221 = "E081221"
    E081222 = "E081222"
    E081223 = "E081223"
    E081301 = "E081301"
    E081302 = "E081302"
    E081303 = "E081303"
    E081401 = "E081401"
    E081402 = "E081402"
    E081405 = "E081405"
    E081406 = "E081406"
    W081401 = "W081401"
    E110101 = "E110101"
    E110102 = "E110102"
    E110103 = "E110103"
    E110105 = "E110105"
    E110106 = "E110106"
    W110101 = "W110101"
    E110401 = "E110401"
    E110402 = "E110402"
    E110403 = "E110403"
    E110405 = "E110405"
    W110401 = "W110401"
    E120101 = "E120101"
    E120102 = "E120102"
    E120103 = "E120103"
    E120201 = "E120201"
    E120203 = "E120203"
    E120204 = "E120204"
    E120207 = "E120207"
    SIM_AUTH = "SIM-AUTH"
    SIM_CERT = "SIM-CERT"
    SIM_DUP = "SIM-DUP"
    SIM_REPLAY = "SIM-REPLAY"
    SIM_SEQUENCE = "SIM-SEQUENCE"
    SIM_DATE = "SIM-DATE"
    SIM_PSC = "SIM-PSC"
    SIM_SCHEMA = "SIM-SCHEMA"
    SIM_GBCS = "SIM-GBCS"
    SIM_QUARANTINE = "SIM-QUARANTINE"
    SIM_NOT_MODELLED = "SIM-NOT-MODELLED"
    SIM_COUNTER = "SIM-COUNTER"
    SIM_E061590 = "SIM-E061590"
    SIM_E062190 = "SIM-E062190"

    @property
    def meaning(self) -> str:
        """What the code tells the sender; where its own text was not seen, what its family tells."""
        return _FACTS[self].meaning

    @property
    def confirmed(self) -> bool:
        """Whether code and meaning together were seen in a source."""
        return _FACTS[self].confirmed

    @property
    def family(self) -> CodeFamily:
        """What the code speaks of; for our own codes, what the code they stand for would speak of."""
        return _FACTS[self].family

    @property
    def service(self) -> str | None:
        """The service that alone gives the code: a reference (``6.24``) or a variant (``6.15.1``)."""
        return _FACTS[self].service

    @property
    def stand_in(self) -> str | None:
        """For our own codes: the schema-valid code that goes out in their place (unconfirmed)."""
        return _FACTS[self].stand_in

    @property
    def is_ours(self) -> bool:
        """Whether DUIS does not know the code."""
        return self.value.startswith("SIM-")

    @property
    def is_refusal(self) -> bool:
        """Whether the request got no further: everything but success, acknowledgement and warning."""
        return self.value[0] not in "IW"


def response_code(text: str) -> ResponseCode:
    """The code that is printed so.

    Raises:
        DccValueError: there is none; the nearest are named.
    """
    try:
        return ResponseCode(text)
    except ValueError:
        nearest = ", ".join(nearest_codes(text, [code.value for code in ResponseCode]))
        expected = f"a response code of DUIS V5.4 or of ours; the nearest are {nearest}"
        raise DccValueError("response code", text, expected) from None


def nearest_codes(text: str, codes: Iterable[str]) -> list[str]:
    """The three codes most like a text: a code tells most by how it begins, then by what else it shares."""

    def likeness(code: str) -> tuple[int, float]:
        shared = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(text, code, strict=False))
        return len(list(shared)), difflib.SequenceMatcher(None, text, code).ratio()

    return sorted(codes, key=likeness, reverse=True)[:3]


class StandIns:
    """Which code of DUIS goes out in place of each of ours."""

    __slots__ = ("_wire",)

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        """The table's own choice, save where ``chosen`` (our code to one of DUIS) says otherwise.

        Raises:
            DccValueError: a key is not one of our codes, or a value is not a refusal that DUIS knows.
        """
        wire = {code: code.stand_in or code.value for code in ResponseCode}
        for ours, real in (chosen or {}).items():
            wire[_own_code(ours)] = _real_refusal(ours, real).value
        self._wire: Final = MappingProxyType(wire)

    def wire_code(self, code: ResponseCode) -> str:
        """What an answer that is valid by the schema says: a code of DUIS as it is, ours replaced."""
        return self._wire[code]


def _own_code(text: str) -> ResponseCode:
    own = {code.value: code for code in ResponseCode if code.is_ours}
    if text not in own:
        raise DccValueError("stand-ins", text, f"one of our codes: {', '.join(own)}")
    return own[text]


def _real_refusal(ours: str, text: str) -> ResponseCode:
    where = f"stand-in of {ours}"
    try:
        code = response_code(text)
    except DccValueError as error:
        raise DccValueError(where, text, error.expected) from None
    if code.is_ours or not code.is_refusal:
        raise DccValueError(where, text, "a code of DUIS that refuses the request, such as E100")
    return code


def _read_table() -> Mapping[ResponseCode, _Facts]:
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as lines:
        return {ResponseCode(row["code"]): _facts_of(row) for row in csv.DictReader(lines)}


def _facts_of(row: Mapping[str, str]) -> _Facts:
    return _Facts(
        meaning=row["meaning"],
        confirmed=row["confirmed"] == "yes",
        family=CodeFamily(row["family"]),
        service=row["service"] or None,
        stand_in=row["stand_in"] or None,
    )


_FACTS: Final = _read_table()
