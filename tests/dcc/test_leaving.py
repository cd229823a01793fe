"""A gas network party leaves: which devices it has to swap, how far it got, revocation, and the report."""

from __future__ import annotations

import json
from typing import Final

import pytest
from dcc_worlds import (
    CHF,
    GPF,
    MPRN,
    OPERATOR,
    OTHER_TRANSPORTER,
    SUPPLIER,
    TRANSPORTER,
    device_id,
    user_id,
)
from gas_operator_worlds import NEXT_TRANSPORTER, GasHome

from dcc.cell_sightings import CellSightings
from dcc.errors import DccValueError
from dcc.identifiers import Mpid, Mprn
from dcc.inventory_status import StatusCause
from dcc.leaving import RESIDUAL, Departure, SwapOutcome
from dcc.leaving_report import SHORT, devices_table, duties_table, leaving_report
from dcc.modifications import Modification
from dcc.parties import Party, PartyRow, UserRole
from dcc.registration import GasRecord
from dcc.report_tables import as_csv, as_json, as_text
from dcc.response_codes import ResponseCode
from dcc.smki.registration_authority import RegistrationAuthority
from dcc.smki.repository import CertificateStatus
from dcc.smki.revocation import RevocationRegister
from dcc.smki.subscribers import CertificatePolicy, Interface, SubscriberFacts
from dcc.srv import Srv
from devices import cells
from devices.faults import PowerLoss
from devices.gbcs.identifiers import Eui64, OriginatorCounter

SECOND_ID: Final = user_id(0x25)
ON: Final = (Modification.MP128A,)
OTHER_HOMES: Final = tuple(
    (
        device_id(number),
        device_id(number + 1),
        device_id(number + 2),
        Mprn.from_unique(f"8765432{number % 10}"),
    )
    for number in (0x13, 0x23, 0x33)
)
GPF_2, GPF_3, GPF_4 = (home[0] for home in OTHER_HOMES)
FOUR: Final = (GPF_2, GPF_3, GPF_4, GPF)


def street() -> GasHome:
    """Four homes whose GPFs hold Transporter A's certificates."""
    made = GasHome(ON)
    for home in OTHER_HOMES:
        made.add_home(*home)
        assert made.give_to(TRANSPORTER, home[0]) == "I0"
    return made


def party_of(made: GasHome, user: Eui64) -> Party:
    party = made.dcc.parties.party_of_user(user)
    assert party is not None
    return party


def leaves(made: GasHome, user: Eui64 = TRANSPORTER) -> Departure:
    authority = RegistrationAuthority(made.bed.smki, made.dcc)
    return Departure(made.dcc, authority, party_of(made, user), made.now)


def planned(departure: Departure, made: GasHome) -> tuple[Eui64, ...]:
    return tuple(swap.gpf for swap in departure.plan(made.now))


def swap(
    made: GasHome, departure: Departure, gpf: Eui64, *, delivered: bool = True, floor: int | None = None
) -> str:
    """One 6.15.1 of the leaving party, and what it was told noted."""
    body = departure.swap(made.now, None if floor is None else OriginatorCounter(floor))
    request = made.ask(departure.user_ids[0], Srv.UPDATE_CREDENTIALS, gpf, body)
    code = made.follow(request, delivered=delivered)
    departure.note(gpf, ResponseCode(code), made.now)
    return code


def outcomes(made: GasHome, departure: Departure) -> list[SwapOutcome]:
    return [departure.outcome(gpf, made.now) for gpf in FOUR]


# Who leaves


@pytest.mark.parametrize("user", [SUPPLIER, OPERATOR])
def test_only_a_gas_transporter_leaves_so(user: Eui64) -> None:
    made = GasHome(ON)
    authority = RegistrationAuthority(made.bed.smki, made.dcc)
    party = party_of(made, user)
    with pytest.raises(DccValueError, match="a User Id of a gas transporter"):
        Departure(made.dcc, authority, party, made.now)
    assert not authority.subscribers.facts_of(party).leaving
    transporter = party_of(made, TRANSPORTER)
    with pytest.raises(DccValueError):
        Departure(made.dcc, authority, transporter, made.now.replace(tzinfo=None))
    assert not authority.subscribers.facts_of(transporter).leaving


def test_the_registration_authority_has_no_further_certificates_for_a_party_that_leaves() -> None:
    """The third duty, for as long as MP128A is in force; what it had shown before still stands."""
    made = GasHome(ON)
    authority = RegistrationAuthority(made.bed.smki, made.dcc)
    leaver, stayer = party_of(made, TRANSPORTER), party_of(made, NEXT_TRANSPORTER)
    for party in (leaver, stayer):
        authority.subscribers.declare(party, SubscriberFacts(uept_done=True, srept_done=True))
    Departure(made.dcc, authority, leaver, made.now)
    assert authority.subscribers.facts_of(leaver).uept_done

    def apply(party: Party) -> tuple[str, ...]:
        policy, interface = CertificatePolicy.ORGANISATION, Interface.GATEWAY_PORTAL
        return tuple(item.value for item in authority.apply(party, policy, interface, made.now).refusals)

    assert (apply(leaver), apply(stayer)) == (("leaving",), ())
    made.switch_on()
    assert (apply(leaver), apply(stayer)) == ((), ())


# The plan


def test_the_plan_has_every_gpf_that_holds_the_partys_certificates() -> None:
    made = street()
    assert planned(leaves(made), made) == FOUR
    assert planned(leaves(made, NEXT_TRANSPORTER), made) == ()


def test_what_devices_said_counts_before_registration_data() -> None:
    """A network that was sold with the old certificates still in place; one where another was placed."""
    made = street()
    made.dcc.registration.add_gas(OTHER_HOMES[0][3], GasRecord(Mpid("GTB"), supplier=Mpid("SUPA")))
    made.follow(made.update(OTHER_TRANSPORTER, TRANSPORTER, GPF_3))
    departure = leaves(made)
    assert planned(departure, made) == (GPF_2, GPF_4, GPF)
    assert planned(leaves(made, OTHER_TRANSPORTER), made) == (GPF_3,)


def test_of_a_silent_device_registration_data_decides() -> None:
    made = street()
    made.dcc.cell_sightings = CellSightings()
    made.dcc.registration.add_gas(MPRN, GasRecord(Mpid("GTB"), supplier=Mpid("SUPA")))
    assert planned(leaves(made), made) == (GPF_2, GPF_3, GPF_4)
    assert planned(leaves(made, OTHER_TRANSPORTER), made) == (GPF,)


def test_a_device_that_is_gone_needs_no_swap() -> None:
    made = street()
    for device in (CHF, GPF):
        made.dcc.inventory.change_status(device, StatusCause.HUB_REMOVED, made.now)
    assert GPF not in planned(leaves(made), made)


def test_what_is_swapped_leaves_the_plan_and_stays_in_the_report() -> None:
    made = street()
    departure = leaves(made)
    assert swap(made, departure, GPF_2) == "I0"
    assert planned(departure, made) == (GPF_3, GPF_4, GPF)
    assert departure.planned(made.now) == FOUR
    assert departure.residual(made.now) == (GPF_3, GPF_4, GPF)


# How far it got


def test_every_way_a_swap_may_end() -> None:
    made = street()
    departure = leaves(made)
    assert outcomes(made, departure) == [SwapOutcome.NOT_ASKED] * 4
    made.without_memory(cells.NETWORK_OPERATOR_SIGNING, target=GPF_3)
    made.without_memory(cells.NETWORK_OPERATOR_AGREEMENT, target=GPF_4)
    codes = [swap(made, departure, gpf, delivered=gpf != GPF) for gpf in FOUR]
    assert codes == ["I0", "I0", "I0", "E20"]
    assert outcomes(made, departure) == [
        SwapOutcome.SWAPPED, SwapOutcome.FAILED, SwapOutcome.SIGNING_ONLY, SwapOutcome.NOT_REACHED
    ]  # fmt: skip
    assert departure.residual(made.now) == (GPF_3, GPF)
    made.give_to(NEXT_TRANSPORTER, GPF_2)
    assert departure.outcome(GPF_2, made.now) is SwapOutcome.TAKEN_OVER


def test_the_dcc_may_refuse() -> None:
    made = street()
    departure = leaves(made)
    for device in (CHF, GPF):
        made.dcc.inventory.change_status(device, StatusCause.FIRMWARE_DELISTED, made.now)
    assert swap(made, departure, GPF) == "E5"
    assert departure.outcome(GPF, made.now) is SwapOutcome.REFUSED


def test_a_second_attempt_may_reach_what_the_first_did_not() -> None:
    made = street()
    departure = leaves(made)
    swap(made, departure, GPF, delivered=False)
    assert swap(made, departure, GPF) == "I0"
    assert departure.outcome(GPF, made.now) is SwapOutcome.SWAPPED
    assert [attempt.code.value for attempt in departure.attempts(GPF)] == ["E20", "I0"]


def test_a_read_tells_that_a_swap_without_answer_was_done() -> None:
    made = street()
    departure = leaves(made)
    made.lose_power(PowerLoss.AFTER_COMMIT)
    assert swap(made, departure, GPF) == "E21"
    assert departure.outcome(GPF, made.now) is SwapOutcome.NOT_REACHED
    made.report()
    assert departure.outcome(GPF, made.now) is SwapOutcome.SWAPPED


def test_a_floor_goes_along() -> None:
    made = street()
    departure = leaves(made)
    swap(made, departure, GPF, floor=0)
    assert made.number_on_device() == 0


# Revocation


def left_behind(made: GasHome) -> Departure:
    """Three of four are swapped."""
    departure = leaves(made)
    for gpf in FOUR:
        swap(made, departure, gpf, delivered=gpf != GPF)
    return departure


def test_revocation_comes_after_the_last_swap_unless_the_residual_list_is_known() -> None:
    made = street()
    departure = left_behind(made)
    with pytest.raises(DccValueError, match=str(GPF)):
        departure.request_revocation(made.now)
    assert departure.revocation_requested_at is None
    swap(made, departure, GPF)
    assert departure.residual(made.now) == ()
    credentials = made.client(TRANSPORTER).credentials
    assert set(departure.request_revocation(made.now)) == {credentials.signing, credentials.agreement}
    assert departure.revocation_requested_at == made.now
    for certificate in (credentials.signing, credentials.agreement):
        entry = made.dcc.repository.get(certificate.issuer, certificate.serial)
        assert entry is not None
        assert entry.status(made.now) is CertificateStatus.REVOKED
    assert departure.request_revocation(made.now) == ()


def test_the_revoked_are_on_the_next_list() -> None:
    made = street()
    departure = left_behind(made)
    credentials = made.client(TRANSPORTER).credentials
    register = RevocationRegister(made.dcc.repository)
    departure.request_revocation(made.now, despite_residual=True)
    listed = register.listed(made.bed.smki.issuer.certificate, made.now)
    serials = {credentials.signing.serial, credentials.agreement.serial}
    assert {entry.serial for entry in listed} == serials


def test_each_device_is_swapped_by_the_user_id_that_is_in_its_cells() -> None:
    """A party with two User Ids; a device that has told nothing is the first one's."""
    made = street()
    made.dcc.parties.add(PartyRow(Mpid("GTX"), UserRole.GT, "Transporter A", SECOND_ID, dcc_user=True))
    made.follow(made.update(SECOND_ID, TRANSPORTER, GPF_3))
    silent = device_id(0x43), device_id(0x44), device_id(0x45), Mprn.from_unique("11111111")
    made.add_home(*silent)
    departure = leaves(made)
    assert dict(departure.plan(made.now)) == {
        GPF_2: TRANSPORTER, GPF_3: SECOND_ID, GPF_4: TRANSPORTER, silent[0]: TRANSPORTER, GPF: TRANSPORTER
    }  # fmt: skip
    swapped = made.ask(SECOND_ID, Srv.UPDATE_CREDENTIALS, GPF_3, departure.swap(made.now))
    assert made.follow(swapped) == "I0"
    assert departure.outcome(GPF_3, made.now) is SwapOutcome.SWAPPED


def test_what_is_left_behind_is_locked_to_a_dead_key() -> None:
    """Revocation takes nothing off the device; afterwards neither the party nor the supplier can help."""
    made = street()
    departure = left_behind(made)
    departure.request_revocation(made.now, despite_residual=True)
    assert swap(made, departure, GPF) not in ("I0", "I99")
    assert departure.outcome(GPF, made.now) is SwapOutcome.REFUSED
    assert (made.give_to(NEXT_TRANSPORTER, GPF), made.holder()) == ("E21", "the operator")
    assert made.give_to(NEXT_TRANSPORTER, GPF_2) == "I0"


# The report

ROWS: Final = """\
00-DB-12-34-56-78-90-13 8765432903 Supplier A swapped 1 I0 2026-01-05T01:05:00Z
00-DB-12-34-56-78-90-23 8765432510 Supplier A failed on the device 1 I0
00-DB-12-34-56-78-90-33 8765432106 Supplier A swapped but for key agreement 1 I0 2026-01-05T01:07:00Z
00-DB-12-34-56-78-90-A3 1234567810 Supplier A not reached 2 E20
"""
DUTIES: Final = """\
no,duty,done,residual
1,replace the certificates on devices,2 of 4,2
2,request revocation,2026-01-05T01:09:00Z,
3,subscribe to no further certificates,2026-01-05T01:04:00Z,
"""


def reported() -> tuple[GasHome, Departure]:
    made = street()
    departure = leaves(made)
    made.without_memory(cells.NETWORK_OPERATOR_SIGNING, target=GPF_3)
    made.without_memory(cells.NETWORK_OPERATOR_AGREEMENT, target=GPF_4)
    for gpf in (*FOUR, GPF):
        swap(made, departure, gpf, delivered=gpf != GPF)
    departure.request_revocation(made.now, despite_residual=True)
    return made, departure


def test_the_report_in_the_terminal() -> None:
    made, departure = reported()
    report = leaving_report(departure, made.now)
    assert report.residual == (GPF_3, GPF)
    title, _, head, _, *rows = as_text(devices_table(report, SHORT)).splitlines()
    assert title == "Leaving: devices of Transporter A"
    assert head.split() == " ".join(SHORT).replace("_", " ").split()
    assert [" ".join(row.split()) for row in rows] == ROWS.splitlines()


def test_the_duties_as_csv() -> None:
    made, departure = reported()
    assert as_csv(duties_table(leaving_report(departure, made.now))) == DUTIES


def test_the_report_as_json_has_the_recorded_counters() -> None:
    made, departure = reported()
    table = devices_table(leaving_report(departure, made.now))
    rows = {row["device_id"]: row for row in json.loads(as_json(table))["rows"]}
    first = rows[str(GPF_2)]
    assert first == {
        "report_date": "2026-01-05T01:09:00Z",
        "party": "Transporter A",
        "device_id": str(GPF_2),
        "mprn": str(OTHER_HOMES[0][3]),
        "supplier": "Supplier A",
        "outcome": "swapped",
        "residual": "no",
        "attempts": 1,
        "asked_at": "2026-01-05T01:05:00Z",
        "code": "I0",
        "replaced_at": "2026-01-05T01:05:00Z",
        "recorded_counter": made.dcc.originator_counters.floor_of(GPF_2),
        "number_left": "yes",
    }
    assert [rows[str(gpf)]["recorded_counter"] is None for gpf in FOUR] == [False, True, False, True]
    assert [rows[str(gpf)]["number_left"] for gpf in FOUR] == ["yes", None, "yes", None]
    assert [rows[str(gpf)]["residual"] for gpf in FOUR] == ["no", "yes", "no", "yes"]


def test_devices_whose_record_leaves_no_number_are_singled_out() -> None:
    """The swap was done as it should be, and still nobody can follow."""
    made = street()
    departure = leaves(made)
    body = departure.swap(made.now)
    for gpf, counter in ((GPF_2, 2**64 - 1), (GPF_3, 2**64 - 2)):
        request = made.ask(TRANSPORTER, Srv.UPDATE_CREDENTIALS, gpf, body, counter=counter)
        departure.note(gpf, ResponseCode(made.follow(request)), made.now)
    report = leaving_report(departure, made.now)
    assert report.without_number == (GPF_2,)
    assert report.residual == (GPF_4, GPF)
    follow = [made.give_to(NEXT_TRANSPORTER, gpf) for gpf in (GPF_2, GPF_3)]
    assert follow == ["SIM-COUNTER", "I0"]


def test_a_party_without_devices_has_an_empty_report() -> None:
    made = street()
    report = leaving_report(leaves(made, NEXT_TRANSPORTER), made.now)
    assert (report.party, report.rows, report.residual) == ("Transporter B", (), ())
    assert as_csv(duties_table(report)).splitlines()[1] == "1,replace the certificates on devices,0 of 0,0"


def test_what_remains_is_what_still_holds_the_partys_certificate() -> None:
    assert {outcome for outcome in SwapOutcome if outcome not in RESIDUAL} == {
        SwapOutcome.SWAPPED, SwapOutcome.SIGNING_ONLY, SwapOutcome.TAKEN_OVER
    }  # fmt: skip
