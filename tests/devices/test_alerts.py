from __future__ import annotations

import re
from pathlib import Path

import pytest

from devices.gbcs.alerts import ALL_ALERTS, AlertCode, alert


def test_each_code_has_one_row_in_rising_order() -> None:
    codes = [found.code for found in ALL_ALERTS]
    assert codes == sorted(set(codes))


@pytest.mark.parametrize(
    "expected",
    [
        AlertCode(0x8F12, "CHF device log changed", confirmed=True),
        AlertCode(0x8F66, "future-dated command successfully actioned", confirmed=True),
        AlertCode(0x8F67, "future-dated command not successfully actioned", confirmed=True),
        AlertCode(0x8F70, "update security credentials", confirmed=False),
        AlertCode(0x8F8B, "firmware version alert", confirmed=True),
    ],
)
def test_row(expected: AlertCode) -> None:
    assert alert(expected.code) == expected


@pytest.mark.parametrize("code", [0x8F1E, 0x8F30, 0x8F3D, 0x8F3E, 0x8F53, 0x8F60])
def test_every_code_for_a_refused_command_has_a_meaning(code: int) -> None:
    found = alert(code)
    assert found is not None
    assert found.meaning


@pytest.mark.parametrize("code", [0, 0x8F11, 0xFFFF])
def test_unknown_code(code: int) -> None:
    assert alert(code) is None


def test_code_of_every_sample_alert_has_a_meaning(conformance: Path) -> None:
    """A sample names its alert code in its file name where it has one."""
    messages = conformance / "rtds" / "messages"
    named = {
        int(found[1], 16)
        for path in messages.glob("*/*_ALERT*.HEX")
        if (found := re.search(r"_(8[0-9A-F]{3})_", path.name))
    }
    assert named
    assert {code for code in named if alert(code) is None} == set()
