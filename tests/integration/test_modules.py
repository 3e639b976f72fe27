"""Each addon is installed, upgraded and uninstalled without an error and without a trace."""

import ast
import json
import re

import pytest

from tests.lab.identity import Lab
from tests.lab.paths import CHECKOUT
from tests.lab.server.odoo import MODULES, OdooServer
from tests.rings import HARMLESS

pytestmark = pytest.mark.full

# What a shell in the database writes down: by table, what identifies a row.
LOOK = """
import json
env.cr.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
seen = {"tables": sorted(row[0] for row in env.cr.fetchall())}
env.cr.execute("SELECT table_name || '.' || column_name FROM information_schema.columns "
               "WHERE table_schema = 'public'")
seen["columns"] = sorted(row[0] for row in env.cr.fetchall())
every = dict(active_test=False)
for model, field in (
    ("ir.model", "model"), ("ir.cron", "cron_name"), ("ir.ui.menu", "complete_name"),
    ("ir.config_parameter", "key"), ("website.checkout.step", "step_href"),
    ("mail.template", "name"), ("mail.activity.type", "name"), ("res.groups", "name"),
    ("res.users", "login"), ("ir.actions.actions", "name"), ("ir.ui.view", "key"),
    ("queue.job.channel", "complete_name"), ("queue.job.function", "name"),
    ("queue.job", "name"), ("ir.rule", "name"), ("ir.model.access", "name"),
    ("ir.asset", "name"), ("ir.sequence", "name"),
):
    records = env[model].with_context(**every).search([])
    seen[model] = sorted(str(record[field]) for record in records)
open({path!r}, "w").write(json.dumps(seen))
"""
# What an administrator did while the addons were there.
USE = """
env["ir.config_parameter"].set_param("kubernetes_hosting.trusted_prefixes", "https://x/")
env["kubernetes.manifest"].create({"name": "x", "url": "https://x.example.com/x.yaml"})._queue_fetch()
env.cr.commit()
"""
REMOVE = """
env["ir.module.module"].search([("name", "=", {name!r})]).button_immediate_uninstall()
env.cr.commit()
"""


@pytest.fixture(scope="module")
def server():
    """An Odoo with what our addons depend on, and none of them."""
    ours = OdooServer(Lab("test"), database="mint_modules", modules=foreign())
    ours.daemon.stop()
    ours.prepare()
    ours.drop_database()
    ours._initialise()
    ours.shell('env["website"].create({"name": "Second"})\nenv.cr.commit()\n')
    yield ours
    ours.drop_database()


def foreign() -> tuple[str, ...]:
    """Return the addons of others that ours depend on."""
    wanted = set()
    for name in MODULES:
        text = (CHECKOUT / "odoo_module" / name / "__manifest__.py").read_text()
        wanted |= set(ast.literal_eval(text)["depends"])
    return tuple(sorted(wanted - set(MODULES)))


@pytest.fixture(scope="module")
def look(server, tmp_path_factory):
    """Return a function that says what is in the database."""
    path = tmp_path_factory.mktemp("modules") / "seen.json"

    def run() -> dict[str, list[str]]:
        server.shell(LOOK.replace("{path!r}", repr(str(path))))
        return json.loads(path.read_text())

    return run


def test_installed_upgraded_and_uninstalled_they_leave_no_trace(server, look, tmp_path):
    before = look()
    assert odoo(server, tmp_path, "-i", *MODULES) == []
    installed = look()
    assert "kubernetes_host" in installed["tables"]
    assert odoo(server, tmp_path, "-u", *MODULES) == []
    assert differences(installed, look()) == {}, "an upgrade changes nothing"
    server.shell(USE)
    for name in reversed(MODULES):
        server.shell(REMOVE.format(name=name))
        assert not leftovers(look(), name), name
    assert differences(before, look()) == {}
    assert odoo(server, tmp_path, "-i", *MODULES) == [], "and once more"


def odoo(server, tmp_path, flag: str, *modules: str) -> list[str]:
    """Install or upgrade addons; return the lines of the log that are errors."""
    log = tmp_path / "odoo.log"
    log.unlink(missing_ok=True)
    words = ["server", "-c", server.conf, "-d", server.database, flag]
    server.command(*words, ",".join(modules), "--stop-after-init", "--no-http", log=log)
    return [
        line
        for line in log.read_text().splitlines()
        if re.search(r" (ERROR|CRITICAL) ", line) and not HARMLESS.search(line)
    ]


def leftovers(seen: dict[str, list[str]], module: str) -> list[str]:
    """Return what still carries an addon's own name."""
    return [
        f"{kind}: {name}"
        for kind, names in seen.items()
        for name in names
        if re.search(rf"\b{module}\.", name)
    ]


def differences(one: dict, other: dict) -> dict[str, list[str]]:
    """Return what stands in one of two views of a database alone."""
    found = {
        kind: sorted(set(one[kind]) ^ set(other[kind]))
        for kind in one
        if set(one[kind]) != set(other[kind])
    }
    return {kind: names for kind, names in found.items() if names}
