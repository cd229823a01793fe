"""Commands with a fixed list of items, and their answers: what every such use case checks alike."""

from __future__ import annotations

from devices.gbcs import dlms
from devices.gbcs.dlms import (
    AccessCode,
    AccessRequest,
    AccessResponse,
    AccessResult,
    AccessService,
    AccessSpecification,
    LongInvokeId,
    long_invoke_id,
)
from devices.gbcs.dlms_data import NULL, Value
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import OriginatorCounter


def result_service(service: AccessService) -> AccessService:
    """The service that a result names for a specification's."""
    if service is AccessService.GET_WITH_SELECTION:
        return AccessService.GET
    return AccessService.SET if service is AccessService.SET_WITH_SELECTION else service


def check_invoke_id(found: LongInvokeId, counter: OriginatorCounter) -> None:
    """Check that a payload belongs to the message with this originator counter.

    Raises:
        GbcsError: it has another invoke id.
    """
    expected = long_invoke_id(counter)
    if found != expected:
        raise GbcsError("long-invoke-id", f"{found:08X}, expected {expected:08X} of the originator counter")


def encode_request(
    counter: OriginatorCounter, items: tuple[AccessSpecification, ...], data: tuple[Value, ...]
) -> bytes:
    """The payload of a command.

    Raises:
        GbcsError: a value is out of range, or there are not as many data as items.
    """
    return dlms.encode(AccessRequest(long_invoke_id(counter), items, data))


def open_request(
    payload: bytes, counter: OriginatorCounter, items: tuple[AccessSpecification, ...], where: str
) -> tuple[Value, ...]:
    """The data of the command with this originator counter, which has just these items.

    Raises:
        GbcsError: the payload is another; ``where`` names the use case.
    """
    request = dlms.decode_request(payload)
    check_invoke_id(request.invoke_id, counter)
    if request.specifications != items:
        raise GbcsError(where, "other items than the use case has")
    return request.data


def encode_response(
    counter: OriginatorCounter,
    items: tuple[AccessSpecification, ...],
    codes: tuple[AccessCode, ...],
    data: tuple[Value, ...],
) -> bytes:
    """The payload of a response.

    Raises:
        GbcsError: there is not one code and one value (null where there is none) an item.
    """
    if not len(items) == len(codes) == len(data):
        raise GbcsError("access-response", f"{len(codes)} codes, {len(data)} values, {len(items)} items")
    services = [result_service(item.service) for item in items]
    results = [AccessResult(service, code) for service, code in zip(services, codes, strict=True)]
    return dlms.encode(AccessResponse(long_invoke_id(counter), data, tuple(results)))


def open_response(
    payload: bytes, counter: OriginatorCounter, items: tuple[AccessSpecification, ...], where: str
) -> tuple[tuple[AccessCode, ...], tuple[Value, ...]]:
    """Codes and data of the response to the command with this originator counter and these items.

    A value is there only for what succeeded, and always for a get that did.

    Raises:
        GbcsError: the payload is no such response; ``where`` names the use case.
    """
    response = dlms.decode_response(payload)
    check_invoke_id(response.invoke_id, counter)
    expected = [result_service(item.service) for item in items]
    if [result.service for result in response.results] != expected:
        raise GbcsError(where, "other items than the use case has")
    for value, (service, code) in zip(response.data, response.results, strict=True):
        succeeded = code is AccessCode.SUCCESS
        must, may = service is AccessService.GET and succeeded, service is not AccessService.SET and succeeded
        if (must and value == NULL) or (not may and value != NULL):
            raise GbcsError(where, f"result {code.name} and value don't go together")
    return tuple([result.code for result in response.results]), response.data
