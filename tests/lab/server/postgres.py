"""A PostgreSQL server of the lab's own: no TCP port, a socket that only we reach."""

import os
import pwd
import re
import shutil
from pathlib import Path

from ..locks import exclusive
from ..progress import SetupError, run, step

ROLE = "odoo"
_SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
# A lab's data may go with a power cut; speed matters more.
fsync = off
full_page_writes = off
synchronous_commit = off
max_connections = 100
"""


class Postgres:
    """The server of one state directory."""

    def __init__(self, state: Path):
        self.root = state / "postgres"
        self.data = self.root / "data"
        self.socket = self.root / "socket"

    def start(self) -> None:
        """Create the cluster on first use, start it unless it runs.

        The rings of tests share one server and may start it at the same moment.
        """
        self._prepare()
        with exclusive(self.root / ".lock"):
            self._start()

    def _start(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            with step("creating the database server"):
                self._initialise()
        if not self.is_running():
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            self._as_owner(
                "pg_ctl", "-D", self.data, "-w", "-l", self.root / "log", "start"
            )

    def stop(self) -> None:
        """Stop the server at once but cleanly (sessions are ended)."""
        if self.is_running():
            self._as_owner("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    def is_running(self) -> bool:
        """Tell whether the server of this data directory runs."""
        try:
            self._as_owner("pg_ctl", "-D", self.data, "status")
        except SetupError:
            return False
        return True

    def drop(self, database: str) -> None:
        """Delete a database, ending its sessions."""
        options = ("-h", self.socket, "-U", ROLE)
        self._as_owner("dropdb", *options, "--if-exists", "--force", database)

    def execute(self, database: str, statement: str) -> str:
        """Run one SQL statement and return what psql says."""
        options = ("-h", self.socket, "-U", ROLE, "-d", database)
        return self._as_owner("psql", *options, "-Atc", statement)

    def dump(self, database: str) -> str:
        """Return a whole database as SQL."""
        options = ("-h", self.socket, "-U", ROLE, "-d", database)
        return self._as_owner("pg_dump", *options)

    def _prepare(self) -> None:
        for path in (self.root, self.socket):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.geteuid() == 0:
                shutil.chown(path, "postgres", "postgres")

    def _initialise(self) -> None:
        self._as_owner(
            *("initdb", "-D", self.data, "-U", ROLE, "-A", "trust"),
            *("--locale", "C.UTF-8", "-E", "UTF8", "--no-sync"),
        )
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(_SETTINGS.format(socket=self.socket))

    def _as_owner(self, program: str, *arguments: str | Path) -> str:
        command: list[str | Path] = [_binaries() / program, *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", *_identity("postgres"), *command]
        return run(command, cwd="/")


def _identity(user: str) -> list[str]:
    entry = pwd.getpwnam(user)
    return [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--init-groups"]


def _binaries() -> Path:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: int(re.sub(r"\D", "", path.parts[-3])),
    )
    if not found:
        raise SetupError("PostgreSQL is missing (Debian: apt-get install postgresql).")
    return found[-1].parent
