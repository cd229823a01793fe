"""What the test bed refuses, so that a test does not pass for a wrong reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from dcc.bodies.schedules import ReadSchedule
from dcc.errors import DccValueError
from dcc.modifications import Modification
from dcc.parties import PartyTable, UserRole
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
from scenarios.test_bed import TestBed

NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
METER: Final = Eui64.parse("00-DB-12-34-56-78-90-A0")
USER: Final = Eui64.parse("90-B3-D5-1F-30-00-01-00")


def bed(start: datetime = NOW, modifications: Any = ()) -> TestBed:
    return TestBed(7, PartyTable(()), start, modifications=modifications)


def test_a_modification_is_a_member_and_no_text() -> None:
    assert bed(modifications=[Modification.MP074]).world.modifications == {Modification.MP074}
    with pytest.raises(DccValueError, match=r"modification: .*mp074.*expected a member of Modification"):
        bed(modifications=["mp074"])


def test_the_start_has_a_time_zone() -> None:
    with pytest.raises(DccValueError, match="time zone"):
        bed(start=NOW.replace(tzinfo=None))


def test_a_device_is_manufactured_once() -> None:
    made = bed()
    made.manufacture(DeviceType.ESME, METER, NOW)
    with pytest.raises(
        DccValueError, match=f"device: '{METER}', expected one that was not manufactured before"
    ):
        made.manufacture(DeviceType.GPF, METER, NOW)


def test_a_role_is_that_of_certificates() -> None:
    wrong: Any = UserRole.ED
    with pytest.raises(DccValueError, match=r"role: .*expected a member of RemotePartyRole"):
        bed().enrol(USER, wrong)


def test_a_service_is_a_member_and_no_text() -> None:
    client = bed().enrol(USER, RemotePartyRole.SUPPLIER)
    wrong: Any = "6.21"
    with pytest.raises(DccValueError, match=r"service: '6\.21', expected a member of Srv"):
        client.request(wrong, METER, ReadSchedule(METER), NOW)
