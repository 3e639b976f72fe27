"""``python3 -m tests.bench``: writes many hosts' objects in several ways, in turns.

Prints ratios, since a machine's seconds mean nothing on another one, and writes all
figures as JSON and a plot as SVG. Needs the lab ``test``. Two cores and nothing else
running: about 2 minutes for 1 host, 14 for 20 and 35 for 50 (``--rounds 1``: 1, 6 and 15).
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import plot, ways
from tests.lab import up
from tests.lab.fault_proxy import FaultProxy, Plan, running
from tests.lab.identity import Lab
from tests.lab.kube import kubectl
from tests.lab.progress import say
from tests.lab.rest import Api

FIRST = "kubectl, a host at a time"
APPLY_TASK = "Apply the objects"
MOST_FOR_EIGHT = 1.3
# Calls whose median shows that the proxy really delays.
CALLS = 20


def main() -> int:
    """Measure, print, write; 1 when eight documents cost too much."""
    options = _options()
    lab = Lab("test")
    up.up(lab, light=True)
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running(lab, Path(folder)) as proxy:
        try:
            trips = {delay: round_trip(proxy, delay) for delay in options.delays}
            rows = list(_measure(lab, proxy, Path(folder), options))
            eight = _eight_over_one(lab, proxy, Path(folder), options.rounds)
        finally:
            _clean(lab, max(options.hosts))
    found = {"rows": rows, "eight_documents_over_one": round(eight, 3)}
    found |= {"round_trips_ms": trips, "rounds": options.rounds}
    (options.output / "bench.json").write_text(json.dumps(found, indent=2) + "\n")
    (options.output / "bench.svg").write_text(plot.bars(rows))
    _print(rows)
    say(
        f"\n8 documents / 1 document in apply.yml's task: {eight:.2f} (≤ {MOST_FOR_EIGHT})"
    )
    say(f"{options.output}/bench.json, {options.output}/bench.svg")
    return int(eight > MOST_FOR_EIGHT)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m tests.bench", description=__doc__)
    parser.add_argument("--hosts", type=numbers, default=[1, 20, 50], help="1,20,50")
    parser.add_argument(
        "--delays", type=numbers, default=[0, 10], help="ms a call: 0,10"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ways", default="", help="a part of the names; all if absent")
    parser.add_argument("--output", type=Path, default=Path("bench-results"))
    return parser.parse_args()


def numbers(text: str) -> list[int]:
    """Return the numbers of ``1,20,50``."""
    return [int(word) for word in text.split(",")]


def round_trip(proxy: FaultProxy, delay: int) -> float:
    """Return the median of a small call in ms; raise if the delay is not really added."""
    proxy.plan = Plan(latency=delay / 1000)
    api, found = Api(proxy.kubeconfig), []
    for _ in range(CALLS):
        started = time.monotonic()
        api.call("GET", "/version")
        found.append((time.monotonic() - started) * 1000)
    median = round(statistics.median(found), 2)
    say(f"… a call with {delay} ms added takes {median} ms")
    if median < delay:
        raise RuntimeError(f"a call takes {median} ms where {delay} ms are added")
    return median


def _measure(
    lab: Lab, proxy: FaultProxy, folder: Path, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    """Yield the median of each way for each number of hosts and each delay."""
    wanted = {k: v for k, v in ways.WAYS.items() if options.ways in k or k == FIRST}
    for count in options.hosts:
        proxy.plan = Plan()
        say(f"… {count} hosts: making their namespaces")
        made = ways.apply_playbook(ways.Bench(lab, proxy, folder, count, "first"))
        turns = options.rounds * len(options.delays)
        say(
            f"  {made.wall:.0f} s; about {1.5 * turns * made.wall:.0f} s for {turns} turns"
        )
        for delay in options.delays:
            found: dict[str, list[dict]] = {name: [] for name in wanted}
            for turn in range(options.rounds):
                for number, (name, way) in enumerate(wanted.items()):
                    proxy.plan = Plan(latency=delay / 1000)
                    greeting = f"round-{delay}-{turn}-{number}"
                    figures = way(ways.Bench(lab, proxy, folder, count, greeting))
                    calls = {"requests": len(proxy.plan.seen) / count}
                    found[name].append(figures.row() | calls)
                    say(f"  {count} hosts, {delay} ms, {name}: {figures.wall:.2f} s")
            yield from _medians(count, delay, found)


def _medians(count: int, delay: int, found: dict[str, list[dict]]) -> list[dict]:
    rows = []
    for name, turns in found.items():
        row = {key: statistics.median(turn[key] for turn in turns) for key in turns[0]}
        rows.append({"hosts": count, "delay": delay, "way": name} | row)
    first = next(row for row in rows if row["way"] == FIRST)
    for row in rows:
        row["ratio"] = round(row["wall"] / first["wall"], 3)
        row["cpu_ratio"] = round(row["cpu"] / first["cpu"], 3)
    return rows


def _eight_over_one(lab: Lab, proxy: FaultProxy, folder: Path, rounds: int) -> float:
    """Return how much longer apply.yml's task takes for eight documents than for one."""
    seconds: dict[int, list[float]] = {1: [], 8: []}
    proxy.plan = Plan()
    for turn in range(rounds):
        for documents, found in seconds.items():
            bench = ways.Bench(lab, proxy, folder, 1, f"eight-{turn}", documents)
            figures = ways.apply_playbook(bench)
            found.append(ways.seconds_of(figures, APPLY_TASK))
    return statistics.median(seconds[8]) / statistics.median(seconds[1])


def _print(rows: list[dict[str, Any]]) -> None:
    say(f"\n{'hosts':>5} {'ms':>3}  {'way':<26}{'wall':>8}{'ratio':>7}{'CPU':>8}"
        f"{'ratio':>7}{'MiB':>7}{'calls/host':>12}")  # fmt: skip
    for row in rows:
        say(f"{row['hosts']:>5} {row['delay']:>3}  {row['way']:<26}{row['wall']:>8.2f}"
            f"{row['ratio']:>7.2f}{row['cpu']:>8.2f}{row['cpu_ratio']:>7.2f}"
            f"{row['memory']:>7.0f}{row['requests']:>12.1f}")  # fmt: skip


def _clean(lab: Lab, count: int) -> None:
    names = [f"host-bench-{number}" for number in range(count)]
    kubectl(lab, "delete", "namespace", *names, "--ignore-not-found", "--wait=false")


if __name__ == "__main__":
    raise SystemExit(main())
