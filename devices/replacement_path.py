"""Certification path validation of the replacements in one CS02b command (GBCS 13.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from devices import cells
from devices.gbcs.certificate_path import PathValidator
from devices.gbcs.certificates import Certificate, load_certificate
from devices.gbcs.credentials import CredentialStatus, Replacement
from devices.gbcs.errors import GbcsError
from devices.modes import ModeRule


class CheckResult(NamedTuple):
    """The status of one replacement; if it is good, the certificate.

    ``below_anchor`` is its path, if that is good: the certificate and the issuing ones, the anchor left out.
    """

    status: CredentialStatus
    certificate: Certificate | None = None
    below_anchor: tuple[Certificate, ...] = ()


class Anchors(NamedTuple):
    """The roots that count for a command, and the issuing certificates of its path that lead to them."""

    roots: tuple[Certificate, ...]
    issuers: tuple[bytes, ...]


class PathContext(NamedTuple):
    """What a command brings for validation: its path certificates, and the time, None to disapply it.

    ``held`` are issuing certificates that the device has kept from earlier commands.
    """

    validator: PathValidator
    path_certificates: tuple[bytes, ...]
    at: datetime | None
    held: tuple[Certificate, ...] = ()

    def anchors(self, root: Certificate, replacements: Sequence[Replacement], rule: ModeRule) -> Anchors:
        """What counts for this command.

        A root that the command itself puts in place counts for its other certificates, and beside a root
        that vouches for its successor so does that one (assumed). A certificate that vouches for a root
        that counts stands in nobody's path.
        """
        roots = self._roots(root, replacements, rule)
        kept = tuple(
            der for der in self.path_certificates if not any(_vouches_for(der, each) for each in roots)
        )
        return Anchors(roots, kept)

    def _roots(
        self, root: Certificate, replacements: Sequence[Replacement], rule: ModeRule
    ) -> tuple[Certificate, ...]:
        for replacement in replacements:
            if replacement.cell == cells.ROOT:
                successor = self._check_root(replacement, root, rule).certificate
                if successor is not None:
                    return (successor, root) if rule.root_needs_link else (successor,)
        return (root,)

    def check(
        self, replacement: Replacement, anchors: Anchors, root: Certificate, rule: ModeRule
    ) -> CheckResult:
        """The status of one replacement, and the certificate if it is good.

        Its path leads to a root, it names an entity, and its key usage is the cell's.
        """
        if replacement.cell == cells.ROOT:
            return self._check_root(replacement, root, rule)
        path = self.validator.validate(
            replacement.certificate, anchors.issuers, anchors.roots, self.at, self.held
        )
        certificate = path.certificate
        if not path.ok or certificate is None:
            return CheckResult(path.status)
        below_anchor = path.chain[:-1]
        if certificate.subject is None or certificate.key_usage is not replacement.cell.key_usage:
            return CheckResult(CredentialStatus.BAD_CERTIFICATE, None, below_anchor)
        return CheckResult(CredentialStatus.SUCCESS, certificate, below_anchor)

    def _check_root(self, replacement: Replacement, root: Certificate, rule: ModeRule) -> CheckResult:
        """A new root signs itself and, in a normal replacement, the present root signs its key (assumed)."""
        try:
            successor = load_certificate(replacement.certificate)
        except GbcsError:
            return CheckResult(CredentialStatus.BAD_CERTIFICATE)
        fits = (
            successor.may_sign_certificates
            and successor.key_usage is replacement.cell.key_usage
            and self.validator.is_issued_by(successor, successor)
            and (self.at is None or successor.is_valid_at(self.at))
        )
        if not fits:
            return CheckResult(CredentialStatus.BAD_CERTIFICATE)
        if rule.root_needs_link and not self._vouched_for(successor, root):
            return CheckResult(CredentialStatus.NO_TRUST_ANCHOR)
        return CheckResult(CredentialStatus.SUCCESS, successor)

    def _vouched_for(self, successor: Certificate, root: Certificate) -> bool:
        links = (load_certificate(der) for der in self.path_certificates if _is_of_the_same(der, successor))
        return any(
            link.may_sign_certificates
            and (self.at is None or link.is_valid_at(self.at))
            and self.validator.is_issued_by(link, root)
            for link in links
        )


def _is_of_the_same(der: bytes, authority: Certificate) -> bool:
    """Whether a certificate can be read and gives the name and key of an authority."""
    if authority.public_point not in der:
        return False
    try:
        certificate = load_certificate(der)
    except GbcsError:
        return False
    named = certificate.subject_name == authority.subject_name
    return named and certificate.public_point == authority.public_point


def _vouches_for(der: bytes, root: Certificate) -> bool:
    """Whether a certificate is of the name and key of a root and doesn't pretend to be the root's own.

    One that does, in issuer and serial number, is taken at its word: a corrupted copy must not pass.
    """
    if not _is_of_the_same(der, root):
        return False
    certificate = load_certificate(der)
    return (certificate.issuer, certificate.serial) != (root.issuer, root.serial)
