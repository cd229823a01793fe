"""Running studies: replications, workers that come and go, stop rules, folders that go on."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from study_worlds import TOY

from dcc.modifications import Modification
from scenarios import families
from scenarios.errors import InputError
from scenarios.families import FAMILIES
from scenarios.study import planning, runner
from scenarios.study.jobs import Done, Job, jobs_of, run_job
from scenarios.study.planning import StudySpec, SweepAxis, VariantSpec, plan_of, seed_of, switch_pair
from scenarios.study.pools import Cluster, InProcess, ProcessPool
from scenarios.study.results import Finished, Plan, StudyResult, Task
from scenarios.study.runner import run_study
from scenarios.study.statistics import difference_estimates, estimate, figure_values
from scenarios.study.stop_rule import precision_missed
from scenarios.study.store import Store, events_file, load_plan, load_study

PAIR = switch_pair((Modification.SECMP0063,))


@pytest.fixture(autouse=True)
def only_toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "FAMILIES", {"toy": TOY})


def plan(**changes: Any) -> Plan:
    return plan_of(StudySpec(TOY, **{"seed": 5, "replications": 4, "variants": PAIR, **changes}))


def without_time(result: StudyResult) -> StudyResult:
    return result._replace(finished=tuple(done._replace(wall_seconds=0.0) for done in result.finished))


def run_here(of: Plan, store: Store | None = None) -> StudyResult:
    return without_time(run_study(TOY, of, InProcess(), store=store))


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


class Interrupting(InProcess):
    """As if somebody pressed Ctrl-C after so many tasks."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._left = after

    def submit(self, job: Job) -> Future[Done]:
        if not self._left:
            raise KeyboardInterrupt
        self._left -= 1
        return super().submit(job)


class Backwards:
    """Finishes of all that it has the last first."""

    slots = 6
    lost: tuple[type[BaseException], ...] = ()

    def __init__(self) -> None:
        self._jobs: list[tuple[Job, Future[Done]]] = []

    def submit(self, job: Job) -> Future[Done]:
        future: Future[Done] = Future()
        self._jobs.append((job, future))
        return future

    def finish_one(self) -> None:
        job, future = self._jobs.pop()
        future.set_result(run_job(job))

    def restart(self) -> None:
        raise AssertionError

    def close(self, *, at_once: bool = False) -> None:  # noqa: ARG002
        self._jobs.clear()


def test_the_first_replication_has_the_seed_itself_and_all_variants_have_one_seed() -> None:
    asked = plan()
    assert seed_of(asked, 0) == 5
    seeds = {number: seed_of(asked, number) for number in range(50)}
    assert len(set(seeds.values())) == 50
    assert all(0 <= seed < 2**63 for seed in seeds.values())
    for job in jobs_of(TOY, asked):
        assert job.seed == seeds[job.task.replication]


def test_results_are_in_the_order_of_the_tasks() -> None:
    result = run_here(plan())
    assert [done.task for done in result.finished] == [
        Task(variant, replication) for replication in range(4) for variant in range(2)
    ]
    assert result.complete
    assert result.finished[0].outcome == run_job(next(jobs_of(TOY, plan()))).outcome


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_worker_processes_give_what_one_process_gives(method: str, tmp_path: Path) -> None:
    if method == "fork" and sys.platform == "win32":
        pytest.skip("no fork here")
    asked = plan()
    here = run_here(asked, Store(tmp_path / "here", asked))
    pool = ProcessPool(2, method)
    there = run_study(TOY, asked, pool, store=Store(tmp_path / "there", asked))
    assert without_time(there) == here
    assert files(tmp_path / "here") == files(tmp_path / "there")


def test_the_order_in_which_tasks_finish_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = plan(replications=30, precision={"wrong": 2.0})
    here = run_here(asked, Store(tmp_path / "here", asked))
    pool = Backwards()

    def wait(pending: dict[Future[Done], Job], timeout: float, return_when: str) -> None:
        pool.finish_one()

    monkeypatch.setattr(runner, "wait", wait)
    there = run_study(TOY, asked, pool, store=Store(tmp_path / "there", asked))
    assert without_time(there) == here
    assert files(tmp_path / "here") == files(tmp_path / "there")
    assert 2 < len(here.finished) // 2 < 30


def half_width(result: StudyResult, variant: int, replications: int) -> float:
    values = [figure_values(result, variant, "wrong")[number] for number in range(replications)]
    found = estimate(values, 0.95)
    assert found is not None
    assert found.half_width is not None
    return found.half_width


def test_replications_end_with_the_first_at_which_all_intervals_are_narrow_enough() -> None:
    result = run_here(plan(replications=200, precision={"wrong": 1.5}))
    count = len(result.finished) // 2
    assert result.complete
    assert all(half_width(result, variant, count) < 1.5 for variant in (0, 1))
    for fewer in range(2, count):
        assert any(half_width(result, variant, fewer) >= 1.5 for variant in (0, 1))


def test_a_precision_of_the_differences_looks_at_the_pairs() -> None:
    result = run_here(plan(replications=200, precision={"difference.wrong": 1.0}))
    (pair,) = [item for item in difference_estimates(result, TOY) if item.figure == "wrong"]
    assert pair.estimate.half_width is not None
    assert pair.estimate.half_width < 1.0
    assert result.complete


def test_none_in_every_run_is_precise_only_when_its_bound_is() -> None:
    asked = plan(values={"wrong_rate": 0.0}, replications=50, precision={"wrong": 0.5})
    result = run_here(asked)
    # None of 40 homes n times leaves 40 (1 - 0.05^(1/40n)) of 40 open: more than 0.5 up to 5 times.
    assert len(result.finished) == 6 * 2
    assert result.complete
    fewer = run_here(asked._replace(replications=5))
    assert precision_missed(fewer, TOY) == ("wrong",)
    assert precision_missed(result, TOY) == ()


def test_there_are_never_fewer_replications_than_asked_for_nor_more() -> None:
    at_least = run_here(plan(replications=50, precision={"wrong": 1000.0}, least_replications=7))
    assert len(at_least.finished) == 7 * 2
    at_most = run_here(plan(replications=5, precision={"wrong": 1e-9}))
    assert len(at_most.finished) == 5 * 2
    assert at_most.complete


def test_an_interrupt_leaves_what_is_finished_and_the_folder_goes_on(tmp_path: Path) -> None:
    asked = plan()
    whole = run_here(asked, Store(tmp_path / "whole", asked))
    folder = tmp_path / "study"
    partial = run_study(TOY, asked, Interrupting(3), store=Store(folder, asked))
    assert not partial.complete
    assert without_time(partial).finished == whole.finished[:3]
    assert load_study(folder) == without_time(partial)
    told: list[tuple[Finished, int]] = []
    again = run_study(
        TOY, asked, InProcess(), store=Store(folder, asked), on_finished=lambda *of: told.append(of)
    )
    assert [(done.task, tasks) for done, tasks in told] == [(done.task, 8) for done in whole.finished[3:]]
    assert without_time(again) == whole == load_study(folder)
    assert files(folder) == files(tmp_path / "whole")


def test_a_study_that_was_stopped_by_its_precision_is_not_run_again(tmp_path: Path) -> None:
    asked = plan(replications=50, precision={"wrong": 3.0})
    first = run_here(asked, Store(tmp_path, asked))
    again = run_study(TOY, asked, Interrupting(0), store=Store(tmp_path, asked))
    assert again == first
    assert again.complete


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seed": 6}, "plan.seed there 5, here 6"),
        ({"replications": 5}, "plan.replications there 4, here 5"),
        ({"byte_share": 0.5}, "plan.byte_share there 1.0, here 0.5"),
        ({"values": {"homes": 41}}, "plan.variants[0].values.homes there 40, here 41"),
        ({"variants": ()}, "plan.variants there 2 entries, here 1 entries"),
        ({"precision": {"wrong": 1.0}}, "plan.precision.wrong there nothing, here 1.0"),
    ],
)
def test_a_folder_refuses_another_plan_and_says_what_differs(
    changes: dict[str, Any], told: str, tmp_path: Path
) -> None:
    Store(tmp_path, plan())
    with pytest.raises(InputError) as refused:
        Store(tmp_path, plan(**changes))
    assert told in str(refused.value)


def test_a_folder_refuses_another_version(tmp_path: Path) -> None:
    Store(tmp_path, plan())
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    manifest["dccbench"] = "0.0.1"
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=r'dccbench there "0\.0\.1"'):
        Store(tmp_path, plan())


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="is there, expected a new folder"):
        Store(tmp_path, plan())
    assert list(files(tmp_path)) == ["letter.txt"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema": "dccbench/study-task/1"}'])
def test_a_task_file_that_is_spoilt_is_named(content: str, tmp_path: Path) -> None:
    asked = plan()
    run_here(asked, Store(tmp_path, asked))
    (tmp_path / "tasks" / "v001-r00002.json").write_text(content)
    with pytest.raises(InputError, match=r"v001-r00002\.json"):
        load_study(tmp_path)


def test_a_plan_comes_back_from_its_folder(tmp_path: Path) -> None:
    asked = plan(sweep=(SweepAxis("errors.wrong_rate", "wrong_rate", (0.1, 0.2)),), precision={"wrong": 2.0})
    Store(tmp_path, asked)
    assert load_plan(tmp_path) == (TOY, asked)


def test_events_are_kept_where_that_is_asked_for(tmp_path: Path) -> None:
    asked = plan()
    here, there = (Store(tmp_path / name, asked, keeps_events=True) for name in ("here", "there"))
    result = run_study(TOY, asked, InProcess(), store=here)
    run_study(TOY, asked, ProcessPool(2), store=there)
    assert files(tmp_path / "here") == files(tmp_path / "there")
    rows = []
    for done in result.finished:
        of_run = pyarrow.parquet.read_table(events_file(tmp_path / "here", done.task)).to_pylist()
        assert len(of_run) == done.outcome.figures["wrong"]
        rows += of_run
    odd = next(row for row in rows if row["home"] % 2)
    assert odd == {
        "at": datetime(2026, 1, 5, 8, 0, odd["home"] % 60, tzinfo=UTC),
        "kind": "act",
        "code": "wrong",
        "actor": "00-DB-12-34-00-00-00-01",
        "device": None,
        "srv": "6.21",
        "number": 2**64 - 1,
        "home": odd["home"],
        "detail": "by chance",
    }
    assert any(row["number"] is None for row in rows)


def test_a_task_whose_events_are_missing_is_run_again(tmp_path: Path) -> None:
    asked = plan()
    run_study(TOY, asked, InProcess(), store=Store(tmp_path, asked))
    assert not (tmp_path / "events").exists()
    again = Store(tmp_path, asked, keeps_events=True)
    assert again.count() == 0
    run_study(TOY, asked, InProcess(), store=again)
    assert again.count() == 8


def test_the_tasks_of_a_lost_worker_are_run_again(tmp_path: Path) -> None:
    tripwire = tmp_path / "tripwire"
    tripwire.touch()
    asked = plan(values={"tripwire": str(tripwire)})
    result = run_study(TOY, asked, ProcessPool(2))
    assert not tripwire.exists()
    assert without_time(result) == run_here(asked)


def test_workers_that_are_lost_again_and_again_end_the_study() -> None:
    with pytest.raises(InputError, match="workers: lost 3 times"):
        run_study(TOY, plan(values={"tripwire": "always"}), ProcessPool(1))


def test_inputs_that_do_not_fit_together_end_the_study() -> None:
    for pool in (InProcess(), ProcessPool(1)):
        with pytest.raises(InputError, match="a luckier number"):
            run_study(TOY, plan(values={"homes": 13}), pool)


def test_a_worker_of_another_version_is_refused() -> None:
    class Outdated(InProcess):
        def submit(self, job: Job) -> Future[Done]:
            future: Future[Done] = Future()
            future.set_result(run_job(job)._replace(version="0.0.1"))
            return future

    with pytest.raises(InputError, match=r"worker: has dccbench 0\.0\.1"):
        run_study(TOY, plan(), Outdated())


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_can_be_sent_to_a_worker(name: str) -> None:
    assert pickle.loads(pickle.dumps(FAMILIES[name])) == FAMILIES[name]


def test_a_sweep_has_every_variant_at_every_point() -> None:
    asked = plan(sweep=(SweepAxis("errors.wrong_rate", "wrong_rate", (0.1, 0.25)),))
    assert [
        (item.label, item.values["wrong_rate"], item.changed, item.baseline) for item in asked.variants
    ] == [
        ("without secmp0063, errors.wrong_rate = 0.1", 0.1, ("wrong_rate",), 0),
        ("with secmp0063, errors.wrong_rate = 0.1", 0.1, ("wrong_rate",), 0),
        ("without secmp0063, errors.wrong_rate = 0.25", 0.25, (), 0),
        ("with secmp0063, errors.wrong_rate = 0.25", 0.25, (), 2),
    ]


def test_variants_by_hand_are_compared_with_the_first() -> None:
    variants = (VariantSpec("as it is"), VariantSpec("few", values={"homes": 5}), VariantSpec("more"))
    assert [item.baseline for item in plan(variants=variants).variants] == [0, 0, 0]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"variants": (VariantSpec("a"), VariantSpec("a"))}, "variant.label: 'a', expected each label once"),
        ({"precision": {"wrogn": 1.0}}, "study.precision.wrogn: no such figure, did you mean wrong?"),
        ({"variants": (), "precision": {"difference.wrong": 1.0}}, "expected two or more to compare"),
        (
            {"precision": {"wrong": 1.0}, "replications": 1},
            "study.replications: 1, expected at least 2, or no precision",
        ),
        ({"variants": (VariantSpec("a", *[(Modification.MP128B,)] * 2),)}, "both name mp128b"),
        (
            {"sweep": (SweepAxis("population.homes", "homes", tuple(range(1, 502))),)},
            "variants: 1002, expected at most 1000",
        ),
    ],
)
def test_what_does_not_fit_together_is_no_plan(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as refused:
        plan(**changes)
    assert told in str(refused.value)


def test_without_a_number_of_replications_there_is_one_or_with_a_precision_enough() -> None:
    assert plan(replications=None).replications == 1
    assert (
        plan(replications=None, precision={"wrong": 1.0}).replications == planning.DEFAULT_MOST_REPLICATIONS
    )


@pytest.fixture
def cluster() -> Iterator[Any]:
    distributed: Any = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
        ) as local,
    ):
        yield local


def test_a_cluster_gives_what_one_process_gives(cluster: Any) -> None:
    asked = plan()
    assert without_time(run_study(TOY, asked, Cluster(cluster.scheduler_address))) == run_here(asked)


def test_a_cluster_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="expected a Dask scheduler"):
        Cluster("nowhere://x")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match="needs the library distributed"):
        Cluster("tcp://127.0.0.1:1")
