"""The family acb-renewal: the DCC renews its own certificates on a fleet of meters and hubs.

Meters believe a command for its MAC, which needs the key of the certificate in their cell of the access
control broker. Besides, cells of suppliers and network operators that nobody was handed yet have the broker's
certificates: handing them over needs the key to those, which may still be the old one.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from dcc.acb_renewal import BrokerCredentials
from dcc.modifications import Modification
from dcc.own_commands import OwnCommands
from devices.gbcs.identifiers import RemotePartyRole
from scenarios.acb_renewal_actors import Act, Renewer, Suppliers, Target, campaign_of
from scenarios.acb_renewal_figures import (
    FIGURES,
    RenewalRun,
    breaches_of,
    expected_of,
    figures_of,
    series_of,
    tables_of,
)
from scenarios.acb_renewal_inputs import PARAMETERS, RenewalInputs, check_inputs
from scenarios.acb_renewal_trials import KeyTrials
from scenarios.bulk_campaign import Campaign
from scenarios.electricity_fleet import (
    draw_meters,
    hand_over,
    install,
    install_hub,
    users_of,
)
from scenarios.engine.family import Family, RunSettings
from scenarios.engine.outcome import Outcome
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.run_kit import RunKit, close_run, open_run
from scenarios.engine.simulation import Conversation
from scenarios.engine.trials import contradicted, trials_table
from scenarios.outages import Away, plan_outages
from scenarios.population import Home
from scenarios.test_bed import ACB_ID

_SUPPLIER, _OPERATOR = RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR
_DAY: Final = timedelta(days=1)


def run(inputs: RenewalInputs, modifications: frozenset[Modification], settings: RunSettings) -> Outcome:
    """Run the family to its end.

    Raises:
        InputError: the DCC goes back to keys that it destroys.
    """
    check_inputs(inputs)
    meters = inputs.meters + inputs.installs_a_day * inputs.observed_days
    population = draw_meters(meters, inputs.suppliers, RandomStreams(settings.seed))
    kit = open_run(
        settings, population.parties, users_of(population), inputs.opens, inputs.ends, modifications
    )
    plan = _Plan(kit, inputs)
    plan.begin(population.homes)
    kit.simulation.run()
    old = kit.bed.broker_credentials
    serials = frozenset({old.signing.certificate.serial, old.agreement.certificate.serial})
    done = RenewalRun(inputs, kit.journal, kit.link.devices, serials)
    figures, tables, breaches = figures_of(done), tables_of(done), breaches_of(done)
    trials = KeyTrials(kit, population.homes, plan.keys_kept).try_all(expected_of(done))
    tables, breaches = (*tables, trials_table(trials)), (*breaches, *contradicted(trials))
    return close_run(kit, figures, series_of(done), tables, breaches)


class _Plan:
    """Everything that is to happen."""

    def __init__(self, kit: RunKit, inputs: RenewalInputs) -> None:
        self._kit = kit
        self._inputs = inputs
        self._new = kit.bed.new_broker_credentials(1)
        own = OwnCommands(kit.bed.world, kit.bed.dsp.broker)
        self._suppliers = Suppliers(kit, inputs)
        self._renewer = Renewer(kit, inputs, own, self._new, Act.RENEWED)
        self._returner = Renewer(kit, inputs, own, kit.bed.broker_credentials, Act.RETURNED)
        self._renewals = campaign_of(kit, inputs, self._renewer, inputs.begins, inputs.campaign_ends)
        self._backed_out = False
        self._destroyed = False

    @property
    def keys_kept(self) -> tuple[BrokerCredentials, ...]:
        """The DCC's credentials whose keys are not destroyed at the end."""
        kept = () if self._destroyed else (self._kit.bed.broker_credentials,)
        return self._new, *kept

    def begin(self, homes: tuple[Home, ...]) -> None:
        """Plan the fleet that is there, the meters that come, and what the DCC does."""
        inputs, simulation = self._inputs, self._kit.simulation
        there, to_come = homes[: inputs.meters], homes[inputs.meters :]
        for number, home in enumerate(there):
            moment = inputs.opens + _DAY * number / len(there)
            simulation.begin(moment, partial(self._settle, home))
            self._add_to(self._renewals, home)
        away = (Away(home.number, (home.device, home.hub)) for home in there)
        plan_outages(self._kit, away, inputs.outages, inputs.begins)
        for number, home in enumerate(to_come):
            day, chance = (
                number // inputs.installs_a_day,
                self._kit.streams.stream("home", home.number, "day"),
            )
            simulation.begin(inputs.after_days(day) + _DAY * chance.unit(), partial(self._install, home))
        simulation.begin(inputs.after_days(inputs.factory_switch_days), self._switch_factory)
        if inputs.old_key_destroyed:
            simulation.begin(inputs.after_days(inputs.destroyed_after_days), self._destroy)
        if inputs.backs_out:
            simulation.begin(inputs.after_days(inputs.back_out_after_days), partial(self._back_out, homes))

    def _settle(self, home: Home) -> Conversation[None]:
        """A meter as it is before anything is renewed; handovers that are missing are made up for later."""
        kit, inputs = self._kit, self._inputs
        chance = kit.streams.stream("home", home.number, "placed")
        supplier_placed = not chance.chance(inputs.supplier_unplaced_share)
        operator_placed = not chance.chance(inputs.operator_unplaced_share)
        install(kit, home, supplier_placed=supplier_placed)
        if inputs.hubs:
            install_hub(kit, home)
        if operator_placed:
            credentials = kit.clients[home.operator.user_id].credentials
            yield from hand_over(kit, home, credentials, 0)
        for role, placed in ((_SUPPLIER, supplier_placed), (_OPERATOR, operator_placed)):
            if not placed:
                self._suppliers.plan(home, role, inputs.late_handover_longest_days)

    def _install(self, home: Home) -> Conversation[None]:
        """A new meter, with whatever certificates of the DCC's the factory built in."""
        install(self._kit, home, supplier_placed=False)
        if self._inputs.hubs:
            install_hub(self._kit, home)
        for role in (_SUPPLIER, _OPERATOR):
            self._suppliers.plan(home, role, self._inputs.new_handover_longest_days)
        built_in = self._kit.bed.dcc_certificates.acb_agreement
        if built_in == self._new.agreement.certificate:
            for target in self._targets(home):
                self._renewer.adopt_factory(target.device)
        elif self._kit.simulation.now < self._inputs.campaign_ends:
            self._add_to(self._renewals, home)
        yield from ()

    def _targets(self, home: Home) -> tuple[Target, ...]:
        meter, hub = Target(home, home.device), Target(home, home.hub)
        return (hub, meter) if self._inputs.hubs else (meter,)

    def _add_to(self, campaign: Campaign[Target], home: Home) -> None:
        for target in self._targets(home):
            campaign.add(target)

    def _switch_factory(self) -> Conversation[None]:
        if not self._backed_out:
            self._kit.bed.build_in(self._new)
        yield from ()

    def _destroy(self) -> Conversation[None]:
        self._kit.bed.dsp.broker.use_only(self._new.keys)
        self._suppliers.old_key_destroyed()
        self._destroyed = True
        self._kit.act(Act.DESTROYED, actor=ACB_ID)
        yield from ()

    def _back_out(self, homes: tuple[Home, ...]) -> Conversation[None]:
        """Bring back what was renewed, at the same pace; factories go on with the old certificates."""
        kit, inputs = self._kit, self._inputs
        self._backed_out = True
        kit.bed.build_in(kit.bed.broker_credentials)
        kit.act(Act.BACKED_OUT, actor=ACB_ID)
        campaign = campaign_of(kit, inputs, self._returner, kit.simulation.now, inputs.ends)
        targets = (target for home in homes for target in self._targets(home))
        for target in targets:
            if target.device in self._renewer.done:
                campaign.add(target)
        yield from ()


FAMILY: Final = Family(
    "acb-renewal",
    "The DCC renews its own certificates",
    "When the DCC renews the access control broker's certificates, how many devices still need the old keys, "
    "and what is lost if those are destroyed?",
    "The DCC brings meters and hubs to new certificates of the access control broker's (CS02b mode 4), so "
    "many a day; some are out of reach. Cells of suppliers and network operators that nobody was handed yet "
    "have the old ones as well, and so have new devices until factories change over. Handing one over (6.21) "
    "needs the old signing key, and any command to a device that was not renewed needs the old key "
    "agreement key: if they are destroyed, those devices are stranded. The DCC may also back out.",
    RenewalInputs,
    PARAMETERS,
    FIGURES,
    (),
    run,
    headline="dependent",
    check=check_inputs,
)
