"""Reset on real tenants: a safe copy in staging, production is only read."""

import subprocess
import time
from pathlib import Path
from typing import Any

from tests.integration.copies import OdooHost, wait_until
from tests.integration.reset.pair import PICTURE, parameters

CHECKS = {
    "address_own", "crons_off", "fetchmail_off", "files_complete", "iap_off",
    "mail_servers_off", "modules_found", "neutralized", "payments_off",
    "secret_renewed", "uuid_renewed", "webhooks_off",
}  # fmt: skip
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
