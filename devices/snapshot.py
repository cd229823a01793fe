"""A device's whole state as plain data, and a device made from it: nothing is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, TypeVar

from devices.device import Device, DeviceContext
from devices.device_types import DEVICE_CLASSES
from devices.gbcs import credentials_codec
from devices.gbcs.certificates import Certificate, load_certificate
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.crypto import KeyPair
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import (
    CellUsage,
    DeviceType,
    Eui64,
    KeyUsage,
    MessageCode,
    OriginatorCounter,
    RemotePartyRole,
)
from devices.gbcs.message import parse
from devices.pending import PendingCommand
from devices.replay import ReplayCounters
from devices.security_log import LogEntry, Refusal
from devices.state import DeviceCertificates, DeviceKeys
from devices.trust_anchor import TrustAnchorStore

FORMAT: Final = 1
_LONGEST_REASON: Final = 200
_Json = dict[str, Any]
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def snapshot(device: Device) -> bytes:
    """The state of a device as JSON; private keys of test devices stand in it."""
    state = {
        "format": FORMAT,
        "deviceType": device.device_type.value,
        "eui": str(device.eui),
        "manufactured": device.manufactured.isoformat(),
        "signing": _key(device.signing),
        "agreement": _key(device.agreement),
        "certificates": [certificate.der.hex() for certificate in device.certificates],
        "cells": [_cell(cell, certificate.der) for cell, certificate in device.store.items()],
        "counters": _counters(device.counters),
        "alertCounter": device.state.alert_counter,
        "log": [_entry(entry) for entry in device.log],
        "pending": [_pending(command) for command in device.state.pending],
        "wrappedContingencyKey": device.state.wrapped_contingency_key.hex(),
    }
    return json.dumps(state, separators=(",", ":")).encode()


def restore(octets: bytes, context: DeviceContext) -> Device:
    """The device of a snapshot.

    Raises:
        GbcsError: the octets are no snapshot of this format; says which field is at fault.
    """
    field = "snapshot"
    try:
        state: _Json = json.loads(octets)
        field = "snapshot/format"
        if _read_integer(state["format"]) != FORMAT:
            raise ValueError(f"{state['format']}, expected {FORMAT}")
        field = "snapshot/keys"
        keys = DeviceKeys(_read_key(state["signing"]), _read_key(state["agreement"]))
        field = "snapshot/certificates"
        signing, agreement = (load_certificate(bytes.fromhex(der)) for der in state["certificates"])
        field = "snapshot/cells"
        store = TrustAnchorStore(_read_once(map(_read_cell, state["cells"])))
        field = "snapshot/device"
        device_class = DEVICE_CLASSES[DeviceType(state["deviceType"])]
        device = device_class(
            Eui64.parse(state["eui"]),
            keys,
            DeviceCertificates(signing, agreement),
            store,
            context,
            _read_moment(state["manufactured"]),
        )
        field = "snapshot/counters"
        counters = _read_counters(state["counters"])
        alert_counter = _read_counter(state["alertCounter"])
        field = "snapshot/log"
        log = tuple(map(_read_entry, state["log"]))
        field = "snapshot/pending"
        pending = tuple(_read_pending(item, device) for item in state["pending"])
        field = "snapshot/wrappedContingencyKey"
        device.state = device.state._replace(
            counters=counters,
            alert_counter=alert_counter,
            log=log,
            pending=pending,
            wrapped_contingency_key=bytes.fromhex(state["wrappedContingencyKey"]),
        )
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        what = f"cannot be read: {type(error).__name__}: {error}"
        raise GbcsError(field, what[:_LONGEST_REASON]) from error
    return device


def _read_once(items: Iterable[tuple[_Key, _Value]]) -> dict[_Key, _Value]:
    """The items as a dictionary; none of them may come twice."""
    read: dict[_Key, _Value] = {}
    for key, value in items:
        if key in read:
            raise ValueError(f"{key} comes twice")
        read[key] = value
    return read


def _read_integer(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r}, expected an integer")
    return value


def _read_counter(value: object) -> OriginatorCounter:
    return OriginatorCounter(_read_integer(value))


def _read_role(value: object) -> RemotePartyRole:
    return RemotePartyRole(_read_integer(value))


def _read_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text}, expected a time with its offset from UTC")
    return moment


def _key(key: KeyPair) -> _Json:
    return {"public": key.public_point.hex(), "scalar": None if key.scalar is None else f"{key.scalar:064x}"}


def _read_key(state: _Json) -> KeyPair:
    if state["scalar"] is None:
        return KeyPair(bytes.fromhex(state["public"]))
    pair = KeyPair.from_scalar(int(state["scalar"], 16))
    if pair.public_point.hex() != state["public"].lower():
        raise ValueError("the public key is not that of the private key")
    return pair


def _cell(cell: TrustAnchorCellId, der: bytes) -> list[Any]:
    return [int(cell.role), cell.key_usage.value.hex(), int(cell.cell_usage), der.hex()]


def _read_cell(state: list[Any]) -> tuple[TrustAnchorCellId, Certificate]:
    role, key_usage, cell_usage, der = state
    usage = KeyUsage(bytes.fromhex(key_usage))
    cell = TrustAnchorCellId(_read_role(role), usage, CellUsage(_read_integer(cell_usage)))
    return cell, load_certificate(bytes.fromhex(der))


def _counters(counters: ReplayCounters) -> _Json:
    return {
        "byRole": [[int(role), counter] for role, counter in counters.by_role.items()],
        "prepayment": counters.prepayment,
        "byParty": [[int(role), str(party), counter] for (role, party), counter in counters.by_party.items()],
    }


def _read_counters(state: _Json) -> ReplayCounters:
    by_role = _read_once((_read_role(role), _read_counter(counter)) for role, counter in state["byRole"])
    by_party = _read_once(
        ((_read_role(role), Eui64.parse(party)), _read_counter(counter))
        for role, party, counter in state["byParty"]
    )
    return ReplayCounters(by_role, _read_counter(state["prepayment"]), by_party)


def _entry(entry: LogEntry) -> list[Any]:
    return [
        entry.at.isoformat(),
        entry.refusal.name if entry.refusal else None,
        entry.detail,
        entry.message_code,
        None if entry.originator is None else str(entry.originator),
        entry.counter,
    ]


def _read_entry(state: list[Any]) -> LogEntry:
    at, refusal, detail, code, originator, counter = state
    if not isinstance(detail, str):
        raise TypeError(f"{detail!r}, expected a text")
    return LogEntry(
        _read_moment(at),
        None if refusal is None else Refusal[refusal],
        detail,
        None if code is None else MessageCode(_read_integer(code)),
        None if originator is None else Eui64.parse(originator),
        None if counter is None else _read_counter(counter),
    )


def _pending(command: PendingCommand) -> list[str]:
    return [command.octets.hex(), command.received_at.isoformat(), command.due.isoformat()]


def _read_pending(state: list[str], device: Device) -> PendingCommand:
    text, received_at, due = state
    octets = bytes.fromhex(text)
    message = parse(octets)
    credentials_codec.decode(message)
    if message.header.target != device.eui or message.code not in device.due_handlers:
        raise ValueError(f"{message.code} for {message.header.target} is not for this device to execute")
    times = _read_moment(received_at), _read_moment(due)
    return PendingCommand(octets, message.code, message.header.originator, *times)
