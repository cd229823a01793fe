"""SECMP0063: the network operator's certificate must be that of the metering point's network operator.

The proposal was withdrawn and no code was ever allocated; both codes are ours. Network parties are never
blocked, and the DCC's own recovery does not come this way. That SMETS1 devices are left out is assumed: the
proposal does not speak of them.
"""

from __future__ import annotations

from typing import Final

from dcc.modifications import Modification
from dcc.parties import SUPPLIER_ROLES
from dcc.registration import FoundBy
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, rule
from dcc.rules.view import RequestView
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType, RemotePartyRole

_CODES: Final = {Srv.UPDATE_CREDENTIALS: ResponseCode.SIM_E061590, Srv.HANDOVER: ResponseCode.SIM_E062190}


@rule(
    id="network-operator-certificate-matches-mpan",
    clause=Clause("SECMP0063 business requirements", "BR1, BR2"),
    on_fail=_CODES,
    confirmed=True,
    under=Modification.SECMP0063,
    step="17",
    about="replacement",
)
def network_operator_certificate_matches_mpan(view: RequestView) -> Answer:
    """A supplier puts only the certificates of the MPAN's network operator on an ESME."""
    return _compared(view) if _is_in_scope(view, DeviceType.ESME) else NOT_APPLICABLE


@rule(
    id="network-operator-certificate-matches-mprn",
    clause=Clause("SECMP0063 business requirements", "BR1, BR2, for gas"),
    on_fail={Srv.HANDOVER: ResponseCode.SIM_E062190},
    confirmed=True,
    under=Modification.SECMP0063_GPF,
    step="17",
    about="replacement",
)
def network_operator_certificate_matches_mprn(view: RequestView) -> Answer:
    """A supplier puts, by 6.21, only the certificates of the MPRN's gas transporter on a GPF."""
    return _compared(view) if _is_in_scope(view, DeviceType.GPF) else NOT_APPLICABLE


def _is_in_scope(view: RequestView, device_type: DeviceType) -> bool:
    wanted, device = view.replacement, view.device
    on_device = device is not None and device.device_type is device_type and not device.is_smets1
    for_operator = wanted is not None and wanted.role is RemotePartyRole.NETWORK_OPERATOR
    return on_device and for_operator and view.acting_role in SUPPLIER_ROLES


def _compared(view: RequestView) -> Answer:
    """The owners of the new certificates beside the operator, now or at the execution time."""
    operator = view.operator
    if operator is None or operator.found_by is FoundBy.NOT_FOUND:
        return NOT_APPLICABLE
    expected = " or ".join(party.name for party in operator.operators)
    how = f"{expected}, network operator of {view.mpxn} by {operator.found_by.value}"
    for item in view.certificates:
        if item.owner is None or not operator.is_operator(item.owner):
            owner = item.owner.name if item.owner else "nobody known"
            return Finding(f"{item.cell}: certificate of {owner}", how)
    # Several parties may hold one distributor id: each is right, a mixture of them is not.
    owners = dict.fromkeys(item.owner.name for item in view.certificates if item.owner)
    if len(owners) > 1:
        return Finding(f"certificates of {' and '.join(owners)}", f"those of one party: {how}")
    return None
