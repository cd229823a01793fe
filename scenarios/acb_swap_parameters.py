"""The parameters of the family ``acb-swap``: units, limits, and where the defaults come from."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from scenarios.engine.family import Parameter
from scenarios.outages import outage_parameters

# Certificates of the bench are good for ten years from the beginning of a run.
LONGEST_CAMPAIGN_DAYS: Final = 730
LONGEST_FOLLOW_UP_DAYS: Final = 1825
_SAMPLE: Final = "assumed: a sample; what counts is its ratio to the devices"


def _share(section: str, name: str, text: str, **ends: Any) -> Parameter:
    return Parameter(section, name, text, "share", least=0.0, most=1.0, **ends)


PARAMETERS: Final = (
    Parameter(
        "population",
        "devices",
        "gas proxy functions that hold the leaver's certificates; a sample of a real network",
        "devices",
        "assumed: a sample; Cadent's networks have about 11 million metering points (not confirmed)",
        least=1,
        most=1_000_000,
        is_choice=True,
    ),
    Parameter("population", "suppliers", "gas suppliers, all equally large", "suppliers", least=1, most=255),
    Parameter(
        "time",
        "start",
        "day of the first swap",
        "day",
        least=date(2020, 1, 1),
        most=date(2100, 1, 1),
        is_choice=True,
    ),
    Parameter(
        "time",
        "deadline_days",
        "from the first swap to the revocation of the leaver's certificates",
        "days",
        least=0,
        most=LONGEST_CAMPAIGN_DAYS,
        low=10,
        high=30,
        range_source="assumed: half of it, and to the sale",
    ),
    Parameter(
        "time",
        "sale_days",
        "from the first swap to the sale, from which suppliers place the successor's certificates",
        "days",
        least=0,
        most=LONGEST_CAMPAIGN_DAYS,
        low=20,
        high=60,
        range_source="assumed: from the deadline on, and twice it",
    ),
    Parameter(
        "time",
        "follow_up_days",
        "observed after the sale",
        "days",
        least=1,
        most=LONGEST_FOLLOW_UP_DAYS,
        is_choice=True,
    ),
    Parameter(
        "time",
        "mp128a_after_days",
        "from the first swap to MP128A's coming into force, where it is on: earlier swaps are not recorded",
        "days",
        least=0,
        most=LONGEST_CAMPAIGN_DAYS,
        high=5,
        range_source="assumed: half-way through the swaps of the default pace",
    ),
    Parameter(
        "dcc", "swaps_a_day", "commands of the leaver that go out a day", "commands a day", _SAMPLE, least=1
    ),
    Parameter(
        "dcc",
        "handovers_a_day",
        "commands of suppliers that go out a day",
        "commands a day",
        _SAMPLE,
        least=1,
    ),
    Parameter(
        "dcc",
        "hours_a_day",
        "hours of each day, from its beginning, over which swaps and handovers are spread",
        "hours",
        least=0.01,
        most=24.0,
    ),
    Parameter("dcc", "acb_counters", "how the DCC numbers its own commands", "", "assumed: not published"),
    Parameter(
        "dcc",
        "lost_records_heal",
        "whether an answer to 6.24.1 brings back a counter that the DCC lost; MP128A does not say",
        "",
    ),
    Parameter(
        "behaviour",
        "leaver_counters",
        "how the leaver numbers its requests: a User's own business",
        "",
        "assumed, as in public samples of requests",
    ),
    Parameter(
        "behaviour",
        "leaver_numbers_used",
        "numbers that the leaver has used on each device before, where it counts from a small number on",
        "numbers",
        least=1,
        most=1_000_000,
    ),
    _share(
        "behaviour",
        "floor_share",
        "share of devices to which the leaver sends a floor of 0 with its last command",
        high=1.0,
        range_source="assumed: to none or to all",
    ),
    Parameter(
        "behaviour",
        "swap_attempts",
        "how often the leaver asks a device at most",
        "times",
        least=1,
        most=1000,
    ),
    Parameter(
        "delays", "swap_retry_days", "until the leaver asks a device again", "days", least=0.0, most=3650.0
    ),
    Parameter(
        "behaviour",
        "handover_attempts",
        "how often a supplier asks a device at most",
        "times",
        least=1,
        most=1000,
    ),
    Parameter(
        "delays",
        "handover_retry_days",
        "until a supplier asks a device again",
        "days",
        least=0.0,
        most=3650.0,
    ),
    Parameter(
        "behaviour",
        "reads_after_silence",
        "whether suppliers read who is in the cells (6.24.1) of a device that stayed silent",
        "",
    ),
    *outage_parameters("devices", "the swaps begin"),
    _share("faults", "record_lost_share", "share of the counters recorded by MP128A that the DCC loses"),
)
"""What :class:`scenarios.acb_swap.SwapInputs` is made of."""
