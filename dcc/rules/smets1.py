"""What an S1SP checks of a Countersigned Service Request, apart from the DSP (SEC Appendices AB, AM).

The order is assumed. The real codes are not known: E1004 stands for all of them, and the text of a refusal
says which check it was.
"""

from __future__ import annotations

from typing import Final

from dcc.modifications import Modification
from dcc.registration import Eligibility
from dcc.response_codes import ResponseCode
from dcc.rules import certificates, envelope
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Decision, Finding, Outcome, Rule, rule
from dcc.rules.smets1_view import S1spView
from dcc.rules.view import RequestView
from dcc.srv import Srv
from dcc.world import UnknownMpxn
from devices.gbcs.identifiers import RemotePartyRole

_SUPPORTING: Final = Clause("SEC Appendix AM", "defined terms")
_PROCESSING: Final = Clause("SEC Appendix AB", "Countersigned Service Requests")
_CODE: Final = ResponseCode.E1004
_STEP: Final = "S1SP"
_SIGNATURE_RULES: Final = (
    envelope.signing_certificate_is_known,
    envelope.xml_signature_verifies,
    envelope.signing_certificate_is_valid,
    envelope.signing_certificate_is_not_revoked,
    envelope.signing_certificate_may_sign_xml,
    envelope.signing_certificate_is_the_originators,
)

_CERTIFICATE_RULES: Final = (
    certificates.replacement_certificates_present,
    certificates.replacement_certificates_chain,
    certificates.replacement_certificates_not_revoked,
    certificates.replacement_certificates_fit_cells,
)


def _seen(view: RequestView) -> S1spView:
    if not isinstance(view, S1spView):
        raise TypeError("an S1SP's rule asked of a request that was not countersigned")
    return view


@rule(id="s1sp-countersignature", clause=_PROCESSING, on_fail=_CODE, confirmed=False, step=_STEP)
def countersignature_is_the_dsps(view: RequestView) -> Answer:
    """The request was countersigned by the DSP, and is the one that the countersignature names."""
    seen = _seen(view)
    problem = seen.countersignature.problem
    if problem is not None:
        return Finding(problem, "a countersignature of the DSP")
    named, request_id = seen.countersigned, seen.request.request_id
    if named.target != request_id.target:
        return Finding(f"{named.target} countersigned", f"{request_id.target} as in the request")
    user = named.supplementary or (named.originator, named.counter)
    by_user = named.supplementary is not None or named.originator == request_id.originator
    if by_user and user != (request_id.originator, request_id.counter):
        return Finding(f"{user[0]} with {int(user[1])} countersigned", f"{request_id} as in the request")
    return None


@rule(id="s1sp-device", clause=_SUPPORTING, on_fail=_CODE, confirmed=False, step=_STEP)
def device_is_migrated(view: RequestView) -> Answer:
    """The device was migrated to this S1SP."""
    if _seen(view).proxy is None:
        return Finding(str(view.request.request_id.target), "a device that was migrated to this S1SP")
    return None


@rule(id="s1sp-service", clause=_SUPPORTING, on_fail=_CODE, confirmed=False, step=_STEP)
def service_is_offered(view: RequestView) -> Answer:
    """The S1SP's cohort offers the service."""
    cohort = _seen(view).cohort
    if view.request.srv in cohort.services:
        return None
    offered = ", ".join(sorted(srv.value for srv in cohort.services))
    return Finding(f"{view.request.srv.value} in cohort {cohort.name}", f"one of {offered}")


@rule(id="s1sp-signature", clause=_SUPPORTING, on_fail=_CODE, confirmed=False, step=_STEP)
def authorising_signature_is_the_users(view: RequestView) -> Answer:
    """The Authorising Remote Party Signature verifies, and is the User's whose request it is."""
    if view.envelope is None:
        unsigned = Finding("no signature", "the Authorising Remote Party Signature")
        return NOT_APPLICABLE if _seen(view).takes_unsigned else unsigned
    return _first_finding(_SIGNATURE_RULES, view)


def _first_finding(rules: tuple[Rule, ...], view: RequestView) -> Finding | None:
    answers = (item.predicate(view) for item in rules)
    return next((answer for answer in answers if isinstance(answer, Finding)), None)


@rule(
    id="s1sp-registration",
    clause=Clause("SEC Appendix AB", "6.1(f)"),
    on_fail=_CODE,
    confirmed=True,
    step=_STEP,
)
def sender_is_registered(view: RequestView) -> Answer:
    """For a critical service the sender is, or will be, registered at a metering point of the device.

    Under MP107 not so for a 6.15.1 that targets the certificates of a network operator, whoever sends it.
    """
    role = view.acting_role
    if not view.service.critical or role is None or _targets_exempt_slot(_seen(view)):
        return NOT_APPLICABLE
    answer = view.eligibility(role)
    if answer is Eligibility.ELIGIBLE:
        return None
    where = ", ".join(view.points_of(role)) or "no metering point"
    name = view.user.party.name if view.user else str(view.request.request_id.originator)
    if answer is Eligibility.NOT_ELIGIBLE:
        observed = f"{name} as {role.value} is not registered at {where}"
        return Finding(observed, "the party registered there in this role")
    if answer is Eligibility.NO_RECORD and view.world.unknown_mpxn is UnknownMpxn.REFUSE:
        return Finding(f"no registration record of {where}", "a metering point with a registration record")
    return NOT_APPLICABLE


def _targets_exempt_slot(view: S1spView) -> bool:
    return (
        Modification.MP107_S1SP in view.world.modifications
        and view.request.srv is Srv.UPDATE_CREDENTIALS
        and view.slot_role is RemotePartyRole.NETWORK_OPERATOR
    )


@rule(id="s1sp-ownership", clause=_SUPPORTING, on_fail=_CODE, confirmed=False, step=_STEP)
def sender_owns_the_slot(view: RequestView) -> Answer:
    """For a critical service the notified critical certificate of the slot is the sender's.

    Requests are signed with certificates for XML, so that the two are of one entity is what is compared.
    """
    seen = _seen(view)
    if not view.service.critical:
        return NOT_APPLICABLE
    role, notified = seen.slot_role, seen.critical_id
    slot = role.field_name if role else "no role that has a slot"
    if notified is None:
        return Finding(f"nothing notified for {slot}", "the sender's critical certificate")
    if seen.holds(view.request.request_id.originator, notified):
        return None
    return Finding(f"{notified} notified for {slot}", f"one of {view.request.request_id.originator}")


@rule(id="s1sp-counter", clause=_SUPPORTING, on_fail=_CODE, confirmed=False, step=_STEP)
def counter_is_above_the_last(view: RequestView) -> Answer:
    """The counter is above the Execution Counter: that of the sender's role, or of changes of supplier."""
    seen = _seen(view)
    last, counter = seen.last_counter, seen.countersigned.counter
    if last is None or counter > last:
        return None
    return Finding(str(int(counter)), f"more than {int(last)} for {seen.counter_role.field_name}")


@rule(id="s1sp-certificates", clause=_SUPPORTING, on_fail=_CODE, confirmed=False, step=_STEP)
def replacement_certificates_are_good(view: RequestView) -> Answer:
    """Replacement certificates are good: there are some, they chain, are not revoked, and fit their slots."""
    return NOT_APPLICABLE if view.replacement is None else _first_finding(_CERTIFICATE_RULES, view)


S1SP_RULES: Final[tuple[Rule, ...]] = (
    countersignature_is_the_dsps,
    device_is_migrated,
    service_is_offered,
    authorising_signature_is_the_users,
    sender_is_registered,
    sender_owns_the_slot,
    counter_is_above_the_last,
    replacement_certificates_are_good,
)
"""The order of an S1SP's checks: registration before ownership, as MP107's decision table has it."""


def decide(view: S1spView) -> Decision:
    """Ask the rules in order, up to the first that rejects."""
    verdicts = []
    for item in S1SP_RULES:
        verdicts.append(item.ask(view))
        if verdicts[-1].outcome is Outcome.REJECT:
            break
    return Decision(tuple(verdicts))


def refusal_text(decision: Decision) -> str:
    """What the S1SP says of a refusal: ``S1SP: ownership``; nothing if it does not refuse."""
    rejection = decision.rejection
    return "" if rejection is None else f"S1SP: {rejection.rule_id.removeprefix('s1sp-')}"
