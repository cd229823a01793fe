"""From service requests to GBCS commands: the transform service (GBCS 5.4; DUIS 3.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcc.command_plan import CommandPlan
from dcc.srv import Srv
from dcc.transform.credentials import CREDENTIALS_TRANSFORMS
from dcc.transform.hub import HUB_TRANSFORMS
from dcc.transform.joins import JOINS_TRANSFORMS
from dcc.transform.meters import METERS_TRANSFORMS
from dcc.transform.reads import READS_TRANSFORMS
from dcc.transform.transformable import Transform, Transformable

__all__ = ["TRANSFORMS", "Transform", "Transformable", "plan"]

TRANSFORMS: Final[Mapping[Srv, Transform]] = {
    **CREDENTIALS_TRANSFORMS,
    **HUB_TRANSFORMS,
    **JOINS_TRANSFORMS,
    **METERS_TRANSFORMS,
    **READS_TRANSFORMS,
}
"""The services that are modelled, each on some types of device."""


def plan(asked: Transformable) -> CommandPlan | None:
    """The command for a request; None where the bench does not model it."""
    transform = TRANSFORMS.get(asked.srv)
    return None if transform is None else transform(asked)
