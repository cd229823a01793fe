"""Everything the bench assumes or leaves out, gathered from the code that does it.

Nothing is written down twice: a switch says what it assumes where it is defined, a rule, code or table says
itself whether a source confirms it, and a device says which use cases it obeys.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import dcc
import devices
from dcc.access_control_broker import AccessControlBroker
from dcc.alert_codes import DccAlertCode
from dcc.inventory_status import STATUS_SERVICES_CONFIRMED, STATUSES_BESIDE_COMMISSIONED, TRANSITIONS
from dcc.response_codes import ResponseCode
from dcc.service_requests import OtherBody
from dcc.services import SERVICES
from dcc.world import DccWorld
from devices.assumptions import DeviceAssumptions
from devices.device_types import DEVICE_CLASSES
from devices.gbcs.use_cases import ALL_USE_CASES, UseCase
from devices.security_log import Refusal
from devices.top_up import TopUpAssumptions, TopUpOutcome
from scenarios.comparison import assumptions as wave_assumptions
from scenarios.explain_rules import rule_entries, rules_that_raise
from scenarios.explain_source import assumption_remarks, field_texts

_CLAUSE: Final = re.compile(r"(?:SEC Appendix [A-Z]+|DUIS|GBCS) [0-9][0-9.]*(?:, [0-9][0-9.]*)*(?<!\.)")
_LEADING_CLAUSE: Final = re.compile(r"([0-9][0-9.]*(?:, [0-9][0-9.]*)*): (.*)", re.DOTALL)


class Divergence(NamedTuple):
    """One thing that no source confirms, or that the bench does not do.

    ``clause`` is where a source would say it, where that is known; ``in_force`` what the bench does.
    """

    name: str
    text: str
    clause: str | None = None
    in_force: str | None = None


class Section(NamedTuple):
    """Divergences of one kind, by clause, those of unknown clause last."""

    key: str
    title: str
    entries: tuple[Divergence, ...]


def sections() -> tuple[Section, ...]:
    """All divergences."""
    return tuple(
        Section(key, title, tuple(sorted(find(), key=_clause_order))) for key, title, find in _SECTIONS
    )


def _clause_order(entry: Divergence) -> tuple[bool, list[tuple[bool, int, str]]]:
    """By clause as people count: 13.2 before 13.10."""
    parts = re.findall(r"[0-9]+|[A-Za-z]+", entry.clause or "")
    return entry.clause is None, [
        (part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts
    ]


def _rules() -> Iterator[Divergence]:
    for rule in rule_entries():
        if not rule.confirmed:
            codes = ", ".join(given.code.value for given in rule.codes)
            yield Divergence(rule.id, rule.text, str(rule.clause), codes)


def _codes() -> Iterator[Divergence]:
    for code in ResponseCode:
        raising = rules_that_raise(code)
        if raising and not code.confirmed and not code.is_ours:
            yield Divergence(code.value, code.meaning, None, ", ".join(rule.id for rule, _ in raising))


def _dcc_alerts() -> Iterator[Divergence]:
    for code in DccAlertCode:
        if not code.confirmed and code.payload is not None:
            payload = f"{code.payload}{'' if code.payload_confirmed else ' (assumed)'}"
            yield Divergence(code.value, f"{code.meaning}: to {code.addressee}", "DUIS 3.6", payload)


def _stand_ins() -> Iterator[Divergence]:
    for code in ResponseCode:
        if code.stand_in is not None:
            yield Divergence(code.value, code.meaning, None, code.stand_in)


def _switches() -> Iterator[Divergence]:
    """Of the DCC: what its world and its broker do by default, where the value is one of several."""
    for field in dataclasses.fields(DccWorld):
        if isinstance(field.default, enum.Enum):
            yield _switch(field.name, field.default)
    counters = inspect.signature(AccessControlBroker).parameters["counters"].default
    yield _switch("access_control_broker.counters", counters)
    text = "the order of the checks decides which code is given"
    yield Divergence("rules.order_of_checks", text, "SEC Appendix AB 6", "as dccbench rules prints it")


def _switch(name: str, default: enum.Enum) -> Divergence:
    text = " ".join((inspect.getdoc(type(default)) or "").split())
    return Divergence(name, text, _clause_in(text), str(default.value))


def _device_switches() -> Iterator[Divergence]:
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


def _device_alerts() -> Iterator[Divergence]:
    for cause in (*Refusal, *TopUpOutcome):
        if cause.alert_code is not None:
            name = f"{type(cause).__name__}.{cause.name}"
            yield Divergence(name, cause.value, "GBCS 16", f"{cause.alert_code:04X}")


def _services() -> Iterator[Divergence]:
    for service in SERVICES.values():
        if service.body is OtherBody:
            answer = ResponseCode.SIM_NOT_MODELLED.value
            yield Divergence(service.srv.value, service.name, "DUIS 3.8", answer)


def _transitions() -> Iterator[Divergence]:
    for (before, cause), transition in TRANSITIONS.items():
        if not transition.confirmed:
            types = ", ".join(sorted(kind.value for kind in transition.device_types))
            name = f"{before.value if before else 'unknown'} to {transition.to.value}"
            yield Divergence(name, f"{cause.value}: {types}", "SEC Appendix AC", "allowed")


def _status_services() -> Iterator[Divergence]:
    if not STATUS_SERVICES_CONFIRMED:
        for srv, statuses in STATUSES_BESIDE_COMMISSIONED.items():
            names = ", ".join(sorted(status.value for status in statuses))
            text = "statuses that accept the service, beside Commissioned"
            yield Divergence(srv, text, "SEC Appendix AB 6.1", names)


def _use_cases() -> Iterator[Divergence]:
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


def _use_case_facts() -> Iterator[Divergence]:
    """Use cases for which the table holds what the annex does not say."""
    for case in ALL_USE_CASES:
        doubts = _doubts(case)
        if doubts:
            yield Divergence(
                f"{case.name} ({case.code})", case.title, _ANNEX, f"assumed: {', '.join(doubts)}"
            )


def _doubts(case: UseCase) -> list[str]:
    known = {
        "use case": case.confirmed,
        "replay protection": case.replay_confirmed,
        "senders": case.roles_confirmed,
        "devices": case.targets_confirmed,
    }
    return [name for name, confirmed in known.items() if not confirmed]


def _wave() -> Iterator[Divergence]:
    """Those of the install wave that are not the devices' or the broker's already."""
    for item in wave_assumptions():
        prefix, _, name = item.name.partition(".")
        if name not in DeviceAssumptions._fields and prefix != "access_control_broker":
            yield Divergence(item.name, item.note or name.replace("_", " "), None, str(item.value))


def _remarks() -> Iterator[Divergence]:
    for package in (dcc, devices):
        for remark in assumption_remarks(package):
            yield Divergence(remark.module, remark.text, _clause_in(remark.text))


def _clause_in(text: str) -> str | None:
    found = _CLAUSE.search(text)
    return found[0] if found else None


_ANNEX: Final = "GBCS annex of use cases"
_SECTIONS: Final[tuple[tuple[str, str, Callable[[], Iterator[Divergence]]], ...]] = (
    ("rules", "Rules that no source states", _rules),
    ("codes", "Codes that rules give and whose meaning is believed", _codes),
    ("stand_ins", "Codes of our own, and what goes out in their place", _stand_ins),
    ("dcc_alerts", "DCC Alerts whose meaning and addressee are believed", _dcc_alerts),
    ("switches", "What the DCC does where sources are silent", _switches),
    ("services", "Services that are checked and then answered as not modelled", _services),
    ("transitions", "Moves between inventory statuses", _transitions),
    ("status_services", "Services that inventory statuses accept", _status_services),
    ("devices", "What devices do where sources are silent", _device_switches),
    ("device_alerts", "Alert codes of refusals", _device_alerts),
    ("use_cases", "Use cases that devices do not obey", _use_cases),
    ("use_case_facts", "Facts of use cases that the annex leaves open", _use_case_facts),
    ("install_wave", "Assumptions of the install wave", _wave),
    ("remarks", "Remarks in the code", _remarks),
)
