"""Bodies of 8.14: what an installer reports of a communications hub. Free choices are kept by DUIS token."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from dcc.identifiers import Mpxn
from devices.gbcs.identifiers import Eui64


class Premises(NamedTuple):
    """What 8.14.2 says of a place without SM WAN."""

    premise_type: str
    metal_obstruction: bool
    connectivity_obstruction: bool
    shared_obstruction: bool


class HubInstalled(NamedTuple):
    """Body of 8.14.1, and of 8.14.2 where ``premises`` is given."""

    hub: Eui64
    install_type: str
    mpxn: Mpxn
    aerial_install: bool
    location: str
    installed_at: datetime | None = None
    user_reference: str | None = None
    gis_data: str | None = None
    premises: Premises | None = None
    additional_information: str | None = None


class HubFaultReturn(NamedTuple):
    """Body of 8.14.3."""

    hub: Eui64
    return_type: str
    other_device: Eui64
    connection_method: str
    fault_reason: str
    at: datetime | None = None
    user_reference: str | None = None
    incident_reference: str | None = None
    additional_information: str | None = None


class HubNoFaultReturn(NamedTuple):
    """Body of 8.14.4."""

    hub: Eui64
    return_type: str
    at: datetime | None = None
    user_reference: str | None = None
    incident_reference: str | None = None
    additional_information: str | None = None
