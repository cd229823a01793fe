"""The tables of the modifications read a second time, as small functions that know nothing of the rule book.

They look at words and not at requests: who sends, which device, whose certificates. Tests hold the DSP, an
S1SP, gas proxy functions and the registration authority against them under mixtures of switches.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from dcc.modifications import Modification

On = Collection[Modification]

# Letters: S supplier, N network operator, A access control broker. Users go by their party's name.
ROLES: Final = {
    "SUPA": "IS GS", "SUPB": "IS GS", "IMPORT": "IS", "GAS": "GS", "EXPORT": "ES", "AGENT": "RSA",
    "EAST": "ED", "MID": "ED", "H1": "ED", "H2": "ED", "GTA": "GT", "GTB": "GT",
}  # fmt: skip
NETWORK: Final = frozenset({"EAST", "MID", "H1", "H2", "GTA", "GTB"})
_ELECTRICITY: Final = frozenset({"IS", "ED"})
_PLACES: Final = frozenset({
    ("IS", "ESME", "S"), ("IS", "ESME", "N"), ("ED", "ESME", "N"), ("IS", "HCALCS", "S"),
    ("GS", "GSME", "S"), ("GS", "GPF", "S"), ("GS", "GPF", "N"), ("GT", "GPF", "N"),
})  # fmt: skip


class Target(NamedTuple):
    """A device: its type, who operates the network there by registration data or prefix, who supplies."""

    kind: str
    operators: frozenset[str] = frozenset()
    supplier: str | None = None

    @property
    def roles(self) -> frozenset[str]:
        """The roles of the device's fuel."""
        electric = self.kind in ("ESME", "HCALCS")
        return _ELECTRICITY if electric else frozenset({"GS", "GT"})


class Placing(NamedTuple):
    """6.15.1 or 6.21: ``certificates``, each by owner and letter, are to go into a slot."""

    srv: str
    sender: str
    device: Target
    slot: str
    certificates: tuple[tuple[str, str], ...]
    dated: bool = False


def roles_for(srv: str, sender: str) -> frozenset[str]:
    """The sender's roles that may send the service."""
    may = "IS GS ED GT" if srv == "6.15.1" else "IS GS"
    return frozenset(ROLES[sender].split()) & frozenset(may.split())


def placing_code(placing: Placing, on: On) -> str:  # noqa: PLR0911
    """What a User is told of a first call for a SMETS2+ device (SECMP0063, MP128A row 4)."""
    srv, sender, device, slot, certificates, dated = placing
    roles, is_update = roles_for(srv, sender), srv == "6.15.1"
    if not roles:
        return "E2"
    if device.kind in ("PPMID", "CHF"):
        return "E11"
    registered = bool(roles & device.roles) and device.supplier in (None, sender)
    if not is_update and not registered:
        return "E4"
    if any(_is_unfit(placing, *certificate) for certificate in certificates):
        return "SIM-PSC"
    series = "E0615" if is_update else "E0621"
    from_broker = any(letter == "A" for _, letter in certificates)
    acting = {role for role in roles if (role, device.kind, slot) in _PLACES}
    if not acting or (from_broker and "GT" not in roles):
        return series + "01"
    if dated and slot == "N":
        return series + ("06" if is_update else "05")
    if acting & {"IS", "GS"} and slot == "N" and _is_compared(placing, on):
        owners = {owner for owner, _ in certificates}
        if device.operators and (len(owners) > 1 or not owners <= device.operators):
            return f"SIM-{series}90"
    return "I0" if is_update else "I99"


def _is_unfit(placing: Placing, owner: str, letter: str) -> bool:
    if letter == "A":
        return not (placing.slot == "N" and placing.device.kind == "GPF" and placing.srv == "6.15.1")
    return letter != placing.slot or (letter == "N" and owner not in NETWORK)


def _is_compared(placing: Placing, on: On) -> bool:
    if placing.device.kind == "ESME":
        return Modification.SECMP0063 in on
    return placing.srv == "6.21" and Modification.SECMP0063_GPF in on


def smets1_ending(placing: Placing, notified: dict[str, str], on: On) -> str:
    """What comes of a 6.15.1 for a SMETS1 device (MP107); ``notified``: whose critical certificates.

    ``operators`` and ``supplier`` of the device are who is registered; nobody where there is no record.
    """
    _, sender, device, slot, certificates, _ = placing
    roles = roles_for("6.15.1", sender)
    if not roles:
        return "E2"
    fitting, is_network = roles & device.roles, sender in NETWORK
    known = {*device.operators, device.supplier} - {None}
    in_place = device.operators if is_network else {device.supplier}
    registered = bool(fitting) and (not known or sender in in_place)
    if not registered and not (is_network and Modification.MP107_DSP in on):
        return "E4"
    if any(_is_unfit(placing, *certificate) for certificate in certificates):
        return "SIM-PSC"
    from_broker = any(letter == "A" for _, letter in certificates)
    if not fitting or (is_network and slot == "S") or (from_broker and not is_network):
        return "E061501"
    if not registered and not (slot == "N" and Modification.MP107_S1SP in on):
        return "E1004 S1SP: registration"
    return "I0" if notified[slot] == sender else "E1004 S1SP: ownership"


class GasCell:
    """The network operator cells of a gas proxy function, and what MP128A records of them.

    ``signing`` and ``agreement`` are who is there, ``number`` the device's, ``recorded`` the DCC's note of
    it, ``broker`` the last number that the broker used.
    """

    def __init__(self) -> None:
        self.signing = self.agreement = "A"
        self.number = self.broker = 0
        self.recorded: int | None = None

    def next_of_broker(self, on: On, earliest: int, *, handover: bool) -> int:
        """The number of the broker's next command, at least ``earliest``; for 6.21 above the record."""
        above = self.recorded if handover and Modification.MP128A in on else None
        self.broker = max(self.broker + 1, earliest, 0 if above is None else above + 1)
        return self.broker

    def takes(self, sender: str, number: int) -> bool:
        """Whether the device obeys: the sender's own cell, and a number above the last."""
        return self.signing == sender and number > self.number

    def replace(
        self, new: str, number: int, floor: int | None, failed: Collection[str], on: On, *, told: bool = True
    ) -> None:
        """An obeyed command; ``failed`` are the cells that had no memory, ``told`` whether the DCC hears."""
        if failed != {"signing", "agreement"}:
            self.number = number if floor is None else floor
        else:
            self.number = number
        if "agreement" not in failed:
            self.agreement = new
        if "signing" in failed:
            return
        self.signing = new
        if told and Modification.MP128A in on:
            self.recorded = None if new != "A" else max(number, floor or 0)

    def report(self, on: On) -> None:
        """6.24.1: the device's number, where the broker is in the cell and nothing higher is recorded."""
        if Modification.MP128A in on and self.signing == "A" and (self.recorded or -1) < self.number:
            self.recorded = self.number


def certificate_refusals(
    *,
    device: bool,
    uept: bool,
    srept: bool,
    spoti: bool,
    evidence: bool,
    leaving: bool,
    dcc_reading: bool,
    on: On,
) -> tuple[str, ...]:
    """Why a certificate is not issued, by MP074 and MP128A; nothing where it is."""
    if not srept:
        return ("srept",)
    if not device:
        return ("leaving",) if leaving and Modification.MP128A in on else ()
    if Modification.MP074 not in on:
        return ()
    no_need = not evidence and not dcc_reading and (uept or not spoti)
    reasons = {"uept": not uept, "gateway": spoti, "no_need": no_need}
    return tuple(reason for reason, holds in reasons.items() if holds)


def slot_result(found: str, *, available: bool, dcc_user: bool, on: On) -> str:
    """What the report says of a GPF's network operator slot when its time is over (MP128B, MP128A).

    ``found`` is ``right``, ``broker`` or ``another``.
    """
    if found == "right":
        return "met"
    if found == "broker":
        relaxed = Modification.MP128B in on and not (available and dcc_user)
        # MP128A has the report accept the broker there, whoever else could be had.
        return "not required" if relaxed or Modification.MP128A in on else "breached"
    return "breached"
