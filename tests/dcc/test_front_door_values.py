"""What a document carries does what the value does: the same code, the same octets, the same people told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from duis_request_values import BODIES, requests
from hypothesis import given, settings
from hypothesis import strategies as st
from zaz1_worlds import (
    DEVICE_OF,
    ROLES,
    SUPPLIER,
    Zaz1World,
    templates,
    z1_certificate,
)

from dcc.bodies.meters import ConfigureAlerts
from dcc.dsp import Submission
from dcc.duis.front_door import FrontDoor
from dcc.duis.parsing import parse
from dcc.duis.requests import read_request
from dcc.duis.responses import read_response
from dcc.envelope import WebService
from dcc.identifiers import RequestId
from dcc.response_codes import ResponseCode, StandIns
from dcc.service_requests import CommandVariant, RequestBody, ServiceRequest
from dcc.service_responses import PreCommand
from dcc.services import SERVICES
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from scenarios.test_bed import ACB_ID

NON_DEVICE: Final = frozenset(
    {CommandVariant.LOCAL_COMMAND, CommandVariant.SIGNED_LOCAL_COMMAND, CommandVariant.DCC_ONLY}
)


class Twins:
    """Two identical DCCs: one is asked with values, the other with documents."""

    def __init__(self, by_value: Zaz1World, by_document: Zaz1World) -> None:
        self.by_value = by_value
        self.by_document = by_document
        self.open()

    def open(self) -> None:
        """Both without a past, but for the broker's counters, which have risen alike."""
        self._doors: tuple[FrontDoor, FrontDoor] = self.by_value.door(), self.by_document.door()

    def ask(self, request: ServiceRequest) -> Submission:
        """Ask both; what the one said that got the value, after the other has said the same."""
        of_value, of_document = self._doors
        now = self.by_value.now
        expected = of_value.dsp.submit(request, now)
        document = self.by_document.signed(request)
        reply = of_document.submit(document, _web_service(request), now)
        found = reply.submission
        assert found.request == expected.request
        assert found.response == expected.response
        assert found.command == expected.command
        assert found.notices == expected.notices
        assert found.decision.rejection == expected.decision.rejection
        answer = read_response(parse(reply.document), expected.response.recipient)
        code = ResponseCode(StandIns().wire_code(expected.response.code))
        assert answer == expected.response._replace(code=code)
        for notice in found.notices:
            assert read_response(parse(of_document.document(notice)), notice.recipient) == notice
        return expected

    def advance(self, days: int) -> None:
        """Both send what they have held until then."""
        later = self.by_value.now + timedelta(days=days)
        of_value, of_document = self._doors
        assert of_document.dsp.advance(later) == of_value.dsp.advance(later)


def _web_service(request: ServiceRequest) -> WebService:
    """The one that fits the Command Variant: values come by none, so there is no E13 for them."""
    if request.command_variant is CommandVariant.TRANSFORM:
        return WebService.TRANSFORM
    return WebService.NON_DEVICE if request.command_variant in NON_DEVICE else WebService.SEND_COMMAND


@pytest.fixture(scope="module")
def documents(conformance: Path) -> dict[str, bytes]:
    return templates(conformance)


@pytest.fixture(scope="module")
def twins(documents: dict[str, bytes]) -> Twins:
    z1 = z1_certificate(documents)
    return Twins(Zaz1World([z1]), Zaz1World([z1]))


def test_every_template(twins: Twins, documents: dict[str, bytes]) -> None:
    """Also the second call, where there is one, and what the DCC sends later."""
    commands = second_calls = 0
    for document in documents.values():
        twins.open()
        request = read_request(parse(document))
        first = twins.ask(request)
        commands += first.command is not None
        twins.ask(request)
        if isinstance(first.response.body, PreCommand):
            second = twins.ask(twins.by_value.second_call(request, first.response))
            second_calls += second.command is not None
        twins.advance(days=2000)
    assert commands > 20
    assert second_calls > 3


def test_templates_one_after_another(twins: Twins, documents: dict[str, bytes]) -> None:
    """In one DCC, with counters that rise: what each leaves behind is the same for the next."""
    twins.open()
    codes = set()
    for counter, document in enumerate(documents.values(), start=5000):
        request = read_request(parse(document))
        request_id = request.request_id._replace(counter=OriginatorCounter(counter))
        codes.add(twins.ask(request._replace(request_id=request_id)).response.code)
    assert len(codes) > 6


def _some_twins() -> Iterator[Twins]:
    twins = Twins(Zaz1World(), Zaz1World())
    while True:
        yield twins


TWINS: Final = _some_twins()


def in_order(body: RequestBody) -> RequestBody:
    """A body as a document has it: settings in the order of their codes, which that of components follows."""
    if not isinstance(body, ConfigureAlerts):
        return body
    sorted_settings = {section: dict(sorted(codes.items())) for section, codes in body.settings.items()}
    return body._replace(settings=sorted_settings)


@pytest.mark.parametrize("srv", BODIES, ids=lambda srv: srv.value)
@settings(max_examples=5)
@given(data=st.data())
def test_requests_of_every_service(srv: Srv, data: st.DataObject) -> None:
    """Values of all kinds, sensible or not, from a User and to a device that it fits."""
    request = data.draw(requests(srv))
    request = request._replace(body=in_order(request.body))
    request_id = RequestId(
        data.draw(st.sampled_from(_senders(srv))),
        data.draw(st.sampled_from(_targets(srv))),
        request.request_id.counter,
    )
    preceding = data.draw(st.sampled_from([None, request.preceding]))
    twins = next(TWINS)
    twins.open()
    for variant in (request.command_variant, *_usual(srv)):
        asked = request._replace(request_id=request_id, command_variant=variant, preceding=preceding)
        twins.ask(asked)


def _senders(srv: Srv) -> list[Eui64]:
    return [user for user, roles in ROLES.items() if not SERVICES[srv].roles.isdisjoint(roles)] or [SUPPLIER]


def _targets(srv: Srv) -> list[Eui64]:
    service = SERVICES[srv]
    if service.non_device:
        return [ACB_ID]
    return [eui for kind, eui in DEVICE_OF.items() if kind in service.device_types]


def _usual(srv: Srv) -> list[CommandVariant]:
    service = SERVICES[srv]
    if service.non_device:
        return [CommandVariant.DCC_ONLY]
    return [CommandVariant.TRANSFORM] if service.critical else [CommandVariant.COMMAND]
