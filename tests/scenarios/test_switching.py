"""Which modifications are on in the runs of a scenario: release, switches by hand, a comparison."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dcc.modification_records import switches_named
from dcc.releases import BEFORE, Modification, release_named
from scenarios.cli import main
from scenarios.errors import InputError
from scenarios.switching import Switching, switching

M = Modification
MP107 = switches_named("mp107")
TODAY = release_named("today")
SMALL = ("run", "install-wave", "--homes", "4", "--suppliers", "1", "--weeks", "1", "--seed", "3")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main((*SMALL, *arguments))
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def labels(given: Switching) -> list[str]:
    return [run.label for run in given.runs]


def test_by_default_nothing_is_on() -> None:
    assert Switching().runs == (("no modification", ()),)
    assert Switching().studied is None
    assert Switching().concerned == ()


def test_a_run_is_called_by_what_was_asked_for() -> None:
    assert labels(Switching(on=MP107)) == ["with mp107"]
    assert labels(Switching(on=(M.MP107_DSP, M.MP128A))) == ["with mp107.dsp, mp128a"]
    assert labels(Switching(TODAY)) == ["release today"]
    given = Switching(TODAY, on=(M.SECMP0063,), off=(M.MP074,))
    assert labels(given) == ["release today with secmp0063 without mp074"]
    assert set(given.runs[0].modifications) == (TODAY.modifications | {M.SECMP0063}) - {M.MP074}


def test_a_comparison_differs_in_what_is_compared_and_in_nothing_else() -> None:
    given = Switching(TODAY, compared=(M.SECMP0063,))
    without, with_it = given.runs
    assert (without.label, with_it.label) == ("without secmp0063", "with secmp0063")
    assert set(without.modifications) == TODAY.modifications
    assert set(with_it.modifications) == TODAY.modifications | {M.SECMP0063}


def test_a_comparison_takes_away_what_the_release_has_on() -> None:
    without, with_it = Switching(TODAY, compared=MP107).runs
    assert set(with_it.modifications) == TODAY.modifications
    assert set(without.modifications) == TODAY.modifications - set(MP107)


def test_what_is_switched_by_hand_is_not_called_presumed() -> None:
    assert M.MP074 in Switching(TODAY).presumed
    assert M.MP074 not in Switching(TODAY, on=(M.MP074,)).presumed
    assert M.MP074 not in Switching(TODAY, off=(M.MP074,)).presumed
    assert M.MP128A not in Switching(TODAY).presumed
    assert Switching(BEFORE, on=MP107).presumed == ()


def test_runs_are_about_one_modification_or_none() -> None:
    for given, number in (
        (Switching(on=MP107), "MP107"),
        (Switching(TODAY, compared=(M.SECMP0063_GPF,)), "SECMP0063"),
        (Switching(on=(M.MP107_DSP, M.MP128A)), None),
        (Switching(TODAY), None),
    ):
        assert (given.studied.number if given.studied else None) == number


@pytest.mark.parametrize(
    ("on", "off", "compared", "message"),
    [
        (MP107, MP107, (), "--with and --without: nothing is left of mp107"),
        ((M.MP074,), (*MP107, M.MP074), (), "nothing is left of mp074"),
        ((M.MP107_DSP,), (), MP107, "--compare and --with: both name mp107.dsp"),
        ((), (M.MP128A,), (M.MP128A,), "--compare and --without: both name mp128a"),
    ],
)
def test_what_contradicts_itself_is_refused(
    on: tuple[Modification, ...],
    off: tuple[Modification, ...],
    compared: tuple[Modification, ...],
    message: str,
) -> None:
    with pytest.raises(InputError, match=message):
        switching(BEFORE, on, off, compared)


def test_a_part_of_what_is_put_on_may_be_put_off() -> None:
    given = switching(BEFORE, MP107, (M.MP107_S1SP,), ())
    assert given.runs[0].modifications == (M.MP107_DSP,)


# From the command line


def modifications(run: Run, *arguments: str) -> list[list[str]]:
    status, out, _ = run(*arguments, "--json")
    assert status == 0
    return [item["modifications"] for item in json.loads(out)["runs"]]


def test_options_of_a_run_may_be_given_again_and_mixed(run: Run) -> None:
    assert modifications(run) == [[]]
    assert modifications(run, "--with", "mp107", "--with", "secmp0063") == [
        ["secmp0063", "mp107.dsp", "mp107.s1sp"]
    ]
    mixed = ("--release", "today", "--without", "mp107.s1sp", "--without", "mp074", "--with", "SECMP0063.GPF")
    assert modifications(run, *mixed) == [["secmp0063.gpf", "mp107.dsp", "mp128a", "mp128b"]]
    assert modifications(run, "--release", "2023-06-28", "--compare", "mp128a") == [
        ["mp107.dsp", "mp107.s1sp", "mp128b", "mp074"],
        ["mp107.dsp", "mp107.s1sp", "mp128a", "mp128b", "mp074"],
    ]


def test_the_report_says_what_is_on_what_is_presumed_and_what_became_of_it(run: Run) -> None:
    out = run("--release", "today", "--compare", "secmp0063")[1]
    assert "Release today: what is in force today, as far as it is known.\n" in out
    assert "On in the run without secmp0063: mp107, mp128a, mp128b, mp074\n" in out
    assert "Presumed to be on, not confirmed: mp107, mp128b, mp074\n" in out
    assert "Outcome: withdrawn by its proposer in November 2019, never implemented.\n" in out
    assert "Outcome: implemented on 29 June 2023, in force since.\n" in out
    assert "what-if" in out
    report = json.loads(run("--release", "today", "--compare", "secmp0063", "--json")[1])
    assert report["release"] == "today"
    assert report["modification"]["id"] == "secmp0063"
    assert {item["id"] for item in report["modifications"]} == {
        "secmp0063",
        "mp107",
        "mp128a",
        "mp128b",
        "mp074",
    }
    assert report["presumed"] == ["mp107.dsp", "mp107.s1sp", "mp128b", "mp074"]


def test_what_is_in_force_on_the_first_day_is_no_what_if(run: Run) -> None:
    assert "what-if" not in run("--release", "today")[1]
    assert "what-if" in run("--release", "today", "--start", "2023-06-28")[1]
    assert "what-if" in run("--release", "before", "--with", "mp128a")[1]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--release", "yesterday"), "'yesterday', expected one of: before"),
        (("--release", "2023-13-01"), "'2023-13-01', expected one of: before"),
        (("--with", "mp108"), "'mp108', expected one of: secmp0063"),
        (("--without", "mp108"), "'mp108', expected one of: secmp0063"),
        (("--with", "mp107", "--without", "mp107"), "nothing is left of mp107"),
        (("--compare", "mp107.dsp", "--with", "mp107"), "both name mp107.dsp"),
    ],
)
def test_a_bad_switch_is_one_line(run: Run, arguments: tuple[str, ...], expected: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert expected in err


def test_the_panel_report_is_written_in_the_form_of_its_ending(run: Run, tmp_path: Path) -> None:
    texts = {}
    for name in ("panel.csv", "panel.JSON", "panel.txt"):
        status = run(
            "--wrong-certificate-rate", "1", "--compare", "secmp0063", "--panel-report", str(tmp_path / name)
        )[0]
        assert status == 0
        texts[name] = (tmp_path / name).read_text()
    totals = json.loads(texts["panel.JSON"])["totals"]
    assert totals["SIM-E062190"] > 0
    assert texts["panel.csv"].splitlines()[-1] == f"total,,,,SIM-E062190,,{totals['SIM-E062190']},,"
    assert texts["panel.txt"].startswith("Report to the SEC Panel")


def test_the_panel_report_is_a_file_of_its_own(run: Run, tmp_path: Path) -> None:
    name = str(tmp_path / "one")
    status, out, err = run("--json", name, "--panel-report", name)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "--json and --panel-report" in err
