"""SMETS2 devices in the place of SMETS1 ones that had to be exchanged, with the right certificates.

No SMETS1 device is installed any more. The supplier places the registered operator's certificates (6.21) on
the visit, without a mistake, and nobody places any on the new device later (assumed): mistakes on SMETS2
devices are the question of another family.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from dcc.inventory import MpxnLinks
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, Eui64
from scenarios.engine.link import network_operator_cells
from scenarios.engine.run_kit import RunKit
from scenarios.engine.simulation import Conversation
from scenarios.smets1_fleet import Smets1Fleet, Smets1Meter, mpxn_of

_ESME, _GPF, _HUB, _GSME = (bytes.fromhex(f"00DB12{kind}") for kind in ("38", "39", "3A", "3B"))
INSTALLED: Final = "successor installed"


class Successor(NamedTuple):
    """The device that operators talk to at a metering point after an exchange: a meter, or a GPF."""

    meter: Smets1Meter
    device: Eui64


def install_successor(kit: RunKit, meter: Smets1Meter) -> Conversation[Successor]:
    """Put a SMETS2 device in, now, and have the operator's certificates placed on it."""
    now, bed, supplier = kit.simulation.now, kit.bed, kit.clients[meter.home.supplier.user_id]
    links = MpxnLinks(mpxn_of(meter))
    kind, eui = (DeviceType.GPF, _eui(_GPF, meter)) if meter.gas else (DeviceType.ESME, _eui(_ESME, meter))
    kit.link.connect(bed.manufacture(kind, eui, now, supplier.credentials))
    if meter.gas:
        bed.commission_gpf(eui, _eui(_HUB, meter), _eui(_GSME, meter), links, now)
    else:
        bed.commission_meter(eui, kind, links, now)
    kit.act(INSTALLED, actor=supplier.user_id, device=eui, home=meter.number, detail=str(meter.device))
    body = supplier.replacement(kit.clients[meter.operator.user_id].credentials)
    chance = kit.streams.stream("home", meter.number, "6.21")
    yield from kit.link.call(supplier, Srv.HANDOVER, eui, body, chance)
    return Successor(meter, eui)


def succession_breaches(kit: RunKit, fleet: Smets1Fleet, successors: Collection[Successor]) -> Iterator[str]:
    """Where not each metering point has one device in use, or a new one other certificates than it should."""
    inventory, connected = kit.bed.world.inventory, {device.eui: device for device in kit.link.devices}
    by_meter = {successor.meter.device: successor for successor in successors}
    for meter in fleet.meters:
        successor = by_meter.get(meter.device)
        devices = (meter.device,) if successor is None else (meter.device, successor.device)
        in_use = [device for device in devices if not inventory.device(device).is_gone]
        if in_use != [devices[-1]]:
            yield f"{mpxn_of(meter)}: {len(in_use)} devices in use, expected the last one of {len(devices)}"
        device = None if successor is None else connected.get(successor.device)
        holder = None if device is None else network_operator_cells(device)[0]
        if successor is not None and holder != meter.operator.user_id:
            yield f"{successor.device}: certificates of {holder}, expected {meter.operator.user_id}"


def _eui(prefix: bytes, meter: Smets1Meter) -> Eui64:
    return Eui64(prefix + meter.number.to_bytes(4, "big"))
