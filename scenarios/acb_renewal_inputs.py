"""Inputs of the family acb-renewal, each with what it means and where its default is from."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

from scenarios.bulk_campaign import Pace
from scenarios.engine.family import Parameter
from scenarios.engine.simulation import end_of_day
from scenarios.errors import InputError
from scenarios.outages import Outages, outage_parameters

_SETTLING: Final = timedelta(days=2)


class RenewalInputs(NamedTuple):
    """Inputs of the family; see :data:`PARAMETERS`. Days count from the first renewal."""

    meters: int = 200
    suppliers: int = 5
    hubs: bool = True
    installs_a_day: int = 1
    supplier_unplaced_share: float = 0.01
    operator_unplaced_share: float = 0.1
    start: date = date(2026, 1, 5)
    observed_days: int = 120
    factory_switch_days: int = 60
    renewals_a_day: int = 20
    hours_a_day: float = 24.0
    attempts: int = 3
    retry_days: float = 5.0
    renews_held_cells: bool = True
    switch_lag_hours: float = 0.0
    old_key_destroyed: bool = False
    destroyed_after_days: int = 60
    backs_out: bool = False
    back_out_after_days: int = 8
    late_handover_longest_days: int = 120
    new_handover_longest_days: int = 9
    handover_attempts: int = 3
    handover_retry_days: float = 5.0
    unreachable_share: float = 0.05
    never_back_share: float = 0.2
    outage_longest_days: float = 30.0

    @property
    def opens(self) -> datetime:
        """When the run opens: the fleet is installed before the first renewal is due."""
        return self.begins - _SETTLING

    @property
    def begins(self) -> datetime:
        """When the first renewal is due."""
        return datetime.combine(self.start, time(), UTC)

    @property
    def ends(self) -> datetime:
        """The last moment."""
        return end_of_day(self.begins + timedelta(days=self.observed_days - 1))

    @property
    def campaign_ends(self) -> datetime:
        """Before when devices are brought to the new certificates."""
        ends = self.ends
        if self.old_key_destroyed:
            ends = min(ends, self.after_days(self.destroyed_after_days))
        if self.backs_out:
            ends = min(ends, self.after_days(self.back_out_after_days))
        return ends

    @property
    def days(self) -> tuple[date, date]:
        """First and last day of the series."""
        return self.start, self.start + timedelta(days=self.observed_days - 1)

    @property
    def pace(self) -> Pace:
        """How many devices a day the DCC takes on."""
        return Pace(self.renewals_a_day, self.hours_a_day)

    @property
    def outages(self) -> Outages:
        """Which devices are out of reach when the campaign begins."""
        return Outages(self.unreachable_share, self.never_back_share, self.outage_longest_days)

    def after_days(self, days: int) -> datetime:
        """The moment so many days after the first renewal."""
        return self.begins + timedelta(days=days)


_UNPUBLISHED: Final = "assumed: how the DCC would renew its certificates was not published"
PARAMETERS: Final = (
    Parameter("population", "meters", "electricity meters at the beginning", "meters",
              "assumed: a sample", least=1, most=1_000_000, is_choice=True),
    Parameter("population", "suppliers", "suppliers, all of one size", "suppliers", least=1, most=999),
    Parameter("population", "hubs", "whether each home has a hub, which is renewed as well", ""),
    Parameter("population", "installs_a_day", "meters that are newly installed on each day", "meters a day",
              "assumed, in proportion to a fleet that still grows", least=0, most=100_000),
    Parameter("population", "supplier_unplaced_share",
              "share of the meters whose supplier cells still have the DCC's certificates", "share",
              least=0.0, most=1.0),
    Parameter("population", "operator_unplaced_share",
              "share of the meters whose network operator cells still have the DCC's certificates", "share",
              least=0.0, most=1.0),
    Parameter("time", "start", "day of the first renewal", "day",
              least=date(2020, 1, 1), most=date(2034, 1, 1), is_choice=True),
    Parameter("time", "observed_days", "days that are observed", "days", least=1, most=3660,
              is_choice=True),
    Parameter("time", "factory_switch_days", "days after which new meters come with the new certificates",
              "days", least=0, most=3660),
    Parameter("dcc", "renewals_a_day",
              "devices that the DCC tries to renew a day", "devices a day", _UNPUBLISHED,
              least=1, most=10_000_000),
    Parameter("dcc", "hours_a_day", "hours of the day over which renewals are spread", "hours", _UNPUBLISHED,
              least=0.01, most=24.0),
    Parameter("dcc", "attempts", "how often the DCC tries to renew a device at most", "times", _UNPUBLISHED,
              least=1, most=1000),
    Parameter("dcc", "retry_days", "until the DCC tries to renew a device again", "days", _UNPUBLISHED,
              least=0.0, most=3660.0),
    Parameter("dcc", "renews_held_cells",
              "whether the DCC also renews its certificates in cells of suppliers and network operators", "",
              _UNPUBLISHED),
    Parameter("dcc", "switch_lag_hours",
              "from a device's answer until the DCC's systems use the new key for it", "hours",
              _UNPUBLISHED, least=0.0, most=8760.0, high=24.0, range_source="assumed: a nightly update"),
    Parameter("dcc", "old_key_destroyed", "whether the old private keys are destroyed", "", _UNPUBLISHED),
    Parameter("dcc", "destroyed_after_days",
              "days after which the old private keys are destroyed, if they are", "days", _UNPUBLISHED,
              least=1, most=3660),
    Parameter("dcc", "backs_out", "whether the DCC brings devices back to the old certificates", "",
              _UNPUBLISHED),
    Parameter("dcc", "back_out_after_days",
              "days after which devices are brought back, if they are", "days", _UNPUBLISHED,
              least=1, most=3660),
    Parameter("delays", "late_handover_longest_days",
              "days within which suppliers make up for handovers that are missing at the beginning", "days",
              least=1, most=3660),
    Parameter("delays", "new_handover_longest_days",
              "days within which cells of a new meter are handed over", "days",
              "seven working days are nine days or more (SEC Appendix AC, post commissioning)",
              least=1, most=3660),
    Parameter("behaviour", "handover_attempts", "how often a supplier tries a handover at most", "times",
              least=1, most=1000),
    Parameter("delays", "handover_retry_days", "until a supplier tries a handover again", "days",
              least=0.0, most=3660.0),
    *outage_parameters("homes", "the renewal begins"),
)  # fmt: skip


def check_inputs(inputs: RenewalInputs) -> None:
    """Check that the inputs fit together.

    Raises:
        InputError: the DCC goes back to keys that it destroys.
    """
    if inputs.backs_out and inputs.old_key_destroyed:
        raise InputError("dcc.backs_out: true, expected false where dcc.old_key_destroyed is true")
