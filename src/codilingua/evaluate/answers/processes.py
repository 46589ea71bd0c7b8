"""A job in; a worker started for it, its progress passed on, and why it failed, if it did, out."""

from __future__ import annotations

import json
import os
import signal
import site
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from codilingua.errors import AssetError
from codilingua.evaluate.answers.jobs import Job, Workplace, digest
from codilingua.evaluate.answers.worker import timed_sample
from codilingua.evaluate.systems import SystemSpec, entry_of
from codilingua.evaluate.systems.embeddings import Progress

Started = Callable[[str], Progress]
"""Called with the name of a step that begins; what it returns is told how far the step is."""

_IMPORT_ROOT = Path(__file__).resolve().parents[3]
_SECONDS_TO_END = 10


def run_job(job: Job, started: Started) -> str | None:
    """Have a job done in processes of its own, as far as it is not done yet.

    :return: None, or in one line why the system cannot answer.
    :raises AssetError: when the job's folder cannot be written.
    """
    workplace = Workplace(Path(job.folder))
    if _is_done(job, workplace):
        return None
    try:
        workplace.folder.mkdir(parents=True, exist_ok=True)
        failure = _start("prepare", job, started) if workplace.system() is None else None
        return failure or _start("serve", job, started)
    except OSError as error:
        reason = f"the rankings cannot be kept ({error.strerror}); choose another folder with --cache"
        raise AssetError(f"{workplace.folder}: {reason}") from error


def _is_done(job: Job, workplace: Workplace) -> bool:
    cost = workplace.cost()
    if cost is None or cost["sample"] != digest("\n".join(timed_sample(job))):
        return False
    # A model that is not part of a package may have changed under its name: only opening it tells.
    if entry_of(job.system).hub_name:
        return False
    wanted = {digest(query) for query in job.queries}
    return len(workplace.read(wanted)) == len(wanted)


def _start(step: Literal["prepare", "serve"], job: Job, started: Started) -> str | None:
    log = Workplace(Path(job.folder)).log
    # -P: nothing is imported from the folder that the user happens to stand in.
    command = [sys.executable, "-P", "-m", "codilingua.evaluate.answers.worker", step]
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=_environment(job)
        ) as worker,
    ):
        try:
            return _listen(worker, step, job, started)
        finally:
            # Ctrl-C, or an error on this side: the worker is not left behind.
            worker.terminate()
            try:
                worker.wait(_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                worker.kill()


def _listen(worker: subprocess.Popen[bytes], step: str, job: Job, started: Started) -> str | None:
    assert worker.stdin is not None
    assert worker.stdout is not None
    try:
        worker.stdin.write(json.dumps(asdict(job)).encode())
        worker.stdin.close()
    except BrokenPipeError:
        pass  # it ended before it read all of it; its status says why
    task, progress = "", None
    for line in worker.stdout:
        message = json.loads(line)
        if "failed" in message:
            return str(message["failed"])
        if "finished" in message:
            return None
        if message["task"] != task or progress is None:
            task = message["task"]
            progress = started(f"{SystemSpec(job.system, job.surfaces)}: {task}")
        if message["total"]:
            progress(message["done"], message["total"])
    return _how_it_ended(worker.wait(), step, Workplace(Path(job.folder)).log)


def _how_it_ended(status: int, step: str, log: Path) -> str:
    """Of a process that said nothing itself."""
    if status == -signal.SIGKILL:
        return "its process was killed, as happens where memory runs out"
    if status < 0:
        return f"its process ended with signal {signal.Signals(-status).name} (see {log})"
    return f"its process ended with status {status} during {step} (see {log})"


def _environment(job: Job) -> dict[str, str]:
    """The worker runs this very code, also out of a checkout; numerical libraries get the job's threads."""
    variables = {**os.environ, "PYTHONUTF8": "1"}
    if str(_IMPORT_ROOT) not in site.getsitepackages():
        paths = [str(_IMPORT_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        variables["PYTHONPATH"] = os.pathsep.join(paths)
    if job.threads is not None:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            variables[name] = str(job.threads)
    if "torch" in entry_of(job.system).modules:
        # torch has threads of its own, which wait by spinning: beside those of NumPy a query takes twice
        # the time, and the peer would look slow for our mistake.
        variables["OPENBLAS_NUM_THREADS"] = "1"
    return variables
