"""One ESME behind a modelled DCC, whose network operator cells two operators pass to and fro."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from dcc.identifiers import DistributorId, Mpan, Mpid
from dcc.inventory import MpxnLinks
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.registration import ElectricityRecord
from dcc.srv import Srv
from devices.device import Device, Effects
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
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
