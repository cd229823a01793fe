"""The party table: one party over many rows, User Ids, roles, status, and the real network parties."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc.dates import DateRange
from dcc.errors import DccValueError
from dcc.identifiers import DistributorId, Mpid
from dcc.network_licences import DISTRIBUTION_LICENCES, GAS_NETWORKS, GSP_GROUPS, network_party_table
from dcc.parties import Party, PartyRow, PartyTable, UserRole, UserStatus
from devices.gbcs.identifiers import Eui64

NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
ED, GT, IS, ES, GS = UserRole.ED, UserRole.GT, UserRole.IS, UserRole.ES, UserRole.GS


def eui64(number: int) -> Eui64:
    return Eui64(b"\x90\xb3\xd5\x1f" + number.to_bytes(4, "big"))


def distributor(mpid: str, name: str, user: int, *ids: int) -> PartyRow:
    return PartyRow(Mpid(mpid), ED, name, eui64(user), tuple(map(DistributorId, ids)), dcc_user=True)


def supplier(mpid: str, role: UserRole, user: int, name: str = "Supplier One") -> PartyRow:
    return PartyRow(Mpid(mpid), role, name, eui64(user), dcc_user=True)


def test_rows_of_one_name_are_one_party() -> None:
    table = PartyTable(
        [
            distributor("EELC", "UK Power Networks", 1, 10),
            distributor("MANW", "SP Energy Networks", 2, 13),
            distributor("LOND", "UK  power networks ", 1, 12),
            distributor("SEEB", "UK Power Networks", 3, 19),
        ]
    )
    party = table.party_of_mpid(Mpid("SEEB"))
    assert party == Party(Mpid("EELC"), "UK Power Networks")
    assert table.party_of_mpid(Mpid("LOND")) == table.party_of_user(eui64(3)) == party
    assert table.parties == (party, Party(Mpid("MANW"), "SP Energy Networks"))
    assert table.distributor_ids(party) == {10, 12, 19}
    assert table.user_ids(party, ED) == (eui64(1), eui64(3))
    assert [row.mpid for row in table.rows_of(party)] == ["EELC", "LOND", "SEEB"]
    assert table.holders_of(DistributorId(12)) == (party,)
    assert table.party_of_mpid(Mpid("SEEB")) != table.party_of_mpid(Mpid("MANW"))


def test_a_user_id_may_have_several_roles_and_a_party_several_user_ids() -> None:
    table = PartyTable([supplier("SUP1", GS, 1), supplier("SUP1", IS, 1), supplier("SUP2", ES, 2)])
    user = table.user(eui64(1))
    assert user is not None
    assert user.roles == (IS, GS)
    assert user.party == Party(Mpid("SUP1"), "Supplier One")
    assert table.roles_of(user.party) == (IS, ES, GS)
    assert table.user_ids(user.party, ES) == (eui64(2),)
    assert table.user_ids(user.party, ED) == ()


def test_a_stranger_has_nothing() -> None:
    table = PartyTable([supplier("SUP1", IS, 1)])
    stranger = Party(Mpid("NONE"), "Nobody")
    assert table.user(eui64(9)) is None
    assert table.party_of_user(eui64(9)) is None
    assert table.party_of_mpid(Mpid("NONE")) is None
    assert table.distributor_ids(stranger) == frozenset()
    assert table.roles_of(stranger) == table.rows_of(stranger) == table.holders_of(DistributorId(10)) == ()
    assert table.user_status(eui64(9), IS, NOON) is UserStatus.NOT_A_USER
    assert not table.is_dcc_user(stranger, NOON)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (supplier("SUP1", IS, 2, "Supplier Two"), "mpid"),
        (supplier("SUP2", IS, 1, "Supplier Two"), "eui64"),
        (supplier("SUP2", IS, 2, "  "), "party_name"),
        (supplier("SUP2", IS, 2)._replace(distributor_ids=(DistributorId(10),)), "distributor_ids"),
        (distributor("EELC", "UKPN", 2, 10)._replace(gas_networks=("Scotland",)), "gas_networks"),
        (supplier("SUP2", IS, 2)._replace(user_id=None), "eui64"),
    ],
)
def test_a_contradiction_is_refused_and_changes_nothing(row: PartyRow, field: str) -> None:
    table = PartyTable([supplier("SUP1", IS, 1)])
    with pytest.raises(DccValueError) as caught:
        table.add(row)
    assert caught.value.field == field
    assert table.parties == (Party(Mpid("SUP1"), "Supplier One"),)
    assert table.user(eui64(2)) is None
    assert table.party_of_mpid(Mpid("SUP2")) is None


def test_a_party_without_certificates_needs_no_user_id() -> None:
    table = PartyTable([PartyRow(Mpid("GT09"), GT, "Gas Nine", gas_networks=("Somewhere",))])
    party = table.party_of_mpid(Mpid("GT09"))
    assert party is not None
    assert table.user_ids(party, GT) == ()
    assert table.gas_networks(party) == ("Somewhere",)
    assert not table.is_dcc_user(party, NOON)


def test_dcc_user_from_and_to_are_both_included() -> None:
    dates = DateRange(date(2025, 1, 1), date(2025, 6, 30))
    table = PartyTable([supplier("GT01", GT, 1, "Gas One")._replace(dcc_user_dates=dates)])
    party = table.parties[0]
    first, last = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 6, 30, 23, 59, 59, tzinfo=UTC)
    instant = timedelta(seconds=1)
    for at, live in ((first - instant, False), (first, True), (last, True), (last + instant, False)):
        assert table.is_dcc_user(party, at) is live
        assert table.is_dcc_user(party, at, GT) is live
        assert not table.is_dcc_user(party, at, IS)
        assert (table.user_status(eui64(1), GT, at) is UserStatus.LIVE) is live


def test_suspension_holds_from_its_start_up_to_its_end() -> None:
    table = PartyTable([supplier("SUP1", IS, 1), supplier("SUP1", GS, 2)])
    table.suspend(eui64(1), NOON, NOON + timedelta(days=1))
    second = timedelta(seconds=1)

    def status(at: datetime) -> UserStatus:
        return table.user_status(eui64(1), IS, at)

    assert status(NOON - second) is UserStatus.LIVE
    assert status(NOON) is status(NOON + timedelta(days=1) - second) is UserStatus.SUSPENDED
    assert status(NOON + timedelta(days=1)) is UserStatus.LIVE
    assert table.user_status(eui64(2), GS, NOON) is UserStatus.LIVE
    assert table.user_status(eui64(1), GS, NOON) is UserStatus.NOT_A_USER
    table.suspend(eui64(1), NOON + timedelta(days=2))
    assert status(NOON + timedelta(days=999)) is UserStatus.SUSPENDED


def test_suspending_a_stranger_or_backwards_is_refused() -> None:
    table = PartyTable([supplier("SUP1", IS, 1)])
    with pytest.raises(DccValueError, match="User Id"):
        table.suspend(eui64(2), NOON)
    with pytest.raises(DccValueError, match="suspended until"):
        table.suspend(eui64(1), NOON, NOON)
    with pytest.raises(DccValueError, match="time zone"):
        table.suspend(eui64(1), NOON.replace(tzinfo=None))


def test_every_role_has_its_name() -> None:
    assert [(role.value, role.full_name) for role in UserRole] == [
        ("IS", "Import Supplier"),
        ("ES", "Export Supplier"),
        ("GS", "Gas Supplier"),
        ("RSA", "Registered Supplier Agent"),
        ("ED", "Electricity Distributor"),
        ("GT", "Gas Transporter"),
        ("OU", "Other User"),
    ]


def network_table() -> tuple[PartyTable, list[tuple[Party, UserRole]]]:
    asked: list[tuple[Party, UserRole]] = []

    def user_id_for(party: Party, role: UserRole) -> Eui64:
        asked.append((party, role))
        return eui64(len(asked))

    return network_party_table(user_id_for, [supplier("SUP1", IS, 999)]), asked


def test_six_groups_hold_the_fourteen_licences() -> None:
    table, _ = network_table()
    held = {
        party.name: sorted(table.distributor_ids(party))
        for party in table.parties
        if table.distributor_ids(party)
    }
    assert dict(list(held.items())[:6]) == {
        "UK Power Networks": [10, 12, 19],
        "National Grid Electricity Distribution": [11, 14, 21, 22],
        "SP Energy Networks": [13, 18],
        "Northern Powergrid": [15, 23],
        "Electricity North West": [16],
        "SSEN": [17, 20],
    }
    assert list(held.values())[6:] == [[number] for number in range(24, 39)]


def test_one_user_id_for_each_party_and_role() -> None:
    table, asked = network_table()
    assert len(asked) == len(set(asked)) == 6 + 15 + 4
    for party, role in asked:
        assert len(table.user_ids(party, role)) == 1
        assert table.is_dcc_user(party, NOON, role)
    nged = table.party_of_mpid(Mpid("SWEB"))
    assert nged == Party(Mpid("EMEB"), "National Grid Electricity Distribution")
    assert table.party_of_mpid(Mpid("MIDE")) == nged
    assert table.party_of_mpid(Mpid("SUP1")) == table.parties[-1]


def test_four_companies_run_the_eight_gas_networks() -> None:
    table, _ = network_table()
    networks = {
        party.name: table.gas_networks(party) for party in table.parties if GT in table.roles_of(party)
    }
    assert networks == {
        "Cadent": ("East of England", "North London", "North West", "West Midlands"),
        "Northern Gas Networks": ("North of England",),
        "SGN": ("Scotland", "Southern"),
        "Wales & West Utilities": ("Wales and South West",),
    }
    assert len({code for network in GAS_NETWORKS for code in network.ldz_codes}) == 13


def test_licence_data() -> None:
    assert [licence.distributor_id for licence in DISTRIBUTION_LICENCES] == list(range(10, 39))
    assert len({licence.mpid for licence in DISTRIBUTION_LICENCES}) == 29
    regional = [licence for licence in DISTRIBUTION_LICENCES if not licence.independent]
    assert len(regional) == 14
    assert {group for licence in regional for group in licence.gsp_groups} == set(GSP_GROUPS)
    assert len(GSP_GROUPS) == 14
    assert not any(licence.group_confirmed for licence in DISTRIBUTION_LICENCES)
    hydro = regional[7]
    assert (hydro.mpid, hydro.gsp_groups, hydro.area) == ("HYDE", ("P", "N"), "North Scotland")


NAMES = st.sampled_from(["One", "Two", "Three"])


@given(st.lists(st.tuples(NAMES, st.integers(10, 13), st.integers(0, 3)), max_size=20))
def test_ids_of_a_party_are_those_of_its_rows(rows: list[tuple[str, int, int]]) -> None:
    table = PartyTable()
    for index, (name, number, user) in enumerate(rows):
        user_number = 10 * ["One", "Two", "Three"].index(name) + user
        table.add(distributor(f"M{index}", name, user_number, number))
    for name in {name for name, _, _ in rows}:
        party = table.party_of_mpid(Mpid(f"M{[row[0] for row in rows].index(name)}"))
        assert party is not None
        own = [row for row in rows if row[0] == name]
        assert table.distributor_ids(party) == {number for _, number, _ in own}
        assert len(table.user_ids(party, ED)) == len({user for _, _, user in own})
        for number in {number for _, number, _ in own}:
            assert table.holders_of(DistributorId(number)).count(party) == 1
