"""A party's requests: variants, numbers and sequences; and the example of the documentation, as it stands."""

from __future__ import annotations

import textwrap
from datetime import timedelta
from typing import Final

import party_cases
import pytest
from party_worlds import ESME, GSME, PPMID, SUPPLIER, PartyHome

from dcc.bodies.hub import JoinOrUnjoin
from dcc.bodies.inventory import ReadInventory
from dcc.bodies.meters import SynchroniseClock
from dcc.bodies.reads import Read
from dcc.errors import DccValueError
from dcc.response_codes import ResponseCode
from dcc.rules.variants import SIGNED_VARIANTS
from dcc.service_requests import CommandVariant
from dcc.service_responses import DeviceResponse, LocalCommand
from dcc.services import SERVICES
from dcc.srv import Srv
from devices.gbcs.ecs70 import ClockStatus
from devices.gbcs.identifiers import DeviceType
from scenarios import party_client
from scenarios.party_client import Delivery
from scenarios.test_bed import ACB_ID

HOME: Final = PartyHome()


@pytest.mark.parametrize("srv", Srv, ids=lambda srv: srv.value)
def test_the_first_call_of_every_service_is_of_a_variant_that_it_has(srv: Srv) -> None:
    service = SERVICES[srv]
    variant = HOME.client(SUPPLIER).request(srv, ESME, Read(), HOME.now).command_variant
    if service.non_device:
        assert variant is CommandVariant.DCC_ONLY
    elif service.critical:
        assert variant is CommandVariant.TRANSFORM
    else:
        assert variant is CommandVariant.COMMAND
    assert variant not in SIGNED_VARIANTS


@pytest.mark.parametrize(
    ("delivery", "variant"),
    [
        (Delivery.WAN, CommandVariant.COMMAND),
        (Delivery.LOCAL, CommandVariant.LOCAL_COMMAND),
        (Delivery.BOTH, CommandVariant.COMMAND_AND_LOCAL),
    ],
)
def test_how_a_command_is_delivered(delivery: Delivery, variant: CommandVariant) -> None:
    client = HOME.client(SUPPLIER)
    request = client.request(Srv.READ_MPXN, ESME, Read(), HOME.now, delivery=delivery)
    assert request.command_variant is variant


@pytest.mark.parametrize("srv", [Srv.SYNCHRONISE_CLOCK, Srv.READ_INVENTORY])
@pytest.mark.parametrize("delivery", [Delivery.LOCAL, Delivery.BOTH])
def test_what_is_no_command_is_not_delivered_on_site(srv: Srv, delivery: Delivery) -> None:
    """And no number is used up by the refusal."""
    home = PartyHome()
    client = home.client(SUPPLIER)
    with pytest.raises(DccValueError, match="delivery"):
        client.request(srv, ESME, Read(), home.now, delivery=delivery)
    first = client.request(srv, ESME, Read(), home.now).request_id.counter
    assert first == home.now.timestamp() * 1000


def test_a_service_of_the_dcc_is_asked_of_the_dcc() -> None:
    home = PartyHome()
    request = home.client(SUPPLIER).request(Srv.READ_INVENTORY, ACB_ID, ReadInventory(ESME), home.now)
    answer = home.bed.dsp.submit(request, home.now).response
    assert answer.code is ResponseCode.I0, answer


def test_sequences() -> None:
    home = PartyHome()
    client = home.client(SUPPLIER)
    first = client.request(Srv.READ_MPXN, ESME, Read(), home.now, first_in_sequence=True)
    second = client.request(Srv.READ_MPXN, GSME, Read(), home.now, preceding=first.request_id)
    alone = client.request(Srv.READ_MPXN, ESME, Read(), home.now)
    assert (first.first_in_sequence, first.preceding) == (True, None)
    assert (second.first_in_sequence, second.preceding) == (None, first.request_id)
    assert (alone.first_in_sequence, alone.preceding) == (None, None)
    codes = [home.bed.dsp.submit(request, home.now).response.code for request in (second, first)]
    assert codes == [ResponseCode.SIM_SEQUENCE, ResponseCode.I99]


def test_a_critical_request_keeps_its_place_in_a_sequence_when_it_is_signed() -> None:
    home = PartyHome()
    client = home.client(SUPPLIER)
    read = home.ask(SUPPLIER, Srv.READ_MPXN, ESME, Read()).request
    body = JoinOrUnjoin(PPMID)
    request = client.request(Srv.UNJOIN_CRITICAL, ESME, body, home.now, preceding=read.request_id)
    signed = client.sign_pre_command(request, home.bed.dsp.submit(request, home.now).response)
    assert signed.preceding == read.request_id
    assert home.bed.dsp.submit(signed, home.now).response.code is ResponseCode.I99


def test_a_command_delivered_on_site_is_answered_like_any_other() -> None:
    home = PartyHome()
    client = home.client(SUPPLIER)
    request, response = home.transformed(
        SUPPLIER, Srv.SYNCHRONISE_CLOCK, ESME, SynchroniseClock(home.now, 60)
    )
    signed = client.sign_pre_command(request, response, delivery=Delivery.LOCAL)
    local = home.bed.dsp.submit(signed, home.now).response
    assert isinstance(local.body, LocalCommand)
    (sent,) = home.devices[ESME].receive(local.body.gbcs, home.now).sent
    answer = client.open(local._replace(body=DeviceResponse(sent)))
    assert answer is not None


def test_numbers_rise_whatever_the_clock_does() -> None:
    home = PartyHome()
    client = home.client(SUPPLIER)
    moments = [home.now, home.now, home.now - timedelta(days=1), home.now + timedelta(seconds=1)]
    counters = [client.request(Srv.READ_MPXN, ESME, Read(), at).request_id.counter for at in moments]
    first = counters[0]
    assert counters == [first, first + 1, first + 2, first + 1000]


def test_the_example_of_the_documentation_works() -> None:
    """The code in the module's docstring is run as it is, against a real meter."""
    text = party_client.__doc__ or ""
    example = textwrap.dedent(text[text.index("    from ") : text.index("Documents in place")])
    home = PartyHome()
    names = {
        "client": home.client(SUPPLIER),
        "meter": ESME,
        "device": home.devices[ESME],
        "dsp": home.bed.dsp,
        "now": home.now,
    }
    exec(example, names)
    answer: object = names["answer"]
    assert getattr(answer, "status", None) is ClockStatus.RELIABLE
    assert party_cases.CRITICAL["6.11 ESME"].opened is type(answer)
    assert DeviceType.ESME.value in example
