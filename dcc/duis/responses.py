"""Responses of the DCC: values to DUIS documents and back (DUIS 3.5).

What goes out holds codes of the schema alone: in place of a code of ours, its stand-in. What is read gives
the code that it says. In a document the ids tell whom it is for: the originator in the RequestID, or without
one the middle part of the ResponseID (``device:user:counter``).

Public clients refuse some documents that the schema allows: alerts with throttling figures, which
:func:`write_response` leaves out on request, and messages of SMETS1 devices. Lists without entries, which
they refuse too, the schema does not allow: a value that holds one cannot be written.
"""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from typing import Final, NamedTuple

from dcc.alert_payloads import DccAlert
from dcc.duis.namespaces import sr
from dcc.duis.response_ids import header_ids, whose
from dcc.duis.response_messages import BODY, WrittenBody
from dcc.duis.response_payloads import RESPONSE_CODE
from dcc.duis.roots import LATEST_SCHEMA_VERSION, as_tree, check_end, root_attributes, schema_version
from dcc.duis.shapes import Child, Element, Record, first_child, next_child, not_here, write_element
from dcc.duis.simple_types import DATE_TIME, REQUEST_ID
from dcc.identifiers import RequestId
from dcc.response_codes import ResponseCode, StandIns
from dcc.service_responses import DeviceAlert, ServiceResponse, WanMatrix
from devices.gbcs.identifiers import Eui64

_ROOT: Final = "Response"
_HEADER: Final = sr("Header")
_BODY: Final = sr("Body")
_HEADER_PATH: Final = "Response/Header"
_TABLE_STAND_INS: Final = StandIns()


class _Header(NamedTuple):
    request_id: RequestId | None
    response_id: RequestId | None
    code: ResponseCode
    at: datetime


_HEADER_SHAPE: Final = Record(
    _Header,
    Child("request_id", "RequestID", REQUEST_ID, optional=True),
    Child("response_id", "ResponseID", REQUEST_ID, optional=True),
    Child("code", "ResponseCode", RESPONSE_CODE),
    Child("at", "ResponseDateTime", DATE_TIME),
)
_PARTS: Final = (
    Child("", "Header", _HEADER_SHAPE, get=itemgetter(0)),
    Child("", "Body", BODY, get=itemgetter(1)),
)


def encode_response(
    response: ServiceResponse,
    stand_ins: StandIns = _TABLE_STAND_INS,
    version: str = LATEST_SCHEMA_VERSION,
    *,
    throttling: bool = True,
) -> bytes:
    """The document of a response, not yet signed: canonical XML, without white space between elements.

    An answer without body (acknowledgement, refusal) holds the two service references alone. ``throttling``
    False leaves the throttling figures of alerts out, for clients that cannot read them.

    Raises:
        DuisError: a value that the schema has no room for, ids that tell of another recipient, an unknown
            version.
    """
    response = _on_the_wire(response, stand_ins)
    if not throttling and isinstance(response.body, DeviceAlert | DccAlert):
        response = response._replace(body=response.body._replace(throttle=None))
    attributes = root_attributes(_ROOT, version)
    header = _Header(*header_ids(response, _HEADER_PATH), response.code, response.at)
    out: list[str] = []
    parts = header, WrittenBody(response.body, response.srv)
    write_element(out, _ROOT, _PARTS, parts, attributes)
    return "".join(out).encode()


def write_response(
    response: ServiceResponse,
    stand_ins: StandIns = _TABLE_STAND_INS,
    version: str = LATEST_SCHEMA_VERSION,
    *,
    throttling: bool = True,
) -> Element:
    """The document of :func:`encode_response` as a tree: ``sr:Response``."""
    return as_tree(encode_response(response, stand_ins, version, throttling=throttling))


def _on_the_wire(response: ServiceResponse, stand_ins: StandIns) -> ServiceResponse:
    """The response with the stand-ins of all codes of ours."""

    def wire(code: ResponseCode) -> ResponseCode:
        return ResponseCode(stand_ins.wire_code(code))

    body = response.body
    if isinstance(body, WanMatrix):
        body = body._replace(coverage=tuple(item._replace(code=wire(item.code)) for item in body.coverage))
    code = wire(response.code)
    if code is response.code and body is response.body:
        return response
    return response._replace(code=code, body=body)


def read_response(root: Element, reader: Eui64 | None = None) -> ServiceResponse:
    """The response of a document whose root is ``sr:Response``, of schema version 5.0 to 5.4.

    The signature is not looked into. ``reader`` is the User who reads: the recipient where the document has
    neither RequestID nor ResponseID, as a DCC alert may.

    Raises:
        DuisError: names the element by its path, what was found and what was expected. Beside the schema's
            rules: a ResponseID that does not answer the RequestID, ids or an alert code that are not those
            of the device's message, a service reference of another variant.
    """
    schema_version(root, _ROOT)
    header = _expect(first_child(root), root, _HEADER)
    body = _expect(next_child(header), root, _BODY)
    check_end(next_child(body), root)
    read, written = _HEADER_SHAPE.read(header), BODY.read(body)
    ids = whose(read.request_id, read.response_id, written.body, reader, _HEADER_PATH)
    return ServiceResponse(
        ids.recipient, read.request_id, read.code, read.at, written.body, written.srv, ids.alert_id
    )


def _expect(child: Element | None, parent: Element, tag: str) -> Element:
    if child is None or child.tag != tag:
        raise not_here(child, parent, (tag,))
    return child
