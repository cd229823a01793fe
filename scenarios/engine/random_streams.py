"""Named streams of random numbers: each decision has its own, so that runs can be compared draw by draw.

A stream is a function of the seed and its name. Two runs of one seed meet the same chance wherever they
decide the same thing, whatever else happened in between (common random numbers).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final, TypeVar

_Item = TypeVar("_Item")
_RESOLUTION_BITS: Final = 53
_STANDARD_NORMAL: Final = NormalDist()
_NORMAL_99TH: Final = _STANDARD_NORMAL.inv_cdf(0.99)


class RandomStream:
    """Independent draws, each made of SHA-256: the same on every platform and Python version.

    Except for :meth:`lognormal`, which uses the platform's ``log`` and ``exp``: C libraries may differ there
    in the last bit, so that a delay, rounded to milliseconds, may in rare cases come out one longer.
    """

    __slots__ = ("_drawn", "_key")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._drawn = 0

    def branch(self, name: str) -> RandomStream:
        """A stream apart, of this one's state and a name; this one goes on as if it were not there."""
        return RandomStream(
            hashlib.sha256(self._key + self._drawn.to_bytes(8, "big") + name.encode()).digest()
        )

    def unit(self) -> float:
        """A number from 0 to below 1."""
        digest = hashlib.sha256(self._key + self._drawn.to_bytes(8, "big")).digest()
        self._drawn += 1
        return (int.from_bytes(digest[:8], "big") >> (64 - _RESOLUTION_BITS)) / (1 << _RESOLUTION_BITS)

    def chance(self, probability: float) -> bool:
        """True with this probability: never at 0, always at 1."""
        return self.unit() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self.unit() * (high - low + 1))

    def pick(self, weighted: Sequence[tuple[_Item, float]]) -> _Item:
        """One of the items, each as likely as its weight; at least one weight is above 0."""
        remaining = self.unit() * math.fsum(weight for _, weight in weighted)
        chosen = None
        for item, weight in weighted:
            if weight <= 0:
                continue
            chosen = item
            remaining -= weight
            if remaining < 0:
                break
        if chosen is None:
            raise ValueError("nothing to pick: expected at least one weight above 0")
        return chosen

    def lognormal(self, median: float, percentile_99: float) -> float:
        """A lognormal number, given by its median and its 99th percentile."""
        sigma = math.log(percentile_99 / median) / _NORMAL_99TH
        # Half a step up: 0 itself has no place under the normal curve.
        uniform = self.unit() + 2.0 ** -(_RESOLUTION_BITS + 1)
        return median * math.exp(sigma * _STANDARD_NORMAL.inv_cdf(uniform))


class RandomStreams:
    """All streams of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def stream(self, *names: str | int) -> RandomStream:
        """The stream of a name in parts: ``stream("home", 17, "operator")``."""
        label = "/".join(map(str, (self._seed, *names)))
        return RandomStream(hashlib.sha256(label.encode()).digest())
