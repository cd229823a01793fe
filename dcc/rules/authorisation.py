"""Who may ask what of which device: steps 3 to 6 and 9 to 12 (SEC Appendix AB 6.1; DUIS 3.2)."""

from __future__ import annotations

from typing import Final

from dcc.inventory_status import status_allows
from dcc.modifications import Modification
from dcc.parties import NETWORK_ROLES, UserStatus
from dcc.registration import Eligibility
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, rule
from dcc.rules.view import RequestView
from dcc.service_requests import SIGNED_VARIANTS
from dcc.srv import Srv
from dcc.world import UnknownMpxn

_ACCESS_CONTROL: Final = Clause("SEC Appendix AB", "6.1")
_VALIDATION: Final = Clause("DUIS", "3.2.5")


def _roles(view: RequestView) -> str:
    return ", ".join(role.value for role in view.user.roles) if view.user else "none"


@rule(
    id="originator-is-a-user",
    clause=_ACCESS_CONTROL,
    on_fail=ResponseCode.E1,
    confirmed=True,
    step="3",
)
def originator_is_a_user(view: RequestView) -> Answer:
    """The originator of the request is the User Id of a party."""
    if view.user is None:
        return Finding(str(view.request.request_id.originator), "the User Id of a party")
    return None


@rule(
    id="role-may-send-service",
    clause=_ACCESS_CONTROL,
    on_fail=ResponseCode.E2,
    confirmed=True,
    step="4",
)
def role_may_send_service(view: RequestView) -> Answer:
    """A role of the User may send the service."""
    if view.acting_role is None:
        expected = ", ".join(sorted(role.value for role in view.service.roles))
        return Finding(f"roles {_roles(view)}", f"one of {expected} for {view.request.srv.value}")
    return None


@rule(
    id="user-is-live",
    clause=_ACCESS_CONTROL,
    on_fail=ResponseCode.E3,
    confirmed=True,
    step="5",
)
def user_is_live(view: RequestView) -> Answer:
    """The User is a DCC User in its role and is not suspended."""
    originator, role = view.request.request_id.originator, view.acting_role
    if role is None:
        return NOT_APPLICABLE
    status = view.world.parties.user_status(originator, role, view.now)
    return None if status is UserStatus.LIVE else Finding(status.value, UserStatus.LIVE.value)


@rule(
    id="request-id-is-new",
    clause=_VALIDATION,
    on_fail=ResponseCode.SIM_DUP,
    confirmed=False,
    step="6",
)
def request_id_is_new(view: RequestView) -> Answer:
    """The RequestID was not used before at this stage: once to transform, once to send."""
    if view.world.ledger.is_used(view.request):
        return Finding(str(view.request.request_id), "a RequestID that was not used before")
    return None


@rule(
    id="originator-counter-rises",
    clause=_VALIDATION,
    on_fail=ResponseCode.SIM_REPLAY,
    confirmed=False,
    step="6",
)
def originator_counter_rises(view: RequestView) -> Answer:
    """The originator counter is above the last one from this originator to this target."""
    if view.request.command_variant in SIGNED_VARIANTS:
        # The counter of a Signed Pre-Command was checked when it was transformed.
        return NOT_APPLICABLE
    last = view.world.ledger.last_counter(view.request.request_id)
    counter = view.request.request_id.counter
    if last is not None and counter <= last:
        return Finding(str(counter), f"more than {last}")
    return None


@rule(
    id="device-exists",
    clause=_ACCESS_CONTROL,
    on_fail=ResponseCode.E19,
    confirmed=True,
    step="9",
)
def device_exists(view: RequestView) -> Answer:
    """The target is a device in the Smart Metering Inventory, where a device is to answer."""
    if view.service.non_device:
        return NOT_APPLICABLE
    if view.device is None:
        return Finding(str(view.request.request_id.target), "a device in the Smart Metering Inventory")
    return None


@rule(
    id="target-is-the-dcc",
    clause=_VALIDATION,
    on_fail=ResponseCode.SIM_SCHEMA,
    confirmed=False,
    step="9",
)
def target_is_the_dcc(view: RequestView) -> Answer:
    """The target is the DCC, where no device is to answer."""
    dcc_id, target = view.world.dcc_id, view.request.request_id.target
    if not view.service.non_device or dcc_id is None:
        return NOT_APPLICABLE
    return None if target == dcc_id else Finding(f"target {target}", f"the DCC, {dcc_id}")


@rule(
    id="inventory-status-allows-service",
    clause=_ACCESS_CONTROL,
    on_fail=ResponseCode.E5,
    confirmed=True,
    step="10",
)
def inventory_status_allows_service(view: RequestView) -> Answer:
    """The device's status in the Smart Metering Inventory allows the service."""
    device = view.device
    if device is None or view.service.non_device:
        return NOT_APPLICABLE
    if status_allows(view.request.srv.value, device.status, device.device_type):
        return None
    status = device.status.value if device.status else "none"
    return Finding(f"status {status}", f"a status that allows {view.request.srv.value}")


@rule(
    id="service-fits-device-type",
    clause=_VALIDATION,
    on_fail=ResponseCode.E11,
    confirmed=True,
    step="11",
)
def service_fits_device_type(view: RequestView) -> Answer:
    """The service can be sent to a device of this type."""
    if view.device is None or view.service.non_device:
        return NOT_APPLICABLE
    if view.device.device_type in view.service.device_types:
        return None
    expected = ", ".join(sorted(kind.value for kind in view.service.device_types))
    return Finding(view.device.device_type.value, f"one of {expected}")


@rule(
    id="sender-is-registered",
    clause=Clause("SEC Appendix AB", "6.1(f)"),
    on_fail=ResponseCode.E4,
    confirmed=True,
    step="12",
)
def sender_is_registered(view: RequestView) -> Answer:
    """For a non-critical service the sender is, or will be, registered at a metering point of the device.

    For a SMETS1 device also for a critical service; but under MP107 a network operator need not be for a
    6.15.1.
    """
    role = view.acting_role
    if _is_exempt(view) or view.device is None or view.user is None or role is None:
        return NOT_APPLICABLE
    answer = view.eligibility(role)
    if answer is Eligibility.ELIGIBLE:
        return None
    where = ", ".join(view.points_of(role)) or f"{view.device.device_type.value} without metering point"
    if answer is Eligibility.NOT_ELIGIBLE:
        who = f"{view.user.party.name} as {role.value}"
        return Finding(f"{who} is not registered at {where}", "the party registered there in this role")
    if answer is Eligibility.NO_RECORD and view.world.unknown_mpxn is UnknownMpxn.REFUSE:
        return Finding(f"no registration record of {where}", "a metering point with a registration record")
    return NOT_APPLICABLE


def _is_exempt(view: RequestView) -> bool:
    """What registration data at the device cannot decide, by reading 6.2 (not seen).

    Critical services of SMETS2+ devices; those that no device answers; 6.23, whose sender is held against the
    metering point that it names.
    """
    service = view.service
    if service.critical and view.is_smets1:
        return _may_correct_credentials(view)
    return service.critical or service.non_device or service.srv is Srv.UPDATE_CREDENTIALS_COS


def _may_correct_credentials(view: RequestView) -> bool:
    """MP107 at the DSP: it looks at who sends, where the S1SP looks at the slot that is targeted."""
    return (
        Modification.MP107_DSP in view.world.modifications
        and view.request.srv is Srv.UPDATE_CREDENTIALS
        and view.acting_role in NETWORK_ROLES
    )
