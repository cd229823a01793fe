"""The modes of CS02b and CS02g: who authorises, in what form, what may be replaced (GBCS 13.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from devices import cells
from devices.gbcs.credentials import ReplacementMode, TrustAnchorCellId
from devices.gbcs.identifiers import DeviceType, RemotePartyRole
from devices.gbcs.message import MessageShape

_ALL_ROLES: Final = frozenset(role for role in RemotePartyRole if role <= RemotePartyRole.LOAD_CONTROLLER) - {
    RemotePartyRole.ISSUING_AUTHORITY
}


class ModeRule(NamedTuple):
    """One mode. That it may touch no other role's cells than these is believed of every mode.

    ``confirmed`` is whether real messages show the mode itself. ``cell_is_sent`` says whether the command
    names its authorising cell, ``key_is_contingency`` that the contingency key signs in place of its holder,
    ``root_needs_link`` that a new root has to be vouched for by the present one.
    """

    authorising_cell: TrustAnchorCellId
    replaceable_roles: frozenset[RemotePartyRole]
    shape: MessageShape = MessageShape.FULL
    cell_is_sent: bool = True
    key_is_contingency: bool = False
    root_needs_link: bool = True
    confirmed: bool = True


MODE_RULES: Final[Mapping[ReplacementMode, ModeRule]] = {
    ReplacementMode.ROOT_BY_SUPPLIER: ModeRule(
        cells.SUPPLIER_SIGNING, frozenset({RemotePartyRole.ROOT}), confirmed=False
    ),
    ReplacementMode.ROOT_BY_WAN_PROVIDER: ModeRule(
        cells.WAN_PROVIDER_SIGNING, frozenset({RemotePartyRole.ROOT}), confirmed=False
    ),
    ReplacementMode.SUPPLIER_BY_SUPPLIER: ModeRule(
        cells.SUPPLIER_SIGNING, frozenset({RemotePartyRole.SUPPLIER})
    ),
    ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR: ModeRule(
        cells.NETWORK_OPERATOR_SIGNING, frozenset({RemotePartyRole.NETWORK_OPERATOR})
    ),
    ReplacementMode.ACB_BY_ACB: ModeRule(
        cells.ACB_AGREEMENT,
        frozenset({RemotePartyRole.ACCESS_CONTROL_BROKER}),
        shape=MessageShape.MAC_ONLY,
        cell_is_sent=False,
    ),
    ReplacementMode.WAN_PROVIDER_BY_WAN_PROVIDER: ModeRule(
        cells.WAN_PROVIDER_SIGNING, frozenset({RemotePartyRole.WAN_PROVIDER})
    ),
    ReplacementMode.TRANS_COS_BY_TRANS_COS: ModeRule(
        cells.TRANSITIONAL_COS, frozenset({RemotePartyRole.TRANSITIONAL_COS})
    ),
    ReplacementMode.SUPPLIER_BY_TRANS_COS: ModeRule(
        cells.TRANSITIONAL_COS, frozenset({RemotePartyRole.SUPPLIER})
    ),
    ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY: ModeRule(
        cells.RECOVERY, _ALL_ROLES, shape=MessageShape.SIGNED
    ),
    ReplacementMode.ANY_BY_CONTINGENCY: ModeRule(
        cells.ROOT,
        _ALL_ROLES,
        shape=MessageShape.SIGNED,
        key_is_contingency=True,
        root_needs_link=False,
    ),
    ReplacementMode.LOAD_CONTROLLER_BY_LOAD_CONTROLLER: ModeRule(
        cells.LOAD_CONTROLLER_SIGNING, frozenset({RemotePartyRole.LOAD_CONTROLLER})
    ),
    ReplacementMode.LOAD_CONTROLLER_BY_SUPPLIER: ModeRule(
        cells.SUPPLIER_SIGNING, frozenset({RemotePartyRole.LOAD_CONTROLLER})
    ),
}
# A hub knows the broker's signing key, so its broker signs.
_RULES_ON_HUB: Final = {
    **MODE_RULES,
    ReplacementMode.ACB_BY_ACB: ModeRule(
        cells.ACB_SIGNING, frozenset({RemotePartyRole.ACCESS_CONTROL_BROKER})
    ),
}
_CHF: Final = DeviceType.CHF


def mode_rule(mode: ReplacementMode, device_type: DeviceType) -> ModeRule:
    """The rule of a mode on a type of device."""
    return _RULES_ON_HUB[mode] if device_type is _CHF else MODE_RULES[mode]
