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
from typing import Final, NamedTuple

from lxml import etree

from dcc.alert_payloads import DccAlert
from dcc.duis.namespaces import element_path, sr
from dcc.duis.response_ids import header_ids, whose
from dcc.duis.response_messages import BODY, WrittenBody
from dcc.duis.response_payloads import RESPONSE_CODE
from dcc.duis.roots import LATEST_SCHEMA_VERSION, check_end, new_root, schema_version
from dcc.duis.shapes import Child, Element, Record, first_child, next_child, not_here
from dcc.duis.simple_types import DATE_TIME, REQUEST_ID
from dcc.identifiers import RequestId
from dcc.response_codes import ResponseCode, StandIns
from dcc.service_responses import DeviceAlert, ServiceResponse, WanMatrix
from devices.gbcs.identifiers import Eui64

_ROOT: Final = "Response"
_HEADER: Final = sr("Header")
_BODY: Final = sr("Body")
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


def write_response(
    response: ServiceResponse,
    stand_ins: StandIns = _TABLE_STAND_INS,
    version: str = LATEST_SCHEMA_VERSION,
    *,
    throttling: bool = True,
) -> Element:
    """The document of a response, not yet signed: ``sr:Response``, without white space between elements.

    An answer without body (acknowledgement, refusal) holds the two service references alone. ``throttling``
    False leaves the throttling figures of alerts out, for clients that cannot read them.

    Raises:
        DuisError: a value that the schema has no room for, ids that tell of another recipient, an unknown
            version.
    """
    response = _on_the_wire(response, stand_ins)
    if not throttling and isinstance(response.body, DeviceAlert | DccAlert):
        response = response._replace(body=response.body._replace(throttle=None))
    root = new_root(_ROOT, version)
    header = etree.SubElement(root, _HEADER)
    ids = header_ids(response, element_path(header))
    _HEADER_SHAPE.write(header, _Header(*ids, response.code, response.at))
    BODY.write(etree.SubElement(root, _BODY), WrittenBody(response.body, response.srv))
    return root


def _on_the_wire(response: ServiceResponse, stand_ins: StandIns) -> ServiceResponse:
    """The response with the stand-ins of all codes of ours."""

    def wire(code: ResponseCode) -> ResponseCode:
        return ResponseCode(stand_ins.wire_code(code))

    body = response.body
    if isinstance(body, WanMatrix):
        body = body._replace(coverage=tuple(item._replace(code=wire(item.code)) for item in body.coverage))
    return response._replace(code=wire(response.code), body=body)


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
    ids = whose(read.request_id, read.response_id, written.body, reader, element_path(header))
    return ServiceResponse(
        ids.recipient, read.request_id, read.code, read.at, written.body, written.srv, ids.alert_id
    )


def _expect(child: Element | None, parent: Element, tag: str) -> Element:
    if child is None or child.tag != tag:
        raise not_here(child, parent, (tag,))
    return child
