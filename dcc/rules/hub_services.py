"""What the services about a home area network ask for, step 16: joins, device logs and their restoring.

8.7, 8.8, 8.9, 8.12, and what 8.11 asks of a device's metering points; the codes are assumed.
"""

from __future__ import annotations

from typing import Final

from dcc.bodies.hub import JoinOrUnjoin, RestoreDeviceLog, UpdateHanDeviceLog
from dcc.bodies.reads import ReadDeviceLog
from dcc.identifiers import Mpxn
from dcc.inventory import InventoryDevice
from dcc.inventory_status import DeviceStatus
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, Rule, rule
from dcc.rules.view import RequestView
from dcc.srv import Srv
from dcc.transform.joins import join_is_critical
from devices.gbcs.identifiers import DeviceType

_JOINS: Final = Clause("DUIS", "schema, OtherDeviceID")
_DEVICE_LOG: Final = Clause("DUIS", "schema, ReadDeviceLog")
_WHITELIST: Final = Clause("DUIS", "schema, AddDeviceToCHFWhitelist")
_REMOVAL: Final = Clause("DUIS", "schema, UpdateHANDeviceLog")
_RESTORE: Final = Clause("DUIS", "schema, RestoreHANDeviceLog, RestoreGPFDeviceLog")
_CRITICAL: Final = frozenset({Srv.JOIN_CRITICAL, Srv.UNJOIN_CRITICAL})
_UNJOINS: Final = {Srv.UNJOIN_CRITICAL: ResponseCode.E080801, Srv.UNJOIN_NON_CRITICAL: ResponseCode.E080821}
_IN_HAN: Final = {Srv.JOIN_CRITICAL: ResponseCode.E080702, Srv.JOIN_NON_CRITICAL: ResponseCode.E080721}
JOINABLE_STATUSES: Final = frozenset({DeviceStatus.INSTALLED_NOT_COMMISSIONED, DeviceStatus.COMMISSIONED})
"""The statuses in which a device may be joined by another; one without status may (assumed)."""
_KIND_OF_OLD: Final = {
    Srv.RESTORE_HAN_DEVICE_LOG: DeviceType.CHF,
    Srv.RESTORE_GPF_DEVICE_LOG: DeviceType.GPF,
}
_JOIN_SECONDS: Final = (1, 3600)
_INSTALL_CODE_OCTETS: Final = (6, 16)


@rule(
    id="other-device-is-known",
    clause=_JOINS,
    on_fail={**_IN_HAN, **_UNJOINS},
    confirmed=False,
)
def other_device_is_known(view: RequestView) -> Answer:
    """The device at the other end of a join is in the inventory."""
    body = view.request.body
    if not isinstance(body, JoinOrUnjoin):
        return NOT_APPLICABLE
    if body.other_device in view.world.inventory:
        return None
    return Finding(f"{body.other_device}, unknown", "a device in the Smart Metering Inventory")


@rule(id="other-device-is-in-han", clause=_JOINS, on_fail=_IN_HAN, confirmed=False)
def other_device_is_in_han(view: RequestView) -> Answer:
    """Devices that are to join are in the HAN of one hub, where the inventory knows the hubs of both."""
    device, other = view.device, _other_device(view)
    if device is None or other is None or device.hub is None or other.hub is None:
        return NOT_APPLICABLE
    return None if device.hub == other.hub else Finding(f"hub {other.hub}", f"hub {device.hub}")


@rule(
    id="other-device-may-be-joined",
    clause=_JOINS,
    on_fail={Srv.JOIN_CRITICAL: ResponseCode.E080702, Srv.JOIN_NON_CRITICAL: ResponseCode.E080722},
    confirmed=False,
)
def other_device_may_be_joined(view: RequestView) -> Answer:
    """The other device is installed or commissioned; one without status may be joined at any time."""
    other = _other_device(view)
    if other is None or other.status is None:
        return NOT_APPLICABLE
    if other.status in JOINABLE_STATUSES:
        return None
    expected = " or ".join(sorted(status.value for status in JOINABLE_STATUSES))
    return Finding(f"status {other.status.value}", expected)


@rule(
    id="device-types-join-by-service",
    clause=_JOINS,
    on_fail={
        Srv.JOIN_CRITICAL: ResponseCode.E080702,
        Srv.JOIN_NON_CRITICAL: ResponseCode.E080723,
        Srv.UNJOIN_CRITICAL: ResponseCode.E080801,
        Srv.UNJOIN_NON_CRITICAL: ResponseCode.E080822,
    },
    confirmed=False,
)
def device_types_join_by_service(view: RequestView) -> Answer:
    """The two types join by a method, which makes the service critical or not; SMETS1 devices have others."""
    device, other = view.device, _other_device(view)
    if device is None or other is None or view.is_smets1:
        return NOT_APPLICABLE
    critical = join_is_critical(device.device_type, other.device_type)
    if critical is (view.request.srv in _CRITICAL):
        return None
    expected = {None: "types that join", True: "the critical service", False: "the non-critical service"}
    pair = f"{device.device_type.value} with {other.device_type.value} by {view.request.srv.value}"
    return Finding(pair, expected[critical])


@rule(id="devices-are-joined", clause=_JOINS, on_fail=_UNJOINS, confirmed=False)
def devices_are_joined(view: RequestView) -> Answer:
    """Only what is joined can be unjoined; the joins of a device that is gone may stand in logs still."""
    device, other = view.device, _other_device(view)
    if device is None or other is None or other.is_gone:
        return NOT_APPLICABLE
    if other.device_id in device.joined_to:
        return None
    joined = ", ".join(map(str, device.joined_to)) or "none, as it is joined to no device"
    return Finding(f"{other.device_id}, not joined to {device.device_id}", joined)


@rule(
    id="security-details-are-of-a-hub",
    clause=_DEVICE_LOG,
    on_fail={Srv.READ_DEVICE_LOG: ResponseCode.E080901},
    confirmed=False,
)
def security_details_are_of_a_hub(view: RequestView) -> Answer:
    """Only a hub tells of its security details beside its log."""
    body, device = view.request.body, view.device
    if not isinstance(body, ReadDeviceLog) or not body.security_details or device is None:
        return NOT_APPLICABLE
    kind = device.device_type
    return None if kind is DeviceType.CHF else Finding(f"security details of {kind.value}", "of a CHF")


@rule(
    id="old-device-is-of-its-kind",
    clause=_RESTORE,
    on_fail={
        Srv.RESTORE_HAN_DEVICE_LOG: ResponseCode.E081202,
        Srv.RESTORE_GPF_DEVICE_LOG: ResponseCode.E081221,
    },
    confirmed=False,
)
def old_device_is_of_its_kind(view: RequestView) -> Answer:
    """A hub takes over the log of a hub, a gas proxy function that of another, both in the inventory."""
    body = view.request.body
    if not isinstance(body, RestoreDeviceLog):
        return NOT_APPLICABLE
    old, kind = view.world.inventory.get(body.old_device), _KIND_OF_OLD[view.request.srv]
    if old is not None and old.device_type is kind:
        return None
    found = old.device_type.value if old else f"{body.old_device}, unknown"
    return Finding(found, f"a {kind.value} in the Smart Metering Inventory")


@rule(
    id="old-device-is-another",
    clause=_RESTORE,
    on_fail={
        Srv.RESTORE_HAN_DEVICE_LOG: ResponseCode.E081204,
        Srv.RESTORE_GPF_DEVICE_LOG: ResponseCode.E081222,
    },
    confirmed=False,
)
def old_device_is_another(view: RequestView) -> Answer:
    """No device takes over its own log."""
    body, target = view.request.body, view.request.request_id.target
    if not isinstance(body, RestoreDeviceLog):
        return NOT_APPLICABLE
    return Finding(f"{target}, the new device", "another device") if body.old_device == target else None


@rule(
    id="log-of-old-device-is-kept",
    clause=_RESTORE,
    on_fail={
        Srv.RESTORE_HAN_DEVICE_LOG: ResponseCode.E081205,
        Srv.RESTORE_GPF_DEVICE_LOG: ResponseCode.E081223,
    },
    confirmed=False,
)
def log_of_old_device_is_kept(view: RequestView) -> Answer:
    """The DCC keeps a log that the old device has sent."""
    body, backups = view.request.body, view.world.backups
    if not isinstance(body, RestoreDeviceLog):
        return NOT_APPLICABLE
    of_hubs = view.request.srv is Srv.RESTORE_HAN_DEVICE_LOG
    kept = backups.hubs.keys() if of_hubs else backups.gas_proxies.keys()
    return None if body.old_device in kept else Finding(f"no log of {body.old_device}", "a log that it sent")


@rule(
    id="whitelist-entry-is-usable",
    clause=_WHITELIST,
    on_fail={Srv.UPDATE_HAN_DEVICE_LOG: ResponseCode.E081104},
    confirmed=False,
)
def whitelist_entry_is_usable(view: RequestView) -> Answer:
    """A device may join within 1 to 3600 seconds, by an install code of 6 to 16 octets."""
    body = view.request.body
    if not isinstance(body, UpdateHanDeviceLog) or body.add is None:
        return NOT_APPLICABLE
    for what, number, (least, most) in (
        ("seconds to join", body.add.join_seconds, _JOIN_SECONDS),
        ("octets of install code", len(body.add.install_code), _INSTALL_CODE_OCTETS),
    ):
        if not least <= number <= most:
            return Finding(f"{number} {what}", f"{least} to {most}")
    return None


@rule(
    id="further-mpans-are-of-an-esme",
    clause=_WHITELIST,
    on_fail={Srv.UPDATE_HAN_DEVICE_LOG: ResponseCode.E081106},
    confirmed=False,
)
def further_mpans_are_of_an_esme(view: RequestView) -> Answer:
    """Only an electricity meter has a secondary and an export MPAN."""
    body, device = view.request.body, _logged_device(view)
    if not isinstance(body, UpdateHanDeviceLog) or body.add is None or device is None:
        return NOT_APPLICABLE
    given = [mpan for mpan in (body.add.secondary_import_mpan, body.add.export_mpan) if mpan is not None]
    if not given or device.device_type is DeviceType.ESME:
        return None
    return Finding(f"{', '.join(given)} for {device.device_type.value}", "none")


@rule(
    id="metering-point-has-no-other-meter",
    clause=_WHITELIST,
    on_fail={Srv.UPDATE_HAN_DEVICE_LOG: ResponseCode.E081108},
    confirmed=False,
)
def metering_point_has_no_other_meter(view: RequestView) -> Answer:
    """No other meter is linked to a metering point that a device comes with, unless it is gone."""
    body, device = view.request.body, _logged_device(view)
    if not isinstance(body, UpdateHanDeviceLog) or body.add is None or device is None:
        return NOT_APPLICABLE
    for mpxn in (body.add.import_mpxn, body.add.secondary_import_mpan, body.add.export_mpan):
        other = _other_meter_at(mpxn, device, view) if mpxn is not None else None
        if other is not None:
            return Finding(f"{mpxn}, linked to {other.device_id}", "a metering point without another meter")
    return None


@rule(
    id="removed-device-is-in-this-log",
    clause=_REMOVAL,
    on_fail={Srv.UPDATE_HAN_DEVICE_LOG: ResponseCode.E081109},
    confirmed=False,
)
def removed_device_is_in_this_log(view: RequestView) -> Answer:
    """What is removed is not in the log of another hub."""
    body, device, hub = view.request.body, _logged_device(view), view.request.request_id.target
    if not isinstance(body, UpdateHanDeviceLog) or body.add is not None or device is None:
        return NOT_APPLICABLE
    if device.hub is None or device.hub == hub:
        return None
    return Finding(f"{device.device_id} in the log of {device.hub}", f"a device in the log of {hub}")


def _other_device(view: RequestView) -> InventoryDevice | None:
    body = view.request.body
    return view.world.inventory.get(body.other_device) if isinstance(body, JoinOrUnjoin) else None


def _logged_device(view: RequestView) -> InventoryDevice | None:
    body = view.request.body
    return view.world.inventory.get(body.device) if isinstance(body, UpdateHanDeviceLog) else None


def _other_meter_at(mpxn: Mpxn, device: InventoryDevice, view: RequestView) -> InventoryDevice | None:
    for other in view.world.inventory.devices_at(mpxn):
        if other.device_id != device.device_id and mpxn in other.links and not other.is_gone:
            return other
    return None


RULES: Final[tuple[Rule, ...]] = (
    other_device_is_known,
    other_device_is_in_han,
    other_device_may_be_joined,
    device_types_join_by_service,
    devices_are_joined,
    security_details_are_of_a_hub,
    old_device_is_of_its_kind,
    old_device_is_another,
    log_of_old_device_is_kept,
    whitelist_entry_is_usable,
    further_mpans_are_of_an_esme,
    metering_point_has_no_other_meter,
    removed_device_is_in_this_log,
)
