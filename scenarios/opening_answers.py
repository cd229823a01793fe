"""Which use cases answer a service, and to whom the device says so: its User, or the DCC for the User.

The DCC asks in its own name where devices do not know the User: in most such commands the User goes along as
supplementary remote party with the counter of its request, so that the response names both. What the DCC asks
for handovers, a change of supplier, the credentials in a device and a gas proxy's log need not name the User.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from dcc.identifiers import RequestId
from dcc.srv import Srv
from devices.gbcs import credentials_codec, device_certificates, device_log, firmware, gas_clock, joins
from devices.gbcs.chf_log import CCS01, CCS02, CCS03, CCS04, CCS06, CCS07
from devices.gbcs.credentials import ReplacementMode
from devices.gbcs.cs01 import CS01A, CS01B
from devices.gbcs.dlms_updates import ECS25A, ECS25A1, ECS25A2, ECS25A3, ECS25B, ECS25B3, ECS39A, ECS39B
from devices.gbcs.ecs70 import ECS70
from devices.gbcs.gas_read_table import (
    CS10A,
    CS10B,
    GCS13A,
    GCS13B,
    GCS13C,
    GCS14,
    GCS16A,
    GCS17,
    GCS18,
    GCS21E,
    GCS21M,
    GCS38,
    GCS46,
    GCS61,
)
from devices.gbcs.gas_updates import GCS20, GCS31, GCS41
from devices.gbcs.identifiers import MessageCode, RemotePartyRole
from devices.gbcs.message import GroupingHeader
from devices.gbcs.read_table import (
    ECS17A,
    ECS17B,
    ECS17C,
    ECS17D,
    ECS17E,
    ECS19,
    ECS21B,
    ECS21C,
    ECS22A,
    ECS22B,
    ECS22C,
    ECS23,
    ECS25R1,
    ECS25R2,
    ECS26I,
    ECS26M,
    ECS26N,
    ECS35A,
    ECS35B,
    ECS35C,
    ECS35D,
    ECS35E,
    ECS35F,
    ECS35G,
    ECS40,
    ECS52,
    ECS66,
)
from devices.gbcs.use_cases import use_case

_BROKER: Final = RemotePartyRole.ACCESS_CONTROL_BROKER
_COS_PARTY: Final = RemotePartyRole.TRANSITIONAL_COS
_NOBODY: Final = (None, None)
_METHOD_A: Final = (joins.CS03A1, joins.CS03A2)


def _codes(*codes: MessageCode) -> frozenset[MessageCode]:
    return frozenset(codes)


def _modes(*modes: ReplacementMode) -> frozenset[MessageCode]:
    return frozenset(mode.message_code for mode in modes)


_BY_USER: Final[Mapping[Srv, frozenset[MessageCode]]] = {
    Srv.SYNCHRONISE_CLOCK: _codes(ECS70, gas_clock.GCS28),
    Srv.UPDATE_CREDENTIALS: _modes(
        ReplacementMode.SUPPLIER_BY_SUPPLIER,
        ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
        ReplacementMode.LOAD_CONTROLLER_BY_SUPPLIER,
    ),
    Srv.UPDATE_DEVICE_CERTIFICATE: _codes(device_certificates.CS02D),
    Srv.ISSUE_CREDENTIALS: _codes(device_certificates.CS02C),
    Srv.RETRIEVE_DEVICE_CREDENTIALS: _codes(device_certificates.CS02E),
    Srv.COMMISSION_DEVICE: _codes(ECS70, gas_clock.GCS28),
    Srv.JOIN_CRITICAL: _codes(*_METHOD_A, joins.CS03C),
    Srv.UNJOIN_CRITICAL: _codes(joins.CS04AC),
    Srv.ACTIVATE_FIRMWARE: _codes(firmware.CS06),
}
"""What Users sign themselves."""

_BY_EITHER: Final[Mapping[Srv, frozenset[MessageCode]]] = {
    Srv.TOP_UP: _codes(CS01A, CS01B),
    Srv.READ_IMPORT_REGISTERS: _codes(ECS17B, GCS13A),
    Srv.READ_INSTANTANEOUS_IMPORT_TOU_MATRICES: _codes(ECS17D, GCS13C),
    Srv.READ_INSTANTANEOUS_IMPORT_TOU_WITH_BLOCKS_MATRICES: _codes(ECS17E),
    Srv.READ_INSTANTANEOUS_IMPORT_BLOCK_COUNTERS: _codes(GCS13B),
    Srv.READ_INSTANTANEOUS_EXPORT_REGISTERS: _codes(ECS17A),
    Srv.READ_INSTANTANEOUS_PREPAY_VALUES: _codes(ECS19, GCS14),
    Srv.RETRIEVE_IMPORT_DAILY_READ_LOG: _codes(GCS16A),
    Srv.RETRIEVE_EXPORT_DAILY_READ_LOG: _codes(ECS21C),
    Srv.READ_ACTIVE_IMPORT_PROFILE: _codes(ECS22B, GCS17),
    Srv.READ_REACTIVE_IMPORT_PROFILE: _codes(ECS22C),
    Srv.READ_EXPORT_PROFILE: _codes(ECS22A),
    Srv.READ_NETWORK_DATA: _codes(ECS23, GCS18),
    Srv.READ_PREPAYMENT_DAILY_READ_LOG: _codes(ECS21B),
    Srv.READ_ACTIVE_POWER_IMPORT: _codes(ECS17C),
    Srv.READ_DAILY_CONSUMPTION: _codes(ECS66, GCS61),
    Srv.READ_IDENTITY: _codes(ECS26I, ECS26M, ECS26N, GCS21E, GCS21M),
    Srv.READ_MPXN: _codes(ECS40, GCS46),
    Srv.READ_CONFIGURATION_EVENT_AND_ALERT_BEHAVIOURS: _codes(ECS25R1, ECS25R2),
    Srv.READ_EVENT_LOG: _codes(ECS35A, ECS35B, ECS35C, ECS35D, ECS35E, ECS35F, ECS35G, CS10A, CS10B),
    Srv.SET_IMPORT_MPXN: _codes(ECS39A, GCS41),
    Srv.SET_EXPORT_MPAN: _codes(ECS39B),
    Srv.CONFIGURE_ALERTS: _codes(ECS25A, ECS25A1, ECS25A2, ECS25A3, ECS25B, ECS25B3, GCS20),
    Srv.JOIN_NON_CRITICAL: _codes(*_METHOD_A, joins.CS03B, joins.CS03C),
    Srv.UNJOIN_NON_CRITICAL: _codes(joins.CS04AC, joins.CS04B),
    Srv.READ_DEVICE_LOG: _codes(CCS04, CCS06, CCS07, device_log.CS07),
    Srv.UPDATE_HAN_DEVICE_LOG: _codes(CCS01, CCS02),
    Srv.RESTORE_HAN_DEVICE_LOG: _codes(CCS03),
    Srv.READ_FIRMWARE_VERSION: _codes(ECS52, GCS38, firmware.CS08),
    Srv.RECORD_GAS_NETWORK_DATA: _codes(GCS31),
}
"""What goes out in the User's name, or for it in the broker's: the device types decide, and the role."""


_FOR_USER: Final = {**_BY_USER, **_BY_EITHER}


class _OwnName(NamedTuple):
    """What a party of the DCC may ask without a word of the User."""

    role: RemotePartyRole
    codes: frozenset[MessageCode]


_IN_OWN_NAME: Final[Mapping[Srv, _OwnName]] = {
    Srv.HANDOVER: _OwnName(
        _BROKER,
        _modes(ReplacementMode.SUPPLIER_BY_SUPPLIER, ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR),
    ),
    Srv.UPDATE_CREDENTIALS_COS: _OwnName(_COS_PARTY, _modes(ReplacementMode.SUPPLIER_BY_TRANS_COS)),
    Srv.RETRIEVE_CREDENTIALS: _OwnName(_BROKER, _codes(credentials_codec.CS02A, credentials_codec.CS02F)),
    # A real GCS59 names nobody; that the DCC of this bench names the User is no harm.
    Srv.RESTORE_GPF_DEVICE_LOG: _OwnName(_BROKER, _codes(device_log.GCS59)),
}

ANSWERED: Final = frozenset(_FOR_USER) | frozenset(_IN_OWN_NAME)
"""The services of which it is known how devices answer them."""


def answers_user(header: GroupingHeader, srv: Srv | None, request_id: RequestId) -> bool:
    """Whether a response is to the User's own command: ids the other way round, the same counter."""
    code = header.other.message_code
    if srv is None or code not in _FOR_USER.get(srv, ()):
        return False
    # Nobody goes along with a User who asks in its own name.
    alone = header.other.supplementary_party is None
    found = RequestId(header.originator, header.target, header.originator_counter)
    return alone and found == request_id.response_id


def addressee_for_user(
    header: GroupingHeader, srv: Srv | None, request_id: RequestId
) -> RemotePartyRole | None:
    """The role of the DCC that a response must be addressed to, to answer the request that it made of it.

    A response that serves the User as supplementary remote party has to name it with the counter of its
    request. Where the DCC's command does not name the User, that the response is to this very request is the
    DCC's word alone. None if it answers neither way.
    """
    code, other = header.other.message_code, header.other
    if srv is None or header.originator != request_id.target:
        return None
    party = other.supplementary_party, other.supplementary_counter
    is_named = party == (request_id.originator, request_id.counter)
    if srv in _IN_OWN_NAME:
        role, codes = _IN_OWN_NAME[srv]
        return role if code in codes and (is_named or party == _NOBODY) else None
    facts = use_case(code)
    by_broker = facts is not None and _BROKER in facts.roles and code in _BY_EITHER.get(srv, ())
    return _BROKER if by_broker and is_named else None


def holder_for_user(srv: Srv | None) -> RemotePartyRole | None:
    """The role of the DCC in whose name a device holds what a service asked for until its time."""
    return _COS_PARTY if srv is Srv.UPDATE_CREDENTIALS_COS else None
