"""What holds for the project as a whole: layers, determinism, packaging, the lock file."""

from __future__ import annotations

import ast
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parent.parent

# Imports run one way: scenarios -> dcc -> devices.
FORBIDDEN_IMPORTS = {"devices": {"dcc", "scenarios"}, "dcc": {"scenarios"}}

# A run is a function of its inputs and its seed.
CLOCKS_AND_CHANCE = {
    "now",
    "today",
    "utcnow",
    "time_ns",
    "monotonic",
    "urandom",
    "uuid1",
    "uuid4",
    "token_bytes",
}


def modules(package: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((ROOT / package).rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def imported_packages(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def called_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Attribute):
                yield function.attr
            elif isinstance(function, ast.Name):
                yield function.id


@pytest.mark.parametrize("package", sorted(FORBIDDEN_IMPORTS))
def test_imports_run_one_way(package: str) -> None:
    for path, tree in modules(package):
        against = FORBIDDEN_IMPORTS[package].intersection(imported_packages(tree))
        assert not against, f"{path.relative_to(ROOT)} imports {sorted(against)}"


@pytest.mark.parametrize("package", ["devices", "dcc"])
def test_cores_read_no_clock_and_draw_no_chance(package: str) -> None:
    for path, tree in modules(package):
        used = CLOCKS_AND_CHANCE.intersection(called_names(tree))
        assert not used, f"{path.relative_to(ROOT)} calls {sorted(used)}"
        assert "secrets" not in imported_packages(tree), path.relative_to(ROOT)


def test_wheel_holds_the_packages_and_their_tables(tmp_path: Path) -> None:
    wheel = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"]))
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"devices/gbcs/use_cases.csv", "devices/gbcs/alerts.csv", "devices/py.typed"} <= names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"devices", "dcc", "scenarios"}


def test_lock_file_names_no_index_and_hashes_everything() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if "://" in line or re.match(r"\s*(-i|-f|--(?!hash=sha256:))", line)]
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    requirements = re.split(r"\n(?=\S)", text)
    assert len(requirements) > 20
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+==\S+ ", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement
