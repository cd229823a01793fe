"""A DCC for the published request templates: their parties, devices and metering points, ready to serve them.

The parties have certificates of our own test SMKI for signing; the certificates that stand in the templates
were issued by Z1, whose own certificate (a template carries it) is made an anchor. What the templates say of
one meter does not all fit together, so its metering points are chosen to serve most of them.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from lxml import etree

from dcc.anomaly import AnomalyDetection
from dcc.device_log_backups import DeviceLogBackups
from dcc.dsp import Dsp
from dcc.duis.document_signer import DocumentSigner
from dcc.duis.front_door import FrontDoor, FrontDoorSettings
from dcc.duis.namespaces import sr
from dcc.duis.parsing import parse
from dcc.duis.requests import read_request, write_request
from dcc.duis.schema import DuisSchema
from dcc.firmware_distributions import FirmwareDistributions
from dcc.identifiers import DistributorId, Mpan, Mpid, Mprn
from dcc.inventory import Inventory, MpxnLinks
from dcc.inventory_status import StatusCause
from dcc.ledger import RequestLedger
from dcc.local_commands import LocalCommands
from dcc.parties import PartyRow, PartyTable, UserRole
from dcc.registration import Direction, ElectricityRecord, GasRecord, RegistrationData
from dcc.schedules import Schedules
from dcc.service_requests import CommandVariant, ServiceRequest, SignedPreCommand
from dcc.service_responses import PreCommand, ServiceResponse
from dcc.smki.keystore import Keystore
from dcc.smki.profiles import CertificatePurpose
from devices.gbcs.certificates import Certificate, load_certificate
from devices.gbcs.crypto import KeyPair
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage, RemotePartyRole
from devices.gbcs.message import parse as parse_gbcs
from devices.gbcs.protection import encode_signed
from scenarios.test_bed import ACB_ID, TestBed

START: Final = datetime(2026, 1, 5, tzinfo=UTC)
EARLY_START: Final = datetime(2014, 12, 1, tzinfo=UTC)
"""A time before the execution times of 2015 in some templates, and before Z1 was there."""

SUPPLIER: Final = Eui64.parse("90-B3-D5-1F-30-01-00-00")
OPERATOR: Final = Eui64.parse("90-B3-D5-1F-30-02-00-00")
OTHER_SUPPLIER: Final = Eui64.parse("90-B3-D5-1F-30-03-00-00")
LOAD_CONTROLLER: Final = Eui64.parse("90-B3-D5-1F-30-01-00-08")
OTHER_USER: Final = Eui64.parse("00-DB-12-34-56-78-00-04")
SENDERS: Final = (SUPPLIER, OPERATOR, OTHER_SUPPLIER, LOAD_CONTROLLER, OTHER_USER, ACB_ID)

ROLES: Final[Mapping[Eui64, tuple[UserRole, ...]]] = {
    SUPPLIER: (UserRole.IS, UserRole.ES, UserRole.GS),
    OPERATOR: (UserRole.ED, UserRole.GT),
    OTHER_SUPPLIER: (UserRole.IS, UserRole.GS),
    # No User Role for load controllers is in the published matrix.
    LOAD_CONTROLLER: (UserRole.OU,),
    OTHER_USER: (UserRole.OU,),
}
"""Who is a User in which roles; the DCC itself is none."""

_MPIDS: Final = {
    SUPPLIER: "SUPA",
    OPERATOR: "NETA",
    OTHER_SUPPLIER: "SUPB",
    LOAD_CONTROLLER: "LOAD",
    OTHER_USER: "OTHR",
}


def device_id(last: int) -> Eui64:
    return Eui64.parse(f"00-DB-12-34-56-78-90-{last:02X}")


ESME: Final = device_id(0xA0)
GSME: Final = device_id(0xA1)
CHF: Final = device_id(0xA2)
GPF: Final = device_id(0xA3)
PPMID: Final = device_id(0xA4)
HCALCS: Final = device_id(0xA5)
DEVICE_OF: Final = {
    DeviceType.ESME: ESME,
    DeviceType.GSME: GSME,
    DeviceType.CHF: CHF,
    DeviceType.GPF: GPF,
    DeviceType.PPMID: PPMID,
    DeviceType.HCALCS: HCALCS,
}
METERS: Final = {ESME: DeviceType.ESME, GSME: DeviceType.GSME}
NAMELESS: Final = Eui64.parse("01-02-03-04-05-06-07-08")
"""The other device of two unjoins: a PPMID's from an ESME, and a GSME's from a GPF."""

# The other devices of joins, with the type that the target of each can be joined to.
_OTHERS: Final = {
    PPMID: DeviceType.PPMID,
    HCALCS: DeviceType.HCALCS,
    device_id(0x93): DeviceType.ESME,
    device_id(0x94): DeviceType.GSME,
    device_id(0x99): DeviceType.PPMID,
    NAMELESS: DeviceType.ESME,
}
DEVICES: Final = (*METERS, CHF, GPF, *_OTHERS)
MPAN: Final = Mpan("1312345678333")
SECONDARY_MPAN: Final = Mpan("1312345678222")
EXPORT_MPAN: Final = Mpan("1312345678444")
NEW_MPAN: Final = Mpan("1312345678111")
MPRN: Final = Mprn("1234567890")
HUB_MPRN: Final = Mprn("1000999888")

Progress = tuple[StatusCause, ...]
"""How far a meter has come in the inventory, since it was notified."""

PENDING: Final[Progress] = ()
WHITELISTED: Final = (StatusCause.ADDED_TO_HUB,)
INSTALLED: Final = (*WHITELISTED, StatusCause.JOINED_HAN)
COMMISSIONED: Final = (*INSTALLED, StatusCause.COMMISSION_COMMAND_SUCCEEDED)
SUSPENDED: Final = (*COMMISSIONED, StatusCause.FIRMWARE_DELISTED)
RECOVERY: Final = (*COMMISSIONED, StatusCause.RECOVERY_STARTED)
RECOVERED: Final = (*RECOVERY, StatusCause.RECOVERY_DONE)
DECOMMISSIONED: Final = (*COMMISSIONED, StatusCause.DECOMMISSIONED)
WITHDRAWN: Final = (*COMMISSIONED, StatusCause.OPTED_OUT)
_OTHER_STEPS: Final = (StatusCause.ADDED_TO_HUB, StatusCause.JOINED_HAN, StatusCause.JOINED_METER)


def templates(conformance: Path) -> dict[str, bytes]:
    """The published templates by the part of their names that tells them apart."""
    folder = conformance / "duis" / "templates"
    return {path.name.split("_REQUEST_DUIS")[0]: path.read_bytes() for path in sorted(folder.iterdir())}


def z1_certificate(documents: Mapping[str, bytes]) -> Certificate:
    """The certificate of Z1, which templates carry on the paths of what it issued."""
    for document in documents.values():
        for element in parse(document).iter(sr("Certificate")):
            certificate = load_certificate(base64.b64decode(element.text or ""))
            if certificate.role is RemotePartyRole.ISSUING_AUTHORITY:
                return certificate
    raise AssertionError("no template carries the certificate of Z1")


class Zaz1World:
    """Parties with their certificates, made once; each front door opens on a DCC without a past."""

    def __init__(
        self,
        anchors: Collection[Certificate] = (),
        schema: DuisSchema | None = None,
        start: datetime = START,
    ) -> None:
        self.start = start
        self.now = start + timedelta(hours=1)
        self.bed = TestBed(11, PartyTable(_party_rows()), start)
        self.dcc = self.bed.world
        self.dcc.anchors += tuple(anchors)
        self.signers = {user: self.bed.xml_signer(user) for user in SENDERS}
        self._clients = {
            SUPPLIER: self.bed.enrol(SUPPLIER, RemotePartyRole.SUPPLIER),
            OPERATOR: self.bed.enrol(OPERATOR, RemotePartyRole.NETWORK_OPERATOR),
        }
        self._door = self.bed.front_door(FrontDoorSettings(schema=schema))
        for eui in DEVICES:
            self._certify(eui)
        _register(self.dcc.registration)

    def door(
        self,
        *,
        meters: Mapping[Eui64, Progress] | None = None,
        without: Collection[Eui64] = (),
        nameless: DeviceType = DeviceType.ESME,
    ) -> FrontDoor:
        """The front door of a DCC that remembers nothing yet.

        ``meters`` says how far a meter has come, otherwise Commissioned; ``without`` names devices that the
        inventory does not know; ``nameless`` is the type of :data:`NAMELESS`, an ESME or a GPF.
        """
        inventory = _inventory(self.start, meters or {}, nameless)
        for eui in without:
            inventory.remove(eui)
        world = dataclasses.replace(
            self.dcc,
            inventory=inventory,
            ledger=RequestLedger(),
            anomaly=AnomalyDetection(),
            schedules=Schedules(),
            firmware=FirmwareDistributions(),
            local_commands=LocalCommands(),
            backups=DeviceLogBackups(),
        )
        dsp = Dsp(world, self.bed.dsp.broker, self.bed.dsp.cos_party)
        return FrontDoor(dsp, self.dcc_signer, self._door.settings)

    @property
    def dcc_signer(self) -> DocumentSigner:
        """The certificate with which the DCC signs, and its key."""
        return self._door.signer

    def signed(self, document: bytes | etree._Element | ServiceRequest, by: Eui64 | None = None) -> bytes:
        """A document signed by a sender of ours, or by the originator that it names."""
        root = parse(document) if isinstance(document, bytes) else document
        if isinstance(root, ServiceRequest):
            root = write_request(root)
        signer = self.signers[by or read_request(root).request_id.originator]
        return signer.sign(root, self.dcc.provider)

    def second_call(self, request: ServiceRequest, response: ServiceResponse) -> ServiceRequest:
        """The Pre-Command of a response, signed by the User: what it sends by the second call."""
        assert isinstance(response.body, PreCommand), response
        key = self._clients[request.request_id.originator].credentials.signing_key
        gbcs = encode_signed(parse_gbcs(response.body.gbcs), key, self.dcc.provider)
        variant = CommandVariant.SIGNED_COMMAND
        return request._replace(command_variant=variant, body=SignedPreCommand(gbcs))

    def _certify(self, eui: Eui64) -> None:
        point = KeyPair.from_seed(b"zaz1 worlds", str(eui)).public_point
        certificate = self.bed.smki.issue_device(eui, KeyUsage.KEY_AGREEMENT, point, self.start)
        self.dcc.repository.lodge(certificate, CertificatePurpose.KEY_AGREEMENT)


def lodge_keystore(world: Zaz1World, conformance: Path) -> Keystore:
    """Put the certificates of the ZAZ1 test set into the repository of a world.

    Those for XML are vouched for: they give Z1 as their issuer, but Z1's key has not signed them.
    """
    keystore = Keystore.load(conformance / "zaz1")
    certificates = [entry.certificate for entry in keystore.entries if entry.certificate is not None]
    for certificate in certificates:
        world.dcc.repository.lodge(certificate, None)
    for_xml = (certificate for certificate in certificates if certificate.role is RemotePartyRole.XML_SIGN)
    world.dcc.vouched_signers = frozenset(for_xml)
    return keystore


def _party_rows() -> list[PartyRow]:
    return [
        PartyRow(
            Mpid(_MPIDS[user]),
            role,
            f"Party {_MPIDS[user]}",
            user,
            (DistributorId(13),) if role is UserRole.ED else (),
            ("Network",) if role is UserRole.GT else (),
            dcc_user=True,
        )
        for user, roles in ROLES.items()
        for role in roles
    ]


def _register(registration: RegistrationData) -> None:
    operator, supplier = Mpid(_MPIDS[OPERATOR]), Mpid(_MPIDS[SUPPLIER])
    for mpan in (MPAN, SECONDARY_MPAN, NEW_MPAN):
        registration.add_electricity(mpan, ElectricityRecord(operator, supplier))
    record = ElectricityRecord(operator, supplier, direction=Direction.EXPORT)
    registration.add_electricity(EXPORT_MPAN, record)
    for mprn in (MPRN, HUB_MPRN):
        registration.add_gas(mprn, GasRecord(operator, supplier=supplier))


def _inventory(at: datetime, meters: Mapping[Eui64, Progress], nameless: DeviceType) -> Inventory:
    """Both meters, the hub with its gas proxy function, and what else is joined, all in one HAN."""
    inventory = Inventory()
    inventory.pre_notify(CHF, DeviceType.CHF, at, notified_by=SUPPLIER)
    inventory.pre_notify(GPF, DeviceType.GPF, at, hub=CHF, notified_by=SUPPLIER)
    for cause in (StatusCause.CONNECTED_TO_WAN, StatusCause.HUB_COMMISSIONED):
        inventory.change_status(CHF, cause, at)
    inventory.change_status(GPF, StatusCause.CONNECTED_TO_WAN, at)
    for eui, kind in METERS.items():
        _bring(inventory, eui, kind, meters.get(eui, COMMISSIONED), at)
    for eui, kind in {**_OTHERS, NAMELESS: nameless}.items():
        if kind is DeviceType.GPF:
            inventory.pre_notify(eui, kind, at, hub=CHF)
            continue
        _bring(inventory, eui, kind, COMMISSIONED if kind in METERS.values() else _OTHER_STEPS, at)
    inventory.change_status(GPF, StatusCause.JOINED_METER, at)
    if inventory.device(ESME).hub is not None:
        inventory.link(ESME, MpxnLinks(MPAN, SECONDARY_MPAN, EXPORT_MPAN))
    if inventory.device(GSME).hub is not None:
        inventory.link(GSME, MpxnLinks(MPRN))
    for first, second in ((ESME, PPMID), (ESME, HCALCS), (ESME, device_id(0x99)), (GPF, PPMID)):
        inventory.join(first, second)
    # What is to be unjoined from the nameless device is joined to it: a GSME has one GPF.
    of_nameless = nameless is DeviceType.GPF
    inventory.join(GSME, NAMELESS if of_nameless else GPF)
    if not of_nameless:
        inventory.join(PPMID, NAMELESS)
    return inventory


def _bring(inventory: Inventory, eui: Eui64, kind: DeviceType, causes: Progress, at: datetime) -> None:
    inventory.pre_notify(eui, kind, at, notified_by=SUPPLIER)
    for cause in causes:
        inventory.change_status(eui, cause, at)
    if causes:
        inventory.assign_hub(eui, CHF)
