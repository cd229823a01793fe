"""How long messages take between parties, the DCC and devices."""

from __future__ import annotations

from typing import NamedTuple

from scenarios.engine.random_streams import RandomStream


class LinkDelays(NamedTuple):
    """How long messages take, in seconds; all assumed, none measured.

    A round trip over the SM WAN is lognormal by median and 99th percentile, half of it each way, and never
    longer than the longest. An answer that is not there after the response timeout is E21.
    """

    transform_shortest_seconds: float = 0.5
    transform_longest_seconds: float = 3.0
    wan_round_trip_median_seconds: float = 6.0
    wan_round_trip_99th_percentile_seconds: float = 30.0
    wan_round_trip_longest_seconds: float = 120.0
    response_timeout_seconds: float = 300.0

    @property
    def response_timeout_ms(self) -> int:
        """The response timeout in whole milliseconds."""
        return _ms(self.response_timeout_seconds)

    def transform_ms(self, chance: RandomStream) -> int:
        """How long a User waits for a Pre-Command, in milliseconds; one draw."""
        return chance.between(_ms(self.transform_shortest_seconds), _ms(self.transform_longest_seconds))

    def round_trip_ms(self, chance: RandomStream) -> int:
        """How long a round trip over the SM WAN takes, in milliseconds; one draw."""
        drawn = chance.lognormal(
            self.wan_round_trip_median_seconds, self.wan_round_trip_99th_percentile_seconds
        )
        return _ms(min(drawn, self.wan_round_trip_longest_seconds))


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
