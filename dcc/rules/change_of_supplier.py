"""Checks particular to 6.23, by which an incoming supplier takes a device over: step 16 (DUIS 3.8).

Which of E062301 to E062306 stands for what was not seen: the assignment is assumed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Final

from dcc.bodies.credentials import ReplaceSupplierCredentials
from dcc.dates import utc_day
from dcc.identifiers import Mpan, Mpxn
from dcc.registration import Eligibility
from dcc.response_codes import ResponseCode
from dcc.rules.model import NOT_APPLICABLE, Answer, Clause, Finding, rule
from dcc.rules.view import RequestView
from dcc.srv import Srv
from dcc.world import UnknownMpxn
from devices.gbcs.identifiers import DeviceType

_CHANGE: Final = Clause("DUIS", "schema, UpdateSecurityCredentialsCoS")
_SRV: Final = Srv.UPDATE_CREDENTIALS_COS
_GAS: Final = frozenset({DeviceType.GSME, DeviceType.GPF})
_WITHOUT_TOP_UPS: Final = frozenset({DeviceType.HCALCS})


@rule(
    id="change-of-supplier-names-metering-point",
    clause=_CHANGE,
    on_fail={_SRV: ResponseCode.E062301},
    confirmed=False,
)
def change_of_supplier_names_metering_point(view: RequestView) -> Answer:
    """The metering point in the request is one that the inventory links to the device."""
    body = view.request.body
    if not isinstance(body, ReplaceSupplierCredentials) or not view.metering_points:
        return NOT_APPLICABLE
    if body.import_mpxn in view.metering_points:
        return None
    return Finding(body.import_mpxn, " or ".join(view.metering_points))


@rule(
    id="change-of-supplier-floor-fits-device",
    clause=_CHANGE,
    on_fail={_SRV: ResponseCode.E062303},
    confirmed=False,
)
def change_of_supplier_floor_fits_device(view: RequestView) -> Answer:
    """A floor for prepayment top-ups goes only to a device that takes them."""
    body, device = view.request.body, view.device
    if not isinstance(body, ReplaceSupplierCredentials) or device is None or body.top_up_floor is None:
        return NOT_APPLICABLE
    if device.device_type not in _WITHOUT_TOP_UPS:
        return None
    return Finding(f"top-up floor {body.top_up_floor} for {device.device_type.value}", "none")


@rule(
    id="change-of-supplier-fuel-fits-device",
    clause=_CHANGE,
    on_fail={_SRV: ResponseCode.E062305},
    confirmed=False,
)
def change_of_supplier_fuel_fits_device(view: RequestView) -> Answer:
    """The metering point in the request is of the device's fuel."""
    body, device = view.request.body, view.device
    if not isinstance(body, ReplaceSupplierCredentials) or device is None:
        return NOT_APPLICABLE
    wants_gas = device.device_type in _GAS
    if isinstance(body.import_mpxn, Mpan) is not wants_gas:
        return None
    expected = "an MPRN" if wants_gas else "an MPAN"
    return Finding(f"{body.import_mpxn} for {device.device_type.value}", expected)


@rule(
    id="change-of-supplier-sender-is-registered",
    clause=_CHANGE,
    on_fail={_SRV: ResponseCode.E062306},
    confirmed=False,
)
def change_of_supplier_sender_is_registered(view: RequestView) -> Answer:
    """The sender is, or will be, the registered supplier at the metering point that the request names."""
    body, role = view.request.body, view.acting_role
    if not isinstance(body, ReplaceSupplierCredentials) or view.user is None or role is None:
        return NOT_APPLICABLE
    registration, mpxn, party = view.world.registration, body.import_mpxn, view.user.party
    answers = {registration.eligibility(party, role, mpxn, now=at) for at in _moments(view, mpxn)}
    if Eligibility.ELIGIBLE in answers:
        return None
    if Eligibility.NO_RECORD in answers and view.world.unknown_mpxn is UnknownMpxn.PASS:
        return NOT_APPLICABLE
    observed = f"{party.name} as {role.value} is not and will not be registered at {mpxn}"
    return Finding(observed, "the party registered there in this role")


def _moments(view: RequestView, mpxn: Mpxn) -> Iterator[datetime]:
    """The execution time alone; without one, now and every later day on which a supply begins."""
    yield view.execution_time or view.now
    if view.execution_time is None:
        today = utc_day(view.now)
        for record in view.world.registration.records(mpxn):
            for day in (record.effective_from, record.supplier_dates.first):
                if day is not None and day > today:
                    yield datetime.combine(day, time.min, UTC)
