"""Everything the bench assumes or leaves out, gathered from the code that does it.

Nothing is written down twice: a switch says what it assumes where it is defined, a rule, code or table says
itself whether a source confirms it, and a device says which use cases it obeys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import dcc
import devices
from devices.assumptions import DeviceAssumptions
from scenarios import explain_dcc_divergences as of_dcc
from scenarios import explain_device_divergences as of_devices
from scenarios.comparison import assumptions as wave_assumptions
from scenarios.explain_divergence import Divergence, clause_in, clause_order
from scenarios.explain_source import assumption_remarks


class Section(NamedTuple):
    """Divergences of one kind, by clause, those of unknown clause last."""

    key: str
    title: str
    entries: tuple[Divergence, ...]


def sections() -> tuple[Section, ...]:
    """All divergences."""
    return tuple(
        Section(key, title, tuple(sorted(find(), key=clause_order))) for key, title, find in _SECTIONS
    )


def _wave() -> Iterator[Divergence]:
    """Those of the install wave that are not the devices' or the broker's already."""
    for item in wave_assumptions():
        prefix, _, name = item.name.partition(".")
        if name not in DeviceAssumptions._fields and prefix != "access_control_broker":
            yield Divergence(item.name, item.note or name.replace("_", " "), None, str(item.value))


def _remarks() -> Iterator[Divergence]:
    for package in (dcc, devices):
        for remark in assumption_remarks(package):
            yield Divergence(remark.module, remark.text, clause_in(remark.text))


_SECTIONS: Final[tuple[tuple[str, str, Callable[[], Iterator[Divergence]]], ...]] = (
    ("rules", "Rules that no source states", of_dcc.rules),
    ("s1sp_rules", "Checks of an S1SP that no source states", of_dcc.s1sp_rules),
    ("codes", "Codes that rules give and whose meaning is believed", of_dcc.codes),
    ("stand_ins", "Codes of our own, and what goes out in their place", of_dcc.stand_ins),
    ("dcc_alerts", "DCC Alerts whose meaning and addressee are believed", of_dcc.dcc_alerts),
    ("switches", "What the DCC does where sources are silent", of_dcc.switches),
    ("modifications", "Modifications that are presumed to be in force", of_dcc.modifications),
    ("decision_rows", "What decision tables of modifications assume", of_dcc.decision_rows),
    ("services", "Services that are not rendered, and how they are answered", of_dcc.services),
    ("transitions", "Moves between inventory statuses", of_dcc.transitions),
    ("status_services", "Services that inventory statuses accept", of_dcc.status_services),
    ("devices", "What devices do where sources are silent", of_devices.device_switches),
    ("device_alerts", "Alert codes of refusals", of_devices.device_alerts),
    ("use_cases", "Use cases that devices do not obey", of_devices.use_cases),
    ("use_case_facts", "Facts of use cases that the annex leaves open", of_devices.use_case_facts),
    ("cs02b", "Numbers of replacing credentials", of_devices.credential_replacement),
    ("install_wave", "Assumptions of the install wave", _wave),
    ("remarks", "Remarks in the code", _remarks),
)
