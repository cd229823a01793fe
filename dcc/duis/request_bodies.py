"""The body of a request: which element it is, by its service, and the shape of what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dcc.duis.errors import ContentError, DuisError
from dcc.duis.namespaces import sr
from dcc.duis.other_bodies import read_other_body, write_other_body
from dcc.duis.request_bodies_alerts import ALERTS_BODIES
from dcc.duis.request_bodies_credentials import CREDENTIALS_BODIES, EXECUTION_DATE_TIME
from dcc.duis.request_bodies_hub import HUB_BODIES
from dcc.duis.request_bodies_inventory import INVENTORY_BODIES
from dcc.duis.request_bodies_meters import METERS_BODIES
from dcc.duis.request_bodies_reads import READS_BODIES
from dcc.duis.request_bodies_schedules import SCHEDULES_BODIES
from dcc.duis.shapes import Child, Element, Record, Shape, unexpected
from dcc.duis.simple_types import BASE64
from dcc.service_requests import OtherBody, RequestBody, SignedPreCommand
from dcc.services import SERVICES
from dcc.srv import Srv

BODIES: Final[Mapping[Srv, Shape[Any]]] = {
    **ALERTS_BODIES,
    **CREDENTIALS_BODIES,
    **HUB_BODIES,
    **INVENTORY_BODIES,
    **METERS_BODIES,
    **READS_BODIES,
    **SCHEDULES_BODIES,
}
"""The services whose bodies are read; the bodies of all others are an :class:`OtherBody`."""

SIGNED_PRE_COMMAND: Final = Record(
    SignedPreCommand, EXECUTION_DATE_TIME, Child("gbcs", "GBCSPayload", BASE64)
)

_BODY: Final = "Body"
_SIGNED_PRE_COMMAND: Final = "SignedPreCommand"
_SIGNED_PRE_COMMAND_TAG: Final = sr(_SIGNED_PRE_COMMAND)
_TAGS: Final = {srv: sr(service.element) for srv, service in SERVICES.items()}
_ALL_TAGS: Final = frozenset(_TAGS.values())


def read_body(element: Element, srv: Srv) -> RequestBody:
    """The value of the one element in a body.

    The schema ties no body to a service. The element of another service than ``srv`` is an
    :class:`OtherBody`, so that the request can be refused for it with a response code; so is the content
    that the schema allows and nobody can make sense of.

    Raises:
        DuisError: no body of DUIS, or one whose content is not as it should be.
    """
    tag = element.tag
    if tag == _SIGNED_PRE_COMMAND_TAG:
        return SIGNED_PRE_COMMAND.read(element)
    if tag == _TAGS[srv] and srv in BODIES:
        return _read_known(element, srv)
    if tag not in _ALL_TAGS:
        raise unexpected(element, f"{SERVICES[srv].element} or SignedPreCommand")
    return read_other_body(element)


def _read_known(element: Element, srv: Srv) -> RequestBody:
    try:
        body: RequestBody = BODIES[srv].read(element)
    except ContentError as error:
        return read_other_body(element)._replace(problem=str(error))
    return body


def write_body(out: list[str], body: RequestBody, srv: Srv) -> None:
    """Append Body with the element of a body in it.

    Raises:
        DuisError: a value that does not fit its element, or a body of another type than the service has.
    """
    out.append(f"<sr:{_BODY}>")
    try:
        _write_inside(out, body, srv)
    except DuisError as error:
        raise error.within(_BODY) from None
    out.append(f"</sr:{_BODY}>")


def _write_inside(out: list[str], body: RequestBody, srv: Srv) -> None:
    if isinstance(body, OtherBody):
        if sr(body.element) not in _ALL_TAGS:
            raise DuisError("", f"{body.element!r}, expected the element of a service")
        write_other_body(out, body)
    elif isinstance(body, SignedPreCommand):
        SIGNED_PRE_COMMAND.write(out, _SIGNED_PRE_COMMAND, body)
    elif isinstance(body, SERVICES[srv].body):
        BODIES[srv].write(out, SERVICES[srv].element, body)
    else:
        expected = SERVICES[srv].body.__name__
        raise DuisError("", f"{type(body).__name__} for {srv.value}, expected {expected}")
