"""The use cases of GBCS by message code: what they are called, who may send them, how they are protected.

The table is ``use_cases.csv`` beside this file: facts of the GBCS v4.0 use case annex, completed for
use cases that the annex leaves to the main text or doesn't hold (``confirmed`` is false there). A
question mark at the end of a column says that the annex leaves it open, and that the value is what real
messages show or what we assumed. ``n.a.`` is the annex's own answer.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from devices.gbcs.identifiers import DeviceType, MessageCode, RemotePartyRole

_ROLES: Final = {role.field_name: role for role in RemotePartyRole}
_ANSWERS: Final[Mapping[str, bool | None]] = {"yes": True, "no": False, "n.a.": False, "": None}


class UseCase(NamedTuple):
    """One row of the table; the same for Command, Response and Alert of the use case.

    A flag that is None is open: not known, or (``critical``) dependent on the sender or the device.
    Open columns of confirmed use cases are possible, and the three ``..._confirmed`` flags stand for
    their own column alone.
    """

    code: MessageCode
    name: str
    """``ECS23``; with the replacement mode where each mode has a code; the title where there is no number."""

    title: str

    message_type: str | None
    """As the annex names it (``SME.C.NC``); None where it has no table."""

    critical: bool | None
    """A critical Command carries a signature, and so do its Response and a critical Alert (GBCS 5.4)."""

    future_datable: bool | None

    replay_protected: bool
    """The Command is refused unless its counter is above the originator's last one (GBCS 4.3.1.5)."""

    replay_confirmed: bool

    roles: frozenset[RemotePartyRole]
    """Who may send the Command; empty for Alerts and for messages between devices."""

    roles_confirmed: bool

    targets: frozenset[DeviceType]
    """To which devices the Command goes; empty for Alerts and where nothing is said. Types may lack where
    ``targets_confirmed`` is false."""

    targets_confirmed: bool

    encrypted_attributes: bool | None
    """The payload may hold attributes encrypted for the receiver."""

    confirmed: bool
    """The annex has tables for this use case."""


def use_case(code: MessageCode) -> UseCase | None:
    """The use case of a message code, or None where no source names it."""
    return _BY_CODE.get(code)


def _read_table() -> tuple[UseCase, ...]:
    path = Path(__file__).with_name("use_cases.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(_use_case_of(row) for row in csv.DictReader(lines))


def _use_case_of(row: Mapping[str, str]) -> UseCase:
    replay, replay_confirmed = _without_doubt(row["replay_protected"])
    roles, roles_confirmed = _without_doubt(row["roles"])
    targets, targets_confirmed = _without_doubt(row["targets"])
    return UseCase(
        code=MessageCode(int(row["code"], 16)),
        name=row["name"] or row["title"],
        title=row["title"],
        message_type=row["message_type"] or None,
        critical=_ANSWERS[row["critical"]],
        future_datable=_ANSWERS[row["future_datable"]],
        replay_protected=_ANSWERS[replay] is True,
        replay_confirmed=replay_confirmed,
        roles=_role_set(roles),
        roles_confirmed=roles_confirmed,
        targets=_target_set(targets),
        targets_confirmed=targets_confirmed,
        encrypted_attributes=_ANSWERS[row["encrypted_attributes"]],
        confirmed=bool(row["message_type"]),
    )


def _without_doubt(column: str) -> tuple[str, bool]:
    """The column without its question mark, and whether it had none."""
    return column.removesuffix("?"), not column.endswith("?")


@cache
def _role_set(column: str) -> frozenset[RemotePartyRole]:
    return frozenset() if column == "none" else frozenset(_ROLES[name] for name in column.split("|"))


@cache
def _target_set(column: str) -> frozenset[DeviceType]:
    return frozenset(DeviceType(name) for name in column.split("|") if name)


ALL_USE_CASES: Final = _read_table()
"""Every row of the table, by rising message code."""

_BY_CODE: Final = MappingProxyType({row.code: row for row in ALL_USE_CASES})
