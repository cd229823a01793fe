"""The device types that are modelled, each with its class: the one table of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from devices.comms_hub import Chf
from devices.device import Device
from devices.esme import Esme
from devices.gbcs.identifiers import DeviceType
from devices.gpf import Gpf
from devices.gsme import Gsme
from devices.hcalcs import Hcalcs
from devices.ppmid import Ppmid

DEVICE_CLASSES: Final[Mapping[DeviceType, type[Device]]] = MappingProxyType(
    {kind.device_type: kind for kind in (Esme, Gsme, Gpf, Chf, Ppmid, Hcalcs)}
)
