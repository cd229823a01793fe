"""Which certificates may sign XML: by the letter, or as public tools have it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from devices.gbcs.certificates import Certificate
from devices.gbcs.identifiers import KeyUsage, RemotePartyRole


class XmlSigner(enum.Enum):
    """Who signs: a User its requests, the DSP its responses."""

    USER = "user"
    DSP = "DSP"


class XmlSigningRoles(enum.Enum):
    """The setting: which remote party roles a certificate that signs XML may carry.

    STRICT takes xmlSign from Users and dSPXmlSign from the DSP. AS_PUBLIC_TOOLS takes from either any of the
    roles that the published signing tool signs with: for parties without a certificate for XML it uses the
    one for GBCS. An old DSP test certificate writes its role in decimal (OU=137); the tool takes it too.
    """

    STRICT = "strict"
    AS_PUBLIC_TOOLS = "as public tools"

    def expected(self, signer: XmlSigner) -> frozenset[RemotePartyRole]:
        """The roles that are accepted of a signer."""
        return _OF_PUBLIC_TOOLS if self is XmlSigningRoles.AS_PUBLIC_TOOLS else _STRICT[signer]

    def allow(self, certificate: Certificate, signer: XmlSigner) -> bool:
        """Whether a certificate may sign as ``signer``: an organisation's, for signatures, of a role."""
        if certificate.subject is None or certificate.key_usage is not KeyUsage.DIGITAL_SIGNATURE:
            return False
        if certificate.role in self.expected(signer):
            return True
        lenient = self is XmlSigningRoles.AS_PUBLIC_TOOLS
        return lenient and certificate.organisational_unit == _DSP_IN_DECIMAL


_STRICT: Final[Mapping[XmlSigner, frozenset[RemotePartyRole]]] = MappingProxyType(
    {
        XmlSigner.USER: frozenset({RemotePartyRole.XML_SIGN}),
        XmlSigner.DSP: frozenset({RemotePartyRole.DSP_XML_SIGN}),
    }
)
_OF_PUBLIC_TOOLS: Final = frozenset(
    {
        RemotePartyRole.XML_SIGN,
        RemotePartyRole.DSP_XML_SIGN,
        RemotePartyRole.SUPPLIER,
        RemotePartyRole.RECOVERY,
        RemotePartyRole.TRANSITIONAL_COS,
        RemotePartyRole.WAN_PROVIDER,
    }
)
_DSP_IN_DECIMAL: Final = str(int(RemotePartyRole.DSP_XML_SIGN))
