"""The order of checks: it decides which code the User gets.

The real order was not published where we could read it. This one puts authentication before authorisation
before validation, as the texts of the codes suggest (assumed).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import Final, NamedTuple

from dcc.modifications import Modification
from dcc.response_codes import ResponseCode
from dcc.rules import (
    anomaly,
    authorisation,
    certificates,
    change_of_supplier,
    credentials,
    dates,
    device_services,
    enclosed_certificates,
    envelope,
    hub_log,
    hub_services,
    non_device,
    non_device_firmware,
    non_device_hub,
    non_device_inventory,
    non_device_local,
    non_device_notification,
    non_device_schedules,
    non_device_updates,
    secmp0063,
    sequencing,
    signed_pre_command,
    variants,
)
from dcc.rules.model import About, Decision, Outcome, Rule, Verdict
from dcc.rules.view import RequestView
from dcc.srv import Srv

# A RequestID is used up once the rules up to here have passed, whatever follows (assumed).
BEFORE_CONSUMPTION: Final[tuple[Rule, ...]] = (
    envelope.web_service_fits,
    envelope.signing_certificate_is_known,
    envelope.xml_signature_verifies,
    envelope.signing_certificate_is_valid,
    envelope.signing_certificate_is_not_revoked,
    envelope.signing_certificate_may_sign_xml,
    envelope.signing_certificate_is_the_originators,
    authorisation.originator_is_a_user,
    authorisation.role_may_send_service,
    authorisation.user_is_live,
    authorisation.request_id_is_new,
    authorisation.originator_counter_rises,
)
# Step 16: what is particular to a service; each module is asked of its own services alone.
SERVICE_RULES: Final[tuple[Rule, ...]] = (
    credentials.user_role_may_replace_role_on_device,
    credentials.top_up_floor_fits_role,
    credentials.certificate_type_fits_device,
    credentials.future_dating_fits_role,
    credentials.certificate_type_fits_role,
    change_of_supplier.change_of_supplier_names_metering_point,
    change_of_supplier.change_of_supplier_floor_fits_device,
    change_of_supplier.change_of_supplier_fuel_fits_device,
    change_of_supplier.change_of_supplier_sender_is_registered,
    credentials.retrieved_roles_are_applicable,
    credentials.retrieved_roles_fit_device,
    *hub_log.RULES,
    *hub_services.RULES,
    *device_services.RULES,
    *non_device.RULES,
    *non_device_notification.RULES,
    *non_device_inventory.RULES,
    *non_device_updates.RULES,
    *non_device_hub.RULES,
    *non_device_local.RULES,
    *non_device_firmware.RULES,
    *non_device_schedules.RULES,
)
AFTER_CONSUMPTION: Final[tuple[Rule, ...]] = (
    variants.service_reference_fits_variant,
    variants.content_makes_sense,
    variants.command_variant_fits,
    variants.local_delivery_is_available,
    authorisation.device_exists,
    authorisation.target_is_the_dcc,
    authorisation.inventory_status_allows_service,
    authorisation.service_fits_device_type,
    authorisation.sender_is_registered,
    sequencing.sequence_flags_agree,
    sequencing.preceding_request_is_another,
    sequencing.preceding_request_is_the_senders,
    sequencing.preceding_request_is_known,
    sequencing.preceding_request_succeeded,
    sequencing.preceding_request_has_no_follower,
    dates.execution_time_is_allowed,
    dates.execution_time_is_usable,
    dates.cancellation_is_for_a_device,
    dates.execution_time_is_near_enough,
    dates.read_period_is_usable,
    certificates.replacement_certificates_present,
    certificates.handover_has_signing_certificate,
    certificates.floors_are_within_limits,
    certificates.replacement_certificates_chain,
    certificates.replacement_certificates_not_revoked,
    certificates.replacement_certificates_fit_cells,
    certificates.network_operator_certificate_has_network_owner,
    enclosed_certificates.enclosed_certificate_chains,
    enclosed_certificates.enclosed_certificate_is_not_revoked,
    enclosed_certificates.enclosed_certificate_is_its_owners,
    *SERVICE_RULES,
    secmp0063.network_operator_certificate_matches_mprn,
    secmp0063.network_operator_certificate_matches_mpan,
    signed_pre_command.signed_pre_command_is_readable,
    signed_pre_command.signed_pre_command_matches_request_id,
    signed_pre_command.signed_pre_command_serves_service,
    signed_pre_command.signed_pre_command_was_transformed,
    signed_pre_command.signed_pre_command_signature,
    anomaly.user_threshold_holds,
    anomaly.dcc_threshold_holds,
    anomaly.attribute_limits_hold,
)
RULE_BOOK: Final = BEFORE_CONSUMPTION + AFTER_CONSUMPTION


def decide(view: RequestView) -> Decision:
    """Ask the rules in order, up to the first that rejects; use the RequestID up on the way.

    What is refused after that has failed, what is accepted counts towards the thresholds of anomaly
    detection; what is held back is neither yet.
    """
    verdicts: list[Verdict] = []
    world, request = view.world, view.request
    before, after = _routes(request.srv, world.modifications)
    if _all_pass(before, view, verdicts):
        world.ledger.consume(request)
        if _all_pass(after, view, verdicts):
            world.ledger.follow(request)
            world.anomaly.count(request, view.now)
        elif verdicts[-1].code is not ResponseCode.SIM_QUARANTINE:
            world.ledger.settle(request.request_id, succeeded=False)
    return Decision(tuple(verdicts))


def _all_pass(route: _Route, view: RequestView, verdicts: list[Verdict]) -> bool:
    """Ask the rules up to the first that rejects, and note what they say; whether none rejected."""
    rejected, note = Outcome.REJECT, verdicts.append
    for stage in route.stages:
        if stage.about is not None and getattr(view, stage.about) is None:
            verdicts += stage.abstained
            continue
        for foregone, rule in stage.steps:
            if foregone:
                verdicts += foregone
            verdict = rule.judge(view)
            note(verdict)
            if verdict.outcome is rejected:
                return False
    verdicts += route.rest
    return True


class _Stage(NamedTuple):
    """Rules in a row about one fact, each behind the verdicts that are foregone before it.

    ``abstained`` is all of their verdicts on a request that lacks the fact.
    """

    about: About | None
    steps: tuple[tuple[tuple[Verdict, ...], Rule], ...]
    abstained: tuple[Verdict, ...]


class _Route(NamedTuple):
    """The rules that a service is asked of, and the verdicts that are foregone after the last."""

    stages: tuple[_Stage, ...]
    rest: tuple[Verdict, ...]


@lru_cache(maxsize=2048)
def _routes(srv: Srv, modifications: frozenset[Modification]) -> tuple[_Route, _Route]:
    """Most rules are particular to some service: what they say of others is not asked again and again."""
    return _route(BEFORE_CONSUMPTION, srv, modifications), _route(AFTER_CONSUMPTION, srv, modifications)


def _route(rules: tuple[Rule, ...], srv: Srv, modifications: frozenset[Modification]) -> _Route:
    steps: list[tuple[tuple[Verdict, ...], Rule]] = []
    foregone: list[Verdict] = []
    for rule in rules:
        verdict = rule.foregone(srv, modifications)
        if verdict is None:
            steps.append((tuple(foregone), rule))
            foregone = []
        else:
            foregone.append(verdict)
    in_a_row = groupby(steps, key=lambda step: step[1].about)
    return _Route(tuple(_stage(about, tuple(group)) for about, group in in_a_row), tuple(foregone))


def _stage(about: About | None, steps: tuple[tuple[tuple[Verdict, ...], Rule], ...]) -> _Stage:
    abstained = [verdict for foregone, rule in steps for verdict in (*foregone, rule.not_applicable)]
    return _Stage(about, steps, tuple(abstained))
