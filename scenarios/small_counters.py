"""A User that numbers its requests per device from a small number on, and not in milliseconds since 1970."""

from __future__ import annotations

import enum
from datetime import datetime

from dcc.identifiers import RequestId
from dcc.service_requests import RequestBody, ServiceRequest
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from scenarios.party_client import Delivery, PartyClient
from scenarios.test_bed import TestBed


class UserCounters(enum.Enum):
    """How a User numbers what it sends (what real ones do was not published)."""

    EPOCH_MILLISECONDS = "milliseconds since 1970"
    SMALL = "per device, from a small number"


class SmallCounterClient(PartyClient):
    """The User of another client, with numbers of its own: the first to each device is one above ``used``."""

    def __init__(self, client: PartyClient, bed: TestBed, used: int) -> None:
        super().__init__(client.credentials, bed.repository, bed.smki.issuer.certificate, bed.provider)
        self._used = used
        self._last_to: dict[Eui64, int] = {}

    def request(
        self,
        srv: Srv,
        target: Eui64,
        body: RequestBody,
        now: datetime,
        *,
        delivery: Delivery = Delivery.WAN,
        first_in_sequence: bool | None = None,
        preceding: RequestId | None = None,
    ) -> ServiceRequest:
        """See :meth:`PartyClient.request`."""
        request = super().request(
            srv,
            target,
            body,
            now,
            delivery=delivery,
            first_in_sequence=first_in_sequence,
            preceding=preceding,
        )
        number = self._last_to.get(target, self._used) + 1
        self._last_to[target] = number
        request_id = RequestId(self.user_id, request.request_id.target, OriginatorCounter(number))
        return request._replace(request_id=request_id)
