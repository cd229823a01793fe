"""A device's whole state as plain data, and a device made from it: nothing is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from devices.device import Credentials, Device, DeviceCertificates, DeviceContext, DeviceKeys
from devices.esme import Esme
from devices.gbcs.certificates import load_certificate
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
from devices.gpf import Gpf
from devices.replay import ReplayCounters
from devices.security_log import LogEntry, Refusal
from devices.trust_anchor import TrustAnchorStore

FORMAT: Final = 1
_CLASSES: Final[Mapping[DeviceType, type[Device]]] = {DeviceType.ESME: Esme, DeviceType.GPF: Gpf}
_Json = dict[str, Any]


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
        "alertCounter": device.alert_counter,
        "log": [_entry(entry) for entry in device.log],
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
        if state["format"] != FORMAT:
            raise GbcsError("snapshot/format", f"{state['format']}, expected {FORMAT}")
        field = "snapshot/keys"
        keys = DeviceKeys(_read_key(state["signing"]), _read_key(state["agreement"]))
        field = "snapshot/certificates"
        signing, agreement = (load_certificate(bytes.fromhex(der)) for der in state["certificates"])
        field = "snapshot/cells"
        store = TrustAnchorStore(dict(map(_read_cell, state["cells"])))
        field = "snapshot/device"
        device_class = _CLASSES[DeviceType(state["deviceType"])]
        device = device_class(
            Eui64.parse(state["eui"]),
            keys,
            DeviceCertificates(signing, agreement),
            store,
            context,
            datetime.fromisoformat(state["manufactured"]),
        )
        field = "snapshot/counters"
        credentials = Credentials(store, _read_counters(state["counters"]))
        alert_counter = OriginatorCounter(state["alertCounter"])
        field = "snapshot/log"
        device.resume(credentials, alert_counter, tuple(map(_read_entry, state["log"])))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        if isinstance(error, GbcsError) and error.where.startswith("snapshot"):
            raise
        raise GbcsError(field, f"cannot be read: {error!r}") from error
    return device


def _key(key: KeyPair) -> _Json:
    return {"public": key.public_point.hex(), "scalar": None if key.scalar is None else f"{key.scalar:064x}"}


def _read_key(state: _Json) -> KeyPair:
    scalar = None if state["scalar"] is None else int(state["scalar"], 16)
    return KeyPair(bytes.fromhex(state["public"]), scalar)


def _cell(cell: TrustAnchorCellId, der: bytes) -> list[Any]:
    return [int(cell.role), cell.key_usage.value.hex(), int(cell.cell_usage), der.hex()]


def _read_cell(state: list[Any]) -> tuple[TrustAnchorCellId, Any]:
    role, key_usage, cell_usage, der = state
    cell = TrustAnchorCellId(RemotePartyRole(role), KeyUsage(bytes.fromhex(key_usage)), CellUsage(cell_usage))
    return cell, load_certificate(bytes.fromhex(der))


def _counters(counters: ReplayCounters) -> _Json:
    return {
        "byRole": [[int(role), counter] for role, counter in counters.by_role.items()],
        "prepayment": counters.prepayment,
        "byParty": [[int(role), str(party), counter] for (role, party), counter in counters.by_party.items()],
    }


def _read_counters(state: _Json) -> ReplayCounters:
    by_role = {RemotePartyRole(role): OriginatorCounter(counter) for role, counter in state["byRole"]}
    by_party = {
        (RemotePartyRole(role), Eui64.parse(party)): OriginatorCounter(counter)
        for role, party, counter in state["byParty"]
    }
    return ReplayCounters(by_role, OriginatorCounter(state["prepayment"]), by_party)


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
    return LogEntry(
        datetime.fromisoformat(at),
        Refusal[refusal] if refusal else None,
        detail,
        None if code is None else MessageCode(code),
        None if originator is None else Eui64.parse(originator),
        None if counter is None else OriginatorCounter(counter),
    )
