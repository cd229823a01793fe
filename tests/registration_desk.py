"""A registration authority at work: applicants, their keys and their PKCS#10 requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from dcc_worlds import ESME, NOW, SUPPLIER, SUPPLIER_ROLE, World

from dcc.modifications import Modification
from dcc.parties import Party
from dcc.smki.certification_requests import build_organisation_request
from dcc.smki.profiles import CertificatePurpose
from dcc.smki.registration_authority import RegistrationAuthority, RequestDecision
from dcc.smki.repository import CertificateStatus
from dcc.smki.subscribers import CertificatePolicy, Interface, SubscriberFacts
from devices.gbcs.certificates import HARDWARE_MODULE_NAME, Certificate
from devices.gbcs.certification_request import build_certification_request
from devices.gbcs.crypto import KeyPair
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole

DEVICE: Final = CertificatePolicy.DEVICE
ORGANISATION: Final = CertificatePolicy.ORGANISATION
GOOD: Final = SubscriberFacts(uept_done=True, srept_done=True, installs_devices=True)
SIGNING: Final = CertificatePurpose.DIGITAL_SIGNING


def key_usage(*flags: str) -> x509.KeyUsage:
    """The extension with these flags alone."""
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: name in flags for name in names.split()})


def organisation(unit: str, subject: bytes, common_name: str | None = None) -> x509.Name:
    """A name as an organisation's, whatever its unit and however long its identifier."""
    attributes: list[x509.NameAttribute[str] | x509.NameAttribute[bytes]] = [
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
        x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\x00" + subject, _type=_ASN1Type.BitString),
    ]
    if common_name is not None:
        attributes.insert(0, x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    return x509.Name(attributes)


def hardware_module(value: bytes) -> x509.SubjectAlternativeName:
    """The alternative name of a device, its hardware module name given in DER."""
    return x509.SubjectAlternativeName([x509.OtherName(HARDWARE_MODULE_NAME, value)])


def flip_last_bit(der: bytes) -> bytes:
    """The octets with another signature."""
    return der[:-1] + bytes((der[-1] ^ 1,))


class Desk:
    """One authority in a world of its own, at the fixed time NOW; every key it makes is another."""

    def __init__(self, modifications: Iterable[Modification] = (), *, dcc_reading: bool = False) -> None:
        self.world = World(modifications)
        self.reopen(dcc_reading=dcc_reading)
        self._keys = 0

    def reopen(self, *, dcc_reading: bool = False) -> None:
        """Another authority that knows no applicant yet."""
        self.authority = RegistrationAuthority(self.world.bed.smki, self.world.dcc, dcc_reading=dcc_reading)

    def party(self, user: Eui64 = SUPPLIER) -> Party:
        party = self.world.dcc.parties.party_of_user(user)
        assert party is not None
        return party

    def key(self) -> KeyPair:
        self._keys += 1
        return KeyPair.from_seed(b"registration desk", str(self._keys))

    def declare(self, facts: SubscriberFacts = GOOD, user: Eui64 = SUPPLIER) -> None:
        self.authority.subscribers.declare(self.party(user), facts)

    def apply(
        self,
        policy: CertificatePolicy,
        interface: Interface = Interface.GATEWAY_PORTAL,
        user: Eui64 = SUPPLIER,
    ) -> str:
        decision = self.authority.apply(self.party(user), policy, interface, NOW)
        assert decision.granted is not bool(decision.refusals)
        return ", ".join(reason.value for reason in decision.refusals) or "granted"

    def admit(self, user: Eui64 = SUPPLIER) -> Party:
        """Make a User an Authorised Subscriber under both policies."""
        self.declare(GOOD, user)
        assert (self.apply(DEVICE, user=user), self.apply(ORGANISATION, user=user)) == ("granted",) * 2
        return self.party(user)

    def device_request(self, device: Eui64 = ESME, usage: KeyUsage = KeyUsage.DIGITAL_SIGNATURE) -> bytes:
        return build_certification_request(self.key(), device, usage)

    def organisation_request(
        self,
        user: Eui64 = SUPPLIER,
        role: RemotePartyRole = SUPPLIER_ROLE,
        usage: KeyUsage = KeyUsage.DIGITAL_SIGNATURE,
        name: str = "TEST supplier",
        key: KeyPair | None = None,
    ) -> bytes:
        return build_organisation_request(key or self.key(), name, role, user, usage)

    def send(
        self,
        policy: CertificatePolicy,
        interface: Interface = Interface.GATEWAY_PORTAL,
        der: bytes | None = None,
        purpose: CertificatePurpose = SIGNING,
        user: Eui64 = SUPPLIER,
    ) -> RequestDecision:
        """A request, by default a good one, by an interface."""
        party = self.party(user)
        if policy is ORGANISATION:
            der = der or self.organisation_request(user)
            return self.authority.request_organisation(party, interface, der, purpose, NOW)
        der = der or self.device_request()
        if interface is Interface.BATCHED_WEB_SERVICE:
            (decision,) = self.authority.request_devices(party, [der], NOW)
            return decision
        return self.authority.request_device(party, interface, der, NOW)

    def status(self, certificate: Certificate) -> CertificateStatus:
        entry = self.world.dcc.repository.get(certificate.issuer, certificate.serial)
        assert entry is not None
        return entry.status(NOW)
