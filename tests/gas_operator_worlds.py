"""A home with gas whose network operator changes: services followed to their end on real devices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from dcc_worlds import (
    GPF,
    GSME,
    OPERATOR,
    OTHER_TRANSPORTER,
    START,
    SUPPLIER,
    TRANSPORTER,
    World,
)

from dcc.access_control_broker import AcbCounters
from dcc.bodies.credentials import ReplaceCredentials, RetrieveRoles
from dcc.bodies.hub import RestoreDeviceLog
from dcc.bodies.inventory import ReturnLocalResponse
from dcc.identifiers import Mpid, Mprn
from dcc.inventory import MpxnLinks
from dcc.inventory_status import StatusCause
from dcc.modifications import Modification
from dcc.originator_counters import RecordedCounter
from dcc.registration import GasRecord
from dcc.response_codes import ResponseCode
from dcc.service_requests import CommandVariant, ServiceRequest
from dcc.service_responses import LocalCommand, ServiceResponse
from dcc.srv import Srv
from devices import cells
from devices.device import Device
from devices.faults import DeviceFaults, PowerLoss
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.device_log import DeviceLogEntry
from devices.gbcs.identifiers import DeviceType, Eui64, OriginatorCounter, RemotePartyRole
from devices.gbcs.joins import JoinDeviceType
from devices.gbcs.message import parse
from scenarios.test_bed import ACB_ID

MINUTE: Final = timedelta(minutes=1)
NEXT_TRANSPORTER: Final = OTHER_TRANSPORTER
NO_ROLE: Final = RemotePartyRole.NETWORK_OPERATOR
_NAMES: Final = {
    ACB_ID: "the broker",
    TRANSPORTER: "the operator",
    NEXT_TRANSPORTER: "another operator",
    OPERATOR: "the operator",
    SUPPLIER: "the supplier",
}
_ON_SITE: Final = {
    CommandVariant.COMMAND: CommandVariant.LOCAL_COMMAND,
    CommandVariant.SIGNED_COMMAND: CommandVariant.SIGNED_LOCAL_COMMAND,
}


class GasHome(World):
    """The small DCC for tests, in which Users count in milliseconds and time goes by between requests.

    ``last_number`` is that of the last command that went out, in whoever's name.
    """

    def __init__(
        self,
        modifications: Iterable[Modification] = (),
        acb_counters: AcbCounters = AcbCounters.PER_DEVICE,
        *,
        handed_over: bool = True,
    ) -> None:
        super().__init__(modifications, acb_counters)
        self.last_number: int = 0
        self.last_answer: ServiceResponse | None = None
        if handed_over:
            assert self.give_to(TRANSPORTER) == "I0"

    # Services, each to its end: the code of the last that the User hears

    def give_to(self, owner: Eui64, target: Eui64 = GPF, *, delivered: bool = True) -> str:
        """6.21 by the supplier: an operator's certificates for the network operator cells."""
        return self.follow(self.handover(owner, target=target), delivered=delivered)

    def swap(
        self,
        user: Eui64 = TRANSPORTER,
        target: Eui64 = GPF,
        *,
        floor: int | None = None,
        counter: int | None = None,
        delivered: bool = True,
    ) -> str:
        """6.15.1: the broker's certificates for the network operator cells."""
        return self.follow(self.swap_request(user, target, floor, counter), delivered=delivered)

    def swap_request(
        self,
        user: Eui64 = TRANSPORTER,
        target: Eui64 = GPF,
        floor: int | None = None,
        counter: int | None = None,
    ) -> ServiceRequest:
        return self.ask(user, Srv.UPDATE_CREDENTIALS, target, self.brokers(floor), counter=counter)

    def report(self, target: Eui64 = GPF, *, delivered: bool = True) -> str:
        """6.24.1: who is in the network operator cells."""
        asked = RetrieveRoles((NO_ROLE,))
        request = self.ask(SUPPLIER, Srv.RETRIEVE_CREDENTIALS, target, asked)
        return self.follow(request, delivered=delivered)

    def brokers(self, floor: int | None = None) -> ReplaceCredentials:
        """The body that puts the broker's certificates in the network operator cells."""
        dcc = self.bed.dcc_certificates
        return ReplaceCredentials(
            NO_ROLE,
            dcc.acb_signing.der,
            dcc.acb_agreement.der,
            path=(self.bed.smki.issuer.certificate.der,),
            floor=None if floor is None else OriginatorCounter(floor),
        )

    def follow(self, request: ServiceRequest, *, delivered: bool = True, on_site: bool = False) -> str:
        """A request to its end; ``delivered`` False for a device that the SM WAN does not get to."""
        submission = self.submit(request)
        if submission.response.code is not ResponseCode.I0 and submission.command is None:
            self.now += MINUTE
            return _code(submission.response)
        if request.command_variant is CommandVariant.TRANSFORM:
            client = self.client(request.request_id.originator)
            request = client.sign_pre_command(request, submission.response)
            if on_site:
                request = request._replace(command_variant=_ON_SITE[request.command_variant])
            submission = self.submit(request)
        self.now += MINUTE
        if submission.response.code.is_refusal:
            return _code(submission.response)
        if on_site:
            body = submission.response.body
            assert isinstance(body, LocalCommand), submission.response
            self.last_number = parse(body.gbcs).header.originator_counter
            effects = self.device(request.request_id.target).receive(body.gbcs, self.now)
            self.taken_on_site = ReturnLocalResponse(effects.sent[0], request.request_id)
            return _code(submission.response)
        command = submission.command
        assert command is not None, submission.decision.rejection
        self.last_number = parse(command.octets).header.originator_counter
        sent = self.device(command.device).receive(command.octets, self.now).sent if delivered else ()
        for octets in sent:
            response = self.bed.dsp.receive(octets, self.now).response
            if response is not None and response.request_id == request.request_id:
                self.last_answer = response
                return _code(response)
        code = ResponseCode.E21 if delivered else ResponseCode.E20
        given_up = self.bed.dsp.give_up(command, code, self.now)
        assert given_up is not None
        return _code(given_up)

    def return_from_site(self, user: Eui64 = SUPPLIER) -> str:
        """8.13: what the device said on site."""
        request = self.ask(
            user, Srv.RETURN_LOCAL_RESPONSE, ACB_ID, self.taken_on_site, CommandVariant.DCC_ONLY
        )
        self.now += MINUTE
        return _code(self.submit(request).response)

    def lose_power(self, when: PowerLoss) -> None:
        """Let the GPF's power fail at the next command that changes something."""
        device = self.device(GPF)
        device.faults = DeviceFaults(power_loss=when)

    def add_home(self, gpf: Eui64, hub: Eui64, gsme: Eui64, mprn: Mprn, transporter: str = "GTA") -> None:
        """Another home with gas, its GPF as the factory made it."""
        self._devices[gpf] = self.bed.manufacture(DeviceType.GPF, gpf, START)
        self.bed.commission_gpf(gpf, hub, gsme, MpxnLinks(mprn), START)
        self.dcc.registration.add_gas(mprn, GasRecord(Mpid(transporter), supplier=Mpid("SUPA")))

    def exchange_gpf(self, new: Eui64, new_hub: Eui64) -> str:
        """8.12.2: another gas proxy function, fresh from the factory, in place of the old one."""
        inventory = self.dcc.inventory
        inventory.pre_notify(new_hub, DeviceType.CHF, self.now)
        inventory.pre_notify(new, DeviceType.GPF, self.now, hub=new_hub)
        for device in (new_hub, new):
            inventory.change_status(device, StatusCause.CONNECTED_TO_WAN, self.now)
        # The services of a GPF are there once it is commissioned.
        inventory.change_status(new, StatusCause.JOINED_METER, self.now)
        self._devices[new] = self.bed.manufacture(DeviceType.GPF, new, self.now)
        self.dcc.backups.gas_proxies[GPF] = (DeviceLogEntry(GSME, JoinDeviceType.GSME),)
        return self.follow(self.ask(SUPPLIER, Srv.RESTORE_GPF_DEVICE_LOG, new, RestoreDeviceLog(GPF)))

    # What is the case

    def holder(self, cell: TrustAnchorCellId = cells.NETWORK_OPERATOR_SIGNING, target: Eui64 = GPF) -> str:
        """Whose certificate a device holds in a cell."""
        subject = self.device(target).store[cell].subject
        assert subject is not None
        return _NAMES.get(subject, str(subject))

    def recorded(self, target: Eui64 = GPF) -> RecordedCounter | None:
        return self.dcc.originator_counters.get(target)

    def number_on_device(self, target: Eui64 = GPF) -> OriginatorCounter:
        return self.device(target).counters.current(NO_ROLE)

    def without_memory(self, *full: TrustAnchorCellId, target: Eui64 = GPF) -> Device:
        """Let a device answer a replacement in these cells with a failure."""
        device = self.device(target)
        device.faults = DeviceFaults(cells_without_memory=frozenset(full))
        return device


def _code(response: ServiceResponse) -> str:
    return str(response.code.value)
