"""Messages fed to a device: read all at once, fed in order, reported for people and machines."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO, Final, NamedTuple

from devices.device import Device, Effects
from devices.gbcs.errors import GbcsError
from devices.gbcs.message import parse
from scenarios.described import printable
from scenarios.device_replies import Json, effects_json, reply_lines
from scenarios.device_world import DeviceWorld
from scenarios.errors import InputError
from scenarios.message_input import octets_of_argument

STANDARD_INPUT: Final = "-"


class MessageToFeed(NamedTuple):
    """A message and where it comes from."""

    source: str
    octets: bytes


class Feeding(NamedTuple):
    """What came of a feeding: the commands that were due at its time, then each message."""

    at: datetime
    due: tuple[Effects, ...]
    fed: tuple[tuple[MessageToFeed, Effects], ...]

    @property
    def all_accepted(self) -> bool:
        """Whether the device obeyed every message."""
        return all(effects.accepted for _, effects in self.fed)


def messages_of_arguments(arguments: Sequence[str], standard_input: BinaryIO) -> list[MessageToFeed]:
    """The messages that arguments stand for: hex, files, or ``-`` for standard input.

    Raises:
        InputError: one of them is no GBCS message.
    """
    if arguments.count(STANDARD_INPUT) > 1:
        raise InputError("- stands for standard input, which can be read only once")
    return [_message(number, argument, standard_input) for number, argument in enumerate(arguments, 1)]


def feed(device: Device, messages: Sequence[MessageToFeed], at: datetime) -> Feeding:
    """Let a device execute what is due at ``at`` (aware), and then give it messages."""
    due = device.advance(at)
    return Feeding(at, due, tuple([(message, device.receive(message.octets, at)) for message in messages]))


def feeding_json(feeding: Feeding, world: DeviceWorld) -> Json:
    """A feeding for machines."""
    return {
        "due": [effects_json(effects, world) for effects in feeding.due],
        "messages": [
            {
                "source": message.source,
                "octets": len(message.octets),
                **effects_json(effects, world),
            }
            for message, effects in feeding.fed
        ],
    }


def feeding_lines(result: Json) -> Iterator[str]:
    """What :func:`feeding_json` says, for people."""
    for entry in result["due"]:
        yield "future-dated, now due"
        yield from reply_lines(entry)
    for entry in result["messages"]:
        yield printable(f"{entry['source']}, {entry['octets']} octets")
        yield from reply_lines(entry)
    if not result["due"] and not result["messages"]:
        yield "nothing was due"


def _message(number: int, argument: str, standard_input: BinaryIO) -> MessageToFeed:
    octets = octets_of_argument(argument, standard_input)
    named = argument == STANDARD_INPUT or os.path.exists(argument)
    source = argument if named else f"message {number}"
    try:
        parse(octets)
    except GbcsError as error:
        raise InputError(f"{source}: {error}") from error
    return MessageToFeed(source, octets)
