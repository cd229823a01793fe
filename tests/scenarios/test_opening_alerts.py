"""Alerts about commands that devices hold: opened, and told by the request that they are about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from party_cases import image, of_load_controller, of_new_supplier, own_certificates
from party_worlds import ESME, GSME, HOUR, LOAD_CONTROLLER, OTHER_SUPPLIER, SUPPLIER, PartyHome

from dcc.bodies.credentials import ReplaceCredentials, ReplaceSupplierCredentials
from dcc.bodies.meters import ActivateFirmware
from dcc.response_codes import ResponseCode
from dcc.service_requests import RequestBody, ServiceRequest
from dcc.service_responses import DeviceAlert, FutureDatedAlert, ServiceResponse
from dcc.srv import Srv
from devices.gbcs.credentials import ReplacementMode, UpdateCredentialsAlert
from devices.gbcs.errors import GbcsError
from devices.gbcs.firmware import ActivateFirmwareAlert
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.gbcs.message import Cra, Message, encode, parse
from devices.gbcs.protection import sign
from scenarios.opening_alerts import future_dated_result, request_of_alert
from scenarios.test_bed import TRANSITIONAL_COS_ID

MAKERS: dict[str, tuple[Srv, Eui64, Eui64, Callable[[PartyHome], RequestBody]]] = {
    "6.15.1": (Srv.UPDATE_CREDENTIALS, SUPPLIER, ESME, own_certificates),
    "6.15.1 load controller": (Srv.UPDATE_CREDENTIALS, SUPPLIER, ESME, of_load_controller),
    "6.23": (Srv.UPDATE_CREDENTIALS_COS, OTHER_SUPPLIER, ESME, of_new_supplier),
    "11.3": (Srv.ACTIVATE_FIRMWARE, SUPPLIER, GSME, image),
}


def dated(home: PartyHome, body: RequestBody) -> RequestBody:
    assert isinstance(body, ReplaceCredentials | ReplaceSupplierCredentials | ActivateFirmware)
    return body._replace(execution_date_time=home.now + HOUR)


def held(name: str) -> tuple[PartyHome, ServiceRequest, Message]:
    """A command that its device has held and executed: the request, and the alert as it was sent."""
    home = PartyHome()
    srv, user, target, make = MAKERS[name]
    exchange = home.ask(user, srv, target, dated(home, make(home)))
    home.now += HOUR + timedelta(minutes=1)
    (effects,) = home.devices[target].advance(home.now)
    alerts = [parse(octets) for octets in effects.sent]
    return home, exchange.request, next(item for item in alerts if future_dated_result(item) is not None)


def future_dated(home: PartyHome, request: ServiceRequest, alert: Message) -> ServiceResponse:
    result = future_dated_result(alert)
    assert result is not None
    return ServiceResponse(
        request.request_id.originator,
        request.request_id,
        ResponseCode.I0,
        home.now,
        FutureDatedAlert(result.alert_code, encode(alert)),
        request.srv,
    )


@pytest.mark.parametrize("name", MAKERS)
def test_an_alert_about_a_held_command_is_opened(name: str) -> None:
    home, request, alert = held(name)
    client = home.client(request.request_id.originator)
    opened = client.open_alert(future_dated(home, request, alert))
    result = future_dated_result(opened)
    assert isinstance(result, ActivateFirmwareAlert if name == "11.3" else UpdateCredentialsAlert)
    assert result.alert_code in (0x8F66, 0x8F67)


@pytest.mark.parametrize("name", MAKERS)
def test_the_request_that_an_alert_is_about(name: str) -> None:
    """6.23 went out under a number of the change of supplier party: its alert does not name the request."""
    _, request, alert = held(name)
    assert request_of_alert(alert) == (None if name == "6.23" else request.request_id)


@pytest.mark.parametrize("name", MAKERS)
def test_what_the_dsp_passes_on_is_opened(name: str) -> None:
    """It comes as the answer to the request, whoever had sent the command."""
    home, request, alert = held(name)
    response = home.bed.dsp.receive(encode(alert), home.now).response
    assert response is not None
    assert isinstance(response.body, FutureDatedAlert)
    assert response.request_id == request.request_id
    assert home.client(request.request_id.originator).open_alert(response) == alert


def test_an_alert_does_not_tell_of_another_request() -> None:
    home, request, alert = held("11.3")
    client, response = home.client(SUPPLIER), future_dated(home, request, alert)
    earlier = request.request_id._replace(counter=OriginatorCounter(1))
    elsewhere = request.request_id._replace(target=ESME)
    for request_id in (earlier, elsewhere):
        with pytest.raises(GbcsError, match=f"expected about {request_id}"):
            client.open_alert(response._replace(request_id=request_id))
    client.open_alert(response)


def resigned(home: PartyHome, alert: Message, target: Eui64) -> Message:
    changed = alert._replace(header=alert.header._replace(target=target), signature=None)
    return sign(changed, home.devices[alert.header.originator].signing, home.bed.provider)


def test_what_the_change_of_supplier_party_is_told_is_for_the_new_supplier_alone() -> None:
    home, request, alert = held("6.23")
    response = future_dated(home, request, alert)
    assert alert.header.target == TRANSITIONAL_COS_ID
    refused = (
        response._replace(srv=Srv.UPDATE_CREDENTIALS),
        response._replace(srv=None),
        response._replace(request_id=None),
        response._replace(body=DeviceAlert(alert.code, encode(alert))),
        response._replace(request_id=request.request_id._replace(originator=SUPPLIER)),
        future_dated(home, request, resigned(home, alert, LOAD_CONTROLLER)),
    )
    client = home.client(OTHER_SUPPLIER)
    for false in refused:
        with pytest.raises(GbcsError, match=f"expected an alert to {OTHER_SUPPLIER}"):
            client.open_alert(false)
    with pytest.raises(GbcsError, match=f"expected an alert to {SUPPLIER}"):
        home.client(SUPPLIER).open_alert(response)
    client.open_alert(response)


def test_a_response_is_about_no_held_command() -> None:
    _, _, alert = held("11.3")
    response = alert._replace(header=alert.header._replace(cra=Cra.RESPONSE))
    assert future_dated_result(response) is None
    assert request_of_alert(response) is None


def test_the_alert_names_the_mode_of_the_update() -> None:
    _, _, alert = held("6.23")
    result = future_dated_result(alert)
    assert isinstance(result, UpdateCredentialsAlert)
    assert result.outcome.mode is ReplacementMode.SUPPLIER_BY_TRANS_COS
