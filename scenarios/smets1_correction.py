"""The family smets1-correction: wrong certificates on SMETS1 meters, and who can correct them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final

from dcc.modifications import Modification
from scenarios.engine.family import Family, RunSettings
from scenarios.engine.outcome import Outcome
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.run_kit import close_run, open_run
from scenarios.engine.simulation import end_of_day
from scenarios.smets1_correction_figures import FIGURES, figures_of
from scenarios.smets1_correction_inputs import PARAMETERS, CorrectionInputs, check_inputs
from scenarios.smets1_correction_operators import Operators
from scenarios.smets1_fleet import draw_fleet, holders, migrate_fleet
from scenarios.smets1_successors import succession_breaches


def run(inputs: CorrectionInputs, modifications: frozenset[Modification], settings: RunSettings) -> Outcome:
    """Run the family to the end of its last day.

    Raises:
        InputError: a shortest time is longer than the longest.
    """
    check_inputs(inputs)
    begins = datetime.combine(inputs.start, time(), UTC)
    fleet = draw_fleet(inputs.meters, inputs.suppliers, inputs.gas_share, RandomStreams(settings.seed))
    until = end_of_day(begins + timedelta(days=inputs.observed_days - 1))
    kit = open_run(settings, fleet.parties, fleet.users, begins, until, modifications)
    migrate_fleet(kit, fleet, inputs.start)
    operators = Operators(kit, fleet, inputs)
    for meter in fleet.meters:
        operators.plan_first(meter)
    kit.simulation.run()
    found = figures_of(kit.journal, fleet, inputs.days, holders(kit, fleet))
    breaches = (*found.breaches, *succession_breaches(kit, fleet, operators.successors))
    return close_run(kit, found.figures, found.series, found.tables, breaches)


FAMILY: Final = Family(
    "smets1-correction",
    "Wrong network operator certificates on SMETS1 meters",
    "How many SMETS1 meters have to be exchanged because nobody can correct their certificates?",
    "Network operators place their certificates on their SMETS1 meters (6.15.1), and now and then another's "
    "by mistake. They learn of it when the S1SP refuses their next request, since the slot is not theirs any "
    "more. The owner of the wrong certificate is then asked to put it right, which registration checks at "
    "DSP and S1SP forbid unless MP107 is in force at both: without it the meter has to be exchanged, for a "
    "SMETS2 one on which the supplier places the right certificates (6.21), the last that are placed there. "
    "A corrected meter stays and may be mistaken again: with MP107 there are more corrections than visits "
    "without it, and what is saved is the difference of the visits needed. No mistake is found before its "
    "operator's next placement: a short time has fewer visits than as much time later on.",
    CorrectionInputs,
    PARAMETERS,
    FIGURES,
    (Modification.MP107_DSP, Modification.MP107_S1SP),
    run,
    headline="visits_needed",
    check=check_inputs,
)
