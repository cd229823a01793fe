"""Who takes part: parties, their market participant ids, User Roles and User Ids (EUI-64).

Rules compare parties, never strings: one party may hold several participant ids, several User Ids and
several distributor ids, and every row of the table that carries its name is the same party.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, NamedTuple

from dcc.dates import ALWAYS, DateRange, utc_day
from dcc.errors import DccValueError
from dcc.identifiers import DistributorId, Mpid
from devices.gbcs.identifiers import Eui64


class UserRole(enum.Enum):
    """The roles in which a party may use the DCC's services."""

    IS = "IS"
    ES = "ES"
    GS = "GS"
    RSA = "RSA"
    ED = "ED"
    GT = "GT"
    OU = "OU"

    # By identity: members are looked up all the time.
    __hash__ = object.__hash__

    @property
    def full_name(self) -> str:
        """The role in words: ``Electricity Distributor``."""
        return _FULL_NAMES[self]


_FULL_NAMES: Final = {
    UserRole.IS: "Import Supplier",
    UserRole.ES: "Export Supplier",
    UserRole.GS: "Gas Supplier",
    UserRole.RSA: "Registered Supplier Agent",
    UserRole.ED: "Electricity Distributor",
    UserRole.GT: "Gas Transporter",
    UserRole.OU: "Other User",
}
SUPPLIER_ROLES: Final = frozenset({UserRole.IS, UserRole.ES, UserRole.GS})
NETWORK_ROLES: Final = frozenset({UserRole.ED, UserRole.GT})
ELECTRICITY_ROLES: Final = frozenset({UserRole.IS, UserRole.ES, UserRole.ED})
GAS_ROLES: Final = frozenset({UserRole.GS, UserRole.GT})


class Party(NamedTuple):
    """A legal person, as a :class:`PartyTable` gives it out; ``mpid`` is that of its first row."""

    mpid: Mpid
    name: str


class PartyRow(NamedTuple):
    """One participant id in one role: a row of ``parties.csv``.

    ``user_id`` is the EUI-64 of its Organisation Certificates, if it has any; ``dcc_user`` and its dates say
    whether and when it is a DCC User. Only role ED has distributor ids, only role GT has gas networks.
    """

    mpid: Mpid
    role: UserRole
    party_name: str
    user_id: Eui64 | None = None
    distributor_ids: tuple[DistributorId, ...] = ()
    gas_networks: tuple[str, ...] = ()
    dcc_user: bool = False
    dcc_user_dates: DateRange = ALWAYS

    def is_live(self, day: date) -> bool:
        """Whether the row makes its party a DCC User in its role on that day."""
        return self.dcc_user and self.dcc_user_dates.covers(day)


class User(NamedTuple):
    """Whose a User Id is, and the roles it is used in, in the order of :class:`UserRole`."""

    user_id: Eui64
    party: Party
    roles: tuple[UserRole, ...]


class UserStatus(enum.Enum):
    """What the DCC makes of a User Id in a role at a time."""

    LIVE = "live"
    SUSPENDED = "suspended"
    NOT_A_USER = "not a DCC User"


class PartyTable:
    """Every party that the DCC knows, asked by User Id, participant id or distributor id.

    Rows are immutable; the table grows by :meth:`add` and :meth:`suspend`. Rows with one party name (case
    and spacing aside) are one party (SIM: ``parties.csv`` has no other key of the party).
    """

    def __init__(self, rows: Iterable[PartyRow] = ()) -> None:
        self._party_named: dict[str, Party] = {}
        self._rows: dict[Party, tuple[PartyRow, ...]] = {}
        self._roles: dict[Party, tuple[UserRole, ...]] = {}
        self._party_of_mpid: dict[Mpid, Party] = {}
        self._users: dict[Eui64, User] = {}
        self._distributor_ids: dict[Party, frozenset[DistributorId]] = {}
        self._holders: dict[DistributorId, tuple[Party, ...]] = {}
        self._suspensions: dict[Eui64, tuple[_Suspension, ...]] = {}
        for row in rows:
            self.add(row)

    def add(self, row: PartyRow) -> Party:
        """Take one row and return its party.

        Raises:
            DccValueError: the row contradicts itself or an earlier row; the table stays as it was.
        """
        _check_row(row)
        folded = " ".join(row.party_name.split()).casefold()
        party = self._party_named.get(folded) or Party(row.mpid, row.party_name)
        self._check_owner("mpid", row.mpid, self._party_of_mpid.get(row.mpid), party)
        user = self._users.get(row.user_id) if row.user_id else None
        self._check_owner("eui64", str(row.user_id), user.party if user else None, party)
        self._party_named[folded] = party
        self._party_of_mpid[row.mpid] = party
        self._rows[party] = (*self._rows.get(party, ()), row)
        self._roles[party] = _in_order({row.role, *self._roles.get(party, ())})
        if row.user_id:
            roles = _in_order({row.role, *(user.roles if user else ())})
            self._users[row.user_id] = User(row.user_id, party, roles)
        self._add_distributor_ids(party, row.distributor_ids)
        return party

    @staticmethod
    def _check_owner(field: str, value: str, owner: Party | None, party: Party) -> None:
        if owner is not None and owner != party:
            raise DccValueError(field, value, f"one that {owner.name!r} does not hold already")

    def _add_distributor_ids(self, party: Party, ids: tuple[DistributorId, ...]) -> None:
        held = self._distributor_ids.get(party, frozenset())
        for distributor_id in dict.fromkeys(ids):
            if distributor_id not in held:
                self._holders[distributor_id] = (*self._holders.get(distributor_id, ()), party)
        self._distributor_ids[party] = held | frozenset(ids)

    def suspend(self, user_id: Eui64, since: datetime, until: datetime | None = None) -> None:
        """Suspend a User Id from an instant on, up to and without ``until`` where given (for E3).

        Raises:
            DccValueError: nobody holds the User Id, or a time is without zone or out of order.
        """
        if user_id not in self._users:
            raise DccValueError("User Id", str(user_id), "the EUI-64 of a party in the table")
        utc_day(since)
        if until is not None and until <= since:
            raise DccValueError("suspended until", until.isoformat(), f"a time after {since.isoformat()}")
        suspension = _Suspension(since, until)
        self._suspensions[user_id] = (*self._suspensions.get(user_id, ()), suspension)

    @property
    def parties(self) -> tuple[Party, ...]:
        """Every party, in the order of its first row."""
        return tuple(self._rows)

    def rows_of(self, party: Party) -> tuple[PartyRow, ...]:
        """The rows of a party, in the order in which they came; none for a stranger."""
        return self._rows.get(party, ())

    def party_of_mpid(self, mpid: Mpid) -> Party | None:
        """Who holds the participant id."""
        return self._party_of_mpid.get(mpid)

    def user(self, user_id: Eui64) -> User | None:
        """Whose the EUI-64 is and in which roles, live or not."""
        return self._users.get(user_id)

    def party_of_user(self, user_id: Eui64) -> Party | None:
        """Whose the EUI-64 is: the owner of the certificates that carry it."""
        user = self._users.get(user_id)
        return user.party if user else None

    def user_ids(self, party: Party, role: UserRole) -> tuple[Eui64, ...]:
        """The User Ids of a party in a role, each once, in the order of the rows."""
        ids = (row.user_id for row in self.rows_of(party) if row.role is role and row.user_id)
        return tuple(dict.fromkeys(ids))

    def roles_of(self, party: Party) -> tuple[UserRole, ...]:
        """The roles of a party over all its rows, in the order of :class:`UserRole`."""
        return self._roles.get(party, ())

    def distributor_ids(self, party: Party) -> frozenset[DistributorId]:
        """The distributor ids of a party over all its rows."""
        return self._distributor_ids.get(party, frozenset())

    def holders_of(self, distributor_id: DistributorId) -> tuple[Party, ...]:
        """The parties that hold the distributor id, in the order of the rows; as a rule there is one."""
        return self._holders.get(distributor_id, ())

    def gas_networks(self, party: Party) -> tuple[str, ...]:
        """The gas networks of a party over all its rows, each once."""
        return tuple(dict.fromkeys(name for row in self.rows_of(party) for name in row.gas_networks))

    def is_dcc_user(self, party: Party, at: datetime, role: UserRole | None = None) -> bool:
        """Whether the party is a live DCC User at a time, in any role or in the one named."""
        day = utc_day(at)
        return any(row.is_live(day) for row in self.rows_of(party) if role is None or row.role is role)

    def user_status(self, user_id: Eui64, role: UserRole, at: datetime) -> UserStatus:
        """The status of a User Id in a role at a time."""
        user = self._users.get(user_id)
        rows = self.rows_of(user.party) if user else ()
        day = utc_day(at)
        for row in rows:
            if row.user_id == user_id and row.role is role and row.is_live(day):
                break
        else:
            return UserStatus.NOT_A_USER
        for suspension in self._suspensions.get(user_id, ()):
            if suspension.covers(at):
                return UserStatus.SUSPENDED
        return UserStatus.LIVE


def _in_order(roles: set[UserRole]) -> tuple[UserRole, ...]:
    return tuple(role for role in UserRole if role in roles)


class _Suspension(NamedTuple):
    since: datetime
    until: datetime | None

    def covers(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


def _check_row(row: PartyRow) -> None:
    if not row.party_name.strip():
        raise DccValueError("party_name", row.party_name, "a name")
    if row.distributor_ids and row.role is not UserRole.ED:
        ids = ";".join(map(str, row.distributor_ids))
        raise DccValueError("distributor_ids", ids, f"none in role {row.role.value}, only in role ED")
    if row.gas_networks and row.role is not UserRole.GT:
        names = ";".join(row.gas_networks)
        raise DccValueError("gas_networks", names, f"none in role {row.role.value}, only in role GT")
    if row.dcc_user and row.user_id is None:
        raise DccValueError("eui64", "", "an EUI-64, since the row says that the party is a DCC User")
