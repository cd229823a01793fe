"""What a device did with a message, in brief: obeyed or refused, what it sent and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from devices.device import Effects
from devices.gbcs import credentials_codec
from devices.gbcs.alerts import alert
from devices.gbcs.carriers import alert_code_of, carrier_of
from devices.gbcs.credentials import (
    CredentialStatus,
    ExecutionOutcome,
    ReplacementOutcome,
    RetrieveCredentialsResponse,
    TrustAnchorCellId,
    UpdateCredentialsAlert,
    UpdateCredentialsResponse,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, MessageCode
from devices.gbcs.message import Message, parse
from devices.gbcs.use_cases import use_case
from devices.security_log import LogEntry
from scenarios.described import printable
from scenarios.device_file import timestamp
from scenarios.device_world import DeviceWorld

Json = dict[str, Any]


def use_case_name(code: MessageCode) -> str:
    """The name of a use case, the message code where none is known."""
    known = use_case(code)
    return known.name if known else f"message code {code}"


def entity_json(eui: Eui64 | None, world: DeviceWorld) -> Json | None:
    """A device or party by entity id and, where the test world knows it, name."""
    return None if eui is None else {"eui": str(eui), "name": world.name(eui)}


def cell_json(cell: TrustAnchorCellId) -> Json:
    """The three parts of a cell's name."""
    return {
        "role": cell.role.field_name,
        "key_usage": cell.key_usage.field_name,
        "cell_usage": cell.cell_usage.field_name,
    }


def entry_json(entry: LogEntry, world: DeviceWorld) -> Json:
    """A log entry; ``refusal`` is None for what was obeyed."""
    code = entry.message_code
    return {
        "at": timestamp(entry.at),
        "accepted": entry.refusal is None,
        "refusal": None if entry.refusal is None else entry.refusal.value,
        "message_code": None if code is None else str(code),
        "use_case": None if code is None else use_case_name(code),
        "originator": entity_json(entry.originator, world),
        "counter": entry.counter,
        "detail": entry.detail,
    }


def effects_json(effects: Effects, world: DeviceWorld) -> Json:
    """What a message, or a command that was due, caused."""
    sent = [sent_json(octets, world) for octets in effects.sent]
    return {**entry_json(effects.entry, world), "sent": sent}


def sent_json(octets: bytes, world: DeviceWorld) -> Json:
    """A message that the device sent, its payload opened where it is about credentials."""
    message = parse(octets)
    header = message.header
    return {
        "kind": header.cra.name.lower(),
        "message_code": str(message.code),
        "use_case": use_case_name(message.code),
        "to": entity_json(header.target, world),
        "counter": header.originator_counter,
        "protection": message.shape.value,
        "alert": _alert(message),
        "payload": carrier_of(message.payload).value,
        "payload_octets": len(message.payload),
        **_credentials(message, world),
        "hex": octets.hex().upper(),
    }


def _alert(message: Message) -> Json | None:
    code = alert_code_of(message)
    if code is None:
        return None
    known = alert(code)
    meaning, confirmed = (None, False) if known is None else (known.meaning, known.confirmed)
    return {"code": f"{code:04X}", "meaning": meaning, "confirmed": confirmed}


def _credentials(message: Message, world: DeviceWorld) -> Json:
    try:
        value = credentials_codec.decode(message)
    except GbcsError:
        return {}
    match value:
        case UpdateCredentialsResponse(outcome) if outcome is None:
            return {"held": True}
        case UpdateCredentialsResponse(outcome) | UpdateCredentialsAlert(outcome=outcome):
            return _outcome(outcome, world) if outcome else {}
        case RetrieveCredentialsResponse(roles):
            return {
                "roles": [
                    {
                        "role": role.role.field_name,
                        "status": role.status.field_name,
                        "counter": role.counter,
                        "cells": [
                            {
                                "key_usage": cell.key_usage.field_name,
                                "cell_usage": cell.cell_usage.field_name,
                                "holder": entity_json(cell.subject, world),
                                "key_identifier": cell.key_identifier.hex().upper(),
                            }
                            for cell in role.cells or ()
                        ],
                    }
                    for role in roles
                ]
            }
    return {}


def _outcome(outcome: ExecutionOutcome, world: DeviceWorld) -> Json:
    changes = [
        {"role": change.role.field_name, "counter": change.floor} for change in outcome.counter_changes
    ]
    replacements = [_replacement(item, world) for item in outcome.replacements]
    return {"replacements": replacements, "counter_changes": changes}


def _replacement(item: ReplacementOutcome, world: DeviceWorld) -> Json:
    return {
        "cell": cell_json(item.cell),
        "status": item.status.field_name,
        "existing": entity_json(item.existing_subject, world),
        "existing_key_identifier": item.existing_key_identifier.hex().upper(),
        "replacing": entity_json(item.replacing_subject, world),
        "replacing_key_identifier": item.replacing_key_identifier.hex().upper(),
    }


def reply_lines(entry: Json) -> Iterator[str]:
    """What :func:`effects_json` says, for people."""
    yield from (printable(line) for line in _heading(entry))
    for sent in entry["sent"]:
        yield from (printable(line) for line in _sent_lines(sent))
    if not entry["sent"]:
        yield "  sent nothing"


def _heading(entry: Json) -> Iterator[str]:
    if entry["use_case"] is not None:
        sender, counter = _name(entry["originator"]), entry["counter"]
        yield f"  {entry['use_case']} from {sender}, counter {counter}"
    if not entry["accepted"]:
        yield f"  REFUSED, {entry['refusal']}: {entry['detail']}"
    elif any("replacements" in sent or "roles" in sent for sent in entry["sent"]):
        # The detail would say the same as the outcome below.
        yield "  accepted"
    else:
        yield f"  accepted: {entry['detail']}"


def _sent_lines(sent: Json) -> Iterator[str]:
    kind = f"{sent['kind']} {sent['use_case']}"
    protection = f"protected by {sent['protection']}"
    yield f"  sent {kind} to {_name(sent['to'])}, counter {sent['counter']}, {protection}"
    if sent["alert"] is not None:
        doubt = "" if sent["alert"]["confirmed"] else " (unconfirmed)"
        yield f"    alert {sent['alert']['code']} {sent['alert']['meaning'] or 'unknown'}{doubt}"
    yield from (f"    {line}" for line in _payload_lines(sent))
    yield f"    {sent['hex']}"


def _payload_lines(sent: Json) -> Iterator[str]:
    if "held" in sent:
        yield "taken, without an outcome yet"
    elif "replacements" in sent:
        yield from map(_replacement_line, sent["replacements"])
        yield from (f"{each['role']} counter now {each['counter']}" for each in sent["counter_changes"])
    elif "roles" in sent:
        for role in sent["roles"]:
            yield from _role_lines(role)
    elif sent["alert"] is None:
        yield f"{sent['payload']}, {sent['payload_octets']} octets"


def _replacement_line(item: Json) -> str:
    existing = _key(item["existing"], item["existing_key_identifier"])
    line = f"{cell_text(item['cell'])}: {item['status']}, "
    if item["status"] != CredentialStatus.SUCCESS.field_name:
        return line + f"still {existing}"
    return line + f"{existing} -> {_key(item['replacing'], item['replacing_key_identifier'])}"


def _role_lines(role: Json) -> Iterator[str]:
    if not role["cells"]:
        yield f"{role['role']}: {role['status']}"
        return
    yield f"{role['role']}: {role['status']}, counter {role['counter']}"
    for cell in role["cells"]:
        usage = "" if cell["cell_usage"] == "management" else f", {cell['cell_usage']}"
        yield f"  {cell['key_usage']}{usage}: {_key(cell['holder'], cell['key_identifier'])}"


def cell_text(cell: Json) -> str:
    """A cell's name as in :func:`cell_json`, on one line."""
    parts = [cell["role"], cell["key_usage"]]
    return ", ".join(parts if cell["cell_usage"] == "management" else [*parts, cell["cell_usage"]])


def _name(entity: Json) -> str:
    return str(entity["name"] or entity["eui"])


def _key(entity: Json, key_identifier: str) -> str:
    return f"{_name(entity)} {key_identifier}"
