"""The rule book for one request, without cryptography: at most 100 microseconds.

Its floor is a function that does nothing, called once for each rule. Certificates are met again and again, so
that their paths are remembered, as in the day of a DCC.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from comparison import Measure, batches_needed
from home import START, Home, make_home

from dcc.anomaly import Threshold
from dcc.bodies.reads import ReadLog
from dcc.envelope import Envelope, WebService
from dcc.rules.order import RULE_BOOK, decide
from dcc.rules.view import RequestView
from dcc.service_requests import ServiceRequest
from dcc.smki.profiles import CertificatePurpose
from dcc.srv import Srv
from devices.gbcs.identifiers import RemotePartyRole

_ROUNDS = 30
_REQUESTS = 300
_MOST_MICROSECONDS = 100.0
# A busy machine must not fail a measurement.
_TOLERANCE = 2.0
_NOW = START + timedelta(hours=2)

Make = Callable[[Home], ServiceRequest]


def read(home: Home) -> ServiceRequest:
    body = ReadLog(START, _NOW)
    return home.operators[0].request(Srv.READ_NETWORK_DATA, home.meter.eui, body, _NOW)


def transform(home: Home) -> ServiceRequest:
    holder, taker = home.operators
    body = holder.replacement(taker.credentials)
    return holder.request(Srv.UPDATE_CREDENTIALS, home.meter.eui, body, _NOW)


@pytest.fixture
def home() -> Home:
    return make_home()


@pytest.mark.parametrize("make", [read, transform], ids=lambda make: make.__name__)
def test_rule_book(measure: Measure, home: Home, make: Make) -> None:
    name = {"read": "4.10", "transform": "6.15.1, transform"}[make.__name__]
    check(measure, f"rule book: {name}", home, make)


def test_rule_book_with_document_and_thresholds(measure: Measure, home: Home) -> None:
    """Every step has something to say: whose signature it was, and how many came before."""
    user = home.operators[0].user_id
    issued = home.bed.smki.issue_organisation(
        user, RemotePartyRole.NETWORK_OPERATOR, CertificatePurpose.XML_SIGNING, home.bed.certified_from
    )
    thresholds = [Threshold(frozenset(Srv), 10**6, timedelta(days=1))]
    home.bed.world.anomaly.set_user_thresholds(user, thresholds)
    home.bed.world.anomaly.set_dcc_thresholds(thresholds)
    envelope = Envelope(WebService.SEND_COMMAND, issued.certificate)
    check(measure, "rule book: 4.10 as a document, with thresholds", home, read, envelope)


def check(measure: Measure, name: str, home: Home, make: Make, envelope: Envelope | None = None) -> None:
    """Each request is new: it uses its RequestID up."""
    world = home.bed.world

    def work(requests: list[ServiceRequest]) -> None:
        for request in requests:
            rejection = decide(RequestView(request, world, _NOW, envelope)).rejection
            if rejection is not None:
                raise AssertionError(rejection)

    def floor(requests: list[ServiceRequest]) -> None:
        for request in requests:
            for _ in RULE_BOOK:
                nothing(request)

    requests = [[make(home) for _ in range(_REQUESTS)] for _ in range(batches_needed(_ROUNDS))]
    batches = [(batch, batch) for batch in requests]
    measure.beside_floor(name, work, floor, batches, items=_REQUESTS, rounds=_ROUNDS)
    found = measure.results[-1].ours_microseconds
    assert found < _TOLERANCE * _MOST_MICROSECONDS, f"{name}: {found:.0f} us, target {_MOST_MICROSECONDS:.0f}"


def nothing(_: ServiceRequest) -> None:
    """As little as a rule could do."""
