"""Registration data: who operates the network at a metering point, and who supplies there, when.

Records are immutable and shared: metering points with the same terms hold the same object, so that a
metering point costs little more than its key.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from dcc.dates import ALWAYS, DateRange, utc_day
from dcc.errors import DccValueError
from dcc.identifiers import Mpan, Mpid, Mprn, Mpxn
from dcc.parties import ELECTRICITY_ROLES, GAS_ROLES, SUPPLIER_ROLES, Party, PartyTable, UserRole


class Direction(enum.Enum):
    """Which way the energy of an MPAN flows."""

    IMPORT = "import"
    EXPORT = "export"


class ElectricityRecord(NamedTuple):
    """Who is registered at an MPAN: the terms that hold from ``effective_from`` on (``None``: ever since)."""

    network_operator: Mpid
    supplier: Mpid | None = None
    supplier_dates: DateRange = ALWAYS
    direction: Direction = Direction.IMPORT
    meter_operator: Mpid | None = None
    effective_from: date | None = None

    def mpid_in_role(self, role: UserRole) -> Mpid | None:
        """Who holds the role here; ``None`` where nobody does."""
        import_supplier = self.supplier if self.direction is Direction.IMPORT else None
        export_supplier = self.supplier if self.direction is Direction.EXPORT else None
        holders = {
            UserRole.ED: self.network_operator,
            UserRole.IS: import_supplier,
            UserRole.ES: export_supplier,
            UserRole.RSA: self.meter_operator,
        }
        return holders.get(role)


class GasRecord(NamedTuple):
    """Who is registered at an MPRN; an independent transporter, where there is one, is the operator (SIM)."""

    transporter: Mpid
    independent_transporter: Mpid | None = None
    supplier: Mpid | None = None
    supplier_dates: DateRange = ALWAYS
    effective_from: date | None = None

    @property
    def network_operator(self) -> Mpid:
        """The gas transporter that the metering point hangs on."""
        return self.independent_transporter or self.transporter

    def mpid_in_role(self, role: UserRole) -> Mpid | None:
        """Who holds the role here; ``None`` where nobody does."""
        return {UserRole.GT: self.network_operator, UserRole.GS: self.supplier}.get(role)


RegistrationRecord = ElectricityRecord | GasRecord


class Eligibility(enum.Enum):
    """What registration data says of a party that asks in a role (SEC Appendix AB 6.1(f))."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not eligible"
    NO_RECORD = "no registration record"
    NOT_BY_REGISTRATION = "role not decided by registration data"


class FoundBy(enum.Enum):
    """By which way the network operator of a metering point was found."""

    REGISTRATION_DATA = "registration data"
    DISTRIBUTOR_ID = "distributor id"
    NOT_FOUND = "not found"


class OperatorLookup(NamedTuple):
    """The network operator of a metering point, and how it was found.

    ``operators`` has one party as a rule, none when not found, several when several hold the distributor id.
    """

    found_by: FoundBy
    operators: tuple[Party, ...] = ()

    @property
    def operator(self) -> Party | None:
        """The operator, where there is exactly one."""
        return self.operators[0] if len(self.operators) == 1 else None

    def is_operator(self, party: Party) -> bool:
        """Whether the party is the operator or, found by distributor id, one of its holders."""
        return party in self.operators


_NOT_FOUND: Final = OperatorLookup(FoundBy.NOT_FOUND)


class RegistrationData:
    """The DCC's copy of the registration data, asked by MPAN or MPRN at a time.

    Days are UTC days (:func:`dcc.dates.utc_day`). Of several records for one metering point the one that
    became effective last counts; among equals the later supplier start, then the one added later.
    """

    def __init__(self, parties: PartyTable) -> None:
        self.parties = parties
        # Plain strings as keys: half the size of their typed counterparts.
        self._electricity: dict[str, tuple[ElectricityRecord, ...]] = {}
        self._gas: dict[str, tuple[GasRecord, ...]] = {}
        self._shared_electricity: dict[tuple[ElectricityRecord, ...], tuple[ElectricityRecord, ...]] = {}
        self._shared_gas: dict[tuple[GasRecord, ...], tuple[GasRecord, ...]] = {}

    def add_electricity(self, mpan: Mpan, record: ElectricityRecord) -> None:
        """Add a record to an MPAN; what was there stays, as its history.

        Raises:
            DccValueError: the MPAN already has the other direction (import and export have their own MPANs).
        """
        history = self._electricity.get(mpan, ())
        if history and history[0].direction is not record.direction:
            raise DccValueError(
                "import_export", record.direction.value, f"{history[0].direction.value} as before"
            )
        records = (*history, record)
        self._electricity[str(mpan)] = self._shared_electricity.setdefault(records, records)

    def add_gas(self, mprn: Mprn, record: GasRecord) -> None:
        """Add a record to an MPRN; what was there stays, as its history."""
        records = (*self._gas.get(mprn, ()), record)
        self._gas[str(mprn)] = self._shared_gas.setdefault(records, records)

    def mpans(self) -> Iterator[Mpan]:
        """Every MPAN, in the order in which they came."""
        return map(Mpan, self._electricity)

    def mprns(self) -> Iterator[Mprn]:
        """Every MPRN, in the order in which they came."""
        return map(Mprn, self._gas)

    def records(self, mpxn: Mpxn) -> Sequence[RegistrationRecord]:
        """The records of a metering point, in the order in which they came; none if unknown."""
        return self._electricity.get(mpxn, ()) if isinstance(mpxn, Mpan) else self._gas.get(mpxn, ())

    def unknown_mpids(self) -> tuple[Mpid, ...]:
        """Operators and suppliers in the records that the party table does not know, sorted."""
        shared: list[tuple[RegistrationRecord, ...]] = [*self._shared_electricity, *self._shared_gas]
        named = {mpid for records in shared for record in records for mpid in _operator_and_supplier(record)}
        return tuple(sorted(mpid for mpid in named if self.parties.party_of_mpid(mpid) is None))

    def network_operator_at(self, mpxn: Mpxn, at: datetime) -> Party | None:
        """The registered network operator: distributor of an MPAN, gas transporter of an MPRN."""
        record = _record_in_force(self.records(mpxn), utc_day(at))
        return self.parties.party_of_mpid(record.network_operator) if record else None

    def registered_supplier_at(self, mpxn: Mpxn, at: datetime) -> Party | None:
        """The registered supplier, of import or export as the MPAN is."""
        record = _supply_in_force(self.records(mpxn), utc_day(at))
        return self.parties.party_of_mpid(record.supplier) if record and record.supplier else None

    def operator_lookup(self, mpxn: Mpxn, at: datetime) -> OperatorLookup:
        """The network operator to compare a certificate's owner with, as SECMP0063 needs it (SIM).

        First the operator in the registration data effective at ``at`` (now, or the execution time); where
        that names no known party, whoever holds the distributor id in an MPAN; an MPRN has no such prefix.
        """
        registered = self.network_operator_at(mpxn, at)
        if registered is not None:
            return OperatorLookup(FoundBy.REGISTRATION_DATA, (registered,))
        holders = self.parties.holders_of(mpxn.distributor_id) if isinstance(mpxn, Mpan) else ()
        return OperatorLookup(FoundBy.DISTRIBUTOR_ID, holders) if holders else _NOT_FOUND

    def eligibility(
        self,
        party: Party,
        role: UserRole,
        mpxn: Mpxn,
        *,
        now: datetime,
        execution_time: datetime | None = None,
        date_range: DateRange | None = None,
    ) -> Eligibility:
        """Whether the party is, or will be, registered in the role (SEC Appendix AB 6.1(f)).

        Asked for the whole of ``date_range`` where a request has one, else at ``execution_time``, else
        ``now``. A role on the wrong fuel is not eligible, with or without a record, nor one on the wrong
        direction. ``RSA`` is decided for electricity by the meter operator; in gas, and for ``OU``,
        registration data does not decide.
        """
        if role is UserRole.OU or (role is UserRole.RSA and isinstance(mpxn, Mprn)):
            return Eligibility.NOT_BY_REGISTRATION
        if role in (ELECTRICITY_ROLES if isinstance(mpxn, Mprn) else GAS_ROLES):
            return Eligibility.NOT_ELIGIBLE
        records = self.records(mpxn)
        if not records:
            return Eligibility.NO_RECORD
        on_day = utc_day(execution_time or now)
        days = _days_to_ask(records, date_range or DateRange(on_day, on_day))
        holds = all(self._holder(records, role, day) == party for day in days)
        return Eligibility.ELIGIBLE if holds else Eligibility.NOT_ELIGIBLE

    def _holder(self, records: Sequence[RegistrationRecord], role: UserRole, day: date) -> Party | None:
        in_force = _supply_in_force if role in SUPPLIER_ROLES else _record_in_force
        record = in_force(records, day)
        mpid = record.mpid_in_role(role) if record else None
        return self.parties.party_of_mpid(mpid) if mpid else None


def _operator_and_supplier(record: RegistrationRecord) -> tuple[Mpid, ...]:
    return (record.network_operator, record.supplier) if record.supplier else (record.network_operator,)


def _precedence(record: RegistrationRecord) -> tuple[date, date]:
    return record.effective_from or date.min, record.supplier_dates.first or date.min


def _record_in_force(records: Sequence[RegistrationRecord], day: date) -> RegistrationRecord | None:
    """The record whose terms hold on the day; of equals the last, which ``max`` alone would not give."""
    effective = [item for item in records if item.effective_from is None or item.effective_from <= day]
    if len(effective) < 2:
        return effective[0] if effective else None
    return max(reversed(effective), key=_precedence, default=None)


def _supply_in_force(records: Sequence[RegistrationRecord], day: date) -> RegistrationRecord | None:
    """The record whose supplier is registered on the day: one announced for later does not count yet."""
    return _record_in_force([item for item in records if item.supplier_dates.covers(day)], day)


def _days_to_ask(records: Sequence[RegistrationRecord], asked: DateRange) -> Iterator[date]:
    """The first day of the range and each later one on which what the records say may change."""
    yield asked.first or date.min
    for record in records:
        last = record.supplier_dates.last
        day_after = last + timedelta(days=1) if last and last < date.max else None
        for day in (record.effective_from, record.supplier_dates.first, day_after):
            if day is not None and asked.covers(day):
                yield day
