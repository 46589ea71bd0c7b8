"""``codilingua serve`` as a process: how it starts, refuses to start, loses a worker and ends."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.service.live import Live, live

Environment = Callable[..., dict[str, str]]
Run = Callable[..., subprocess.CompletedProcess[bytes]]
WORKERS = 2


@pytest.fixture
def variables(environment: Environment, tiny_folder: Path, tmp_path: Path) -> dict[str, str]:
    database = f"sqlite:///{tmp_path / 'codilingua.db'}"
    return environment(CODILINGUA_ASSETS=str(tiny_folder), CODILINGUA_DATABASE=database)


def children(server: Live) -> list[int]:
    listed = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    return [int(number) for number in listed.split()]


def test_it_answers_and_ends_at_a_signal(variables: dict[str, str], tmp_path: Path) -> None:
    with live(tmp_path, variables) as server:
        assert server.get("api/search?q=angina")[0] == 200
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
    assert "Traceback" not in server.log.read_text()


def test_what_has_begun_is_finished_when_it_ends(variables: dict[str, str], tmp_path: Path) -> None:
    statuses: list[int] = []
    with live(tmp_path, variables) as server:
        assert server.get("health/ready")[0] == 200
        body = b'{"queries": [' + b", ".join([b'"angina pectoris unspecified"'] * 250) + b"]}"
        host, port = server.url.removeprefix("http://").strip("/").split(":")

        def ask() -> None:
            head = f"POST /api/search HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            with socket.create_connection((host, int(port)), 30) as connection:
                connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                answer = connection.makefile("rb").readline()
            statuses.append(int(answer.split()[1]))

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        asking.join(30)
        assert server.process.wait(20) == 0
    assert statuses == [200]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--host", "0.0.0.0"), "CODILINGUA_ALLOWED_HOSTS"),
        (("--host", "192.0.2.1"), "codilingua keys add"),
        (("--port", "70000"), "port is 70000"),
        (("--workers", "0"), "workers is 0"),
        (("--config", "/nowhere.toml"), "/nowhere.toml"),
        (("--assets", "/nowhere"), "/nowhere"),
    ],
)
def test_it_does_not_start_open_to_all_or_wrong(
    run: Run, tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    database = f"sqlite:///{tmp_path / 'codilingua.db'}"
    done = run("serve", *options, variables={"CODILINGUA_DATABASE": database})
    assert done.returncode in (1, 2)
    assert says in done.stderr.decode()


def test_an_address_in_use_is_named(run: Run, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(
            "serve", "--port", str(port), variables={"CODILINGUA_DATABASE": f"sqlite:///{tmp_path / 'x.db'}"}
        )
    assert done.returncode == 2
    assert f"127.0.0.1:{port} cannot be listened on" in done.stderr.decode()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_a_killed_worker_is_replaced_and_the_others_answer(variables: dict[str, str], tmp_path: Path) -> None:
    with live(tmp_path, variables, ("--workers", str(WORKERS))) as server:
        assert server.get("health/ready")[0] == 200
        before = children(server)
        assert len(before) == WORKERS
        os.kill(before[0], signal.SIGKILL)
        statuses = {server.get("api/search?q=angina")[0] for _ in range(20)}
        assert statuses == {200}
        end = time.monotonic() + 30
        while time.monotonic() < end and len(set(children(server)) - {before[0]}) < WORKERS:
            time.sleep(0.05)
        after = children(server)
        assert len(after) == WORKERS
        assert before[1] in after
        assert before[0] not in after
        with_all = server.get("api/search?q=angina")
        assert with_all[0] == 200
        assert "a worker died and is replaced" in server.log.read_text()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
    assert all(not Path(f"/proc/{number}").exists() for number in after)


def test_the_metrics_of_all_workers_are_one(variables: dict[str, str], tmp_path: Path) -> None:
    import urllib.request

    asked = 12
    with live(tmp_path, variables, ("--workers", str(WORKERS))) as server:
        for _ in range(asked):
            server.get("api/chapters")
        with urllib.request.urlopen(server.url + "metrics", timeout=30) as answer:
            text = answer.read().decode()
    assert f'codilingua_requests_total{{method="GET",route="/api/chapters",status="200"}} {asked}.0' in text


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can give up rights"
)
def test_it_runs_without_rights_and_without_a_home(variables: dict[str, str], tmp_path: Path) -> None:
    prefix = (
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "--no-new-privs",
        "--bounding-set=-all",
    )
    kept: dict[str, Any] = {
        **variables,
        "HOME": "/nonexistent",
        "CODILINGUA_DATABASE": "sqlite:////nonexistent/x.db",
    }
    try:
        subprocess.run(
            [*prefix, sys.executable, "-c", "import codilingua"], env=kept, check=True, capture_output=True
        )
    except subprocess.CalledProcessError:
        pytest.skip("the code of this checkout cannot be read by others")
    with live(tmp_path, kept, prefix=prefix) as server:
        assert server.get("api/search?q=angina")[0] == 200
        assert server.get("health/ready")[1] == {"status": "ready", "feedback": "not kept"}
