"""The parameters of the family ``gno-sale``: units, limits, and where the defaults come from."""

from __future__ import annotations

from datetime import date
from typing import Final

from scenarios.acb_swap_parameters import LONGEST_CAMPAIGN_DAYS, LONGEST_FOLLOW_UP_DAYS
from scenarios.acb_swap_parameters import PARAMETERS as OF_SWAP
from scenarios.engine.family import Parameter
from scenarios.outages import outage_parameters

_SHARED: Final = {parameter.name: parameter for parameter in OF_SWAP}


def _shared(name: str, text: str | None = None) -> Parameter:
    """A parameter that the family ``acb-swap`` has too."""
    parameter = _SHARED[name]
    return parameter._replace(text=text or parameter.text)


PARAMETERS: Final = (
    _shared("devices", "gas proxy functions before the sale; a sample of a real network"),
    Parameter(
        "population",
        "new_devices",
        "gas proxy functions installed during the run, spread evenly from the first swap to the end",
        "devices",
        least=0,
        most=1_000_000,
    ),
    _shared("suppliers"),
    Parameter(
        "time",
        "sale",
        "day of the sale",
        "day",
        least=date(2020, 1, 1),
        most=date(2100, 1, 1),
        is_choice=True,
    ),
    Parameter(
        "time",
        "swap_days",
        "days before the sale in which the seller swaps, if it does",
        "days",
        least=0,
        most=LONGEST_CAMPAIGN_DAYS,
    ),
    Parameter(
        "time",
        "seller_leaves_days",
        "from the sale to the day on which the seller is no DCC User any more",
        "days",
        least=0,
        most=LONGEST_FOLLOW_UP_DAYS,
        high=90,
        range_source="assumed: a quarter of a year for closing down",
    ),
    Parameter(
        "time",
        "newcomer_after_days",
        "from the sale to the newcomer's becoming a DCC User, where it does so later",
        "days",
        least=0,
        most=LONGEST_FOLLOW_UP_DAYS,
    ),
    _shared("follow_up_days"),
    Parameter(
        "time", "report_days", "between two Post Commissioning reports from the sale on", "days", least=1
    ),
    Parameter("time", "read_days", "between two reads of a device", "days", least=0.01, most=3650.0),
    _shared("swaps_a_day", "commands of the seller that go out a day"),
    _shared("handovers_a_day", "commands of suppliers to installed devices that go out a day"),
    _shared("hours_a_day"),
    _shared("acb_counters"),
    Parameter(
        "behaviour",
        "swap_before",
        "whether the seller puts the broker's certificates on its devices before it leaves, and then has its "
        "own revoked",
        "",
        "MP128A makes it a duty; before, it was possible (Modification Report MP128A)",
        confirmed=True,
    ),
    Parameter("behaviour", "newcomer", "from when on the newcomer is a DCC User with certificates", ""),
    _shared("floor_share", "share of devices to which the seller sends a floor of 0 with its last command"),
    _shared("swap_attempts", "how often the seller asks a device at most"),
    _shared("swap_retry_days", "until the seller asks a device again"),
    Parameter(
        "behaviour",
        "placing_last_working_days",
        "a supplier places certificates on a new device 1 to so many working days after it installed it",
        "working days",
        least=1,
        most=250,
    ),
    Parameter(
        "behaviour",
        "stale_share",
        "share of new devices that get the old operator's certificates where the new one has none, while "
        "MP128B does not say that the broker's may stay",
        "share",
        least=0.0,
        most=1.0,
    ),
    _shared("handover_attempts"),
    _shared("handover_retry_days"),
    _shared("reads_after_silence"),
    Parameter(
        "behaviour",
        "reads_what_is_left",
        "whether suppliers read (6.24.1) a new device on which they leave the broker's certificates; else "
        "the report does not know whose it holds",
        "",
    ),
    Parameter(
        "behaviour",
        "read_share",
        "share of devices that their operator reads (4.1.1), from the first swap or the installation on",
        "share",
        least=0.0,
        most=1.0,
    ),
    *outage_parameters("devices", "the swaps begin"),
)
"""What :class:`scenarios.gno_sale.SaleInputs` is made of."""
