"""SMETS1 Responses as documents: header and body of the MMC XML schema, signed by the S1SP (DUIS 1.4).

How a refusal is told is assumed: as the error of the debugging part, which has room for a text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from lxml import etree

from dcc.bodies.credentials import RetrieveRoles
from dcc.countersigning import CountersignedRequest
from dcc.duis.document_signer import DocumentSigner
from dcc.duis.namespaces import RESPONSE_AND_ALERT, SERVICE_USER_GATEWAY, ra, sr
from dcc.duis.roots import LATEST_SCHEMA_VERSION
from dcc.duis.shapes import Element
from dcc.duis.simple_types import BASE64, DATE_TIME
from dcc.srv import Srv
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import CredentialStatus
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.identifiers import DeviceType, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.smets1_proxy import Readings

_PREFIXES: Final = {"ra": RESPONSE_AND_ALERT, "sr": SERVICE_USER_GATEWAY}
_LONGEST_ERROR: Final = 250
_NOT_FOUND: Final = CredentialStatus.TRUST_ANCHOR_NOT_FOUND
_STATUS_TOKENS: Final = {CredentialStatus.SUCCESS: "success", _NOT_FOUND: "trustAnchorNotFound"}
_GAS: Final = frozenset({DeviceType.GSME, DeviceType.GPF})
ROLE_TOKENS: Final = {
    RemotePartyRole.ACCESS_CONTROL_BROKER: "ACB",
    RemotePartyRole.NETWORK_OPERATOR: "NetworkOperator",
    RemotePartyRole.RECOVERY: "Recovery",
    RemotePartyRole.ROOT: "Root",
    RemotePartyRole.SUPPLIER: "Supplier",
    RemotePartyRole.TRANSITIONAL_COS: "TransCoS",
    RemotePartyRole.LOAD_CONTROLLER: "LoadController",
}
USAGE_TOKENS: Final = {
    KeyUsage.DIGITAL_SIGNATURE: "DigitalSigning",
    KeyUsage.KEY_AGREEMENT: "KeyAgreement",
}
_MODES: Final = {
    (Srv.UPDATE_CREDENTIALS, RemotePartyRole.SUPPLIER): "SupplierBySupplier",
    (Srv.UPDATE_CREDENTIALS, RemotePartyRole.NETWORK_OPERATOR): "NetworkOperatorByNetworkOperator",
    (Srv.UPDATE_CREDENTIALS_COS, RemotePartyRole.SUPPLIER): "SupplierByTransCoS",
}
_ELEMENTS: Final = {
    Srv.READ_IMPORT_REGISTERS: "ReadInstantaneousImportRegistersRsp",
    Srv.READ_NETWORK_DATA: "ReadNetworkDataRsp",
    Srv.UPDATE_CREDENTIALS: "UpdateSecurityCredentialsKRPRsp",
    Srv.UPDATE_CREDENTIALS_COS: "UpdateSecurityCredentialsCoSRsp",
    Srv.RETRIEVE_CREDENTIALS: "RetrieveDeviceSecurityCredentialsKRPRsp",
}


class Replaced(NamedTuple):
    """A notified certificate and what it gave way to; ``old`` is None where none was known."""

    usage: KeyUsage
    old: Certificate | None
    new: Certificate


class Outcome(NamedTuple):
    """What became of a replacement of credentials."""

    srv: Srv
    role: RemotePartyRole
    counter: OriginatorCounter
    replaced: tuple[Replaced, ...]
    floor: OriginatorCounter | None = None


class Held(NamedTuple):
    """A slot as 6.24.1 reports it; ``certificate`` is None where nothing known is notified."""

    role: RemotePartyRole
    usage: KeyUsage | None
    counter: OriginatorCounter
    certificate: Certificate | None


class SignedResponse:
    """One SMETS1 Response in the making: its header, then one of several bodies."""

    def __init__(self, request: CountersignedRequest, srv: Srv, at: datetime) -> None:
        self._srv = srv
        self._root = etree.Element(sr("SMETS1SignedResponse"), nsmap=_PREFIXES)
        self._root.set("schemaVersion", LATEST_SCHEMA_VERSION)
        response = etree.SubElement(self._root, sr("SMETS1Response"))
        header = etree.SubElement(response, sr("Header"))
        _add(header, "BusinessOriginatorID", str(request.target))
        _add(header, "BusinessTargetID", str(request.originator))
        _add(header, "OriginatorCounter", str(int(request.counter)))
        if request.supplementary is not None:
            _add(header, "SupplementaryRemotePartyID", str(request.supplementary.party))
            _add(header, "SupplementaryRemotePartyCounter", str(int(request.supplementary.counter)))
        _add(header, "ServiceReference", srv.service_reference)
        _add(header, "ServiceReferenceVariant", srv.value)
        _add(header, "Timestamp", DATE_TIME.encode(at)).set("isFromGSME", "false")
        body = etree.SubElement(response, sr("Body"))
        self._message = etree.SubElement(body, sr("ResponseMessage"))

    def sign(self, signer: DocumentSigner, provider: CryptoProvider) -> bytes:
        """The document as octets."""
        return signer.sign(self._root, provider)

    def refuse(self, code: int, text: str) -> SignedResponse:
        """Nothing was done: a code and a text of at most 250 characters."""
        debug = _add(_add(self._message, "DebugInfo"), "SMETS1Debug")
        error = _add(debug, "SMETS1Response")
        error.set("ResponseCode", str(code))
        error.set("Position", "1")
        _add(error, "Error", text[:_LONGEST_ERROR])
        return self

    def replaced(self, outcome: Outcome) -> SignedResponse:
        """Credentials were replaced."""
        parent = _add(self._data(), "ExecutionOutcome")
        _add(parent, "AuthorisingRemotePartyOriginatorCounter", str(int(outcome.counter)))
        _add(parent, "CredentialsReplacementMode", _MODES[outcome.srv, outcome.role])
        if outcome.floor is not None:
            change = _add(parent, "RemotePartySeqNumberChange")
            _add(change, "RemotePartyRole", ROLE_TOKENS[outcome.role])
            _add(change, "RemotePartyFloorSeqNumber", str(int(outcome.floor)))
        for item in outcome.replaced:
            _add_replacement(parent, outcome.role, item)
        return self

    def retrieved(self, slots: Sequence[Held]) -> SignedResponse:
        """What is notified for the roles asked about."""
        data = self._data()
        for slot in slots:
            details = _add(data, "RemotePartyDetails")
            _add(details, "RemotePartyRole", ROLE_TOKENS[slot.role])
            _add_status(details, CredentialStatus.SUCCESS if slot.certificate else _NOT_FOUND)
            if slot.certificate is not None and slot.usage is not None:
                _add(details, "RemotePartyFloorSeqNumber", str(int(slot.counter)))
                _add(details, "CertificateUsage", USAGE_TOKENS[slot.usage])
                _add(details, "ExistingRemotePartyID", str(slot.certificate.subject))
                _add(details, "ExistingCertificateHash", sha1_of(slot.certificate))
        return self

    def read(self, device_type: DeviceType, readings: Readings) -> SignedResponse:
        """What the meter shows, as far as the service asks for it."""
        gas = device_type in _GAS
        data = _add(self._data(), "Gas" if gas else "Electricity")
        if self._srv is Srv.READ_NETWORK_DATA:
            if gas:
                _add(data, "NetworkDataLog")
                return self
            meter = _add(data, "SinglePhaseESME")
            for name, count in (("Over", readings.over_voltages), ("Under", readings.under_voltages)):
                _add(_add(meter, f"AvgRMS{name}VoltageCounter"), "Value", str(count))
        elif gas:
            _register(data, "ConsumptionRegister", readings.consumption_m3, "Unit", "m3")
        else:
            _register(data, "ActiveImportRegister", readings.active_import_wh, "ActiveEnergyUnit", "Wh")
            _register(
                data, "ReactiveImportRegister", readings.reactive_import_varh, "ReactiveEnergyUnit", "varh"
            )
        return self

    def _data(self) -> Element:
        data = _add(_add(self._message, "SMETSData"), _ELEMENTS[self._srv])
        data.set("MessageSuccess", "true")
        return data


def roles_reported(body: RetrieveRoles) -> tuple[RemotePartyRole, ...]:
    """The roles of a 6.24.1 that have a name in the MMC schema."""
    return tuple(role for role in body.roles if role in ROLE_TOKENS)


def sha1_of(certificate: Certificate) -> str:
    """The SHA-1 of a certificate's DER form, in base64."""
    digest = hashlib.sha1(certificate.der, usedforsecurity=False).digest()
    return BASE64.encode(digest)


def _add_replacement(parent: Element, role: RemotePartyRole, item: Replaced) -> None:
    outcome = _add(parent, "ReplacementOutcome")
    _add_status(outcome, CredentialStatus.SUCCESS)
    _add(outcome, "CertificateType", USAGE_TOKENS[item.usage])
    _add(outcome, "RemotePartyRole", ROLE_TOKENS[role])
    if item.old is not None and item.old.subject is not None:
        _add(outcome, "ExistingRemotePartyID", str(item.old.subject))
    _add(outcome, "NewRemotePartyID", str(item.new.subject))
    if item.old is not None:
        _add(outcome, "ExistingCertificateHash", sha1_of(item.old))
    _add(outcome, "NewCertificateHash", sha1_of(item.new))


def _add_status(parent: Element, status: CredentialStatus) -> None:
    code = _add(parent, "StatusCode")
    code.set("ResponseCode", str(int(status)))
    _add(code, "ASN1Status", _STATUS_TOKENS[status])


def _register(parent: Element, name: str, value: int, unit_name: str, unit: str) -> None:
    register = _add(parent, name)
    _add(register, "Value", str(value))
    _add(register, unit_name, unit)


def _add(parent: Element, name: str, text: str | None = None) -> Element:
    child = etree.SubElement(parent, ra(name))
    child.text = text
    return child
