"""Long work in; a bar on standard error out, where somebody is there to see it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

_EVERY = 10
"""Percent between two lines of progress."""


@contextmanager
def bar(task: str, count: Callable[[], int | None]) -> Iterator[Callable[[int], None]]:
    """Show a bar while the block runs, where standard error is a terminal and the answers go elsewhere.

    :param count: how many steps there are, None where nobody knows; called where there is a bar.
    :return: a function to call with how many more are done.
    """
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # By default rich takes over standard output while the bar runs, and prints it above the bar: on
    # standard error, where no answer belongs.
    progress = Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with progress:
        number = progress.add_task(task, total=count())
        yield lambda more: progress.advance(number, more)


class Steps:
    """The steps of a build, each a line on standard error with the time it took."""

    def __init__(self) -> None:
        self._task = ""
        self._began = 0.0
        self._shown = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._finish()

    def start(self, task: str) -> Callable[[int, int], None]:
        """End the step before, begin this one.

        :return: a function to call with how many parts are done, and of how many.
        """
        self._finish()
        self._task, self._began, self._shown = task, time.monotonic(), 0
        print(f"{task} …", file=sys.stderr, flush=True)
        return self._progress

    def _progress(self, done: int, total: int) -> None:
        percent = 100 * done // total
        if percent >= self._shown + _EVERY:
            self._shown = percent
            print(f"{self._task}: {percent} % ({done:,} of {total:,})", file=sys.stderr, flush=True)

    def _finish(self) -> None:
        if self._task:
            print(f"{self._task}: {time.monotonic() - self._began:.0f} s", file=sys.stderr, flush=True)
