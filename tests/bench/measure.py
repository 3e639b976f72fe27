"""Wall clock, CPU seconds and peak memory of a command with all its children."""

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from tests.lab.paths import CHECKOUT


@dataclass
class Figures:
    """What one run cost. ``memory`` is the peak of the tree's shares (PSS), in MiB."""

    wall: float
    cpu: float
    memory: float
    output: str = ""

    def row(self) -> dict[str, float]:
        """Return the figures without the output."""
        return {k: round(v, 3) for k, v in asdict(self).items() if k != "output"}


def run(command: Sequence[str | Path], environment: dict[str, str]) -> Figures:
    """Run a command to its end; raise RuntimeError with its output if it failed."""
    started = time.monotonic()
    child = subprocess.Popen(
        [str(word) for word in command],
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watch = _Watch(child.pid)
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    watch.stop()
    if child.returncode:
        raise RuntimeError(
            f"{command[0]} ended with {child.returncode}:\n{output[-3000:]}"
        )
    return Figures(wall, usage.ru_utime + usage.ru_stime, watch.peak, output)


class _Watch(threading.Thread):
    """Looks at a process tree four times a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process = psutil.Process(pid)
        self.peak = 0.0
        self.ended = threading.Event()
        self.start()

    def run(self) -> None:
        """Keep the largest sum of the tree's shares of memory."""
        while not self.ended.wait(0.25):
            self.peak = max(self.peak, self._now())

    def stop(self) -> None:
        """End the looking."""
        self.ended.set()
        self.join()

    def _now(self) -> float:
        total = 0
        try:
            tree = [self.process, *self.process.children(recursive=True)]
        except psutil.Error:
            return 0.0
        for process in tree:
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                continue  # it has just ended
        return total / 2**20
