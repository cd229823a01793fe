"""Which trust anchor cells a device type has, and what they hold when it leaves the factory.

Root, recovery, transitional CoS, WAN provider and access control broker cells hold the DCC's certificates;
supplier and network operator cells hold the access control broker's until they are handed over, and so do a
load controller's (assumed).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import TrustAnchorCellId
from devices.gbcs.identifiers import CellUsage, DeviceType, KeyUsage, RemotePartyRole
from devices.trust_anchor import TrustAnchorStore

ROOT: Final = TrustAnchorCellId(RemotePartyRole.ROOT, KeyUsage.KEY_CERT_SIGN)
RECOVERY: Final = TrustAnchorCellId(RemotePartyRole.RECOVERY, KeyUsage.DIGITAL_SIGNATURE)
SUPPLIER_SIGNING: Final = TrustAnchorCellId(RemotePartyRole.SUPPLIER, KeyUsage.DIGITAL_SIGNATURE)
SUPPLIER_AGREEMENT: Final = TrustAnchorCellId(RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT)
SUPPLIER_TOP_UP: Final = TrustAnchorCellId(
    RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP
)
NETWORK_OPERATOR_SIGNING: Final = TrustAnchorCellId(
    RemotePartyRole.NETWORK_OPERATOR, KeyUsage.DIGITAL_SIGNATURE
)
NETWORK_OPERATOR_AGREEMENT: Final = TrustAnchorCellId(
    RemotePartyRole.NETWORK_OPERATOR, KeyUsage.KEY_AGREEMENT
)
ACB_AGREEMENT: Final = TrustAnchorCellId(RemotePartyRole.ACCESS_CONTROL_BROKER, KeyUsage.KEY_AGREEMENT)
ACB_SIGNING: Final = TrustAnchorCellId(RemotePartyRole.ACCESS_CONTROL_BROKER, KeyUsage.DIGITAL_SIGNATURE)
WAN_PROVIDER_SIGNING: Final = TrustAnchorCellId(RemotePartyRole.WAN_PROVIDER, KeyUsage.DIGITAL_SIGNATURE)
TRANSITIONAL_COS: Final = TrustAnchorCellId(RemotePartyRole.TRANSITIONAL_COS, KeyUsage.DIGITAL_SIGNATURE)

LOAD_CONTROLLER_SIGNING: Final = TrustAnchorCellId(
    RemotePartyRole.LOAD_CONTROLLER, KeyUsage.DIGITAL_SIGNATURE
)
LOAD_CONTROLLER_AGREEMENT: Final = TrustAnchorCellId(RemotePartyRole.LOAD_CONTROLLER, KeyUsage.KEY_AGREEMENT)

_SUPPLIER: Final = (SUPPLIER_SIGNING, SUPPLIER_AGREEMENT, SUPPLIER_TOP_UP)
_NETWORK_OPERATOR: Final = (NETWORK_OPERATOR_SIGNING, NETWORK_OPERATOR_AGREEMENT)
_LOAD_CONTROLLER: Final = (LOAD_CONTROLLER_SIGNING, LOAD_CONTROLLER_AGREEMENT)
_COMMON: Final = (ROOT, RECOVERY, ACB_AGREEMENT)
CELLS_BY_DEVICE_TYPE: Final[Mapping[DeviceType, tuple[TrustAnchorCellId, ...]]] = {
    DeviceType.ESME: (*_COMMON, *_SUPPLIER, *_NETWORK_OPERATOR, TRANSITIONAL_COS, *_LOAD_CONTROLLER),
    DeviceType.GSME: (*_COMMON, *_SUPPLIER, TRANSITIONAL_COS),
    DeviceType.GPF: (*_COMMON, *_SUPPLIER, *_NETWORK_OPERATOR, TRANSITIONAL_COS),
    DeviceType.CHF: (*_COMMON, ACB_SIGNING, WAN_PROVIDER_SIGNING),
    DeviceType.PPMID: (*_COMMON, ACB_SIGNING),
    DeviceType.HCALCS: (*_COMMON, SUPPLIER_SIGNING, SUPPLIER_AGREEMENT, TRANSITIONAL_COS),
}
# Believed to exist; every other cell was seen in real messages.
UNCONFIRMED_CELLS: Final[Mapping[DeviceType, frozenset[TrustAnchorCellId]]] = {
    DeviceType.ESME: frozenset(),
    DeviceType.GSME: frozenset({ROOT, RECOVERY, TRANSITIONAL_COS}),
    DeviceType.GPF: frozenset({ROOT, RECOVERY, TRANSITIONAL_COS}),
    DeviceType.CHF: frozenset({ROOT, RECOVERY}),
    DeviceType.PPMID: frozenset({ROOT, RECOVERY}),
    DeviceType.HCALCS: frozenset({ROOT, RECOVERY, SUPPLIER_AGREEMENT, TRANSITIONAL_COS}),
}


class DccCertificates(NamedTuple):
    """The DCC's certificates that a manufacturer builds into devices."""

    root: Certificate
    recovery: Certificate
    acb_signing: Certificate
    acb_agreement: Certificate
    transitional_cos: Certificate
    wan_provider: Certificate


def factory_cells(device_type: DeviceType, dcc: DccCertificates) -> TrustAnchorStore:
    """The cells of a device before any handover; one store may serve many devices."""
    return TrustAnchorStore({cell: _factory_content(cell, dcc) for cell in CELLS_BY_DEVICE_TYPE[device_type]})


def _factory_content(cell: TrustAnchorCellId, dcc: DccCertificates) -> Certificate:
    own = {
        ROOT: dcc.root,
        RECOVERY: dcc.recovery,
        TRANSITIONAL_COS: dcc.transitional_cos,
        WAN_PROVIDER_SIGNING: dcc.wan_provider,
    }
    if cell in own:
        return own[cell]
    return dcc.acb_signing if cell.key_usage is KeyUsage.DIGITAL_SIGNATURE else dcc.acb_agreement
