"""A file that a command writes: what goes wrong with it is bad input, in one line with the option."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from scenarios.errors import InputError


class OutputFile:
    """A text file to write, UTF-8 with line feeds; a context manager.

    Raises:
        InputError: it cannot be opened, written or closed, as when the disk is full.
    """

    def __init__(self, option: str, name: str, mode: str = "w") -> None:
        self._option = option
        self._name = name
        try:
            self._stream = Path(name).open(mode, encoding="utf-8", newline="\n")  # noqa: SIM115
        except OSError as error:
            raise self._problem(error) from None

    def write(self, text: str) -> int:
        """Write text; returns how many characters that were."""
        try:
            return self._stream.write(text)
        except OSError as error:
            raise self._problem(error) from None

    def close(self) -> None:
        """Write what is left, and close."""
        try:
            self._stream.close()
        except OSError as error:
            raise self._problem(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def _problem(self, error: OSError) -> InputError:
        reason = error.strerror or str(error)
        return InputError(f"{self._option}: {self._name!r}: {reason}, expected a file that can be written")
