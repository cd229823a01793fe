"""A DCC that commands devices of itself, for tests: an electricity meter, a gas proxy function and a hub."""

from __future__ import annotations

from typing import Final

from dcc_worlds import ESME, GPF, OPERATOR, START, SUPPLIER, World, device_id

from dcc.inventory_status import StatusCause
from dcc.own_commands import OwnCommand, OwnCommands
from devices.device import Device, Effects
from devices.gbcs.credentials import UpdateCredentialsResponse
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
from devices.gbcs.message import parse
from devices.gbcs.payloads import decode_payload

HUB: Final = device_id(0xD0)
DEVICES: Final = (ESME, GPF, HUB)


class OwnCommandWorld(World):
    """The world of the DSP's tests, with a hub that is a real device, and the DCC's own commands."""

    def __init__(self) -> None:
        super().__init__()
        self.hub = self.bed.manufacture(DeviceType.CHF, HUB, START)
        self.dcc.inventory.pre_notify(HUB, DeviceType.CHF, START)
        for cause in (StatusCause.CONNECTED_TO_WAN, StatusCause.HUB_COMMISSIONED):
            self.dcc.inventory.change_status(HUB, cause, START)
        self.broker = self.bed.dsp.broker
        self.own = OwnCommands(self.dcc, self.broker)

    def device(self, eui: Eui64) -> Device:
        return self.hub if eui == HUB else super().device(eui)

    def deliver(self, command: OwnCommand | None) -> Effects:
        assert command is not None
        return self.device(command.device).receive(command.octets, self.now)

    def hand_over(self, role: RemotePartyRole) -> bool:
        """Whether the meter takes a handover (6.21) of a role's cells, made by the DSP as it is now."""
        owner = SUPPLIER if role is RemotePartyRole.SUPPLIER else OPERATOR
        submission = self.submit(self.handover(owner))
        assert submission.command is not None, submission.response
        effects = self.device(ESME).receive(submission.command.octets, self.now)
        if not effects.accepted:
            return False
        payload = decode_payload(parse(effects.sent[0]))
        return isinstance(payload, UpdateCredentialsResponse)
