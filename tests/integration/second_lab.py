"""A lab of a second checkout, for tests that break labs, and what it leaves on the host."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.lab.paths import CHECKOUT

PARTS = ("tests/__init__.py", "tests/lab", "requirements.lock")
PARTS += ("roles/host_namespace/files/cluster",)
KERNEL = ("vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops")
CGROUPS = Path("/sys/fs/cgroup")


class SecondLab:
    """The ``demo`` lab of a copy of this checkout, with its state beside the copy."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.states = folder / "state"
        for part in PARTS:
            source, target = CHECKOUT / part, self.checkout / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, target, ignore=ignored)
            else:
                shutil.copy(source, target)
        asked = "from tests.lab.identity import *; print(Lab('demo').id)"
        self.id = self._python("-c", asked).strip()
        self.state = self.states / self.id

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        """Start ``python3 -m tests.lab …`` of the copy and return the process."""
        command = [sys.executable, "-m", "tests.lab", *words]
        return subprocess.Popen(
            command,
            cwd=self.checkout,
            env=self._environment() | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, command: str, *options: str, code: int = 0) -> str:
        """Run a command of the copy's lab to its end and return its output."""
        process = self.start(command, "--name", "demo", *options)
        output = process.communicate()[0]
        assert process.returncode == code, output
        return output

    def run_given(
        self, command: str, *options: str, **variables: str
    ) -> tuple[int, str]:
        """Run a command of the copy's other lab; return its exit code and output."""
        process = self.start(command, "--name", "test", *options, **variables)
        output = process.communicate()[0]
        return process.returncode, output

    def facts(self, purpose: str = "demo") -> dict[str, Any]:
        """Return the copy's ``lab.json``."""
        state = self.state.with_name(self.id.replace("demo", purpose))
        return json.loads((state / "lab.json").read_text())

    def first_process(self) -> int:
        """Return the host's pid of the first process in the lab's namespaces."""
        return next(
            pid
            for pid, words in _command_lines().items()
            if words[1:3] == ["-m", "tests.lab.cluster_init"]
            and str(self.state) in words
        )

    def kubectl(self, *words: str, text: str | None = None) -> str:
        """Run kubectl as the copy's administrator."""
        code = "import sys; from tests.lab import kube; from tests.lab.identity import Lab;"
        code += "print(kube.kubectl(Lab('demo'), *sys.argv[1:], text=sys.stdin.read()))"
        return self._python("-c", code, *words, text=text or "")

    def traces(self) -> dict[str, list[str]]:
        """Return what of this lab (or of unknown origin) is on the host."""
        addresses = _lines("ip", "-o", "address")
        return {
            "processes": [f"{pid} {words}" for pid, words in self.processes().items()],
            "mounts": Path("/proc/self/mounts").read_text().splitlines(),
            "interfaces": [line for line in addresses if self._may_be_ours(line)],
            "routes": [line for line in _routes() if self._may_be_ours(line)],
            "nftables": _lines("nft", "list", "ruleset"),
            "cgroups": [str(path) for path in CGROUPS.glob(f"*/mint-cloud/{self.id}")],
            "kernel": [(Path("/proc/sys") / name).read_text() for name in KERNEL],
            "directories": [str(p) for p in Path("/var/lib").glob("kube*")]
            + [str(p) for p in Path("/run").glob("containerd*")],
        }

    def processes(self) -> dict[int, list[str]]:
        """Return the processes of the lab: by name, and all in its cgroups (pods)."""
        return {
            pid: words
            for pid, words in _command_lines().items()
            if any(str(self.states) in word for word in words) or self._holds(pid)
        }

    def _holds(self, pid: int) -> bool:
        try:
            return f"/mint-cloud/{self.id}" in Path(f"/proc/{pid}/cgroup").read_text()
        except OSError:
            return False

    def _may_be_ours(self, line: str) -> bool:
        """Other checkouts' labs may come and go while the tests run."""
        return "mc-" not in line or f"mc-{self.id.split('-')[0]}" in line

    def _python(self, *words: str, text: str = "") -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.checkout,
            env=self._environment(),
            input=text,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _environment(self) -> dict[str, str]:
        return os.environ | {"MINT_CLOUD_STATE": str(self.states)}


def _lines(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return sorted(done.stdout.splitlines())


def _routes() -> list[str]:
    return _lines("ip", "route", "show", "table", "all")


def _command_lines() -> dict[int, list[str]]:
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        found[int(entry.name)] = words.split("\0")[:-1]
    return found
