"""Device logs: read (8.9), changed (8.11), restored (8.12.1, 8.12.2) (GBCS 13.8; CCS01 to CCS07)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcc.bodies.hub import RestoreDeviceLog, UpdateHanDeviceLog
from dcc.bodies.reads import ReadDeviceLog
from dcc.command_plan import CommandPlan
from dcc.srv import Srv
from dcc.transform.sending import in_a_name
from dcc.transform.transformable import Transform, Transformable
from devices.gbcs import device_log
from devices.gbcs.chf_commands import (
    build_ccs01_command,
    build_ccs02_command,
    build_ccs03_command,
    build_log_read_command,
)
from devices.gbcs.chf_log import (
    CCS01,
    CCS02,
    CCS03,
    CCS04,
    CCS06,
    CCS07,
    Admission,
    LogRestore,
    Registration,
)
from devices.gbcs.device_log import CS07, GCS59
from devices.gbcs.identifiers import DeviceType
from devices.gbcs.payloads import encode_payload

_INSTALL_CODE_OCTETS: Final = 16


def read_log(asked: Transformable) -> CommandPlan | None:
    """8.9: of a hub CCS07 with security details, else CCS06 or, with one band only, CCS05/CCS04; else CS07.

    Which hubs take CCS06 is assumed from its being a command of dual band hubs.
    """
    body = asked.body
    if not isinstance(body, ReadDeviceLog):
        return None
    if asked.device_type is not DeviceType.CHF:
        payload = encode_payload(device_log.ReadDeviceLog())
        return in_a_name(asked, CS07, lambda _: payload)
    code = CCS07 if body.security_details else CCS06 if asked.dual_band else CCS04
    return in_a_name(asked, code, lambda header: build_log_read_command(code, header.originator_counter))


def update_log(asked: Transformable) -> CommandPlan | None:
    """8.11: CCS01 or CCS02.

    A real CCS01 has an install code of 16 octets; how a shorter one is carried is not known.
    """
    body = asked.body
    if not isinstance(body, UpdateHanDeviceLog) or asked.device_type is not DeviceType.CHF:
        return None
    device = body.device
    if body.add is None:
        return in_a_name(asked, CCS02, lambda header: build_ccs02_command(header.originator_counter, device))
    if len(body.add.install_code) != _INSTALL_CODE_OCTETS:
        return None
    admission = Admission(Registration.of(device, body.add.install_code), body.add.join_seconds)
    return in_a_name(asked, CCS01, lambda header: build_ccs01_command(header.originator_counter, admission))


def restore_hub_log(asked: Transformable) -> CommandPlan | None:
    """8.12.1: CCS03 with the last log of the old hub; None if there is none."""
    log = asked.hub_log
    if not isinstance(asked.body, RestoreDeviceLog) or log is None or asked.device_type is not DeviceType.CHF:
        return None
    restore = LogRestore(log.pan_id, log.devices)
    return in_a_name(asked, CCS03, lambda header: build_ccs03_command(header.originator_counter, restore))


def restore_gas_proxy_log(asked: Transformable) -> CommandPlan | None:
    """8.12.2: GCS59 with the last log of the old gas proxy function; None if there is none."""
    log = asked.gas_log
    if not isinstance(asked.body, RestoreDeviceLog) or log is None or asked.device_type is not DeviceType.GPF:
        return None
    payload = encode_payload(device_log.RestoreDeviceLog(log))
    return in_a_name(asked, GCS59, lambda _: payload)


HUB_TRANSFORMS: Final[Mapping[Srv, Transform]] = {
    Srv.READ_DEVICE_LOG: read_log,
    Srv.UPDATE_HAN_DEVICE_LOG: update_log,
    Srv.RESTORE_HAN_DEVICE_LOG: restore_hub_log,
    Srv.RESTORE_GPF_DEVICE_LOG: restore_gas_proxy_log,
}
