"""How a gas network party leaves: what it has to do before it is no DCC User any more, and how far it got.

The order of duties (SEC Appendix B 4.9.1 and Section L, as MP128A has them): the access control broker's
certificates in place of its own on every gas proxy function, a Certificate Revocation Request, and no further
subscription. What becomes of devices that cannot be reached is not said; here they are a residual list (SIM).
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Final, NamedTuple

from dcc.bodies.credentials import ReplaceCredentials
from dcc.dates import utc_day
from dcc.errors import DccValueError
from dcc.inventory import InventoryDevice
from dcc.parties import Party, UserRole
from dcc.response_codes import ResponseCode
from dcc.smki.registration_authority import RegistrationAuthority
from dcc.smki.revocation_lists import RevocationReason
from dcc.world import DccWorld
from devices import cells
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage, OriginatorCounter, RemotePartyRole

_NETWORK_OPERATOR: Final = RemotePartyRole.NETWORK_OPERATOR
_ACB: Final = RemotePartyRole.ACCESS_CONTROL_BROKER
_SIGNING, _AGREEMENT = cells.NETWORK_OPERATOR_SIGNING, cells.NETWORK_OPERATOR_AGREEMENT
_SILENT: Final = frozenset({ResponseCode.E20, ResponseCode.E21, ResponseCode.E30})


class SwapOutcome(enum.Enum):
    """How far a party got with one gas proxy function."""

    SWAPPED = "swapped"
    SIGNING_ONLY = "swapped but for key agreement"
    TAKEN_OVER = "another operator's"
    NOT_ASKED = "not asked yet"
    NOT_REACHED = "not reached"
    REFUSED = "refused by the DCC"
    FAILED = "failed on the device"


RESIDUAL: Final = frozenset(
    {SwapOutcome.NOT_ASKED, SwapOutcome.NOT_REACHED, SwapOutcome.REFUSED, SwapOutcome.FAILED}
)
"""What leaves a device behind on which the party's certificates stay."""


class SwapAttempt(NamedTuple):
    """What the party was told in the end of one 6.15.1, and when."""

    code: ResponseCode
    at: datetime


class PlannedSwap(NamedTuple):
    """A gas proxy function, and the User Id of the party that is in its cells and has to ask."""

    gpf: Eui64
    user_id: Eui64


class Departure:
    """A gas network party on its way out. The registration authority has it as leaving from ``at`` on.

    Raises:
        DccValueError: the party has no User Id of a gas transporter, or the time has no zone.
    """

    def __init__(self, world: DccWorld, authority: RegistrationAuthority, party: Party, at: datetime) -> None:
        self.user_ids = world.parties.user_ids(party, UserRole.GT)
        if not self.user_ids:
            raise DccValueError("party", party.name, "one with a User Id of a gas transporter")
        utc_day(at)
        facts = authority.subscribers.facts_of(party)
        authority.subscribers.declare(party, facts._replace(leaving=True))
        self.world = world
        self.party = party
        self.leaving_since = at
        self.revocation_requested_at: datetime | None = None
        self._authority = authority
        self._attempts: dict[Eui64, list[SwapAttempt]] = {}
        self._planned: dict[Eui64, None] = {}

    # First duty: the broker's certificates

    def plan(self, at: datetime) -> tuple[PlannedSwap, ...]:
        """The gas proxy functions on which the party's certificates are still to be replaced, by Device ID.

        Those that hold them as far as devices have told and, where none has, those at the party's MPRNs. A
        device that was planned once stays in the report.
        """
        devices = sorted(self.world.inventory, key=lambda item: item.device_id)
        planned = tuple(
            PlannedSwap(item.device_id, user) for item in devices if (user := self._concerned(item, at))
        )
        self._planned.update(dict.fromkeys(swap.gpf for swap in planned))
        return planned

    def swap(self, at: datetime, floor: OriginatorCounter | None = None) -> ReplaceCredentials:
        """The body of 6.15.1 that puts the broker's certificates in place, with a floor if wanted.

        Raises:
            DccValueError: the repository has no certificates of the broker.
        """
        signing = self._brokers(KeyUsage.DIGITAL_SIGNATURE, at)
        agreement = self._brokers(KeyUsage.KEY_AGREEMENT, at)
        path = tuple(item.der for item in self.world.issuers if item.subject_name == signing.issuer)
        return ReplaceCredentials(_NETWORK_OPERATOR, signing.der, agreement.der, path=path, floor=floor)

    def note(self, gpf: Eui64, code: ResponseCode, at: datetime) -> None:
        """What the party was told of a 6.15.1 in the end."""
        self._planned[gpf] = None
        self._attempts.setdefault(gpf, []).append(SwapAttempt(code, at))

    def attempts(self, gpf: Eui64) -> tuple[SwapAttempt, ...]:
        """What was told of each 6.15.1 to a device, in order."""
        return tuple(self._attempts.get(gpf, ()))

    def outcome(self, gpf: Eui64, at: datetime) -> SwapOutcome:
        """How far the party got with a device: what the device said of its cells counts before all codes."""
        signing, agreement = (self._holder(gpf, cell, at) for cell in (_SIGNING, _AGREEMENT))
        if signing is not None and signing not in self.user_ids:
            if not self.world.repository.find(at, subject=signing, role=_ACB):
                return SwapOutcome.TAKEN_OVER
            return SwapOutcome.SIGNING_ONLY if agreement in self.user_ids else SwapOutcome.SWAPPED
        attempts = self._attempts.get(gpf)
        if not attempts:
            return SwapOutcome.NOT_ASKED
        code = attempts[-1].code
        if code in _SILENT:
            return SwapOutcome.NOT_REACHED
        return SwapOutcome.REFUSED if code.is_refusal else SwapOutcome.FAILED

    def planned(self, at: datetime) -> tuple[Eui64, ...]:
        """Every device that is or was to be swapped, by Device ID."""
        self.plan(at)
        return tuple(sorted(self._planned))

    def residual(self, at: datetime) -> tuple[Eui64, ...]:
        """The devices on which the party's certificates would stay if it left now."""
        return tuple(gpf for gpf in self.planned(at) if self.outcome(gpf, at) in RESIDUAL)

    # Second duty: revocation

    def request_revocation(self, now: datetime, *, despite_residual: bool = False) -> tuple[Certificate, ...]:
        """Ask for the revocation of all the party's certificates; afterwards it can swap nothing any more.

        Raises:
            DccValueError: there is a residual list, and ``despite_residual`` does not say that it is known.
        """
        residual = self.residual(now)
        if residual and not despite_residual:
            named = ", ".join(map(str, residual[:3]))
            raise DccValueError("residual devices", f"{len(residual)} ({named})", "none, or known to remain")
        certificates = self._authority.to_be_revoked(self.party, now)
        for certificate in certificates:
            self._authority.request_revocation(
                self.party, certificate, RevocationReason.NO_DCC_USER_ANY_MORE, now
            )
        self.revocation_requested_at = self.revocation_requested_at or now
        return certificates

    # What these rest on

    def _concerned(self, device: InventoryDevice, at: datetime) -> Eui64 | None:
        """By which User Id a device concerns the party; None if it does not."""
        if device.device_type is not DeviceType.GPF or device.is_gone:
            return None
        holder = self._holder(device.device_id, _SIGNING, at)
        if holder is not None:
            return holder if holder in self.user_ids else None
        mprn = self.world.inventory.import_mpxn_of(device.device_id)
        if mprn is None or self.world.registration.network_operator_at(mprn, at) != self.party:
            return None
        return self.user_ids[0]

    def _holder(self, gpf: Eui64, cell: TrustAnchorCellId, at: datetime) -> Eui64 | None:
        known = self.world.cell_sightings.up_to(gpf, cell, at)
        return known[-1].subject if known else None

    def _brokers(self, usage: KeyUsage, at: datetime) -> Certificate:
        subjects = dict.fromkeys(
            entry.certificate.subject for entry in self.world.repository.find(at, role=_ACB, usage=usage)
        )
        for subject in subjects:
            found = self.world.repository.newest(at, subject, usage) if subject is not None else None
            if found is not None:
                return found
        raise DccValueError("access control broker", usage.field_name, "a certificate in the repository")
