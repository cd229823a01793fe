"""What else an input might plausibly be: the ends that its family states, or those of a rule.

The rule is :data:`RULE`. It knows nothing of the input: what it gives is a question, not an estimate.
"""

from __future__ import annotations

import enum
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from scenarios.engine.family import Family, Parameter, Value, written

RULE: Final = (
    "half and twice the value, whole numbers rounded down; of a share above one half, the rest to 1 halved "
    "and doubled; a share of 0 up to 0.1 and of 1 down to 0.9; a day four weeks earlier and later; of a "
    "choice each other one; all within the limits"
)
BY_RULE: Final = "by rule"
"""Where the ends come from that no family states."""

_FOUR_WEEKS: Final = timedelta(days=28)
_SMALL_SHARE: Final = 0.1
_DIGITS: Final = 12
"""So many digits of what is reckoned are kept: 0.1 doubled and taken from 1 is not 0.7999999999999998."""


class PlausibleValues(NamedTuple):
    """The values beside an input's own, the lowest first, and where they come from; there may be none."""

    values: tuple[Value, ...]
    source: str


def plausible_values(family: Family, parameter: Parameter, value: Value | None = None) -> PlausibleValues:
    """What a parameter might plausibly be other than ``value``, by default the family's own.

    The ends that the family states hold for any value between them; for others it is the rule.
    """
    default = family.inputs_type._field_defaults[parameter.name]
    own = family.default(parameter) if value is None else value
    low, high = parameter.low, parameter.high
    if (low is not None or high is not None) and _is_between(own, low, high):
        stated = tuple(end for end in (low, high) if end is not None and end != own)
        return PlausibleValues(stated, parameter.range_source)
    return PlausibleValues(_by_rule(parameter, default, own), BY_RULE)


def _is_between(own: Any, low: Any, high: Any) -> bool:
    return (low is None or low <= own) and (high is None or own <= high)


def _by_rule(parameter: Parameter, default: Any, own: Any) -> tuple[Value, ...]:
    if isinstance(default, enum.Enum):
        return tuple(written(member) for member in type(default) if written(member) != own)
    if isinstance(default, bool):
        return (not own,)
    if isinstance(default, date):
        ends: tuple[Any, ...] = (own - _FOUR_WEEKS, own + _FOUR_WEEKS)
    elif isinstance(default, int):
        ends = (own // 2, 2 * own)
    elif isinstance(default, float):
        ends = _of_share(own) if (parameter.least, parameter.most) == (0.0, 1.0) else (own / 2, 2 * own)
    else:
        return ()
    limited = (_limited(parameter, end) for end in ends)
    return tuple(dict.fromkeys(end for end in limited if end != own))


def _of_share(own: float) -> tuple[float, float]:
    rest = 1 - own
    if own <= 1 / 2:
        return own / 2, 2 * own or _SMALL_SHARE
    return round(1 - (2 * rest or _SMALL_SHARE), _DIGITS), round(1 - rest / 2, _DIGITS)


def _limited(parameter: Parameter, end: Any) -> Any:
    least: Any = parameter.least
    most: Any = parameter.most
    above = end if least is None else max(end, least)
    return above if most is None else min(above, most)
