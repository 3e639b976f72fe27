"""The lab's Odoo: one database with our addons, threaded, on the loopback address."""

import hashlib
import os
import secrets
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from .. import odoo_dist, venv
from ..credentials import write_private
from ..identity import SMTP_PORT, Lab
from ..locks import exclusive
from ..paths import CHECKOUT
from ..progress import SetupError, run, step
from . import service_group
from .daemon import Daemon
from .postgres import ROLE, Postgres

DATABASE = "mint"
CORE = ("kubernetes_hosting",)
MODULES = (
    *CORE,
    "kubernetes_hosting_sale",
    "kubernetes_hosting_website_sale",
    "kubernetes_hosting_portal",
)
# What a lab needs beside ours: somebody who takes the money.
SHOP = (*MODULES, "payment_demo")
_START_SECONDS = 90
_CONF = """\
[options]
addons_path = {addons}
server_wide_modules = base,web,queue_job
db_name = {database}
db_host = {socket}
db_user = {role}
db_maxconn = 80
data_dir = {state}/odoo
list_db = False
http_interface = 127.0.0.1
http_port = {port}
gevent_port = {gevent_port}
workers = 0
max_cron_threads = 1
log_handler = :INFO,werkzeug:WARNING,odoo.addons.rpc:ERROR
admin_passwd = {master}
email_from = hosting@mint-cloud.test
smtp_server = {smtp_host}
smtp_port = {smtp_port}

[queue_job]
channels = root:6,root.kubernetes:2,root.watch:1

[kubernetes_hosting]
project_dir = {checkout}
run_root = {state}/runs
kubeconfig_dir = {state}/kubeconfigs
python = {python}
"""


class OdooServer:
    """Odoo of one lab: its configuration, its database, its process."""

    def __init__(
        self, lab: Lab, database: str = DATABASE, modules: tuple[str, ...] = SHOP
    ):
        self.lab = lab
        self.database = database
        self.modules = modules
        self.state = lab.state
        self.conf = lab.state / f"odoo-{database}.conf"
        self.log = lab.state / "logs" / f"odoo-{database}.log"
        self.playbook_python: str | Path = venv.program("python")
        self.postgres = Postgres(lab.state)
        self.daemon = Daemon(lab.state / "run" / f"odoo-{database}.json")
        seed = hashlib.sha256(lab.id.encode()).digest()
        self.port = 20000 + int.from_bytes(seed[:2]) % 5000 * 2

    @property
    def url(self) -> str:
        """Return where the browser finds this Odoo."""
        return f"http://127.0.0.1:{self.port}"

    def admin_password(self) -> str:
        """Return the administrator's password, made up once for this state."""
        return self.secret("odoo-admin-password")

    def prepare(self) -> None:
        """Start PostgreSQL and write the configuration."""
        self.postgres.start()
        self._write_conf()

    def start(self) -> None:
        """Start PostgreSQL and Odoo; the database is created on first use."""
        self.prepare()
        if not self._initialised().exists():
            with step("creating Odoo's database", "2 min"):
                self._initialise()
        if not self.daemon.pid():
            command = [*self._odoo(), "server", "-c", self.conf]
            self.daemon.start(command, self.log, self._environment(), Path("/"))
            service_group.enter(self.lab, self.daemon.pid())
        self.wait()

    def stop(self) -> None:
        """Stop Odoo, then its database server. Running playbooks go on to their end."""
        self.daemon.stop()
        service_group.remove(self.lab)
        self.postgres.stop()

    def is_running(self) -> bool:
        """Tell whether Odoo's process lives."""
        return self.daemon.pid() is not None

    def wait(self, seconds: float = _START_SECONDS) -> None:
        """Wait until Odoo answers; SetupError with the log's end when it does not."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._answers():
                return
            if not self.daemon.pid():
                break
            time.sleep(0.3)
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
        raise SetupError(
            f"Odoo does not answer at {self.url}. {self.log} ends:\n{tail}"
        )

    def command(self, *arguments: str, log: Path | None = None) -> None:
        """Run an ``odoo`` command with this server's configuration."""
        self.postgres.start()
        run([*self._odoo(), *arguments], env=self._environment(), cwd="/", log=log)

    def output(self, *words: object) -> str:
        """Run the venv's Python in this server's environment; return what it prints."""
        self.postgres.start()
        done = subprocess.run(
            [str(word) for word in (venv.program("python"), *words)],
            cwd="/",
            env=self._environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return done.stdout

    def shell(self, code: str) -> None:
        """Run Python in ``odoo shell``; it commits itself."""
        self.postgres.start()
        command = [*self._odoo(), "shell", "-c", self.conf, "-d", self.database]
        run([*command, "--no-http"], env=self._environment(), cwd="/", input=code)

    def _initialise(self) -> None:
        init = ["server", "-c", str(self.conf), "-d", self.database]
        init += ["-i", ",".join(self.modules), "--without-demo", "True"]
        self.command(*init, "--stop-after-init", "--no-http", log=self.log)
        self.shell(
            "env.ref('base.user_admin').password = "
            f"{self.admin_password()!r}\n"
            "env['ir.config_parameter'].set_param('web.base.url', "
            f"{self.url!r})\n"
            "env['ir.config_parameter'].set_param('web.base.url.freeze', 'True')\n"
            "env.cr.commit()\n"
        )
        self._initialised().touch()

    def _initialised(self) -> Path:
        return self.state / f"odoo-{self.database}.initialised"

    def _odoo(self) -> list[str | Path]:
        return [venv.program("python"), "-m", "odoo"]

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/web/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def drop_database(self) -> None:
        """Delete the database, if there is one, and what belongs to it."""
        self.postgres.drop(self.database)
        shutil.rmtree(self.state / "odoo" / "filestore" / self.database, True)
        self._initialised().unlink(missing_ok=True)

    def _write_conf(self) -> None:
        site = next((venv.directory() / "lib").glob("python3*/site-packages"))
        addons = [
            odoo_dist.python_path() / "odoo" / "addons",
            site / "odoo" / "addons",
            CHECKOUT / "odoo_module",
        ]
        text = _CONF.format(
            addons=",".join(map(str, addons)),
            database=self.database,
            socket=self.postgres.socket,
            role=ROLE,
            state=self.state,
            port=self.port,
            gevent_port=self.port + 1,
            master=self.secret("odoo-master-password"),
            smtp_host=self.lab.host_address,
            smtp_port=SMTP_PORT,
            checkout=CHECKOUT,
            python=self.playbook_python,
        )
        write_private(self.conf, text)

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k in ("HOME", "LANG", "TZ")}
        path = f"{venv.directory()}/bin:{os.environ['PATH']}"
        return kept | {"PATH": path, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}

    def secret(self, name: str) -> str:
        """Return a password of this state by its name, made up on first use."""
        self.state.mkdir(parents=True, exist_ok=True)
        path = self.state / name
        with exclusive(self.state / ".secrets.lock"):
            if not path.exists():
                write_private(path, secrets.token_urlsafe(12))
        return path.read_text()
