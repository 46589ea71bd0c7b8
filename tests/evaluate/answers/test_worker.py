"""Workers as processes: what they keep, how they go on, and how they fail."""

from __future__ import annotations

import ast
import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import codilingua
from codilingua.artifacts import Assets
from codilingua.errors import QueryError
from codilingua.evaluate.answers import jobs, worker
from codilingua.evaluate.answers.jobs import Job, Ranked, Workplace, digest
from codilingua.evaluate.answers.processes import run_job

PACKAGE = Path(codilingua.__file__).parent
QUERIES = ("multiple fractures of ribs", "dolor toràcic estrany", "zzqx unlikely words")


def quiet(_: str) -> Callable[[int, int], None]:
    return lambda *_: None


@pytest.fixture
def job(tiny_folder: Path, tmp_path: Path) -> Job:
    return Job(
        system="codilingua-lexical",
        surfaces="all",
        catalog=str(Assets(tiny_folder).catalog),
        assets=str(tiny_folder),
        cache=str(tmp_path / "cache"),
        folder=str(tmp_path / "cache" / "evaluation" / "one"),
        pool=None,
        queries=QUERIES,
        depth=20,
        timed=2,
        seed=1,
        threads=1,
    )


def kept(job: Job) -> dict[str, tuple[str, ...]]:
    return Workplace(Path(job.folder)).read({digest(query) for query in job.queries})


def test_a_job_is_done_and_kept(job: Job) -> None:
    assert run_job(job, quiet) is None
    found = kept(job)
    assert list(found) == [digest(query) for query in QUERIES]
    assert found[digest("multiple fractures of ribs")][0].startswith("S22.")
    cost = Workplace(Path(job.folder)).cost()
    assert cost is not None
    assert cost["timed"] == 2
    assert 0 < cost["median_ms"] <= cost["p95_ms"]
    # Python, NumPy and ONNX Runtime take tens of megabytes; the parent's memory is not counted.
    assert 20e6 < cost["peak_bytes"] < 400e6
    facts = Workplace(Path(job.folder)).system()
    assert facts is not None
    assert facts["codes"] == 50
    for path in Path(job.cache).rglob("*"):
        for query in QUERIES:
            assert path.is_dir() or query.encode() not in path.read_bytes()


def test_a_second_time_only_what_is_new_is_ranked(job: Job) -> None:
    run_job(job, quiet)
    file = Workplace(Path(job.folder)).rankings
    first = file.read_bytes()
    told: list[tuple[str, int]] = []

    def listen(task: str) -> Callable[[int, int], None]:
        return lambda _, total: told.append((task, total))

    assert run_job(job, listen) is None
    assert (told, file.read_bytes()) == ([], first)
    assert run_job(replace(job, queries=(*QUERIES, "myocardial infarction")), listen) is None
    assert ("codilingua-lexical: ranking", 1) in told
    assert file.read_bytes().startswith(first)
    assert file.read_bytes().count(b"\n") == 4


def test_timed_again_it_keeps_the_memory_that_ranking_took(job: Job) -> None:
    assert run_job(job, quiet) is None
    workplace = Workplace(Path(job.folder))
    cost = workplace.cost()
    assert cost is not None
    workplace.keep_cost({**cost, "peak_bytes": 10**12})
    assert run_job(replace(job, timed=1), quiet) is None
    again = workplace.cost()
    assert again is not None
    assert (again["timed"], again["peak_bytes"]) == (1, 10**12)


def test_a_torn_last_line_is_ranked_again(job: Job) -> None:
    run_job(job, quiet)
    file = Workplace(Path(job.folder)).rankings
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    assert len(kept(job)) == 2
    assert run_job(job, quiet) is None
    assert file.read_bytes() == whole


def test_rankings_of_another_system_are_forgotten(job: Job) -> None:
    run_job(job, quiet)
    place = Workplace(Path(job.folder))
    facts = place.system()
    assert facts is not None
    place.keep_system({**facts, "identity": "the model before"})
    place.append(["myocardial infarction"], [Ranked(("T14.8",), (1.0,))])
    asked = replace(job, queries=("myocardial infarction", "x"))
    assert run_job(asked, quiet) is None
    assert kept(asked)[digest("myocardial infarction")][0].startswith("I21")


def test_a_pool_is_kept_to(job: Job) -> None:
    assert run_job(replace(job, pool=("I10", "S72.1")), quiet) is None
    assert {code for codes in kept(job).values() for code in codes} <= {"I10", "S72.1"}


def test_a_failure_on_purpose_is_one_line(job: Job, tmp_path: Path) -> None:
    reason = run_job(replace(job, assets=str(tmp_path / "none")), quiet)
    assert reason is not None
    assert str(tmp_path / "none") in reason
    assert "\n" not in reason
    assert reason.count("Error") == 0


def test_a_bug_is_one_line_and_a_log(job: Job) -> None:
    reason = run_job(replace(job, depth=None), quiet)  # type: ignore[arg-type]
    assert reason is not None
    assert reason.startswith("TypeError: ")
    log = Workplace(Path(job.folder)).log
    assert str(log) in reason
    assert "line" in log.read_text()


def test_a_message_with_a_query_is_withheld(job: Job) -> None:
    assert "zzqx" not in worker._failure(QueryError("cannot read 'zzqx unlikely words'"), job)
    assert worker._failure(QueryError("too long"), job) == "too long"


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc")
def test_a_worker_that_is_killed_is_told_apart(job: Job) -> None:
    def kill(task: str) -> Callable[[int, int], None]:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        if "timing" in task:
            for child in children:
                if b"codilingua.evaluate.answers.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                    os.kill(int(child), signal.SIGKILL)
        return lambda *_: None

    many = replace(job, queries=tuple(f"rib {number}" for number in range(5000)))
    reason = run_job(many, kill)
    assert reason is not None
    assert "killed" in reason
    assert run_job(job, quiet) is None


def test_the_sample_is_seeded_and_spread(job: Job) -> None:
    many = replace(job, queries=tuple(map(str, range(1000))), timed=50)
    sample = worker.timed_sample(many)
    assert len(set(sample)) == 50
    assert sample == worker.timed_sample(replace(many, queries=many.queries[::-1]))
    assert sample != worker.timed_sample(replace(many, seed=2))


def test_jobs_survive_the_pipe(job: Job) -> None:
    from dataclasses import asdict

    for one in (job, replace(job, pool=("I10",), assets=None, threads=None)):
        assert Job.parse(json.loads(json.dumps(asdict(one)))) == one


def test_another_folder_for_whatever_could_change_an_answer(tmp_path: Path) -> None:
    same = (tmp_path, "minilm", "all", None, "digest", 20, None, {"numpy": "2"})
    changed = ("x", "bm25", "titles", ["I10"], "other", 10, 2, {"numpy": "3"})
    base = jobs.work_folder(*same)
    assert jobs.work_folder(*same) == base
    others = {base}
    for place in range(1, len(same)):
        arguments = [*same]
        arguments[place] = changed[place]
        others.add(jobs.work_folder(*arguments))
    assert len(others) == len(same)


def test_the_digest_covers_what_a_worker_imports() -> None:
    waiting, seen = (
        [PACKAGE / "evaluate" / "answers" / "worker.py", *(PACKAGE / "evaluate" / "systems").glob("*.py")],
        set(),
    )
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "codilingua":
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                for name in names:
                    base = PACKAGE.parent.joinpath(*(name or "").split("."))
                    waiting += [
                        one for one in (base.with_suffix(".py"), base / "__init__.py") if one.is_file()
                    ]
    found = {path.relative_to(PACKAGE) for path in seen}
    assert Path("search/engine.py") in found
    assert [path for path in found if not jobs.decides(path)] == []
