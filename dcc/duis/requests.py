"""Service requests as DUIS documents, both ways (DUIS XML schema V5.4, element Request)."""

from __future__ import annotations

from typing import Any, Final

from dcc.duis.errors import ContentError, DuisError
from dcc.duis.namespaces import element_path, local_name, sr
from dcc.duis.request_bodies import read_body, write_body
from dcc.duis.roots import LATEST_SCHEMA_VERSION, as_tree, check_end, root_attributes, schema_version
from dcc.duis.shapes import (
    Child,
    Element,
    Record,
    first_child,
    next_child,
    no_attributes,
    not_here,
    unexpected,
)
from dcc.duis.simple_types import BOOLEAN, REQUEST_ID, enumeration, integer, words
from dcc.service_requests import CommandVariant, OtherBody, RequestBody, ServiceRequest
from dcc.srv import Srv

_ROOT: Final = "Request"
_HEADER_TAG: Final = sr("Header")
_BODY_TAG: Final = sr("Body")


def _header(reference: str, **fields: Any) -> dict[str, Any]:
    """A service reference that is not that of the variant is kept: the rule book refuses it."""
    return {**fields, "reference": None if reference == fields["srv"].service_reference else reference}


def _reference(request: ServiceRequest) -> str:
    return request.reference or request.srv.service_reference


_HEADER: Final[Record[Any]] = Record(
    _header,
    Child("request_id", "RequestID", REQUEST_ID),
    Child("first_in_sequence", "FirstInSequence", BOOLEAN, optional=True),
    Child("preceding", "PrecedingServiceRequestID", REQUEST_ID, optional=True),
    Child("command_variant", "CommandVariant", integer(1, 9, CommandVariant)),
    Child(
        "reference",
        "ServiceReference",
        words(*dict.fromkeys(srv.service_reference for srv in Srv)),
        get=_reference,
    ),
    Child("srv", "ServiceReferenceVariant", enumeration(Srv)),
)


def read_request(root: Element) -> ServiceRequest:
    """The request of a document whose root is ``sr:Request``, of schema version 5.0 to 5.4.

    The signature is not looked into. Whether variant, service and body belong together is left to the rule
    book.

    Raises:
        DuisError: names the element by its path, what was found and what was expected.
    """
    schema_version(root, _ROOT)
    first = _expect(first_child(root), root, _HEADER_TAG)
    fields = _HEADER.read(first)
    second = _expect(next_child(first), root, _BODY_TAG)
    body = _read_body(second, fields["srv"])
    check_end(next_child(second), root)
    return ServiceRequest(body=body, **fields)


def check_content(request: ServiceRequest) -> None:
    """Refuse what the rule book would refuse for content that only the schema allows.

    Raises:
        ContentError: as in a document that cannot be read.
    """
    srv, body = request.srv, request.body
    if request.reference is not None:
        what = f"{request.reference} with variant {srv.value}, expected {srv.service_reference}"
        raise ContentError(f"{_ROOT}/Header/ServiceReference", what)
    if isinstance(body, OtherBody) and body.problem:
        where, _, what = body.problem.partition(": ")
        raise ContentError(where, what)


def _expect(child: Element | None, parent: Element, tag: str) -> Element:
    if child is None or child.tag != tag:
        raise not_here(child, parent, (tag,))
    return child


def _read_body(body: Element, srv: Srv) -> RequestBody:
    no_attributes(body)
    element = first_child(body)
    if element is None:
        raise DuisError(element_path(body), "empty, expected the element of a service or SignedPreCommand")
    value = read_body(element, srv)
    extra = next_child(element)
    if extra is not None:
        raise unexpected(extra, f"one element only, {local_name(element)}")
    return value


def encode_request(request: ServiceRequest, version: str = LATEST_SCHEMA_VERSION) -> bytes:
    """The document of a request, not yet signed: canonical XML, without white space between elements.

    Raises:
        DuisError: a value that the schema has no room for, a body of another service, an unknown version.
    """
    out = [f"<sr:{_ROOT}{root_attributes(_ROOT, version)}>"]
    try:
        _HEADER.write(out, "Header", request)
        write_body(out, request.body, request.srv)
    except DuisError as error:
        raise error.within(_ROOT) from None
    out.append(f"</sr:{_ROOT}>")
    return "".join(out).encode()


def write_request(request: ServiceRequest, version: str = LATEST_SCHEMA_VERSION) -> Element:
    """The document of :func:`encode_request` as a tree: ``sr:Request``."""
    return as_tree(encode_request(request, version))
