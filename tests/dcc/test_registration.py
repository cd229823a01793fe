"""Registration data: who is the operator and the supplier when, and who is or will be eligible."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc.dates import DateRange
from dcc.errors import DccValueError
from dcc.identifiers import DistributorId, Mpan, Mpid, Mprn, Mpxn
from dcc.parties import Party, PartyRow, PartyTable, UserRole
from dcc.registration import (
    Direction,
    ElectricityRecord,
    Eligibility,
    FoundBy,
    GasRecord,
    OperatorLookup,
    RegistrationData,
)

IS, ES, GS, RSA, ED, GT, OU = UserRole
MPAN = Mpan("2099999999993")
EXPORT_MPAN = Mpan("2499999999991")
MPRN = Mprn("3938424403")
JUNE_2 = datetime(2025, 6, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ELIGIBLE, NOT_ELIGIBLE = Eligibility.ELIGIBLE, Eligibility.NOT_ELIGIBLE


def row(mpid: str, role: UserRole, name: str, *ids: int) -> PartyRow:
    return PartyRow(Mpid(mpid), role, name, distributor_ids=tuple(map(DistributorId, ids)))


PARTIES = PartyTable(
    [
        row("SOUT", ED, "SSEN", 20),
        row("HYDE", ED, "SSEN", 17),
        row("EELC", ED, "UK Power Networks", 10),
        row("IPNL", ED, "Independent Power Networks", 24),
        row("SUPA", IS, "Supplier A"),
        row("SUPX", IS, "Supplier A"),
        row("SUPB", IS, "Supplier B"),
        row("SUPB", GS, "Supplier B"),
        row("METR", RSA, "Meter Operator"),
        row("GT01", GT, "Cadent"),
        row("IGT1", GT, "Independent Gas"),
    ]
)


def party(mpid: str) -> Party:
    found = PARTIES.party_of_mpid(Mpid(mpid))
    assert found is not None
    return found


SSEN, UKPN, SUPPLIER_A, SUPPLIER_B = party("SOUT"), party("EELC"), party("SUPA"), party("SUPB")


def dates(first: str | None, last: str | None = None) -> DateRange:
    return DateRange(date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None)


def electricity(
    operator: str, supplier: str | None, supply: DateRange, effective: str | None = None
) -> ElectricityRecord:
    return ElectricityRecord(
        Mpid(operator),
        Mpid(supplier) if supplier else None,
        supply,
        effective_from=date.fromisoformat(effective) if effective else None,
    )


def registered(*records: ElectricityRecord) -> RegistrationData:
    data = RegistrationData(PARTIES)
    for record in records:
        data.add_electricity(MPAN, record)
    return data


CHANGE_OF_SUPPLIER = registered(
    electricity("SOUT", "SUPA", dates("2020-01-01", "2025-06-01"), "2020-01-01"),
    electricity("SOUT", "SUPB", dates("2025-06-02"), "2025-05-20"),
)


@pytest.mark.parametrize(
    ("day", "supplier"),
    [
        ("2019-12-31", None),
        ("2020-01-01", SUPPLIER_A),
        ("2025-05-25", SUPPLIER_A),  # B is announced and not yet registered
        ("2025-06-01", SUPPLIER_A),
        ("2025-06-02", SUPPLIER_B),
        ("2040-01-01", SUPPLIER_B),
    ],
)
def test_supplier_by_effective_dates(day: str, supplier: Party | None) -> None:
    at = datetime.fromisoformat(f"{day}T23:59:59+00:00")
    assert CHANGE_OF_SUPPLIER.registered_supplier_at(MPAN, at) == supplier
    assert CHANGE_OF_SUPPLIER.network_operator_at(MPAN, at) == (SSEN if supplier else None)


def test_the_record_that_became_effective_last_counts() -> None:
    transfer, correction = dates("2025-06-02"), dates("2025-06-02")
    data = registered(
        electricity("SOUT", "SUPA", dates("2020-01-01"), "2020-01-01"),
        electricity("SOUT", "SUPB", transfer, "2025-06-02"),
        electricity("EELC", "SUPA", correction, "2025-06-10"),
    )
    assert data.registered_supplier_at(MPAN, JUNE_2) == SUPPLIER_B
    assert data.registered_supplier_at(MPAN, JUNE_2 + 8 * DAY) == SUPPLIER_A
    assert data.network_operator_at(MPAN, JUNE_2 + 7 * DAY) == SSEN
    assert data.network_operator_at(MPAN, JUNE_2 + 8 * DAY) == UKPN


def test_of_records_effective_alike_the_later_supply_then_the_later_row_counts() -> None:
    later_supply_first = registered(
        electricity("SOUT", "SUPB", dates("2025-01-01")), electricity("SOUT", "SUPA", dates("2020-01-01"))
    )
    assert later_supply_first.registered_supplier_at(MPAN, JUNE_2) == SUPPLIER_B
    alike = registered(electricity("SOUT", "SUPB", dates(None)), electricity("EELC", "SUPA", dates(None)))
    assert alike.registered_supplier_at(MPAN, JUNE_2) == SUPPLIER_A
    assert alike.network_operator_at(MPAN, JUNE_2) == UKPN


def test_no_supplier_after_the_supply_ended() -> None:
    data = registered(electricity("SOUT", "SUPA", dates("2020-01-01", "2025-06-01")))
    assert data.registered_supplier_at(MPAN, JUNE_2 - DAY) == SUPPLIER_A
    assert data.registered_supplier_at(MPAN, JUNE_2) is None
    assert data.network_operator_at(MPAN, JUNE_2) == SSEN
    assert registered(electricity("SOUT", None, dates(None))).registered_supplier_at(MPAN, JUNE_2) is None


def test_times_are_asked_by_their_utc_day() -> None:
    at_change = datetime.fromisoformat("2025-06-02T00:30:00+01:00")
    assert CHANGE_OF_SUPPLIER.registered_supplier_at(MPAN, at_change) == SUPPLIER_A
    with pytest.raises(DccValueError, match="time zone"):
        CHANGE_OF_SUPPLIER.registered_supplier_at(MPAN, at_change.replace(tzinfo=None))


def test_import_and_export_have_their_own_mpans() -> None:
    data = registered(electricity("SOUT", "SUPA", dates(None)))
    export = ElectricityRecord(Mpid("SOUT"), Mpid("SUPB"), direction=Direction.EXPORT)
    data.add_electricity(EXPORT_MPAN, export)
    with pytest.raises(DccValueError, match="import_export: 'export', expected import as before"):
        data.add_electricity(MPAN, export)
    assert data.records(MPAN) == (electricity("SOUT", "SUPA", dates(None)),)
    assert data.eligibility(SUPPLIER_A, IS, MPAN, now=JUNE_2) is ELIGIBLE
    assert data.eligibility(SUPPLIER_A, ES, MPAN, now=JUNE_2) is NOT_ELIGIBLE
    assert data.eligibility(SUPPLIER_B, ES, EXPORT_MPAN, now=JUNE_2) is ELIGIBLE
    assert data.eligibility(SUPPLIER_B, IS, EXPORT_MPAN, now=JUNE_2) is NOT_ELIGIBLE


def test_gas_operator_is_the_independent_transporter_where_there_is_one() -> None:
    data = RegistrationData(PARTIES)
    other = Mprn("7400000000")
    data.add_gas(MPRN, GasRecord(Mpid("GT01"), supplier=Mpid("SUPB")))
    data.add_gas(other, GasRecord(Mpid("GT01"), Mpid("IGT1"), Mpid("SUPB")))
    assert data.network_operator_at(MPRN, JUNE_2) == party("GT01")
    assert data.network_operator_at(other, JUNE_2) == party("IGT1")
    assert data.registered_supplier_at(MPRN, JUNE_2) == SUPPLIER_B
    assert data.eligibility(party("GT01"), GT, MPRN, now=JUNE_2) is ELIGIBLE
    assert data.eligibility(party("GT01"), GT, other, now=JUNE_2) is NOT_ELIGIBLE
    assert data.eligibility(SUPPLIER_B, GS, other, now=JUNE_2) is ELIGIBLE
    assert (list(data.mprns()), list(data.mpans())) == ([MPRN, other], [])
    assert all(isinstance(mprn, Mprn) for mprn in data.mprns())


@pytest.mark.parametrize(
    ("role", "name", "expected"),
    [
        (ED, "SOUT", ELIGIBLE),
        (ED, "HYDE", ELIGIBLE),  # another participant id of the same party
        (ED, "EELC", NOT_ELIGIBLE),
        (GT, "GT01", NOT_ELIGIBLE),
        (GS, "SUPB", NOT_ELIGIBLE),
        (IS, "SUPB", ELIGIBLE),
        (IS, "SUPA", NOT_ELIGIBLE),
        (IS, "SOUT", NOT_ELIGIBLE),
        (RSA, "METR", ELIGIBLE),
        (RSA, "SUPB", NOT_ELIGIBLE),
        (OU, "SUPA", Eligibility.NOT_BY_REGISTRATION),
    ],
)
def test_eligibility_by_role(role: UserRole, name: str, expected: Eligibility) -> None:
    record = electricity("SOUT", "SUPB", dates(None))._replace(meter_operator=Mpid("METR"))
    assert registered(record).eligibility(party(name), role, MPAN, now=JUNE_2) is expected


def test_registration_data_does_not_decide_for_gas_agents_or_unknown_points() -> None:
    data = RegistrationData(PARTIES)
    data.add_gas(MPRN, GasRecord(Mpid("GT01")))
    assert data.eligibility(party("METR"), RSA, MPRN, now=JUNE_2) is Eligibility.NOT_BY_REGISTRATION
    assert data.eligibility(SUPPLIER_A, IS, MPAN, now=JUNE_2) is Eligibility.NO_RECORD
    assert data.registered_supplier_at(MPAN, JUNE_2) is None
    assert data.records(MPAN) == ()


def test_a_role_of_the_other_fuel_is_not_eligible_even_without_record() -> None:
    data = RegistrationData(PARTIES)
    for role, mpxn in ((GS, MPAN), (GT, MPAN), (IS, MPRN), (ES, MPRN), (ED, MPRN)):
        assert data.eligibility(SUPPLIER_A, role, mpxn, now=JUNE_2) is NOT_ELIGIBLE
    for role, mpxn in ((IS, MPAN), (GS, MPRN)):
        assert data.eligibility(SUPPLIER_A, role, mpxn, now=JUNE_2) is Eligibility.NO_RECORD


def test_eligible_now_at_execution_time_or_for_the_whole_range() -> None:
    data = CHANGE_OF_SUPPLIER
    before = JUNE_2 - 3 * DAY
    assert data.eligibility(SUPPLIER_B, IS, MPAN, now=before) is NOT_ELIGIBLE
    assert data.eligibility(SUPPLIER_B, IS, MPAN, now=before, execution_time=JUNE_2) is ELIGIBLE
    assert data.eligibility(SUPPLIER_A, IS, MPAN, now=before, execution_time=JUNE_2) is NOT_ELIGIBLE
    own, one_day_too_long = dates("2020-01-01", "2025-06-01"), dates("2020-01-01", "2025-06-02")
    for now in (before, JUNE_2):
        assert data.eligibility(SUPPLIER_A, IS, MPAN, now=now, date_range=own) is ELIGIBLE
        assert data.eligibility(SUPPLIER_A, IS, MPAN, now=now, date_range=one_day_too_long) is NOT_ELIGIBLE
        # A range goes before the execution time.
        assert (
            data.eligibility(SUPPLIER_A, IS, MPAN, now=now, execution_time=JUNE_2, date_range=own) is ELIGIBLE
        )
    assert data.eligibility(SUPPLIER_B, IS, MPAN, now=before, date_range=dates("2025-06-02")) is ELIGIBLE
    assert data.eligibility(SUPPLIER_A, IS, MPAN, now=before, date_range=dates(None, "2025-06-01")) is (
        NOT_ELIGIBLE
    )


def test_a_range_over_two_participant_ids_of_one_party_is_whole() -> None:
    data = registered(
        electricity("SOUT", "SUPA", dates("2020-01-01", "2025-03-31")),
        electricity("SOUT", "SUPX", dates("2025-04-01")),
    )
    both = dates("2025-03-01", "2025-04-30")
    assert data.eligibility(SUPPLIER_A, IS, MPAN, now=JUNE_2, date_range=both) is ELIGIBLE


def test_the_last_day_there_is_can_end_a_supply() -> None:
    data = registered(electricity("SOUT", "SUPA", dates("2020-01-01", "9999-12-31")))
    whole = dates("2020-01-01", "9999-12-31")
    assert data.eligibility(SUPPLIER_A, IS, MPAN, now=JUNE_2, date_range=whole) is ELIGIBLE


START = date(2025, 1, 1)
DAYS = st.integers(0, 12).map(lambda n: START + n * DAY)
RANGES = st.tuples(DAYS, DAYS).map(lambda pair: DateRange(min(pair), max(pair)))
RECORDS = st.builds(
    ElectricityRecord,
    network_operator=st.sampled_from([Mpid("SOUT"), Mpid("EELC")]),
    supplier=st.sampled_from([Mpid("SUPA"), Mpid("SUPB"), None]),
    supplier_dates=RANGES,
    direction=st.just(Direction.IMPORT),
    meter_operator=st.none(),
    effective_from=st.none() | DAYS,
)


@given(st.lists(RECORDS, min_size=1, max_size=4), RANGES, st.sampled_from([(IS, SUPPLIER_A), (ED, SSEN)]))
def test_a_range_is_eligible_when_each_of_its_days_is(
    records: list[ElectricityRecord], asked: DateRange, who: tuple[UserRole, Party]
) -> None:
    role, user = who
    data = registered(*records)
    assert asked.first is not None
    assert asked.last is not None
    days = [asked.first + n * DAY for n in range((asked.last - asked.first).days + 1)]
    each = [
        data.eligibility(user, role, MPAN, now=datetime(day.year, day.month, day.day, tzinfo=UTC))
        for day in days
    ]
    whole = data.eligibility(user, role, MPAN, now=JUNE_2, date_range=asked)
    assert (whole is ELIGIBLE) == all(one is ELIGIBLE for one in each)


@pytest.mark.parametrize(
    ("mpxn", "at", "expected"),
    [
        (MPAN, JUNE_2, OperatorLookup(FoundBy.REGISTRATION_DATA, (UKPN,))),
        # Before the record is effective, the prefix 20 tells.
        (MPAN, datetime(2024, 12, 31, tzinfo=UTC), OperatorLookup(FoundBy.DISTRIBUTOR_ID, (SSEN,))),
        # An operator that the party table does not know.
        (EXPORT_MPAN, JUNE_2, OperatorLookup(FoundBy.DISTRIBUTOR_ID, (party("IPNL"),))),
        (Mpan("1700000000000"), JUNE_2, OperatorLookup(FoundBy.DISTRIBUTOR_ID, (SSEN,))),
        (Mpan("9900000000000"), JUNE_2, OperatorLookup(FoundBy.NOT_FOUND)),
        (MPRN, JUNE_2, OperatorLookup(FoundBy.REGISTRATION_DATA, (party("GT01"),))),
        (Mprn("2099999999"), JUNE_2, OperatorLookup(FoundBy.NOT_FOUND)),
    ],
)
def test_operator_lookup(mpxn: Mpxn, at: datetime, expected: OperatorLookup) -> None:
    data = registered(electricity("EELC", "SUPA", dates(None), "2025-01-01"))
    data.add_electricity(EXPORT_MPAN, electricity("GONE", "SUPA", dates(None)))
    data.add_gas(MPRN, GasRecord(Mpid("GT01")))
    assert data.operator_lookup(mpxn, at) == expected


def test_operator_lookup_compares_parties() -> None:
    sole = OperatorLookup(FoundBy.REGISTRATION_DATA, (SSEN,))
    assert sole.operator == SSEN
    assert sole.is_operator(party("HYDE"))
    assert not sole.is_operator(UKPN)
    assert OperatorLookup(FoundBy.NOT_FOUND).operator is None


def test_a_distributor_id_of_two_parties_fits_both() -> None:
    parties = PartyTable([row("OLDN", ED, "Old Networks", 10), row("NEWN", ED, "New Networks", 10)])
    lookup = RegistrationData(parties).operator_lookup(Mpan("1000000000000"), JUNE_2)
    assert [one.name for one in lookup.operators] == ["Old Networks", "New Networks"]
    assert all(map(lookup.is_operator, parties.parties))
    assert lookup.operator is None


def test_unknown_participants_are_named_once_and_sorted() -> None:
    data = registered(electricity("ZZZZ", "SUPA", dates(None)), electricity("SOUT", "AAAA", dates(None)))
    data.add_gas(MPRN, GasRecord(Mpid("GT01"), Mpid("IGT9"), Mpid("ZZZZ")))
    assert data.unknown_mpids() == ("AAAA", "IGT9", "ZZZZ")


def test_metering_points_of_the_same_terms_share_one_object() -> None:
    data = RegistrationData(PARTIES)
    for number in range(3):
        mpan = Mpan.from_core(DistributorId(20), number)
        data.add_electricity(mpan, electricity("SOUT", "SUPA", dates("2020-01-01")))
    assert len({id(data.records(mpan)) for mpan in data.mpans()}) == 1
    assert all(isinstance(mpan, Mpan) for mpan in data.mpans())
