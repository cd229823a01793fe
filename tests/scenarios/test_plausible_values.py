"""What else an input might be: the ends that a family states, the rule for the others, limits."""

from __future__ import annotations

import enum
from datetime import date
from typing import Any, NamedTuple

import pytest
from study_worlds import TOY

from scenarios.engine.family import Family, Parameter, Value
from scenarios.engine.ranges import BY_RULE, plausible_values
from scenarios.families import FAMILIES


class Kind(enum.Enum):
    ONE = "one"
    TWO = "two"
    THREE = "three"


def values_of(default: Any, own: Value | None = None, **more: Any) -> tuple[Value, ...]:
    class Inputs(NamedTuple):
        it: Any = default

    parameter = Parameter("some", "it", "it", "", **more)
    family = TOY._replace(inputs_type=Inputs, parameters=(parameter,))
    return plausible_values(family, parameter, own).values


SHARE = {"least": 0.0, "most": 1.0}


@pytest.mark.parametrize(
    ("default", "limits", "expected"),
    [
        (8, {"least": 1, "most": 100}, (4, 16)),
        (5, {"least": 1}, (2, 10)),
        (1, {"least": 1}, (2,)),
        (1, {"least": 0}, (0, 2)),
        (0, {"least": 0}, ()),
        (24.0, {"least": 0.01, "most": 24.0}, (12.0,)),
        (0.2, SHARE, (0.1, 0.4)),
        (0.5, SHARE, (0.25, 1.0)),
        (0.9, SHARE, (0.8, 0.95)),
        (0.0, SHARE, (0.1,)),
        (1.0, SHARE, (0.9,)),
        (True, {}, (False,)),
        (Kind.TWO, {}, ("one", "three")),
        ("a folder", {}, ()),
        (date(2026, 3, 1), {"least": date(2026, 2, 20)}, (date(2026, 2, 20), date(2026, 3, 29))),
    ],
)
def test_the_rule(default: Any, limits: dict[str, Any], expected: tuple[Value, ...]) -> None:
    assert values_of(default, **limits) == expected


def test_stated_ends_go_before_the_rule_while_the_value_lies_between_them() -> None:
    ends = {"low": 3, "high": 9, "least": 1}
    assert values_of(8, **ends) == (3, 9)
    assert values_of(8, 9, **ends) == (3,)
    assert values_of(8, 10, **ends) == (5, 20)
    assert values_of(0, high=1) == (1,)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
def test_plausible_values_are_possible_and_not_the_default(family: Family) -> None:
    for parameter in family.parameters:
        values, source = plausible_values(family, parameter)
        stated = parameter.low is not None or parameter.high is not None
        assert stated is (source != BY_RULE), parameter.path
        assert not stated or parameter.range_source
        assert family.default(parameter) not in values
        for value in values:
            inputs = family.inputs({parameter.name: value})
            if family.check is not None:
                family.check(inputs)
        if not values:
            assert parameter.is_choice, f"{parameter.path} can never be varied"


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
def test_the_headline_is_a_figure_with_a_direction(family: Family) -> None:
    (headline,) = (figure for figure in family.figures if figure.name == family.headline_figure)
    assert headline.better
