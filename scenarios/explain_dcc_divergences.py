"""What the DCC assumes or leaves out: rules, codes, switches, modifications, services, inventory."""

from __future__ import annotations

import dataclasses
import enum
import inspect
from collections.abc import Iterator

from dcc.access_control_broker import AccessControlBroker
from dcc.alert_codes import DccAlertCode
from dcc.decision_tables.index import TABLES
from dcc.inventory_status import STATUS_SERVICES_CONFIRMED, STATUSES_BESIDE_COMMISSIONED, TRANSITIONS
from dcc.modification_records import RECORDS
from dcc.non_device import EXECUTED
from dcc.recovery_desk import RecoveryDesk
from dcc.response_codes import ResponseCode
from dcc.services import SERVICES, Service
from dcc.transform import TRANSFORMS
from dcc.world import DccWorld
from scenarios.explain_divergence import Divergence, clause_in
from scenarios.explain_rules import Book, rule_entries, rules_that_raise
from scenarios.explain_source import sentences_by_field


def rules(book: Book = Book.DSP) -> Iterator[Divergence]:
    """Rules of a book that no source states."""
    for rule in rule_entries(book):
        if not rule.confirmed:
            codes = ", ".join(given.code.value for given in rule.codes)
            yield Divergence(rule.id, rule.text, str(rule.clause), codes)


def s1sp_rules() -> Iterator[Divergence]:
    """Checks of an S1SP that no source states."""
    yield from rules(Book.S1SP)


def codes() -> Iterator[Divergence]:
    """Codes of DUIS that rules give and whose meaning is believed."""
    for code in ResponseCode:
        raising = rules_that_raise(code)
        if raising and not code.confirmed and not code.is_ours:
            yield Divergence(code.value, code.meaning, None, ", ".join(rule.id for rule, _ in raising))


def dcc_alerts() -> Iterator[Divergence]:
    """DCC Alerts of which meaning, payload or addressee is believed."""
    for code in DccAlertCode:
        if not code.confirmed and code.payload is not None:
            payload = f"{code.payload}{'' if code.payload_confirmed else ' (assumed)'}"
            yield Divergence(code.value, f"{code.meaning}: to {code.addressee}", "DUIS 3.6", payload)


def stand_ins() -> Iterator[Divergence]:
    """Codes of our own."""
    for code in ResponseCode:
        if code.stand_in is not None:
            yield Divergence(code.value, code.meaning, None, code.stand_in)


def switches() -> Iterator[Divergence]:
    """Of the DCC: what its world and its broker do by default."""
    told = sentences_by_field(DccWorld)
    for field in dataclasses.fields(DccWorld):
        if isinstance(field.default, enum.Enum):
            yield _switch(field.name, field.default)
        elif field.default is None:
            text = told.get(field.name, field.name)
            yield Divergence(field.name, text, clause_in(text), "none")
    counters = inspect.signature(AccessControlBroker).parameters["counters"].default
    yield _switch("access_control_broker.counters", counters)
    sets_floor = inspect.signature(RecoveryDesk).parameters["sets_floor"].default
    recovers = "a recovery by the DCC (CS02b mode 8) lowers the counter of the role that it recovers to 0"
    yield Divergence("recovery_desk.sets_floor", recovers, "GBCS 13.3", "yes" if sets_floor else "no")
    renews = (
        "the DCC renews its certificates in cells of suppliers and network operators as the roles' holder, "
        "under its own numbers also where a gas operator's is recorded (MP128A is about 6.21 alone)"
    )
    yield Divergence("acb_renewal.renew_held", renews, "GBCS 13.3", "CS02b modes 2 and 3")
    order = "the order of the checks decides which code is given"
    yield Divergence("rules.order_of_checks", order, "SEC Appendix AB 6", "as dccbench rules prints it")


def _switch(name: str, default: enum.Enum) -> Divergence:
    text = " ".join((inspect.getdoc(type(default)) or "").split())
    return Divergence(name, text, clause_in(text), str(default.value))


def modifications() -> Iterator[Divergence]:
    """Modifications of which no source says whether, or since when, they are in force."""
    for record in RECORDS:
        since, confirmed, why = record.in_force
        if not confirmed:
            yield Divergence(record.name, f"{record.title}: {record.outcome.text}", None, f"{since}: {why}")


def decision_rows() -> Iterator[Divergence]:
    """What decision tables assume, row by row."""
    for table in TABLES.values():
        for row in table.rows:
            if row.assumed:
                outcomes = "; ".join(dict.fromkeys(row.outcomes))
                yield Divergence(table.row_id(row), row.assumed, None, outcomes)


def services() -> Iterator[Divergence]:
    """Services that the bench does not render."""
    for service in SERVICES.values():
        if not _is_modelled(service):
            code = ResponseCode.SIM_NOT_MODELLED if service.roles else ResponseCode.E2
            yield Divergence(service.srv.value, service.name, "DUIS 3.8", code.value)


def _is_modelled(service: Service) -> bool:
    return service.srv in (EXECUTED if service.non_device else TRANSFORMS)


def transitions() -> Iterator[Divergence]:
    """Moves between inventory statuses."""
    for (before, cause), transition in TRANSITIONS.items():
        if not transition.confirmed:
            types = ", ".join(sorted(kind.value for kind in transition.device_types))
            name = f"{before.value if before else 'none'} to {transition.to.value}"
            yield Divergence(name, f"{cause.value}: {types}", "SEC Appendix AC", "allowed")


def status_services() -> Iterator[Divergence]:
    """What each inventory status accepts."""
    if not STATUS_SERVICES_CONFIRMED:
        for srv, statuses in STATUSES_BESIDE_COMMISSIONED.items():
            names = ", ".join(sorted(status.value for status in statuses))
            text = "statuses that accept the service, beside Commissioned"
            yield Divergence(srv, text, "SEC Appendix AB 6.1", names)
