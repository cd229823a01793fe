"""The conformance suite: on folders of our own, and on the whole reference test data set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from message_samples import (
    BROKER,
    ESME,
    SUPPLIER,
    Keys,
    encrypted,
    encrypted_response,
    header,
    hex_of,
    maced,
    update_command,
)

from dcc.smki.keystore import Keystore
from devices.gbcs.credentials import ReplacementMode
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.identifiers import Eui64
from devices.gbcs.message import Cra, Message
from scenarios.cli import main
from scenarios.commands import conformance as conformance_command
from scenarios.conformance import CHECKS, ConformanceReport, check_folder
from scenarios.errors import InputError
from scenarios.message_checks import Verdict

ALL = Keys().store()
STRANGER = Eui64.parse("00-DB-12-34-99-99-99-99")


def report_on(folder: Path, keystore: Keystore = ALL) -> ConformanceReport:
    return check_folder(folder, keystore, CryptoProvider())


def verdicts(report: ConformanceReport, message: str) -> dict[str, str]:
    (found,) = [entry for entry in report.messages if entry.name == message]
    return {check: found.results[check].verdict.value for check in CHECKS}


def test_good_messages_pass_and_are_counted_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "COMMAND.HEX").write_text(hex_of(update_command()) + "\n")
    (tmp_path / "response.hex").write_text(hex_of(encrypted_response(encrypted(b"\x12\x00\x07"))).lower())
    (tmp_path / "notes.txt").write_text("nothing to do with it")
    report = report_on(tmp_path)
    assert not report.failed
    assert report.attributes == 1
    assert [entry.name for entry in report.messages] == ["deep/er/COMMAND.HEX", "response.hex"]
    assert verdicts(report, "deep/er/COMMAND.HEX") == {
        "parse": "ok",
        "re-encode": "ok",
        "payload re-encode": "ok",
        "signature": "ok",
        "MAC": "ok",
        "encrypted attributes": "not present",
    }
    assert verdicts(report, "response.hex")["encrypted attributes"] == "ok"


def test_a_message_that_does_not_parse_fails_and_reaches_no_other_check(tmp_path: Path) -> None:
    (tmp_path / "CUT.HEX").write_text(hex_of(update_command())[:-2])
    (tmp_path / "RUBBISH.HEX").write_text("no message")
    report = report_on(tmp_path)
    assert report.failed
    for name in ("CUT.HEX", "RUBBISH.HEX"):
        assert verdicts(report, name) == {"parse": "failed"} | dict.fromkeys(CHECKS[1:], "not reached")


def test_each_failure_is_that_of_its_check(tmp_path: Path) -> None:
    command = update_command()
    signature, mac = bytearray(command.signature or b""), bytearray(command.mac or b"")
    signature[5] ^= 1
    mac[5] ^= 1
    wrong_mode = update_command(ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR)
    (tmp_path / "SIGNATURE.HEX").write_text(hex_of(command._replace(signature=bytes(signature), mac=None)))
    (tmp_path / "MAC.HEX").write_text(hex_of(command._replace(mac=bytes(mac))))
    (tmp_path / "PAYLOAD.HEX").write_text(hex_of(wrong_mode))
    response = encrypted_response(encrypted(b"1", party=BROKER))
    (tmp_path / "ATTRIBUTE.HEX").write_text(hex_of(response))
    report = report_on(tmp_path)
    failed = {
        entry.name: [check for check, _ in entry.with_verdict(Verdict.FAILED)] for entry in report.messages
    }
    assert failed == {
        "ATTRIBUTE.HEX": ["encrypted attributes"],
        "MAC.HEX": ["MAC"],
        "PAYLOAD.HEX": ["payload re-encode"],
        "SIGNATURE.HEX": ["signature"],
    }


def test_a_message_without_keys_is_listed_and_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "COMMAND.HEX").write_text(hex_of(update_command()))
    report = report_on(tmp_path, Keys(private=(BROKER,), public=(ESME,)).store())
    assert not report.failed
    assert report.messages[0].with_verdict(Verdict.NO_KEY) == [
        ("signature", f"no digital signing key of {SUPPLIER}")
    ]


def lacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: Keys) -> list[str]:
    """The command's arguments for one message, with a key store that is not complete."""
    (tmp_path / "COMMAND.HEX").write_text(hex_of(update_command()))
    monkeypatch.setattr(conformance_command, "load_keystore", lambda _: keys.store())
    return ["conformance", "rtds", "--messages", str(tmp_path), "--keystore", "."]


def test_a_check_that_was_never_made_leaves_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = lacking(tmp_path, monkeypatch, Keys(private=(BROKER,), public=(ESME,)))
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert said.err == "dccbench: signature: never made, keys lacked for all 1 messages that have it\n"
    assert said.out.index("failures: none") < said.out.index("without keys: 1")
    assert main([*arguments, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["never_made"] == ["signature"]


def test_a_check_that_was_made_once_may_lack_keys_elsewhere_up_to_the_number_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = lacking(tmp_path, monkeypatch, Keys())
    message = maced(Message(header(Cra.COMMAND, 0x7FFF, SUPPLIER, STRANGER), b"\x05\x00"), BROKER, ESME)
    (tmp_path / "STRANGER.HEX").write_text(hex_of(message))
    assert main(arguments) == 0
    assert main([*arguments, "--most-without-keys", "1"]) == 0
    assert capsys.readouterr().err == ""
    assert main([*arguments, "--most-without-keys", "0"]) == 1
    assert capsys.readouterr().err == "dccbench: 1 checks without keys, expected at most 0\n"


@pytest.mark.parametrize("number", ["-1", "some", "9" * 5000])
def test_most_without_keys_is_a_number(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["conformance", "rtds", "--messages", ".", "--keystore", ".", f"--most-without-keys={number}"]
    assert main(arguments) == 2
    assert "--most-without-keys" in capsys.readouterr().err


def test_a_file_as_messages_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "file.HEX").write_text(hex_of(update_command()))
    with pytest.raises(InputError, match=r"file\.HEX: is a file, expected a folder"):
        report_on(tmp_path / "file.HEX")


@pytest.mark.parametrize("folder", ["missing", "empty", "file.HEX"])
def test_a_folder_without_messages_is_bad_input(
    tmp_path: Path, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty" / "inside").mkdir(parents=True)
    (tmp_path / "file.HEX").write_text(hex_of(update_command()))
    with pytest.raises(InputError, match=folder):
        report_on(tmp_path / folder)
    assert main(["conformance", "rtds", "--messages", str(tmp_path / folder), "--keystore", "."]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "messages"
    elsewhere.mkdir()
    (folder / "own").mkdir(parents=True)
    (elsewhere / "FAR.HEX").write_text(hex_of(update_command()))
    (folder / "own" / "NEAR.hex").write_text(hex_of(update_command()).lower())
    (folder / "linked").symlink_to(elsewhere)
    (folder / "linked-again").symlink_to(elsewhere)
    (folder / "own" / "round").symlink_to(folder)
    (folder / "nowhere").symlink_to(tmp_path / "missing")
    assert [each.name for each in report_on(folder).messages] == ["linked/FAR.HEX", "own/NEAR.hex"]


def rtds(conformance: Path, *options: str) -> list[str]:
    folder = conformance / "rtds"
    paths = ["--messages", str(folder / "messages"), "--keystore", str(folder / "keystore")]
    return ["conformance", "rtds", *paths, *options]


def test_the_whole_reference_set_conforms(conformance: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Between two devices, and no private key of a device is published: four MACs, and nothing else.
    assert main(rtds(conformance, "--most-without-keys", "3")) == 1
    capsys.readouterr()
    assert main(rtds(conformance, "--json", "--most-without-keys", "4")) == 0
    report = json.loads(capsys.readouterr().out)
    files = list((conformance / "rtds" / "messages").glob("*/*.HEX"))
    assert report["messages"] == len(files)
    assert report["failures"] == []
    for check, counts in report["checks"].items():
        assert sum(counts.values()) == len(files), check
        assert counts["failed"] == counts["not reached"] == 0, check
    for check in ("parse", "re-encode"):
        assert report["checks"][check]["ok"] == len(files)
    for check in CHECKS[2:]:
        assert report["checks"][check]["ok"], check
    assert report["never_made"] == []
    devices = {entry["message"].partition("/")[0] for entry in report["without_keys"]}
    assert devices == {"NA_PCS01", "NA_PCS02"}
    assert all(entry["check"] == "MAC" and entry["reason"] for entry in report["without_keys"])
    assert report["checks"]["MAC"]["no key"] == len(report["without_keys"])
    assert report["attributes_opened"] >= report["checks"]["encrypted attributes"]["ok"]
    assert report["computed"]["signatures_verified"] >= report["checks"]["signature"]["ok"]


def test_the_counts_are_printed_for_people(conformance: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(rtds(conformance)) == 0
    lines = capsys.readouterr().out.splitlines()
    files = len(list((conformance / "rtds" / "messages").glob("*/*.HEX")))
    table = {line[:22].strip(): line[22:].split() for line in lines if line[:22].strip() in CHECKS}
    assert table["parse"] == table["re-encode"] == [str(files), "0", "0", "0"]
    assert list(table) == list(CHECKS)
    assert "failures: none" in lines


def test_a_failure_in_the_reference_set_is_named_and_leaves_with_1(
    conformance: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = next((conformance / "rtds" / "messages").glob("*/*CS02bNOByNO_6.15.1_SUCCESS_COMMAND*"))
    text = source.read_text().strip()
    (tmp_path / "FORGED.HEX").write_text(text[:-1] + ("0" if text[-1] != "0" else "1"))
    arguments = ["--messages", str(tmp_path), "--keystore", str(conformance / "rtds" / "keystore")]
    assert main(["conformance", "rtds", *arguments]) == 1
    out = capsys.readouterr().out
    assert "failures: 1" in out
    assert "FORGED.HEX: MAC:" in out


def test_two_runs_print_the_same(conformance: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(rtds(conformance, "--json"))
    first = capsys.readouterr().out
    main(rtds(conformance, "--json"))
    assert capsys.readouterr().out == first


def test_a_message_of_no_use_case_that_we_know_is_checked_all_the_same(tmp_path: Path) -> None:
    message = maced(Message(header(Cra.COMMAND, 0x7FFF, SUPPLIER, ESME), b"\x05\x00"), BROKER, ESME)
    (tmp_path / "NEW.HEX").write_text(hex_of(message))
    assert verdicts(report_on(tmp_path), "NEW.HEX")["MAC"] == "ok"
