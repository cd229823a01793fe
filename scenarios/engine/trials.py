"""After a run: what its devices would do with a command now, tried with real ones on copies of them.

What a family computes of devices that nobody can reach is so held against what a command finds. Copies are
tried, and without the way over the SM WAN, so that a trial changes nothing of the devices and no chance
decides it; the DCC's own books go on, which is why trials come last.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from dcc.service_requests import RequestBody
from dcc.service_responses import PreCommand
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64
from scenarios.engine.outcome import Table
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.run_kit import RunKit
from scenarios.party_client import OpenedResponse, PartyClient

MOST_TRIED: Final = 50
"""So many devices of each kind are tried at most: all of a small run, a sample of a large one."""


class Expected(NamedTuple):
    """What is computed of devices: what they are called together, and whether they should obey."""

    name: str
    obeys: bool
    devices: Collection[Eui64]


class Trial(NamedTuple):
    """What came of the trials of some devices.

    Of ``tried`` of them it was found out; ``others`` did something else than was computed.
    """

    expected: Expected
    tried: int
    others: tuple[Eui64, ...]

    @property
    def obeyed(self) -> int:
        """How many obeyed."""
        return self.tried - len(self.others) if self.expected.obeys else len(self.others)


class Tried(NamedTuple):
    """What came of a request: whether the DCC sent a command, whether it was answered, and what with."""

    sent: bool
    answered: bool = False
    opened: OpenedResponse = None


def try_groups(
    kit: RunKit, expected: Collection[Expected], obeys: Callable[[Eui64], bool | None]
) -> tuple[Trial, ...]:
    """Try devices of each group; ``obeys`` says what one did, or None where nothing could be tried."""
    return tuple(_try_group(group, to_try(group.devices, kit.streams), obeys) for group in expected)


def _try_group(expected: Expected, devices: Iterable[Eui64], obeys: Callable[[Eui64], bool | None]) -> Trial:
    found = {device: obeys(device) for device in devices}
    tried = [device for device in found if found[device] is not None]
    return Trial(
        expected, len(tried), tuple(device for device in tried if found[device] is not expected.obeys)
    )


def trials_table(trials: Collection[Trial]) -> Table:
    """What was tried, beside what was computed."""
    rows = tuple(
        (trial.expected.name, len(trial.expected.devices), trial.tried, trial.obeyed) for trial in trials
    )
    title = "Devices tried with real commands after the end"
    return Table("trials", title, ("as computed", "devices", "tried", "obeyed"), rows)


def contradicted(trials: Collection[Trial]) -> Iterator[str]:
    """Devices that did something else than was computed."""
    for trial in trials:
        did = "silent" if trial.expected.obeys else "obeyed"
        for device in trial.others:
            yield f"{device}: {did} when tried, though computed as {trial.expected.name}"


def time_of_trials(kit: RunKit) -> datetime:
    """When trials are made: at the end of the run."""
    return max(kit.simulation.now, kit.simulation.end)


def try_request(kit: RunKit, client: PartyClient, srv: Srv, target: Eui64, body: RequestBody) -> Tried:
    """A service from beginning to end: the rule book, the command as octets, a copy of the device.

    Raises:
        GbcsError: a Pre-Command or a response is not what it should be.
    """
    now, dsp = time_of_trials(kit), kit.bed.dsp
    request = client.request(srv, target, body, now)
    submission = dsp.submit(request, now)
    if isinstance(submission.response.body, PreCommand):
        submission = dsp.submit(client.sign_pre_command(request, submission.response), now)
    if submission.command is None:
        return Tried(sent=False)
    for octets in try_octets(kit, target, submission.command.octets):
        response = dsp.receive(octets, now).response
        if response is not None and response.request_id == request.request_id:
            return Tried(True, True, client.open(response))
    return Tried(sent=True)


def try_octets(kit: RunKit, target: Eui64, octets: bytes) -> tuple[bytes, ...]:
    """What a device would send, were it given these octets."""
    return copy.copy(kit.link.device(target)).receive(octets, time_of_trials(kit)).sent


def to_try(devices: Iterable[Eui64], streams: RandomStreams, most: int = MOST_TRIED) -> tuple[Eui64, ...]:
    """The devices to be tried: all, or so many of them as a stream of each picks."""
    drawn = sorted(devices, key=lambda device: (streams.stream("trial", str(device)).unit(), device))
    return tuple(sorted(drawn[:most]))
