"""A device's whole state as plain data, and a device made from it: nothing is lost on the way."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Final

from devices.configuration_snapshot import read_configuration, saved_configuration
from devices.device import Device, DeviceContext
from devices.device_types import DEVICE_CLASSES
from devices.faults import DeviceFaults, PowerLoss
from devices.gbcs.certificates import Certificate, load_certificate
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import (
    CellUsage,
    DeviceType,
    Eui64,
    KeyUsage,
    MessageCode,
    RemotePartyRole,
)
from devices.gbcs.message import parse
from devices.gbcs.payloads import decode_payload
from devices.management_snapshot import saved_management, with_management
from devices.pending import PendingCommand
from devices.replay import ReplayCounters
from devices.security_log import LogEntry, Refusal
from devices.snapshot_values import (
    Json,
    read_counter,
    read_integer,
    read_key,
    read_moment,
    read_once,
    saved_key,
)
from devices.state import DeviceCertificates, DeviceKeys
from devices.top_up_snapshot import read_top_up, saved_top_up
from devices.trust_anchor import TrustAnchorStore

FORMAT: Final = 1
MAXIMUM_CLOCK_OFFSET: Final = timedelta(days=36525)
_LONGEST_REASON: Final = 200


def snapshot(device: Device) -> bytes:
    """The state of a device as JSON; private keys of test devices stand in it."""
    state = {
        "format": FORMAT,
        "deviceType": device.device_type.value,
        "eui": str(device.eui),
        "manufactured": device.manufactured.isoformat(),
        "signing": saved_key(device.signing),
        "agreement": saved_key(device.agreement),
        "certificates": [certificate.der.hex() for certificate in device.certificates],
        "cells": [_cell(cell, certificate.der) for cell, certificate in device.store.items()],
        "counters": _counters(device.counters),
        "nonCriticalCounters": _counters(device.state.non_critical_counters),
        "alertCounter": device.state.alert_counter,
        "log": [_entry(entry) for entry in device.log],
        "pending": [_pending(command) for command in device.state.pending],
        "wrappedContingencyKey": device.state.wrapped_contingency_key.hex(),
        "management": saved_management(device.state),
        "topUp": saved_top_up(device.state.top_up),
        "issuers": [certificate.der.hex() for certificate in device.state.issuers],
        "configuration": saved_configuration(device.state.configuration),
        "faults": _faults(device.faults),
    }
    return json.dumps(state, separators=(",", ":")).encode()


def restore(octets: bytes, context: DeviceContext) -> Device:
    """The device of a snapshot.

    Raises:
        GbcsError: the octets are no snapshot of this format; says which field is at fault.
    """
    field = "snapshot"
    try:
        state: Json = json.loads(octets)
        field = "snapshot/format"
        if read_integer(state["format"]) != FORMAT:
            raise ValueError(f"{state['format']}, expected {FORMAT}")
        field = "snapshot/keys"
        keys = DeviceKeys(read_key(state["signing"]), read_key(state["agreement"]))
        field = "snapshot/certificates"
        signing, agreement = (load_certificate(bytes.fromhex(der)) for der in state["certificates"])
        field = "snapshot/cells"
        store = TrustAnchorStore(read_once(map(_read_cell, state["cells"])))
        field = "snapshot/device"
        device_class = DEVICE_CLASSES[DeviceType(state["deviceType"])]
        device = device_class(
            Eui64.parse(state["eui"]),
            keys,
            DeviceCertificates(signing, agreement),
            store,
            context,
            read_moment(state["manufactured"]),
        )
        field = "snapshot/counters"
        counters = _read_counters(state["counters"])
        non_critical_counters = _read_counters(state["nonCriticalCounters"])
        alert_counter = read_counter(state["alertCounter"])
        field = "snapshot/log"
        log = tuple(map(_read_entry, state["log"]))
        field = "snapshot/pending"
        pending = tuple(_read_pending(item, device) for item in state["pending"])
        field = "snapshot/wrappedContingencyKey"
        device.state = device.state._replace(
            counters=counters,
            non_critical_counters=non_critical_counters,
            alert_counter=alert_counter,
            log=log,
            pending=pending,
            wrapped_contingency_key=bytes.fromhex(state["wrappedContingencyKey"]),
        )
        field = "snapshot/management"
        device.state = with_management(device.state, state["management"])
        field = "snapshot/topUp"
        device.state = device.state._replace(top_up=read_top_up(state["topUp"]))
        field = "snapshot/issuers"
        issuers = tuple(load_certificate(bytes.fromhex(der)) for der in state["issuers"])
        device.state = device.state._replace(issuers=issuers)
        field = "snapshot/configuration"
        configuration = read_configuration(state["configuration"])
        device.state = device.state._replace(configuration=configuration)
        field = "snapshot/faults"
        device.faults = _read_faults(state["faults"])
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        what = f"cannot be read: {type(error).__name__}: {error}"
        raise GbcsError(field, what[:_LONGEST_REASON]) from error
    return device


def _read_role(value: object) -> RemotePartyRole:
    return RemotePartyRole(read_integer(value))


def _cell(cell: TrustAnchorCellId, der: bytes) -> list[Any]:
    return [*_cell_id(cell), der.hex()]


def _read_cell(state: list[Any]) -> tuple[TrustAnchorCellId, Certificate]:
    *cell, der = state
    return _read_cell_id(*cell), load_certificate(bytes.fromhex(der))


def _cell_id(cell: TrustAnchorCellId) -> list[Any]:
    return [int(cell.role), cell.key_usage.value.hex(), int(cell.cell_usage)]


def _read_cell_id(role: object, key_usage: str, cell_usage: object) -> TrustAnchorCellId:
    usage = KeyUsage(bytes.fromhex(key_usage))
    return TrustAnchorCellId(_read_role(role), usage, CellUsage(read_integer(cell_usage)))


def _faults(faults: DeviceFaults) -> Json:
    return {
        "cellsWithoutMemory": sorted(_cell_id(cell) for cell in faults.cells_without_memory),
        "clockOffsetMicroseconds": faults.clock_offset // timedelta(microseconds=1),
        "powerLoss": None if faults.power_loss is None else faults.power_loss.name,
    }


def _read_faults(state: Json) -> DeviceFaults:
    clock_offset = timedelta(microseconds=read_integer(state["clockOffsetMicroseconds"]))
    if abs(clock_offset) > MAXIMUM_CLOCK_OFFSET:
        raise ValueError(f"clock offset {clock_offset}, expected {MAXIMUM_CLOCK_OFFSET} at most")
    loss = state["powerLoss"]
    return DeviceFaults(
        frozenset([_read_cell_id(*cell) for cell in state["cellsWithoutMemory"]]),
        clock_offset,
        None if loss is None else PowerLoss[loss],
    )


def _counters(counters: ReplayCounters) -> Json:
    return {
        "byRole": [[int(role), counter] for role, counter in counters.by_role.items()],
        "byParty": [[int(role), str(party), counter] for (role, party), counter in counters.by_party.items()],
    }


def _read_counters(state: Json) -> ReplayCounters:
    by_role = read_once((_read_role(role), read_counter(counter)) for role, counter in state["byRole"])
    by_party = read_once(
        ((_read_role(role), Eui64.parse(party)), read_counter(counter))
        for role, party, counter in state["byParty"]
    )
    return ReplayCounters(by_role, by_party)


def _entry(entry: LogEntry) -> list[Any]:
    return [
        entry.at.isoformat(),
        entry.refusal.name if entry.refusal else None,
        entry.detail,
        entry.message_code,
        None if entry.originator is None else str(entry.originator),
        entry.counter,
        entry.event,
    ]


def _read_entry(state: list[Any]) -> LogEntry:
    at, refusal, detail, code, originator, counter, event = state
    if not isinstance(detail, str):
        raise TypeError(f"{detail!r}, expected a text")
    return LogEntry(
        read_moment(at),
        None if refusal is None else Refusal[refusal],
        detail,
        None if code is None else MessageCode(read_integer(code)),
        None if originator is None else Eui64.parse(originator),
        None if counter is None else read_counter(counter),
        None if event is None else read_integer(event),
    )


def _pending(command: PendingCommand) -> list[str]:
    return [command.octets.hex(), command.received_at.isoformat(), command.due.isoformat()]


def _read_pending(state: list[str], device: Device) -> PendingCommand:
    text, received_at, due = state
    octets = bytes.fromhex(text)
    message = parse(octets)
    decode_payload(message)
    if message.header.target != device.eui or message.code not in device.due_handlers:
        raise ValueError(f"{message.code} for {message.header.target} is not for this device to execute")
    times = read_moment(received_at), read_moment(due)
    return PendingCommand(octets, message.code, message.header.originator, *times)
