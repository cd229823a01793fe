"""Typed identifiers of the wire: entity ids, counters, message codes, roles, usages."""

from __future__ import annotations

import enum
import re
from typing import Self

from devices.gbcs.errors import GbcsError

_EUI64_TEXT = re.compile(r"(?:[0-9A-Fa-f]{2}-){7}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{16}")
UINT64_MAX = 2**64 - 1


class Eui64(bytes):
    """An entity identifier: 8 octets, naming a device or a remote party in one role.

    Raises:
        GbcsError: the value is not 8 octets.
    """

    __slots__ = ()

    def __new__(cls, octets: bytes) -> Self:
        """Check the length and take the octets."""
        if len(octets) != 8:
            raise GbcsError("EUI-64", f"{len(octets)} octets, expected 8")
        return super().__new__(cls, octets)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``90-B3-D5-1F-30-01-00-00`` or ``90B3D51F30010000``, either case."""
        if not _EUI64_TEXT.fullmatch(text):
            raise GbcsError("EUI-64", f"{text!r}, expected 8 hex octets, joined by hyphens or not")
        return cls(bytes.fromhex(text.replace("-", "")))

    def __str__(self) -> str:
        return self.hex("-").upper()

    def __repr__(self) -> str:
        return f"Eui64.parse('{self}')"


class OriginatorCounter(int):
    """The anti-replay number of a message: an unsigned 64-bit integer (GBCS 4.3.1.5).

    Raises:
        GbcsError: the value is negative or above 2^64-1.
    """

    __slots__ = ()

    def __new__(cls, value: int) -> Self:
        """Check the range and take the value."""
        if not 0 <= value <= UINT64_MAX:
            raise GbcsError("originator counter", f"{value}, expected 0 to 2^64-1")
        return super().__new__(cls, value)


class MessageCode(int):
    """The two-octet code that names the use case of a message.

    Raises:
        GbcsError: the value does not fit two octets.
    """

    __slots__ = ()

    def __new__(cls, value: int) -> Self:
        """Check the range and take the value."""
        if not 0 <= value <= 0xFFFF:
            raise GbcsError("message code", f"{value}, expected 0 to FFFF hex")
        return super().__new__(cls, value)

    def __str__(self) -> str:
        return f"{int(self):04X}"

    def __repr__(self) -> str:
        return f"MessageCode(0x{int(self):04X})"


class RemotePartyRole(enum.IntEnum):
    """Roles of trust anchor cells; organisation certificates carry the same number as OU in hex."""

    ROOT = 0
    RECOVERY = 1
    SUPPLIER = 2
    NETWORK_OPERATOR = 3
    ACCESS_CONTROL_BROKER = 4
    TRANSITIONAL_COS = 5
    WAN_PROVIDER = 6
    ISSUING_AUTHORITY = 7
    LOAD_CONTROLLER = 8
    OTHER = 127
    # Only in certificates, never in a cell (DCC test key stores).
    XML_SIGN = 0x87
    DSP_XML_SIGN = 0x89

    @property
    def field_name(self) -> str:
        """The name as GBCS spells it: ``networkOperator``."""
        return _ROLE_NAMES[self]


_ROLE_NAMES = {
    RemotePartyRole.ROOT: "root",
    RemotePartyRole.RECOVERY: "recovery",
    RemotePartyRole.SUPPLIER: "supplier",
    RemotePartyRole.NETWORK_OPERATOR: "networkOperator",
    RemotePartyRole.ACCESS_CONTROL_BROKER: "accessControlBroker",
    RemotePartyRole.TRANSITIONAL_COS: "transitionalCoS",
    RemotePartyRole.WAN_PROVIDER: "wanProvider",
    RemotePartyRole.ISSUING_AUTHORITY: "issuingAuthority",
    RemotePartyRole.LOAD_CONTROLLER: "loadController",
    RemotePartyRole.OTHER: "other",
    RemotePartyRole.XML_SIGN: "xmlSign",
    RemotePartyRole.DSP_XML_SIGN: "dSPXmlSign",
}


class KeyUsage(enum.Enum):
    """What a key is for; the value is the content of the DER BIT STRING (unused bits, bits)."""

    DIGITAL_SIGNATURE = b"\x07\x80"
    KEY_AGREEMENT = b"\x03\x08"
    KEY_CERT_SIGN = b"\x02\x04"
    KEY_CERT_SIGN_CRL_SIGN = b"\x01\x06"

    # Each member is one object, and trust anchor cells are looked up all the time.
    __hash__ = object.__hash__

    @property
    def field_name(self) -> str:
        """The name as GBCS spells it: ``digitalSignature``."""
        return _USAGE_NAMES[self]


_USAGE_NAMES = {
    KeyUsage.DIGITAL_SIGNATURE: "digitalSignature",
    KeyUsage.KEY_AGREEMENT: "keyAgreement",
    KeyUsage.KEY_CERT_SIGN: "keyCertSign",
    KeyUsage.KEY_CERT_SIGN_CRL_SIGN: "keyCertSign+cRLSign",
}


class CellUsage(enum.IntEnum):
    """Which of a role's key-agreement cells: management, or the prepayment one."""

    MANAGEMENT = 0
    PREPAYMENT_TOP_UP = 1

    @property
    def field_name(self) -> str:
        """The name as GBCS spells it."""
        return "management" if self is CellUsage.MANAGEMENT else "prePaymentTopUp"


class DeviceType(enum.Enum):
    """Device types, by the names of the Smart Metering Inventory."""

    ESME = "ESME"
    GSME = "GSME"
    GPF = "GPF"
    CHF = "CHF"
    PPMID = "PPMID"
    HCALCS = "HCALCS"
    IHD = "IHD"
    CAD = "CAD"

    # By identity: members are looked up all the time.
    __hash__ = object.__hash__
