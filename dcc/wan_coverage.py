"""Where the SM WAN is: what 12.1 answers, by UPRN, by address, or for a whole postcode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcc.bodies.inventory import Address, Uprn
from dcc.response_codes import ResponseCode
from dcc.service_responses import Coverage, CoverageDetails

REGIONS: Final = ("North", "Central", "South")
# What a region says of a place that it knows nothing of; the code's meaning was not seen.
_UNKNOWN: Final = ResponseCode.E120101


RegionDetails = Mapping[str, CoverageDetails]
"""What each region's provider says of a place, by the DUIS token of the region."""


def postcode_key(postcode: str) -> str:
    """A postcode without spaces and in capitals, for comparison."""
    return "".join(postcode.split()).upper()


class WanCoverage:
    """The coverage table. An address with an empty identifier stands for its whole postcode.

    A place that is not in the table is unknown to every region.
    """

    def __init__(self, places: Mapping[Uprn | Address, RegionDetails] | None = None) -> None:
        self._by_uprn: dict[int, RegionDetails] = {}
        self._by_address: dict[tuple[str, str], RegionDetails] = {}
        for place, said in (places or {}).items():
            for region, details in said.items():
                self.add(place, region, details)

    def add(self, place: Uprn | Address, region: str, details: CoverageDetails) -> None:
        """Note what a region's provider says of a place; it replaces what the same one said before."""
        if isinstance(place, Address):
            key = _address_key(place)
            self._by_address[key] = {**self._by_address.get(key, {}), region: details}
        else:
            self._by_uprn[int(place)] = {**self._by_uprn.get(int(place), {}), region: details}

    def at(self, place: Uprn | Address) -> tuple[Coverage, ...]:
        """What each region says of a place, in the order of :data:`REGIONS`."""
        known = self._details(place)
        return tuple(_coverage(region, known.get(region)) for region in dict.fromkeys((*REGIONS, *known)))

    def _details(self, place: Uprn | Address) -> RegionDetails:
        if not isinstance(place, Address):
            return self._by_uprn.get(int(place), {})
        postcode, identifier = _address_key(place)
        whole_postcode = self._by_address.get((postcode, ""), {})
        return self._by_address.get((postcode, identifier), whole_postcode)


def _address_key(address: Address) -> tuple[str, str]:
    identifier = " ".join(address.address_identifier.split()).casefold()
    return postcode_key(address.postcode), identifier


def _coverage(region: str, details: CoverageDetails | None) -> Coverage:
    return Coverage(region, ResponseCode.I0, details) if details else Coverage(region, _UNKNOWN)
