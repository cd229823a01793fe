"""An external test key store, indexed by what its certificates say.

Public test sets hold entries whose names say otherwise than their certificates, keys without certificate,
and several certificates for one entity and usage. So discrepancies become notes, and a lookup offers every
candidate, in an order that depends on the contents alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from dcc.smki.hierarchy import TEST_ISSUER_NAMES
from dcc.smki.keystore_sources import Claim, read_claims
from devices.gbcs.certificates import Certificate, key_identifier, load_certificate
from devices.gbcs.crypto import KeyPair
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage

ACCEPTED_ISSUERS: Final = (*TEST_ISSUER_NAMES, "Z1", "E357")
"""Issuers whose certificates are taken: those of our test SMKI and of the public test sets."""

_KEPT_USAGES: Final = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)


class KeystoreNote(NamedTuple):
    """Something worth knowing about an entry, kept or refused."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class KeystoreEntry(NamedTuple):
    """A key of an entity; ``key`` lacks its private half, ``certificate`` is None, where not known.

    ``prepayment`` is what the entry's name says: certificates do not tell.
    """

    entity: Eui64
    usage: KeyUsage
    key: KeyPair
    certificate: Certificate | None
    prepayment: bool
    where: str


class Keystore:
    """Keys and certificates by entity and usage; immutable once loaded."""

    def __init__(self, entries: Iterable[KeystoreEntry], notes: Iterable[KeystoreNote] = ()) -> None:
        self.entries = tuple(sorted(entries, key=_order))
        self.notes = tuple(notes)
        self._by_use: dict[tuple[Eui64, KeyUsage], list[KeystoreEntry]] = {}
        for entry in self.entries:
            self._by_use.setdefault((entry.entity, entry.usage), []).append(entry)

    @classmethod
    def load(cls, path: Path | str, accepted_issuers: Sequence[str] = ACCEPTED_ISSUERS) -> Keystore:
        """Read a ``keystore.json``, or a folder that holds one or ``<EUI-64>-ds|ka|pp-ka.pem/.key`` files.

        ``accepted_issuers`` are common names (``Z1``) or whole names (``CN=Z1,OU=07``). Certificates of
        other issuers, and those that cannot be used, are left out with a note.

        Raises:
            KeystoreError: the store itself cannot be read; names file, entry and field.
        """
        collector = _Collector(accepted_issuers)
        # Certificates first, so that a key that stands alone finds its certificate wherever that lies.
        for claim in sorted(read_claims(Path(path)), key=lambda claim: claim.certificate is None):
            collector.take(claim)
        return cls(collector.entries.values(), collector.notes)

    def candidates(
        self, entity: Eui64, usage: KeyUsage, prepayment: bool | None = None
    ) -> tuple[KeystoreEntry, ...]:
        """All entries of an entity for a usage, oldest first, those without certificate last.

        With ``prepayment``, entries named for prepayment (or those not so named) go first; the others
        follow, since names err. An entity that isn't there gives an empty tuple.
        """
        found = self._by_use.get((entity, usage), [])
        if prepayment is None:
            return tuple(found)
        return tuple(sorted(found, key=lambda entry: entry.prepayment is not prepayment))

    def key_pairs(
        self, entity: Eui64, usage: KeyUsage, prepayment: bool | None = None
    ) -> tuple[KeyPair, ...]:
        """The key pairs of :meth:`candidates`, each once; with the private half where it is held."""
        distinct: dict[bytes, KeyPair] = {}
        for entry in self.candidates(entity, usage, prepayment):
            known = distinct.get(entry.key.public_point)
            if known is None or known.scalar is None:
                distinct[entry.key.public_point] = entry.key
        return tuple(distinct.values())

    def certificates(
        self, entity: Eui64, usage: KeyUsage, prepayment: bool | None = None
    ) -> tuple[Certificate, ...]:
        """The certificates of :meth:`candidates`."""
        entries = self.candidates(entity, usage, prepayment)
        return tuple(entry.certificate for entry in entries if entry.certificate is not None)


class _Collector:
    """Compares claims with certificates; keeps one entry a certificate, or a key without one."""

    def __init__(self, accepted_issuers: Sequence[str]) -> None:
        self._accepted = accepted_issuers
        self.entries: dict[bytes, KeystoreEntry] = {}
        self.notes: list[KeystoreNote] = []

    def take(self, claim: Claim) -> None:
        if claim.certificate is not None:
            self._take_certificate(claim, claim.certificate)
        elif claim.key is not None:
            self._take_bare_key(claim, claim.key)

    def _take_certificate(self, claim: Claim, der: bytes) -> None:
        try:
            certificate = load_certificate(der)
        except GbcsError as error:
            self._note(claim, f"left out, {error}")
            return
        subject, usage = certificate.subject, certificate.key_usage
        if not self._is_accepted(certificate.issuer):
            accepted = ", ".join(self._accepted)
            self._note(claim, f"left out, issued by {certificate.issuer}; accepted are {accepted}")
        elif subject is None or usage not in _KEPT_USAGES:
            self._note(claim, "left out, neither a party's nor a device's certificate for one known use")
        else:
            for difference in _differences(claim, certificate):
                self._note(claim, difference)
            key = self._key_of(claim, certificate)
            entry = KeystoreEntry(subject, usage, key, certificate, claim.prepayment, claim.where)
            self._keep(certificate.der, entry)

    def _take_bare_key(self, claim: Claim, key: KeyPair) -> None:
        owners = [
            name
            for name, entry in self.entries.items()
            if entry.certificate is not None and entry.key.public_point == key.public_point
        ]
        for name in owners:
            self._keep(name, self.entries[name]._replace(key=key))
        if not owners:
            self._note(claim, "no certificate, so its name is taken at its word")
            entry = KeystoreEntry(claim.entity, claim.usage, key, None, claim.prepayment, claim.where)
            self._keep(claim.entity + claim.usage.value + key.public_point, entry)

    def _keep(self, name: bytes, entry: KeystoreEntry) -> None:
        """Keep an entry; one met before gains the private key and the mark that this one may have."""
        known = self.entries.get(name)
        if known is None:
            self.entries[name] = entry
            return
        key = known.key if entry.key.scalar is None else entry.key
        self.entries[name] = known._replace(key=key, prepayment=known.prepayment or entry.prepayment)

    def _key_of(self, claim: Claim, certificate: Certificate) -> KeyPair:
        if claim.key is not None and claim.key.public_point == certificate.public_point:
            return claim.key
        if claim.key is not None:
            self._note(claim, "the private key is not that of the certificate and is left out")
        return KeyPair(certificate.public_point)

    def _is_accepted(self, issuer: str) -> bool:
        return any(issuer in (name, f"CN={name}", f"CN={name},OU=07") for name in self._accepted)

    def _note(self, claim: Claim, what: str) -> None:
        self.notes.append(KeystoreNote(claim.where, what))


def _differences(claim: Claim, certificate: Certificate) -> Iterator[str]:
    """Where names and certificate disagree; the certificate is believed."""
    if certificate.subject != claim.entity:
        yield f"the certificate's subject is {certificate.subject}"
    if certificate.key_usage is not None and certificate.key_usage is not claim.usage:
        yield f"the certificate's key usage is {certificate.key_usage.field_name}"
    if claim.serial not in (None, certificate.serial):
        yield f"the certificate's serial is {certificate.serial}"
    if claim.role not in (None, certificate.role):
        yield f"role {claim.role}, the certificate's organisational unit is {certificate.organisational_unit}"
    if key_identifier(certificate.public_point) != certificate.subject_key_identifier:
        yield "the certificate's subject key identifier is not that of its key"


def _order(entry: KeystoreEntry) -> tuple[object, ...]:
    certificate = entry.certificate
    if certificate is None:
        return (entry.entity, entry.usage.value, 1, entry.key.public_point)
    return (
        entry.entity,
        entry.usage.value,
        0,
        certificate.not_before,
        certificate.issuer,
        certificate.serial,
    )
