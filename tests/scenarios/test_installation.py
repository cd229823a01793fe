"""A SMETS2 home is installed in the order of its services, on signed documents and GBCS octets throughout.

From the pre-notification of its devices to the first reads of the network operators (SEC Appendix AC).
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from installation_worlds import (
    CHF,
    DISTRIBUTOR,
    ESME,
    GPF,
    GSME,
    IHD,
    KINDS,
    MODEL,
    MPAN,
    MPRN,
    POINTS,
    PPMID,
    SUPPLIER,
    TRANSPORTER,
    Site,
)

from dcc.alert_payloads import (
    CertificateType,
    CredentialsUpdated,
    DeviceStatusChange,
    HanDeviceLogResult,
    MeterIdentity,
    MeteringPoints,
    ReplacedCertificate,
)
from dcc.bodies.credentials import CredentialType, RetrieveDeviceCredential, RetrieveRoles
from dcc.bodies.inventory import ReadInventory
from dcc.bodies.reads import Read, ReadLog
from dcc.duis.schema import DuisSchema
from dcc.inventory_status import DeviceStatus
from dcc.response_codes import ResponseCode
from dcc.service_responses import DeviceResponse, InventoryDevices
from dcc.smki.repository import CertificateStatus
from dcc.srv import Srv
from devices.assumptions import DEFAULT_ASSUMPTIONS
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import (
    CredentialStatus,
    RetrieveCredentialsResponse,
    UpdateCredentialsResponse,
)
from devices.gbcs.device_certificates import ProvideDeviceCertificateResponse
from devices.gbcs.identifiers import Eui64, RemotePartyRole
from devices.reads import GasConsumption, NetworkData
from scenarios.test_bed import ACB_ID

Code = ResponseCode
METERS = (ESME, GSME)
OPERATOR_OF = {ESME: DISTRIBUTOR, GSME: TRANSPORTER}


@pytest.fixture(scope="session")
def published(conformance: Path) -> DuisSchema:
    return DuisSchema.load(conformance / "duis" / "schema")


def test_a_home_is_installed() -> None:
    _install(Site())


def test_a_home_whose_meters_sign_with_a_new_key_at_once_is_installed() -> None:
    """Whether old or new key signs the response to 6.15.2 was not seen: both ways work."""
    _install(Site(assumptions=DEFAULT_ASSUMPTIONS._replace(new_key_signs_certificate_response=True)))


def test_every_document_of_an_installation_is_valid(published: DuisSchema) -> None:
    """Requests at the front door and what Users get are held against the published schema."""
    _install(Site(published))


def _install(site: Site) -> None:
    _notify(site)
    _fill_the_han(site)
    _commission_the_meters(site)
    _join_the_devices(site)
    _set_metering_points(site)
    _hand_over(site)
    for meter in METERS:
        for credential in CredentialType:
            _renew_own_key(site, meter, credential)
    _look_at_the_cells(site)
    _look_at_the_inventory(site)
    _first_reads(site)


def _notify(site: Site) -> None:
    for eui in (ESME, GSME, PPMID, IHD):
        assert site.notify(eui).code is Code.I99
    assert [site.status(eui) for eui in (ESME, GSME, PPMID, IHD)] == ["Pending", "Pending", "Pending", None]
    site.connect_hub()
    assert (site.status(CHF), site.status(GPF)) == ("Commissioned", "InstalledNotCommissioned")
    assert site.report_hub().code is Code.I99
    assert site.take_told() == []


def _fill_the_han(site: Site) -> None:
    for eui in (ESME, GSME, PPMID, IHD):
        outcome = site.add_to_hub(eui)
        assert outcome.code is Code.I0
        assert outcome.response is not None
        assert outcome.response.request_id is not None
        (told,) = site.told
        assert told.alert.payload == HanDeviceLogResult(outcome.response.request_id)
        assert site.take_told() == [(SUPPLIER, "N24")]
        assert site.status(eui) == (None if eui == IHD else "Whitelisted")
        site.joins_han(eui)
        assert site.status(eui) == (None if eui == IHD else "InstalledNotCommissioned")
    assert {entry.device for entry in site.bed.world.backups.hubs[CHF].devices} == {ESME, GSME, PPMID, IHD}
    assert site.take_told() == []


def _commission_the_meters(site: Site) -> None:
    for meter in METERS:
        assert site.commission(meter).code is Code.I0
        assert site.status(meter) == "Commissioned"
        (told,) = site.told
        points = MeteringPoints(POINTS[meter])
        assert told.alert.payload == DeviceStatusChange(meter, MeterIdentity(points))
        assert site.take_told() == [(OPERATOR_OF[meter], "N1")]


def _join_the_devices(site: Site) -> None:
    assert site.status(PPMID) == "InstalledNotCommissioned"
    assert site.join(Srv.JOIN_NON_CRITICAL, GSME, GPF).code is Code.I0
    assert site.status(GPF) == "Commissioned"
    assert site.join(Srv.JOIN_CRITICAL, ESME, PPMID).code is Code.I0
    assert site.status(PPMID) == "Commissioned"
    assert site.join(Srv.JOIN_NON_CRITICAL, PPMID, ESME).code is Code.I0
    inventory = site.bed.world.inventory
    assert inventory.device(GPF).joined_to == (GSME,)
    assert inventory.device(PPMID).joined_to == (ESME,)
    assert inventory.metering_points_of(GPF) == (MPRN,)
    assert inventory.metering_points_of(PPMID) == (MPAN,)


def _set_metering_points(site: Site) -> None:
    for meter in METERS:
        assert site.set_mpxn(meter).code is Code.I0
        outcome = site.ask(SUPPLIER, Srv.READ_MPXN, meter, Read())
        assert outcome.response is not None
        assert isinstance(outcome.response.body, DeviceResponse)
        assert str(POINTS[meter]).encode() in outcome.response.body.gbcs


def _hand_over(site: Site) -> None:
    for device, owner, told in (
        (GPF, SUPPLIER, {SUPPLIER}),
        (ESME, DISTRIBUTOR, {DISTRIBUTOR, SUPPLIER}),
        (GPF, TRANSPORTER, {TRANSPORTER, SUPPLIER}),
    ):
        outcome = site.hand_over(device, owner)
        assert outcome.code is Code.I0
        opened = outcome.opened
        assert isinstance(opened, UpdateCredentialsResponse)
        assert opened.outcome is not None
        assert {item.status for item in opened.outcome.replacements} == {CredentialStatus.SUCCESS}
        expected = _n42(site, device, owner)
        assert {item.user for item in site.told} == told
        assert {item.alert.payload for item in site.told} == {expected}
        assert {code for _, code in site.take_told()} == {"N42"}


def _n42(site: Site, device: Eui64, owner: Eui64) -> CredentialsUpdated:
    credentials = site.parties[owner].client.credentials
    placed = {
        CertificateType.DIGITAL_SIGNING: credentials.signing,
        CertificateType.KEY_AGREEMENT: credentials.agreement,
        CertificateType.KEY_AGREEMENT_TOP_UP: credentials.top_up,
    }
    hashes = tuple(
        ReplacedCertificate(kind, hashlib.sha1(certificate.der, usedforsecurity=False).digest())
        for kind, certificate in placed.items()
        if certificate is not None
    )
    return CredentialsUpdated(device, credentials.role, hashes)


def _renew_own_key(site: Site, meter: Eui64, credential: CredentialType) -> None:
    """6.17 and 6.15.2; after each the meter is still understood, and understands."""
    certificate = site.new_certificate(meter, credential)
    before = site.devices[meter].certificates
    old = before.signing if credential is CredentialType.DIGITAL_SIGNATURE else before.agreement
    assert (_letter(site, old), _letter(site, certificate)) == ("I", "P")
    _understood(site, meter)
    outcome = site.place_certificate(meter, certificate)
    assert outcome.code is Code.I0
    assert (_letter(site, old), _letter(site, certificate)) == ("N", "I")
    _understood(site, meter)
    given = site.ask(
        SUPPLIER, Srv.RETRIEVE_DEVICE_CREDENTIALS, meter, RetrieveDeviceCredential(credential)
    ).payload
    assert isinstance(given, ProvideDeviceCertificateResponse)
    assert given.outcome == certificate.der


def _letter(site: Site, certificate: Certificate) -> str:
    entry = site.bed.repository.get(certificate.issuer, certificate.serial)
    assert entry is not None
    status: CertificateStatus = entry.status(site.now)
    return status.value


def _understood(site: Site, meter: Eui64) -> None:
    """A critical service and one that is not, a signature each and a MAC each, in both directions."""
    assert site.commission(meter).code is Code.I0
    assert site.ask(SUPPLIER, Srv.READ_MPXN, meter, Read()).code is Code.I0
    assert site.take_told() == []


def _look_at_the_cells(site: Site) -> None:
    role = RemotePartyRole
    for device, operator in ((ESME, DISTRIBUTOR), (GPF, TRANSPORTER)):
        asked = RetrieveRoles((role.SUPPLIER, role.NETWORK_OPERATOR, role.ACCESS_CONTROL_BROKER))
        opened = site.ask(SUPPLIER, Srv.RETRIEVE_CREDENTIALS, device, asked).opened
        assert isinstance(opened, RetrieveCredentialsResponse)
        holders = {item.role: {cell.subject for cell in item.cells or ()} for item in opened.roles}
        assert holders == {
            role.SUPPLIER: {SUPPLIER},
            role.NETWORK_OPERATOR: {operator},
            role.ACCESS_CONTROL_BROKER: {ACB_ID},
        }


def _look_at_the_inventory(site: Site) -> None:
    outcome = site.ask(SUPPLIER, Srv.READ_INVENTORY, ACB_ID, ReadInventory(MPAN))
    assert outcome.code is Code.I0
    assert outcome.response is not None
    assert isinstance(outcome.response.body, InventoryDevices)
    records = {record.device: record for record in outcome.response.body.devices}
    assert {eui: record.device_type for eui, record in records.items()} == KINDS
    for eui, record in records.items():
        assert record.status is (None if eui == IHD else DeviceStatus.COMMISSIONED)
        assert record.model == MODEL
        assert record.date_commissioned == (None if eui == IHD else site.now.date())
        assert record.import_mpxn == {ESME: MPAN, GSME: MPRN, GPF: MPRN}.get(eui)


def _first_reads(site: Site) -> None:
    log = ReadLog(site.now - timedelta(hours=3), site.now)
    assert isinstance(site.ask(DISTRIBUTOR, Srv.READ_NETWORK_DATA, ESME, log).opened, NetworkData)
    read = site.ask(TRANSPORTER, Srv.READ_IMPORT_REGISTERS, GPF, Read())
    assert isinstance(read.opened, GasConsumption)
    assert site.take_told() == []
