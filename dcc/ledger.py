"""What the DSP remembers of the requests that it took: numbers, Pre-Commands, outcomes, sequences."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dcc.identifiers import RequestId
from dcc.service_requests import SIGNED_VARIANTS, CommandVariant, ServiceRequest
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64, OriginatorCounter


class _GivenOut(NamedTuple):
    srv: Srv
    digest: bytes


class RequestLedger:
    """Which RequestIDs were used at which stage, and what came of them."""

    def __init__(self) -> None:
        self._used: set[tuple[RequestId, bool]] = set()
        self._last: dict[tuple[Eui64, Eui64], OriginatorCounter] = {}
        self._pre_commands: dict[RequestId, _GivenOut] = {}
        self._succeeded: dict[RequestId, bool] = {}
        self._follower: dict[RequestId, RequestId] = {}
        self._quarantined: dict[int, ServiceRequest] = {}

    def is_used(self, request: ServiceRequest) -> bool:
        """Whether the RequestID was used before at this request's stage: transform, or everything else."""
        return (request.request_id, request.command_variant in SIGNED_VARIANTS) in self._used

    def is_known(self, request_id: RequestId) -> bool:
        """Whether the RequestID was used at any stage."""
        return (request_id, False) in self._used or (request_id, True) in self._used

    def last_counter(self, request_id: RequestId) -> OriginatorCounter | None:
        """The last counter from this originator to this target, None if there was none."""
        return self._last.get((request_id.originator, request_id.target))

    def consume(self, request: ServiceRequest) -> None:
        """Use a RequestID up, whatever becomes of the request."""
        request_id, signed = request.request_id, request.command_variant in SIGNED_VARIANTS
        self._used.add((request_id, signed))
        if not signed:
            self._last[request_id.originator, request_id.target] = request_id.counter

    def give_out(self, request: ServiceRequest, pre_command: bytes) -> None:
        """Remember the Pre-Command of a transform: the service, and a digest of its octets."""
        digest = hashlib.sha256(pre_command).digest()
        self._pre_commands[request.request_id] = _GivenOut(request.srv, digest)

    def service_given_out(self, request_id: RequestId) -> Srv | None:
        """The service for which a Pre-Command was given out under the RequestID."""
        given = self._pre_commands.get(request_id)
        return given.srv if given else None

    def was_given_out(self, request_id: RequestId, pre_command: bytes) -> bool:
        """Whether this is the Pre-Command that was given out under the RequestID."""
        given = self._pre_commands.get(request_id)
        return given is not None and given.digest == hashlib.sha256(pre_command).digest()

    def settle(self, request_id: RequestId, succeeded: bool) -> None:
        """Say what came of a request at its end; one that has succeeded cannot fail any more."""
        self._succeeded[request_id] = succeeded or self._succeeded.get(request_id, False)

    def outcome(self, request_id: RequestId) -> bool | None:
        """Whether a request succeeded; None while it is not settled, or not known."""
        return self._succeeded.get(request_id)

    def follow(self, request: ServiceRequest) -> None:
        """Note an accepted request as the one that follows the request it names as preceding."""
        if request.preceding is not None and request.command_variant is not CommandVariant.TRANSFORM:
            self._follower.setdefault(request.preceding, request.request_id)

    def leave_place(self, request: ServiceRequest) -> None:
        """Forget an accepted request as a follower, for another to take its place."""
        preceding = request.preceding
        if preceding is not None and self._follower.get(preceding) == request.request_id:
            del self._follower[preceding]

    def follower(self, request_id: RequestId) -> RequestId | None:
        """The request that follows another in a sequence."""
        return self._follower.get(request_id)

    def quarantine(self, request: ServiceRequest) -> int:
        """Hold a request back as an anomaly; the reference of the event, counted from 1."""
        reference = len(self._quarantined) + 1
        self._quarantined[reference] = request
        return reference

    @property
    def quarantined(self) -> Mapping[int, ServiceRequest]:
        """The requests that were held back, by reference."""
        return MappingProxyType(self._quarantined)
