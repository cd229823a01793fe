"""Study files: what they may say, what is refused and how, and that the published schema says the same."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from study_worlds import OTHER, TOY

from dcc.modifications import Modification
from scenarios import families
from scenarios.engine.family import Family
from scenarios.errors import InputError
from scenarios.families import FAMILIES
from scenarios.study.file_schema import study_schema
from scenarios.study.parameters import parameter_at, parsed
from scenarios.study.planning import StudySpec, SweepAxis, VariantSpec, plan_of
from scenarios.study.study_file import RESERVED, load_study_file, read_study
from scenarios.study.study_toml import study_toml

FULL = """
scenario = "toy"
seed = 7

[modifications]
release = "June-2023"
with = ["MP107", "secmp0063"]
without = ["mp107.s1sp"]

[population]
homes = 12.0

[errors]
wrong_rate = 1

[behaviour]
care = "careful"

[time]
start = 2026-02-01
weekends = true

[study]
replications = 20
least_replications = 3
confidence = 0.9
byte_share = 0
precision = { wrong = 2, difference.cost = 0.5 }

[[variant]]
label = "as it is"

[[variant]]
label = "careless"
without = ["secmp0063"]
values = { "behaviour.care" = "careless", time = { start = "2026-03-01" } }

[sweep]
"errors.wrong_rate" = [0, 0.5]
population.homes = [3]
"""


@pytest.fixture(autouse=True)
def only_toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "FAMILIES", {"toy": TOY, "other-toy": OTHER})


def test_a_file_says_all_of_a_study() -> None:
    spec = read_study(FULL)
    assert spec == StudySpec(
        TOY,
        7,
        spec.release,
        (Modification.SECMP0063, Modification.MP107_DSP, Modification.MP107_S1SP),
        (Modification.MP107_S1SP,),
        {"homes": 12, "wrong_rate": 1.0, "care": "careful", "start": date(2026, 2, 1), "weekends": True},
        (
            VariantSpec("as it is"),
            VariantSpec(
                "careless",
                (),
                (Modification.SECMP0063,),
                {"care": "careless", "start": date(2026, 3, 1)},
            ),
        ),
        (
            SweepAxis("errors.wrong_rate", "wrong_rate", (0.0, 0.5)),
            SweepAxis("population.homes", "homes", (3,)),
        ),
        20,
        3,
        0.9,
        {"wrong": 2.0, "difference.cost": 0.5},
        0.0,
    )
    assert spec.release.name == "june-2023"
    assert type(spec.values["homes"]) is int
    assert type(spec.values["wrong_rate"]) is float


def test_the_plan_of_a_file_has_all_values_of_all_variants() -> None:
    spec = read_study(FULL)
    plan = plan_of(spec)
    assert [variant.label for variant in plan.variants] == [
        "as it is, errors.wrong_rate = 0.0, population.homes = 3",
        "careless, errors.wrong_rate = 0.0, population.homes = 3",
        "as it is, errors.wrong_rate = 0.5, population.homes = 3",
        "careless, errors.wrong_rate = 0.5, population.homes = 3",
    ]
    first, second = plan.variants[:2]
    assert dict(first.values) == {
        "homes": 3,
        "name": TOY.inputs_type().name,
        "wrong_rate": 0.0,
        "care": "careful",
        "weekends": True,
        "start": date(2026, 2, 1),
        "tripwire": "",
    }
    assert second.changed == ("homes", "wrong_rate", "care", "start")
    assert set(first.modifications) - set(second.modifications) == {Modification.SECMP0063}
    assert set(first.modifications) == {*spec.release.modifications, *spec.on} - set(spec.off)
    assert Modification.SECMP0063 not in plan.presumed


def test_a_file_can_be_the_name_of_the_scenario_alone() -> None:
    assert read_study('scenario = "toy"') == StudySpec(TOY)


_IN_TOY = (
    ('sed = 1', "sed: no such section or key, did you mean seed?"),
    ('homes = 1', "homes: no such section or key at the top, expected it as homes in [population]"),
    ('replications = 3', "replications: no such section or key at the top, expected it as"),
    ('[population]\nhomes = 2026-01-05', "population.homes: 2026-01-05, expected a whole number"),
    ('[population]\nhomes = 2026-01-05T09:00:00Z', "population.homes: 2026-01-05T09:00:00+00:00, expected"),
    ('[zzz]\n', "zzz: no such section or key, expected one of: scenario, seed,"),
    ('seed = -1', "seed: -1, expected a whole number from 0 to 9223372036854775807"),
    ('seed = true', "seed: True, expected a whole number"),
    ('[population]\nhomse = 1', "population.homse: no such parameter, did you mean population.homes?"),
    ('[time]\nhomes = 1', "time.homes: no such parameter, did you mean population.homes?"),
    ('[population]\nhomes = 0', "population.homes: 0, expected 1 to 100000 homes"),
    ('[population]\nhomes = 1.5', "population.homes: 1.5, expected a whole number"),
    ('[population]\nhomes = "1"', "population.homes: '1', expected a whole number"),
    ('[population]\nhomes = true', "population.homes: True, expected a whole number"),
    ('[population]\nhomes = [1]', "population.homes: [1], expected a whole number"),
    ('[population]\nhomes = {}', "population.homes: {}, expected a whole number"),
    ('population = 3', "population: 3, expected a table"),
    ('[population]\nname = 3', "population.name: 3, expected a text"),
    ('[errors]\nwrong_rate = 1.01', "errors.wrong_rate: 1.01, expected 0.0 to 1.0"),
    ('[behaviour]\ncare = "Careful"', "expected one of: careless, careful"),
    ('[time]\nweekends = 1', "time.weekends: 1, expected true or false"),
    ('[time]\nstart = "soon"', "time.start: 'soon', expected a day, YYYY-MM-DD"),
    ('[modifications]\nwhith = []', "modifications.whith: no such key, did you mean with?"),
    ('[modifications]\nwith = ["mp1"]', "modifications.with: 'mp1', expected one of: secmp0063"),
    ('[modifications]\nwith = "mp107"', 'modifications.with: \'mp107\', expected a list of names'),
    ('[modifications]\nrelease = "never"', "modifications.release: 'never', expected one of: before"),
    ('[modifications]\nrelease = 3', "modifications.release: 3, expected"),
    ('[study]\nreplications = 0', "study.replications: 0, expected a whole number from 1 to"),
    ('[study]\nleast_replications = 1', "study.least_replications: 1, expected"),
    ('[study]\nconfidence = 1', "study.confidence: 1, expected a number above 0 and below 1"),
    ('[study]\nbyte_share = 1.5', "study.byte_share: 1.5, expected a number from 0 to 1"),
    ('[study]\nprecision = 3', "study.precision: 3, expected a table"),
    ('[study.precision]\nwrong = 0', "study.precision.wrong: 0, expected a number above 0"),
    ('[study.precision]\nwrogn = 1', "study.precision.wrogn: no such figure, did you mean wrong?"),
    ('[[variant]]\nwith = []', "variant[0].label: is missing, expected a text"),
    ('[[variant]]\nlabel = " "', "variant[0].label: ' ', expected a text of one line"),
    ('[[variant]]\nlabel = "a"\nvalue = 1', "variant[0].value: no such key, did you mean values?"),
    (
        '[[variant]]\nlabel = "a"\nvalues = { homes = 1 }',
        "variant[0].values.homes: no such parameter, did you mean population.homes?",
    ),
    (
        '[[variant]]\nlabel = "a"\nvalues = { "population.homes" = 0 }',
        "variant[0].values.population.homes: 0, expected 1 to 100000",
    ),
    ('variant = 3', "variant: 3, expected [[variant]] tables"),
    ('[sweep]\n"population.homes" = 3', "sweep.population.homes: 3, expected a list of values"),
    ('[sweep]\n"population.homes" = []', "sweep.population.homes: [], expected a list"),
    ('[sweep]\n"population.homes" = [3, 0]', "sweep.population.homes: 0, expected 1 to 100000"),
    ('[sweep]\n"population.homes" = [3, 3]', "sweep.population.homes: 3 twice, expected"),
)  # fmt: skip
REFUSED = (
    ("", "scenario: is missing, expected the name of a scenario"),
    ('scenario = "toi"', "scenario: 'toi', expected one of: toy, other-toy"),
    *((f'scenario = "toy"\n{text}', told) for text, told in _IN_TOY),
)
"""Each refused with its words, by us and by the schema."""


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_json(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [as_json(entry) for entry in value]
    return value.isoformat() if isinstance(value, date) else value


def schema_accepts(schema: dict[str, Any], text: str) -> bool:
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    return checker.is_valid(as_json(tomllib.loads(text)))


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return study_schema([TOY, OTHER])


@pytest.mark.parametrize(("text", "told"), REFUSED)
def test_what_cannot_be_used_is_named_with_its_path(text: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        plan_of(read_study(text))
    assert told in str(refused.value)


@pytest.mark.parametrize("text", [text for text, _ in REFUSED])
def test_the_schema_refuses_what_we_refuse(schema: dict[str, Any], text: str) -> None:
    assert not schema_accepts(schema, text)
    if '"toy"' in text:
        assert not schema_accepts(study_schema([TOY]), text)


ACCEPTED = (
    FULL,
    'scenario = "other-toy"',
    'scenario = "toy"\n[modifications]\nrelease = 2023-06-29',
    'scenario = "toy"\n[modifications]\nrelease = "2023-06-29"\nwith = ["SECMP0063.gpf"]',
    'scenario = "toy"\nseed = 0\n[study]\nreplications = 10000\nconfidence = 0.999',
    'scenario = "toy"\n[sweep.errors]\nwrong_rate = [0.1]\n[sweep.time]\nweekends = [true, false]',
    'scenario = "toy"\n[study]\n[study.precision]\n"difference.cost" = 1\n[[variant]]\nlabel = "a"\n'
    '[[variant]]\nlabel = "b"',
    *(study_toml(family) for family in (TOY, OTHER)),
)


@pytest.mark.parametrize("text", ACCEPTED)
def test_the_schema_accepts_what_we_accept(schema: dict[str, Any], text: str) -> None:
    plan_of(read_study(text))
    assert schema_accepts(schema, text)


def test_what_the_schema_cannot_say_is_refused_all_the_same(schema: dict[str, Any]) -> None:
    for text in (
        'scenario = "toy"\n[time]\nstart = 2031-01-01',
        'scenario = "toy"\n[[variant]]\nlabel = "a"\n[[variant]]\nlabel = "a"',
        'scenario = "toy"\n[[variant]]\nlabel = "a"\nwith = ["mp128a"]\nwithout = ["mp128a"]',
        'scenario = "toy"\n[sweep]\n"population.homes" = [1]\npopulation.homes = [2]',
    ):
        assert schema_accepts(schema, text)
        with pytest.raises(InputError):
            plan_of(read_study(text))


@pytest.mark.parametrize("text", ["scenario = \n", "a = 1\na = 2\n"])
def test_what_is_no_toml_is_told_with_its_line(text: str) -> None:
    with pytest.raises(InputError, match=r"not TOML: .*line [12]"):
        read_study(text)


@pytest.mark.parametrize("value", ["nan", "inf", "1979-05-27T07:32:00Z", "07:32:00"])
def test_numbers_that_are_none_and_times_are_refused(value: str) -> None:
    for key in ("errors.wrong_rate", "population.homes", "time.start", "behaviour.care", "seed"):
        with pytest.raises(InputError):
            read_study(f'scenario = "toy"\n{key} = {value}')


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml.*expected a study file"):
        load_study_file(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9")
    with pytest.raises(InputError, match=r"latin\.toml.*UTF-8"):
        load_study_file(tmp_path / "latin.toml")
    (tmp_path / "bad.toml").write_text('scenario = "toy"\nsed = 1')
    with pytest.raises(InputError, match=r"^bad\.toml: sed: no such"):
        load_study_file(tmp_path / "bad.toml")


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("population.homes", "12", 12),
        ("population.homes", "1e3", 1000),
        ("population.name", " 12 ", "12"),
        ("errors.wrong_rate", "1", 1.0),
        ("errors.wrong_rate", "1e-3", 0.001),
        ("behaviour.care", "CAREFUL", "careful"),
        ("time.weekends", "True", True),
        ("time.start", "2026-02-03", date(2026, 2, 3)),
    ],
)
def test_values_are_read_off_the_command_line(path: str, text: str, value: object) -> None:
    read = parsed(TOY, parameter_at(TOY, path), text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("population.homes", "twelve"),
        ("population.homes", "1.5"),
        ("population.homes", "9" * 5000),
        ("errors.wrong_rate", "nan"),
        ("errors.wrong_rate", "1e999"),
        ("time.weekends", "1"),
        ("time.start", "20260203"),
        ("behaviour.care", ""),
    ],
)
def test_bad_values_on_the_command_line_are_named(path: str, text: str) -> None:
    with pytest.raises(InputError, match=f"^--set: {path}: .*expected"):
        parsed(TOY, parameter_at(TOY, path), text, "--set: ")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[modifications]\nwith = ["mp107"]\nwithout = ["mp107"]',
            "modifications.with, modifications.without: nothing is left of mp107",
        ),
        (
            '[[variant]]\nlabel = "a"\nwith = ["mp107.dsp"]\nwithout = ["mp107"]',
            "variant[0].with, variant[0].without: nothing is left of mp107.dsp",
        ),
    ],
)
def test_switches_that_are_put_on_and_off_are_refused(text: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        read_study(f'scenario = "toy"\n{text}')
    assert told in str(refused.value)


def test_a_part_of_what_is_put_on_may_be_put_off_again() -> None:
    spec = read_study('scenario = "toy"\n[modifications]\nwith = ["mp107"]\nwithout = ["mp107.dsp"]')
    assert plan_of(spec).variants[0].modifications == (Modification.MP107_S1SP,)


REAL = tuple(FAMILIES.values())


@pytest.mark.parametrize("family", [TOY, OTHER, *REAL], ids=lambda family: family.name)
def test_the_file_of_all_defaults_is_the_scenario_as_it_comes(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families, "FAMILIES", {family.name: family})
    text = study_toml(family)
    assert max(map(len, text.splitlines())) <= 150
    assert plan_of(read_study(text)) == plan_of(StudySpec(family))
    assert schema_accepts(study_schema([family]), text)


@pytest.mark.parametrize("family", [TOY, OTHER, *REAL], ids=lambda family: family.name)
def test_what_the_file_of_all_defaults_has_as_comments_at_its_end_can_be_used(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families, "FAMILIES", {family.name: family})
    text = study_toml(family)
    kept, line, comments = text.partition("# [[variant]]\n")
    used = "\n".join(piece.removeprefix("#").strip() for piece in f"{line}{comments}".splitlines())
    spec = read_study(f"{kept}{used}")
    assert [variant.label for variant in spec.variants] == ["as above", "changed"]
    assert spec.variants[1].on == family.compared
    assert len(plan_of(spec).variants) == 2
    assert schema_accepts(study_schema([family]), f"{kept}{used}")


@pytest.mark.parametrize("family", [TOY, *REAL], ids=lambda family: family.name)
def test_a_family_can_be_told_in_a_study_file(family: Family) -> None:
    assert sorted(family.inputs_type._fields) == sorted(item.name for item in family.parameters)
    assert not {item.section for item in family.parameters} & set(RESERVED)
    assert len({figure.name for figure in family.figures}) == len(family.figures)
    jsonschema.Draft202012Validator.check_schema(study_schema([family]))
    json.dumps(study_schema([family]), allow_nan=False)
