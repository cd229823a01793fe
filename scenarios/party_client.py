"""A party's own systems: number requests, check and sign Pre-Commands, verify and open responses.

A :class:`PartyClient` is one User Id with its certificates and keys. It knows the SMKI repository, and
nothing of the DCC's insides. Out of a :class:`scenarios.test_bed.TestBed`, ``enrol`` makes a ``client``,
``manufacture`` a ``device``, and ``dsp`` is a DCC to send requests to::

    from dcc.bodies.meters import SynchroniseClock
    from dcc.srv import Srv
    from devices.gbcs.identifiers import DeviceType

    # 1. Build: a critical service is asked to be transformed, any other is a command at once.
    request = client.request(Srv.SYNCHRONISE_CLOCK, meter, SynchroniseClock(now, 60), now)
    transformed = dsp.submit(request, now).response

    # 2. Correlate and sign: a GbcsError names what differs from the request.
    signed = client.sign_pre_command(request, transformed, device_type=DeviceType.ESME)
    command = dsp.submit(signed, now).command

    # 3. Verify and open what the device answers.
    sent = device.receive(command.octets, now).sent
    response = dsp.receive(sent[0], now).response
    answer = client.open(response)          # a ClockAnswer
    answer.status                           # ClockStatus.RELIABLE

Documents in place of values, with their XML signatures, are :class:`scenarios.duis_client.DuisParty`'s.
"""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from dcc.bodies.credentials import ReplaceCredentials
from dcc.bodies.hub import JoinOrUnjoin
from dcc.errors import DccValueError
from dcc.identifiers import RequestId
from dcc.service_requests import CommandVariant, RequestBody, ServiceRequest, SignedPreCommand
from dcc.service_responses import (
    DeviceAlert,
    DeviceResponse,
    FutureDatedAlert,
    PreCommand,
    ScheduledResponse,
    ServiceResponse,
)
from dcc.services import SERVICES
from dcc.smki.repository import CertificateStatus, SmkiRepository
from dcc.srv import Srv
from devices.gbcs.certificates import Certificate
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.device_certificates import CS02D
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Cra, Message, MessageShape, parse
from devices.gbcs.protection import encode_signed, mac_verifies, signature_verifies
from devices.gbcs.use_cases import use_case
from scenarios.correlation import check_correlates
from scenarios.correlation_services import PartyKnowledge
from scenarios.opening import OpenedResponse, open_payload
from scenarios.opening_alerts import request_of_alert
from scenarios.opening_answers import addressee_for_user, answers_user, holder_for_user

__all__ = ["Delivery", "OpenedResponse", "PartyClient", "PartyCredentials"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
# How a device protects what it sends, by whether the use case is critical; None depends on who asked.
_SHAPES: Final = {
    True: (MessageShape.SIGNED,),
    False: (MessageShape.MAC_ONLY,),
    None: (MessageShape.SIGNED, MessageShape.MAC_ONLY),
}


class Delivery(enum.Enum):
    """How a command gets to the device; ``LOCAL`` and ``BOTH`` give it to the User, to deliver on site."""

    WAN = "over the SM WAN"
    LOCAL = "on site"
    BOTH = "over the SM WAN and on site"


_PLAIN: Final = {
    Delivery.WAN: CommandVariant.COMMAND,
    Delivery.LOCAL: CommandVariant.LOCAL_COMMAND,
    Delivery.BOTH: CommandVariant.COMMAND_AND_LOCAL,
}
_SIGNED: Final = {
    Delivery.WAN: CommandVariant.SIGNED_COMMAND,
    Delivery.LOCAL: CommandVariant.SIGNED_LOCAL_COMMAND,
    Delivery.BOTH: CommandVariant.SIGNED_COMMAND_AND_LOCAL,
}


class PartyCredentials(NamedTuple):
    """A User Id's certificates and key pairs in one remote party role; ``top_up`` only for suppliers."""

    user_id: Eui64
    role: RemotePartyRole
    signing: Certificate
    signing_key: KeyPair
    agreement: Certificate
    agreement_key: KeyPair
    top_up: Certificate | None = None
    top_up_key: KeyPair | None = None


class OvertakenAlert(GbcsError):
    """An alert with a number below that of another alert of its device, which came before it."""


class PartyClient:
    """One User Id at work. Counters are milliseconds since 1970 and never repeat."""

    def __init__(
        self,
        credentials: PartyCredentials,
        repository: SmkiRepository,
        issuer: Certificate,
        provider: CryptoProvider,
    ) -> None:
        self.credentials = credentials
        self._repository = repository
        self._issuer = issuer
        self._provider = provider
        self._last_counter = OriginatorCounter(0)
        self._last_alert: dict[Eui64, OriginatorCounter] = {}

    @property
    def user_id(self) -> Eui64:
        """The User Id: the entity id in its certificates."""
        return self.credentials.user_id

    def request(
        self,
        srv: Srv,
        target: Eui64,
        body: RequestBody,
        now: datetime,
        *,
        delivery: Delivery = Delivery.WAN,
        first_in_sequence: bool | None = None,
        preceding: RequestId | None = None,
    ) -> ServiceRequest:
        """A new request: to be transformed first if the service is critical, else a command.

        A service of the DCC itself goes to the DCC's own id, which ``target`` has to be. ``preceding`` is the
        request that has to succeed before this one.

        Raises:
            DccValueError: ``delivery`` is not over the SM WAN though the service yields no command yet: of a
                critical one it is said to :meth:`sign_pre_command`. Or ``srv`` is no member of :class:`Srv`.
        """
        variant = _first_variant(srv, delivery)
        counter = max(self._last_counter + 1, (now - _EPOCH) // _MILLISECOND)
        self._last_counter = OriginatorCounter(counter)
        request_id = RequestId(self.user_id, target, self._last_counter)
        return ServiceRequest(request_id, variant, srv, body, first_in_sequence, preceding)

    def replacement(
        self,
        owner: PartyCredentials,
        *,
        floor: OriginatorCounter | None = None,
        role: RemotePartyRole | None = None,
    ) -> ReplaceCredentials:
        """The body that puts ``owner``'s certificates into the cells of a role, by default the owner's."""
        return ReplaceCredentials(
            role or owner.role,
            owner.signing.der,
            owner.agreement.der,
            owner.top_up.der if owner.top_up else None,
            path=(self._issuer.der,),
            floor=floor,
        )

    def sign_pre_command(
        self,
        request: ServiceRequest,
        response: ServiceResponse,
        *,
        device_type: DeviceType | None = None,
        other_type: DeviceType | None = None,
        delivery: Delivery = Delivery.WAN,
        execution_date_time: datetime | None = None,
    ) -> ServiceRequest:
        """Check a Pre-Command against what was asked, sign it, and make the second call.

        ``device_type`` and ``other_type`` (of the other device of a join) are checked where given;
        ``execution_date_time`` is when the DCC is to send the command.

        Raises:
            GbcsError: the response holds no Pre-Command, or one for something else, or the request is not
                this User's.
        """
        if not isinstance(response.body, PreCommand):
            raise GbcsError("Pre-Command", f"the response is {response.code.value} without one")
        if request.request_id.originator != self.user_id:
            raise GbcsError("request", f"{request.request_id} is not of {self.user_id}")
        message = parse(response.body.gbcs)
        known = PartyKnowledge(device_type, other_type, self._other_agreement(request, response.at))
        check_correlates(message, request, known)
        signed = encode_signed(message, self.credentials.signing_key, self._provider)
        body = SignedPreCommand(signed, execution_date_time)
        return request._replace(command_variant=_SIGNED[delivery], body=body)

    def open(self, response: ServiceResponse) -> OpenedResponse:
        """Verify a device's response and read it.

        The response is to the User's own command, or to the one that the DCC sent for it in its own name:
        its MAC is then the DCC's to check, a signature and what is encrypted are checked here.

        Raises:
            GbcsError: there is none, it is for somebody else or answers another request, its signature or
                MAC is not the device's, or it cannot be read.
        """
        request_id, at = response.request_id, response.at
        if not isinstance(response.body, DeviceResponse | ScheduledResponse) or request_id is None:
            raise GbcsError("response", f"{response.code.value} without a device's response")
        message = parse(response.body.gbcs)
        self._check_answers(message, response, request_id)
        self._check_authentic(message, at)
        return open_payload(message, lambda: self._secret(message, at), self._provider)

    def open_alert(self, response: ServiceResponse) -> Message:
        """Verify a device's alert and return its message.

        Which request an alert about a future-dated command belongs to, and what became of it, tell
        :func:`scenarios.opening_alerts.request_of_alert` and
        :func:`scenarios.opening_alerts.future_dated_result`.

        Raises:
            GbcsError: there is none, it is for somebody else or about another request than the response says,
                its signature or MAC is not the device's, it cannot be read, or its counter is not above that
                of another alert of the device that was opened (below it: :class:`OvertakenAlert`).
        """
        if not isinstance(response.body, DeviceAlert | FutureDatedAlert):
            raise GbcsError("alert", f"{response.code.value} without a device's alert")
        message = parse(response.body.gbcs)
        self._check_alert(message, response)
        self._check_authentic(message, response.at)
        device, counter = message.header.originator, message.header.originator_counter
        last = self._last_alert.get(device)
        if last is not None and counter <= last:
            kind = OvertakenAlert if counter < last else GbcsError
            raise kind("alert", f"counter {counter} of {device}, expected more than {last}")
        self._last_alert[device] = counter
        return message

    def _check_answers(self, message: Message, response: ServiceResponse, request_id: RequestId) -> None:
        """The response is to our request, or to what the DCC made of it in its own name."""
        if response.recipient != self.user_id:
            raise GbcsError("response", f"for {response.recipient}, expected {self.user_id}")
        header, srv = message.header, response.srv
        role = addressee_for_user(header, srv, request_id)
        answers = answers_user(header, srv, request_id) or (
            role is not None and self._is_of_role(header.target, role, response.at)
        )
        if header.cra is not Cra.RESPONSE or request_id.originator != self.user_id or not answers:
            found = RequestId(header.originator, header.target, header.originator_counter)
            what = (
                f"{header.cra.name.lower()} {found} of use case {message.code} does not answer {request_id}"
            )
            raise GbcsError("response", what if srv is None else f"{what}, {srv.value}")

    def _check_alert(self, message: Message, response: ServiceResponse) -> None:
        """The alert is to us, or to the party of the DCC that sent our request's command, and about it."""
        header, request_id = message.header, response.request_id
        to_us = header.target == self.user_id or self._is_to_dcc_for_us(message, response)
        if header.cra is not Cra.ALERT or not to_us:
            found = f"{header.cra.name.lower()} to {header.target}"
            raise GbcsError("alert", f"{found}, expected an alert to {self.user_id}")
        if request_id is None:
            return
        about = request_of_alert(message) or request_id
        if about != request_id or header.originator != request_id.target:
            raise GbcsError("alert", f"of {header.originator} about {about}, expected about {request_id}")

    def _is_to_dcc_for_us(self, message: Message, response: ServiceResponse) -> bool:
        """What became of a command that the DCC sent for us in its own name, and the device held."""
        request_id, role = response.request_id, holder_for_user(response.srv)
        if not isinstance(response.body, FutureDatedAlert) or request_id is None or role is None:
            return False
        ours = request_id.originator == response.recipient == self.user_id
        return ours and self._is_of_role(message.header.target, role, response.at)

    def _check_authentic(self, message: Message, at: datetime) -> None:
        """A signature is the device's; a MAC is ours with the device, unless the DCC checked it for us."""
        facts = use_case(message.code)
        if facts is None or message.shape not in _SHAPES[facts.critical]:
            raise GbcsError("message", f"code {message.code} protected by {message.shape.value}")
        if message.shape is MessageShape.SIGNED:
            points = self._signing_points(message, at)
            authentic = any(signature_verifies(message, point, self._provider) for point in points)
        elif self._is_of_role(message.header.target, RemotePartyRole.ACCESS_CONTROL_BROKER, at):
            authentic = True  # Only the broker has the key; the DCC has checked it.
        else:
            point = self._device_point(message, KeyUsage.KEY_AGREEMENT, at)
            authentic = mac_verifies(message, self.credentials.agreement_key, point, self._provider)
        if not authentic:
            raise GbcsError("message", f"signature or MAC is not that of {message.header.originator}")

    def _is_of_role(self, entity: Eui64, role: RemotePartyRole, at: datetime) -> bool:
        return bool(self._repository.find(at, subject=entity, role=role))

    def _other_agreement(self, request: ServiceRequest, at: datetime) -> bytes | None:
        """The key agreement certificate of the other device of a join, out of the repository."""
        if not isinstance(request.body, JoinOrUnjoin):
            return None
        certificate = self._repository.newest(at, request.body.other_device, KeyUsage.KEY_AGREEMENT)
        return certificate.der if certificate else None

    def _secret(self, message: Message, at: datetime) -> bytes:
        """What encrypted attributes are read with: the secret that the device shares with this User."""
        point = self._device_point(message, KeyUsage.KEY_AGREEMENT, at)
        return self._provider.agree(self.credentials.agreement_key, point)

    def _signing_points(self, message: Message, at: datetime) -> tuple[bytes, ...]:
        """The keys that a device may have signed with: to 6.15.2 the one replaced or the one in its place.

        By the time that the response is read the certificate of the old key counts as not in use any more.
        """
        if message.code != CS02D:
            return (self._device_point(message, KeyUsage.DIGITAL_SIGNATURE, at),)
        device = message.header.originator
        of_device = self._repository.find(at, subject=device, usage=KeyUsage.DIGITAL_SIGNATURE)
        usable = (CertificateStatus.IN_USE, CertificateStatus.PENDING, CertificateStatus.NOT_IN_USE)
        return tuple(entry.certificate.public_point for entry in of_device if entry.status(at) in usable)

    def _device_point(self, message: Message, usage: KeyUsage, at: datetime) -> bytes:
        device = message.header.originator
        certificate = self._repository.newest(at, device, usage)
        if certificate is None:
            raise GbcsError("response", f"no certificate of {device} in the repository")
        return certificate.public_point


def _first_variant(srv: Srv, delivery: Delivery) -> CommandVariant:
    if not isinstance(srv, Srv):
        raise DccValueError("service", str(srv), "a member of Srv")
    service = SERVICES[srv]
    if not service.critical and not service.non_device:
        return _PLAIN[delivery]
    if delivery is not Delivery.WAN:
        what = "of the first call" if service.critical else "of a service of the DCC itself"
        raise DccValueError(f"delivery {what}", delivery.value, Delivery.WAN.value)
    return CommandVariant.TRANSFORM if service.critical else CommandVariant.DCC_ONLY
