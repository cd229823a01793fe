"""Commands on their way to devices, and which responses may answer them."""

from __future__ import annotations

from typing import NamedTuple

from dcc.bodies.schedules import ScheduleId
from dcc.service_requests import ServiceRequest
from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import GroupingHeader, Message


class AwaitedResponse(NamedTuple):
    """What a response has to say of itself to be the answer to a command."""

    device: Eui64
    addressee: Eui64
    counter: OriginatorCounter
    message_code: MessageCode

    @classmethod
    def to(cls, command: GroupingHeader) -> AwaitedResponse:
        """What answers the command under this header."""
        return cls(command.target, command.originator, command.originator_counter, command.other.message_code)

    @classmethod
    def of(cls, response: GroupingHeader) -> AwaitedResponse:
        """What the response under this header answers."""
        return cls(
            response.originator, response.target, response.originator_counter, response.other.message_code
        )


class OutboundCommand(NamedTuple):
    """A command for the SM WAN.

    ``answered_signed`` says whether the response has to carry the device's signature: the response to a
    critical command does, any other a MAC. ``schedule`` is the one by which the DCC sends it, if any.
    """

    request: ServiceRequest
    device: Eui64
    octets: bytes
    awaited: AwaitedResponse
    answered_signed: bool
    schedule: ScheduleId | None = None


class _Unverified(NamedTuple):
    """A command whose responses only the User can verify, and those that were passed on so far."""

    command: OutboundCommand
    passed_on: set[bytes]


class AwaitedResponses:
    """The commands that are out.

    A MAC for a User can be verified by that User alone. So that a forged response does not keep the true one
    out, every different response with such a MAC is taken, until the device answers the User's next command,
    or the command is given up.
    """

    def __init__(self) -> None:
        self._awaited: dict[AwaitedResponse, OutboundCommand] = {}
        # By device and User, the last one alone: what came before it is settled.
        self._unverified: dict[tuple[Eui64, Eui64], _Unverified] = {}

    def await_response(self, command: OutboundCommand) -> None:
        """Note a command that went out."""
        self._awaited[command.awaited] = command

    def command_for(self, response: Message) -> OutboundCommand | None:
        """The command that a response says it answers."""
        awaited = AwaitedResponse.of(response.header)
        return self._awaited.get(awaited) or self._open_to_doubt(awaited)

    def take_verified(self, command: OutboundCommand) -> bool:
        """Settle a command whose response was verified; whether it was still open."""
        return self._awaited.pop(command.awaited, None) is not None

    def take_unverified(self, command: OutboundCommand, octets: bytes) -> bool:
        """Note a response that only its User can verify; whether it was not passed on before."""
        awaited = command.awaited
        if self._awaited.pop(awaited, None) is not None:
            self._unverified[awaited.device, awaited.addressee] = _Unverified(command, set())
        passed_on = self._unverified[awaited.device, awaited.addressee].passed_on
        if octets in passed_on:
            return False
        passed_on.add(octets)
        return True

    def give_up(self, command: OutboundCommand) -> bool:
        """Stop waiting; whether the command was still unanswered."""
        if self._open_to_doubt(command.awaited) is not None:
            del self._unverified[command.awaited.device, command.awaited.addressee]
        return self._awaited.pop(command.awaited, None) is not None

    def _open_to_doubt(self, awaited: AwaitedResponse) -> OutboundCommand | None:
        """The command, where it was answered, but the DCC cannot know by whom."""
        unverified = self._unverified.get((awaited.device, awaited.addressee))
        if unverified is None or unverified.command.awaited != awaited:
            return None
        return unverified.command
