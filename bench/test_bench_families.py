"""Runs of each family of scenarios beside the cryptography in them, and what 10,000 homes would take.

One run at its default size each, since a run is thousands of operations. The floor is as many signatures,
verifications, agreements and MACs as the run's tally has; making devices, with keys and certificates, counts
as work, and so does what SMETS1 services sign as XML.
"""

from __future__ import annotations

from time import perf_counter
from typing import Final, NamedTuple
from unittest.mock import patch

import pytest
from comparison import Comparison, Measure, Projection
from cryptography.hazmat.primitives.asymmetric import ec

from devices.gbcs.crypto import CryptoProvider, CryptoTally, KeyPair
from scenarios.engine import run_kit
from scenarios.engine.family import Family, RunSettings
from scenarios.families import FAMILIES
from scenarios.test_bed import TestBed

_PROJECTED: Final = 10_000
_MOST_SECONDS: Final = 120.0
_MESSAGE: Final = bytes(300)
_ONE, _OTHER = (KeyPair.from_seed(b"bench", name) for name in ("one", "other"))


class _Run(NamedTuple):
    seconds: float
    tally: CryptoTally


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_family(measure: Measure, family: Family) -> None:
    homes = _size(family)

    def work() -> tuple[_Run, float, _Run]:
        wire = _run(family, byte_share=1.0)
        return wire, _floor(wire.tally), _run(family, byte_share=0.0)

    wire, floor_seconds, mixed = measure.once(work)
    each, floor = (1e6 * seconds / homes for seconds in (wire.seconds, floor_seconds))
    measure.results.append(Comparison(f"{family.name}: a home of {homes}", each, floor, each / floor))
    for fidelity, run in (("wire", wire), ("stand-ins", mixed)):
        seconds = run.seconds * _PROJECTED / homes
        what = f"{family.name}: {_PROJECTED:,} homes, {fidelity}"
        measure.projections.append(Projection(what, seconds, _MOST_SECONDS))


def _run(family: Family, byte_share: float) -> _Run:
    """One run with the modifications that the family is about."""
    beds: list[TestBed] = []

    class Kept(TestBed):
        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, **named)  # type: ignore[arg-type]
            beds.append(self)

    with patch.object(run_kit, "TestBed", Kept):
        begun = perf_counter()
        outcome = family.run(family.inputs({}), frozenset(family.compared), RunSettings(1, byte_share))
        seconds = perf_counter() - begun
    assert outcome.breaches == ()
    (bed,) = beds
    return _Run(seconds, bed.provider.tally)


def _floor(tally: CryptoTally) -> float:
    """So many operations, on one pair of keys and a message of a middling length."""
    provider = CryptoProvider()
    signature = provider.sign(_ONE, _MESSAGE)
    private, public = _ONE.private_key(), _OTHER.private_key().public_key()
    begun = perf_counter()
    for _ in range(tally.signatures_made):
        provider.sign(_ONE, _MESSAGE)
    for _ in range(tally.signatures_verified):
        provider.verify(_ONE.public_point, _MESSAGE, signature)
    for _ in range(tally.secrets_agreed):
        private.exchange(ec.ECDH(), public)
    for _ in range(tally.macs_computed):
        provider.gmac(_MESSAGE[:16], _MESSAGE[:8], _MESSAGE)
    return perf_counter() - begun


def _size(family: Family) -> int:
    """How many homes a run has by default; those that come on the way are in proportion."""
    sizes = {item.name: family.default(item) for item in family.parameters if item.section == "population"}
    homes = next(value for value in sizes.values() if isinstance(value, int) and value > 1)
    assert not isinstance(homes, bool)
    return homes
