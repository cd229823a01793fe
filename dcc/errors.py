"""The typed error of the DCC's values: what a field held and what it should have held."""

from __future__ import annotations


class DccValueError(ValueError):
    """A value that cannot be taken: ``field`` names it, ``value`` is what came, ``expected`` what fits."""

    def __init__(self, field: str, value: object, expected: str) -> None:
        # The three parts stay the arguments, so that the error survives the way between processes.
        super().__init__(field, value, expected)
        self.field = field
        self.value = value
        self.expected = expected

    def __str__(self) -> str:
        return f"{self.field}: {self.value!r}, expected {self.expected}"
