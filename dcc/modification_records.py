"""The five modifications as records, in our own words; what no source confirms says so."""

from __future__ import annotations

from datetime import date
from typing import Final

from dcc.errors import DccValueError
from dcc.modifications import InForce, Known, Milestone, Modification, SecModification

_PROPOSAL: Final = "modification proposal form"
_REQUIREMENTS: Final = "business requirements"
_REPORT: Final = "modification report"
_PAGE: Final = "page of the Code administrator"
_INFERRED: Final = "inferred"

SECMP0063: Final = SecModification(
    number="SECMP0063",
    title="Ensuring correct Network Operator Certificates are placed on Electricity Smart Meters",
    proposer=Known("UK Power Networks", True, f"{_PROPOSAL}; {_PAGE} names another"),
    parties_impacted=(
        Known("suppliers: a wrong choice is refused, and has to be made good", False, _INFERRED),
        Known("electricity network operators: they keep access to their meters", False, _INFERRED),
        Known("the DCC: it checks, refuses and reports", True, _REQUIREMENTS),
    ),
    milestones=(
        Milestone("2018-10-02", "raised"),
        Milestone("2018-11-02", "working group"),
        Milestone("2019-06-05", "working group"),
        Milestone("2019-07-09", "event"),
        Milestone("2019-08-01", "preliminary assessment by the DCC"),
        Milestone("2019-09-04", "working group"),
        Milestone("2019-10-15", "update"),
        Milestone("2019-11-21", "withdrawn (the year is inferred)"),
    ),
    cost=(),
    sec_objectives=(),
    problem="By its proposer's estimate of 2018 over a tenth of electricity meters held the wrong network "
    "operator's certificate: suppliers choose it, and the repository shows no owner's name. The true "
    "operator then cannot talk to the meter.",
    rule_before=(
        "6.15.1 is checked for role, device, type of certificate and future dating alone: that of any "
        "network party will do",
    ),
    rule_after=(
        "when a supplier places a network operator's certificate on an ESME and the MPAN is known, the owner "
        "must be the MPAN's network operator, by 6.15.1 (first call and Signed Pre-Command) and by 6.21",
        "with its variant for gas, 6.21 on a GPF is held against the gas transporter of the MPRN",
        "an unknown MPAN passes; network parties and the DCC's own recovery are never blocked",
        "each refusal is counted for the SEC Panel by supplier and code",
    ),
    clauses=(
        Known("SEC Appendix AB, checks of 6.15.1 and 6.21", False, _INFERRED),
        Known("SEC Appendix AC 5.2(a), duty of seven working days: unchanged", True, _REQUIREMENTS),
    ),
    outcome=Known("withdrawn by its proposer in November 2019, never implemented", True, _PAGE),
    in_force=InForce(None, True, "withdrawn"),
    switches=(Modification.SECMP0063, Modification.SECMP0063_GPF),
)

MP107: Final = SecModification(
    number="MP107",
    title="SMETS1 6.15.1 registration check",
    proposer=Known("Western Power Distribution", True, _REPORT),
    parties_impacted=(
        Known("electricity network operators and gas transporters", False, _INFERRED),
        Known("the DCC: its DSP and all SMETS1 service providers", True, _REPORT),
    ),
    milestones=(
        Milestone("2020-01-13", "raised"),
        Milestone("2020-03-13", "converted to a modification"),
        Milestone("2020-04-20", "preliminary assessment requested"),
        Milestone("2020-06-25", "preliminary assessment returned"),
        Milestone("2020-08-05", "working group"),
        Milestone("2020-09-14", "consultation, to 3 October"),
        Milestone("2020-11-26", "impact assessment requested"),
        Milestone("2021-01-13", "impact assessment returned"),
        Milestone("2021-02-03", "working group"),
        Milestone("2021-03-12", "Panel"),
        Milestone("2022-06-30", "target if decided by 30 September 2021"),
        Milestone("2022-11-03", "target if decided by 3 February 2022"),
    ),
    cost=(
        Known("DCC, to the end of pre-integration testing: GBP 193,125, about three months", True, _REPORT),
        Known("DCC, impact assessment: GBP 22,596.58, 30 days", True, _REPORT),
        Known("Code administrator: about GBP 1,200, two days", True, _REPORT),
    ),
    sec_objectives=(),
    problem="On a SMETS1 device the operator that owns a wrong certificate is not the registered one, and "
    "the registered one does not own the certificate: each is refused, and nobody can correct it.",
    rule_before=(
        "DSP and SMETS1 service provider both check critical requests for SMETS1 devices against "
        "registration data",
    ),
    rule_after=(
        "DSP: no registration check for 6.15.1 when the sender is a network operator; it stays for any other",
        "SMETS1 service provider: no registration check for 6.15.1 when it is to replace a network "
        "operator's certificates; it stays for suppliers' ones and for every other service",
    ),
    clauses=(Known("SEC Appendix AB 6.1(f), 6.2", False, f"{_INFERRED} from the {_REPORT}"),),
    outcome=Known("not known; presumed to be in force", False, "no source seen says"),
    in_force=InForce(date(2022, 11, 3), False, "the later of its target dates"),
    switches=(Modification.MP107_DSP, Modification.MP107_S1SP),
)

MP128A: Final = SecModification(
    number="MP128A",
    title="Gas Network Operators SMKI Requirements",
    proposer=Known("Cadent Gas", True, _REPORT),
    parties_impacted=(
        Known("gas network operators", True, f"{_REPORT}, {_PAGE}"),
        Known("suppliers", True, _REPORT),
        Known("the DCC", True, _PAGE),
    ),
    milestones=(
        Milestone("2020-05-11", "raised"),
        Milestone("2020-06-19", "converted to a modification"),
        Milestone("2020-08-05", "working group"),
        Milestone("2020-08-17", "consultation, to 7 September"),
        Milestone("2021-04-19", "workshop"),
        Milestone("2021-07-06", "preliminary impact assessment, to 10 August"),
        Milestone("2021-12-13", "Change Board"),
        Milestone("2021-12-15", "full impact assessment requested"),
        Milestone("2022-03-24", "impact assessment by the DCC"),
        Milestone("2022-06-21", "modification report consultation"),
        Milestone("2022-07-27", "conclusions report"),
        Milestone("2023-06-29", "implemented, June 2023 SEC Release"),
    ),
    cost=(
        Known("DCC, to pre-integration testing: up to GBP 150,000, three months", True, _REPORT),
        Known("Code administrator: about GBP 600, one day", True, _REPORT),
    ),
    sec_objectives=(),
    problem="A gas operator's certificate on a device can be replaced only by that operator, and only while "
    "it is a DCC User: after a sale of the network the newcomer is locked out.",
    rule_before=(
        "a gas network operator may leave with its certificates on devices",
        "the DCC does not look at the counter with which an operator gave its cell to the access control "
        "broker, so that the device may refuse the later 6.21 by its protection against replay",
    ),
    rule_after=(
        "before it leaves, a gas network operator replaces its certificates on GPFs by those of the access "
        "control broker (6.15.1), asks for revocation, and gets no new ones",
        "northbound: the Originator Counter of each such replacement that succeeded is recorded",
        "southbound: the counter of a 6.21 for that cell is above the one recorded",
        "the Post Commissioning report takes the broker's certificates on a GPF",
    ),
    clauses=(
        Known("SEC Section L", True, _REPORT),
        Known("SEC Appendix B", True, _REPORT),
        Known("SEC Appendix AC", True, _REPORT),
    ),
    outcome=Known("implemented on 29 June 2023, in force since", True, _PAGE),
    in_force=InForce(date(2023, 6, 29), True, "June 2023 SEC Release"),
    switches=(Modification.MP128A,),
)

MP128B: Final = SecModification(
    number="MP128B",
    title="Incorrect Gas Network Operator Certificates",
    proposer=Known("Cadent Gas", True, f"{_REPORT} of MP128A, of which it was split off"),
    parties_impacted=(
        Known("gas suppliers: what they have to place on a GPF", False, _INFERRED),
        Known("gas network operators: they may subscribe for certificates, and need not", True, _REPORT),
    ),
    milestones=(
        Milestone("2020-05-11", "raised, together with MP128A"),
        Milestone("2021-12", "known to be implemented by then; no date found"),
    ),
    cost=(Known("no change of systems", True, _REPORT),),
    sec_objectives=(),
    problem="A supplier had to place a gas network operator's certificate even where there was none of a DCC "
    "User to be had.",
    rule_before=("a GPF must hold the right gas network operator's certificate by the due date",),
    rule_after=(
        "that is required only where the right operator is a DCC User with a certificate in the repository; "
        "else the access control broker's may stay",
    ),
    clauses=(Known("SEC Appendix AC 5.2", False, _INFERRED),),
    outcome=Known("implemented before December 2021; the date was not found", False, _INFERRED),
    in_force=InForce(date(2021, 12, 13), False, "the latest day by which it must have been implemented"),
    switches=(Modification.MP128B,),
)

MP074: Final = SecModification(
    number="MP074",
    title="Clarity on Obtaining SMKI Device Certificates",
    proposer=Known("SMKI Policy Management Authority", True, _REPORT),
    parties_impacted=(Known("parties that ask for device certificates", False, _INFERRED),),
    milestones=(
        Milestone("2019", "raised"),
        Milestone("2019-11-07", "target if decided by 24 October 2019"),
    ),
    cost=(
        Known("none for the DCC, none for parties", True, _REPORT),
        Known("Code administrator: about GBP 1,200, two days", True, _REPORT),
    ),
    sec_objectives=(),
    problem="Who may ask for device certificates, and by which interface, stood in an Agreed Interpretation "
    "beside the Code; the portal over the internet looked usable.",
    rule_before=("the Code itself does not ask for entry process tests, gateway or evidence of need",),
    rule_after=(
        "device certificates go to parties that have done the User Entry Process Tests, over the DCC "
        "gateway, on reasonable evidence that they are needed",
    ),
    clauses=(
        Known("SEC Appendix D", True, _REPORT),
        Known("SEC Appendix K", True, _REPORT),
        Known("SEC Appendix M", True, _REPORT),
        Known("SEC Appendix N", True, _REPORT),
    ),
    outcome=Known("not known; presumed to be in force", False, "no source seen says"),
    in_force=InForce(date(2019, 11, 7), False, "its target date"),
    switches=(Modification.MP074,),
)

RECORDS: Final = (SECMP0063, MP107, MP128A, MP128B, MP074)
"""All of them, in the order in which they are listed."""

_BY_SWITCH: Final = {switch: record for record in RECORDS for switch in record.switches}


def record_of(switch: Modification) -> SecModification:
    """The modification that a switch is, or is a part of."""
    return _BY_SWITCH[switch]


def record_named(text: str) -> SecModification:
    """The modification by its number or one of its switches, in either case.

    Raises:
        DccValueError: there is none of that name.
    """
    name = text.strip().lower()
    for record in RECORDS:
        if name in (record.name, *(switch.value for switch in record.switches)):
            return record
    raise DccValueError("modification", text, f"one of: {', '.join(record.number for record in RECORDS)}")


def switches_named(text: str) -> tuple[Modification, ...]:
    """The switch of that name in either case, or all parts of a modification whose number it is.

    ``secmp0063`` is a switch, and so does not take its variant for gas along.

    Raises:
        DccValueError: there is neither.
    """
    name = text.strip().lower()
    for record in RECORDS:
        for switch in record.switches:
            if switch.value == name:
                return (switch,)
        if record.name == name:
            return record.switches
    raise DccValueError("modification", text, f"one of: {', '.join(switch_names())}")


def switch_names() -> tuple[str, ...]:
    """Every name that :func:`switches_named` knows: switches, and numbers that stand for several."""
    names = (name for record in RECORDS for name in (record.name, *(item.value for item in record.switches)))
    return tuple(dict.fromkeys(names))
