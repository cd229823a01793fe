"""Whether devices still obey the DCC after a renewal of its certificates: tried after a run, by commands."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from dcc.acb_renewal import AcbRenewal, BrokerCredentials, Held, Renewed
from dcc.own_commands import OwnCommand, OwnCommands
from dcc.srv import Srv
from devices.gbcs.identifiers import Eui64, RemotePartyRole
from scenarios.engine.run_kit import RunKit
from scenarios.engine.trials import Expected, Trial, time_of_trials, try_groups, try_octets, try_request
from scenarios.parties import replaced_all
from scenarios.population import Home


class KeyTrials:
    """Tries devices with every key that the DCC still has, whichever it believes that they know.

    ``kept`` are the credentials whose keys were not destroyed; the first are used for what is new.
    """

    def __init__(self, kit: RunKit, homes: Iterable[Home], kept: Collection[BrokerCredentials]) -> None:
        self._kit = kit
        self._kept = tuple(kept)
        self._home_of = {device: home for home in homes for device in (home.device, home.hub)}
        broker = kit.bed.dsp.broker
        self._renewal = AcbRenewal(kit.bed.world, broker, OwnCommands(kit.bed.world, broker), self._kept[0])

    def try_all(self, expected: Collection[Expected]) -> tuple[Trial, ...]:
        """Ask meters who is in their cells (6.24.1), hand over what the broker holds (6.21); renew hubs."""
        return try_groups(self._kit, expected, self._obeys)

    def _obeys(self, device: Eui64) -> bool:
        home = self._home_of[device]
        if device == home.hub:
            return any(self._renews(device, credentials) for credentials in self._kept)
        held = next((held for each in self._kept if (held := self._ask(device, each)) is not None), None)
        return held is not None and all(self._hands_over(home, role) for role in held.roles)

    def _ask(self, device: Eui64, credentials: BrokerCredentials) -> Held | None:
        self._kit.bed.dsp.broker.note_agreement(device, credentials.keys.agreement)
        answer = self._answer(self._renewal.ask(device, time_of_trials(self._kit)))
        return answer if isinstance(answer, Held) else None

    def _renews(self, device: Eui64, credentials: BrokerCredentials) -> bool:
        broker = self._kit.bed.dsp.broker
        broker.note_agreement(device, credentials.keys.agreement)
        broker.note_signing(device, RemotePartyRole.ACCESS_CONTROL_BROKER, credentials.keys.signing)
        answer = self._answer(self._renewal.renew(device, time_of_trials(self._kit)))
        return isinstance(answer, Renewed) and answer.succeeded

    def _hands_over(self, home: Home, role: RemotePartyRole) -> bool:
        """Whether cells of a role can be handed over, with any signing key that there is."""
        supplier = self._kit.clients[home.supplier.user_id]
        owner = home.supplier if role is RemotePartyRole.SUPPLIER else home.operator
        body = supplier.replacement(self._kit.clients[owner.user_id].credentials)
        for credentials in self._kept:
            self._kit.bed.dsp.broker.note_signing(home.device, role, credentials.keys.signing)
            if replaced_all(try_request(self._kit, supplier, Srv.HANDOVER, home.device, body).opened):
                return True
        return False

    def _answer(self, command: OwnCommand | None) -> Renewed | Held | None:
        assert command is not None, "all devices have certificates in the repository"
        now = time_of_trials(self._kit)
        answers = (self._renewal.take(octets, now) for octets in try_octets(self._kit, *command[:2]))
        return next((answer for answer in answers if answer is not None), None)
