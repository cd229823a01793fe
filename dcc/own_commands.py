"""Commands that the DCC sends of itself: no User has asked for them, and no User hears of the answer."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from dcc.access_control_broker import AccessControlBroker
from dcc.outbound import AwaitedResponse
from dcc.world import DccWorld
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage
from devices.gbcs.message import Cra, Message, MessageShape, encode, parse
from devices.gbcs.protection import signature_verifies


class OwnCommand(NamedTuple):
    """A command for the SM WAN."""

    device: Eui64
    octets: bytes
    awaited: AwaitedResponse


class OwnCommands:
    """The DCC's own commands that are out, and the responses that answer them."""

    def __init__(self, world: DccWorld, broker: AccessControlBroker) -> None:
        self._world = world
        self._broker = broker
        self._awaited: set[AwaitedResponse] = set()

    def send(self, protected: Message) -> OwnCommand:
        """A command as octets, its response awaited from now on."""
        awaited = AwaitedResponse.to(protected.header)
        self._awaited.add(awaited)
        return OwnCommand(awaited.device, encode(protected), awaited)

    def take(self, octets: bytes, now: datetime) -> Message | None:
        """A device's response; None of what answers no open command or is not the device's."""
        try:
            message = parse(octets)
        except GbcsError:
            return None
        if message.header.cra is not Cra.RESPONSE:
            return None
        awaited = AwaitedResponse.of(message.header)
        if awaited not in self._awaited or not self._is_authentic(message, now):
            return None
        self._awaited.discard(awaited)
        return message

    def give_up(self, command: OwnCommand) -> bool:
        """Stop waiting; whether the command was still unanswered."""
        open_still = command.awaited in self._awaited
        self._awaited.discard(command.awaited)
        return open_still

    def _is_authentic(self, message: Message, now: datetime) -> bool:
        """A signature is the device's; a MAC is the device's with the broker."""
        device, repository = message.header.originator, self._world.repository
        signed = message.shape is MessageShape.SIGNED
        usage = KeyUsage.DIGITAL_SIGNATURE if signed else KeyUsage.KEY_AGREEMENT
        certificate = repository.newest(now, device, usage)
        if certificate is None:
            return False
        if signed:
            return signature_verifies(message, certificate.public_point, self._world.provider)
        return self._broker.verifies(message, certificate.public_point)
