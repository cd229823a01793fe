"""A device's state for people and machines: one value, shown as tables or as JSON."""

from __future__ import annotations

import enum
import io
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table

from devices.cells import UNCONFIRMED_CELLS
from devices.device import Device
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.message import parse
from devices.pending import PendingCommand
from scenarios.described import printable
from scenarios.device_file import SavedDevice, timestamp
from scenarios.device_replies import Json, cell_json, cell_text, entity_json, entry_json, use_case_name
from scenarios.device_world import DeviceWorld

_NO_EXPIRY_YEAR: Final = 9999
# Wide enough for every row: lines in a pipe are not broken.
_PLAIN_WIDTH: Final = 100_000
# Columns that are not broken on a terminal where there is room for them.
_KEPT_WHOLE: Final = ("Holder", "Party", "Originator", "Key identifier", "Time", "Due", "Received", "Counter")
_WIDE: Final = 110
_NUMBERS: Final = ("Last", "Counter")


class Listing(NamedTuple):
    """A table before it is drawn."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    note: str = ""


def device_json(saved: SavedDevice, world: DeviceWorld) -> Json:
    """Everything that ``dccbench device show`` tells."""
    device = saved.device
    return {
        "type": device.device_type.value,
        "eui": str(device.eui),
        "manufactured": timestamp(device.manufactured),
        "seed": saved.seed,
        "at": timestamp(saved.at),
        "cells": [_cell(device, cell, certificate, world) for cell, certificate in device.store.items()],
        "counters": _counters(device, world),
        "pending": [_pending(command, world) for command in device.state.pending],
        "certificates": [
            {"use": use, **_certificate(certificate)}
            for use, certificate in device.certificates._asdict().items()
        ],
        "log": [entry_json(entry, world) for entry in device.log],
        "assumptions": {
            name: value.value if isinstance(value, enum.Enum) else value
            for group in (device.context.assumptions, device.context.top_ups)
            for name, value in group._asdict().items()
        },
    }


def _certificate(certificate: Certificate) -> Json:
    return {
        "key_identifier": certificate.subject_key_identifier.hex().upper(),
        "serial": f"{certificate.serial:X}",
        "issuer": certificate.issuer,
        "not_before": timestamp(certificate.not_before),
        "not_after": timestamp(certificate.not_after),
    }


def _cell(device: Device, cell: TrustAnchorCellId, certificate: Certificate, world: DeviceWorld) -> Json:
    role = certificate.role
    return {
        **cell_json(cell),
        "confirmed": cell not in UNCONFIRMED_CELLS[device.device_type],
        "holder": None if certificate.subject is None else str(certificate.subject),
        "name": world.owner(certificate),
        "certificate_role": certificate.organisational_unit if role is None else role.field_name,
        "common_name": certificate.common_name,
        **_certificate(certificate),
    }


def _counters(device: Device, world: DeviceWorld) -> Json:
    counters = device.counters
    roles = dict.fromkeys([*(cell.role for cell in device.store), *counters.by_role])
    return {
        "by_role": [{"role": role.field_name, "counter": counters.current(role)} for role in roles],
        "by_party": [
            {"role": role.field_name, "party": entity_json(party, world), "counter": counter}
            for (role, party), counter in counters.by_party.items()
        ],
        "prepayment": device.state.top_up.counters.floor,
        "alerts": device.alert_counter,
    }


def _pending(command: PendingCommand, world: DeviceWorld) -> Json:
    return {
        "due": timestamp(command.due),
        "message_code": str(command.code),
        "use_case": use_case_name(command.code),
        "originator": entity_json(command.originator, world),
        "counter": parse(command.octets).header.originator_counter,
        "received_at": timestamp(command.received_at),
    }


def device_listings(view: Json) -> list[Listing]:
    """The tables of what :func:`device_json` gave."""
    assumptions = Listing(
        "Assumptions in force, none of them confirmed",
        ("Assumption", "Value"),
        [(name, str(value).lower()) for name, value in view["assumptions"].items()],
    )
    state = (_cells_of(view), *_counters_of(view), _pending_of(view), _certificates_of(view), _log_of(view))
    return [*state, assumptions]


def _cells_of(view: Json) -> Listing:
    columns = ("Cell", "Holder", "Who", "Key identifier", "Role in certificate", "Valid")
    rows = [
        (
            cell_text(cell) + ("" if cell["confirmed"] else " *"),
            cell["holder"],
            cell["name"],
            cell["key_identifier"],
            cell["certificate_role"],
            _validity(cell),
        )
        for cell in view["cells"]
    ]
    doubtful = not all(cell["confirmed"] for cell in view["cells"])
    note = "* believed to exist on this type of device, not confirmed" if doubtful else ""
    return Listing("Trust anchor cells", columns, rows, note)


def _counters_of(view: Json) -> list[Listing]:
    counters = view["counters"]
    rows = [(each["role"], each["counter"]) for each in counters["by_role"]]
    rows += [("prepayment top-ups", counters["prepayment"]), ("alerts sent", counters["alerts"])]
    parties = [(each["role"], *_entity(each["party"]), each["counter"]) for each in counters["by_party"]]
    return [
        Listing("Counters", ("Role", "Last"), rows),
        Listing("Counters by party", ("Role", "Party", "Who", "Last"), parties),
    ]


def _pending_of(view: Json) -> Listing:
    columns = ("Due", "Use case", "Originator", "Who", "Counter", "Received")
    rows = [
        (each["due"], each["use_case"], *_entity(each["originator"]), each["counter"], each["received_at"])
        for each in view["pending"]
    ]
    return Listing("Pending commands", columns, rows)


def _certificates_of(view: Json) -> Listing:
    columns = ("Key", "Key identifier", "Serial", "Issuer", "Valid")
    rows = [
        (each["use"], each["key_identifier"], each["serial"], each["issuer"], _validity(each))
        for each in view["certificates"]
    ]
    return Listing("Own certificates", columns, rows)


def _log_of(view: Json) -> Listing:
    columns = ("Time", "Result", "Use case", "Originator", "Who", "Counter", "Detail")
    rows = []
    for entry in view["log"]:
        result = "accepted" if entry["accepted"] else "refused"
        detail = entry["detail"] if entry["accepted"] else f"{entry['refusal']}: {entry['detail']}"
        sender = _entity(entry["originator"])
        rows.append((entry["at"], result, entry["use_case"], *sender, entry["counter"], detail))
    return Listing("Security log", columns, rows)


def _entity(entity: dict[str, Any] | None) -> tuple[str | None, str | None]:
    return (None, None) if entity is None else (entity["eui"], entity["name"])


def _validity(certificate: Json) -> str:
    first, last = certificate["not_before"][:10], certificate["not_after"][:10]
    return f"from {first}" if last.startswith(str(_NO_EXPIRY_YEAR)) else f"{first} to {last}"


def listings_text(heading: Iterable[str], listings: Iterable[Listing]) -> str:
    """Headings and tables as text; on a terminal fitted to it."""
    terminal = sys.stdout.isatty()
    console = Console(
        file=io.StringIO(),
        width=None if terminal else _PLAIN_WIDTH,
        force_terminal=terminal,
        color_system="auto" if terminal else None,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    with console.capture() as captured:
        for line in heading:
            console.print(printable(line), soft_wrap=True)
        for listing in listings:
            console.print()
            _print(console, listing, box.SIMPLE_HEAD if terminal else box.ASCII)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def _print(console: Console, listing: Listing, frame: box.Box) -> None:
    if not listing.rows:
        console.print(f"{listing.title}: none")
        return
    table = Table(box=frame, title=listing.title, title_justify="left")
    for column in listing.columns:
        table.add_column(
            column,
            overflow="fold",
            justify="right" if column in _NUMBERS else "left",
            no_wrap=column in _KEPT_WHOLE and console.width >= _WIDE,
        )
    for row in listing.rows:
        table.add_row(*("-" if value is None else printable(str(value)) for value in row))
    console.print(table)
    if listing.note:
        console.print(listing.note, soft_wrap=True)
