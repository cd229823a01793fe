"""Parse and correlate: whether a Pre-Command does what was asked for, and no more (SEC Appendix AB).

Payloads are compared as values: lengths that are not minimal change nothing that a device does, and pass.
What is expected is in :mod:`scenarios.correlation_services`.
"""

from __future__ import annotations

from typing import Any, Final

from dcc.bodies.credentials import CANCELLATION
from dcc.service_requests import ServiceRequest
from devices.gbcs.credentials import CANCELLATION_TIME
from devices.gbcs.ecs70 import ECS70, read_ecs70_command
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import MessageCode
from devices.gbcs.message import Cra, GroupingHeader, Message, MessageShape, OtherInformation
from devices.gbcs.payloads import decode_payload
from scenarios.correlation_services import CORRELATIONS, Asked, Expected, PartyKnowledge

NOTHING_KNOWN: Final = PartyKnowledge()
"""For a party that knows no types of devices."""


def check_correlates(
    message: Message, request: ServiceRequest, known: PartyKnowledge = NOTHING_KNOWN
) -> None:
    """Check that ``message``, the Pre-Command, does what ``request`` asked for.

    Raises:
        GbcsError: it does something else, or nothing is known that answers the request; names the first field
            that differs.
    """
    expected = _expected(request, known)
    if message.shape is not MessageShape.PRE_COMMAND:
        raise GbcsError("Pre-Command", f"protected by {message.shape.value}, expected by nothing")
    _check_header(message, request, frozenset(code for code, _ in expected))
    found = _payload(message)
    differences = [
        _differences(found, payload._replace(forms=found.forms) if hasattr(payload, "forms") else payload)
        for code, payload in expected
        if code == message.code
    ]
    nearest = min(differences, key=len)
    if nearest:
        raise GbcsError(f"Pre-Command/{nearest[0]}", "not what was asked for")


def _expected(request: ServiceRequest, known: PartyKnowledge) -> tuple[Expected, ...]:
    """All that would do what was asked for; where types are not known it may be more than one."""
    body = request.body
    if getattr(body, "execution_date_time", None) == CANCELLATION_TIME:
        # What cancels in GBCS was asked for as a time: signed, it would call off what is held.
        raise GbcsError("request/execution_date_time", f"expected {CANCELLATION.isoformat()} to cancel")
    service = CORRELATIONS.get(request.srv)
    expected = () if service is None else service(Asked(request.request_id, body, known))
    if not expected:
        of_type = "" if known.device_type is None else f" on a {known.device_type.value}"
        what = f"none can answer {request.srv.value} with {type(body).__name__}{of_type}"
        raise GbcsError("Pre-Command", what)
    return expected


def _check_header(message: Message, request: ServiceRequest, codes: frozenset[MessageCode]) -> None:
    originator, target, counter = request.request_id
    code = message.code if message.code in codes else min(codes)
    header = GroupingHeader(Cra.COMMAND, counter, originator, target, OtherInformation(code))
    differing = _differences(message.header, header)
    if differing:
        raise GbcsError(f"Pre-Command/{differing[0]}", f"not that of request {request.request_id}")


def _payload(message: Message) -> Any:
    """The payload as a value; all use cases of critical services are known."""
    if message.code == ECS70:
        return read_ecs70_command(message.payload, message.header.originator_counter)
    payload = decode_payload(message)
    if payload is None:
        raise GbcsError("Pre-Command", f"the payload of message code {message.code} is not known")
    return payload


def _differences(found: Any, expected: Any) -> list[str]:
    """The names of the fields in which two values of a type differ."""
    fields = zip(type(expected)._fields, found, expected, strict=True)
    return [name for name, given, wanted in fields if given != wanted]
