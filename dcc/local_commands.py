"""Commands that Users took away to deliver on site, whose responses they may return by 8.13."""

from __future__ import annotations

from dataclasses import dataclass, field

from dcc.identifiers import RequestId


@dataclass(slots=True)
class LocalCommands:
    """The requests whose commands were given out for local delivery."""

    _given_out: set[RequestId] = field(default_factory=set)

    def note(self, request_id: RequestId) -> None:
        """Remember that the command of a request was given out for local delivery."""
        self._given_out.add(request_id)

    def __contains__(self, request_id: RequestId) -> bool:
        return request_id in self._given_out
