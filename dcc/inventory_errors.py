"""What the Smart Metering Inventory cannot do, and why."""

from __future__ import annotations

from dcc.errors import DccValueError
from dcc.inventory_status import DeviceStatus, StatusCause
from devices.gbcs.identifiers import DeviceType, Eui64


class UnknownDevice(DccValueError):
    """The inventory has no such device."""

    def __init__(self, device_id: Eui64) -> None:
        super().__init__("Device ID", str(device_id), "a device in the Smart Metering Inventory")
        self.device_id = device_id
        self.args = (device_id,)


class DuplicateDevice(DccValueError):
    """The inventory already has a device of this id."""

    def __init__(self, device_id: Eui64) -> None:
        super().__init__("Device ID", str(device_id), "one that is not in the Smart Metering Inventory yet")
        self.device_id = device_id
        self.args = (device_id,)


class IllegalTransition(DccValueError):
    """A cause that leads nowhere from the device's present status."""

    def __init__(
        self, device_id: Eui64, device_type: DeviceType, status: DeviceStatus | None, cause: StatusCause
    ) -> None:
        in_status = f"in status {status.value}" if status else "without status"
        expected = f"a cause that is legal for type {device_type.value} {in_status}"
        super().__init__(f"status of {device_id}", cause.value, expected)
        self.device_id = device_id
        self.device_type = device_type
        self.status = status
        self.cause = cause
        self.args = (device_id, device_type, status, cause)
