"""How much memory a fleet of devices takes; run as a process of its own, which prints one line of JSON.

Figures are growths of the process's resident memory (``VmRSS``) over the whole fleet, divided by its size:
``certificates`` two a device, lodged in the repository and shared with it; ``device`` as it leaves the
factory, with its key pairs; ``handed_over`` the same after one executed update of its network operator
cells, with what the shared caches remember of it (its agreed secret with the access control broker).
"""

from __future__ import annotations

import gc
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

from home import START, answer, make_home

from dcc import transform
from dcc.smki.profiles import CertificatePurpose
from dcc.srv import Srv
from dcc.transform import Transformable
from devices.cells import factory_cells
from devices.device import Device, DeviceCertificates, DeviceKeys
from devices.esme import Esme
from devices.gbcs.crypto import KeyPair
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage, OriginatorCounter
from devices.gbcs.message import encode
from scenarios.party_client import PartyClient
from scenarios.test_bed import ACB_ID, TestBed

_STATUS = Path("/proc/self/statm")
_PAGE_OCTETS = os.sysconf("SC_PAGE_SIZE")


def resident_octets() -> int:
    """The resident memory of this process, rubbish collected."""
    gc.collect()
    return int(_STATUS.read_text().split()[1]) * _PAGE_OCTETS


def eui_of(number: int) -> Eui64:
    return Eui64(b"\x00\xdb" + number.to_bytes(6, "big"))


def keys_of(bed: TestBed, eui: Eui64) -> DeviceKeys:
    names = ("signing", "agreement")
    return DeviceKeys(*(KeyPair.from_seed(bed.seed, "device", str(eui), name) for name in names))


def issue(bed: TestBed, eui: Eui64) -> DeviceCertificates:
    keys = keys_of(bed, eui)
    certificates = DeviceCertificates(
        bed.smki.issue_device(eui, KeyUsage.DIGITAL_SIGNATURE, keys.signing.public_point, START),
        bed.smki.issue_device(eui, KeyUsage.KEY_AGREEMENT, keys.agreement.public_point, START),
    )
    bed.repository.lodge(certificates.signing, CertificatePurpose.DIGITAL_SIGNING)
    bed.repository.lodge(certificates.agreement, CertificatePurpose.KEY_AGREEMENT)
    return certificates


def hand_over(bed: TestBed, device: Device, operator: PartyClient) -> None:
    """Let the device execute the handover of its network operator cells."""
    body = operator.replacement(operator.credentials)
    counter = OriginatorCounter(1)
    plan = transform.plan(Transformable(Srv.HANDOVER, body, DeviceType.ESME))
    if plan is None:
        raise RuntimeError("the transform doesn't know the handover")
    command = plan.message(ACB_ID, device.eui, counter)
    broker = bed.dsp.broker
    octets = encode(broker.protect(broker.sign(command), device.agreement.public_point))
    answer(device.receive(octets, START + timedelta(hours=1)))


def main(size: int) -> dict[str, int]:
    """Build a fleet and say what each device took, in octets."""
    home = make_home()
    bed, operator = home.bed, home.operators[0]
    cells = factory_cells(DeviceType.ESME, bed.dcc_certificates)
    empty = resident_octets()
    certificates = [issue(bed, eui_of(number)) for number in range(size)]
    certified = resident_octets()
    fleet = [
        Esme(eui_of(number), keys_of(bed, eui_of(number)), own, cells, bed.context, START)
        for number, own in enumerate(certificates)
    ]
    made = resident_octets()
    for device in fleet:
        hand_over(bed, device, operator)
    handed_over = resident_octets()
    return {
        "certificates": (certified - empty) // size,
        "device": (made - certified) // size,
        "handed_over": (handed_over - certified) // size,
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
