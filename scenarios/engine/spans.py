"""Spans of time that a study file gives by their shortest and longest: they have to be in that order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scenarios.engine.family import Parameter
from scenarios.errors import InputError


def check_spans(inputs: Any, parameters: Iterable[Parameter], *spans: tuple[str, str]) -> None:
    """Check that of each two parameters the first is not above the second.

    Raises:
        InputError: one is.
    """
    paths = {parameter.name: parameter.path for parameter in parameters}
    for shortest, longest in spans:
        low, high = getattr(inputs, shortest), getattr(inputs, longest)
        if low > high:
            raise InputError(f"{paths[shortest]}: {low}, expected at most {paths[longest]}, which is {high}")
