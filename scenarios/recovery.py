"""The family recovery: a supplier's key is compromised, and the DCC recovers its fleet with the recovery key.

Until a meter is recovered it obeys whoever has the key. Then the access control broker holds the supplier's
cells, and the supplier, once it has new certificates, has them put there (6.21).
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from dcc.access_control_broker import AcbCounters, DccSignatory
from dcc.modifications import Modification
from dcc.own_commands import OwnCommands
from dcc.recovery_desk import RecoveryDesk
from dcc.smki.registration_authority import RegistrationAuthority
from dcc.smki.revocation_lists import RevocationReason
from dcc.srv import Srv
from devices.gbcs.identifiers import RemotePartyRole
from scenarios.bulk_campaign import Campaign
from scenarios.electricity_fleet import draw_meters, install, users_of
from scenarios.engine.family import Family, RunSettings
from scenarios.engine.outcome import Outcome
from scenarios.engine.random_streams import RandomStreams
from scenarios.engine.run_kit import RunKit, close_run, open_run
from scenarios.engine.simulation import Conversation
from scenarios.outages import Away, plan_outages
from scenarios.party_client import PartyClient
from scenarios.population import Home, Population
from scenarios.recovery_actors import (
    Act,
    Owner,
    Rescuer,
    in_order,
    is_prepayment,
    terms_of_recovery,
    terms_of_replacement,
)
from scenarios.recovery_figures import (
    FIGURES,
    RecoveryRun,
    breaches_of,
    figures_of,
    series_of,
    tables_of,
)
from scenarios.recovery_inputs import PARAMETERS, RecoveryInputs
from scenarios.recovery_misuse import Thief
from scenarios.test_bed import RECOVERY_ID

_SUPPLIER: Final = RemotePartyRole.SUPPLIER
_DAY: Final = timedelta(days=1)
_WEEKS_A_YEAR: Final = 52


def run(inputs: RecoveryInputs, modifications: frozenset[Modification], settings: RunSettings) -> Outcome:
    """Run the family to its end."""
    streams = RandomStreams(settings.seed)
    population = draw_meters(inputs.meters, 1, streams, weeks=inputs.oldest_years * _WEEKS_A_YEAR)
    kit = open_run(
        settings, population.parties, users_of(population), inputs.opens, inputs.ends, modifications
    )
    victim = _plan(kit, inputs, population)
    kit.simulation.run()
    homes = sorted(population.homes, key=lambda home: (home.installed_at, home.number))
    credentials = victim.credentials
    top_up = credentials.top_up or credentials.agreement
    done = RecoveryRun(
        inputs,
        kit.journal,
        kit.link.devices,
        frozenset(home.device for home in homes if is_prepayment(home, inputs, streams)),
        frozenset(home.device for home in homes[: len(homes) // 2]),
        frozenset({credentials.signing.serial, credentials.agreement.serial, top_up.serial}),
    )
    return close_run(kit, figures_of(done), series_of(done), tables_of(done), breaches_of(done))


def _plan(kit: RunKit, inputs: RecoveryInputs, population: Population) -> PartyClient:
    """Everything that is to happen; the supplier as it was before."""
    victim = kit.clients[population.suppliers[0].user_id]
    simulation, homes = kit.simulation, population.homes
    for number, home in enumerate(homes):
        simulation.begin(inputs.opens + _DAY * number / len(homes), partial(_settle, kit, victim, home))
    away = (Away(home.number, (home.device, home.hub)) for home in homes)
    plan_outages(kit, away, inputs.outages, inputs.recovery_begins)
    simulation.begin(inputs.compromised, partial(_lose_key, kit, victim))
    simulation.begin(inputs.detected, partial(_revoke, kit, victim))
    Thief(kit, inputs, victim).plan(homes)
    world, bed = kit.bed.world, kit.bed
    renewed = bed.enrol(victim.user_id, _SUPPLIER, generation=1)
    begins = max(inputs.credentials_come, inputs.recovery_begins)
    taking_back = Campaign[Home](
        simulation, terms_of_replacement(inputs, begins), Owner(kit, renewed).attempt
    )
    own = OwnCommands(world, bed.dsp.broker)
    signatory = DccSignatory(RECOVERY_ID, bed.recovery.key, bed.provider, AcbCounters.PER_DEVICE)
    desk = RecoveryDesk(
        world, signatory, own, bed.broker_credentials, _SUPPLIER, sets_floor=inputs.sets_floor
    )
    rescuer = Rescuer(kit, desk, own, taking_back)
    recovering = Campaign[Home](simulation, terms_of_recovery(inputs), rescuer.attempt)
    for home in in_order(homes, inputs, kit.streams):
        recovering.add(home)
    return victim


def _settle(kit: RunKit, victim: PartyClient, home: Home) -> Conversation[None]:
    """A meter as it was before: its supplier has used a number of its own in it, far above the broker's."""
    install(kit, home, supplier_placed=True)
    chance = kit.streams.stream("home", home.number, "6.15.1")
    body = victim.replacement(victim.credentials)
    yield from kit.link.call(victim, Srv.UPDATE_CREDENTIALS, home.device, body, chance)


def _lose_key(kit: RunKit, victim: PartyClient) -> Conversation[None]:
    kit.act(Act.COMPROMISED.value, actor=victim.user_id)
    yield from ()


def _revoke(kit: RunKit, victim: PartyClient) -> Conversation[None]:
    """The supplier has its certificates revoked; its meters know nothing of that."""
    authority = RegistrationAuthority(kit.bed.smki, kit.bed.world)
    party = kit.bed.world.parties.party_of_user(victim.user_id)
    assert party is not None, "the supplier is a party"
    credentials, now = victim.credentials, kit.simulation.now
    for certificate in (credentials.signing, credentials.agreement, credentials.top_up):
        if certificate is not None:
            authority.request_revocation(party, certificate, RevocationReason.KEY_COMPROMISE, now)
    kit.act(Act.REVOKED.value, actor=victim.user_id)
    yield from ()


FAMILY: Final = Family(
    "recovery",
    "A supplier's key is compromised",
    "When a supplier's private key falls into wrong hands, how long do its meters obey it, and how long is "
    "the supplier without them?",
    "A supplier's keys are compromised and its certificates revoked, of which its meters know nothing. The "
    "DCC replaces them with its recovery key by the access control broker's (CS02b mode 8), so many meters a "
    "day and in some order; some are out of reach. The supplier, once it has new certificates, has them put "
    "into the recovered meters (6.21). A meter takes that only under a number above the last one in its "
    "supplier cell: the recovery has to lower that, or the supplier never gets its meters back. What is "
    "exposed need not be misused: exposure is the most that could be done, unless misuse is assumed too.",
    RecoveryInputs,
    PARAMETERS,
    FIGURES,
    (),
    run,
    headline="exposed_meter_days",
)
