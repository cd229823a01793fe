"""A party's own systems: number requests, check and sign Pre-Commands, verify and open responses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, TypeVar

from dcc.bodies.credentials import CANCELLATION, ReplaceCredentials
from dcc.identifiers import RequestId
from dcc.service_requests import CommandVariant, RequestBody, ServiceRequest, SignedPreCommand
from dcc.service_responses import DeviceAlert, DeviceResponse, PreCommand, ServiceResponse
from dcc.services import SERVICES
from dcc.smki.repository import SmkiRepository
from dcc.srv import Srv
from devices.gbcs import credentials_codec
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import (
    CANCELLATION_TIME,
    CredentialPayload,
    Replacement,
    ReplacementMode,
    SpecialistFloor,
    TrustAnchorCellId,
    UpdateCredentials,
)
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.der import Forms
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import (
    CellUsage,
    Eui64,
    KeyUsage,
    MessageCode,
    OriginatorCounter,
    RemotePartyRole,
)
from devices.gbcs.message import Cra, GroupingHeader, Message, MessageShape, OtherInformation, parse
from devices.gbcs.protection import encode_signed, mac_verifies, signature_verifies
from devices.gbcs.use_cases import use_case
from devices.reads import (
    ECS23,
    GCS13A,
    GasConsumption,
    NetworkData,
    open_ecs23_response,
    open_gcs13a_response,
)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
# How a device protects what it sends, by whether the use case is critical; None depends on who asked.
_SHAPES: Final = {
    True: (MessageShape.SIGNED,),
    False: (MessageShape.MAC_ONLY,),
    None: (MessageShape.SIGNED, MessageShape.MAC_ONLY),
}
_MODE_OF_ROLE: Final = {
    RemotePartyRole.SUPPLIER: ReplacementMode.SUPPLIER_BY_SUPPLIER,
    RemotePartyRole.NETWORK_OPERATOR: ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
}
# What a device may answer to the access control broker, which asked in its own name for the User.
_ANSWERS_TO_BROKER: Final[Mapping[Srv | None, frozenset[MessageCode]]] = {
    Srv.HANDOVER: frozenset(mode.message_code for mode in _MODE_OF_ROLE.values()),
    Srv.RETRIEVE_CREDENTIALS: frozenset({credentials_codec.CS02A, credentials_codec.CS02F}),
}
_Fields = TypeVar("_Fields", GroupingHeader, UpdateCredentials)

OpenedResponse = CredentialPayload | NetworkData | GasConsumption | None
"""What a response says; None for a use case whose payload is not opened."""


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

    def request(self, srv: Srv, target: Eui64, body: RequestBody, now: datetime) -> ServiceRequest:
        """A new request; a critical service is asked to be transformed first."""
        counter = max(self._last_counter + 1, (now - _EPOCH) // _MILLISECOND)
        self._last_counter = OriginatorCounter(counter)
        critical = SERVICES[srv].critical
        variant = CommandVariant.TRANSFORM if critical else CommandVariant.COMMAND
        request_id = RequestId(self.user_id, target, self._last_counter)
        return ServiceRequest(request_id, variant, srv, body)

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

    def sign_pre_command(self, request: ServiceRequest, response: ServiceResponse) -> ServiceRequest:
        """Check a Pre-Command against what was asked, sign it, and make the second call.

        Raises:
            GbcsError: the response holds no Pre-Command, or one for something else, or the request is not
                this User's.
        """
        if not isinstance(response.body, PreCommand):
            raise GbcsError("Pre-Command", f"the response is {response.code.value} without one")
        if request.request_id.originator != self.user_id:
            raise GbcsError("request", f"{request.request_id} is not of {self.user_id}")
        message = parse(response.body.gbcs)
        _check_correlates(message, request)
        signed = encode_signed(message, self.credentials.signing_key, self._provider)
        variant = CommandVariant.SIGNED_COMMAND
        return ServiceRequest(request.request_id, variant, request.srv, SignedPreCommand(signed))

    def open(self, response: ServiceResponse) -> OpenedResponse:
        """Verify a device's response and read it.

        Raises:
            GbcsError: there is none, it is for somebody else or answers another request, its signature or
                MAC is not the device's, or it cannot be read.
        """
        if not isinstance(response.body, DeviceResponse) or response.request_id is None:
            raise GbcsError("response", f"{response.code.value} without a device's response")
        message, at = parse(response.body.gbcs), response.at
        self._check_answers(message, response, response.request_id)
        self._check_authentic(message, at)
        header = message.header
        if message.code == ECS23:
            return open_ecs23_response(message.payload, header.originator_counter)
        if message.code == GCS13A:
            return open_gcs13a_response(
                message.payload,
                counter=header.originator_counter,
                device=header.originator,
                requester=header.target,
                secret=self._provider.agree(
                    self.credentials.agreement_key, self._device_point(message, KeyUsage.KEY_AGREEMENT, at)
                ),
                provider=self._provider,
            )
        return credentials_codec.decode(message)

    def open_alert(self, response: ServiceResponse) -> Message:
        """Verify a device's alert and return its message.

        Raises:
            GbcsError: there is none, it is for somebody else, its signature or MAC is not the device's, it
                cannot be read, or its counter is not above that of an earlier alert of the device.
        """
        if not isinstance(response.body, DeviceAlert):
            raise GbcsError("alert", f"{response.code.value} without a device's alert")
        message = parse(response.body.gbcs)
        if message.header.cra is not Cra.ALERT or message.header.target != self.user_id:
            found = f"{message.header.cra.name.lower()} to {message.header.target}"
            raise GbcsError("alert", f"{found}, expected an alert to {self.user_id}")
        self._check_authentic(message, response.at)
        device, counter = message.header.originator, message.header.originator_counter
        last = self._last_alert.get(device)
        if last is not None and counter <= last:
            raise GbcsError("alert", f"counter {counter} of {device}, expected more than {last}")
        self._last_alert[device] = counter
        return message

    def _check_answers(self, message: Message, response: ServiceResponse, request_id: RequestId) -> None:
        """The response is to our request, or to what the access control broker made of it.

        The broker's own counter is not told to Users: that the answer is to this very request is then the
        DCC's word alone.
        """
        if response.recipient != self.user_id:
            raise GbcsError("response", f"for {response.recipient}, expected {self.user_id}")
        header = message.header
        found = RequestId(header.originator, header.target, header.originator_counter)
        to_broker = _ANSWERS_TO_BROKER.get(response.srv, frozenset())
        answers = found == request_id.response_id or (
            header.originator == request_id.target
            and message.code in to_broker
            and self._is_broker(header.target, response.at)
        )
        if header.cra is not Cra.RESPONSE or not answers:
            raise GbcsError("response", f"{header.cra.name.lower()} {found} does not answer {request_id}")

    def _check_authentic(self, message: Message, at: datetime) -> None:
        """A signature is the device's; a MAC is ours with the device, unless the DCC checked it for us."""
        facts = use_case(message.code)
        if facts is None or message.shape not in _SHAPES[facts.critical]:
            raise GbcsError("message", f"code {message.code} protected by {message.shape.value}")
        if message.shape is MessageShape.SIGNED:
            point = self._device_point(message, KeyUsage.DIGITAL_SIGNATURE, at)
            authentic = signature_verifies(message, point, self._provider)
        elif self._is_broker(message.header.target, at):
            authentic = True
        else:
            point = self._device_point(message, KeyUsage.KEY_AGREEMENT, at)
            authentic = mac_verifies(message, self.credentials.agreement_key, point, self._provider)
        if not authentic:
            raise GbcsError("message", f"signature or MAC is not that of {message.header.originator}")

    def _is_broker(self, entity: Eui64, at: datetime) -> bool:
        role = RemotePartyRole.ACCESS_CONTROL_BROKER
        return bool(self._repository.find(at, subject=entity, role=role))

    def _device_point(self, message: Message, usage: KeyUsage, at: datetime) -> bytes:
        device = message.header.originator
        certificate = self._repository.newest(at, device, usage)
        if certificate is None:
            raise GbcsError("response", f"no certificate of {device} in the repository")
        return certificate.public_point


def _check_correlates(message: Message, request: ServiceRequest) -> None:
    """What a party checks before it signs: that the Pre-Command does what it asked for, and no more.

    Written down from the request once more, field by field, and not with the DCC's own transform: a fault
    there must not vouch for itself. Lengths that are not minimal change nothing that a device does.
    """
    body = request.body
    if not isinstance(body, ReplaceCredentials) or body.role not in _MODE_OF_ROLE:
        raise GbcsError("Pre-Command", f"none can answer {request.srv.value} with {type(body).__name__}")
    if body.execution_date_time == CANCELLATION_TIME:
        # What cancels in GBCS was asked for as a time: signed, it would call off what is held.
        raise GbcsError("request/execution_date_time", f"expected {CANCELLATION.isoformat()} to cancel")
    if message.shape is not MessageShape.PRE_COMMAND:
        raise GbcsError("Pre-Command", f"protected by {message.shape.value}, expected by nothing")
    mode = _MODE_OF_ROLE[body.role]
    originator, target, counter = request.request_id
    other = OtherInformation(mode.message_code)
    header = GroupingHeader(Cra.COMMAND, counter, originator, target, other)
    if message.header != header:
        raise _other_field(message.header, header, f"not that of request {request.request_id}")
    payload = credentials_codec.decode(message)
    if not isinstance(payload, UpdateCredentials):
        raise GbcsError("Pre-Command", f"message code {message.code} holds no update of credentials")
    expected = _expected_update(body, mode, counter, payload.forms)
    if payload != expected:
        raise _other_field(payload, expected, "not what was asked for")


def _expected_update(
    body: ReplaceCredentials, mode: ReplacementMode, counter: OriginatorCounter, forms: Forms
) -> UpdateCredentials:
    signing = TrustAnchorCellId(body.role, KeyUsage.DIGITAL_SIGNATURE)
    agreement = TrustAnchorCellId(body.role, KeyUsage.KEY_AGREEMENT)
    top_up = TrustAnchorCellId(body.role, KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP)
    asked = ((body.signing, signing), (body.agreement, agreement), (body.top_up, top_up))
    cancelled = body.execution_date_time == CANCELLATION
    return UpdateCredentials(
        mode,
        signing,
        counter,
        tuple(Replacement(der, cell) for der, cell in asked if der is not None),
        body.path,
        body.apply_time_based_checks,
        body.floor,
        None if body.top_up_floor is None else (SpecialistFloor(body.top_up_floor),),
        execution_date_time=CANCELLATION_TIME if cancelled else body.execution_date_time,
        forms=forms,
    )


def _other_field(found: _Fields, expected: _Fields, what: str) -> GbcsError:
    """The error that names the first field in which two values differ."""
    fields = zip(type(found)._fields, found, expected, strict=True)
    name = next(name for name, given, wanted in fields if given != wanted)
    return GbcsError(f"Pre-Command/{name}", what)
