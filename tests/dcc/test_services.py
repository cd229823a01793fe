"""The table of services: held against the published matrix and schema, row by row."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dcc.service_requests import OtherBody
from dcc.services import SERVICES, HeldBy
from dcc.srv import Srv

FUTURE_DATED = {
    "No": set(),
    "DSP": {HeldBy.DCC},
    "Device": {HeldBy.DEVICE},
    "DSP & Device": {HeldBy.DCC, HeldBy.DEVICE},
}


def letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def published_matrix(conformance: Path) -> dict[str, dict[str, str]]:
    matrix = json.loads((conformance / "duis" / "service-request-matrix.json").read_text(encoding="utf-8"))
    return {row["Service Reference Variant"]: row for row in matrix}


def test_the_table_has_the_services_of_the_published_matrix(conformance: Path) -> None:
    published = published_matrix(conformance)
    assert {srv.value for srv in SERVICES} == set(published)
    assert len(published) == 129


@pytest.mark.parametrize("srv", Srv, ids=lambda srv: srv.value)
def test_a_row_is_that_of_the_published_matrix(srv: Srv, conformance: Path) -> None:
    service, row = SERVICES[srv], published_matrix(conformance)[srv.value]
    # A remark in brackets is no part of the name.
    assert letters(row["Service Request Name"]).startswith(letters(service.name))
    # The published matrix has lost the last 0 of 6.20, as a number would.
    assert srv.service_reference in (row["Service Reference"], row["Service Reference"] + "0")
    assert service.critical is (row["Critical"] == "Yes")
    assert service.on_demand is (row["On Demand"] == "Yes")
    assert service.future_dated == FUTURE_DATED[row["Future Dated Response Pattern"]]
    assert service.schedulable is (row["DCC Scheduled"] == "Yes")
    assert service.non_device is (row["Non-Device Request"] == "Yes")
    assert {role.value for role in service.roles} == set(row["Eligible User Roles"])


def test_every_service_has_the_element_that_the_schema_names(conformance: Path) -> None:
    schema = (conformance / "duis" / "schema" / "DUIS Schema V5.4.xsd").read_text(encoding="utf-8")
    for service in SERVICES.values():
        assert f'name="{service.element}"' in schema, service.srv


def test_services_for_devices_have_device_types_and_others_none() -> None:
    for service in SERVICES.values():
        assert bool(service.device_types) is not service.non_device, service.srv


def test_a_service_whose_body_is_not_read_carries_it_as_it_is() -> None:
    assert SERVICES[Srv.UPDATE_IMPORT_TARIFF_PRIMARY_ELEMENT].body is OtherBody
    assert SERVICES[Srv.HANDOVER].body is not OtherBody
