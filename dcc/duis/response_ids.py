"""RequestID and ResponseID of a response: what they are for each kind, and what they tell (DUIS 3.5)."""

from __future__ import annotations

from typing import Final, NamedTuple

from dcc.duis.errors import DuisError
from dcc.identifiers import RequestId
from dcc.service_responses import (
    CustomerIdentification,
    DeviceAlert,
    DeviceResponse,
    FutureDatedAlert,
    ResponseBody,
    ScheduledResponse,
    ServiceResponse,
)
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64
from devices.gbcs.message import parse

_OF_DEVICES: Final = (
    CustomerIdentification,
    DeviceAlert,
    DeviceResponse,
    FutureDatedAlert,
    ScheduledResponse,
)
_AT_ANOTHER_TIME: Final = (FutureDatedAlert, ScheduledResponse)


class _Ids(NamedTuple):
    recipient: Eui64
    alert_id: RequestId | None = None


def header_ids(response: ServiceResponse, where: str) -> tuple[RequestId | None, RequestId | None]:
    """RequestID and ResponseID of a response; ``where`` is the path of the header, for errors.

    What a device says without being asked is named by its message: device, recipient, the message's counter.

    Raises:
        DuisError: they would tell of another recipient, or there is an alert's id beside one of those.
    """
    request_id, alert_id = response.request_id, response.alert_id
    own = _message_id(response.body, response.recipient, where) if request_id is None else request_id
    if own is not None and alert_id is not None:
        raise DuisError(f"{where}/ResponseID", f"the id {alert_id} of an alert beside {own}, expected one")
    if request_id is not None:
        told, response_id = request_id.originator, response.response_id
    else:
        told = response.recipient if alert_id is None else alert_id.target
        response_id = own or alert_id
    if told != response.recipient:
        raise DuisError(where, f"ids for {told}, expected for the recipient {response.recipient}")
    return request_id, response_id


def whose(
    request_id: RequestId | None,
    response_id: RequestId | None,
    body: ResponseBody | None,
    reader: Eui64 | None,
    where: str,
) -> _Ids:
    """The recipient, and the id of an alert that is not a device's message.

    Raises:
        DuisError: the ids contradict each other or the device's message, or do not tell a recipient.
    """
    where = f"{where}/ResponseID"
    if request_id is not None:
        if not _answers(response_id, request_id, body, where):
            raise DuisError(where, f"{response_id}, expected {request_id.response_id}, as the RequestID says")
        return _Ids(request_id.originator)
    if response_id is None:
        if reader is None:
            raise DuisError(where, "missing, and no RequestID: they would tell whom it is for")
        return _Ids(reader)
    own = _message_id(body, response_id.target, where)
    if own is None:
        return _Ids(response_id.target, response_id)
    if own != response_id:
        raise DuisError(where, f"{response_id}, expected {own}, as the GBCS payload says")
    return _Ids(response_id.target)


def _answers(
    response_id: RequestId | None, request_id: RequestId, body: ResponseBody | None, where: str
) -> bool:
    """Whether a ResponseID goes with a RequestID: the ids the other way round, the same counter.

    What a device says at another time than it was asked may also go by its own counter: which of the two is
    the real one was not seen.
    """
    if response_id is None or response_id == request_id.response_id:
        return True
    later = isinstance(body, _AT_ANOTHER_TIME)
    return later and response_id == _message_id(body, request_id.originator, where)


def _message_id(body: ResponseBody | None, recipient: Eui64, where: str) -> RequestId | None:
    """What names a device's message to the User who gets it; its target may be the DCC."""
    if not isinstance(body, _OF_DEVICES):
        return None
    try:
        header = parse(body.gbcs).header
    except GbcsError as error:
        raise DuisError(where, f"cannot be compared with the GBCS payload: {error}") from None
    return RequestId(header.originator, recipient, header.originator_counter)
