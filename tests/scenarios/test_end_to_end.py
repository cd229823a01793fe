"""From request to device and back, on bytes: who may read and correct which meter, and who may not.

The cases that decide the story of wrong network operator certificates: the owner of a certificate who is
not the registered operator, and the registered operator who does not own the certificate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from dcc_worlds import (
    DAY,
    ESME,
    GPF,
    NETWORK_OPERATOR,
    OPERATOR,
    OTHER_OPERATOR,
    OTHER_TRANSPORTER,
    SECOND,
    SUPPLIER,
    SUPPLIER_ROLE,
    TRANSPORTER,
    World,
)

from dcc.bodies.credentials import RetrieveRoles
from dcc.bodies.reads import Read
from dcc.outbound import OutboundCommand
from dcc.releases import Modification
from dcc.response_codes import ResponseCode
from dcc.service_requests import ServiceRequest
from dcc.service_responses import DeviceAlert
from dcc.srv import Srv
from devices.device import Effects
from devices.gbcs.credentials import (
    CredentialStatus,
    RetrieveCredentialsResponse,
    UpdateCredentialsResponse,
)
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.reads import GasConsumption, NetworkData
from devices.security_log import Refusal
from scenarios.party_client import OpenedResponse

Code = ResponseCode


class Home:
    """One world, and what was done in it; every exchange goes through the DSP and the device as octets."""

    def __init__(self, *modifications: Modification) -> None:
        self.world = World(modifications)

    def code(self, request: ServiceRequest) -> str:
        return self.world.submit(request).response.code.value

    def command(self, request: ServiceRequest) -> OutboundCommand:
        submission = self.world.submit(request)
        assert submission.command is not None, submission.decision.rejection
        return submission.command

    def deliver(self, command: OutboundCommand) -> Effects:
        return self.world.device(command.device).receive(command.octets, self.world.now)

    def done(self, request: ServiceRequest) -> OpenedResponse:
        """Accepted, obeyed, passed back, and opened by the User that asked."""
        effects = self.deliver(self.command(request))
        assert effects.accepted, effects.entry
        response = self.world.bed.dsp.receive(effects.sent[0], self.world.now).response
        assert response is not None
        assert response.code is Code.I0
        assert response.request_id == request.request_id
        return self.world.client(request.request_id.originator).open(response)

    def silence(self, request: ServiceRequest) -> Refusal:
        """Accepted by the DCC, refused by the device without a response, and given up: E21."""
        command = self.command(request)
        effects = self.deliver(command)
        assert effects.entry.refusal is not None
        told = [self.world.bed.dsp.receive(octets, self.world.now).response for octets in effects.sent]
        assert all(item is None or isinstance(item.body, DeviceAlert) for item in told)
        given_up = self.world.bed.dsp.give_up(command, Code.E21, self.world.now)
        assert given_up is not None
        assert given_up.code is Code.E21
        assert given_up.recipient == request.request_id.originator
        assert given_up.body is None
        return effects.entry.refusal

    def corrected(self, owner: Eui64, user: Eui64, target: Eui64 = ESME) -> OpenedResponse:
        """Both calls of a 6.15.1."""
        return self.done(self.world.signed(self.world.update(owner, user, target)))

    def holders(self, target: Eui64 = ESME) -> set[Eui64]:
        """Who is in the network operator's cells, as the supplier learns it by 6.24.1."""
        roles = RetrieveRoles((NETWORK_OPERATOR,))
        request = self.world.ask(SUPPLIER, Srv.RETRIEVE_CREDENTIALS, target, roles)
        opened = self.done(request)
        assert isinstance(opened, RetrieveCredentialsResponse)
        assert opened.roles[0].cells is not None
        return {cell.subject for cell in opened.roles[0].cells}


def successes(opened: OpenedResponse) -> int:
    assert isinstance(opened, UpdateCredentialsResponse)
    assert opened.outcome is not None
    assert {item.status for item in opened.outcome.replacements} == {CredentialStatus.SUCCESS}
    return len(opened.outcome.replacements)


def with_certificate_of(owner: Eui64) -> Home:
    """A meter on which the supplier has put somebody's network operator certificates."""
    home = Home()
    assert successes(home.done(home.world.handover(owner))) == 2
    return home


# The right certificate


def test_the_registered_owner_reads_and_renews() -> None:
    home = with_certificate_of(OPERATOR)
    opened = home.done(home.world.read())
    assert isinstance(opened, NetworkData)
    assert opened.complete
    assert successes(home.corrected(OPERATOR, OPERATOR)) == 2
    assert home.holders() == {OPERATOR}


def test_the_suppliers_own_certificates_are_three() -> None:
    home = Home()
    assert successes(home.done(home.world.handover(SUPPLIER))) == 3
    opened = home.done(home.world.read(SUPPLIER))
    assert isinstance(opened, NetworkData)
    assert successes(home.corrected(SUPPLIER, SUPPLIER)) == 3


def test_a_gas_transporter_reads_and_corrects_on_the_gpf() -> None:
    home = Home()
    assert successes(home.done(home.world.handover(OTHER_TRANSPORTER, target=GPF))) == 2
    read = (Srv.READ_IMPORT_REGISTERS, GPF, Read())
    assert home.silence(home.world.ask(TRANSPORTER, *read)) is Refusal.NO_AUTHORITY
    assert home.code(home.world.ask(OTHER_TRANSPORTER, *read)) == "E4"
    assert successes(home.corrected(TRANSPORTER, OTHER_TRANSPORTER, GPF)) == 2
    assert isinstance(home.done(home.world.ask(TRANSPORTER, *read)), GasConsumption)


# Owner of the certificate, but not registered


def test_owner_but_not_registered_the_read_gets_e4() -> None:
    home = with_certificate_of(OTHER_OPERATOR)
    submission = home.world.submit(home.world.read(OTHER_OPERATOR))
    assert submission.response.code is Code.E4
    assert submission.command is None


def test_owner_but_not_registered_the_correction_passes_and_works() -> None:
    home = with_certificate_of(OTHER_OPERATOR)
    assert home.holders() == {OTHER_OPERATOR}
    assert successes(home.corrected(OPERATOR, OTHER_OPERATOR)) == 2
    assert home.holders() == {OPERATOR}
    assert isinstance(home.done(home.world.read()), NetworkData)
    # Having given the meter away, the former owner has no say in it any more.
    again = home.world.signed(home.world.update(OTHER_OPERATOR, OTHER_OPERATOR))
    assert home.silence(again) is Refusal.NO_AUTHORITY


# Registered, but not the owner


def test_registered_but_not_owner_the_read_is_accepted_and_the_device_stays_silent() -> None:
    home = with_certificate_of(OTHER_OPERATOR)
    submission = home.world.submit(home.world.read())
    assert submission.response.code is Code.I99
    assert home.silence(home.world.read()) is Refusal.NO_AUTHORITY


def test_registered_but_not_owner_the_correction_is_silent_as_well() -> None:
    """The DCC does not ask who owns the certificate: the device does."""
    home = with_certificate_of(OTHER_OPERATOR)
    assert home.silence(home.world.signed(home.world.update())) is Refusal.NO_AUTHORITY
    assert home.holders() == {OTHER_OPERATOR}


def test_the_supplier_cannot_take_a_placed_certificate_back() -> None:
    """The broker is not in the cells any more, and the supplier never was."""
    home = with_certificate_of(OTHER_OPERATOR)
    assert home.silence(home.world.handover(OPERATOR)) is Refusal.NO_AUTHORITY
    by_supplier = home.world.signed(home.world.update(OPERATOR, SUPPLIER))
    assert home.silence(by_supplier) is Refusal.NO_AUTHORITY
    assert home.holders() == {OTHER_OPERATOR}


def test_a_gas_transporters_certificate_on_an_esme_is_there_for_good() -> None:
    """Row 17: it cannot be corrected, whoever tries; the meter has to be exchanged."""
    home = with_certificate_of(TRANSPORTER)
    assert home.code(home.world.update(OPERATOR, TRANSPORTER)) == "E061501"
    assert home.silence(home.world.read()) is Refusal.NO_AUTHORITY
    assert home.silence(home.world.signed(home.world.update())) is Refusal.NO_AUTHORITY
    assert home.holders() == {TRANSPORTER}


def test_a_refusal_is_reported_to_the_supplier_of_the_meter() -> None:
    home = with_certificate_of(OTHER_OPERATOR)
    home.done(home.world.handover(SUPPLIER))
    effects = home.deliver(home.command(home.world.read()))
    alert = home.world.bed.dsp.receive(effects.sent[0], home.world.now).response
    assert alert is not None
    assert alert.recipient == SUPPLIER
    assert home.world.client(SUPPLIER).open_alert(alert).header.originator == ESME


# With SECMP0063


def test_with_the_modification_the_wrong_certificate_never_gets_there() -> None:
    home = Home(Modification.SECMP0063)
    broker = home.holders()
    for wrong in (OTHER_OPERATOR, TRANSPORTER):
        assert home.code(home.world.handover(wrong)) == "SIM-E062190"
    assert home.holders() == broker
    assert successes(home.done(home.world.handover(OPERATOR))) == 2
    assert isinstance(home.done(home.world.read()), NetworkData)


def test_with_the_modification_an_operator_still_corrects_what_is_there() -> None:
    home = with_certificate_of(OTHER_OPERATOR)
    home.world.switch_on(Modification.SECMP0063)
    assert successes(home.corrected(OPERATOR, OTHER_OPERATOR)) == 2
    # Even the wrong way round: a network party is never blocked. Its counter has to be above the other's.
    home.world.now += SECOND
    assert successes(home.corrected(OTHER_OPERATOR, OPERATOR)) == 2


# Replays


def update_by_operator(home: Home) -> ServiceRequest:
    home.done(home.world.handover())
    return home.world.signed(home.world.update())


def update_with_low_floor(home: Home) -> ServiceRequest:
    """The floor puts the role's counter back below the command's own number."""
    home.done(home.world.handover())
    body = home.world.certificates_of(OPERATOR)._replace(floor=OriginatorCounter(0))
    return home.world.signed(home.world.update(body))


def update_by_supplier(home: Home) -> ServiceRequest:
    home.done(home.world.handover(SUPPLIER))
    body = home.world.certificates_of(SUPPLIER)._replace(
        floor=OriginatorCounter(0), top_up_floor=OriginatorCounter(0)
    )
    return home.world.signed(home.world.update(body, SUPPLIER))


def handover_of(owner: Eui64, target: Eui64 = ESME) -> Callable[[Home], ServiceRequest]:
    return lambda home: home.world.handover(owner, target=target)


def update_on_gpf(home: Home) -> ServiceRequest:
    home.done(home.world.handover(TRANSPORTER, target=GPF))
    return home.world.signed(home.world.update(TRANSPORTER, TRANSPORTER, GPF))


UPDATES: Final[dict[str, Callable[[Home], ServiceRequest]]] = {
    "6.15.1 operator": update_by_operator,
    "6.15.1 operator, low floor": update_with_low_floor,
    "6.15.1 supplier, low floors": update_by_supplier,
    "6.15.1 gas transporter, GPF": update_on_gpf,
    "6.21 operator": handover_of(OPERATOR),
    "6.21 supplier": handover_of(SUPPLIER),
    "6.21 gas transporter, GPF": handover_of(TRANSPORTER, GPF),
}


@pytest.mark.parametrize("make", UPDATES.values(), ids=UPDATES)
def test_an_accepted_update_is_refused_byte_for_byte(make: Callable[[Home], ServiceRequest]) -> None:
    """At the DSP by its RequestID, at the device by its counter, then and at any later time."""
    home = Home()
    request = make(home)
    command = home.command(request)
    device = home.world.device(command.device)
    assert device.receive(command.octets, home.world.now).accepted
    store, counters = device.store, device.counters
    for days in (0, 1, 400):
        home.world.now += days * DAY
        assert home.code(request) == "SIM-DUP"
        effects = device.receive(command.octets, home.world.now)
        assert not effects.accepted
        assert effects.entry.refusal in (Refusal.REPLAY, Refusal.NO_AUTHORITY)
        assert (device.store, device.counters) == (store, counters)


def test_an_update_is_refused_even_when_its_sender_is_back_in_the_cell() -> None:
    """Given away with a floor of 0, given back, and then the first message once more."""
    home = with_certificate_of(OPERATOR)
    zero = OriginatorCounter(0)
    away = home.world.certificates_of(OTHER_OPERATOR)._replace(floor=zero)
    first = home.command(home.world.signed(home.world.update(away)))
    assert home.deliver(first).accepted
    back = home.world.certificates_of(OPERATOR)._replace(floor=zero)
    assert successes(home.done(home.world.signed(home.world.update(back, OTHER_OPERATOR)))) == 2
    assert home.holders() == {OPERATOR}
    assert home.deliver(first).entry.refusal is Refusal.REPLAY
    assert home.holders() == {OPERATOR}
    # The operator itself goes on.
    assert isinstance(home.done(home.world.read()), NetworkData)
    assert successes(home.corrected(OPERATOR, OPERATOR)) == 2


def test_commands_out_of_order_the_older_one_is_refused() -> None:
    """Both were signed and accepted by the DCC; the device takes only what is above its counter."""
    home = with_certificate_of(OPERATOR)
    first = home.command(home.world.signed(home.world.update()))
    second = home.command(home.world.signed(home.world.update()))
    assert home.deliver(second).accepted
    assert home.deliver(first).entry.refusal is Refusal.REPLAY


def test_a_read_may_be_repeated_at_the_device_but_is_answered_to_the_user_once() -> None:
    """Reads are not protected against replay; the DCC awaits one answer."""
    home = with_certificate_of(OPERATOR)
    request = home.world.read()
    command = home.command(request)
    answers = [home.deliver(command).sent[0] for _ in range(2)]
    passed = [home.world.bed.dsp.receive(octets, home.world.now).response for octets in answers]
    assert passed[0] is not None
    assert passed[1] is None


# Whole, and nothing between


def test_the_roles_cells_are_apart() -> None:
    """A handover of one role leaves the other's cells with the broker."""
    home = Home()
    device = home.world.device(ESME)
    broker = device.store.contents(NETWORK_OPERATOR)
    home.done(home.world.handover(SUPPLIER))
    assert device.store.contents(NETWORK_OPERATOR) == broker
    assert {cell.subject for cell in device.store.contents(SUPPLIER_ROLE)} == {SUPPLIER}


def test_a_half_bad_update_is_told_certificate_by_certificate() -> None:
    """Expired by the device's time when it arrives: accepted by the DCC, refused cell by cell."""
    home = with_certificate_of(OPERATOR)
    command = home.command(home.world.signed(home.world.update()))
    home.world.now = home.world.client(OPERATOR).credentials.signing.not_after + DAY
    effects = home.deliver(command)
    assert effects.accepted
    response = home.world.bed.dsp.receive(effects.sent[0], home.world.now).response
    assert response is not None
    assert response.code is Code.I0
    opened = home.world.client(OPERATOR).open(response)
    assert isinstance(opened, UpdateCredentialsResponse)
    assert opened.outcome is not None
    assert {item.status for item in opened.outcome.replacements} == {CredentialStatus.BAD_CERTIFICATE}


def test_every_message_is_real() -> None:
    """What one correction costs in cryptography, counted where it is done."""
    home = with_certificate_of(OTHER_OPERATOR)
    tally = home.world.bed.provider.tally
    made, verified, macs = tally.signatures_made, tally.signatures_verified, tally.macs_computed
    home.corrected(OPERATOR, OTHER_OPERATOR)
    # The Pre-Command by the operator, the response by the device.
    assert tally.signatures_made - made == 2
    # The command by the DSP and the device, the response by the DSP and the operator, and two certificates
    # that nobody had seen before.
    assert tally.signatures_verified - verified == 6
    # By the broker and the device.
    assert tally.macs_computed - macs == 2
