"""The device that the body of a request names, where the request itself goes to the DCC (DUIS 3.8).

That the checks of steps 9, 10 and 12 are made of that device is our reading; their codes are the real ones.
"""

from __future__ import annotations

from typing import Final

from dcc.bodies.hub_visits import HubFaultReturn, HubNoFaultReturn
from dcc.bodies.inventory import DecommissionDevice, UpdateInventory
from dcc.bodies.schedules import CreateSchedule
from dcc.identifiers import Mpxn
from dcc.inventory_status import status_allows
from dcc.parties import SUPPLIER_ROLES
from dcc.registration import Eligibility
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, Rule, rule
from dcc.rules.view import RequestView
from dcc.srv import Srv
from dcc.world import DccWorld, UnknownMpxn
from devices.gbcs.identifiers import Eui64

_ACCESS_CONTROL: Final = Clause("SEC Appendix AB", "6.1")
_PRECEDENCE: Final = (
    Eligibility.ELIGIBLE,
    Eligibility.NOT_BY_REGISTRATION,
    Eligibility.NO_RECORD,
    Eligibility.NOT_ELIGIBLE,
)


def named_device(view: RequestView) -> Eui64 | None:
    """The device that the body is about; None for a body that names none, or several."""
    body = view.request.body
    if isinstance(body, DecommissionDevice | UpdateInventory | CreateSchedule):
        return body.device
    return body.hub if isinstance(body, HubFaultReturn | HubNoFaultReturn) else None


def at_device(view: RequestView, device: Eui64) -> RequestView:
    """The request as if it had gone to a device, to ask who may send it there."""
    request_id = view.request.request_id._replace(target=device)
    return RequestView(view.request._replace(request_id=request_id), view.world, view.now)


def supplier_eligibility(view: RequestView, mpxn: Mpxn) -> Eligibility:
    """What registration data says of the User as a supplier at a metering point, in the best of its roles."""
    user = view.user
    roles = [role for role in user.roles if role in SUPPLIER_ROLES] if user else []
    answers = [
        view.world.registration.eligibility(user.party, role, mpxn, now=view.now) for role in roles if user
    ]
    return min(answers, key=_PRECEDENCE.index, default=Eligibility.NOT_ELIGIBLE)


def is_refused(answer: Eligibility, world: DccWorld) -> bool:
    """Whether registration data is against the User; without a record the world's setting decides."""
    refused_without_record = world.unknown_mpxn is UnknownMpxn.REFUSE
    return answer is Eligibility.NOT_ELIGIBLE or (answer is Eligibility.NO_RECORD and refused_without_record)


@rule(
    id="named-device-exists",
    clause=_ACCESS_CONTROL,
    on_fail=dict.fromkeys(
        (Srv.CREATE_SCHEDULE, Srv.DECOMMISSION_DEVICE, Srv.UPDATE_INVENTORY), ResponseCode.E19
    ),
    confirmed=True,
)
def named_device_exists(view: RequestView) -> Answer:
    """The device that the body names is in the Smart Metering Inventory."""
    device = named_device(view)
    if device is None:
        return NOT_APPLICABLE
    return None if device in view.world.inventory else Finding(str(device), "a device in the inventory")


@rule(
    id="named-device-status-allows-service",
    clause=_ACCESS_CONTROL,
    on_fail=dict.fromkeys(
        (Srv.CREATE_SCHEDULE, Srv.DECOMMISSION_DEVICE, Srv.UPDATE_INVENTORY), ResponseCode.E5
    ),
    confirmed=True,
)
def named_device_status_allows_service(view: RequestView) -> Answer:
    """The status of the device that the body names allows the service."""
    device_id = named_device(view)
    device = view.world.inventory.get(device_id) if device_id else None
    if device is None:
        return NOT_APPLICABLE
    srv = view.request.srv.value
    if status_allows(srv, device.status, device.device_type):
        return None
    return Finding(f"status {device.status.value if device.status else 'none'}", f"one that allows {srv}")


@rule(
    id="sender-serves-named-device",
    clause=Clause("SEC Appendix AB", "6.1(f)"),
    on_fail=dict.fromkeys(
        (Srv.CREATE_SCHEDULE, Srv.DECOMMISSION_DEVICE, Srv.HUB_FAULT_RETURN, Srv.HUB_NO_FAULT_RETURN),
        ResponseCode.E4,
    ),
    confirmed=True,
)
def sender_serves_named_device(view: RequestView) -> Answer:
    """The sender is registered at a metering point of the device that the body names."""
    device = named_device(view)
    if device is None or device not in view.world.inventory:
        return NOT_APPLICABLE
    there = at_device(view, device)
    role = there.acting_role
    if role is None:
        return NOT_APPLICABLE
    if is_refused(there.eligibility(role), view.world):
        where = ", ".join(there.points_of(role)) or "a device without metering point"
        return Finding(
            f"not registered as {role.value} at {where}", "the party registered there in this role"
        )
    return None


RULES: Final[tuple[Rule, ...]] = (
    named_device_exists,
    named_device_status_allows_service,
    sender_serves_named_device,
)
