"""The Body of a response: one of four messages, and the service that it answers (DUIS 3.5)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from dcc.alert_payloads import DccAlert
from dcc.duis.alert_xml import DCC_ALERT, DEVICE_ALERT
from dcc.duis.response_payloads import PAYLOAD, SERVICE_REFERENCE, PpmidFirmwareWarning
from dcc.duis.shapes import Adapted, Case, Child, Choice, Record, Shape, Sole
from dcc.duis.simple_types import enumeration
from dcc.duis.smets1_responses import SMETS1_RESPONSE_MESSAGE, Smets1ResponseMessage, Smets1Shape
from dcc.service_responses import DeviceAlert, FirmwareWarning, OtherPayload, ResponseBody
from dcc.srv import Srv


class WrittenBody(NamedTuple):
    """What the Body of a document tells: a payload, if any, and the service that it answers, if any."""

    body: ResponseBody | None
    srv: Srv | None


def _fields(written: WrittenBody) -> dict[str, Any]:
    if written.srv is None:
        raise ValueError("no service, expected the one that is answered")
    body: object = written.body
    if isinstance(body, FirmwareWarning) and written.srv is Srv.UPDATE_PPMID_FIRMWARE:
        body = PpmidFirmwareWarning(body)
    return {"reference": written.srv.service_reference, "srv": written.srv, "body": body}


def _written(fields: dict[str, Any]) -> WrittenBody:
    reference, srv, body = fields["reference"], fields["srv"], fields["body"]
    if reference != srv.service_reference:
        what = f"ServiceReference {reference} with variant {srv.value}"
        raise ValueError(f"{what}, expected {srv.service_reference}")
    if isinstance(body, FirmwareWarning) and srv is Srv.UPDATE_PPMID_FIRMWARE:
        raise ValueError("DSPUpdateFirmwareWarning with 11.4, expected DSPUpdatePPMIDFirmwareWarning")
    if isinstance(body, PpmidFirmwareWarning) and srv is not Srv.UPDATE_PPMID_FIRMWARE:
        raise ValueError(f"DSPUpdatePPMIDFirmwareWarning with {srv.value}, expected it with 11.4")
    return WrittenBody(body.warning if isinstance(body, PpmidFirmwareWarning) else body, srv)


_RESPONSE_MESSAGE: Final[Adapted[WrittenBody, Any]] = Adapted(
    Record(
        dict,
        Child("reference", "ServiceReference", SERVICE_REFERENCE),
        Child("srv", "ServiceReferenceVariant", enumeration(Srv)),
        PAYLOAD,
    ),
    _written,
    _fields,
)


def _alert(shape: Shape[Any]) -> Adapted[WrittenBody, Any]:
    """An alert answers no service."""
    return Adapted(shape, lambda alert: WrittenBody(alert, None), _only_alert)


def _only_alert(written: WrittenBody) -> ResponseBody | None:
    if written.srv is not None:
        raise ValueError(f"the service {written.srv.value}, expected none with an alert")
    return written.body


def _is_of_smets1(written: WrittenBody) -> bool:
    return isinstance(written.body, OtherPayload) and written.body.element == SMETS1_RESPONSE_MESSAGE


_SMETS1_MESSAGE: Final = Adapted[WrittenBody, Smets1ResponseMessage](
    Smets1Shape(),
    lambda message: WrittenBody(OtherPayload(SMETS1_RESPONSE_MESSAGE, message.xml), message.srv),
    lambda written: Smets1ResponseMessage(getattr(written.body, "xml", b""), written.srv),
)

BODY: Final = Sole(
    Choice(
        "",
        Case(
            "DeviceAlertMessage", _alert(DEVICE_ALERT), lambda written: isinstance(written.body, DeviceAlert)
        ),
        Case("DCCAlertMessage", _alert(DCC_ALERT), lambda written: isinstance(written.body, DccAlert)),
        Case(SMETS1_RESPONSE_MESSAGE, _SMETS1_MESSAGE, _is_of_smets1),
        Case("ResponseMessage", _RESPONSE_MESSAGE, WrittenBody),
    )
)
"""Body, as a :class:`WrittenBody`."""
