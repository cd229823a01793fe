"""What reading a DUIS document raises."""

from __future__ import annotations

from typing import Self


class DuisError(Exception):
    """A document that is not what DUIS says it should be.

    ``where`` names the element by its path (``Request/Header/RequestID``), ``what`` says what was found
    and what was expected. No other exception leaves the reader of a document, whatever the input.
    """

    def __init__(self, where: str, what: str) -> None:
        # Both parts stay the arguments, so that the error survives the way between processes.
        super().__init__(where, what)
        self.where = where
        self.what = what

    def within(self, name: str) -> Self:
        """The same error, of a path that begins one element further up."""
        return type(self)(f"{name}/{self.where}" if self.where else name, self.what)

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class ContentError(DuisError):
    """What the schema allows, but nobody can make sense of: the rule book refuses it, with a code."""


class SignatureError(DuisError):
    """An XML signature that is missing, not of the one profile that DUIS uses, or not valid."""
