"""What a name means: a response code, a DCC Alert, an alert of a device, or a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any, NamedTuple

from dcc.alert_codes import DccAlertCode
from dcc.response_codes import ResponseCode, nearest_codes
from devices.gbcs.alerts import ALL_ALERTS, AlertCode
from devices.security_log import Refusal
from scenarios.errors import InputError
from scenarios.explain_rules import Book, RuleCode, RuleEntry, rule_entries, rules_that_raise


class Detail(NamedTuple):
    """One more thing to know: a key with its value for machines, a label with lines for people."""

    key: str
    label: str
    value: Any
    lines: tuple[str, ...]


class Explanation(NamedTuple):
    """What a name means; ``confirmed`` is whether a source was seen that says so."""

    kind: str
    name: str
    meaning: str
    confirmed: bool
    details: tuple[Detail, ...]


def explain(name: str) -> Explanation:
    """The meaning of a name, in either case; of an alert of a device also with ``0x``.

    Raises:
        InputError: nothing is called so; the nearest names are told.
    """
    names = _names()
    key = name.casefold()
    make = names.get(key) or names.get(key.removeprefix("0x"))
    if make is not None:
        return make()
    nearest = ", ".join(names[each]().name for each in nearest_codes(key, names))
    expected = "expected a response code, a DCC Alert, an alert of a device or a rule"
    raise InputError(f"{name!r}: {expected}; the nearest are {nearest}")


@cache
def _names() -> Mapping[str, Callable[[], Explanation]]:
    """By name in small letters; what comes last wins, and so no hex number hides a code of the DCC."""
    found: dict[str, Callable[[], Explanation]] = {}
    for alert in ALL_ALERTS:
        found[f"{alert.code:04x}"] = partial(_of_device_alert, alert)
    for rule in (entry for book in Book for entry in rule_entries(book)):
        found[rule.id] = partial(_of_rule, rule)
    for dcc_alert in DccAlertCode:
        found[dcc_alert.value.casefold()] = partial(_of_dcc_alert, dcc_alert)
    for code in ResponseCode:
        found[code.value.casefold()] = partial(_of_response_code, code)
    return found


def _of_response_code(code: ResponseCode) -> Explanation:
    details = (
        _text("family", "speaks of", code.family.value),
        _text("service", "service", code.service),
        _text("stand_in", "goes out as", code.stand_in),
        _texts(
            "stands_in_for",
            "goes out for",
            [ours.value for ours in ResponseCode if ours.stand_in == code.value],
        ),
        _raised_by(code),
    )
    return Explanation("response code", code.value, code.meaning, code.confirmed, details)


def _raised_by(code: ResponseCode) -> Detail:
    found = rules_that_raise(code)
    value = [
        {
            "book": rule.book.value,
            "number": rule.number,
            "rule": rule.id,
            "confirmed": rule.confirmed,
            "services": list(given.services) or None,
        }
        for rule, given in found
    ]
    lines = tuple(_raising(rule, given) for rule, given in found)
    return Detail("raised_by", "raised by", value, lines or ("no rule of the books",))


def _raising(rule: RuleEntry, given: RuleCode) -> str:
    services = ", ".join(given.services) or "any service it applies to"
    return f"{_place(rule)} {rule.id}: {services}{'' if rule.confirmed else ' (rule assumed)'}"


def _place(rule: RuleEntry) -> str:
    """Where a rule stands: its number alone in the book of the DSP."""
    return str(rule.number) if rule.book is Book.DSP else f"{rule.book.value} {rule.number}"


def _of_dcc_alert(code: DccAlertCode) -> Explanation:
    payload = code.payload
    shown = payload if payload is None or code.payload_confirmed else f"{payload} (assumed)"
    details = (
        Detail("payload", "payload", payload, () if shown is None else (shown,)),
        Detail("payload_confirmed", "", code.payload_confirmed, ()),
        _text("addressee", "goes to", code.addressee),
    )
    return Explanation("DCC Alert", code.value, code.meaning, code.confirmed, details)


def _of_device_alert(alert: AlertCode) -> Explanation:
    refusals = [refusal.value for refusal in Refusal if refusal.alert_code == alert.code]
    details = (_texts("raised_by", "a device sends it when it refuses", refusals),)
    return Explanation("device alert", f"{alert.code:04X}", alert.meaning, alert.confirmed, details)


def _of_rule(rule: RuleEntry) -> Explanation:
    modification = None if rule.modification is None else rule.modification.value
    codes = [
        {"code": code.value, "confirmed": code.confirmed, "services": list(services) or None}
        for code, services in rule.codes
    ]
    details = (
        _text("book", "book of rules", rule.book.value),
        Detail("number", "place in its order", rule.number, (str(rule.number),)),
        _text("step", "step of the checks", rule.step),
        _text("clause", "clause", str(rule.clause)),
        Detail("codes", "code", codes, tuple(_code_lines(rule))),
        _text("modification", "only under", modification),
        _texts("tests", "tests", list(rule.tests)),
    )
    return Explanation("rule", rule.id, rule.text, rule.confirmed, details)


def _code_lines(rule: RuleEntry) -> Iterator[str]:
    for code, services in rule.codes:
        where = f" for {', '.join(services)}" if services else ""
        yield f"{code.value}{where}: {code.meaning}{'' if code.confirmed else ' (assumed)'}"


def _text(key: str, label: str, value: str | None) -> Detail:
    return Detail(key, label, value, () if value is None else (value,))


def _texts(key: str, label: str, values: list[str]) -> Detail:
    return Detail(key, label, values, tuple(values))
