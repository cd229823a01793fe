"""A request as the rules see it: decoded once, at the edge, and only as far as a rule looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, Generic, NamedTuple, TypeVar

from dcc.anomaly import AnomalyDetection
from dcc.bodies.credentials import (
    CANCELLATION,
    OptOut,
    PlaceDeviceCertificate,
    ReplaceCredentials,
    ReplaceSupplierCredentials,
)
from dcc.bodies.meters import SetExportMpan
from dcc.bodies.reads import ReadEventLog, ReadLog
from dcc.bodies.schedules import CreateSchedule
from dcc.dates import DateRange, utc_day
from dcc.envelope import Envelope
from dcc.identifiers import Mpxn, RequestId
from dcc.inventory import InventoryDevice
from dcc.parties import ELECTRICITY_ROLES, GAS_ROLES, Party, User, UserRole
from dcc.registration import Eligibility, OperatorLookup
from dcc.rules.replacements import as_replacement, as_request
from dcc.service_requests import ServiceRequest, SignedPreCommand
from dcc.services import SERVICES, Service
from dcc.srv import Srv
from dcc.world import DccWorld
from devices.gbcs import credentials_codec
from devices.gbcs.certificate_path import PathFault, PathResult
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import TrustAnchorCellId, UpdateCredentials, party_cells
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import DeviceType
from devices.gbcs.message import Message, parse
from devices.gbcs.zcl import utc_moment

# Devices count seconds since 2000 in 32 bits.
FIRST_MOMENT: Final = utc_moment(0)
LAST_MOMENT: Final = utc_moment(0xFFFFFFFF)
_GAS_DEVICES: Final = frozenset({DeviceType.GSME, DeviceType.GPF})
_DEVICES_OF_ANY_FUEL: Final = frozenset({DeviceType.CHF, DeviceType.PPMID})
# What registration data says of several metering points is what comes first here for one of them.
_PRECEDENCE: Final = (
    Eligibility.ELIGIBLE,
    Eligibility.NOT_BY_REGISTRATION,
    Eligibility.NO_RECORD,
    Eligibility.NOT_ELIGIBLE,
)


class ReplacementCertificate(NamedTuple):
    """One certificate of a credential replacement: its cell, what path validation found, whose it is."""

    cell: TrustAnchorCellId
    path: PathResult
    owner: Party | None

    @property
    def certificate(self) -> Certificate | None:
        """The certificate, where it could be read."""
        return self.path.certificate


_Fact = TypeVar("_Fact")


class _once(Generic[_Fact]):
    """A property that is computed when first asked for, and without the lock of ``cached_property``."""

    def __init__(self, compute: Callable[[RequestView], _Fact]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, view: RequestView, _: type[RequestView]) -> _Fact:
        fact = view.__dict__[self._name] = self._compute(view)
        return fact


class RequestView:
    """Decoded facts about one request; what takes more than a look-up is computed when first asked for.

    ``envelope`` says how a document came; it is None for a request that came as a value.
    """

    def __init__(
        self, request: ServiceRequest, world: DccWorld, now: datetime, envelope: Envelope | None = None
    ) -> None:
        self.request = request
        self.world = world
        self.now = now
        self.envelope = envelope
        self.service: Service = SERVICES[request.srv]
        """The row of the service table."""
        self.user: User | None = world.parties.user(request.request_id.originator)
        """Whose the originator's User Id is."""
        self.device: InventoryDevice | None = world.inventory.get(request.request_id.target)
        """The device in the Smart Metering Inventory."""

    @property
    def sequence(self) -> RequestId | bool | None:
        """The preceding request in a sequence, or True for the first of one; None out of any."""
        return self.request.preceding or self.request.first_in_sequence or None

    @property
    def anomaly(self) -> AnomalyDetection | None:
        """Anomaly detection, as far as anything was set for it; None before."""
        return self.world.anomaly if self.world.anomaly.is_on else None

    @_once
    def is_smets1(self) -> bool:
        """Whether the device is one of SMETS1."""
        return self.device is not None and self.device.is_smets1

    @_once
    def acting_role(self) -> UserRole | None:
        """The role in which the User sends this service to this device; None if there is none.

        Of several roles it is one of the device's fuel, and of several of those the one that registration
        data speaks for most clearly.
        """
        roles = [role for role in self.user.roles if role in self.service.roles] if self.user else []
        if len(roles) > 1 and not (self.device and self.device.device_type in _DEVICES_OF_ANY_FUEL):
            gas = self.device is not None and self.device.device_type in _GAS_DEVICES
            roles = [role for role in roles if (role in GAS_ROLES) == gas] or roles
        if len(roles) > 1:
            return min(roles, key=lambda role: _PRECEDENCE.index(self.eligibility(role)))
        return roles[0] if roles else None

    @_once
    def mpxn(self) -> Mpxn | None:
        """The import metering point that the inventory links to the device."""
        return self.world.inventory.import_mpxn_of(self.device.device_id) if self.device else None

    @_once
    def metering_points(self) -> tuple[Mpxn, ...]:
        """The import metering points of the device, or of the meters that it belongs to."""
        return self.world.inventory.metering_points_of(self.device.device_id) if self.device else ()

    @_once
    def export_mpans(self) -> tuple[Mpxn, ...]:
        """The export MPANs of the device and of those it is joined to.

        Where there is none, the one that a 6.20.2 is to set stands in for it.
        """
        if self.device is None:
            return ()
        inventory = self.world.inventory
        device_ids = (self.device.device_id, *self.device.joined_to)
        linked = [inventory.links_of(device_id).export_mpan for device_id in device_ids]
        found = tuple(mpan for mpan in linked if mpan is not None)
        body = self.request.body
        return (body.export_mpan,) if not found and isinstance(body, SetExportMpan) else found

    def eligibility(self, role: UserRole) -> Eligibility:
        """What registration data says of the User in a role: one metering point of the device is enough.

        An export supplier is asked for at export MPANs, where there are any. Where the inventory links no
        metering point, a role of the device's fuel has no record to be held against.
        """
        if self.user is None or not self._is_of_fuel(role):
            return Eligibility.NOT_ELIGIBLE
        answers = [
            self.world.registration.eligibility(
                self.user.party,
                role,
                mpxn,
                now=self.now,
                execution_time=self.execution_time,
                date_range=self.date_range,
            )
            for mpxn in self.points_of(role)
        ]
        return min(answers, key=_PRECEDENCE.index, default=Eligibility.NO_RECORD)

    def points_of(self, role: UserRole) -> tuple[Mpxn, ...]:
        """The metering points at which a role is held against registration data."""
        exports = self.export_mpans if role is UserRole.ES else ()
        return exports or self.metering_points

    def _is_of_fuel(self, role: UserRole) -> bool:
        if self.device is None or self.device.device_type in _DEVICES_OF_ANY_FUEL:
            return True
        return role not in (ELECTRICITY_ROLES if self.device.device_type in _GAS_DEVICES else GAS_ROLES)

    @_once
    def execution_date_time(self) -> datetime | None:
        """When the request, or the payload signed, asks to be executed, as given; None for at once."""
        at: datetime | None = getattr(self.request.body, "execution_date_time", None)
        if at is None and self.replacement is not None:
            return self.replacement.execution_date_time
        return at

    @_once
    def execution_time(self) -> datetime | None:
        """When the request is to be executed.

        None for at once, for a cancellation, and for a time that cannot be used.
        """
        at = self.execution_date_time
        if at is None or at.tzinfo is None:
            return None
        return at if self.now <= at < CANCELLATION else None

    @_once
    def read_period(self) -> tuple[datetime, datetime] | None:
        """Start and end of the period that is read, as given; None for other requests."""
        body = self.request.body
        return (body.start, body.end) if isinstance(body, ReadLog | ReadEventLog) else None

    @_once
    def date_range(self) -> DateRange | None:
        """The UTC days of the period that is read; None for other requests, and for no usable period."""
        if self.read_period is None:
            return None
        start, end = self.read_period
        if None in (start.tzinfo, end.tzinfo) or not FIRST_MOMENT <= start <= end <= LAST_MOMENT:
            return None
        return DateRange(utc_day(start), utc_day(end))

    @_once
    def operator(self) -> OperatorLookup | None:
        """The network operator of the device's metering point; None where the inventory links none."""
        if self.mpxn is None:
            return None
        return self.world.registration.operator_lookup(self.mpxn, self.execution_time or self.now)

    @_once
    def signed_message(self) -> Message | GbcsError | None:
        """The Signed Pre-Command, or why it cannot be read; None if the request carries none."""
        body = self.request.body
        if not isinstance(body, SignedPreCommand):
            return None
        try:
            return parse(body.gbcs)
        except GbcsError as error:
            return error

    @_once
    def signed_update(self) -> UpdateCredentials | GbcsError | None:
        """The CS02b payload of a Signed Pre-Command of 6.15.1, or why there is none; None for others."""
        if self.request.srv is not Srv.UPDATE_CREDENTIALS:
            return None
        message = self.signed_message
        if not isinstance(message, Message):
            return message
        try:
            payload = credentials_codec.decode(message)
        except GbcsError as error:
            return error
        if not isinstance(payload, UpdateCredentials):
            return GbcsError("message code", f"{message.code}, expected an update of security credentials")
        return payload

    @_once
    def replacement(self) -> ReplaceCredentials | None:
        """The credential replacement asked for, from the body or from the signed GBCS payload.

        6.23 replaces a supplier's credentials, 8.5 the access control broker's.
        """
        body = self.request.body
        if isinstance(body, ReplaceCredentials):
            return body
        if isinstance(body, ReplaceSupplierCredentials | OptOut):
            return as_replacement(body)
        update = self.signed_update
        if not isinstance(update, UpdateCredentials) or not update.replacements:
            return None
        return as_request(update)

    @_once
    def enclosed_certificate(self) -> PathResult | None:
        """The one certificate of a request that replaces none of a party's, validated; None without one.

        That is the device's own of 6.15.2, and the key agreement certificate of a User whom the device does
        not know. The issuing certificates are those that the DCC holds.
        """
        body = self.request.body
        if isinstance(body, PlaceDeviceCertificate):
            der: bytes | None = body.certificate
        else:
            der = body.agreement if isinstance(body, ReadLog | CreateSchedule) else None
        if der is None:
            return None
        world = self.world
        anchors = (*world.anchors, *world.device_anchors)
        return world.validator.validate(der, (), anchors, self.now, world.issuers)

    @_once
    def signing_path(self) -> PathResult | None:
        """The certificate that signed the document, validated; None where there is none."""
        certificate = self.envelope.certificate if self.envelope else None
        if certificate is None:
            return None
        world = self.world
        if world.vouched_signers and certificate in world.vouched_signers:
            return _vouched(certificate, self.now)
        return world.validator.validate(certificate.der, (), world.anchors, self.now, world.issuers)

    @_once
    def certificates(self) -> tuple[ReplacementCertificate, ...]:
        """The replacement certificates, validated and attributed."""
        wanted = self.replacement
        if wanted is None:
            return ()
        given = (wanted.signing, wanted.agreement, wanted.top_up)
        cells = zip(party_cells(wanted.role), given, strict=True)
        return tuple([self._examine(cell, der, wanted) for cell, der in cells if der is not None])

    def _examine(
        self, cell: TrustAnchorCellId, der: bytes, wanted: ReplaceCredentials
    ) -> ReplacementCertificate:
        at = (self.execution_time or self.now) if wanted.apply_time_based_checks else None
        path = self.world.validator.validate(der, wanted.path, self.world.anchors, at)
        subject = path.certificate.subject if path.certificate else None
        owner = self.world.parties.party_of_user(subject) if subject else None
        return ReplacementCertificate(cell, path, owner)


def _vouched(certificate: Certificate, at: datetime) -> PathResult:
    """The path of a certificate that needs no issuer: itself, in its period of validity."""
    first, last = certificate.not_before, certificate.not_after
    if first <= at <= last:
        return PathResult(certificate, (certificate,))
    fault = PathFault.LEAF_OUT_OF_TIME
    text = f"{fault.value}: {at.isoformat()}, valid {first.isoformat()} to {last.isoformat()}"
    return PathResult(certificate, fault=fault, text=text)
