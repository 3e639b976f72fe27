"""Reset on real tenants: a safe copy in staging, production untouched, whatever happens."""

import base64
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.integration.copies import OdooHost, Visitors, wait_until
from tests.lab.paths import CHECKOUT

CHECKS = {
    "address_own", "crons_off", "fetchmail_off", "files_complete", "iap_off",
    "mail_servers_off", "modules_found", "neutralized", "payments_off",
    "secret_renewed", "uuid_renewed", "webhooks_off",
}  # fmt: skip
PICTURE = base64.b64encode(b"a file of production " * 500).decode()
READS = (
    "SELECT",
    "WITH RECURSIVE",
    "SET",
    "BEGIN",
    "COMMIT",
    "LOCK TABLE",
    "PREPARE",
    "EXECUTE",
)
# A machine that does other things, too, is slow to make two databases.
PATIENCE = {"host_ingress_timeout": 900}


def parameters(host: OdooHost) -> dict[str, str]:
    """Return what identifies a database."""
    query = "SELECT key, value FROM ir_config_parameter WHERE key IN"
    rows = host.sql(f"{query} ('database.uuid', 'database.secret')").splitlines()
    return dict(row.split("|") for row in rows)


def plant(production: OdooHost, smtp: dict[str, Any], pays: bool) -> None:
    """Give production what must arrive, and what must not live on in staging."""
    production.call("res.partner", "create", {"name": "Planted in production"})
    values = {"name": "planted.txt", "datas": PICTURE}
    production.call("ir.attachment", "create", values)
    mail = {"name": "live", "smtp_host": smtp["host"], "smtp_port": smtp["port"]}
    production.call("ir.mail_server", "create", mail | {"smtp_encryption": "none"})
    pop = {"name": "live", "server_type": "pop", "server": smtp["host"], "user": "x"}
    production.call("fetchmail.server", "create", pop | {"password": "x"})
    production.sql("UPDATE fetchmail_server SET active = true, state = 'done'")
    if pays:
        provider = {"name": "Live", "code": "none"}
        production.call("payment.provider", "create", provider)
        production.sql("UPDATE payment_provider SET state = 'enabled'")
    production.sql("UPDATE ir_cron SET active = true")
    production.sql("ALTER ROLE hosting_reader SET log_statement = 'all'")


def send(host: OdooHost, subject: str) -> None:
    """Send a mail as each sender of a tenant does; a refused connection is no error here."""
    values = {"subject": subject, "email_to": "someone@example.com", "body_html": "x"}
    mail = host.call("mail.mail", "create", values | {"email_from": "a@example.com"})
    host.call("mail.mail", "send", [mail] if isinstance(mail, int) else mail)
    partner = host.call(
        "res.partner", "search", [["name", "=", "Planted in production"]]
    )
    host.call("res.partner", "write", partner, {"email": "someone@example.com"})
    host.call("res.partner", "message_post", partner, body=subject, partner_ids=partner)
    host.call("mail.mail", "process_email_queue")


def arrived(lab: dict[str, Any], word: str) -> int:
    """Return how many mails with a word lie in the sink."""
    mails = Path(lab["smtp"]["maildir"]).glob("*.eml")
    return sum(word.encode() in mail.read_bytes() for mail in mails)


@pytest.fixture(scope="module")
def pair(lab: dict[str, Any], tmp_path_factory, request) -> Iterator[SimpleNamespace]:
    """A production with everything that a reset has to deal with, and a fresh staging.

    Payments bring the whole of accounting with them: those only with ``--full``.
    """
    folder = tmp_path_factory.mktemp("pair")
    pays = request.config.getoption("--full")
    modules = "payment" if pays else "mail"
    production = OdooHost(lab, folder / "p", "copied", odoo_modules=modules)
    staging = OdooHost(lab, folder / "s", "copied", hosting_environment="staging")
    hosts = (production, staging)
    with ThreadPoolExecutor() as pool:
        for done in pool.map(lambda host: host.run("apply", **PATIENCE), hosts):
            assert done.code == 0, done.output[-3000:]
    plant(production, lab["smtp"], pays)
    yield SimpleNamespace(production=production, staging=staging, pays=pays)
    for host in hosts:
        host.delete()


@pytest.fixture(scope="module")
def reset(pair) -> SimpleNamespace:
    """One reset, with visitors on production meanwhile."""
    production = pair.production
    before = SimpleNamespace(files=production.files(), pods=production.pods())
    with Visitors(production.tenant) as visitors:
        outcome = pair.staging.run("reset")
    assert outcome.code == 0, outcome.output[-4000:]
    return SimpleNamespace(
        outcome=outcome, told=outcome.result["reset"], visitors=visitors, before=before
    )


def test_the_checklist_is_told_and_every_point_is_true(reset) -> None:
    told = reset.told
    assert told["checks"] == dict.fromkeys(CHECKS, True)
    assert (told["action"], told["stage"], told["staging"]) == ("reset", "done", "up")
    assert told["verified"] is True and told["undo_until"] > time.strftime("%Y-%m-%d")
    assert told["size"]["count"] > 0 and told["size"]["database"] > 1_000_000
    assert 0 < told["seconds"] < 1800


def test_record_and_attachment_are_in_staging(pair, reset) -> None:
    query = "SELECT count(*) FROM res_partner WHERE name = 'Planted in production'"
    assert pair.staging.sql(query) == "1"
    found = pair.staging.call(
        "ir.attachment", "search_read", [["name", "=", "planted.txt"]], ["datas"]
    )
    assert [row["datas"] for row in found] == [PICTURE]


def test_staging_is_somebody_else(pair, reset) -> None:
    """Another uuid, another secret, its own address, its own administrator's password."""
    ours, theirs = parameters(pair.staging), parameters(pair.production)
    assert all(ours[key] and ours[key] != theirs[key] for key in theirs)
    query = "SELECT value FROM ir_config_parameter WHERE key = 'web.base.url'"
    assert pair.staging.sql(query) == f"https://{pair.staging.host}"
    assert pair.staging.tenant.log_in("admin", pair.staging.secret("odoo-admin"))
    assert not pair.staging.tenant.log_in("admin", pair.production.secret("odoo-admin"))


def test_nothing_in_staging_acts_on_its_own(pair, reset) -> None:
    count = "SELECT count(*) FROM"
    assert pair.production.sql(f"{count} ir_cron WHERE active") > "1"
    assert pair.staging.sql(f"{count} ir_cron WHERE active") == "1"
    assert pair.staging.sql(f"{count} fetchmail_server WHERE active") == "0"
    if pair.pays:
        live = f"{count} payment_provider WHERE state = 'enabled'"
        assert pair.production.sql(live) > "0" and pair.staging.sql(live) == "0"


def test_no_mail_leaves_staging(pair, reset, lab) -> None:
    """With a positive control: production's mail arrives at the sink."""
    send(pair.staging, "from-staging")
    send(pair.production, "from-production")
    wait_until(lambda: arrived(lab, "from-production"), 30)
    assert arrived(lab, "from-staging") == 0


def test_production_was_only_read(pair, reset) -> None:
    """Every statement of the reset's role is a read; files, pods and answers are as before."""
    statements = pair.production.statements()
    assert len(statements) > 100
    writes = [s for s in statements if not s.upper().startswith(READS)]
    assert [s for s in writes if not s.upper().endswith(" TO STDOUT;")] == []
    # Its own collector may delete some; nobody has written any.
    assert pair.production.files() <= reset.before.files
    assert pair.production.pods() == reset.before.pods
    assert pair.production.restarts() == 0
    assert reset.visitors.asked > 20 and reset.visitors.failures == []


def test_nothing_of_the_run_is_left(pair, reset) -> None:
    assert pair.production.traces() == [] == pair.staging.traces()


def test_nothing_in_staging_opens_production(pair, reset) -> None:
    """No Secret's value is the same, and staging's passwords are refused by production."""
    secrets = ("odoo-db", "odoo-admin", "odoo-master", "postgres-reader")
    theirs = {pair.production.secret(name) for name in secrets}
    assert theirs.isdisjoint({pair.staging.secret(name) for name in secrets})
    address = pair.production.kubectl(
        "get", "pod", "postgres-0", "-o", "jsonpath={.status.podIP}"
    )
    script = (
        "import os, psycopg2\n"
        f"psycopg2.connect(host={address!r}, dbname='odoo', connect_timeout=10)"
    )
    words = ["exec", "deploy/odoo", "-c", "odoo", "--", "python3", "-c", script]
    said = pair.staging.kubectl(*words, check=False)
    assert "password authentication failed" in said, said
    volumes = pair.staging.kubectl("get", "pods,jobs", "-o", "yaml")
    assert pair.production.namespace + "/" not in volumes


def test_staging_is_marked_and_hidden_from_search_engines(pair, reset) -> None:
    hosts = (pair.staging, pair.production)
    pages = [host.tenant.request("/web/login").text for host in hosts]
    assert ["neutraliz" in page for page in pages] == [True, False]
    script = ["curl", "-sk", "-o", "/dev/null", "-D", "-"]
    for host, hidden in ((pair.staging, True), (pair.production, False)):
        for path in ("/web/login", "/web/static/img/favicon.ico"):
            there = f"{host.host}:443:{host.lab['address']}"
            command = [*script, "--resolve", there, f"https://{host.host}{path}"]
            head = subprocess.run(
                command, capture_output=True, text=True
            ).stdout.lower()
            assert ("x-robots-tag: noindex" in head) == hidden, (host.host, path)


@pytest.mark.full
def test_undo_and_back_again(pair, reset) -> None:
    """The copy before comes back with its own data, and the reset copy again after it."""
    query = "SELECT count(*) FROM res_partner WHERE name = 'Planted in production'"
    for expected in ("0", "1"):
        outcome = pair.staging.run("reset", host_staging_reset_undo=True)
        assert outcome.code == 0, outcome.output[-3000:]
        assert outcome.result["reset"]["action"] == "undo"
        assert pair.staging.sql(query) == expected
    found = pair.staging.call(
        "ir.attachment", "search_read", [["name", "=", "planted.txt"]], ["datas"]
    )
    assert [row["datas"] for row in found] == [PICTURE]


SCRATCH = "{{ scratch() }}\n{{- tmp() }}"
SMALL = """        - name: scratch
          emptyDir:
            medium: Memory
            sizeLimit: 1Mi
{{ tmp() }}"""
IMPORTED = '\n{% endif %}\n{% if step in ["swap"'
FAULTS = {
    "dump": ("pg_dump --format", "false --format", "reset_unsafe", "unchanged"),
    "hand-over": ('BEARER = f"Bearer', 'BEARER = f"Other', "unreachable", "unchanged"),
    "restore": ("pg_restore --no-owner", "false --no-owner", "reset_unsafe", "unchanged"),
    "neutralize": ('["odoo", "neutralize", *at]', '["false"]', "reset_unsafe", "unchanged"),
    "verify": (
        'subprocess.run(["odoo", "neutralize", *at], check=True)',
        "pass",
        "reset_unsafe",
        "unchanged",
    ),
    "swap": ("settle()\n                  drop", "x()\n                  d", "reset_unsafe", "up"),
    "space": ('"$((free * 1024))"', '"1024"', "quota", "unchanged"),
    # A real disk that is too small: the dump fills it up.
    "full": (SCRATCH, SMALL, "reset_unsafe", "unchanged"),
    # One that is too small for the copy that comes: seen before anything is written to it.
    "full-copy": (SCRATCH + IMPORTED, SMALL + IMPORTED, "quota", "unchanged"),
}  # fmt: skip


def state_of(pair) -> tuple:
    """Return which database staging has, and production's pods."""
    return parameters(pair.staging), pair.production.pods()


SAMPLE = "dump"
STEPS = [
    SAMPLE,
    *(pytest.param(s, marks=pytest.mark.full) for s in FAULTS if s != SAMPLE),
]


@pytest.mark.parametrize("step", STEPS)
def test_a_fault_at_any_step_leaves_staging_as_it_was(pair, reset, step: str) -> None:
    old, new, error_class, state = FAULTS[step]
    pair.staging.set_jobs(old, new)
    files, before = pair.production.files(), state_of(pair)
    outcome = pair.staging.run("reset")
    assert outcome.error["class"] == error_class, outcome.error
    assert outcome.result["reset"]["staging"] == state, outcome.result["reset"]
    if step == "verify":
        assert outcome.result["reset"]["checks"]["neutralized"] is False
    wait_until(lambda: pair.staging.tenant.request("/web/health").status == 200)
    assert state_of(pair) == before and pair.production.files() <= files
    assert pair.production.traces() == [] == pair.staging.traces()
    names = "SELECT datname FROM pg_database WHERE datname = 'odoo_copy'"
    assert (pair.staging.sql(names) == "") is (step != "swap")
    pair.staging.set_jobs()


@pytest.mark.full
def test_a_start_that_fails_leaves_staging_down_and_says_so(pair, reset) -> None:
    """Undo and the next reset work from there."""
    staging, before = pair.staging, pair.production.pods()
    image = staging.variables["odoo_image"]
    staging.variables["odoo_image"] = "lab.local/none:1"
    outcome = staging.run("reset", host_ingress_timeout=60)
    staging.variables["odoo_image"] = image
    told = outcome.result["reset"]
    assert outcome.error["class"] == "image_pull", outcome.error
    assert (told["stage"], told["staging"], told["verified"]) == ("start", "down", True)
    assert told["undo_until"] and pair.production.pods() == before
    for flags in ({"host_staging_reset_undo": True}, {}):
        outcome = staging.run("reset", **flags, **PATIENCE)
        assert outcome.code == 0, outcome.output[-3000:]
        assert outcome.result["reset"]["staging"] == "up"
        assert staging.tenant.request("/web/health").status == 200
    assert pair.production.pods() == before


@pytest.mark.full
def test_a_second_attempt_of_a_run_swaps_no_second_time(pair, reset) -> None:
    """As Odoo starts it again when its process was lost after the swap."""
    staging = pair.staging
    for flags in ({"host_staging_reset_undo": True}, {}):
        found = [parameters(staging)]
        for _ in range(2):
            outcome = staging.run("reset", host_staging_reset_order="one", **flags)
            assert outcome.code == 0, outcome.output[-3000:]
            found.append(parameters(staging))
        assert found[0] != found[1] == found[2]
        # Another run undoes it, and it is as before the two attempts.
        outcome = staging.run("reset", host_staging_reset_undo=True)
        assert outcome.code == 0 and parameters(staging) == found[0]


@pytest.mark.full
def test_the_copy_before_is_deleted_when_it_is_forgotten(pair, reset) -> None:
    staging, query = pair.staging, "SELECT datname FROM pg_database"
    assert "odoo_before" in staging.sql(query).split()
    mine, pods = parameters(staging), staging.pods()
    outcome = staging.run("reset", host_staging_reset_forget=True)
    assert outcome.code == 0, outcome.output[-3000:]
    told = outcome.result["reset"]
    assert (told["action"], told["undo_until"]) == ("forget", None)
    assert "odoo_before" not in staging.sql(query).split()
    assert (parameters(staging), staging.pods()) == (mine, pods), "it went on running"
    outcome = staging.run("reset", host_staging_reset_undo=True)
    assert outcome.error["class"] == "reset_unsafe"
    assert outcome.result["reset"]["staging"] == "up" and parameters(staging) == mine


@pytest.mark.full
def test_a_killed_run_is_repeated(pair, reset, tmp_path: Path) -> None:
    """In the middle of the import; the next run deletes what was left and succeeds."""
    pair.staging.set_jobs()
    run = start(pair.staging)
    wait_until(lambda: "odoo-import" in pair.staging.kubectl("get", "jobs"), 300)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert pair.staging.traces()
    outcome = pair.staging.run("reset", host_namespace_lease_seconds=1)
    if not outcome.result["ok"] and outcome.error["class"] == "busy":
        time.sleep(15)
        outcome = pair.staging.run("reset", host_namespace_lease_seconds=1)
    assert outcome.code == 0, outcome.output[-3000:]
    assert outcome.result["reset"]["verified"] is True
    assert pair.production.traces() == [] == pair.staging.traces()


@pytest.mark.full
def test_a_product_without_jobs_starts_new_and_empty(pair, reset) -> None:
    """The last one: staging's data are gone then."""
    staging, before = pair.staging, pair.production.pods()
    jobs = staging.variables.pop("hosting_jobs")
    outcome = staging.run("reset")
    assert outcome.error["class"] == "invalid_vars"
    assert "host_staging_reset_fresh" in outcome.error["hint"]
    password, mine = staging.secret("odoo-admin"), parameters(staging)
    outcome = staging.run("reset", host_staging_reset_fresh=True, **PATIENCE)
    staging.variables["hosting_jobs"] = jobs
    assert outcome.code == 0, outcome.output[-3000:]
    told = outcome.result["reset"]
    assert (told["action"], told["undo_until"]) == ("fresh", None)
    query = "SELECT count(*) FROM res_partner WHERE name = 'Planted in production'"
    assert staging.sql(query) == "0" and parameters(staging) != mine
    assert staging.tenant.log_in("admin", password)
    assert pair.production.pods() == before


def start(staging: OdooHost) -> subprocess.Popen:
    """Start a reset whose lease ends soon after its death."""
    from tests.integration import by_hand  # the same command, in the background

    command = [str(by_hand.venv.program("ansible-playbook")), "playbooks/reset.yml"]
    command += ["-i", f"{staging.host},", "-e", f"@{staging.directory / 'vars.yml'}"]
    command += ["-e", '{"host_namespace_lease_seconds": 10}']
    (staging.directory / "vars.yml").write_text(by_hand.dump_vars(staging.variables))
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(staging.directory)}
    environment |= {"K8S_AUTH_KUBECONFIG": staging.lab["kubeconfig"], "LANG": "C.UTF-8"}
    assert shutil.which("curl")
    return subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL
    )
