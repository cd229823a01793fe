"""A test SMKI, generated from a seed: roots, issuing authorities, and what they issue.

Every certificate is a function of the seed and of what is asked for, whatever else was issued before or
after. Common names carry TEST, so that none is ever mistaken for a live one (a device's subject is empty).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Final, NamedTuple

from cryptography import x509

from dcc.errors import DccValueError
from dcc.smki.profiles import (
    CertificatePurpose,
    Contents,
    Extension,
    Signer,
    SmkiProfile,
    authority_name,
    device_extensions,
    issuing_extensions,
    organisation_extensions,
    organisation_name,
    root_extensions,
    serial_of,
    sign_certificate,
)
from devices.gbcs.certificates import Certificate, load_certificate
from devices.gbcs.crypto import KeyPair
from devices.gbcs.identifiers import Eui64, KeyUsage, RemotePartyRole

AUTHORITY_YEARS: Final = 25
ORGANISATION_YEARS: Final = 10
NO_EXPIRY: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
DEFAULT_ESTABLISHED: Final = date(2015, 1, 1)
TEST_MARK: Final = "TEST"
TEST_ISSUER_NAMES: Final = ("TEST-ISSUER", "TEST-DEVICE-ISSUER")
_LAST_SECOND: Final = time(23, 59, 59)
_XML_ROLES: Final = (RemotePartyRole.XML_SIGN, RemotePartyRole.DSP_XML_SIGN)
_AUTHORITY_ROLES: Final = (RemotePartyRole.ROOT, RemotePartyRole.ISSUING_AUTHORITY)
_DEVICE_USAGES: Final = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
_NOBODY: Final = x509.Name([])


class Authority(NamedTuple):
    """A certification authority of the test SMKI: its certificate, and what it signs with."""

    certificate: Certificate
    signer: Signer


class IssuedCertificate(NamedTuple):
    """An organisation certificate with its key pair, and what it was asked for."""

    certificate: Certificate
    key: KeyPair
    purpose: CertificatePurpose


class TestSmki:
    """The hierarchy of one seed: an organisation root and issuer, a device root and issuer.

    ``established`` is the first day of all four, which live for 25 years; ``profile`` sets the object
    identifiers. Two hierarchies, one for organisations and one for devices, are assumed (SIM).
    """

    __test__: ClassVar[bool] = False

    def __init__(
        self,
        seed: bytes,
        *,
        established: date = DEFAULT_ESTABLISHED,
        profile: SmkiProfile | None = None,
    ) -> None:
        self._seed = seed
        self._profile = profile or SmkiProfile()
        self.established = established
        policy = self._profile.organisation_policy
        self.root = self._root("TEST-ROOT", RemotePartyRole.ROOT, policy)
        unit = RemotePartyRole.ISSUING_AUTHORITY
        self.issuer = self._issuer(TEST_ISSUER_NAMES[0], unit, self.root, policy)
        policy = self._profile.device_policy
        self.device_root = self._root("TEST-DEVICE-ROOT", None, policy)
        self.device_issuer = self._issuer(TEST_ISSUER_NAMES[1], None, self.device_root, policy)

    def issue_organisation(
        self,
        party: Eui64,
        role: RemotePartyRole,
        purpose: CertificatePurpose,
        valid_from: date,
        *,
        common_name: str | None = None,
        generation: int = 0,
    ) -> IssuedCertificate:
        """Issue a certificate to a party in a role: ten years from 00:00:00 on ``valid_from`` (UTC).

        For XML signing the certificate carries the role XML_SIGN, or DSP_XML_SIGN where ``role`` is the
        access control broker's or DSP_XML_SIGN itself. ``generation`` tells key pairs of the same party,
        role and purpose apart. ``common_name`` has to contain TEST; by default it is made of the role.

        Raises:
            DccValueError: the role cannot have such a certificate, the common name does not carry TEST,
                or the certificate would outlive its issuer.
        """
        carried = _carried_role(role, purpose)
        key = self._key("organisation", str(party), carried.name, purpose.name, str(generation))
        certificate = self.certify_organisation(
            party, role, purpose, key.public_point, valid_from, common_name=common_name
        )
        return IssuedCertificate(certificate, key, purpose)

    def certify_organisation(
        self,
        party: Eui64,
        role: RemotePartyRole,
        purpose: CertificatePurpose,
        public_point: bytes,
        valid_from: date,
        *,
        common_name: str | None = None,
    ) -> Certificate:
        """Issue a certificate as :meth:`issue_organisation` does, for a public key that was brought along.

        Raises:
            DccValueError: as :meth:`issue_organisation`.
            GbcsError: ``public_point`` is not a point of P-256.
        """
        carried = _carried_role(role, purpose)
        name = f"{TEST_MARK} {carried.field_name}" if common_name is None else common_name
        if TEST_MARK not in name or len(name) > 64:
            raise DccValueError("common name", name, f"at most 64 characters with {TEST_MARK} among them")
        period = _period(valid_from, ORGANISATION_YEARS)
        self._check_within_issuer(valid_from, period)
        above = self.issuer.signer.key.public_point
        policy = self._profile.organisation_policy
        extensions = organisation_extensions(public_point, purpose.key_usage, above, policy)
        subject = organisation_name(name, carried, party)
        return self._sign(self.issuer.signer, subject, public_point, period, extensions)

    def issue_device(
        self, device: Eui64, usage: KeyUsage, public_point: bytes, issued_at: datetime
    ) -> Certificate:
        """Issue a certificate for a device's public key, valid from ``issued_at`` (aware) and for ever.

        Raises:
            DccValueError: ``usage`` is neither digitalSignature nor keyAgreement.
            GbcsError: ``public_point`` is not a point of P-256.
        """
        if usage not in _DEVICE_USAGES:
            raise DccValueError("key usage", usage.field_name, "digitalSignature or keyAgreement")
        signer = self.device_issuer.signer
        extensions = device_extensions(public_point, usage, signer.key.public_point, device, self._profile)
        period = issued_at.astimezone(UTC).replace(microsecond=0), NO_EXPIRY
        return self._sign(signer, _NOBODY, public_point, period, extensions)

    def _root(self, common_name: str, unit: RemotePartyRole | None, policy: str) -> Authority:
        key = self._key("authority", common_name)
        signer = Signer(authority_name(common_name, unit), key)
        return self._authority(signer, signer, root_extensions(key.public_point, policy))

    def _issuer(
        self, common_name: str, unit: RemotePartyRole | None, root: Authority, policy: str
    ) -> Authority:
        key = self._key("authority", common_name)
        signer = Signer(authority_name(common_name, unit), key)
        above = root.signer.key.public_point
        return self._authority(signer, root.signer, issuing_extensions(key.public_point, above, policy))

    def _authority(self, signer: Signer, above: Signer, extensions: list[Extension]) -> Authority:
        period = _period(self.established, AUTHORITY_YEARS)
        return Authority(self._sign(above, signer.name, signer.key.public_point, period, extensions), signer)

    def _key(self, *names: str) -> KeyPair:
        return KeyPair.from_seed(self._seed, "smki", *names)

    def _sign(
        self,
        signer: Signer,
        subject: x509.Name,
        public_point: bytes,
        period: tuple[datetime, datetime],
        extensions: list[Extension],
    ) -> Certificate:
        contents = Contents(subject, public_point, *period, extensions)
        serial = serial_of(self._seed, signer, contents)
        return load_certificate(sign_certificate(signer, contents, serial))

    def _check_within_issuer(self, valid_from: date, period: tuple[datetime, datetime]) -> None:
        authority = self.issuer.certificate
        if not authority.not_before <= period[0] < period[1] <= authority.not_after:
            limits = f"{authority.not_before:%Y-%m-%d} to {authority.not_after:%Y-%m-%d}"
            expected = f"{ORGANISATION_YEARS} years within {limits}; set the day of establishment"
            raise DccValueError("valid from", valid_from.isoformat(), expected)


def _carried_role(role: RemotePartyRole, purpose: CertificatePurpose) -> RemotePartyRole:
    """The role that the certificate names, which for XML signing is one of its own."""
    if role in _AUTHORITY_ROLES:
        raise DccValueError("role", role.field_name, "the role of an organisation")
    if purpose is CertificatePurpose.XML_SIGNING:
        of_dsp = role in (RemotePartyRole.ACCESS_CONTROL_BROKER, RemotePartyRole.DSP_XML_SIGN)
        return RemotePartyRole.DSP_XML_SIGN if of_dsp else RemotePartyRole.XML_SIGN
    if role in _XML_ROLES:
        raise DccValueError("purpose", purpose.value, f"XML signing for the role {role.field_name}")
    return role


def _period(first_day: date, years: int) -> tuple[datetime, datetime]:
    """From the first second of a day to the last one before it comes round, ``years`` later."""
    leap_day = (first_day.month, first_day.day) == (2, 29)
    start = first_day + timedelta(days=1) if leap_day else first_day
    last_day = start.replace(year=start.year + years) - timedelta(days=1)
    return (
        datetime.combine(first_day, time.min, UTC),
        datetime.combine(last_day, _LAST_SECOND, UTC),
    )
