"""The real distribution licences and gas networks of Great Britain, and a party table made of them.

Distributor ids, participant ids, GSP groups and licence entities are as published. The groups that own
the licences today are general knowledge, not taken from a source: ``group_confirmed`` is False there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeVar

from dcc.identifiers import DistributorId, Mpid
from dcc.parties import Party, PartyRow, PartyTable, UserRole
from devices.gbcs.identifiers import Eui64

GSP_GROUPS: Final = tuple("ABCDEFGHJKLMNP")


class DistributionLicence(NamedTuple):
    """A distribution licence. ``gsp_groups`` are letters; an independent network may lie in any of them."""

    distributor_id: DistributorId
    mpid: Mpid
    gsp_groups: tuple[str, ...]
    area: str
    entity: str
    group: str
    independent: bool = False
    group_confirmed: bool = False


class GasNetwork(NamedTuple):
    """A gas network, the company that runs it and its local distribution zones."""

    name: str
    company: str
    ldz_codes: tuple[str, ...]


_UKPN: Final = "UK Power Networks"
_NGED: Final = "National Grid Electricity Distribution"
_SPEN: Final = "SP Energy Networks"
_NPG: Final = "Northern Powergrid"
_SSEN: Final = "SSEN"
_ENWL: Final = "Electricity North West"
_ANYWHERE: Final = "Great Britain"

_REGIONAL: Final = (
    (10, "EELC", "A", "East England", "Eastern Power Networks plc", _UKPN),
    (11, "EMEB", "B", "East Midlands", "WPD (East Midlands) plc", _NGED),
    (12, "LOND", "C", "London", "London Power Networks plc", _UKPN),
    (13, "MANW", "D", "North Wales, Merseyside, Cheshire", "SP Manweb plc", _SPEN),
    (14, "MIDE", "E", "West Midlands", "WPD (West Midlands) plc", _NGED),
    (15, "NEEB", "F", "North East England", "Northern Powergrid (Northeast) Ltd", _NPG),
    (16, "NORW", "G", "North West England", "Electricity North West Ltd", _ENWL),
    (17, "HYDE", "PN", "North Scotland", "Scottish Hydro Electric Power Distribution plc", _SSEN),
    (18, "SPOW", "N", "South Scotland", "SP Distribution Ltd", _SPEN),
    (19, "SEEB", "J", "South East England", "South Eastern Power Networks plc", _UKPN),
    (20, "SOUT", "H", "Southern England", "Southern Electric Power Distribution plc", _SSEN),
    (21, "SWAE", "K", "South Wales", "WPD (South Wales) plc", _NGED),
    (22, "SWEB", "L", "South West England", "WPD (South West) plc", _NGED),
    (23, "YELG", "M", "Yorkshire", "Northern Powergrid (Yorkshire) plc", _NPG),
)
_INDEPENDENT: Final = (
    (24, "IPNL", "Independent Power Networks"),
    (25, "LENG", "ESP Electricity"),
    (26, "GUCL", "Last Mile Electricity"),
    (27, "ETCL", "The Electricity Network Company"),
    (28, "EDFI", "UK Power Networks IDNO"),
    (29, "HARL", "Harlaxton"),
    (30, "PENL", "Leep"),
    (31, "UKPD", "UK Power Distribution"),
    (32, "UDNL", "Energy Assets Networks"),
    (33, "GGEN", "Eclipse"),
    (34, "MPDL", "Murphy"),
    (35, "FEAL", "Fulcrum"),
    (36, "VATT", "Vattenfall"),
    (37, "FORB", "Optimal"),
    (38, "INDI", "Indigo"),
)

DISTRIBUTION_LICENCES: Final = (
    *(
        DistributionLicence(DistributorId(number), Mpid(mpid), tuple(gsp), area, entity, group)
        for number, mpid, gsp, area, entity, group in _REGIONAL
    ),
    # Nothing is said of groups among the independent networks: each stands for itself.
    *(
        DistributionLicence(
            DistributorId(number), Mpid(mpid), GSP_GROUPS, _ANYWHERE, name, name, independent=True
        )
        for number, mpid, name in _INDEPENDENT
    ),
)

GAS_NETWORKS: Final = (
    GasNetwork("East of England", "Cadent", ("EA", "EM")),
    GasNetwork("North London", "Cadent", ("NT",)),
    GasNetwork("North West", "Cadent", ("NW",)),
    GasNetwork("West Midlands", "Cadent", ("WM",)),
    GasNetwork("North of England", "Northern Gas Networks", ("NE", "NO")),
    GasNetwork("Scotland", "SGN", ("SC",)),
    GasNetwork("Southern", "SGN", ("SE", "SO")),
    GasNetwork("Wales and South West", "Wales & West Utilities", ("WN", "WS", "SW")),
)

UserIdFor = Callable[[Party, UserRole], Eui64]
_Item = TypeVar("_Item")


def network_party_rows(user_id_for: UserIdFor) -> tuple[PartyRow, ...]:
    """The network parties as rows, all DCC Users: six groups, the independents, four gas transporters.

    ``user_id_for`` is asked once for each party and role. The participant ids of the gas transporters are
    invented (``GT01`` to ``GT04``).
    """
    rows: list[PartyRow] = []
    for group, licences in _grouped(DISTRIBUTION_LICENCES, lambda licence: licence.group):
        user_id = user_id_for(Party(licences[0].mpid, group), UserRole.ED)
        rows.extend(
            PartyRow(item.mpid, UserRole.ED, group, user_id, (item.distributor_id,), dcc_user=True)
            for item in licences
        )
    for number, (company, networks) in enumerate(_grouped(GAS_NETWORKS, lambda item: item.company), start=1):
        mpid = Mpid(f"GT{number:02d}")
        names = tuple(network.name for network in networks)
        user_id = user_id_for(Party(mpid, company), UserRole.GT)
        rows.append(PartyRow(mpid, UserRole.GT, company, user_id, gas_networks=names, dcc_user=True))
    return tuple(rows)


def network_party_table(user_id_for: UserIdFor, other_rows: Iterable[PartyRow] = ()) -> PartyTable:
    """A table of the network parties (:func:`network_party_rows`) and, after them, the rows given."""
    return PartyTable((*network_party_rows(user_id_for), *other_rows))


def _grouped(items: Iterable[_Item], key: Callable[[_Item], str]) -> Iterable[tuple[str, list[_Item]]]:
    groups: dict[str, list[_Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups.items()
