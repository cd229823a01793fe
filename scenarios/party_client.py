"""A party's own systems: number requests, check and sign Pre-Commands, verify and open responses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from dcc.identifiers import RequestId
from dcc.service_requests import (
    CommandVariant,
    DeviceResponse,
    PreCommand,
    ReplaceCredentials,
    RequestBody,
    ServiceRequest,
    ServiceResponse,
    SignedPreCommand,
    Srv,
)
from dcc.services import SERVICES
from dcc.smki.repository import SmkiRepository
from devices.gbcs import credentials_codec
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import CredentialPayload, UpdateCredentials
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Message, encode, parse
from devices.gbcs.protection import mac_verifies, sign, signature_verifies
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
            GbcsError: the response holds no Pre-Command, or one for something else.
        """
        if not isinstance(response.body, PreCommand):
            raise GbcsError("Pre-Command", f"the response is {response.code.value} without one")
        message = parse(response.body.gbcs)
        _check_correlates(message, request)
        signed = encode(sign(message, self.credentials.signing_key, self._provider))
        body = SignedPreCommand(signed)
        return request._replace(command_variant=CommandVariant.SIGNED_COMMAND, body=body)

    def open(self, response: ServiceResponse) -> OpenedResponse:
        """Verify a device's response and read it.

        Raises:
            GbcsError: there is none, its signature or MAC is not the device's, or it cannot be read.
        """
        if not isinstance(response.body, DeviceResponse):
            raise GbcsError("response", f"{response.code.value} without a device's response")
        message, at = parse(response.body.gbcs), response.at
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

    def _check_authentic(self, message: Message, at: datetime) -> None:
        """A signature is the device's; a MAC is ours with the device, unless the DCC checked it for us."""
        if message.signature:
            point = self._device_point(message, KeyUsage.DIGITAL_SIGNATURE, at)
            authentic = signature_verifies(message, point, self._provider)
        elif message.header.target == self.user_id:
            point = self._device_point(message, KeyUsage.KEY_AGREEMENT, at)
            authentic = mac_verifies(message, self.credentials.agreement_key, point, self._provider)
        else:
            authentic = True
        if not authentic:
            raise GbcsError("response", f"signature or MAC is not that of {message.header.originator}")

    def _device_point(self, message: Message, usage: KeyUsage, at: datetime) -> bytes:
        device = message.header.originator
        certificate = self._repository.newest(at, device, usage)
        if certificate is None:
            raise GbcsError("response", f"no certificate of {device} in the repository")
        return certificate.public_point


def _check_correlates(message: Message, request: ServiceRequest) -> None:
    """What a party checks before it signs: that the Pre-Command does what it asked for, and no more."""
    header = message.header
    if RequestId(header.originator, header.target, header.originator_counter) != request.request_id:
        raise GbcsError("Pre-Command", f"not for request {request.request_id}")
    payload = credentials_codec.decode(message)
    if not isinstance(request.body, ReplaceCredentials) or not isinstance(payload, UpdateCredentials):
        raise GbcsError("Pre-Command", f"message code {message.code} does not answer the request")
    asked = request.body
    wanted = [der for der in (asked.signing, asked.agreement, asked.top_up) if der is not None]
    given = [replacement.certificate for replacement in payload.replacements]
    floors = (asked.floor, asked.execution_date_time, asked.apply_time_based_checks)
    if given != wanted or floors != (
        payload.floor,
        payload.execution_date_time,
        payload.apply_time_based_checks,
    ):
        raise GbcsError("Pre-Command", "certificates, floor or time are not those of the request")
