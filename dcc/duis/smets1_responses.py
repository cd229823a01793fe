"""Responses of SMETS1 devices: what stands around a document that its S1SP signed (DUIS 3.5).

The document itself, a header and a body of the MMC XML schema, is not read. It travels as it is, for its
signature is not the DCC's.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from dcc.duis.errors import DuisError
from dcc.duis.namespaces import SR_DECLARATION, element_path, sr
from dcc.duis.parsing import parse
from dcc.duis.response_payloads import SERVICE_REFERENCE
from dcc.duis.shapes import Child, Element, Record, Shape, write_element
from dcc.duis.simple_types import SCHEDULE_ID, enumeration, integer
from dcc.duis.verbatim import Verbatim, canonical
from dcc.srv import Srv

SMETS1_RESPONSE_MESSAGE: Final = "SMETS1ResponseMessage"
_UNSIGNED_INT: Final = integer(0, 2**32 - 1, int)
_AROUND: Final = Record[dict[str, Any]](
    dict,
    Child("reference", "ServiceReference", SERVICE_REFERENCE, optional=True),
    Child("srv", "ServiceReferenceVariant", enumeration(Srv), optional=True),
    Child("schedule", "DSPScheduleID", SCHEDULE_ID, optional=True),
    Child("sequence_id", "ThrottledAlertSequenceId", _UNSIGNED_INT, optional=True),
    Child("held_back", "ThrottledAlertCount", _UNSIGNED_INT, optional=True),
    Child("signed", "SMETS1SignedResponse", Verbatim()),
)


class Smets1ResponseMessage(NamedTuple):
    """The message as canonical XML, and the service that it says it answers; None where it is an alert."""

    xml: bytes
    srv: Srv | None


class Smets1Shape(Shape[Smets1ResponseMessage]):
    """Content of SMETS1ResponseMessage."""

    def read(self, element: Element) -> Smets1ResponseMessage:  # noqa: D102
        return Smets1ResponseMessage(canonical(element), _service_of(element))

    def write(self, out: list[str], name: str, value: Smets1ResponseMessage) -> None:  # noqa: D102
        says = _service_of(parse(value.xml))
        if says is not value.srv:
            said, given = (srv.value if srv else "no service" for srv in (says, value.srv))
            raise DuisError(name, f"its XML says {said}, expected {given}")
        Verbatim().write(out, name, value.xml)


def _service_of(element: Element) -> Srv | None:
    fields = _AROUND.read(element)
    reference: str | None = fields["reference"]
    srv: Srv | None = fields["srv"]
    if reference is not None and srv is not None and reference != srv.service_reference:
        what = f"ServiceReference {reference} with variant {srv.value}, expected {srv.service_reference}"
        raise DuisError(element_path(element), what)
    return srv


def around_signed_response(signed: bytes, srv: Srv) -> bytes:
    """A SMETS1ResponseMessage as canonical XML: the service that it answers, and what its S1SP signed.

    Raises:
        DuisError: ``signed`` is no SMETS1SignedResponse.
    """
    fields: dict[str, Any] = dict.fromkeys(("schedule", "sequence_id", "held_back"))
    out: list[str] = []
    fields |= {"reference": srv.service_reference, "srv": srv, "signed": signed}
    write_element(out, SMETS1_RESPONSE_MESSAGE, _AROUND.parts, fields, SR_DECLARATION)
    return "".join(out).encode()


def signed_response(xml: bytes) -> Element:
    """What the S1SP signed, out of a SMETS1ResponseMessage: a document of its own, whose signature verifies.

    Raises:
        DuisError: the XML is no such message.
    """
    message = parse(xml)
    signed = message.find(sr("SMETS1SignedResponse"))
    if signed is None:
        raise DuisError(element_path(message), "expected SMETS1SignedResponse")
    return parse(canonical(signed))
