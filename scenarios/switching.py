"""Which modifications are on in the runs of a scenario: a release, switches by hand, and one to compare."""

from __future__ import annotations

from typing import NamedTuple

from dcc.modification_records import record_of
from dcc.modifications import Modification, SecModification
from dcc.releases import BEFORE, Release, in_order, switch_labels, switched
from scenarios.errors import InputError


class Run(NamedTuple):
    """What a run is called, and the switches that are on in it."""

    label: str
    modifications: tuple[Modification, ...]


class Switching(NamedTuple):
    """The release to begin with, what is put on and off, and what the runs are to differ in, if anything."""

    release: Release = BEFORE
    on: tuple[Modification, ...] = ()
    off: tuple[Modification, ...] = ()
    compared: tuple[Modification, ...] = ()

    @property
    def runs(self) -> tuple[Run, ...]:
        """One run or, of a comparison, the one without and the one with."""
        base = switched(self.release, self.on, self.off)
        if not self.compared:
            return (Run(self._label(), in_order(base)),)
        name = ", ".join(switch_labels(self.compared))
        without, with_it = base.difference(self.compared), base.union(self.compared)
        return Run(f"without {name}", in_order(without)), Run(f"with {name}", in_order(with_it))

    @property
    def presumed(self) -> tuple[Modification, ...]:
        """Switches that the release has on, though no source confirms that."""
        on = {item for run in self.runs for item in run.modifications}
        return in_order((self.release.presumed & on).difference(self.on, self.compared))

    @property
    def studied(self) -> SecModification | None:
        """The one modification that the runs are about; None where they are about none or several."""
        switches = self.compared or (self.on if self.release is BEFORE and not self.off else ())
        records = {record_of(item).number: record_of(item) for item in switches}
        return next(iter(records.values())) if len(records) == 1 else None

    @property
    def concerned(self) -> tuple[SecModification, ...]:
        """The modifications of which anything is on in any run."""
        on = in_order(item for run in self.runs for item in run.modifications)
        return tuple({record_of(item).number: record_of(item) for item in on}.values())

    def _label(self) -> str:
        named = f"release {self.release.name}" if self.release is not BEFORE else ""
        on = f"with {', '.join(switch_labels(self.on))}" if self.on else ""
        off = f"without {', '.join(switch_labels(self.off))}" if self.off else ""
        return " ".join(part for part in (named, on, off) if part) or "no modification"


def switching(
    release: Release,
    on: tuple[Modification, ...],
    off: tuple[Modification, ...],
    compared: tuple[Modification, ...],
) -> Switching:
    """What the options of a run ask for; parts of what is put on may be put off again.

    Raises:
        InputError: they contradict each other.
    """
    if on and not set(on) - set(off):
        names = ", ".join(switch_labels(on))
        raise InputError(f"--with and --without: nothing is left of {names}, expected different switches")
    for option, chosen in (("--with", on), ("--without", off)):
        both = in_order(set(compared) & set(chosen))
        if both:
            names = ", ".join(switch_labels(both))
            raise InputError(f"--compare and {option}: both name {names}, expected different switches")
    return Switching(release, in_order(on), in_order(off), in_order(compared))
