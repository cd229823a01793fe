"""The order of checks: it decides which code the User gets.

The real order was not published where we could read it. This one puts authentication before authorisation
before validation, as the texts of the codes suggest (assumed).
"""

from __future__ import annotations

from typing import Final

from dcc.rules import authorisation, credentials, secmp0063, signed_pre_command
from dcc.rules.model import Decision, Outcome, Rule, Verdict
from dcc.rules.view import RequestView

# A RequestID is used up once the rules up to here have passed, whatever follows (assumed).
BEFORE_CONSUMPTION: Final[tuple[Rule, ...]] = (
    authorisation.originator_is_a_user,
    authorisation.role_may_send_service,
    authorisation.user_is_live,
    authorisation.request_id_is_new,
    authorisation.originator_counter_rises,
)
AFTER_CONSUMPTION: Final[tuple[Rule, ...]] = (
    authorisation.command_variant_fits,
    authorisation.device_exists,
    authorisation.inventory_status_allows_service,
    authorisation.service_fits_device_type,
    authorisation.sender_is_registered,
    credentials.execution_time_is_usable,
    credentials.read_period_is_usable,
    credentials.retrieved_roles_are_applicable,
    credentials.replacement_certificates_present,
    credentials.handover_has_signing_certificate,
    credentials.floors_are_within_limits,
    credentials.replacement_certificates_chain,
    credentials.replacement_certificates_not_revoked,
    credentials.replacement_certificates_fit_cells,
    credentials.network_operator_certificate_has_network_owner,
    credentials.user_role_may_replace_role_on_device,
    credentials.top_up_floor_fits_role,
    credentials.certificate_type_fits_device,
    credentials.future_dating_fits_role,
    credentials.certificate_type_fits_role,
    secmp0063.network_operator_certificate_matches_mpan,
    signed_pre_command.signed_pre_command_is_readable,
    signed_pre_command.signed_pre_command_matches_request_id,
    signed_pre_command.signed_pre_command_was_transformed,
    signed_pre_command.signed_pre_command_signature,
)
RULE_BOOK: Final = BEFORE_CONSUMPTION + AFTER_CONSUMPTION


def decide(view: RequestView) -> Decision:
    """Ask the rules in order, up to the first that rejects; use the RequestID up on the way."""
    verdicts: list[Verdict] = []
    if _all_pass(BEFORE_CONSUMPTION, view, verdicts):
        view.world.ledger.consume(view.request)
        _all_pass(AFTER_CONSUMPTION, view, verdicts)
    return Decision(tuple(verdicts))


def _all_pass(rules: tuple[Rule, ...], view: RequestView, verdicts: list[Verdict]) -> bool:
    """Ask the rules up to the first that rejects, and note what they say; whether none rejected."""
    rejected = Outcome.REJECT
    for rule in rules:
        verdict = rule.ask(view)
        verdicts.append(verdict)
        if verdict.outcome is rejected:
            return False
    return True
