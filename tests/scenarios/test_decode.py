"""``dccbench decode``: every header field by name, whatever the message; one line for what is none."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from message_samples import (
    BROKER,
    ESME,
    SUPPLIER,
    encrypted,
    encrypted_response,
    header,
    hex_of,
    signed,
    update_command,
)

from devices.gbcs.alerts import ALL_ALERTS
from devices.gbcs.credentials import ReplacementMode
from devices.gbcs.identifiers import OriginatorCounter
from devices.gbcs.message import Cra, DlmsDateTime, LengthForms, Message, encode, parse
from devices.gbcs.use_cases import use_case
from scenarios.cli import main
from scenarios.describe import describe
from scenarios.described import Item, as_json, as_lines, group, listing, printable
from scenarios.message_input import MAXIMUM_OCTETS

COMMAND = update_command()
HEADER_FIELDS = (
    "shape",
    "cra",
    "originator counter",
    "business originator",
    "business target",
    "date time",
    "message code",
    "use case",
    "carrier",
    "signature",
    "mac",
)


def decoded(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(["decode", *arguments]) == status
    captured = capsys.readouterr()
    assert (captured.err == "") == (status != 2)
    return captured.out


def decoded_json(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> Any:
    return json.loads(decoded(capsys, "--json", *arguments, status=status))


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line on standard error; nothing is printed, the status is 2."""
    assert main(["decode", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert "Traceback" not in line
    return line


def stdin_of(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))


def test_a_message_is_printed_field_by_field(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line.strip() for line in decoded(capsys, hex_of(COMMAND)).splitlines()]
    for expected in (
        "shape: full (signature and MAC)",
        "cra: command",
        "originator counter: 1200",
        f"business originator: {SUPPLIER}",
        f"business target: {ESME}",
        "date time: none",
        "message code: 0102 (CS02b supplierBySupplier, Update Security Credentials)",
        "carrier: ASN.1",
        "mode: 2 supplierBySupplier",
        "authorising cell: {supplier, digitalSignature}",
        "replacements: none",
        f"signature: {(COMMAND.signature or b'').hex().upper()}",
        f"mac: {(COMMAND.mac or b'').hex().upper()}",
    ):
        assert expected in lines


def test_the_same_is_there_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    message = decoded_json(capsys, hex_of(COMMAND))["message"]
    assert message["shape"] == "full"
    assert message["octets"] == len(encode(COMMAND))
    assert message["mac_header"] == {
        "length": len(encode(COMMAND)) - 9,
        "security_control": "11",
        "invocation_counter": 0,
    }
    assert message["grouping_header"] == {
        "cra": "command",
        "originator_counter": "1200",
        "business_originator": str(SUPPLIER),
        "business_target": str(ESME),
        "date_time": None,
        "other_information": {"message_code": "0102"},
    }
    assert message["use_case"]["name"] == "CS02b supplierBySupplier"
    assert message["payload"]["mode"] == {"number": 2, "name": "supplierBySupplier", "confirmed": True}
    assert message["payload"]["octets"] == COMMAND.payload.hex().upper()


def test_a_message_comes_as_argument_file_or_standard_input_in_hex_or_raw(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = hex_of(COMMAND)
    spaced = "\r\n".join(text[start : start + 32].lower() for start in range(0, len(text), 32)) + "\n"
    expected = decoded(capsys, text)
    assert decoded(capsys, spaced) == expected
    for name, content in {"a.HEX": text, "b.txt": spaced}.items():
        (tmp_path / name).write_text(content)
        assert decoded(capsys, str(tmp_path / name)) == expected
    (tmp_path / "c.bin").write_bytes(encode(COMMAND))
    assert decoded(capsys, str(tmp_path / "c.bin")) == expected
    for content in (spaced.encode(), encode(COMMAND)):
        stdin_of(monkeypatch, content)
        assert decoded(capsys, "-") == expected


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("DDF", "3 hex digits, expected an even number"),
        ("DD0", "3 hex digits"),
        ("no/such/file.HEX", "neither a file nor hex digits"),
        ("DD 00 GG", "neither a file nor hex digits"),
        ("\x1b[31mred\nline", r"\x1b[31mred\nline"),
        ("x" * 5000, ".."),
        ("DD", "MAC header"),
        ("DF", "grouping header"),
        ("00", "grouping header"),
        ("DD" * 100_000, "MAC header"),
        (hex_of(COMMAND)[:-2], "MAC header/length"),
        (hex_of(COMMAND) + "00", "MAC header/length"),
    ],
    ids=lambda value: ascii(value[:12]),
)
def test_rubbish_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], argument: str, says: str
) -> None:
    line = refused(capsys, argument)
    assert says in line
    assert len(line) < 300
    assert line.isprintable()


@pytest.mark.parametrize("content", [b"", b"\n", b"\x00\x01\x02", b"hello", b"\xff" * 100, b"DD0\n", b"\xdd"])
def test_rubbish_in_a_file_or_on_standard_input_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    stdin_of(monkeypatch, content)
    refused(capsys, "-")
    (tmp_path / "rubbish").write_bytes(content)
    refused(capsys, str(tmp_path / "rubbish"))


def test_a_folder_is_no_message(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert str(tmp_path) in refused(capsys, str(tmp_path))


def test_input_has_a_bound(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    largest = COMMAND._replace(
        payload=b"\x05" * (MAXIMUM_OCTETS - 200), header=header(Cra.COMMAND, 1, ESME, ESME)
    )
    stdin_of(monkeypatch, encode(largest))
    assert main(["decode", "-"]) == 0
    capsys.readouterr()
    for content in (
        b"\xdd" * (MAXIMUM_OCTETS + 1),
        b"DD" * (MAXIMUM_OCTETS + 1),
        b" " * (5 * MAXIMUM_OCTETS),
    ):
        stdin_of(monkeypatch, content)
        assert "at most" in (line := refused(capsys, "-")) or "more than" in line


def test_a_key_store_that_cannot_be_read_is_bad_input(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        assert str(folder) in refused(capsys, hex_of(COMMAND), "--keystore", str(folder))


def test_a_payload_that_is_not_its_use_cases_is_shown_in_hex_and_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong = update_command(ReplacementMode.ACB_BY_ACB)
    assert main(["decode", hex_of(wrong)]) == 2
    captured = capsys.readouterr()
    assert f"octets: {wrong.payload.hex().upper()}" in captured.out
    (line,) = captured.err.splitlines()
    assert "credentialsReplacementMode" in line


def test_what_is_unconfirmed_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    root = update_command(ReplacementMode.ROOT_BY_SUPPLIER)
    root = root._replace(header=header(Cra.COMMAND, 0x0100, SUPPLIER, ESME))
    assert "mode: 0 rootBySupplier (unconfirmed)" in decoded(capsys, hex_of(root))
    assert decoded_json(capsys, hex_of(root))["message"]["payload"]["mode"]["confirmed"] is False
    known = use_case(COMMAND.code)
    assert known is not None
    assert not known.confirmed
    assert "confirmed: no (unconfirmed" in decoded(capsys, hex_of(COMMAND))
    doubtful = next(row for row in ALL_ALERTS if not row.confirmed)
    alert = alert_of(doubtful.code)
    assert f"alert: {doubtful.code:04X} {doubtful.meaning} (unconfirmed)" in decoded(capsys, hex_of(alert))


def alert_of(code: int) -> Message:
    payload = bytes.fromhex("0F 200007D0 00 0202 12") + code.to_bytes(2, "big")
    payload += bytes.fromhex("090C 07DF0101FF000000008000FF")
    return signed(Message(header(Cra.ALERT, 0x1000, ESME, SUPPLIER), payload))


def test_alerts_are_named_whatever_carries_them(capsys: pytest.CaptureFixture[str]) -> None:
    carriers = {
        "DLMS data-notification": alert_of(0x8F30).payload,
        "GBZ": bytes.fromhex("010900 8F30 1C374A80"),
        "ASN.1": bytes.fromhex("3005 0203008F30"),
    }
    for carrier, payload in carriers.items():
        message = signed(Message(header(Cra.ALERT, 0x1000, ESME, SUPPLIER), payload))
        found = decoded_json(capsys, hex_of(message))["message"]
        assert found["alert"]["code"] == "8F30"
        assert found["alert"]["meaning"]
        assert found["payload"]["carrier"] == carrier
    assert "alert: 7777 (unknown)" in decoded(capsys, hex_of(alert_of(0x7777)))
    unreadable = signed(Message(header(Cra.ALERT, 0x1000, ESME, SUPPLIER), b"\x0f\x20"))
    assert "alert" not in decoded_json(capsys, hex_of(unreadable))["message"]


def test_every_field_of_other_information_and_date_time_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    base = header(Cra.RESPONSE, 0x0034, ESME, BROKER)
    other = base.other._replace(
        supplementary_party=SUPPLIER,
        supplementary_counter=OriginatorCounter(1004),
        supplementary_originator_counter=OriginatorCounter(2**64 - 1),
    )
    at = DlmsDateTime(2015, 1, 1, 255, 12, 30, 0, 0, 0x8000, 4)
    message = Message(base._replace(other=other, date_time=at), b"")
    found = decoded_json(capsys, hex_of(message))["message"]
    assert found["grouping_header"]["other_information"] == {
        "message_code": "0034",
        "supplementary_remote_party": str(SUPPLIER),
        "supplementary_remote_party_counter": "1004",
        "supplementary_originator_counter": str(2**64 - 1),
    }
    assert found["grouping_header"]["date_time"]["moment"] == "2015-01-01T12:30:00Z"
    assert found["payload"]["carrier"] == "empty"
    assert "date time: 2015-01-01T12:30:00Z, clock status 04" in decoded(capsys, hex_of(message))
    unspecified = message._replace(header=base._replace(date_time=at._replace(hour=0xFF)))
    assert "date time: not specified, clock status 04" in decoded(capsys, hex_of(unspecified))


def test_a_supplementary_certificate_that_is_none_is_shown_in_hex(capsys: pytest.CaptureFixture[str]) -> None:
    base = header(Cra.COMMAND, 0x0034, BROKER, ESME)
    other = base.other._replace(
        supplementary_party=SUPPLIER,
        supplementary_counter=OriginatorCounter(1),
        certificate=b"\x30\x07abcdefg",
    )
    found = decoded_json(capsys, hex_of(Message(base._replace(other=other), b"")))["message"]
    certificate = found["grouping_header"]["other_information"]["supplementary_certificate"]
    assert certificate["octets"] == "300761626364656667"
    assert "certificate" in certificate["error"]


def test_lengths_that_are_not_minimal_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    odd = COMMAND._replace(forms=LengthForms(3, 2, 4))
    out = decoded(capsys, hex_of(odd))
    assert out.count("not minimal") == 3 + 1
    payload = bytes.fromhex("308200020500")
    response = signed(Message(header(Cra.RESPONSE, 0x0102, ESME, SUPPLIER), payload))
    assert "forms not minimal 1: payload/response: length in 3 octets" in decoded(capsys, hex_of(response))


@pytest.fixture
def keys(conformance: Path) -> str:
    return str(conformance / "rtds" / "keystore")


@pytest.fixture
def rtds(conformance: Path) -> list[Path]:
    return sorted((conformance / "rtds" / "messages").glob("*/*.HEX"))


def test_every_reference_message_names_use_case_and_header_fields(
    rtds: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    for path in rtds:
        message = parse(bytes.fromhex(path.read_text()))
        out = "\n".join(as_lines(describe(message).item))
        for field in HEADER_FIELDS:
            assert f"  {field}:" in out, (path.name, field)
        known = use_case(message.code)
        assert known is not None, path.name
        assert known.name in out, path.name
        assert "unknown" not in out, path.name
        assert describe(message).payload_error is None, path.name
        if message.header.cra is Cra.ALERT:
            assert "  alert: " in out, path.name
    assert main(["decode", str(rtds[0])]) == 0


def test_the_keys_of_a_store_verify_a_reference_message(
    conformance: Path, keys: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = conformance / "rtds" / "messages" / "6.15.1_CS02bNOByNO"
    command = folder / "CS02bNOByNO_6.15.1_SUCCESS_COMMAND_GBCS.HEX"
    out = decoded(capsys, str(command), "--keystore", keys)
    assert "signature: verified (by 90-B3-D5-1F-30-02-00-00, networkOperator" in out
    assert "mac: verified (between the access control broker 90-B3-D5-1F-30-00-00-02 and 00-DB" in out
    assert "encrypted attributes: not present" in out
    found = decoded_json(capsys, str(command))["message"]["payload"]
    usages = [replacement["certificate"]["key_usage"] for replacement in found["replacements"]]
    assert usages == ["digitalSignature", "keyAgreement"]
    for replacement in found["replacements"]:
        assert replacement["certificate"]["subject"] == "90-B3-D5-1F-30-02-00-00"
        assert replacement["certificate"]["role"] == "networkOperator"
        assert replacement["certificate"]["not_before"] < replacement["certificate"]["not_after"]
    assert found["path_certificates"][0]["common_name"] == "Z1"


def test_a_forged_reference_message_fails_with_1(
    conformance: Path, keys: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = conformance / "rtds" / "messages" / "6.15.1_CS02bNOByNO"
    message = parse(bytes.fromhex((folder / "CS02bNOByNO_6.15.1_SUCCESS_COMMAND_GBCS.HEX").read_text()))
    forged = message._replace(signature=(message.signature or b"")[:-1] + b"\0")
    out = decoded(capsys, hex_of(forged), "--keystore", keys, status=1)
    assert "signature: FAILED" in out
    assert "mac: FAILED" in out
    verification = decoded_json(capsys, hex_of(forged), "--keystore", keys, status=1)["verification"]
    assert verification["signature"]["verdict"] == verification["mac"]["verdict"] == "failed"


def test_an_encrypted_attribute_of_a_reference_message_is_opened(
    rtds: list[Path], keys: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = next(path for path in rtds if path.name.startswith("ECS17b_4.1.1_SINGLE_SUCCESS_RESPONSE"))
    result = decoded_json(capsys, str(path), "--keystore", keys)["verification"]["encrypted_attributes"]
    assert result["verdict"] == "verified"
    assert len(result["plaintexts"]) == 1
    assert "plaintexts 1: " in decoded(capsys, str(path), "--keystore", keys)


def test_a_message_without_keys_says_which(
    rtds: list[Path], keys: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = next(path for path in rtds if path.name.startswith("PCS01_NA_SUCCESS_COMMAND"))
    out = decoded(capsys, str(path), "--keystore", keys)
    assert "mac: no key (no private key agreement key of 00-DB-12-34-56-78-90-A4" in out


def test_an_opened_attribute_needs_no_reference_data() -> None:
    message = encrypted_response(encrypted(b"\x12\x00\x07"))
    assert as_json(describe(message).item)["payload"]["carrier"] == "DLMS access-response"


def test_a_tree_reads_the_same_for_people_and_machines() -> None:
    tree = group(
        "outer",
        Item("a_number", 7),
        Item("nothing"),
        Item("yes_or_no", False),
        None,
        listing("things", group("thing", Item("name", "one")), group("thing", Item("name", "two"))),
        listing("none_of_these"),
        group("short", Item("part", 1), text="one line"),
    )
    assert as_json(tree) == {
        "a_number": 7,
        "nothing": None,
        "yes_or_no": False,
        "things": [{"name": "one"}, {"name": "two"}],
        "none_of_these": [],
        "short": {"part": 1},
    }
    assert list(as_lines(tree)) == [
        "outer:",
        "  a number: 7",
        "  nothing: none",
        "  yes or no: no",
        "  things 1:",
        "    name: one",
        "  things 2:",
        "    name: two",
        "  none of these: none",
        "  short: one line",
    ]


@given(st.text())
def test_printable_text_is_one_line_that_moves_no_cursor(text: str) -> None:
    assert printable(text).isprintable()
    assert not text.isprintable() or printable(text) == text


def test_counters_and_floors_of_a_payload_are_text_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decode", hex_of(COMMAND), "--json"]) == 0
    payload = json.loads(capsys.readouterr().out)["message"]["payload"]
    found = {key: value for key, value in payload.items() if key in {"counter", "floor"}}
    assert found.keys() == {"counter", "floor"}
    assert int(found["counter"]) > 0
    assert all(value is None or isinstance(value, str) for value in found.values())
