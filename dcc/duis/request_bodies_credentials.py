"""Bodies of 6.15.1, 6.15.2, 6.17, 6.21, 6.23, 6.24.1, 6.24.2 and 8.5 (DUIS XML schema V5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dcc.bodies.credentials import (
    CredentialType,
    IssueDeviceCredential,
    OptOut,
    PlaceDeviceCertificate,
    ReplaceCredentials,
    ReplaceSupplierCredentials,
    RetrieveDeviceCredential,
    RetrieveRoles,
)
from dcc.duis.shapes import Child, Part, Record, Several, Shape, Within
from dcc.duis.simple_types import BASE64, BOOLEAN, DATE_TIME, FLOOR, MPXN, enumeration, token
from dcc.srv import Srv
from devices.gbcs.identifiers import RemotePartyRole

REMOTE_PARTY_ROLE: Final = token(
    {
        "ACB": RemotePartyRole.ACCESS_CONTROL_BROKER,
        "NetworkOperator": RemotePartyRole.NETWORK_OPERATOR,
        "Recovery": RemotePartyRole.RECOVERY,
        "Root": RemotePartyRole.ROOT,
        "Supplier": RemotePartyRole.SUPPLIER,
        "TransCoS": RemotePartyRole.TRANSITIONAL_COS,
        "LoadController": RemotePartyRole.LOAD_CONTROLLER,
    },
    collapse=True,
)
EXECUTION_DATE_TIME: Final = Child("execution_date_time", "ExecutionDateTime", DATE_TIME, optional=True)

_CREDENTIAL_TYPE: Final = Child("credential", "CredentialType", enumeration(CredentialType))
_SIGNING: Final = Child("signing", "DigitalSigningCertificate", BASE64)
_SIGNING_IF_ANY: Final = Child("signing", "DigitalSigningCertificate", BASE64, optional=True)
_AGREEMENT: Final = Child("agreement", "KeyAgreementCertificate", BASE64)
_AGREEMENT_IF_ANY: Final = Child("agreement", "KeyAgreementCertificate", BASE64, optional=True)
_TOP_UP: Final = Child("top_up", "KeyAgreementTopUpCertificate", BASE64, optional=True)
_PATH_AND_CHECKS: Final = (
    Within("CertificationPathCertificates", Several("path", "Certificate", BASE64, 1, 3)),
    Child("apply_time_based_checks", "ApplyTimeBasedCPVChecks", BOOLEAN),
)
_ROLE_AND_FLOORS: Final = (
    EXECUTION_DATE_TIME,
    Child("role", "RemotePartyRole", REMOTE_PARTY_ROLE),
    Child("floor", "RemotePartyFloorSeqNumber", FLOOR, optional=True),
    Child("top_up_floor", "RemotePartyPrepaymentTopUpFloorSeqNumber", FLOOR, optional=True),
)


def _replacement(*certificates: Part) -> Record[ReplaceCredentials]:
    replacement = Within("ReplacementCertificates", *certificates)
    return Record(ReplaceCredentials, *_ROLE_AND_FLOORS, replacement, *_PATH_AND_CHECKS)


CREDENTIALS_BODIES: Final[Mapping[Srv, Shape[Any]]] = {
    Srv.UPDATE_CREDENTIALS: _replacement(
        Within("SupplierOrNetworkOperatorCertificates", _SIGNING_IF_ANY, _AGREEMENT_IF_ANY, _TOP_UP)
    ),
    Srv.HANDOVER: _replacement(_SIGNING, _AGREEMENT_IF_ANY, _TOP_UP),
    Srv.UPDATE_CREDENTIALS_COS: Record(
        ReplaceSupplierCredentials,
        EXECUTION_DATE_TIME,
        Child("floor", "SupplierFloorSeqNumber", FLOOR),
        Child("top_up_floor", "SupplierPrepaymentTopUpFloorSeqNumber", FLOOR, optional=True),
        Within("SupplierReplacementCertificates", _SIGNING, _AGREEMENT_IF_ANY, _TOP_UP),
        *_PATH_AND_CHECKS,
        Child("import_mpxn", "ImportMPxN", MPXN),
    ),
    Srv.OPT_OUT: Record(
        OptOut,
        Child("execution_date_time", "ExecutionDateTime", DATE_TIME),
        Child("floor", "ACBFloorSeqNumber", FLOOR),
        Within("ReplacementCertificates", _SIGNING_IF_ANY, _AGREEMENT),
        *_PATH_AND_CHECKS,
    ),
    Srv.UPDATE_DEVICE_CERTIFICATE: Record(
        PlaceDeviceCertificate, Child("certificate", "DeviceCertificate", BASE64)
    ),
    Srv.ISSUE_CREDENTIALS: Record(IssueDeviceCredential, _CREDENTIAL_TYPE),
    Srv.RETRIEVE_CREDENTIALS: Record(
        RetrieveRoles, Several("roles", "RemotePartyRole", REMOTE_PARTY_ROLE, 1, 7)
    ),
    Srv.RETRIEVE_DEVICE_CREDENTIALS: Record(RetrieveDeviceCredential, _CREDENTIAL_TYPE),
}
