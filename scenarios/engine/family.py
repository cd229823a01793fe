"""What a family of scenarios is: a question, its inputs with their sources, and how it is run.

A family's inputs are a NamedTuple with a default for each field, the single place where the default stands.
A :class:`Parameter` says the rest of a field: unit, limits, where the value is from, and whether a source
confirms it. A study file has the parameters by section and name: ``[population] homes = 300``.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any, Final, NamedTuple, Protocol

from dcc.modifications import Modification
from scenarios.engine.journal import Journal
from scenarios.engine.outcome import Figure, Outcome
from scenarios.engine.trace import Trace
from scenarios.errors import InputError

Value = int | float | str | bool | date
"""What a parameter can be set to; a choice of an enumeration goes by its value."""

Progress = Callable[[float], None]
"""Is told how much of a run is done, 0 to 1."""

SIM: Final = "assumed"
"""Source of a default that no source gives."""


class Parameter(NamedTuple):
    """A field of a family's inputs, explained.

    ``least`` and ``most`` are the limits of a number or a day, both allowed. ``source`` says where the
    default comes from (document and figure), or that it is assumed; ``confirmed`` whether it states it.
    ``is_path`` tells a text that is a path: in a study file it is relative to that file.

    ``low`` and ``high`` are the ends of what the value might plausibly be instead, with ``range_source`` as
    where they come from; where neither is given, :mod:`scenarios.engine.ranges` has a rule. ``is_choice``
    tells a choice of whoever studies, such as the size of a sample: nothing of the world is assumed by it.
    """

    section: str
    name: str
    text: str
    unit: str
    source: str = SIM
    confirmed: bool = False
    least: Value | None = None
    most: Value | None = None
    is_path: bool = False
    low: Value | None = None
    high: Value | None = None
    range_source: str = SIM
    is_choice: bool = False

    @property
    def path(self) -> str:
        """Section and name: ``population.homes``."""
        return f"{self.section}.{self.name}"


class Fidelity(enum.Enum):
    """How much of a run is made of real cryptography.

    Both run the same rules over the same messages. ``MIXED`` has real signatures and key agreement for the
    share of homes that the inputs name, and for the others stand-ins, which nobody but their owner can make
    in the run but which prove nothing outside of it.
    """

    WIRE = "wire"
    MIXED = "mixed"


class RunSettings(NamedTuple):
    """What a run takes beside its inputs and the modifications; none of it decides the outcome but ``seed``.

    ``byte_share`` is the share of homes, 0 to 1, with real cryptography: 1 is fidelity ``WIRE``. ``journal``,
    where given, is filled with the events of the run.
    """

    seed: int
    byte_share: float = 1.0
    journal: Journal | None = None
    trace: Trace | None = None
    on_progress: Progress | None = None


class InputFile(NamedTuple):
    """A file that a run reads beside its inputs.

    ``problems`` are the first of the ``problem_count`` things in it that were passed over, each in a line.
    """

    name: str
    sha256: str
    problems: tuple[str, ...] = ()
    problem_count: int = 0


class Runner(Protocol):
    """Makes one run of a family: a function of its arguments and the version, of nothing else."""

    def __call__(self, inputs: Any, modifications: frozenset[Modification], settings: RunSettings) -> Outcome:
        """Run to the end.

        Raises:
            InputError: inputs that each are possible do not fit together.
        """


class Family(NamedTuple):
    """A family of scenarios.

    ``inputs_type`` is a NamedTuple class all of whose fields have a default; ``parameters`` explains each of
    them, in the order in which they are shown. ``compared`` are the switches that the family is about: by
    default without and with all of them, where they have effects ``apart`` each alone as well.
    ``also_met`` are others whose rules its runs can meet too: on any other nothing in it depends.
    ``files`` reads the files that inputs name, for those who want to know what a run was made of.
    ``check`` says of inputs that each are possible whether they fit together. ``headline`` names the figure
    that answers the question, by default the first of which it is said which way is better.
    """

    name: str
    title: str
    question: str
    text: str
    inputs_type: type[Any]
    parameters: tuple[Parameter, ...]
    figures: tuple[Figure, ...]
    compared: tuple[Modification, ...]
    run: Runner
    files: Callable[[Any], tuple[InputFile, ...]] | None = None
    check: Callable[[Any], None] | None = None
    headline: str = ""
    also_met: tuple[Modification, ...] = ()
    apart: bool = False

    @property
    def headline_figure(self) -> str:
        """The name of the figure that answers the question."""
        with_better = (figure.name for figure in self.figures if figure.better)
        return self.headline or next(with_better, self.figures[0].name)

    def default(self, parameter: Parameter) -> Value:
        """The default of a parameter, as it is written in a study file."""
        return written(self.inputs_type._field_defaults[parameter.name])

    def inputs(self, values: Mapping[str, Value]) -> Any:
        """The inputs with some values, by the name of the parameter, in place of the defaults.

        Raises:
            InputError: a value is of the wrong kind or out of its limits.
            KeyError: no parameter has that name.
        """
        by_name = {parameter.name: parameter for parameter in self.parameters}
        read = {name: self._read(by_name[name], value) for name, value in values.items()}
        return self.inputs_type(**read)

    def _read(self, parameter: Parameter, value: Value) -> Any:
        default = self.inputs_type._field_defaults[parameter.name]
        read = _as_kind_of(default, value, parameter.path)
        low, high = parameter.least, parameter.most
        if (low is not None and read < low) or (high is not None and read > high):
            raise InputError(
                f"{parameter.path}: {value}, expected {_limits(low, high)} {parameter.unit}".rstrip()
            )
        return read


def as_given(value: object) -> str:
    """A value as an error shows it: days and times as study files have them, all else as Python does."""
    return value.isoformat() if isinstance(value, (date, time)) else repr(value)


def written(value: Any) -> Value:
    """A value of an input as it is written: a member of an enumeration by its value."""
    plain: Value = value.value if isinstance(value, enum.Enum) else value
    return plain


def _limits(low: Value | None, high: Value | None) -> str:
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at least {low}" if high is None else f"at most {high}"


def _as_kind_of(default: Any, value: Value, path: str) -> Any:
    if isinstance(default, enum.Enum):
        kind = type(default)
        try:
            return kind(value)
        except ValueError:
            choices = ", ".join(str(member.value) for member in kind)
            raise InputError(f"{path}: {as_given(value)}, expected one of: {choices}") from None
    wanted = type(default)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, wanted) and isinstance(value, bool) is (wanted is bool):
        return value
    raise InputError(f"{path}: {as_given(value)}, expected {_KINDS[wanted]}")


_KINDS: Final[Mapping[type, str]] = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    date: "a day, YYYY-MM-DD",
}
