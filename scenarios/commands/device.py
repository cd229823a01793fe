"""``dccbench device``: a simulated device in a file, to look at and to feed messages to."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from devices.device_types import DEVICE_CLASSES
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import DeviceType, Eui64
from devices.gbcs.message import encode
from scenarios.commands import ExitStatus, emit
from scenarios.described import printable
from scenarios.device_feeding import feed, feeding_json, feeding_lines, messages_of_arguments
from scenarios.device_file import (
    MAXIMUM_SEED,
    NOTE,
    SavedDevice,
    load_device,
    moment_of,
    save_device,
    timestamp,
)
from scenarios.device_messages import TrialCommand, trial_commands
from scenarios.device_replies import use_case_name
from scenarios.device_view import device_json, device_listings, listings_text
from scenarios.device_world import DeviceWorld
from scenarios.errors import InputError

DEFAULT_TIME: Final = "2026-01-05T00:00:00Z"
_TIME: Final = "a time such as 2026-01-05T00:00:00Z, or now"


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the subcommand and its own subcommands."""
    parser = subparsers.add_parser(
        "device",
        help="make a device, look at it, feed it messages",
        description="A simulated device in a file. Its keys, and those of the DCC and the parties around it, "
        "are test keys made from a seed.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_create(actions)
    _add_show(actions)
    _add_feed(actions)
    _add_messages(actions)


def _add_create(actions: argparse._SubParsersAction[Any]) -> None:
    parser = actions.add_parser(
        "create",
        help="make a device as it leaves the factory",
        description="Make a device as it leaves the factory. FILE will hold its private test keys.",
    )
    _add_file(parser)
    parser.add_argument("--type", type=_device_type, metavar="TYPE", required=True, help=_type_names())
    parser.add_argument(
        "--eui", type=_eui, metavar="EUI", required=True, help="entity id: 00-DB-12-34-56-78-90-A0"
    )
    text = "seed of all test keys: those of the device, the DCC and the parties"
    parser.add_argument("--seed", type=_seed, metavar="N", required=True, help=text)
    text = f"when it is made: {_TIME} (default {DEFAULT_TIME})"
    parser.add_argument("--at", type=_time, metavar="TIME", default=DEFAULT_TIME, help=text)
    parser.add_argument("--force", action="store_true", help="overwrite FILE")
    parser.set_defaults(run=run_create)


def _add_show(actions: argparse._SubParsersAction[Any]) -> None:
    parser = actions.add_parser(
        "show",
        help="show cells, counters, certificates and log",
        description="Show a device's trust anchor cells, counters, pending commands, own certificates and "
        "security log.",
    )
    _add_file(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run_show)


def _add_feed(actions: argparse._SubParsersAction[Any]) -> None:
    parser = actions.add_parser(
        "feed",
        help="feed messages to a device",
        description="Feed messages to a device, print what it answers, and keep its new state. Leaves with 1 "
        "if it refused any.",
    )
    _add_file(parser)
    text = "a GBCS message in hex, a file with hex or raw octets, or - for stdin"
    messages = parser.add_argument("message", nargs="+", metavar="MESSAGE", default=[], help=text)
    text = f"the device's time: {_TIME} (default: that of what happened to it last)"
    parser.add_argument("--at", type=_time, metavar="TIME", help=text)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--no-save", action="store_true", help="leave FILE as it is")
    text = "execute what was future-dated and is due; any MESSAGE has that done too, so none is needed"
    parser.add_argument("--advance", action=_Advance, nargs=0, messages=messages, help=text)
    parser.set_defaults(run=run_feed)


def _add_messages(actions: argparse._SubParsersAction[Any]) -> None:
    parser = actions.add_parser(
        "messages",
        help="write commands to try a device with",
        description="Write commands that the DCC and the parties of the same seed would send to the device "
        "in its present state, as hex files to be fed in their order.",
    )
    _add_file(parser)
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder for the files; made if need be")
    parser.set_defaults(run=run_messages)


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the device")


class _Advance(argparse.Action):
    """``--advance``: with it, no message is needed."""

    def __init__(self, messages: argparse.Action, **options: Any) -> None:
        super().__init__(**options)
        self._messages = messages

    def __call__(self, *_: object) -> None:
        """Let go of the messages."""
        self._messages.required = False


def run_create(arguments: argparse.Namespace) -> int:
    """Make a device and write its file.

    Raises:
        InputError: the file is there already or cannot be written, or the entity id is a party's.
    """
    path: Path = arguments.file
    if not arguments.force and os.path.lexists(path):
        raise InputError(f"{path}: exists; --force overwrites it")
    world = DeviceWorld(arguments.seed, arguments.at)
    taken = world.name(arguments.eui)
    if taken is not None:
        raise InputError(f"--eui: {arguments.eui}, expected one that is not the {taken}'s")
    device = world.bed.manufacture(arguments.type, arguments.eui, arguments.at)
    save_device(path, SavedDevice(device, arguments.seed, arguments.at))
    made = f"{device.device_type.value} {device.eui}, seed {arguments.seed}, made {timestamp(arguments.at)}"
    emit(printable(f"{path}: {made}, {len(device.store)} trust anchor cells") + f"\n{NOTE}")
    return ExitStatus.FINE


def run_show(arguments: argparse.Namespace) -> int:
    """Print the state of a device.

    Raises:
        InputError: the file holds no device.
    """
    saved = load_device(arguments.file)
    view = device_json(saved, _world(saved))
    if arguments.json:
        emit(json.dumps(view, indent=2))
        return ExitStatus.FINE
    made = f"made {view['manufactured']}, last active {view['at']}, seed {saved.seed}"
    heading = [f"{view['type']} {view['eui']}, {made}"]
    emit(listings_text(heading, device_listings(view)))
    return ExitStatus.FINE


def run_feed(arguments: argparse.Namespace) -> int:
    """Feed messages in order, keep the new state, print what came of it.

    Raises:
        InputError: the file holds no device or cannot be written, or a message is none; nothing is kept.
    """
    saved = load_device(arguments.file)
    messages = messages_of_arguments(arguments.message, sys.stdin.buffer)
    feeding = feed(saved.device, messages, arguments.at or saved.at)
    if not arguments.no_save:
        save_device(arguments.file, saved._replace(at=feeding.at))
    result = {
        "type": saved.device.device_type.value,
        "eui": str(saved.device.eui),
        "seed": saved.seed,
        "at": timestamp(feeding.at),
        "saved": not arguments.no_save,
        **feeding_json(feeding, _world(saved)),
    }
    if arguments.json:
        emit(json.dumps(result, indent=2))
    else:
        heading = f"{result['type']} {result['eui']} at {result['at']}"
        heading += "" if result["saved"] else ", not saved"
        emit("\n".join([heading, *feeding_lines(result)]))
    return ExitStatus.FINE if feeding.all_accepted else ExitStatus.CHECK_FAILED


def run_messages(arguments: argparse.Namespace) -> int:
    """Write the commands that make sense now, and say which do not.

    Raises:
        InputError: the file holds no device, or the folder cannot be written.
    """
    saved = load_device(arguments.file)
    world = _world(saved)
    commands = trial_commands(world, saved.device, saved.at)
    folder: Path = arguments.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lines = [_write(folder / f"{command.name}.hex", command, world) for command in commands]
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror or error}, expected a folder to write to") from error
    emit("\n".join(map(printable, lines)))
    return ExitStatus.FINE


def _world(saved: SavedDevice) -> DeviceWorld:
    return DeviceWorld(saved.seed, saved.device.manufactured)


def _write(path: Path, command: TrialCommand, world: DeviceWorld) -> str:
    message = command.message
    if message is None:
        # One of an earlier state would no longer fit between the others.
        path.unlink(missing_ok=True)
        return f"{path}: left out, {command.left_out}"
    path.write_text(f"{encode(message).hex().upper()}\n", encoding="ascii", newline="\n")
    header = message.header
    sender = world.name(header.originator)
    return f"{path}: {use_case_name(message.code)} from {sender}, counter {header.originator_counter}"


def _type_names() -> str:
    return ", ".join(kind.value for kind in DEVICE_CLASSES)


def _device_type(text: str) -> DeviceType:
    for kind in DEVICE_CLASSES:
        if kind.value == text.upper():
            return kind
    raise argparse.ArgumentTypeError(f"{text!r}, expected one of: {_type_names()}")


def _eui(text: str) -> Eui64:
    try:
        return Eui64.parse(text)
    except GbcsError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _seed(text: str) -> int:
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(MAXIMUM_SEED))
    if not digits or int(text) > MAXIMUM_SEED:
        raise argparse.ArgumentTypeError(f"{text[:40]!r}, expected a whole number from 0 to {MAXIMUM_SEED}")
    return int(text)


def _time(text: str) -> datetime:
    if text == "now":
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return moment_of(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
