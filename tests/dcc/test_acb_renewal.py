"""The renewal of the broker's certificates, on real devices: which key is needed where, before and after."""

from __future__ import annotations

import pytest
from dcc_worlds import ESME, GPF, World
from own_command_worlds import DEVICES, HUB, OwnCommandWorld

from dcc.acb_renewal import HELD_ROLES, AcbRenewal, BrokerCredentials, Held, Renewed
from devices import cells
from devices.gbcs.identifiers import Eui64, RemotePartyRole
from devices.security_log import Refusal

BROKER, SUPPLIER, OPERATOR = (
    RemotePartyRole.ACCESS_CONTROL_BROKER,
    RemotePartyRole.SUPPLIER,
    RemotePartyRole.NETWORK_OPERATOR,
)


class Renewing(OwnCommandWorld):
    """A world with new certificates for the broker."""

    def __init__(self) -> None:
        super().__init__()
        self.old = self.bed.broker_credentials
        self.new = self.bed.new_broker_credentials(1)
        self.renewal = self.to(self.new)

    def to(self, credentials: BrokerCredentials) -> AcbRenewal:
        return AcbRenewal(self.dcc, self.broker, self.own, credentials)

    def renewed(self, eui: Eui64, role: RemotePartyRole = BROKER) -> Renewed:
        """A renewal to its end, adopted."""
        if role is BROKER:
            command = self.renewal.renew(eui, self.now)
        else:
            command = self.renewal.renew_held(eui, role, self.now)
        effects = self.deliver(command)
        assert effects.accepted, effects.entry
        answer = self.renewal.take(effects.sent[0], self.now)
        assert isinstance(answer, Renewed)
        self.renewal.adopt(answer)
        return answer


@pytest.mark.parametrize("eui", DEVICES, ids=["ESME", "GPF", "CHF"])
def test_a_device_takes_the_new_certificate_for_its_own_cell_of_the_broker(eui: Eui64) -> None:
    world = Renewing()
    assert world.renewed(eui) == Renewed(eui, BROKER, True)
    store = world.device(eui).store
    assert store[cells.ACB_AGREEMENT] == world.new.agreement.certificate
    if eui == HUB:
        assert store[cells.ACB_SIGNING] == world.new.signing.certificate


@pytest.mark.parametrize("eui", DEVICES, ids=["ESME", "GPF", "CHF"])
def test_it_goes_on_with_the_new_key_and_can_go_back(eui: Eui64) -> None:
    world = Renewing()
    world.renewed(eui)
    world.renewal = world.to(world.old)
    assert world.renewed(eui).succeeded
    assert world.device(eui).store[cells.ACB_AGREEMENT] == world.old.agreement.certificate


def test_a_response_that_was_not_adopted_leaves_the_dcc_with_the_wrong_key() -> None:
    world = Renewing()
    assert world.deliver(world.renewal.renew(ESME, world.now)).accepted
    refused = world.deliver(world.renewal.renew(ESME, world.now))
    assert refused.entry.refusal is Refusal.WRONG_MAC


def test_others_keep_the_old_key() -> None:
    world = Renewing()
    world.renewed(ESME)
    assert world.deliver(world.renewal.renew(GPF, world.now)).accepted


@pytest.mark.parametrize("role", HELD_ROLES)
def test_a_cell_with_the_old_certificate_needs_the_old_signing_key_for_its_handover(
    role: RemotePartyRole,
) -> None:
    world = Renewing()
    world.renewed(ESME)
    assert world.hand_over(role)


@pytest.mark.parametrize("role", HELD_ROLES)
def test_without_the_old_key_it_is_locked(role: RemotePartyRole) -> None:
    world = Renewing()
    world.renewed(ESME)
    world.broker.use_only(world.new.keys)
    assert not world.hand_over(role)
    assert world.device(ESME).log[-1].refusal is Refusal.WRONG_SIGNATURE


@pytest.mark.parametrize("role", HELD_ROLES)
@pytest.mark.parametrize("destroyed", [False, True])
def test_renewed_itself_it_needs_the_new_one(role: RemotePartyRole, destroyed: bool) -> None:
    world = Renewing()
    assert world.renewed(ESME, role) == Renewed(ESME, role, True)
    world.renewed(ESME)
    if destroyed:
        world.broker.use_only(world.new.keys)
    assert world.hand_over(role)


def test_a_device_that_was_not_renewed_takes_nothing_once_the_old_key_is_gone() -> None:
    world = Renewing()
    world.broker.use_only(world.new.keys)
    refused = world.deliver(world.renewal.renew(ESME, world.now))
    assert refused.entry.refusal is Refusal.WRONG_MAC


def test_the_device_says_where_the_broker_still_is() -> None:
    world = Renewing()
    assert asked(world) == Held(ESME, HELD_ROLES)
    assert world.hand_over(OPERATOR)
    assert asked(world) == Held(ESME, (SUPPLIER,))
    world.renewed(ESME)
    assert asked(world) == Held(ESME, (SUPPLIER,))


def asked(world: Renewing) -> Held:
    answer = world.renewal.take(world.deliver(world.renewal.ask(ESME, world.now)).sent[0], world.now)
    assert isinstance(answer, Held)
    return answer


def test_cells_of_a_party_are_not_the_brokers_to_renew() -> None:
    world = Renewing()
    assert world.hand_over(OPERATOR)
    refused = world.deliver(world.renewal.renew_held(ESME, OPERATOR, world.now))
    assert refused.entry.refusal is Refusal.NO_AUTHORITY


def test_an_answer_counts_once_and_spoilt_octets_never() -> None:
    world = Renewing()
    octets = world.deliver(world.renewal.renew(ESME, world.now)).sent[0]
    spoilt = octets[:-1] + bytes((octets[-1] ^ 1,))
    assert world.renewal.take(spoilt, world.now) is None
    assert world.renewal.take(b"", world.now) is None
    assert world.renewal.take(octets, world.now) is not None
    assert world.renewal.take(octets, world.now) is None


def test_what_was_given_up_is_no_answer_any_more() -> None:
    world = Renewing()
    command = world.renewal.renew(ESME, world.now)
    assert command is not None
    octets = world.deliver(command).sent[0]
    assert world.own.give_up(command)
    assert not world.own.give_up(command)
    assert world.renewal.take(octets, world.now) is None


def test_factories_build_in_what_they_are_told() -> None:
    world = World()
    new = world.bed.new_broker_credentials(1)
    world.bed.build_in(new)
    later = world.device(GPF)
    assert later.store[cells.ACB_AGREEMENT] != new.agreement.certificate, "made before"
    assert world.bed.dcc_certificates.acb_agreement == new.agreement.certificate
