"""What devices assume or leave out: switches, alerts, use cases and what is inside them."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from typing import Final

from devices.assumptions import DeviceAssumptions
from devices.device_types import DEVICE_CLASSES
from devices.gbcs.certificate_path import PathFault
from devices.gbcs.credentials import ReplacementMode
from devices.gbcs.gas_read_table import GBZ_READS
from devices.gbcs.read_table import DLMS_READS
from devices.gbcs.use_cases import ALL_USE_CASES, UseCase
from devices.security_log import Refusal
from devices.top_up import TopUpAssumptions, TopUpOutcome
from scenarios.explain_divergence import Divergence
from scenarios.explain_source import field_texts

_LEADING_CLAUSE: Final = re.compile(r"([0-9][0-9.]*(?:, [0-9][0-9.]*)*): (.*)", re.DOTALL)
_ANNEX: Final = "GBCS annex of use cases"


def device_switches() -> Iterator[Divergence]:
    """Every switch of the devices, with its default."""
    for kind in (DeviceAssumptions, TopUpAssumptions):
        texts = field_texts(kind)
        for name, default in kind._field_defaults.items():
            clause, text = _with_clause(texts[name])
            shown = default.value if isinstance(default, enum.Enum) else default
            yield Divergence(name, text, clause, str(shown))


def _with_clause(text: str) -> tuple[str | None, str]:
    """Clause and rest of the text of a field, where it begins with a clause of GBCS."""
    found = _LEADING_CLAUSE.fullmatch(text)
    return (f"GBCS {found[1]}", found[2]) if found else (None, text)


def device_alerts() -> Iterator[Divergence]:
    """Which alert code stands for which refusal."""
    for cause in (*Refusal, *TopUpOutcome):
        if cause.alert_code is not None:
            name = f"{type(cause).__name__}.{cause.name}"
            yield Divergence(name, cause.value, "GBCS 16", f"{cause.alert_code:04X}")


def use_cases() -> Iterator[Divergence]:
    """Commands that a device of some type should obey and does not."""
    for case in ALL_USE_CASES:
        lacking = [
            kind.value
            for kind, made in DEVICE_CLASSES.items()
            if kind in case.targets and case.roles and case.code not in made.handlers
        ]
        if lacking:
            text = f"{case.title}: not obeyed by {', '.join(lacking)}"
            yield Divergence(f"{case.name} ({case.code})", text, _ANNEX, "refused as unsupported")


def use_case_facts() -> Iterator[Divergence]:
    """Use cases for which the table holds what the annex does not say."""
    for case in ALL_USE_CASES:
        doubts = _doubts(case)
        if doubts:
            yield Divergence(
                f"{case.name} ({case.code})", case.title, _ANNEX, f"assumed: {', '.join(doubts)}"
            )


def _doubts(case: UseCase) -> list[str]:
    read = DLMS_READS.get(case.code) or GBZ_READS.get(case.code)
    known = {
        "use case": case.confirmed,
        "replay protection": case.replay_confirmed,
        "senders": case.roles_confirmed,
        "devices": case.targets_confirmed,
        "payload": read is None or read.confirmed,
    }
    return [name for name, confirmed in known.items() if not confirmed]


def credential_replacement() -> Iterator[Divergence]:
    """Of CS02b: statuses of certificates that are refused, and numbers of modes."""
    for fault in PathFault:
        if not fault.confirmed:
            yield Divergence(fault.name, fault.value, "GBCS 13.3", f"status {fault.status.field_name}")
    for mode in ReplacementMode:
        if not mode.number_confirmed:
            yield Divergence(mode.name, f"the number of mode {mode.field_name}", "GBCS 13.3", str(mode.value))
