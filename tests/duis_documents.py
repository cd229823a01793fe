"""Small DUIS documents and the certificates that sign them."""

from __future__ import annotations

from datetime import date
from typing import Final

from lxml import etree

from dcc.duis.parsing import parse
from dcc.duis.signature import sign
from dcc.smki.hierarchy import IssuedCertificate, TestSmki
from dcc.smki.profiles import CertificatePurpose
from devices.gbcs.certificates import Certificate
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.identifiers import Eui64, RemotePartyRole

SMKI: Final = TestSmki(b"duis documents")
PROVIDER: Final = CryptoProvider()
SUPPLIER_ID: Final = Eui64.parse("90-B3-D5-1F-30-01-00-00")
DSP_ID: Final = Eui64.parse("90-B3-D5-1F-30-00-00-02")


def xml_certificate(
    party: Eui64, role: RemotePartyRole = RemotePartyRole.SUPPLIER, generation: int = 0
) -> IssuedCertificate:
    purpose = CertificatePurpose.XML_SIGNING
    return SMKI.issue_organisation(party, role, purpose, date(2020, 1, 1), generation=generation)


SUPPLIER: Final = xml_certificate(SUPPLIER_ID)
OTHER_SUPPLIER: Final = xml_certificate(SUPPLIER_ID, generation=1)
DSP: Final = xml_certificate(DSP_ID, RemotePartyRole.ACCESS_CONTROL_BROKER)
KNOWN: Final = {(one.certificate.issuer, one.certificate.serial): one.certificate for one in (SUPPLIER, DSP)}

NAMESPACES: Final = (
    'xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" '
    'xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
REQUEST: Final = f"""<sr:Request {NAMESPACES} schemaVersion="5.4">
  <sr:Header>
    <sr:RequestID>90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000</sr:RequestID>
    <sr:CommandVariant>1</sr:CommandVariant>
    <sr:ServiceReference>11.2</sr:ServiceReference>
    <sr:ServiceReferenceVariant>11.2</sr:ServiceReferenceVariant>
  </sr:Header>
  <sr:Body>
    <sr:ReadFirmwareVersion/>
  </sr:Body>
</sr:Request>
"""
ACKNOWLEDGEMENT: Final = f"""<sr:Response {NAMESPACES} schemaVersion="5.1">
  <sr:Header>
    <sr:RequestID>90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000</sr:RequestID>
    <sr:ResponseCode>I99</sr:ResponseCode>
    <sr:ResponseDateTime>2026-01-05T00:00:00.000Z</sr:ResponseDateTime>
  </sr:Header>
  <sr:Body>
    <sr:ResponseMessage>
      <sr:ServiceReference>11.2</sr:ServiceReference>
      <sr:ServiceReferenceVariant>11.2</sr:ServiceReferenceVariant>
    </sr:ResponseMessage>
  </sr:Body>
</sr:Response>
"""


def find(issuer: str, serial: int) -> Certificate | None:
    return KNOWN.get((issuer, serial))


def signed_by(signer: IssuedCertificate, document: str | bytes = REQUEST) -> bytes:
    octets = document if isinstance(document, bytes) else document.encode()
    certificate = signer.certificate
    return sign(parse(octets), signer.key, certificate.issuer, certificate.serial, PROVIDER)


def canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", with_comments=False)
