"""Requests that the DCC holds until their time (the future-dated response pattern "DSP" of DUIS)."""

from __future__ import annotations

from datetime import datetime

from dcc.service_requests import ServiceRequest


class HeldRequests:
    """Requests by their time; those of one time in the order in which they came."""

    def __init__(self) -> None:
        self._held: list[tuple[datetime, ServiceRequest]] = []

    def __len__(self) -> int:
        return len(self._held)

    @property
    def next_due(self) -> datetime | None:
        """When the first is due; None if nothing is held."""
        return self._held[0][0] if self._held else None

    def hold(self, request: ServiceRequest, until: datetime) -> None:
        """Keep a request."""
        self._held.append((until, request))
        # The sort is stable, and finds a list that is all but sorted.
        self._held.sort(key=lambda item: item[0])

    def take_due(self, now: datetime) -> tuple[ServiceRequest, ...]:
        """The requests whose time has come; they are held no longer."""
        due = [request for until, request in self._held if until <= now]
        del self._held[: len(due)]
        return tuple(due)
