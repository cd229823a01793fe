"""Switches that a scenario has nothing to do with: whoever turns them is told to expect no difference."""

from __future__ import annotations

from collections.abc import Iterable

from dcc.modifications import Modification
from dcc.releases import in_order, switch_labels
from scenarios.engine.family import Family
from scenarios.study.results import Plan


def note_on(family: Family, switches: Iterable[Modification]) -> str:
    """What is to be said of those switches on which nothing in a family depends; nothing where all do."""
    unrelated = in_order(set(switches) - {*family.compared, *family.also_met})
    if not unrelated:
        return ""
    names = ", ".join(switch_labels(unrelated))
    about = ", ".join(switch_labels((*family.compared, *family.also_met))) or "no modification"
    return (
        f"{names}: nothing in {family.name} depends on that, expect no difference by it; "
        f"what can make one here: {about}"
    )


def turned(plan: Plan) -> frozenset[Modification]:
    """The switches that are on in some variants of a plan and off in others."""
    sets = [frozenset(variant.modifications) for variant in plan.variants]
    return frozenset.union(*sets) - frozenset.intersection(*sets)
