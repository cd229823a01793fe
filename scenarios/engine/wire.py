"""In which form Users and the DCC talk: as values, or as signed DUIS documents that both ends check.

The forms differ in what they cost, and in nothing else: the same requests get the same decisions.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from dcc.dsp import Dsp, Submission
from dcc.duis.front_door import FrontDoor
from dcc.envelope import WebService
from dcc.rules.envelope import WEB_SERVICE_OF
from dcc.service_requests import ServiceRequest
from dcc.service_responses import ServiceResponse
from devices.gbcs.identifiers import Eui64
from scenarios.duis_client import DuisParty


class WireForm(enum.StrEnum):
    """What goes between Users and the DCC."""

    VALUES = "values"
    DUIS = "duis"


class Wire(Protocol):
    """The way between Users and the DCC."""

    def submit(self, request: ServiceRequest, now: datetime) -> tuple[Submission, ServiceResponse]:
        """Carry a request to the DCC: what the DSP made of it, and the answer as its User reads it."""
        ...

    def hand_over(self, response: ServiceResponse) -> ServiceResponse:
        """Carry a response or alert to its User, who reads it."""
        ...


class ValueWire:
    """Requests and responses as they are."""

    def __init__(self, dsp: Dsp) -> None:
        self._dsp = dsp

    def submit(self, request: ServiceRequest, now: datetime) -> tuple[Submission, ServiceResponse]:
        """See :class:`Wire`."""
        submission = self._dsp.submit(request, now)
        return submission, submission.response

    def hand_over(self, response: ServiceResponse) -> ServiceResponse:
        """See :class:`Wire`."""
        return response


class DuisWire:
    """Requests and responses as signed documents; codes of ours arrive as their stand-ins."""

    def __init__(self, front_door: FrontDoor, parties: Mapping[Eui64, DuisParty]) -> None:
        self._front_door = front_door
        self._parties = parties

    def submit(self, request: ServiceRequest, now: datetime) -> tuple[Submission, ServiceResponse]:
        """See :class:`Wire`.

        Raises:
            DuisError: one side cannot read what the other has written.
        """
        party = self._parties[request.request_id.originator]
        web_service = WEB_SERVICE_OF.get(request.command_variant, WebService.NON_DEVICE)
        reply = self._front_door.submit(party.sign_request(request), web_service, now)
        return reply.submission, party.open_answer(request, reply.document)

    def hand_over(self, response: ServiceResponse) -> ServiceResponse:
        """See :class:`Wire`. What is for nobody on this wire stays as it is.

        Raises:
            DuisError: the User cannot read the document.
        """
        party = self._parties.get(response.recipient)
        return response if party is None else party.open_response(self._front_door.document(response))
