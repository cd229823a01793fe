"""The explaining commands: the rule book with its tests, what a code means, what is assumed."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import rule_tests
from hatchling.builders.wheel import WheelBuilder

import dcc
import devices
from dcc.alert_codes import DccAlertCode
from dcc.duis.signing_roles import XmlSigningRoles
from dcc.response_codes import ResponseCode
from dcc.rules.order import RULE_BOOK
from dcc.rules.smets1 import S1SP_RULES
from devices.assumptions import DeviceAssumptions
from devices.device_types import DEVICE_CLASSES
from devices.gbcs.identifiers import DeviceType, MessageCode
from devices.gbcs.use_cases import use_case
from scenarios.cli import main
from scenarios.explain_codes import explain
from scenarios.explain_divergences import Section, sections
from scenarios.explain_source import assumption_remarks, field_texts, sentences_by_field

RULE_IDS = [rule.id for rule in RULE_BOOK]


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed(capsys, *arguments, "--json"))
    return found


# Which tests try which rule


def test_the_record_of_tests_is_what_pytest_collects() -> None:
    """Stale? ``python tests/rule_tests.py`` writes it anew."""
    assert rule_tests.recorded_rows() == rule_tests.rows_of(rule_tests.collected_tests(), rule_tests.RULE_IDS)


def test_a_test_belongs_to_the_rule_that_its_first_parameter_names() -> None:
    tests = [
        "a.py::t[one]",
        "a.py::t[one-E4]",
        "a.py::t[one-more]",
        "a.py::t[E4-one]",
        "a.py::one",
        "a.py::t[one2]",
    ]
    assert rule_tests.rows_of(tests, ["one-more", "one"]) == [
        ("one", "a.py::t[one]"),
        ("one", "a.py::t[one-E4]"),
        ("one-more", "a.py::t[one-more]"),
    ]


# dccbench rules


def test_rules_are_listed_in_their_order_with_all_that_they_say(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "rules")
    assert found["schema"] == "dccbench/rules/1"
    for key, book in (("rules", RULE_BOOK), ("s1sp_rules", S1SP_RULES)):
        for number, (listed, rule) in enumerate(zip(found[key], book, strict=True), start=1):
            assert (listed["number"], listed["id"]) == (number, rule.id)
            assert listed["step"] == rule.step
            assert listed["clause"] == {"document": rule.clause.document, "clause": rule.clause.clause}
            assert listed["text"] == rule.text
            assert listed["confirmed"] is rule.confirmed
            assert listed["modification"] == (rule.under.value if rule.under else None)


def test_every_rule_is_listed_with_a_passing_and_a_failing_case(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "rules")
    for rule in (*found["rules"], *found["s1sp_rules"]):
        functions = {test.partition("[")[0].partition("::")[2] for test in rule["tests"]}
        assert {"test_smallest_passing_case", "test_smallest_failing_case"} <= functions, rule["id"]


def test_a_rule_with_codes_by_service_names_the_services(capsys: pytest.CaptureFixture[str]) -> None:
    rules = {rule["id"]: rule["codes"] for rule in as_json(capsys, "rules")["rules"]}
    assert rules["top-up-floor-fits-role"] == [
        {"code": "E061504", "confirmed": True, "stand_in": None, "services": ["6.15.1"]},
        {"code": "E062102", "confirmed": False, "stand_in": None, "services": ["6.21"]},
    ]
    assert rules["request-id-is-new"] == [
        {"code": "SIM-DUP", "confirmed": False, "stand_in": "E61", "services": None}
    ]


def test_rules_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "rules")
    lines = text.splitlines()
    assert all(rule_id in text for rule_id in RULE_IDS)
    assert max(map(len, lines)) <= 110
    assert all(rule.id in text for rule in S1SP_RULES)
    assert any(line.startswith(f"{len(RULE_BOOK)} rules, ") for line in lines)
    assert lines[-1].startswith(f"{len(S1SP_RULES)} checks, ")
    (line,) = [line for line in lines if "network-operator-certificate-matches-mpan" in line]
    assert "SIM-E061590" in line


def test_an_installed_wheel_knows_the_tests_too(tmp_path: Path) -> None:
    wheel = next(WheelBuilder(str(rule_tests.ROOT)).build(directory=str(tmp_path), versions=["standard"]))
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    program = "import sys, scenarios.cli as c; print(c.__file__); sys.exit(c.main(['rules', '--json']))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    where, _, text = done.stdout.partition("\n")
    assert Path(where).is_relative_to(installed)
    found = json.loads(text)
    assert all(rule["tests"] for rule in (*found["rules"], *found["s1sp_rules"]))


# dccbench explain


def test_a_confirmed_code_of_a_service(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "explain", "E061505")
    assert found["schema"] == "dccbench/explain/1"
    assert (found["kind"], found["name"], found["confirmed"]) == ("response code", "E061505", True)
    assert found["meaning"] == "certificate type not applicable to the device type"
    assert found["service"] == "6.15.1"
    assert found["stand_in"] is None
    (raising,) = found["raised_by"]
    assert raising == {
        "book": "DSP",
        "number": RULE_IDS.index("certificate-type-fits-device") + 1,
        "rule": "certificate-type-fits-device",
        "confirmed": True,
        "services": ["6.15.1"],
    }


def test_a_code_of_our_own_names_its_stand_in_and_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "explain", "SIM-PSC")
    assert found["confirmed"] is False
    assert found["stand_in"] == "E58"
    assert {raising["rule"] for raising in found["raised_by"]} == {
        rule.id
        for rule in RULE_BOOK
        if ResponseCode.SIM_PSC
        in ([rule.on_fail] if isinstance(rule.on_fail, ResponseCode) else rule.on_fail.values())
    }
    text = printed(capsys, "explain", "SIM-PSC")
    assert "assumed, no source seen" in text
    assert "goes out as: E58" in text


def test_a_real_code_says_for_which_of_ours_it_goes_out() -> None:
    details = {detail.key: detail.value for detail in explain("E50").details}
    assert details["stands_in_for"] == ["SIM-AUTH", "SIM-CERT"]
    assert details["raised_by"] == []


def test_a_code_that_no_rule_raises_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert "raised by: no rule of the books" in printed(capsys, "explain", "E20")


def test_a_dcc_alert(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "explain", "n42")
    assert (found["kind"], found["name"], found["confirmed"]) == ("DCC Alert", "N42", False)
    assert found["payload"] == "SecurityCredentialsUpdated"
    assert found["payload_confirmed"] is False
    assert "SecurityCredentialsUpdated (assumed)" in printed(capsys, "explain", "N42")
    assert "payload: UpdateHANDeviceLogResult\n" in printed(capsys, "explain", "N24")


@pytest.mark.parametrize("name", ["8F66", "8f66", "0x8F66"])
def test_an_alert_of_a_device(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "explain", name)
    assert (found["kind"], found["name"], found["confirmed"]) == ("device alert", "8F66", True)
    assert found["meaning"] == "future-dated command successfully actioned"


def test_an_alert_of_a_device_says_what_it_refuses_so() -> None:
    (detail,) = explain("8F3D").details
    assert detail.value == ["MAC does not verify", "signature does not verify"]


def test_a_rule(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "explain", "sender-is-registered")
    assert (found["kind"], found["confirmed"], found["clause"]) == ("rule", True, "SEC Appendix AB 6.1(f)")
    assert [code["code"] for code in found["codes"]] == ["E4"]
    assert found["modification"] is None
    assert all("[sender-is-registered" in test for test in found["tests"])
    matches = as_json(capsys, "explain", "network-operator-certificate-matches-mpan")
    assert matches["modification"] == "secmp0063"


def test_a_check_of_an_s1sp(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "explain", "s1sp-registration")
    assert (found["kind"], found["book"], found["number"], found["confirmed"]) == ("rule", "S1SP", 5, True)
    assert [code["code"] for code in found["codes"]] == ["E1004"]
    assert len(found["tests"]) >= 2
    raising = as_json(capsys, "explain", "E1004")["raised_by"]
    assert [(rule["book"], rule["rule"]) for rule in raising] == [("S1SP", rule.id) for rule in S1SP_RULES]
    assert "S1SP 6 s1sp-ownership: any service" in printed(capsys, "explain", "E1004")
    assert "s1sp-ownership" in str(in_section("codes")["E1004"])


def test_every_code_and_rule_can_be_explained_under_its_own_name() -> None:
    for name in (
        *(code.value for code in ResponseCode),
        *(code.value for code in DccAlertCode),
        *rule_tests.RULE_IDS,
    ):
        assert explain(name).name == name


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("E061502", "E061501, E061504, E061505"),
        ("SIM_PSC", "SIM-PSC"),
        ("N32", "N3"),
        ("8F65", "8F6"),
        ("sender-registered", "sender-is-registered"),
    ],
)
def test_an_unknown_name_is_one_line_with_the_nearest(
    name: str, nearest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", name]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith(f"dccbench: '{name}': expected a response code, ")
    assert nearest in line.partition("the nearest are ")[2]


@pytest.mark.parametrize("name", ["", " ", "\x1b[31m", "E" * 5000, "é\ud800"])
def test_names_of_every_kind_are_refused_in_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", name]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "\x1b" not in line


# dccbench divergences


@cache
def all_sections() -> tuple[Section, ...]:
    return sections()


def in_section(key: str) -> dict[str, str | None]:
    """Name and what is in force of the entries of a section."""
    (section,) = [section for section in all_sections() if section.key == key]
    return {entry.name: entry.in_force for entry in section.entries}


def test_divergences_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "divergences")
    assert found["schema"] == "dccbench/divergences/1"
    listed = {section["key"]: len(section["entries"]) for section in found["sections"]}
    assert listed == {section.key: len(section.entries) for section in all_sections()}
    assert all(listed.values())
    for section in found["sections"]:
        for entry in section["entries"]:
            assert list(entry) == ["name", "text", "clause", "in_force"]
            assert entry["text"]


def test_divergences_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "divergences").splitlines()
    assert max(map(len, lines)) <= 110
    assert "Codes of our own, and what goes out in their place (stand_ins): 14" in lines
    assert lines[-1].startswith(f"{sum(len(section.entries) for section in all_sections())} in all")


def test_divergences_with_words(capsys: pytest.CaptureFixture[str]) -> None:
    """A section's own key is all of it; other words are looked for in whatever an entry says."""
    (section,) = as_json(capsys, "divergences", "stand_ins")["sections"]
    assert len(section["entries"]) == 14
    found = as_json(capsys, "divergences", "Gas", "PROXY")["sections"]
    texts = [" ".join(filter(None, entry.values())).lower() for part in found for entry in part["entries"]]
    assert texts
    assert all("gas" in text and "proxy" in text for text in texts)
    (one,) = as_json(capsys, "divergences", "stand_ins", "SIM-QUARANTINE")["sections"]
    assert [entry["in_force"] for entry in one["entries"]] == ["E53"]
    assert main(["divergences", "no such thing"]) == 2
    assert "nothing has 'no such thing', expected other words or one of: rules, " in capsys.readouterr().err


def test_assumed_rules_and_their_codes_are_listed() -> None:
    assert set(in_section("rules")) == {rule.id for rule in RULE_BOOK if not rule.confirmed}
    codes = in_section("codes")
    assert "top-up-floor-fits-role" in str(codes["E062102"])
    assert "E061504" not in codes
    assert not any(name.startswith("SIM-") for name in codes)
    assert in_section("stand_ins")["SIM-QUARANTINE"] == "E53"


def test_switches_of_the_dcc_are_listed_with_what_is_in_force() -> None:
    switches = in_section("switches")
    assert switches["unknown_mpxn"] == "pass"
    assert switches["access_control_broker.counters"] == "per device, from 1"
    assert switches["xml_signing_roles"] == XmlSigningRoles.STRICT.value
    assert switches["furthest_execution"] == "none"
    assert "rules.order_of_checks" in switches


def test_switches_of_devices_are_listed_with_text_and_clause() -> None:
    (section,) = [section for section in all_sections() if section.key == "devices"]
    entries = {entry.name: entry for entry in section.entries}
    assert set(DeviceAssumptions._fields) <= set(entries)
    assert entries["counters_strictly_rise"].clause == "GBCS 4.3.1.5"
    assert entries["counters_strictly_rise"].text == "a counter equal to the last one is a replay."
    assert entries["path_times"].in_force == "when the command is received"
    assert entries["issuers_are_kept"].in_force == "False"
    clauses = [entry.clause for entry in section.entries]
    assert clauses.index("GBCS 4.3.1.5") < clauses.index("GBCS 9.2") < clauses.index("GBCS 13.2")


def test_use_cases_that_devices_do_not_obey() -> None:
    (section,) = [section for section in all_sections() if section.key == "use_cases"]
    texts = {entry.name: entry.text for entry in section.entries}
    assert texts["ECS02 (001A)"].endswith("not obeyed by ESME")
    for kind in DeviceType:
        obeyed = DEVICE_CLASSES[kind].handlers if kind in DEVICE_CLASSES else ()
        for code in obeyed:
            case = use_case(code)
            assert case is not None
            text = texts.get(f"{case.name} ({code})", "not obeyed by")
            assert kind.value not in text.rpartition("not obeyed by")[2]
    assert MessageCode(0x0008) not in {MessageCode(int(name[-5:-1], 16)) for name in texts}


def test_inventory_and_services_are_listed() -> None:
    assert len(in_section("transitions")) > 10
    assert in_section("status_services")["6.23"] == "Suspended"
    services = in_section("services")
    assert services["1.1.1"] == "SIM-NOT-MODELLED"
    assert services["8.6"] == "E2"
    assert not {"6.15.1", "8.2", "12.2"} & set(services)


def test_the_wave_is_listed_without_what_stands_elsewhere() -> None:
    wave = in_section("install_wave")
    assert wave["rules.unknown_mpan_passes"] == "True"
    assert not set(wave) & {f"devices.{name}" for name in DeviceAssumptions._fields}


# What the code says of itself


class _Told:
    first: int = 1
    """6.1: the first
    of two."""

    second: int = 2
    third: str = ""
    """The third."""


def test_texts_of_fields() -> None:
    assert field_texts(_Told) == {"first": "6.1: the first of two.", "third": "The third."}


class _Documented:
    """Two fields.

    ``first`` is one, and
    so is ``second``. ``first`` again.
    """


def test_sentences_that_name_a_field() -> None:
    sentence = "first is one, and so is second."
    assert sentences_by_field(_Documented) == {"first": sentence, "second": sentence}


def test_remarks_are_whole_sentences_of_their_module() -> None:
    remarks = [*assumption_remarks(dcc), *assumption_remarks(devices)]
    assert ("devices.replay", "At manufacture all are 0 (assumed).") in {
        (remark.module, remark.text.rpartition("immutable. ")[2]) for remark in remarks
    }
    assert all("assumed" in remark.text for remark in remarks)
    assert not any("``" in remark.text or ":class:" in remark.text for remark in remarks)
    assert [remark.module for remark in remarks if remark.module == "dcc.rules.order"]
