from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.http import Request
from odoo.tests import HttpCase, tagged

from odoo.addons.kubernetes_hosting.tests.common import KubernetesCase

PASSWORD = "a-log-in-for-the-portal-1"
# What the cluster made; it must be nowhere but in the answer to its owner.
FIRST_PASSWORD = "canary-Zx81-first-password"


@tagged("post_install", "-at_install")
class HostingPortalCase(KubernetesCase):
    """Anna and Beat, each with a hosting; a colleague of Anna's; an internal user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firm = cls.env["res.partner"].create(
            {"name": "Acme AG", "is_company": True}
        )
        cls.anna = cls._create_portal_user("anna", parent_id=cls.firm.id)
        cls.colleague = cls._create_portal_user("carla", parent_id=cls.firm.id)
        cls.beat = cls._create_portal_user("beat")
        cls.clerk = cls.env["res.users"].create(
            {
                "name": "clerk",
                "login": "clerk",
                "password": PASSWORD,
                "group_ids": [fields.Command.set(cls.env.ref("base.group_user").ids)],
            }
        )
        cls.project = cls._create_sold_project("acme", cls.anna)
        cls.host = cls.project._get_host("production")
        cls.staging = cls.project._get_host("staging")
        cls.foreign = cls._create_sold_project("bravo", cls.beat)._get_host(
            "production"
        )

    @classmethod
    def _create_portal_user(cls, login, **vals):
        partner = cls.env["res.partner"].create(
            {"name": login.title(), "email": f"{login}@example.com"} | vals
        )
        return cls.env["res.users"].create(
            {
                "login": login,
                "password": PASSWORD,
                "partner_id": partner.id,
                "group_ids": [fields.Command.set(cls.env.ref("base.group_portal").ids)],
            }
        )

    @classmethod
    def _create_sold_project(cls, name, user):
        project = cls._create_project(name, partner_id=user.partner_id.id)
        project._create_hosts()
        return project

    @classmethod
    def _deploy(cls, project, **states):
        """Let the deployment of both hosts end; states by step, else all ok."""
        run = project.host_ids.active_run_id
        cls._finish(run, project.host_ids, cls._result(**states))

    @classmethod
    def _add_jobs(cls):
        """Let the product of all projects have jobs for its data."""
        jobs = cls._create_manifest("odoo-jobs", purpose="reset")
        version = cls._add_version(jobs, "kind: Job\n")
        version._store_check([])
        version.action_approve()
        projects = cls.env["kubernetes.project"].search([])
        projects.manifest_ids += jobs

    @classmethod
    def _add_backup(cls, host, name="20261123-041500-ab12cd", **vals):
        """Let a backup of a host exist, as the playbook reports it."""
        entry = {"id": name, "host": host.fqdn, "time": "2026-11-23T04:15:00Z"}
        entry |= {"size": 4 * 2**20, "verified": True} | vals
        host._store_backups({"id": name, "list": [entry]})
        return host.sudo().backup_ids.filtered(lambda backup: backup.name == name)

    @classmethod
    def _reset_result(cls, ok=True, **reset):
        """Return what a reset publishes; what differs by keyword."""
        until = fields.Datetime.now() + timedelta(hours=24)
        error = None if ok else cls._error("reset_unsafe")
        return cls._result(ok=ok, error=error) | {
            "reset": {
                "action": "reset",
                "source": "acme.example.com",
                "stage": "done",
                "verified": True,
                "checks": {"mail_servers_off": True, "crons_off": True},
                "size": {"database": 3 * 2**20, "files": 2**20},
                "seconds": 130,
                "undo_until": f"{until.isoformat()}Z",
                "staging": "up",
            }
            | reset,
        }

    def _hand_over(self, run, password=FIRST_PASSWORD):
        """Do what access.yml does at its end; return the file."""
        file = run._get_path() / "first_password"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(password)
        return file

    def _get_access_runs(self):
        return self.env["kubernetes.run"].search([("playbook", "=", "access")])

    def _find_in_database(self, text):
        """Return the tables in which a text stands."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' "
            "AND relnamespace = 'public'::regnamespace"
        )
        found = []
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(
                f'SELECT 1 FROM "{table}" t WHERE t::text LIKE %s LIMIT 1',  # noqa: S608
                [f"%{text}%"],
            )
            if self.env.cr.fetchone():
                found.append(table)
        return found


class HostingPagesCase(HostingPortalCase, HttpCase):
    """Asks for pages as a browser does, without their style sheets and scripts.

    Each test would bundle those again, which takes longer than all the rest.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        bundles = patch.object(
            cls.registry["ir.qweb"], "_get_asset_nodes", lambda *_args, **_kwargs: []
        )
        bundles.start()
        cls.addClassCleanup(bundles.stop)

    def url_open(self, url, *args, timeout=120, **kwargs):
        """Ask as long as a machine may take that has other work to do."""
        return super().url_open(url, *args, timeout=timeout, **kwargs)

    def _post(self, path, **data):
        """Send a form of the session's."""
        data = {"csrf_token": Request.csrf_token(self)} | data
        return self.url_open(path, data=data, allow_redirects=False)
