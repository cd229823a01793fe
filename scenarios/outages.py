"""Homes that are out of reach when a campaign begins: how many, and for how long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from devices.gbcs.identifiers import Eui64
from scenarios.engine.family import Parameter
from scenarios.engine.run_kit import RunKit
from scenarios.engine.simulation import Conversation

_DAY_MS: Final = 86_400_000
_MILLISECOND: Final = timedelta(milliseconds=1)
_LONGEST_DAYS: Final = 3660.0


class Outages(NamedTuple):
    """Which homes cannot be reached from a moment on.

    ``share`` of them, of which ``never_back_share`` stay away; each of the others is back after a time of up
    to ``longest_days``, every moment as likely.
    """

    share: float
    never_back_share: float
    longest_days: float


class Away(NamedTuple):
    """A home by its number, and the devices that are out of reach with it; acts name the first."""

    home: int
    devices: tuple[Eui64, ...]


def plan_outages(kit: RunKit, homes: Iterable[Away], outages: Outages, begins: datetime) -> None:
    """Have homes go out of reach at a moment, and come back; draws are the same whatever the shares are."""
    for home in homes:
        chance = kit.streams.stream("home", home.home, "outage")
        out, for_good = chance.chance(outages.share), chance.chance(outages.never_back_share)
        away_ms = round(chance.unit() * outages.longest_days * _DAY_MS)
        if out:
            kit.simulation.begin(begins, partial(_reach, kit, home, reachable=False))
            if not for_good:
                # After the beginning also where that is no time at all.
                back = begins + (away_ms + 1) * _MILLISECOND
                kit.simulation.begin(back, partial(_reach, kit, home, reachable=True))


def _reach(kit: RunKit, home: Away, *, reachable: bool) -> Conversation[None]:
    for device in home.devices:
        kit.link.set_reachable(device, reachable=reachable)
    kit.act("back in reach" if reachable else "out of reach", device=home.devices[0], home=home.home)
    yield from ()


def outage_parameters(what: str, when: str) -> tuple[Parameter, Parameter, Parameter]:
    """The inputs of a family that :class:`Outages` is made of: ``what`` is out of reach, and since when."""
    return (
        Parameter(
            "faults",
            "unreachable_share",
            f"share of the {what} out of reach of the SM WAN when {when}",
            "share",
            least=0.0,
            most=1.0,
        ),
        Parameter(
            "faults",
            "never_back_share",
            f"share of the {what} out of reach at first that never come back",
            "share",
            least=0.0,
            most=1.0,
        ),
        Parameter(
            "faults",
            "outage_longest_days",
            f"time within which {what} out of reach at first are back, if ever; at any moment as likely",
            "days",
            least=0.0,
            most=_LONGEST_DAYS,
        ),
    )
