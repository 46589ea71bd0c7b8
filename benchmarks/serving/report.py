"""The numbers of the scenes in; what they say beside their targets, in Markdown, out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MEGA = 1e6


def report(results: Mapping[str, Any]) -> str:
    """The whole report, made of ``results.json``."""
    scenes, machine = results["scenes"], results["machine"]
    start = scenes["start"]
    commit = str(machine["commit"])[:10] + (", with changes" if machine["modified"] else "")
    lines = [
        "# The server under load",
        "",
        f"{machine['date']}, {machine['processor']}, commit {commit}, load before {machine['load_before']}.",
        "Made by `make bench-serve`; change nothing here by hand.",
        "",
        f"Load from `wrk`, a second process on the same {machine['cores_used']} cores, over loopback,",
        f"{results['seconds']:g} s a scene. *In-process* is the same engine called from Python, one query",
        "after the other (batch: all at once).",
        "",
        "| | requests a second | median ms | p95 ms | errors | target |",
        "|---|---:|---:|---:|---:|---|",
        _process("first stage, in-process", scenes["in_process_first"]),
        *(
            _served(
                f"first stage, served by {n}, 8 clients",
                scenes[f"served_{n}_first"],
                "≥ 120 a second, p95 ≤ 60 ms",
            )
            for n in (1, 2)
        ),
        _process("reranked, in-process", scenes["in_process_reranked"]),
        *(
            _served(f"reranked, served by {n}, 4 clients", scenes[f"served_{n}_reranked"], "p95 ≤ 400 ms")
            for n in (1, 2)
        ),
        _served("mixed traffic, 4 clients", scenes["mixed"], "no error"),
        "",
        "| | measured | target |",
        "|---|---:|---|",
        f"| start to ready, median of {start['starts']} | {start['median']:.2f} s | ≤ 2 s |",
        f"| memory after mixed traffic, first fifth to last | {scenes['mixed']['growth']:+.1%} | ± 5 % |",
        f"| memory, one worker | {scenes['served_1_memory']['bytes'] / _MEGA:.0f} MB | |",
        f"| memory, two workers, shared pages once | {scenes['served_2_memory']['bytes'] / _MEGA:.0f} MB | |",
        _killed(scenes["killed"]),
        "",
    ]
    return "\n".join(lines)


def _process(name: str, numbers: Mapping[str, float]) -> str:
    rate = f"{numbers['rate']:.0f} (batch {numbers['batch_rate']:.0f})"
    return f"| {name} | {rate} | {numbers['p50']:.1f} | {numbers['p95']:.1f} | | |"


def _served(name: str, numbers: Mapping[str, float], target: str) -> str:
    return (
        f"| {name} | {numbers['rate']:.0f} | {numbers['p50']:.1f} | {numbers['p95']:.1f} "
        f"| {numbers['errors']} of {numbers['requests']:,} | {target} |"
    )


def _killed(numbers: Mapping[str, float]) -> str:
    lost = f"{numbers['errors']} of {numbers['requests']:,} lost, {numbers['workers_after']} workers after"
    title = f"one of two workers killed under load, {numbers['clients']} clients"
    return f"| {title} | {lost} | its own requests at most |"
