"""Inputs of the family smets1-correction, each with what it means and where its default is from."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, NamedTuple

from scenarios.engine.family import Parameter
from scenarios.engine.spans import check_spans


class CorrectionInputs(NamedTuple):
    """Inputs of the family; see :data:`PARAMETERS`."""

    meters: int = 300
    suppliers: int = 5
    gas_share: float = 0.4
    start: date = date(2026, 1, 5)
    observed_days: int = 180
    mistake_rate: float = 0.05
    action_shortest_days: int = 45
    action_longest_days: int = 90
    alerts_read_rate: float = 0.0
    other_operator_helps_rate: float = 1.0
    asked_first_working_days: int = 1
    asked_last_working_days: int = 10
    visit_first_working_days: int = 20
    visit_last_working_days: int = 60

    @property
    def days(self) -> tuple[date, date]:
        """First and last day of the run."""
        return self.start, self.start + timedelta(days=self.observed_days - 1)


_MP107_COUNT: Final = "SEC modification report MP107 says that no meter was affected so far"
PARAMETERS: Final = (
    Parameter("population", "meters", "SMETS1 devices: electricity meters and gas proxy functions", "devices",
              "assumed: a sample of 14.6 million (DESNZ statistics, end of 2023)", least=1, most=1_000_000,
              is_choice=True),
    Parameter("population", "suppliers", "suppliers of the meters, all of one size", "suppliers",
              least=1, most=999),
    Parameter("population", "gas_share", "share of the devices that serve gas", "share", least=0.0, most=1.0),
    Parameter("time", "start", "first day of the run", "day", least=date(2020, 1, 1), most=date(2040, 1, 1),
              is_choice=True),
    Parameter("time", "observed_days", "days that are observed", "days", least=1, most=3660,
              is_choice=True),
    Parameter("errors", "mistake_rate", "chance that an operator that places certificates places another's",
              "share of actions", f"assumed: {_MP107_COUNT}", least=0.0, most=1.0),
    Parameter("behaviour", "action_shortest_days", "shortest time between two placements on a meter", "days",
              least=1, most=3660),
    Parameter("behaviour", "action_longest_days", "longest time between two placements on a meter", "days",
              least=1, most=3660),
    Parameter("behaviour", "alerts_read_rate",
              "chance that an operator sees in the DCC's alert (N42) that it placed another's", "share",
              "assumed: MP107 has operators find out by a refusal", least=0.0, most=1.0, high=0.5,
              range_source="assumed: every second alert at best"),
    Parameter("behaviour", "other_operator_helps_rate",
              "chance that the owner of the wrong certificate tries to correct it when it is asked", "share",
              least=0.0, most=1.0, low=0.5, range_source="assumed: every second owner at least"),
    Parameter("delays", "asked_first_working_days", "shortest time until the other operator acts",
              "working days", least=1, most=999),
    Parameter("delays", "asked_last_working_days", "longest time until the other operator acts",
              "working days", least=1, most=999),
    Parameter("delays", "visit_first_working_days", "shortest time until a stuck meter is exchanged",
              "working days", least=1, most=999),
    Parameter("delays", "visit_last_working_days", "longest time until a stuck meter is exchanged",
              "working days", least=1, most=999),
)  # fmt: skip


def check_inputs(inputs: CorrectionInputs) -> None:
    """Check that the inputs fit together.

    Raises:
        InputError: a shortest time is longer than the longest.
    """
    check_spans(
        inputs,
        PARAMETERS,
        ("action_shortest_days", "action_longest_days"),
        ("asked_first_working_days", "asked_last_working_days"),
        ("visit_first_working_days", "visit_last_working_days"),
    )
