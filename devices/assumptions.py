"""How a device behaves where no source could be read: named switches with a default each."""

from __future__ import annotations

from typing import NamedTuple


class DeviceAssumptions(NamedTuple):
    """The open points of GBCS that decide what a device does; every field is assumed, none confirmed."""

    party_numbers_only_rise: bool = True
    """4.3.1.5, 9.2: a party must exceed the number that it has reached itself, even after a lower floor."""

    floors_need_a_success: bool = True
    """13.3: a floor is applied only if at least one replacement of its role succeeded."""

    refusals_raise_alerts: bool = True
    """6.2.4: a refused command makes the device send an alert to the holder of the supplier cell."""


DEFAULT_ASSUMPTIONS = DeviceAssumptions()
