"""Subscribers that will be no DCC Users any more: they subscribe to no further certificates (MP128A)."""

from __future__ import annotations

from datetime import datetime

from dcc.dates import utc_day
from devices.gbcs.identifiers import Eui64


class LeavingSubscribers:
    """The User Ids whose parties have said that they leave, and when they said so."""

    def __init__(self) -> None:
        self._since: dict[Eui64, datetime] = {}

    def mark(self, user_id: Eui64, at: datetime) -> None:
        """Note that the party of a User Id leaves; of several times the first counts.

        Raises:
            DccValueError: the time has no zone.
        """
        utc_day(at)
        self._since[user_id] = min(at, self._since.get(user_id, at))

    def stay(self, user_id: Eui64) -> None:
        """The party has thought better of it."""
        self._since.pop(user_id, None)

    def since(self, user_id: Eui64) -> datetime | None:
        """Since when a User Id is marked; None if it is not."""
        return self._since.get(user_id)

    def is_leaving(self, user_id: Eui64, at: datetime) -> bool:
        """Whether a User Id is marked at a time."""
        since = self._since.get(user_id)
        return since is not None and since <= at
