"""Where the SM WAN is: what 12.1 answers, by UPRN, by address, or for a whole postcode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from dcc.bodies.inventory import Address, Uprn
from dcc.response_codes import ResponseCode
from dcc.service_responses import Coverage, CoverageDetails

REGIONS: Final = ("North", "Central", "South")
# What a region says of a place that it knows nothing of; the code's meaning was not seen.
_UNKNOWN: Final = ResponseCode.E120101


class RegionCoverage(NamedTuple):
    """What one region's provider says of a place."""

    csp_region: str
    available: bool
    technology: str
    likelihood: str


def postcode_key(postcode: str) -> str:
    """A postcode without spaces and in capitals, for comparison."""
    return "".join(postcode.split()).upper()


class WanCoverage:
    """The coverage table. An address with an empty identifier stands for its whole postcode.

    A place that is not in the table is unknown to every region.
    """

    def __init__(self, places: Mapping[Uprn | Address, tuple[RegionCoverage, ...]] | None = None) -> None:
        self._by_uprn: dict[int, tuple[RegionCoverage, ...]] = {}
        self._by_address: dict[tuple[str, str], tuple[RegionCoverage, ...]] = {}
        for place, coverage in (places or {}).items():
            if isinstance(place, Address):
                self._by_address[_address_key(place)] = coverage
            else:
                self._by_uprn[int(place)] = coverage

    def at(self, place: Uprn | Address) -> tuple[Coverage, ...]:
        """What each region says of a place, in the order of :data:`REGIONS`."""
        known = {entry.csp_region: entry for entry in self._entries(place)}
        regions = dict.fromkeys((*REGIONS, *known))
        return tuple(_coverage(region, known.get(region)) for region in regions)

    def _entries(self, place: Uprn | Address) -> tuple[RegionCoverage, ...]:
        if not isinstance(place, Address):
            return self._by_uprn.get(int(place), ())
        postcode, identifier = _address_key(place)
        return self._by_address.get((postcode, identifier), self._by_address.get((postcode, ""), ()))


def _address_key(address: Address) -> tuple[str, str]:
    identifier = " ".join(address.address_identifier.split()).casefold()
    return postcode_key(address.postcode), identifier


def _coverage(region: str, entry: RegionCoverage | None) -> Coverage:
    if entry is None:
        return Coverage(region, _UNKNOWN)
    details = CoverageDetails(entry.available, entry.technology, entry.likelihood)
    return Coverage(region, ResponseCode.I0, details)
