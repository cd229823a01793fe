"""The published templates: each reads, and writes back to an equivalent and valid document."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from dcc.duis.errors import DuisError
from dcc.duis.namespaces import ds, local_name
from dcc.duis.parsing import parse
from dcc.duis.requests import encode_request, read_request
from dcc.duis.schema import DuisSchema
from dcc.service_requests import OtherBody
from dcc.services import SERVICES

_EUI64 = re.compile(r"(?:[0-9A-Fa-f]{2}-){7}[0-9A-Fa-f]{2}")
_DATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z")
_TIME = re.compile(r"([0-9]{2}:[0-9]{2}:[0-9]{2})(\.0*)?Z")


@pytest.fixture(scope="session")
def schema(conformance: Path) -> DuisSchema:
    return DuisSchema.load(conformance / "duis" / "schema")


@pytest.fixture(scope="session")
def templates(conformance: Path) -> list[Path]:
    return sorted((conformance / "duis" / "templates").iterdir())


def essence(root: etree._Element) -> object:
    """A document as nested values: what is equal here means the same."""
    return [
        local_name(root),
        sorted(root.items()),
        "" if len(root) else _normal(root.text or ""),
        [essence(child) for child in root if child.tag != ds("Signature")],
    ]


def _normal(text: str) -> str:
    if _DATE_TIME.fullmatch(text):
        return str(datetime.fromisoformat(text).astimezone(UTC))
    if time := _TIME.fullmatch(text):
        return time[1]
    return _EUI64.sub(lambda match: match[0].upper(), text)


def test_every_template_writes_back_to_an_equivalent_and_valid_document(
    templates: list[Path], schema: DuisSchema
) -> None:
    assert len(templates) == 216
    for path in templates:
        root = parse(path.read_bytes())
        request = read_request(root)
        document = encode_request(request)
        assert etree.tostring(parse(document), method="c14n") == document
        again = parse(document)
        schema.check(again)
        assert essence(again) == essence(root), path.name
        assert read_request(again) == request, path.name
        assert b">\n" not in document


def test_the_body_of_every_template_is_of_the_type_of_its_service(templates: list[Path]) -> None:
    for path in templates:
        request = read_request(parse(path.read_bytes()))
        service = SERVICES[request.srv]
        assert type(request.body) is service.body, path.name
        if isinstance(request.body, OtherBody):
            assert request.body.element == service.element


def test_execution_times_are_known_in_bodies_of_all_kinds(templates: list[Path]) -> None:
    for path in templates:
        document = path.read_bytes()
        body = read_request(parse(document)).body
        if b"ExecutionDateTime>" in document:
            assert body.execution_date_time.tzinfo is UTC, path.name  # type: ignore[union-attr]
        else:
            assert getattr(body, "execution_date_time", None) is None, path.name


def test_the_request_among_the_samples_that_is_invalid_names_its_fault(conformance: Path) -> None:
    samples = conformance / "duis" / "samples"
    for path in samples.glob("*REQUEST_DUIS*.XML"):
        document = path.read_bytes()
        if "invalid" in path.name:
            with pytest.raises(DuisError):
                read_request(parse(document))
        else:
            assert read_request(parse(document)).srv in SERVICES
