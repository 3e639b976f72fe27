"""An Odoo whose points are marked, a host on it, and what is done to both."""

import email
import os
import shutil
import signal
import stat
import threading
import time
from pathlib import Path

from tests.integration.odoo_driver import Driver
from tests.lab import odoo_dist, venv
from tests.lab.server.client import OdooError
from tests.lab.server.odoo import OdooServer
from tools import processes

HERE = Path(__file__).parent
SOON = 180  # seconds after a death within which everything is as it should be
PATIENCE = 600  # seconds that a test waits all the same, to say how long it took
FOLLOWER = "follower@mint-cloud.test"
_PYTHON = """\
#!/bin/sh
# The launcher says: -E -s -B -m tools.supervisor RUN_DIR
shift 5
PATH={venv}/bin:$PATH exec {python} -E -s -B {here}/marked_supervisor.py {folder} "$@"
"""


class MarkedServer(OdooServer):
    """Odoo with workers, and with the addon that marks its points."""

    @property
    def folder(self) -> Path:
        """Return where points are armed and locks are logged."""
        return self.state / "kill"

    def prepare(self) -> None:
        """Write the interpreter that starts the marked supervisor, too."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)
        python = self.folder / "python"
        python.write_text(
            _PYTHON.format(
                venv=venv.directory(),
                python=venv.program("python"),
                here=HERE,
                folder=self.folder,
            )
        )
        python.chmod(stat.S_IRWXU)
        super().prepare()

    def resume(self) -> None:
        """Start again after a kill: the folder with the points stays as it is."""
        self.daemon.start(
            [*self._odoo(), "server", "-c", self.conf],
            self.log,
            self._environment(),
            Path("/"),
        )
        self.wait()

    def _write_conf(self) -> None:
        super()._write_conf()
        text = self.conf.read_text()
        for old, new in (
            ("base,web,queue_job", "base,web,queue_job,kill_points"),
            ("addons_path = ", f"addons_path = {HERE},"),
            ("workers = 0", "workers = 3"),
            (f"python = {venv.program('python')}", f"python = {self.folder}/python"),
        ):
            assert old in text, old
            text = text.replace(old, new)
        self.conf.write_text(text)

    def _odoo(self) -> list[str | Path]:
        # With workers, Odoo starts a second program of its own name for websockets.
        return [venv.program("python"), odoo_dist.directory() / "usr/bin/odoo"]

    def _environment(self) -> dict[str, str]:
        return super()._environment() | {"KILL_POINTS": str(self.folder)}


class WriterLog(threading.Thread):
    """Looks who writes to a host, all the time: two runs at once are remembered."""

    def __init__(self, fqdn: str):
        super().__init__(daemon=True)
        self.fqdn = fqdn
        self.overlaps: list[set[str]] = []
        self.seen: set[str] = set()
        self.over = threading.Event()

    def run(self) -> None:
        """Look ten times a second until ``over`` is set."""
        while not self.over.wait(0.1):
            runs = self._writers()
            self.seen |= runs
            if len(runs) > 1:
                self.overlaps.append(runs)

    def _writers(self) -> set[str]:
        found = set()
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if b"ansible-playbook" not in (entry / "cmdline").read_bytes():
                    continue
                content = (entry / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            own = dict(part.partition("=")[::2] for part in content.split("\0"))
            if self.fqdn in own.get("HOSTING_LOCKED_HOSTS", "").split():
                found.add(own["HOSTING_RUN"])
        return found


class Site:
    """One host, in trouble before each case; *Apply* makes it well and mails so."""

    def __init__(self, driver: Driver, server: MarkedServer, host: int):
        self.driver = driver
        self.server = server
        self.host = host
        self.fqdn = driver.host(host, "fqdn")["fqdn"]
        self.maildir = Path(driver.lab["smtp"]["maildir"])
        self.folder = server.folder
        self.start = 0.0
        self.before: list[int] = []

    def follow(self) -> None:
        """Let somebody follow the host by mail."""
        call = self.driver.client.call
        values = {"name": "Follower", "login": FOLLOWER, "email": FOLLOWER}
        values |= {"notification_type": "email"}
        user = self.driver.client.find_or_create(
            "res.users", [("login", "=", FOLLOWER)], values
        )
        partner = self.driver.client.read("res.users", user, "partner_id")["partner_id"]
        call("kubernetes.host", "message_subscribe", [self.host], [partner[0]])

    def arm(self, point: str) -> None:
        """Arm a point; the host is in trouble from now on."""
        for file in self.folder.iterdir():
            if file.name != "python":
                file.unlink()
        self._sql(
            "UPDATE mail_mail SET state = 'cancel' WHERE state != 'sent';"
            f"UPDATE kubernetes_host SET health = 'failed' WHERE id = {self.host}"
        )
        self.before = self.runs()
        self.start = time.time()
        (self.folder / point).touch()

    def press(self) -> threading.Thread:
        """Press Apply, as a person whose browser may lose the connection."""
        thread = threading.Thread(target=self._press, daemon=True)
        thread.start()
        return thread

    def _press(self) -> None:
        try:
            self.driver.client.call("kubernetes.host", "action_apply", [self.host])
        except (OSError, OdooError, ValueError):
            return

    def wait_for(self, point: str, seconds: float = 150) -> int:
        """Return the id of the process that has reached the point."""
        hit = self.folder / f"{point}.reached"
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if hit.exists() and hit.read_text():
                return int(hit.read_text())
            time.sleep(0.02)
        raise AssertionError(f"nobody reached {point}")

    def hit(self, victim: str, pid: int) -> None:
        """Kill who is named, and bring Odoo up again when that was Odoo."""
        if victim in ("worker", "supervisor"):
            os.kill(pid, signal.SIGKILL)
        if victim in ("odoo", "machine"):
            os.killpg(self.server.daemon.pid(), signal.SIGKILL)
        if victim == "machine":
            self._kill_runs()
        if victim == "database":
            self._sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                "datname = current_database() AND pid <> pg_backend_pid()"
            )
        (self.folder / "go").touch()
        if victim in ("odoo", "machine"):
            self.driver.wait(self.server.daemon.pid, lambda seen: seen is None, 10)
            self.server.resume()

    def _sql(self, statement: str) -> str:
        return self.server.postgres.execute(self.server.database, statement)

    def wait_until_mailed(self) -> None:
        """Wait until the follower has mail and nothing waits to be sent any more."""
        waiting = "SELECT count(*) FROM mail_mail WHERE state = 'outgoing'"
        self.driver.wait(
            lambda: (len(self.mails()), int(self._sql(waiting))),
            lambda seen: seen[0] and not seen[1],
            PATIENCE,
        )

    def _kill_runs(self) -> None:
        """Kill all processes of this host's runs: supervisor, playbook, modules."""
        assert processes.kill_all(
            lambda: processes.with_environment(
                lambda own: self.fqdn in own.get("HOSTING_LOCKED_HOSTS", "").split()
            )
        )

    def runs(self) -> list[int]:
        """Return the Apply runs of the host."""
        return self.driver.client.search(
            "kubernetes.run",
            ("playbook", "=", "apply"),
            ("line_ids.host_id", "=", self.host),
        )

    def wait_until_well(self) -> dict:
        """Return the run that made the host well, which has to be the only new one."""
        fields = ("activity", "health", "error_class", "error_message", "run_summary")
        self.driver.wait(
            lambda: self.driver.host(self.host, *fields),
            lambda seen: seen["activity"] == "idle" and seen["health"] == "ok",
            PATIENCE,
        )
        new = sorted(set(self.runs()) - set(self.before))
        assert len(new) == 1, f"{len(new)} runs instead of one"
        return self.driver.wait(
            lambda: self.driver.client.read("kubernetes.run", new[0]),
            lambda run: run["state"] not in ("queued", "running"),
            PATIENCE,
        )

    def mails(self) -> list[str]:
        """Return the Message-IDs of what the follower got since the point was armed."""
        found = []
        for file in sorted(self.maildir.glob("*.eml")):
            if int(file.name.split("-")[0]) / 1e9 < self.start:
                continue
            message = email.message_from_bytes(file.read_bytes())
            if FOLLOWER in message["X-Sink-To"]:
                found.append(message["Message-ID"])
        return found

    def lock_log(self) -> list[list[str]]:
        """Return what the supervisors wrote: time, took or left, run, host."""
        file = self.folder / "locks.log"
        return [line.split() for line in file.read_text().splitlines()]
