"""A GBCS message described field by field, and what its checks gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from devices.gbcs import credentials_codec
from devices.gbcs.alerts import alert
from devices.gbcs.carriers import alert_code_of, carrier_of
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import MessageCode
from devices.gbcs.message import (
    DlmsDateTime,
    GroupingHeader,
    Message,
    MessageShape,
    OtherInformation,
    encode,
)
from devices.gbcs.use_cases import use_case
from scenarios.describe_credentials import describe_certificate, describe_payload
from scenarios.described import Item, counter, group, listing, octets
from scenarios.message_checks import CheckResult, Verdict

_SHAPES: Final = {
    MessageShape.FULL: ("full", "full (signature and MAC)"),
    MessageShape.MAC_ONLY: ("mac-only", "mac-only (MAC, no signature)"),
    MessageShape.SIGNED: ("signed", "signed (signature, no MAC)"),
    MessageShape.PRE_COMMAND: ("pre-command", "pre-command (neither signature nor MAC)"),
}
_VERDICTS: Final = {
    Verdict.OK: "verified",
    Verdict.FAILED: "FAILED",
    Verdict.NO_KEY: "no key",
    Verdict.NOT_PRESENT: "not present",
}


class Description(NamedTuple):
    """The fields of a message; ``payload_error`` where its payload is not what its use case says."""

    item: Item
    payload_error: GbcsError | None


def describe(message: Message) -> Description:
    """Every field of a message by name, with the names of codes, roles and alerts."""
    payload, error = _payload(message)
    name, text = _SHAPES[message.shape]
    item = group(
        "message",
        Item("shape", name, text),
        Item("octets", len(encode(message))),
        _mac_header(message),
        _grouping_header(message.header, message),
        _use_case(message.code),
        _alert(message),
        payload,
        octets("signature", message.signature),
        octets("mac", message.mac),
    )
    return Description(item, error)


def describe_checks(results: Mapping[str, CheckResult]) -> Item:
    """The results of checks, by name."""
    return group("verification", *(_check(name, result) for name, result in results.items()))


def _check(name: str, result: CheckResult) -> Item:
    verdict = _VERDICTS[result.verdict]
    opened = [octets("plaintext", plaintext) for plaintext in result.plaintexts]
    fields = Item("verdict", verdict.lower()), Item("detail", result.detail)
    text = f"{verdict} ({result.detail})" if result.detail else verdict
    if not opened:
        return group(name, *fields, text=text)
    return group(name, *fields, listing("plaintexts", *opened))


def _mac_header(message: Message) -> Item | None:
    if message.mac is None:
        return None
    length = len(message.authenticated_octets()) - 1 + len(message.mac)
    return group(
        "mac_header",
        Item("length", length, _length_text(length, message.forms.mac_header)),
        Item("security_control", "11", "11 (authentication only)"),
        Item("invocation_counter", 0),
    )


def _length_text(length: int, form: int) -> str:
    return f"{length} (in {form} octets, not minimal)" if form else str(length)


def _grouping_header(header: GroupingHeader, message: Message) -> Item:
    return group(
        "grouping_header",
        Item("cra", header.cra.name.lower()),
        counter("originator_counter", header.originator_counter),
        Item("business_originator", str(header.originator)),
        Item("business_target", str(header.target)),
        Item("date_time") if header.date_time is None else _date_time(header.date_time),
        _other_information(header.other, message.forms.other_information),
    )


def _date_time(date_time: DlmsDateTime) -> Item:
    try:
        moment = f"{date_time.moment():%Y-%m-%dT%H:%M:%SZ}"
    except GbcsError:
        moment = None
    clock = f"clock status {date_time.clock_status:02X}"
    fields = [Item(name, value) for name, value in date_time._asdict().items()]
    return group("date_time", Item("moment", moment), *fields, text=f"{moment or 'not specified'}, {clock}")


def _other_information(other: OtherInformation, form: int) -> Item:
    party, first = other.supplementary_party, other.supplementary_counter
    second, certificate = other.supplementary_originator_counter, other.certificate
    return group(
        "other_information",
        Item("length_octets", form, f"{form} (not minimal)") if form else None,
        _message_code(other.message_code),
        None if party is None else Item("supplementary_remote_party", str(party)),
        None if first is None else counter("supplementary_remote_party_counter", first),
        None if second is None else counter("supplementary_originator_counter", second),
        None if certificate is None else describe_certificate(certificate, "supplementary_certificate"),
    )


def _message_code(code: MessageCode) -> Item:
    known = use_case(code)
    if known is None:
        name = "unknown use case"
    else:
        name = known.title if known.name == known.title else f"{known.name}, {known.title}"
    return Item("message_code", str(code), f"{code} ({name})")


def _use_case(code: MessageCode) -> Item:
    known = use_case(code)
    if known is None:
        return Item("use_case", None, "unknown")
    roles = ", ".join(sorted(role.field_name for role in known.roles)) or "none"
    targets = ", ".join(sorted(target.value for target in known.targets)) or "none"
    return group(
        "use_case",
        Item("name", known.name),
        Item("title", known.title),
        Item("confirmed", known.confirmed, None if known.confirmed else "no (unconfirmed by the annex)"),
        Item("message_type", known.message_type, known.message_type or "not known"),
        Item("critical", known.critical, _yes_or_no(known.critical)),
        _doubtful("replay_protected", known.replay_protected, confirmed=known.replay_confirmed),
        _doubtful("command_roles", roles, confirmed=known.roles_confirmed),
        _doubtful("command_targets", targets, confirmed=known.targets_confirmed),
    )


def _doubtful(key: str, value: str | bool, *, confirmed: bool) -> Item:
    shown = value if isinstance(value, str) else _yes_or_no(value)
    text = shown if confirmed else f"{shown} (unconfirmed)"
    return group(key, Item("value", value), Item("confirmed", confirmed), text=text)


def _yes_or_no(answer: bool | None) -> str:
    return "open" if answer is None else "yes" if answer else "no"


def _alert(message: Message) -> Item | None:
    code = alert_code_of(message)
    if code is None:
        return None
    known = alert(code)
    if known is None:
        return group("alert", Item("code", f"{code:04X}"), Item("meaning"), text=f"{code:04X} (unknown)")
    doubt = "" if known.confirmed else " (unconfirmed)"
    return group(
        "alert",
        Item("code", f"{code:04X}"),
        Item("meaning", known.meaning),
        Item("confirmed", known.confirmed),
        text=f"{code:04X} {known.meaning}{doubt}",
    )


def _payload(message: Message) -> tuple[Item, GbcsError | None]:
    """The payload: carrier and hex, and the fields of those that we decode to values."""
    length, form = len(message.payload), message.forms.payload
    fields: tuple[Item, ...] = ()
    problem = None
    try:
        value = credentials_codec.decode(message)
        fields = () if value is None else describe_payload(value)
    except GbcsError as error:
        fields, problem = (Item("error", str(error)),), error
    carrier = Item("carrier", carrier_of(message.payload).value)
    size = Item("length", length, _length_text(length, form))
    return group("payload", carrier, size, *fields, octets("octets", message.payload)), problem
