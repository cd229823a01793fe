"""Recovery by mode 8, on real devices: the status on the way, who is told, the counter that has to fall."""

from __future__ import annotations

import pytest
from dcc_worlds import ESME, GPF, OPERATOR, SUPPLIER
from own_command_worlds import OwnCommandWorld

from dcc.access_control_broker import DccSignatory
from dcc.inventory_errors import IllegalTransition
from dcc.inventory_status import DeviceStatus
from dcc.recovery_desk import Recovered, RecoveryDesk
from dcc.response_codes import ResponseCode
from devices import cells
from devices.gbcs.identifiers import Eui64, RemotePartyRole
from devices.security_log import Refusal
from scenarios.test_bed import ACB_ID, RECOVERY_ID

SUPPLIER_ROLE, OPERATOR_ROLE = RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR


class Recovering(OwnCommandWorld):
    """A world whose meter is its supplier's, which has used a number of its own in it."""

    def __init__(self, role: RemotePartyRole = SUPPLIER_ROLE, *, sets_floor: bool = True) -> None:
        super().__init__()
        self.role = role
        self.user = SUPPLIER if role is SUPPLIER_ROLE else OPERATOR
        assert self.hand_over(role)
        update = self.signed(self.update(self.user, self.user))
        command = self.submit(update).command
        assert command is not None
        assert self.device(ESME).receive(command.octets, self.now).accepted
        signatory = DccSignatory(RECOVERY_ID, self.bed.recovery.key, self.bed.provider)
        broker = self.bed.broker_credentials
        self.desk = RecoveryDesk(self.dcc, signatory, self.own, broker, role, sets_floor=sets_floor)

    def recovered(self, eui: Eui64 = ESME) -> Recovered:
        effects = self.deliver(self.desk.recover(eui, self.now))
        assert effects.accepted, effects.entry
        answer = self.desk.take(effects.sent[0], self.now)
        assert answer is not None
        return answer

    def status(self) -> DeviceStatus | None:
        return self.dcc.inventory.device(ESME).status


@pytest.mark.parametrize("role", [SUPPLIER_ROLE, OPERATOR_ROLE])
def test_the_broker_takes_the_cells_and_the_role_gets_them_back(role: RemotePartyRole) -> None:
    world = Recovering(role)
    cell = cells.SUPPLIER_SIGNING if role is SUPPLIER_ROLE else cells.NETWORK_OPERATOR_SIGNING
    assert world.device(ESME).store[cell].subject == world.user
    assert world.recovered().succeeded
    assert world.device(ESME).store[cell].subject == ACB_ID
    assert world.hand_over(role)
    assert world.device(ESME).store[cell].subject == world.user


def test_the_status_goes_with_it() -> None:
    world = Recovering()
    assert world.status() is DeviceStatus.COMMISSIONED
    command = world.desk.recover(ESME, world.now)
    assert world.status() is DeviceStatus.RECOVERY
    assert world.submit(world.handover(SUPPLIER)).response.code is not ResponseCode.I99, "the DCC alone"
    answer = world.desk.take(world.deliver(command).sent[0], world.now)
    assert answer is not None
    assert world.status() is DeviceStatus.RECOVERED
    told = {notice.recipient for notice in answer.notices}
    assert {SUPPLIER, OPERATOR} <= told


def test_a_second_attempt_goes_on_where_the_first_was_lost() -> None:
    world = Recovering()
    world.desk.recover(ESME, world.now)
    assert world.recovered().succeeded
    with pytest.raises(IllegalTransition):
        world.desk.recover(ESME, world.now)


@pytest.mark.parametrize("sets_floor", [True, False])
def test_the_counter_has_to_fall_or_the_brokers_numbers_are_replays(sets_floor: bool) -> None:
    world = Recovering(sets_floor=sets_floor)
    assert world.recovered().succeeded
    assert world.hand_over(SUPPLIER_ROLE) is sets_floor
    if not sets_floor:
        assert world.device(ESME).log[-1].refusal is Refusal.REPLAY


def test_a_gas_proxy_function_is_recovered_as_well() -> None:
    world = Recovering()
    assert world.recovered(GPF).succeeded
    assert (
        world.device(GPF).store[cells.SUPPLIER_TOP_UP] == world.bed.broker_credentials.agreement.certificate
    )


def test_another_key_does_not_recover() -> None:
    world = Recovering()
    other = DccSignatory(RECOVERY_ID, world.broker.keys.signing, world.bed.provider)
    desk = RecoveryDesk(world.dcc, other, world.own, world.bed.broker_credentials, SUPPLIER_ROLE)
    refused = world.deliver(desk.recover(ESME, world.now))
    assert refused.entry.refusal is Refusal.WRONG_SIGNATURE
