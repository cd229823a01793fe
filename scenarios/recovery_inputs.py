"""Inputs of the family recovery, each with what it means and where its default is from."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

from scenarios.bulk_campaign import Pace
from scenarios.engine.family import Parameter
from scenarios.engine.simulation import end_of_day
from scenarios.outages import Outages, outage_parameters

_SETTLING: Final = timedelta(days=2)


class Order(enum.Enum):
    """Which meters are recovered first."""

    RANDOM = "random"
    OLDEST_FIRST = "oldest first"
    NEWEST_FIRST = "newest first"
    PREPAYMENT_FIRST = "prepayment first"


class MisuseWay(enum.Enum):
    """How commands under the stolen key come to have the DCC's MAC."""

    THROUGH_DCC = "through the DCC"
    """As the supplier's own do: the DCC refuses them once the certificates are revoked."""

    PAST_CHECKS = "past the DCC's checks"
    """By somebody inside: nothing but the meter itself decides on them."""


class RecoveryInputs(NamedTuple):
    """Inputs of the family; see :data:`PARAMETERS`. Times count from when the key falls into wrong hands."""

    meters: int = 200
    prepayment_share: float = 0.15
    oldest_years: int = 10
    start: date = date(2026, 1, 5)
    observed_days: int = 60
    detected_after_hours: float = 24.0
    decided_after_hours: float = 24.0
    new_credentials_after_hours: float = 72.0
    recoveries_a_day: int = 20
    hours_a_day: float = 24.0
    order: Order = Order.RANDOM
    attempts: int = 10
    retry_days: float = 2.0
    sets_floor: bool = True
    replacements_a_day: int = 40
    replacement_attempts: int = 5
    replacement_retry_days: float = 2.0
    unreachable_share: float = 0.05
    never_back_share: float = 0.2
    outage_longest_days: float = 20.0
    misuse_a_day: int = 0
    misuse_way: MisuseWay = MisuseWay.PAST_CHECKS

    @property
    def opens(self) -> datetime:
        """When the run opens: the fleet is installed before anything happens."""
        return self.compromised - _SETTLING

    @property
    def compromised(self) -> datetime:
        """When the key falls into wrong hands."""
        return datetime.combine(self.start, time(), UTC)

    @property
    def detected(self) -> datetime:
        """When that is found out, and the certificates are revoked."""
        return self.compromised + timedelta(hours=self.detected_after_hours)

    @property
    def recovery_begins(self) -> datetime:
        """When the first meter is recovered."""
        return self.detected + timedelta(hours=self.decided_after_hours)

    @property
    def credentials_come(self) -> datetime:
        """When the supplier has new certificates."""
        return self.detected + timedelta(hours=self.new_credentials_after_hours)

    @property
    def ends(self) -> datetime:
        """The last moment."""
        return end_of_day(self.compromised + timedelta(days=self.observed_days - 1))

    @property
    def days(self) -> tuple[date, date]:
        """First and last day of the series."""
        return self.start, self.start + timedelta(days=self.observed_days - 1)

    @property
    def pace(self) -> Pace:
        """How many meters a day the DCC recovers."""
        return Pace(self.recoveries_a_day, self.hours_a_day)

    @property
    def outages(self) -> Outages:
        """Which meters are out of reach when the recovery begins."""
        return Outages(self.unreachable_share, self.never_back_share, self.outage_longest_days)


_UNPUBLISHED: Final = "assumed: no recovery of a fleet was ever published"
PARAMETERS: Final = (
    Parameter("population", "meters", "electricity meters of the supplier whose key is compromised", "meters",
              "assumed: a sample", least=1, most=1_000_000, is_choice=True),
    Parameter("population", "prepayment_share", "share of the meters in prepayment mode", "share",
              "assumed, of the order of what Ofgem tells of electricity customers", least=0.0, most=1.0),
    Parameter("population", "oldest_years", "years over which the meters were installed, evenly", "years",
              least=1, most=20),
    Parameter("time", "start", "day on which the key falls into wrong hands", "day",
              least=date(2020, 1, 1), most=date(2034, 1, 1), is_choice=True),
    Parameter("time", "observed_days", "days that are observed from the loss of the key on", "days",
              least=1, most=3660, is_choice=True),
    Parameter("delays", "detected_after_hours",
              "from the loss of the key until it is found out, and the certificates are revoked", "hours",
              least=0.0, most=8760.0),
    Parameter("delays", "decided_after_hours",
              "from the finding until the DCC recovers the first meter", "hours",
              _UNPUBLISHED, least=0.0, most=8760.0),
    Parameter("delays", "new_credentials_after_hours",
              "from the finding until the supplier has new certificates", "hours", least=0.0, most=8760.0),
    Parameter("dcc", "recoveries_a_day",
              "meters that the DCC tries to recover a day", "meters a day", _UNPUBLISHED,
              least=1, most=10_000_000),
    Parameter("dcc", "hours_a_day",
              "hours of the day over which recoveries are spread, and what the supplier takes back", "hours",
              _UNPUBLISHED, least=0.01, most=24.0),
    Parameter("dcc", "order", "which meters are recovered first", "", _UNPUBLISHED),
    Parameter("dcc", "attempts", "how often the DCC tries to recover a meter at most", "times", _UNPUBLISHED,
              least=1, most=1000),
    Parameter("dcc", "retry_days", "until the DCC tries to recover a meter again", "days", _UNPUBLISHED,
              least=0.0, most=3660.0),
    Parameter("dcc", "sets_floor", "whether the recovery lowers the supplier's counter in the meter to 0", "",
              "assumed: GBCS 13.3 allows it"),
    Parameter("behaviour", "replacements_a_day", "recovered meters that the supplier takes back a day",
              "meters a day", least=1, most=10_000_000),
    Parameter("behaviour", "replacement_attempts",
              "how often the supplier tries to take a meter back at most", "times",
              least=1, most=1000),
    Parameter("delays", "replacement_retry_days",
              "until the supplier tries to take a meter back again", "days",
              least=0.0, most=3660.0),
    *outage_parameters("meters", "the recovery begins"),
    Parameter("misuse", "misuse_a_day",
              "commands that whoever has the key sends a day in the supplier's name, each to any meter; at 0 "
              "exposure alone is counted, the most that could be done", "commands a day",
              "assumed: nothing is known of such a thief", least=0, most=1_000_000, low=0, high=20,
              range_source="assumed: none, or as many as meters recovered a day"),
    Parameter("misuse", "misuse_way", "how these commands come to have the DCC's MAC, which meters want", "",
              "assumed: the worst case"),
)  # fmt: skip
