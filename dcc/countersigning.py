"""Countersigned Service Requests: what the DSP sends to an S1SP in place of a command (SEC, defined terms).

Where a command for a SMETS2+ device would carry a Supplementary Remote Party ID and counter, a Countersigned
Service Request carries them. Its form on the wire was not seen: the one here is ours (assumed).
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from dcc.duis.document_signer import DocumentSigner
from dcc.errors import DccValueError
from devices.gbcs.certificates import Certificate
from devices.gbcs.crypto import SIGNATURE_OCTETS, CryptoProvider
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, OriginatorCounter

_MAGIC: Final = b"CSR1"
_FIXED: Final = struct.Struct(">4s8s8sQ?8sQHHI")
_MOST_TEXT: Final = 0xFFFF


class SupplementaryRemoteParty(NamedTuple):
    """The User for whom the DCC commands a device in its own name, and the counter of the User's request."""

    party: Eui64
    counter: OriginatorCounter


class CountersignedRequest(NamedTuple):
    """A service request that the DSP has checked, as it goes to an S1SP.

    ``originator`` is who commands the device: the User, or a party of the DCC for it; ``counter`` is its
    number. ``document`` is the request as its User signed it, or unsigned where it came as a value.
    ``issuer`` and ``serial`` name the DSP's certificate, ``signature`` (r || s, 64 octets) is over the rest.
    """

    originator: Eui64
    target: Eui64
    counter: OriginatorCounter
    supplementary: SupplementaryRemoteParty | None
    document: bytes
    issuer: str = ""
    serial: int = 0
    signature: bytes = b""

    @property
    def canonical(self) -> bytes:
        """The octets that are signed."""
        party, counter = self.supplementary or (bytes(8), 0)
        issuer, serial = self.issuer.encode(), str(self.serial).encode()
        return b"".join((
            _FIXED.pack(
                _MAGIC,
                self.originator,
                self.target,
                self.counter,
                self.supplementary is not None,
                party,
                counter,
                len(issuer),
                len(serial),
                len(self.document),
            ),
            issuer,
            serial,
            self.document,
        ))  # fmt: skip

    def encode(self) -> bytes:
        """The octets on the wire."""
        return self.canonical + self.signature

    def verifies(self, certificate: Certificate, provider: CryptoProvider) -> bool:
        """Whether the key of a certificate made the countersignature."""
        return provider.verify(certificate.public_point, self.canonical, self.signature)


def decode(octets: bytes) -> CountersignedRequest:
    """Read a Countersigned Service Request; proves nothing yet.

    Raises:
        DccValueError: the octets are none; names what was found and expected.
    """
    try:
        magic, originator, target, counter, has_party, party, party_counter, *lengths = _FIXED.unpack_from(
            octets
        )
        if magic != _MAGIC:
            raise ValueError(f"begins with {magic!r}")
        parts, at = [], _FIXED.size
        for length in (*lengths, SIGNATURE_OCTETS):
            parts.append(octets[at : at + length])
            at += length
        if at != len(octets):
            raise ValueError(f"{len(octets)} octets, expected {at}")
        issuer, serial, document, signature = parts
        if not serial.isdigit():
            raise ValueError("a serial number that is none")
        supplementary = (
            SupplementaryRemoteParty(Eui64(party), OriginatorCounter(party_counter)) if has_party else None
        )
        request = CountersignedRequest(
            Eui64(originator),
            Eui64(target),
            OriginatorCounter(counter),
            supplementary,
            document,
            issuer.decode(),
            int(serial),
            signature,
        )
    except (struct.error, GbcsError, ValueError) as error:
        raise DccValueError("Countersigned Service Request", str(error), "one of our form") from error
    if request.encode() != octets:
        raise DccValueError("Countersigned Service Request", "another form of its values", "our form")
    return request


class Countersigner:
    """The DSP as it countersigns, with a certificate of its own."""

    def __init__(self, signer: DocumentSigner, provider: CryptoProvider) -> None:
        self.certificate = signer.certificate
        self._key = signer.key
        self._provider = provider

    def countersign(self, request: CountersignedRequest) -> CountersignedRequest:
        """The request with the DSP's signature over its canonical octets.

        Raises:
            DccValueError: the issuer's name is longer than the form allows.
        """
        issuer = self.certificate.issuer
        if len(issuer.encode()) > _MOST_TEXT:
            raise DccValueError("issuer", issuer[:60], f"at most {_MOST_TEXT} octets")
        named = request._replace(issuer=issuer, serial=self.certificate.serial, signature=b"")
        return named._replace(signature=self._provider.sign(self._key, named.canonical))
