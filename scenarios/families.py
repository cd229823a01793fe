"""The families of scenarios, by name, in the order in which they are listed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scenarios import acb_renewal, acb_swap, gno_sale, recovery, smets1_correction, wave_family
from scenarios.engine.family import Family
from scenarios.errors import InputError

_ALL: Final[tuple[Family, ...]] = (
    wave_family.FAMILY,
    acb_swap.FAMILY,
    gno_sale.FAMILY,
    acb_renewal.FAMILY,
    smets1_correction.FAMILY,
    recovery.FAMILY,
)
FAMILIES: Final[Mapping[str, Family]] = MappingProxyType({family.name: family for family in _ALL})


def family_named(name: str) -> Family:
    """The family of a name.

    Raises:
        InputError: there is none.
    """
    family = FAMILIES.get(name)
    if family is None:
        raise InputError(f"scenario: {name!r}, expected one of: {', '.join(FAMILIES)}")
    return family
