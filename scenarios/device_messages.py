"""Commands to try a device with: what the DCC and the parties of its test world would send to it now.

Each is rehearsed on a copy of the device before the next is made, so fed in their order all are accepted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from dcc import transform
from dcc.bodies.credentials import ReplaceCredentials, RetrieveRoles
from dcc.bodies.reads import Read, ReadLog
from dcc.command_plan import CommandPlan
from dcc.identifiers import RequestId
from dcc.response_codes import ResponseCode
from dcc.service_requests import CommandVariant, RequestBody, ServiceRequest, SignedPreCommand
from dcc.service_responses import PreCommand, ServiceResponse
from dcc.srv import Srv
from dcc.transform import Transformable
from devices import cells
from devices.device import Device
from devices.gbcs import credentials_codec
from devices.gbcs.credentials import (
    CounterChange,
    Replacement,
    ReplacementMode,
    TrustAnchorCellId,
    UpdateCredentials,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, GroupingHeader, Message, OtherInformation, encode, parse
from devices.gbcs.protection import sign
from devices.snapshot import restore, snapshot
from scenarios.device_world import DeviceWorld
from scenarios.party_client import PartyClient
from scenarios.test_bed import ACB_ID, RECOVERY_ID

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_READ_PERIOD: Final = timedelta(days=1)
# Real updates carry it; what a party has sent itself stays used up all the same.
_NO_FLOOR_ABOVE: Final = OriginatorCounter(0)
_SIGNING_CELLS: Final = {
    RemotePartyRole.SUPPLIER: cells.SUPPLIER_SIGNING,
    RemotePartyRole.NETWORK_OPERATOR: cells.NETWORK_OPERATOR_SIGNING,
}


class TrialCommand(NamedTuple):
    """One command of the set; without ``message`` where it makes no sense now, ``left_out`` then says why."""

    name: str
    message: Message | None
    left_out: str = ""


class _LeftOutError(Exception):
    """A command makes no sense in the device's present state."""


class _Step(NamedTuple):
    name: str
    make: Callable[[Rehearsal], Message]


def trial_commands(world: DeviceWorld, device: Device, at: datetime) -> tuple[TrialCommand, ...]:
    """The set for a device in its present state, to be fed in this order at ``at`` (aware) or later.

    The device itself stays as it is.
    """
    rehearsal = Rehearsal(world, device, at)
    return tuple(
        rehearsal.take(f"{number:02}-{step.name}", step) for number, step in enumerate(_steps(device), 1)
    )


def _steps(device: Device) -> tuple[_Step, ...]:
    """The steps of a device type, whatever its state: their numbers never change."""
    steps = []
    if cells.SUPPLIER_SIGNING in device.store:
        steps.append(_Step("handover-supplier", partial(_handover, role=RemotePartyRole.SUPPLIER)))
    if cells.NETWORK_OPERATOR_SIGNING in device.store:
        role = RemotePartyRole.NETWORK_OPERATOR
        steps += [
            _Step("handover-network-operator", partial(_handover, role=role)),
            _Step("update-by-network-operator", _update),
            _Step("read-by-network-operator", _read),
            _Step("recovery", partial(_recovery, role=role)),
        ]
    elif steps:
        steps.append(_Step("recovery", partial(_recovery, role=RemotePartyRole.SUPPLIER)))
    return (*steps, _Step("retrieve-credentials", _retrieve))


class Rehearsal:
    """A copy of the device that has obeyed the commands made so far."""

    def __init__(self, world: DeviceWorld, device: Device, at: datetime) -> None:
        self.world = world
        self.bed = world.bed
        self.at = at
        self.device = restore(snapshot(device), device.context)
        self.device.advance(at)
        self._last: dict[Eui64, int] = {}

    def take(self, name: str, step: _Step) -> TrialCommand:
        """Make a command and obey it."""
        try:
            message = step.make(self)
        except (_LeftOutError, GbcsError) as reason:
            return TrialCommand(name, None, str(reason))
        entry = self.device.receive(encode(message), self.at).entry
        if entry.refusal is not None:
            return TrialCommand(
                name, None, f"the device would refuse it: {entry.refusal.value}: {entry.detail}"
            )
        return TrialCommand(name, message)

    def holder(self, cell: TrustAnchorCellId) -> str:
        """Who is in a cell, for the reason why something is left out."""
        certificate = self.device.store[cell]
        return self.world.owner(certificate) or f"{certificate.subject}, a stranger here"

    def number(self, sender: Eui64, role: RemotePartyRole, least: int = 1) -> OriginatorCounter:
        """The sender's next number, above all that the device has seen of the role and of the sender.

        Raises:
            GbcsError: the device has seen the highest number that there is.
        """
        counters = self.device.counters
        seen = [counter for (_, party), counter in counters.by_party.items() if party == sender]
        last = max(self._last.get(sender, 0), counters.current(role), *seen, 0)
        self._last[sender] = max(last + 1, least)
        return OriginatorCounter(self._last[sender])

    def by_broker(self, srv: Srv, body: RequestBody, role: RemotePartyRole) -> Message:
        """A command in the access control broker's own name, numbered from 1."""
        plan = self._plan(srv, body)
        message = plan.message(ACB_ID, self.device.eui, self.number(ACB_ID, role))
        return self._protected(self.bed.dsp.broker.sign(message) if plan.signed else message)

    def by_party(self, client: PartyClient, srv: Srv, body: RequestBody) -> Message:
        """A command in a party's name, numbered by the milliseconds since 1970; signed if it is critical."""
        least = (self.at - _EPOCH) // _MILLISECOND
        counter = self.number(client.user_id, client.credentials.role, least)
        message = self._plan(srv, body, client.credentials.role).message(
            client.user_id, self.device.eui, counter
        )
        if isinstance(body, ReplaceCredentials):
            request_id = RequestId(client.user_id, self.device.eui, counter)
            request = ServiceRequest(request_id, CommandVariant.TRANSFORM, srv, body)
            pre_command = PreCommand(encode(message))
            answer = ServiceResponse(client.user_id, request_id, ResponseCode.I0, self.at, pre_command)
            signed = client.sign_pre_command(request, answer).body
            assert isinstance(signed, SignedPreCommand)
            message = parse(signed.gbcs)
        return self._protected(message)

    def _plan(self, srv: Srv, body: RequestBody, role: RemotePartyRole | None = None) -> CommandPlan:
        plan = transform.plan(Transformable(srv, body, self.device.device_type, role, self.at))
        if plan is None:
            raise _LeftOutError(f"the bench has no such command for {self.device.device_type.value}")
        return plan

    def _protected(self, message: Message) -> Message:
        return self.bed.dsp.broker.protect(message, self.device.certificates.agreement.public_point)


def _handover(rehearsal: Rehearsal, role: RemotePartyRole) -> Message:
    """6.21: the broker, being in a role's cells, puts the party there."""
    device, cell = rehearsal.device, _SIGNING_CELLS[role]
    if device.store[cell] != rehearsal.bed.dcc_certificates.acb_signing:
        raise _LeftOutError(f"{cell} is held by {rehearsal.holder(cell)}, not by the access control broker")
    owner = rehearsal.world.supplier
    if role is RemotePartyRole.NETWORK_OPERATOR:
        owner = rehearsal.world.network_operators(device.device_type)[0]
    body = owner.replacement(owner.credentials, floor=_NO_FLOOR_ABOVE)
    if cells.SUPPLIER_TOP_UP not in device.store:
        body = body._replace(top_up=None)
    return rehearsal.by_broker(Srv.HANDOVER, body, role)


def _update(rehearsal: Rehearsal) -> Message:
    """6.15.1: a network operator puts the other one in its place."""
    holder = _network_operator(rehearsal, cells.NETWORK_OPERATOR_SIGNING)
    (other,) = (
        client
        for client in rehearsal.world.network_operators(rehearsal.device.device_type)
        if client is not holder
    )
    body = holder.replacement(other.credentials, floor=_NO_FLOOR_ABOVE)
    return rehearsal.by_party(holder, Srv.UPDATE_CREDENTIALS, body)


def _read(rehearsal: Rehearsal) -> Message:
    """4.10 of an electricity meter, 4.1.1 of a gas proxy."""
    holder = _network_operator(rehearsal, cells.NETWORK_OPERATOR_AGREEMENT)
    if rehearsal.device.device_type is DeviceType.ESME:
        read = ReadLog(rehearsal.at - _READ_PERIOD, rehearsal.at)
        return rehearsal.by_party(holder, Srv.READ_NETWORK_DATA, read)
    return rehearsal.by_party(holder, Srv.READ_IMPORT_REGISTERS, Read())


def _network_operator(rehearsal: Rehearsal, cell: TrustAnchorCellId) -> PartyClient:
    """Whoever of the test world is in the cell."""
    for client in rehearsal.world.network_operators(rehearsal.device.device_type):
        if rehearsal.device.store[cell] in (client.credentials.signing, client.credentials.agreement):
            return client
    raise _LeftOutError(f"{cell} is held by {rehearsal.holder(cell)}, no network party of the test world")


def _recovery(rehearsal: Rehearsal, role: RemotePartyRole) -> Message:
    """CS02b by the recovery key: the access control broker takes a role's place.

    The role's floor becomes what the broker itself has reached, so that the broker can go on from there.
    """
    device, bed = rehearsal.device, rehearsal.bed
    own = {KeyUsage.DIGITAL_SIGNATURE: bed.dcc_certificates.acb_signing}
    own[KeyUsage.KEY_AGREEMENT] = bed.dcc_certificates.acb_agreement
    wanted = {cell: own[cell.key_usage] for cell in device.store if cell.role is role}
    if all(device.store[cell] == certificate for cell, certificate in wanted.items()):
        raise _LeftOutError(f"the access control broker is in the cells of {role.field_name} already")
    numbers = [number for (_, party), number in device.counters.by_party.items() if party == ACB_ID]
    mode = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY
    counter = rehearsal.number(RECOVERY_ID, RemotePartyRole.RECOVERY)
    update = UpdateCredentials(
        mode,
        cells.RECOVERY,
        counter,
        tuple(Replacement(certificate.der, cell) for cell, certificate in wanted.items()),
        (bed.smki.issuer.certificate.der,),
        other_changes=(CounterChange(role, max(numbers, default=_NO_FLOOR_ABOVE)),),
    )
    other = OtherInformation(mode.message_code)
    header = GroupingHeader(Cra.COMMAND, counter, RECOVERY_ID, device.eui, other)
    return sign(Message(header, credentials_codec.encode(update)), bed.recovery.key, bed.provider)


def _retrieve(rehearsal: Rehearsal) -> Message:
    """6.24.1: who is in the cells, as the DCC asks."""
    roles = dict.fromkeys(cell.role for cell in rehearsal.device.store)
    roles.pop(RemotePartyRole.LOAD_CONTROLLER, None)
    body = RetrieveRoles(tuple(roles))
    return rehearsal.by_broker(Srv.RETRIEVE_CREDENTIALS, body, RemotePartyRole.ACCESS_CONTROL_BROKER)
