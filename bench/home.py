"""One ESME behind a modelled DCC, whose network operator cells two operators pass to and fro."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from dcc.duis.front_door import FrontDoor
from dcc.envelope import WebService
from dcc.identifiers import DistributorId, Mpan, Mpid
from dcc.inventory import MpxnLinks
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.registration import ElectricityRecord
from dcc.srv import Srv
from devices.device import Device, Effects
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
from scenarios.duis_client import DuisParty
from scenarios.party_client import PartyClient
from scenarios.test_bed import TestBed

START = datetime(2026, 1, 5, tzinfo=UTC)
SEED = 7
_SUPPLIER = Eui64.parse("90-B3-D5-1F-30-01-00-00")
_OPERATORS = (Eui64.parse("90-B3-D5-1F-30-02-00-00"), Eui64.parse("90-B3-D5-1F-30-03-00-00"))
_METER = Eui64.parse("00-DB-12-34-56-78-90-A0")
_MPAN = Mpan.from_core(DistributorId(10), 1)


class Home(NamedTuple):
    """The DCC, the meter and its present network operator first."""

    bed: TestBed
    meter: Device
    operators: tuple[PartyClient, PartyClient]


class Exchange(NamedTuple):
    """What went to the meter and what came back."""

    command: bytes
    response: bytes


def make_home() -> Home:
    """A commissioned ESME after its handover to the first operator; the same each time, by its seed."""
    bed = TestBed(SEED, PartyTable(_rows()), START)
    supplier = bed.enrol(_SUPPLIER, RemotePartyRole.SUPPLIER)
    first, second = (bed.enrol(user, RemotePartyRole.NETWORK_OPERATOR) for user in _OPERATORS)
    meter = bed.manufacture(DeviceType.ESME, _METER, START)
    bed.commission_meter(_METER, DeviceType.ESME, MpxnLinks(_MPAN), START)
    bed.world.registration.add_electricity(_MPAN, ElectricityRecord(Mpid("NOA"), Mpid("SUP")))
    now = START + timedelta(hours=1)
    body = supplier.replacement(first.credentials)
    handover = bed.dsp.submit(supplier.request(Srv.HANDOVER, _METER, body, now), now)
    if handover.command is None or not meter.receive(handover.command.octets, now).accepted:
        raise RuntimeError(f"handover failed: {handover.response}")
    return Home(bed, meter, (first, second))


def update(home: Home, number: int) -> Exchange:
    """One whole 6.15.1 from the present operator to the other; ``number`` counts from 0.

    Request, transform, check and signature of the party, second call with all its checks, MAC, device,
    response verified by the DSP and by the party.
    """
    bed, meter, operators = home
    now = START + timedelta(days=1, seconds=number)
    holder, taker = operators[number % 2], operators[(number + 1) % 2]
    body = holder.replacement(taker.credentials)
    request = holder.request(Srv.UPDATE_CREDENTIALS, meter.eui, body, now)
    transformed = bed.dsp.submit(request, now)
    signed = holder.sign_pre_command(request, transformed.response)
    command = bed.dsp.submit(signed, now).command
    if command is None:
        raise RuntimeError(f"update {number} refused")
    response = answer(meter.receive(command.octets, now))
    answered = bed.dsp.receive(response, now).response
    if answered is None or holder.open(answered) is None:
        raise RuntimeError(f"update {number} unanswered")
    return Exchange(command.octets, response)


class DuisHome(NamedTuple):
    """A home whose operators speak DUIS with the DCC's front door."""

    home: Home
    front_door: FrontDoor
    parties: tuple[DuisParty, DuisParty]


class DuisExchange(NamedTuple):
    """What went to the meter and what came back, and the documents: those of the User, those of the DSP."""

    exchange: Exchange
    from_user: tuple[bytes, ...]
    from_dsp: tuple[bytes, ...]


def make_duis_home() -> DuisHome:
    """The home of :func:`make_home` with certificates for signing XML."""
    home = make_home()
    bed = home.bed
    first, second = (
        DuisParty(client, bed.xml_signer(client.user_id), bed.repository, bed.provider)
        for client in home.operators
    )
    return DuisHome(home, bed.front_door(), (first, second))


def update_over_duis(duis_home: DuisHome, number: int) -> DuisExchange:
    """The update of :func:`update`, all between User and DCC as signed documents that both ends check."""
    (bed, meter, operators), front_door, parties = duis_home
    now = START + timedelta(days=1, seconds=number)
    party, taker = parties[number % 2], operators[(number + 1) % 2]
    body = party.client.replacement(taker.credentials)
    request = party.client.request(Srv.UPDATE_CREDENTIALS, meter.eui, body, now)
    first_call = party.sign_request(request)
    transformed = front_door.submit(first_call, WebService.TRANSFORM, now)
    second_call = party.sign_pre_command(request, transformed.document)
    sent = front_door.submit(second_call, WebService.SEND_COMMAND, now)
    party.open_answer(request, sent.document)
    if sent.submission.command is None:
        raise RuntimeError(f"update {number} refused")
    response = answer(meter.receive(sent.submission.command.octets, now))
    answered = bed.dsp.receive(response, now).response
    if answered is None:
        raise RuntimeError(f"update {number} unanswered")
    document = front_door.document(answered)
    party.client.open(party.open_answer(request, document))
    exchange = Exchange(sent.submission.command.octets, response)
    from_dsp = (transformed.document, sent.document, document)
    return DuisExchange(exchange, (first_call, second_call), from_dsp)


def answer(effects: Effects) -> bytes:
    """The response of a meter that obeyed.

    Raises:
        RuntimeError: it refused.
    """
    if not effects.accepted:
        raise RuntimeError(f"refused: {effects.entry}")
    return effects.sent[0]


def _rows() -> tuple[PartyRow, ...]:
    first, second = _OPERATORS
    ids = (DistributorId(10),), (DistributorId(11),)
    return (
        PartyRow(Mpid("SUP"), UserRole.IS, "Supplier", _SUPPLIER, dcc_user=True),
        PartyRow(Mpid("NOA"), UserRole.ED, "Operator A", first, ids[0], dcc_user=True),
        PartyRow(Mpid("NOB"), UserRole.ED, "Operator B", second, ids[1], dcc_user=True),
    )
