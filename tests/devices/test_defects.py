"""Which failures a use case can have: the others cannot be given to a device."""

from __future__ import annotations

import pytest

from devices.gbcs.chf_log import CCS01, CCS04, CCS07
from devices.gbcs.cs01 import CS01A, CS01B
from devices.gbcs.device_certificates import CS02C, CS02D, CS02E
from devices.gbcs.device_log import CS07, GCS59
from devices.gbcs.ecs70 import ECS70
from devices.gbcs.errors import GbcsError
from devices.gbcs.firmware import CS06, CS08
from devices.gbcs.gas_read_table import CS10B, GCS38
from devices.gbcs.identifiers import MessageCode
from devices.gbcs.joins import CS03A1, CS03C, CS04AC
from devices.gbcs.read_table import ECS52
from devices.management_state import Defect

GREATEST_RESULTS: dict[MessageCode, int] = {
    CS01A: 250,
    CS01B: 0x12,
    CS02C: 3,
    CS02D: 7,
    CS02E: 3,
    CS03A1: 13,
    CS03C: 13,
    CS04AC: 2,
    CS06: 3,
    CS07: 1,
    CS08: 1,
    GCS59: 13,
    ECS70: 250,
    CCS01: 250,
    ECS52: 250,
    GCS38: 0xC2,
    CS10B: 0xC2,
}


@pytest.mark.parametrize(("code", "greatest"), GREATEST_RESULTS.items())
def test_a_result_is_a_failure_of_its_use_case(code: MessageCode, greatest: int) -> None:
    assert Defect(code, 1) == (code, 1, 0)
    assert Defect(code, greatest).result == greatest
    for result in (-1, 0, greatest + 1, 256):
        with pytest.raises(GbcsError, match=f"{result} of {code}, expected a failure"):
            Defect(code, result)


@pytest.mark.parametrize(
    ("code", "items"), [(CS02C, 1), (CS06, 1), (CS01A, 1), (CCS01, 3), (CCS04, 1), (CCS07, 2), (ECS70, 5)]
)
def test_an_item_is_one_that_the_use_case_has(code: MessageCode, items: int) -> None:
    assert Defect(code, 1, items - 1).item == items - 1
    for item in (-1, items):
        with pytest.raises(GbcsError, match=f"{item} of {code}, expected one from 0 to {items - 1}"):
            Defect(code, 1, item)
