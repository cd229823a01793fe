"""Who signs DUIS documents: a certificate and its key."""

from __future__ import annotations

from typing import NamedTuple

from lxml import etree

from dcc.duis.signature import sign, sign_canonical
from devices.gbcs.certificates import Certificate
from devices.gbcs.crypto import CryptoProvider, KeyPair


class DocumentSigner(NamedTuple):
    """A certificate for signing XML, and its key."""

    certificate: Certificate
    key: KeyPair

    def sign(self, root: etree._Element, provider: CryptoProvider) -> bytes:
        """The document as octets, signed.

        Raises:
            SignatureError: the document has no canonical form.
        """
        return sign(root, self.key, self.certificate.issuer, self.certificate.serial, provider)

    def sign_canonical(self, document: bytes, provider: CryptoProvider) -> bytes:
        """The document as octets, signed, where it is in canonical form and bears no signature."""
        return sign_canonical(document, self.key, self.certificate.issuer, self.certificate.serial, provider)
