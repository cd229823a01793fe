"""The parties of a wave: the real network parties, and invented suppliers, each as big as it counts.

How many metering points each area and each gas network has, and how many customers each large supplier, is
general knowledge, rounded, for weighting alone. User Ids are invented.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from dcc.identifiers import Mpid
from dcc.network_licences import DISTRIBUTION_LICENCES, DistributionLicence, network_party_rows
from dcc.parties import Party, PartyRow, PartyTable, UserRole
from devices.gbcs.identifiers import Eui64

AREA_MILLIONS: Final[Mapping[int, float]] = {
    10: 3.6,
    11: 2.7,
    12: 2.3,
    13: 1.5,
    14: 2.5,
    15: 1.6,
    16: 2.4,
    17: 0.8,
    18: 2.0,
    19: 2.3,
    20: 3.1,
    21: 1.1,
    22: 1.6,
    23: 2.3,
}
"""Metering points by distributor id, millions (not confirmed)."""

INDEPENDENT_NETWORKS_MILLIONS: Final = 1.0
GAS_TRANSPORTER_MILLIONS: Final[Mapping[str, float]] = {
    "Cadent": 11.0,
    "Northern Gas Networks": 2.7,
    "SGN": 5.9,
    "Wales & West Utilities": 2.5,
}
"""Gas metering points by company, millions (not confirmed)."""
MARKET_SHARES: Final = (24.0, 20.0, 17.0, 13.0, 11.0, 8.0, 3.0, 1.0)
"""Domestic electricity customers of the eight largest suppliers, rounded percent (not confirmed)."""
OTHER_MARKET_SHARE: Final = 0.4
"""The same of each supplier after those (not confirmed)."""
_PARTY_PREFIX: Final = bytes.fromhex("90B3D51F30")


class SupplierShares(enum.Enum):
    """How the homes are shared among suppliers."""

    EQUAL = "equal"
    SKEWED = "skewed"


class Actor(NamedTuple):
    """A party in one role, with the User Id of its certificates; ``weight`` says how big it is."""

    party: Party
    role: UserRole
    user_id: Eui64
    weight: float = 1.0


class Takeover(NamedTuple):
    """A company that another took over: its certificates are still there, and so are their keys."""

    former: Actor
    by: Party


class Market(NamedTuple):
    """The parties of a run, each in its roles."""

    parties: PartyTable
    suppliers: tuple[Actor, ...]
    network_operators: tuple[Actor, ...]
    gas_transporters: tuple[Actor, ...]
    takeovers: tuple[Takeover, ...]


def draw_market(suppliers: int, shares: SupplierShares, *, with_gas: bool, takeovers: bool) -> Market:
    """All network parties, and so many suppliers; ``with_gas`` those have a gas supplier's role too."""
    network_rows = network_party_rows(_NetworkUserIds())
    supplier_rows = _supplier_rows(suppliers, with_gas=with_gas)
    former_rows = _former_rows(network_rows) if takeovers else {}
    parties = PartyTable((*network_rows, *supplier_rows, *former_rows.values()))
    return Market(
        parties,
        _suppliers(parties, supplier_rows, shares),
        _actors(parties, network_rows, UserRole.ED),
        _actors(parties, network_rows, UserRole.GT),
        _takeovers(parties, former_rows),
    )


def licence_weight(licence: DistributionLicence) -> float:
    """Metering points of a licence, millions; the independent networks share theirs equally (SIM)."""
    if licence.independent:
        return INDEPENDENT_NETWORKS_MILLIONS / sum(item.independent for item in DISTRIBUTION_LICENCES)
    return AREA_MILLIONS[licence.distributor_id]


class _NetworkUserIds:
    """Invented User Ids of network parties, in the order in which they are asked for."""

    def __init__(self) -> None:
        self._given = 0

    def __call__(self, _party: Party, _role: UserRole) -> Eui64:
        self._given += 1
        return _user_id(1, self._given)


def _user_id(kind: int, number: int) -> Eui64:
    return Eui64(_PARTY_PREFIX + bytes((kind,)) + number.to_bytes(2, "big"))


def _supplier_rows(suppliers: int, *, with_gas: bool) -> list[PartyRow]:
    """Suppliers of electricity and, where asked for, of gas."""
    roles = (UserRole.IS, UserRole.GS) if with_gas else (UserRole.IS,)
    return [_supplier_row(number, role) for number in range(1, suppliers + 1) for role in roles]


def _supplier_row(number: int, role: UserRole) -> PartyRow:
    name = f"Supplier {number:03d}"
    return PartyRow(Mpid(f"SUP{number:03d}"), role, name, _user_id(2, number), dcc_user=True)


def _suppliers(parties: PartyTable, rows: Sequence[PartyRow], shares: SupplierShares) -> tuple[Actor, ...]:
    actors = _actors(parties, rows, UserRole.IS)
    if shares is SupplierShares.EQUAL:
        return actors
    weights = (*MARKET_SHARES, *(OTHER_MARKET_SHARE for _ in actors[len(MARKET_SHARES) :]))
    return tuple(actor._replace(weight=weight) for actor, weight in zip(actors, weights, strict=False))


def _former_rows(network_rows: Sequence[PartyRow]) -> dict[str, PartyRow]:
    """Of each group of distributors one company that it took over, by the name of the group (SIM)."""
    groups = {row.party_name for row in network_rows if row.role is UserRole.ED}
    independent = {licence.group for licence in DISTRIBUTION_LICENCES if licence.independent}
    return {
        group: PartyRow(
            Mpid(f"OLD{number}"), UserRole.ED, f"Taken over by {group}", _user_id(3, number), dcc_user=True
        )
        for number, group in enumerate(sorted(groups - independent), start=1)
    }


def _takeovers(parties: PartyTable, former_rows: Mapping[str, PartyRow]) -> tuple[Takeover, ...]:
    formers = _actors(parties, tuple(former_rows.values()), UserRole.ED)
    named = {party.name: party for party in parties.parties}
    return tuple(
        Takeover(former._replace(weight=1.0), named[group])
        for former, group in zip(formers, former_rows, strict=True)
    )


def _actors(parties: PartyTable, rows: Sequence[PartyRow], role: UserRole) -> tuple[Actor, ...]:
    """The parties of the rows in a role, each once; all of them have a User Id."""
    found: dict[Party, Actor] = {}
    for row in rows:
        party = parties.party_of_mpid(row.mpid)
        if row.role is role and party is not None and row.user_id is not None and party not in found:
            found[party] = Actor(party, role, row.user_id, _weight(parties, party, role))
    return tuple(found.values())


def _weight(parties: PartyTable, party: Party, role: UserRole) -> float:
    """How big a party is: its metering points, millions; suppliers are all of one size (SIM)."""
    if role is UserRole.GT:
        return GAS_TRANSPORTER_MILLIONS[party.name]
    if role is not UserRole.ED:
        return 1.0
    held = {number for row in parties.rows_of(party) for number in row.distributor_ids}
    return sum(licence_weight(item) for item in DISTRIBUTION_LICENCES if item.distributor_id in held)
