"""``dccbench device``: make, show, feed; whatever goes wrong is one line and leaves the file alone."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dcc.bodies.credentials import ReplaceCredentials
from dcc.srv import Srv
from devices import cells
from devices.device_types import DEVICE_CLASSES
from devices.gbcs.identifiers import DeviceType, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import encode
from devices.snapshot import snapshot
from devices.update_credentials import EXECUTED_ALERT
from scenarios.cli import main
from scenarios.commands import device as device_command
from scenarios.device_file import load_device, moment_of, save_device, timestamp
from scenarios.device_messages import Rehearsal, trial_commands
from scenarios.device_world import NETWORK_OPERATOR_IDS, SUPPLIER_ID, DeviceWorld
from scenarios.errors import InputError
from scenarios.test_bed import ACB_ID

EUI = "00-DB-12-34-56-78-90-A0"
SEED = "7"
MADE = "2026-01-05T00:00:00Z"
ALL_TYPES = tuple(kind.value for kind in DEVICE_CLASSES)
NETWORK_NAMES = (
    "01-handover-supplier",
    "02-handover-network-operator",
    "03-update-by-network-operator",
    "04-read-by-network-operator",
    "05-recovery",
    "06-retrieve-credentials",
)
SUPPLIER_NAMES = ("01-handover-supplier", "02-recovery", "03-retrieve-credentials")
NAMES = {
    "ESME": NETWORK_NAMES,
    "GPF": NETWORK_NAMES,
    "GSME": SUPPLIER_NAMES,
    "HCALCS": SUPPLIER_NAMES,
    "CHF": ("01-retrieve-credentials",),
    "PPMID": ("01-retrieve-credentials",),
}


class Bench:
    """A folder with a device in it, and the command line."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.file = folder / "device.json"
        self.commands = folder / "commands"
        self._capsys = capsys

    def run(self, *arguments: str | Path, status: int = 0) -> str:
        """What is printed; nothing on standard error."""
        assert main(["device", *map(str, arguments)]) == status
        captured = self._capsys.readouterr()
        assert captured.err == ""
        return captured.out

    def bad(self, *arguments: str | Path) -> str:
        """The one line of bad input."""
        assert main(["device", *map(str, arguments)]) == 2
        captured = self._capsys.readouterr()
        assert captured.out == ""
        (line,) = captured.err.splitlines()
        assert line.startswith("dccbench: ")
        assert line.isprintable()
        assert len(line) < 400
        return line

    def create(self, kind: str = "ESME", *more: str) -> str:
        return self.run("create", self.file, "--type", kind, "--eui", EUI, "--seed", SEED, *more)

    def messages(self) -> list[Path]:
        self.run("messages", self.file, self.commands)
        return sorted(self.commands.iterdir())

    def feed(self, *arguments: str | Path, status: int = 0) -> Any:
        return json.loads(self.run("feed", self.file, *arguments, "--json", status=status))

    def show(self) -> Any:
        return json.loads(self.run("show", self.file, "--json"))

    def holders(self, role: str = "networkOperator") -> list[str]:
        """Who is in the cells of a role, by name."""
        return [cell["name"] for cell in self.show()["cells"] if cell["role"] == role]


@pytest.fixture
def bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(tmp_path, capsys)


@pytest.fixture
def esme(bench: Bench) -> Bench:
    bench.create()
    return bench


def command(bench: Bench, number: int) -> Path:
    (found,) = bench.commands.glob(f"{number:02}-*.hex")
    return found


# --- making and showing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_a_device_of_any_type_is_made_in_factory_state_and_shown(bench: Bench, kind: str) -> None:
    assert f"{kind} {EUI}, seed 7, made {MADE}" in bench.create(kind)
    view = bench.show()
    assert (view["type"], view["eui"], view["manufactured"], view["seed"]) == (kind, EUI, MADE, 7)
    device_type = DeviceType(kind)
    assert [cell["role"] for cell in view["cells"]] == [
        cell.role.field_name for cell in cells.CELLS_BY_DEVICE_TYPE[device_type]
    ]
    doubtful = {cell["role"] for cell in view["cells"] if not cell["confirmed"]}
    assert doubtful == {cell.role.field_name for cell in cells.UNCONFIRMED_CELLS[device_type]}
    assert view["cells"][0]["name"] == "Test root"
    assert all(cell["name"] for cell in view["cells"])
    assert {each["counter"] for each in view["counters"]["by_role"]} == {0}
    assert view["log"] == view["pending"] == view["counters"]["by_party"] == []
    assert [each["use"] for each in view["certificates"]] == ["signing", "agreement"]


def test_the_file_says_that_it_holds_test_keys_of_a_seed(esme: Bench) -> None:
    envelope = json.loads(esme.file.read_text())
    assert list(envelope) == ["format", "note", "seed", "at", "device"]
    assert "private test keys" in envelope["note"]
    assert (envelope["seed"], envelope["at"]) == (7, MADE)


def test_a_device_is_a_function_of_type_eui_seed_and_time(bench: Bench) -> None:
    def made(kind: str = "ESME", eui: str = EUI, seed: str = "7", at: str = MADE) -> bytes:
        options = ("--type", kind, "--eui", eui, "--seed", seed, "--at", at, "--force")
        bench.run("create", bench.file, *options)
        return bench.file.read_bytes()

    first = made()
    assert made() == made(kind="esme") == made(at="2026-01-05T01:00:00+01:00") == first
    others = [
        made(kind="GPF"),
        made(eui="00-DB-12-34-56-78-90-A1"),
        made(seed="8"),
        made(at="2027-01-05T00:00Z"),
    ]
    assert len({first, *others}) == 5


def test_the_tables_hold_what_the_json_holds(esme: Bench) -> None:
    esme.messages()
    esme.run("feed", esme.file, command(esme, 2))
    esme.run("feed", esme.file, command(esme, 2), status=1)
    text = esme.run("show", esme.file)
    rows = [[part.strip() for part in line.strip("|").split("|")] for line in text.splitlines()]
    view = esme.show()
    for cell in view["cells"]:
        period = f"{cell['not_before'][:10]} to {cell['not_after'][:10]}"
        last = "key_usage" if cell["cell_usage"] == "management" else "cell_usage"
        (row,) = [row for row in rows if row[0].startswith(cell["role"]) and row[0].endswith(cell[last])]
        assert row[1:] == [
            cell["holder"] or "-", cell["name"], cell["key_identifier"], cell["certificate_role"], period
        ]  # fmt: skip
    assert ["networkOperator", str(ACB_ID), "Access control broker", "2"] in rows
    assert ["alerts sent", "1"] in rows
    name = "CS02b networkOperatorByNetworkOperator"
    logged = [row[1:6] for row in rows if row[0] == MADE]
    assert logged == [
        [result, name, str(ACB_ID), "Access control broker", "2"] for result in ("accepted", "refused")
    ]
    assert "Pending commands: none" in text
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_a_strangers_certificate_has_no_name(bench: Bench) -> None:
    bench.create()
    envelope = json.loads(bench.file.read_text())
    envelope["seed"] = 8
    bench.file.write_text(json.dumps(envelope))
    assert {cell["name"] for cell in bench.show()["cells"]} == {None}


# --- feeding --------------------------------------------------------------------------------------------


def test_a_handover_is_obeyed_and_a_replay_refused(esme: Bench) -> None:
    esme.messages()
    assert esme.holders() == ["Access control broker"] * 2
    (fed,) = esme.feed(command(esme, 2))["messages"]
    assert fed["accepted"]
    assert fed["originator"] == {"eui": str(ACB_ID), "name": "Access control broker"}
    (sent,) = fed["sent"]
    assert (sent["kind"], sent["to"]["eui"], sent["counter"]) == ("response", str(ACB_ID), 2)
    assert sent["counter_changes"] == [{"role": "networkOperator", "counter": 0}]
    assert [
        (item["status"], item["existing"]["name"], item["replacing"]["name"]) for item in sent["replacements"]
    ] == [("success", "Access control broker", "Network operator A")] * 2
    assert esme.holders() == ["Network operator A"] * 2
    before = esme.show()
    (again,) = esme.feed(command(esme, 2), status=1)["messages"]
    assert (again["accepted"], again["refusal"]) == (False, "originator without authority")
    after = esme.show()
    assert after["cells"] == before["cells"]
    assert after["counters"] == {**before["counters"], "alerts": 1}
    assert [entry["accepted"] for entry in after["log"]] == [True, False]


@pytest.mark.parametrize("kind", ["ESME", "GPF"])
def test_recovery_gives_the_cells_to_the_broker_and_old_numbers_stay_used_up(bench: Bench, kind: str) -> None:
    bench.create(kind)
    bench.messages()
    bench.feed(*(command(bench, number) for number in (1, 2, 3)))
    assert bench.holders() == [f"{'Network operator' if kind == 'ESME' else 'Gas transporter'} B"] * 2
    (fed,) = bench.feed(command(bench, 5))["messages"]
    assert fed["originator"]["name"] == "DCC recovery"
    assert fed["sent"][0]["counter_changes"] == [{"role": "networkOperator", "counter": 2}]
    assert bench.holders() == ["Access control broker"] * 2
    for number in (2, 5):
        (again,) = bench.feed(command(bench, number), status=1)["messages"]
        assert again["refusal"] == "replay"
        assert again["sent"][0]["alert"]["code"] == "8F53"
        assert again["sent"][0]["to"]["name"] == "Supplier A"


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_the_written_commands_are_obeyed_in_their_order(bench: Bench, kind: str) -> None:
    bench.create(kind)
    files = bench.messages()
    assert tuple(path.stem for path in files) == NAMES[kind]
    fed = bench.feed(*files)["messages"]
    assert all(each["accepted"] for each in fed)
    assert fed[-1]["use_case"] == "CS02a"
    reported = {each["role"]: each["counter"] for each in fed[-1]["sent"][0]["roles"]}
    shown = {each["role"]: each["counter"] for each in bench.show()["counters"]["by_role"]}
    shown.pop("loadController", None)
    assert reported == shown


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_a_second_set_fits_the_state_after_the_first(bench: Bench, kind: str) -> None:
    bench.create(kind)
    first = bench.messages()
    bench.feed(*first)
    second = bench.messages()
    gone = ["01-handover-supplier"] if kind in {"ESME", "GPF"} else []
    assert [path.stem for path in second] == [name for name in NAMES[kind] if name not in gone]
    assert all(each["accepted"] for each in bench.feed(*second)["messages"])


def test_a_command_that_makes_no_sense_is_left_out_and_says_why(esme: Bench) -> None:
    esme.messages()
    assert command(esme, 1).exists()
    esme.feed(command(esme, 1), command(esme, 2), command(esme, 3))
    lines = esme.run("messages", esme.file, esme.commands).splitlines()
    assert len(lines) == 6
    assert lines[0].endswith(
        "01-handover-supplier.hex: left out, {supplier, digitalSignature} is held by Supplier A, "
        "not by the access control broker"
    )
    assert "left out" in lines[1]
    assert "from Network operator B" in lines[2]
    assert "from Network operator A" in lines[3]
    assert [path.name[:2] for path in sorted(esme.commands.iterdir())] == ["03", "04", "05", "06"]


def test_a_role_that_is_locked_out_gets_no_update() -> None:
    at = moment_of(MADE)
    world = DeviceWorld(7, at)
    device = world.bed.manufacture(DeviceType.ESME, NETWORK_OPERATOR_IDS[0], at)
    role = RemotePartyRole.NETWORK_OPERATOR
    device.state = device.state._replace(
        counters=device.counters.advanced(role, SUPPLIER_ID, OriginatorCounter(2**64 - 1))
    )
    before = snapshot(device)
    by_name = {each.name: each for each in trial_commands(world, device, at)}
    assert by_name["02-handover-network-operator"].message is None
    assert "expected 0 to 2^64-1" in by_name["02-handover-network-operator"].left_out
    assert by_name["01-handover-supplier"].message is not None
    assert snapshot(device) == before


def test_a_feeding_in_pieces_comes_to_the_same_as_in_one(bench: Bench) -> None:
    bench.create()
    files = bench.messages()
    bench.feed(*files)
    whole = bench.file.read_bytes()
    bench.create("ESME", "--force")
    for file in files:
        bench.feed(file)
    assert bench.file.read_bytes() == whole


def test_messages_come_as_hex_file_or_standard_input(esme: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third, *_ = esme.messages()
    raw = esme.folder / "raw.bin"
    raw.write_bytes(bytes.fromhex(second.read_text()))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(third.read_bytes())))
    fed = esme.feed(first.read_text().strip(), raw, "-")["messages"]
    assert [each["source"] for each in fed] == ["message 1", str(raw), "-"]
    assert all(each["accepted"] for each in fed)


def test_options_stand_anywhere(esme: Bench) -> None:
    esme.messages()
    esme.run("feed", "--json", esme.file, "--at", MADE, command(esme, 1), command(esme, 2))
    assert len(esme.show()["log"]) == 2


def test_one_refusal_among_others_is_status_1_and_all_is_kept(esme: Bench) -> None:
    esme.messages()
    fed = esme.feed(command(esme, 1), command(esme, 1), command(esme, 2), status=1)["messages"]
    assert [each["accepted"] for each in fed] == [True, False, True]
    assert [entry["accepted"] for entry in esme.show()["log"]] == [True, False, True]
    assert esme.holders() == ["Network operator A"] * 2


def test_without_saving_the_file_stays(esme: Bench) -> None:
    files, before = esme.messages(), esme.file.read_bytes()
    assert esme.feed(*files, "--no-save")["saved"] is False
    assert esme.file.read_bytes() == before


def test_the_time_is_that_of_the_file_unless_one_is_given(esme: Bench) -> None:
    esme.messages()
    assert esme.feed(command(esme, 1))["at"] == MADE
    later = "2026-02-03T04:05:06.500000Z"
    assert esme.feed(command(esme, 1), "--at", later, status=1)["at"] == later
    assert esme.feed(command(esme, 1), status=1)["at"] == later
    view = esme.show()
    assert [entry["at"] for entry in view["log"]] == [MADE, later, later]
    assert (view["manufactured"], view["at"]) == (MADE, later)


def test_now_is_the_wall_clock(esme: Bench) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    esme.messages()
    assert before <= moment_of(esme.feed(command(esme, 1), "--at", "now")["at"]) <= datetime.now(UTC)


def future_dated(bench: Bench, due: datetime) -> str:
    """In hex, the network operator's own command to put the other one in its place later."""
    saved = load_device(bench.file)
    world = DeviceWorld(saved.seed, saved.device.manufactured)
    holder, other = world.network_operators(DeviceType.ESME)
    body: ReplaceCredentials = holder.replacement(other.credentials)._replace(execution_date_time=due)
    message = Rehearsal(world, saved.device, saved.at).by_party(holder, Srv.UPDATE_CREDENTIALS, body)
    return encode(message).hex()


def test_a_future_dated_command_waits_and_is_executed_when_the_time_has_come(esme: Bench) -> None:
    esme.messages()
    esme.feed(command(esme, 1), command(esme, 2))
    due = moment_of(MADE) + timedelta(days=1)
    (fed,) = esme.feed(future_dated(esme, due))["messages"]
    assert (fed["accepted"], fed["sent"][0]["held"]) == (True, True)
    (pending,) = esme.show()["pending"]
    assert (pending["due"], pending["received_at"]) == (timestamp(due), MADE)
    assert pending["originator"]["name"] == "Network operator A"
    early = timestamp(due - timedelta(seconds=1))
    assert esme.feed("--advance", "--at", early)["due"] == []
    assert esme.holders() == ["Network operator A"] * 2
    assert "nothing was due" in esme.run("feed", esme.file, "--advance")
    result = esme.feed("--advance", "--at", timestamp(due))
    assert result["messages"] == []
    (executed,) = result["due"]
    (alert,) = executed["sent"]
    assert alert["alert"]["code"] == f"{EXECUTED_ALERT:04X}"
    assert alert["to"]["name"] == "Network operator A"
    assert esme.holders() == ["Network operator B"] * 2
    assert esme.show()["pending"] == []
    assert esme.feed("--advance")["due"] == []


def test_what_is_due_comes_before_a_message_with_or_without_advance(esme: Bench) -> None:
    esme.messages()
    esme.feed(command(esme, 1), command(esme, 2))
    due = moment_of(MADE) + timedelta(days=1)
    esme.feed(future_dated(esme, due))
    # The other operator's read: only obeyed once the command that was due has put it into the cells.
    at = ("--at", timestamp(due))
    results = [esme.feed(*more, *at, command(esme, 4), "--no-save") for more in ((), ("--advance",))]
    assert results[0] == results[1]
    assert len(results[0]["due"]) == len(results[0]["messages"]) == 1


def test_the_text_says_who_asked_what_and_what_went_out(esme: Bench) -> None:
    esme.messages()
    text = esme.run("feed", esme.file, command(esme, 2), command(esme, 2), status=1)
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0] == f"ESME {EUI} at {MADE}"
    name = "CS02b networkOperatorByNetworkOperator"
    assert lines.count(f"{name} from Access control broker, counter 2") == 2
    assert lines.count("accepted") == 1
    assert f"sent response {name} to Access control broker, counter 2, protected by signature" in lines
    assert any(line.startswith("networkOperator, keyAgreement: success, Access control") for line in lines)
    assert any(line.startswith("REFUSED, originator without authority: ") for line in lines)
    sent = [bytes.fromhex(line) for line in lines if line.startswith("DF09")]
    assert len(sent) == 2


def test_json_is_the_same_from_run_to_run(bench: Bench) -> None:
    def story() -> list[str]:
        bench.create("ESME", "--force")
        files = bench.messages()
        return [
            bench.run("feed", bench.file, *files, files[1], "--json", status=1),
            bench.run("show", bench.file, "--json"),
        ]

    assert story() == story()


def test_the_keys_of_the_json_are_these(esme: Bench) -> None:
    esme.messages()
    result = esme.feed(command(esme, 1))
    assert list(result) == ["type", "eui", "seed", "at", "saved", "due", "messages"]
    assert list(result["messages"][0]) == [
        "source", "octets", "at", "accepted", "refusal", "message_code", "use_case", "originator", "counter",
        "detail", "sent",
    ]  # fmt: skip
    assert list(result["messages"][0]["sent"][0]) == [
        "kind", "message_code", "use_case", "to", "counter", "protection", "alert", "payload",
        "payload_octets", "replacements", "counter_changes", "hex",
    ]  # fmt: skip
    assert list(esme.show()) == [
        "type", "eui", "manufactured", "seed", "at", "cells", "counters", "pending", "certificates", "log",
        "assumptions",
    ]  # fmt: skip


# --- what goes wrong ------------------------------------------------------------------------------------


def test_an_existing_file_is_overwritten_only_by_force(esme: Bench) -> None:
    before = esme.file.read_bytes()
    options = ("--type", "GPF", "--eui", EUI, "--seed", "7")
    assert "exists; --force" in esme.bad("create", esme.file, *options)
    assert esme.file.read_bytes() == before
    esme.run("create", esme.file, *options, "--force")
    assert esme.show()["type"] == "GPF"


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--type", "IHD", f"expected one of: {', '.join(ALL_TYPES)}"),
        ("--type", "toaster", "expected one of: "),
        ("--eui", "00-DB-12", "expected 8 hex octets"),
        ("--eui", "00-DB-12-34-56-78-90-GG", "expected 8 hex octets"),
        ("--eui", str(ACB_ID), "Access control broker's"),
        ("--eui", str(SUPPLIER_ID), "Supplier A's"),
        ("--seed", "-1", "expected a whole number"),
        ("--seed", str(2**63), "expected a whole number"),
        ("--seed", "9" * 5000, "expected a whole number"),
        ("--at", "yesterday", "expected a time"),
        ("--at", "2026-01-05T00:00:00", "expected a time"),
        ("--at", "2015-12-31T23:59:59Z", "expected a time"),
        ("--at", "0001-01-01T00:00:00+23:00", "expected a time"),
    ],
)
def test_bad_options_of_create_leave_nothing_behind(bench: Bench, option: str, value: str, says: str) -> None:
    options = {"--type": "ESME", "--eui": EUI, "--seed": SEED, "--at": MADE, option: value}
    line = bench.bad("create", bench.file, *(part for pair in options.items() for part in map(str, pair)))
    assert option in line
    assert says in line
    assert list(bench.folder.iterdir()) == []


def test_a_file_that_cannot_be_written(bench: Bench) -> None:
    options = ("--type", "ESME", "--eui", EUI, "--seed", "7", "--force")
    assert "expected a file that can be written" in bench.bad("create", bench.folder / "no" / "x", *options)
    assert "expected a file that can be written" in bench.bad("create", bench.folder, *options)
    assert list(bench.folder.iterdir()) == []


def edited(**changes: Any) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        envelope = json.loads(path.read_text())
        envelope.update(changes)
        path.write_text(json.dumps({name: value for name, value in envelope.items() if value is not ...}))

    return edit


def edited_device(**changes: Any) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        envelope = json.loads(path.read_text())
        envelope["device"].update(changes)
        path.write_text(json.dumps(envelope))

    return edit


BAD_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (Path.unlink, "No such file"),
    "empty": (lambda path: path.write_bytes(b""), "not JSON"),
    "text": (lambda path: path.write_text("a meter"), "not JSON"),
    "no UTF-8": (lambda path: path.write_bytes(b"\xff\xfe\xfd"), "not JSON"),
    "deep": (lambda path: path.write_text("[" * 100_000), "not JSON"),
    "a list": (lambda path: path.write_text("[]"), "expected 'dccbench-device/1'"),
    "cut short": (lambda path: path.write_bytes(path.read_bytes()[:-20]), "not JSON"),
    "too large": (lambda path: path.write_bytes(bytes(1 << 24) + b" "), "more than"),
    "another format": (edited(format="x" * 1000), "expected 'dccbench-device/1'"),
    "no seed": (edited(seed=...), "'seed' is missing"),
    "no device": (edited(device=...), "'device' is missing"),
    "a seed that is a text": (edited(seed="7"), "seed 7, expected"),
    "a seed that is true": (edited(seed=True), "seed True, expected"),
    "a seed out of range": (edited(seed=2**63), "expected a whole number"),
    "no time": (edited(at=5), "at 5, expected a text"),
    "a time without zone": (edited(at="2026-01-05T00:00:00"), "expected a time"),
    "a device that is a list": (edited(device=[]), "snapshot"),
    "a device of another type": (edited_device(deviceType="IHD"), "snapshot/device"),
    "a device made long ago": (edited_device(manufactured="0001-01-01T00:00:00+00:00"), "expected a time"),
    "cells of nobody": (edited_device(cells=[]), "snapshot/device"),
    "a log entry after the end of time": (
        edited_device(log=[["9999-12-31T23:59:59-23:00", None, "", *[None] * 4]]),
        "snapshot/log",
    ),
}


@pytest.mark.parametrize(("spoil", "says"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_one_line_and_stays_as_it_is(
    esme: Bench, spoil: Callable[[Path], object], says: str
) -> None:
    esme.messages()
    spoil(esme.file)
    before = esme.file.read_bytes() if esme.file.exists() else None
    for arguments in (
        ("show", esme.file),
        ("feed", esme.file, command(esme, 1)),
        ("messages", esme.file, esme.folder / "more"),
    ):
        line = esme.bad(*arguments)
        assert str(esme.file) in line
        assert says in line
    assert (esme.file.read_bytes() if esme.file.exists() else None) == before
    assert not (esme.folder / "more").exists()


def test_a_message_that_is_none_stops_everything_before_it_begins(esme: Bench) -> None:
    first, second, *_ = esme.messages()
    before = esme.file.read_bytes()
    cut = esme.folder / "cut.hex"
    cut.write_text(second.read_text().strip()[:-2])
    for bad, says in (
        (cut, f"{cut}: MAC header/length"),
        (second.read_text().strip()[:-2], "message 2: MAC header/length"),
        ("XYZ", "neither a file nor hex digits"),
        ("", "empty"),
        (esme.folder, "Is a directory"),
    ):
        assert says in esme.bad("feed", esme.file, first, bad)
    assert "only once" in esme.bad("feed", esme.file, "-", "-")
    assert "MESSAGE" in esme.bad("feed", esme.file)
    assert "expected a time" in esme.bad("feed", esme.file, first, "--at", "soon")
    assert esme.file.read_bytes() == before


def test_a_message_for_another_device_is_refused_not_bad(esme: Bench) -> None:
    esme.messages()
    other = ("--type", "ESME", "--eui", "00-DB-12-34-56-78-90-A1", "--seed", SEED, "--force")
    esme.run("create", esme.file, *other)
    (fed,) = esme.feed(command(esme, 1), status=1)["messages"]
    assert (fed["refusal"], fed["sent"]) == ("not addressed to this device", [])
    assert "sent nothing" in esme.run("feed", esme.file, command(esme, 1), status=1)


def test_a_fault_of_ours_leaves_the_file_as_it_was(
    esme: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError("a fault of our own")

    files, before = esme.messages(), esme.file.read_bytes()
    monkeypatch.setattr(DEVICE_CLASSES[DeviceType.ESME], "receive", broken)
    assert main(["device", "feed", str(esme.file), str(files[0])]) == 4
    assert "a fault of our own" in capsys.readouterr().err
    assert esme.file.read_bytes() == before


def test_a_file_that_cannot_be_replaced_stays_whole_and_nothing_else_is_left(
    esme: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    files, before = esme.messages(), esme.file.read_bytes()
    for function in ("replace", "fsync"):
        with monkeypatch.context() as patch:
            patch.setattr(f"scenarios.device_file.os.{function}", full)
            assert "No space left" in esme.bad("feed", esme.file, files[0])
    assert esme.file.read_bytes() == before
    assert sorted(path.name for path in esme.folder.iterdir()) == ["commands", "device.json"]


def test_a_folder_that_cannot_be_written(esme: Bench) -> None:
    assert "expected a folder" in esme.bad("messages", esme.file, esme.file)


def test_a_link_to_a_device_file_stays_one(esme: Bench) -> None:
    esme.messages()
    link = esme.folder / "link.json"
    link.symlink_to(esme.file)
    esme.run("feed", link, command(esme, 1))
    assert link.is_symlink()
    assert len(esme.show()["log"]) == 1


def test_a_device_comes_back_from_its_file_whole(bench: Bench) -> None:
    at = moment_of("2026-01-05T00:00:00.000001Z")
    device = DeviceWorld(7, at).bed.manufacture(DeviceType.GPF, NETWORK_OPERATOR_IDS[0], at)
    device.receive(b"", at)
    saved = device_command.SavedDevice(device, 2**63 - 1, at)
    save_device(bench.file, saved)
    again = load_device(bench.file)
    assert (again.seed, again.at) == (saved.seed, saved.at)
    assert snapshot(again.device) == snapshot(device)


@pytest.mark.parametrize("text", ["", "now", "2026", "2100-01-01T00:00:00Z", "20260105T000000"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(InputError, match="expected a time"):
        moment_of(text)
