"""What the rules of each variant are: in force, presumed or withdrawn. No what-if passes for today's."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from dcc.modification_records import record_of
from dcc.modifications import Modification, SecModification
from dcc.releases import in_order, release_named, switch_labels
from scenarios.reporting.wording import sentence
from scenarios.study.results import Plan, Variant


class ModificationNote(NamedTuple):
    """A modification of the Code that a study has on in some variant and off in another, or on in all."""

    number: str
    title: str
    outcome: str
    outcome_confirmed: bool
    outcome_source: str
    in_force: str
    never_in_force: bool


def modification_notes(plan: Plan) -> tuple[ModificationNote, ...]:
    """What became of each modification of which anything is on in any variant."""
    on = in_order(item for variant in plan.variants for item in variant.modifications)
    records = {record_of(item).number: record_of(item) for item in on}
    return tuple(map(_note, records.values()))


def rules_in_words(variant: Variant) -> str:
    """The switches of a variant held against what is in force today, as far as that is known."""
    today = release_named("today")
    on = frozenset(variant.modifications)
    told = [f"{_listed(on)} {_are(on)} on" if on else "No modification is on"]
    never = {item for item in on if record_of(item).in_force.since is None}
    if never:
        told.append(f"A what-if: {_listed(never)} never came into force")
    if assumed := on & today.presumed:
        told.append(f"That {_listed(assumed)} came into force is presumed, not confirmed")
    if off := today.modifications - on:
        presumed = off & today.presumed
        some = f" (presumed of {_listed(presumed)})" if presumed else ""
        told.append(f"Not today's rules: {_listed(off)} {_are(off)} off here, though in force{some}")
    elif not never:
        told.append("Today's rules, as far as they are known")
    return " ".join(map(sentence, told))


def _listed(switches: Iterable[Modification]) -> str:
    return ", ".join(label.upper() if label.isalnum() else label for label in switch_labels(switches))


def _are(switches: Collection[Modification]) -> str:
    return "is" if len(switch_labels(switches)) == 1 else "are"


def _note(record: SecModification) -> ModificationNote:
    since, outcome = record.in_force.since, record.outcome
    if since is None:
        in_force = "never"
    else:
        status = "" if record.in_force.confirmed else ", presumed"
        in_force = f"since {since}{status} ({record.in_force.why})"
    return ModificationNote(
        record.number,
        record.title,
        outcome.text,
        outcome.confirmed,
        outcome.source,
        in_force,
        since is None,
    )
