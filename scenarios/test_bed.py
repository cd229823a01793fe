"""A DCC with its certificates, parties and devices, all made from one seed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import ClassVar, Final

from dcc.acb_renewal import BrokerCredentials
from dcc.access_control_broker import AcbCounters, AccessControlBroker, DccSignatory
from dcc.countersigning import Countersigner
from dcc.dates import utc_day
from dcc.dsp import Dsp
from dcc.duis.document_signer import DocumentSigner
from dcc.duis.front_door import FrontDoor, FrontDoorSettings
from dcc.errors import DccValueError
from dcc.inventory import Inventory, MpxnLinks
from dcc.inventory_records import SMETS1_REGION
from dcc.inventory_status import StatusCause
from dcc.parties import PartyTable
from dcc.registration import RegistrationData
from dcc.releases import Modification
from dcc.s1sp.cohorts import Cohort
from dcc.s1sp.provider import S1sp
from dcc.smets1_desk import Smets1Desk
from dcc.smki.hierarchy import IssuedCertificate, TestSmki
from dcc.smki.profiles import CertificatePurpose
from dcc.smki.repository import CertificateEvent, SmkiRepository
from dcc.world import DccWorld
from devices import cells
from devices.assumptions import DEFAULT_ASSUMPTIONS, DeviceAssumptions
from devices.cells import DccCertificates, factory_cells
from devices.device import Device, DeviceContext
from devices.device_types import DEVICE_CLASSES
from devices.gbcs.certificate_path import PathValidator
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.identifiers import DeviceType, Eui64, KeyUsage, RemotePartyRole
from devices.state import DeviceCertificates, DeviceKeys
from devices.trust_anchor import TrustAnchorStore
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.stand_in_crypto import StandInCrypto
from scenarios.party_client import PartyClient, PartyCredentials

ACB_ID: Final = Eui64.parse("90-B3-D5-1F-30-00-00-02")
RECOVERY_ID: Final = Eui64.parse("90-B3-D5-1F-30-00-00-01")
WAN_PROVIDER_ID: Final = Eui64.parse("90-B3-D5-1F-30-00-00-07")
TRANSITIONAL_COS_ID: Final = Eui64.parse("90-B3-D5-1F-30-00-00-04")
S1SP_PREFIX: Final = bytes.fromhex("90B3D51F300001")
_HUB_STEPS: Final = (StatusCause.CONNECTED_TO_WAN, StatusCause.HUB_COMMISSIONED)
_METER_STEPS: Final = (
    StatusCause.ADDED_TO_HUB,
    StatusCause.JOINED_HAN,
    StatusCause.COMMISSION_COMMAND_SUCCEEDED,
)
_OWN_PURPOSES: Final = (CertificatePurpose.DIGITAL_SIGNING, CertificatePurpose.KEY_AGREEMENT)
_GPF_STEPS: Final = (StatusCause.CONNECTED_TO_WAN, StatusCause.JOINED_METER)


class TestBed:
    """One modelled DCC. ``start`` is the first moment of the run: certificates are valid a month before.

    ``byte_share`` is the share of devices, 0 to 1, with real signatures and shared secrets; for
    the others there are stand-ins.

    Raises:
        DccValueError: the party table or the dates do not fit together, ``start`` has no time zone, or a
            modification is none (its name in letters would switch nothing).
    """

    __test__: ClassVar[bool] = False

    def __init__(
        self,
        seed: int,
        parties: PartyTable,
        start: datetime,
        *,
        modifications: Iterable[Modification] = (),
        acb_counters: AcbCounters = AcbCounters.PER_DEVICE,
        assumptions: DeviceAssumptions = DEFAULT_ASSUMPTIONS,
        byte_share: float = 1.0,
    ) -> None:
        self.seed = f"dccbench/{seed}".encode()
        self.certified_from: date = utc_day(start) - timedelta(days=30)
        self._byte_share, self._fidelity = byte_share, RandomStreams(seed)
        self._stand_ins = StandInCrypto() if byte_share < 1 else None
        self.provider: CryptoProvider = self._stand_ins or CryptoProvider()
        validator = PathValidator(self.provider)
        self.smki = TestSmki(self.seed, established=date(self.certified_from.year - 1, 1, 1))
        self.repository = SmkiRepository()
        self.context = DeviceContext(self.provider, validator, assumptions)
        self.broker_credentials = self.new_broker_credentials(0)
        broker_signing, broker_agreement, _ = self.broker_credentials
        self.recovery = self._issue(RECOVERY_ID, RemotePartyRole.RECOVERY, CertificatePurpose.DIGITAL_SIGNING)
        self._cos = self._issue(
            TRANSITIONAL_COS_ID, RemotePartyRole.TRANSITIONAL_COS, CertificatePurpose.DIGITAL_SIGNING
        )
        self.dcc_certificates = self._dcc_certificates(broker_signing, broker_agreement)
        self._factory_cells = {kind: factory_cells(kind, self.dcc_certificates) for kind in DEVICE_CLASSES}
        world = DccWorld(
            parties,
            RegistrationData(parties),
            Inventory(),
            self.repository,
            (self.smki.root.certificate,),
            self.provider,
            validator,
            _switches(modifications),
            issuers=(self.smki.issuer.certificate, self.smki.device_issuer.certificate),
            device_anchors=(self.smki.device_root.certificate,),
            dcc_id=ACB_ID,
        )
        broker = AccessControlBroker(
            ACB_ID, broker_signing.key, broker_agreement.key, self.provider, acb_counters
        )
        cos_party = DccSignatory(TRANSITIONAL_COS_ID, self._cos.key, self.provider, acb_counters)
        self.dsp = Dsp(world, broker, cos_party)
        self._s1sps_opened = 0
        self._manufactured: set[Eui64] = set()

    @property
    def world(self) -> DccWorld:
        """What the DSP knows."""
        return self.dsp.world

    def enrol(
        self,
        user_id: Eui64,
        role: RemotePartyRole,
        common_name: str | None = None,
        *,
        generation: int = 0,
    ) -> PartyClient:
        """Issue a User Id its certificates in a role, lodge them, and give it a client.

        With a higher ``generation`` the User Id gets others with new keys beside those that it has.

        Raises:
            DccValueError: the role is no member of :class:`RemotePartyRole`; those of Users are others.
        """
        if not isinstance(role, RemotePartyRole):
            raise DccValueError("role", str(role), "a member of RemotePartyRole, as certificates have it")
        signing = self._issue(
            user_id, role, CertificatePurpose.DIGITAL_SIGNING, common_name, generation=generation
        )
        agreement = self._issue(
            user_id, role, CertificatePurpose.KEY_AGREEMENT, common_name, generation=generation
        )
        top_up = None
        if role is RemotePartyRole.SUPPLIER:
            top_up = self._issue(
                user_id, role, CertificatePurpose.PREPAYMENT_KEY_AGREEMENT, common_name, generation=generation
            )
        credentials = PartyCredentials(
            user_id,
            role,
            signing.certificate,
            signing.key,
            agreement.certificate,
            agreement.key,
            top_up.certificate if top_up else None,
            top_up.key if top_up else None,
        )
        return PartyClient(credentials, self.repository, self.smki.issuer.certificate, self.provider)

    def new_broker_credentials(self, generation: int) -> BrokerCredentials:
        """Certificates for the access control broker, lodged; 0 are those that it has from the beginning."""
        role = RemotePartyRole.ACCESS_CONTROL_BROKER
        signing, agreement = (
            self._issue(ACB_ID, role, purpose, generation=generation) for purpose in _OWN_PURPOSES
        )
        return BrokerCredentials(signing, agreement, (self.smki.issuer.certificate.der,))

    def build_in(self, broker: BrokerCredentials) -> None:
        """From now on devices leave the factory with these certificates of the broker's."""
        signing, agreement = broker.signing.certificate, broker.agreement.certificate
        self.dcc_certificates = self.dcc_certificates._replace(acb_signing=signing, acb_agreement=agreement)
        self._factory_cells = {kind: factory_cells(kind, self.dcc_certificates) for kind in DEVICE_CLASSES}

    def xml_signer(self, user_id: Eui64) -> DocumentSigner:
        """Issue a User Id a certificate for signing DUIS documents, and lodge it."""
        issued = self._issue(user_id, RemotePartyRole.XML_SIGN, CertificatePurpose.XML_SIGNING)
        return DocumentSigner(issued.certificate, issued.key)

    def front_door(self, settings: FrontDoorSettings | None = None) -> FrontDoor:
        """The DSP's web services, under a certificate of its own for XML."""
        return FrontDoor(self.dsp, self._dsp_xml_signer(), settings)

    def open_s1sp(self, cohort: Cohort, name: str | None = None) -> S1sp:
        """An S1SP of a cohort, with a certificate of its own, that the DSP sends requests to.

        ``name`` is what the inventory calls it; by default that of the cohort.
        """
        if self.dsp.smets1 is None:
            self.dsp.smets1 = Smets1Desk(Countersigner(self._dsp_xml_signer(), self.provider))
        self._s1sps_opened += 1
        entity = Eui64(S1SP_PREFIX + bytes((self._s1sps_opened,)))
        s1sp = S1sp(name or cohort.name, cohort, self.world, self.xml_signer(entity), ACB_ID)
        self.dsp.smets1.connect(s1sp.name, entity)
        return s1sp

    def commission_smets1_meter(
        self, eui: Eui64, device_type: DeviceType, links: MpxnLinks, s1sp: S1sp, now: datetime
    ) -> None:
        """Take a SMETS1 meter through the inventory; it still has to be migrated into its S1SP."""
        self.commission_meter(eui, device_type, links, now)
        details = self.world.inventory.device(eui).details
        details = details._replace(csp_region=SMETS1_REGION, s1sp=s1sp.name)
        self.world.inventory.describe(eui, details=details)

    def manufacture(
        self, device_type: DeviceType, eui: Eui64, now: datetime, supplier: PartyCredentials | None = None
    ) -> Device:
        """A device as it leaves the factory, its certificates lodged; the DCC does not know it yet.

        It holds the DCC's certificates, or in its supplier cells those of the supplier that it was made for
        (assumed: what a factory puts where is between manufacturer and supplier).

        Raises:
            DccValueError: a device of this id was made before.
        """
        if eui in self._manufactured:
            raise DccValueError("device", str(eui), "one that was not manufactured before")
        self._manufactured.add(eui)
        signing = KeyPair.from_seed(self.seed, "device", str(eui), "signing")
        agreement = KeyPair.from_seed(self.seed, "device", str(eui), "agreement")
        certificates = DeviceCertificates(
            self.smki.issue_device(eui, KeyUsage.DIGITAL_SIGNATURE, signing.public_point, now),
            self.smki.issue_device(eui, KeyUsage.KEY_AGREEMENT, agreement.public_point, now),
        )
        for certificate, purpose in zip(certificates, _OWN_PURPOSES, strict=True):
            self.repository.lodge(certificate, purpose)
            self.repository.record(certificate.issuer, certificate.serial, CertificateEvent.ACCEPTED, now)
        if self._stand_ins is not None:
            self._choose_fidelity(self._stand_ins, eui, agreement)
        keys = DeviceKeys(signing, agreement)
        store = self._factory_cells[device_type]
        if supplier is not None:
            store = store.with_cells(_supplier_cells(store, supplier))
        return DEVICE_CLASSES[device_type](eui, keys, certificates, store, self.context, now)

    def _choose_fidelity(self, stand_ins: StandInCrypto, eui: Eui64, agreement: KeyPair) -> None:
        if not self._fidelity.stream("fidelity", str(eui)).chance(self._byte_share):
            stand_ins.stand_in_for(eui, agreement.public_point)

    def commission_meter(self, eui: Eui64, device_type: DeviceType, links: MpxnLinks, now: datetime) -> None:
        """Take a meter through the inventory, from pre-notification to Commissioned."""
        inventory = self.world.inventory
        inventory.pre_notify(eui, device_type, now)
        for cause in _METER_STEPS:
            inventory.change_status(eui, cause, now)
        inventory.link(eui, links)

    def commission_gpf(self, gpf: Eui64, hub: Eui64, gsme: Eui64, links: MpxnLinks, now: datetime) -> None:
        """Take a hub, its GPF and the gas meter behind it through the inventory."""
        inventory = self.world.inventory
        inventory.pre_notify(hub, DeviceType.CHF, now)
        inventory.pre_notify(gpf, DeviceType.GPF, now, hub=hub)
        for cause in _HUB_STEPS:
            inventory.change_status(hub, cause, now)
        self.commission_meter(gsme, DeviceType.GSME, links, now)
        inventory.change_status(gpf, _GPF_STEPS[0], now)
        inventory.join(gpf, gsme)
        inventory.change_status(gpf, _GPF_STEPS[1], now)

    def _dsp_xml_signer(self) -> DocumentSigner:
        issued = self._issue(ACB_ID, RemotePartyRole.DSP_XML_SIGN, CertificatePurpose.XML_SIGNING)
        return DocumentSigner(issued.certificate, issued.key)

    def _issue(
        self,
        user_id: Eui64,
        role: RemotePartyRole,
        purpose: CertificatePurpose,
        common_name: str | None = None,
        generation: int = 0,
    ) -> IssuedCertificate:
        issued = self.smki.issue_organisation(
            user_id, role, purpose, self.certified_from, common_name=common_name, generation=generation
        )
        self.repository.lodge(issued.certificate, purpose)
        return issued

    def _dcc_certificates(
        self, broker_signing: IssuedCertificate, broker_agreement: IssuedCertificate
    ) -> DccCertificates:
        signing = CertificatePurpose.DIGITAL_SIGNING
        return DccCertificates(
            self.smki.root.certificate,
            self.recovery.certificate,
            broker_signing.certificate,
            broker_agreement.certificate,
            self._cos.certificate,
            self._issue(WAN_PROVIDER_ID, RemotePartyRole.WAN_PROVIDER, signing).certificate,
        )


def _switches(modifications: Iterable[Modification]) -> frozenset[Modification]:
    """The switches as a set; a test with a misspelt one would otherwise pass without it."""
    chosen = frozenset(modifications)
    for each in chosen:
        if not isinstance(each, Modification):
            raise DccValueError("modification", repr(each), "a member of Modification")
    return chosen


def _supplier_cells(
    store: TrustAnchorStore, supplier: PartyCredentials
) -> dict[TrustAnchorCellId, Certificate]:
    """The supplier cells that a device has, each with the supplier's certificate for it."""
    certificates = {
        cells.SUPPLIER_SIGNING: supplier.signing,
        cells.SUPPLIER_AGREEMENT: supplier.agreement,
        cells.SUPPLIER_TOP_UP: supplier.top_up,
    }
    return {
        cell: certificate
        for cell, certificate in certificates.items()
        if cell in store and certificate is not None
    }
