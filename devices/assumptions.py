"""How a device behaves where no source could be read: named switches with a default each."""

from __future__ import annotations

import enum
from typing import NamedTuple


class PathTimes(enum.Enum):
    """When the certificates of a future-dated command have to be in their period of validity."""

    RECEIPT = "when the command is received"
    EXECUTION = "when it is executed"


class DeviceAssumptions(NamedTuple):
    """The open points of GBCS that decide what a device does; every field is assumed, none confirmed."""

    counters_strictly_rise: bool = True
    """4.3.1.5: a counter equal to the last one is a replay."""

    party_numbers_only_rise: bool = True
    """4.3.1.5, 9.2: a party must exceed the number that it has reached itself, even after a lower floor."""

    counter_moves_on_acceptance: bool = True
    """9.2: a future-dated command uses its number up when it is accepted, not when it is executed."""

    held_commands_outlive_authority: bool = True
    """13.3: a future-dated command is executed even if its originator has lost the authorising cell."""

    critical_and_other_messages_share_counters: bool = True
    """9.2: a role has one counter; if not, CS02a tells that of critical messages, and a floor sets both."""

    floors_need_a_success: bool = True
    """13.3: a floor is applied only if at least one replacement of its role succeeded."""

    updates_may_replace_nothing: bool = True
    """13.3: a CS02b without replacements is obeyed."""

    updates_may_name_a_cell_twice: bool = True
    """13.3: a CS02b may replace the same cell more than once; the last replacement that is good stands."""

    updates_may_name_another_party: bool = False
    """13.3: a CS02b may carry a supplementary remote party, which its response then repeats."""

    issuers_are_kept: bool = False
    """13.3: the issuing certificates of a path that was good serve later commands that do not bring them."""

    path_times: PathTimes = PathTimes.RECEIPT
    """13.3: which time the certificates of a future-dated command are checked against."""

    credential_reads_are_protected: bool = False
    """13.2: CS02a and CS02f are checked for replay, and use their number up, as an update does."""

    own_certificates_are_traced: bool = False
    """13.5: a CS02d is refused unless an issuing certificate that the device holds vouches for it."""

    new_key_signs_certificate_response: bool = False
    """13.5: the response to CS02d is signed with the new digital signing key, not the one before it."""

    refusals_raise_alerts: bool = True
    """6.2.4: a refused command makes the device send an alert to the holder of the supplier cell."""

    unsupported_raises_alert: bool = True
    """16: a device that speaks DLMS answers an unknown use case with alert 8F85."""


DEFAULT_ASSUMPTIONS = DeviceAssumptions()
