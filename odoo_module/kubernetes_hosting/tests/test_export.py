import io
import zipfile

import yaml

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..tools import run_dir, vars_file
from .common import KubernetesCase


class TestVars(KubernetesCase):
    def test_vars_follow_the_contract(self):
        self.manifest.secret_refs = "odoo-db: password\nodoo-admin: password, key"
        parameter = {"name": "web_greeting", "value": "{{ lookup('env', 'HOME') }}"}
        host = self._create_host(parameter_ids=[fields.Command.create(parameter)])
        variables = host._prepare_vars()
        self.assertEqual(
            variables,
            {
                "hosting_schema": 1,
                "hosting_host": "acme.example.com",
                "hosting_project": "acme",
                "hosting_environment": "production",
                "hosting_state": "running",
                "hosting_owner": self.env["ir.config_parameter"]
                .sudo()
                .get_param("database.uuid"),
                "hosting_domains": [],
                "hosting_quota": {
                    "cpu": "2",
                    "memory": "4Gi",
                    "storage": "30Gi",
                    "pods": 20,
                },
                "hosting_cluster": {
                    "name": "zurich-1",
                    "domain": "example.com",
                    "ingress_class": "traefik",
                    "address": "203.0.113.7",
                    "issuer": "letsencrypt",
                },
                "hosting_manifests": [
                    {
                        "name": "web",
                        "url": "https://git.example.com/web.yaml",
                        "sha256": self.version.sha256,
                        "track": "latest",
                        "known": [self.version.sha256],
                    }
                ],
                "hosting_secrets": [
                    {"name": "odoo-admin", "keys": ["key", "password"]},
                    {"name": "odoo-db", "keys": ["password"]},
                ],
                "k8s_namespace": "host-acme",
                "k8s_context": "zurich-1",
                "web_greeting": "{{ lookup('env', 'HOME') }}",
            },
        )
        self.assertEqual(vars_file.load_vars(vars_file.dump_vars(variables)), variables)

    def test_a_suspended_host_says_so(self):
        host = self._create_idle_host()
        host.lifecycle = "suspended"
        self.assertEqual(host._prepare_vars()["hosting_state"], "suspended")

    def test_the_export_is_what_a_run_uses(self):
        hosts = self._create_project()._create_hosts()
        run = hosts.active_run_id
        path = run_dir.create(run._get_path().parent, run.uuid)
        run_dir.write_inventory(path, *run._collect_files())
        name, content = hosts._export(manifests=True)
        self.assertEqual(name, "hosts.zip")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            exported = {item: archive.read(item) for item in archive.namelist()}
        used = {
            str(file.relative_to(path)): file.read_bytes()
            for file in path.rglob("*")
            if file.is_file()
        }
        self.assertEqual(exported, used)
        self.assertIn(f"manifests/{self.version.sha256}", used)
        single = hosts[0]._export(manifests=False)[1]
        self.assertEqual(single, used[f"inventory/host_vars/{hosts[0].fqdn}/vars.yml"])

    def test_what_no_playbook_would_take_is_not_exported(self):
        fresh = self._create_manifest("fresh")
        host = self._create_host(
            manifest_line_ids=[fields.Command.create({"manifest_id": fresh.id})]
        )
        for export in (host.action_export_yaml, host.action_export_zip):
            with self.subTest(export), self.assertRaisesRegex(UserError, "fresh"):
                export()


@tagged("post_install", "-at_install")
class TestDownload(HttpCase, KubernetesCase):
    def _download(self, hosts, method="action_export_yaml"):
        return self.url_open(getattr(hosts, method)()["url"])

    def test_one_host_downloads_vars_yml(self):
        host = self._create_host()
        self._create_user("user", password="user-of-hosts")
        self.authenticate("test_user_1", "user-of-hosts")
        answer = self._download(host)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("vars.yml", answer.headers["Content-Disposition"])
        self.assertEqual(answer.content, host._export(False)[1])
        text = answer.text.replace("!unsafe ", "")
        self.assertEqual(yaml.safe_load(text)["hosting_host"], "acme.example.com")

    def test_several_hosts_download_a_zip(self):
        hosts = self._create_project()._create_hosts()
        self.authenticate("admin", "admin")
        answer = self._download(hosts)
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            names = archive.namelist()
        self.assertIn("inventory/hosts.yml", names)
        self.assertFalse([name for name in names if name.startswith("manifests")])
        answer = self._download(hosts[0], "action_export_zip")
        self.assertIn("acme.example.com.zip", answer.headers["Content-Disposition"])

    def test_strangers_download_nothing(self):
        host = self._create_host()
        url = host.action_export_yaml()["url"]
        answer = self.url_open(url, allow_redirects=False)
        self.assertEqual(answer.status_code, 303, "to the login page")
        self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "portal_of_hosts",
                "password": "portal_of_hosts",
                "group_ids": [fields.Command.set(self.ref_ids("base.group_portal"))],
            }
        )
        self.authenticate("portal_of_hosts", "portal_of_hosts")
        self.assertEqual(self.url_open(url).status_code, 403)

    def ref_ids(self, xmlid):
        return self.env.ref(xmlid).ids

    def test_a_wrong_list_of_hosts_is_refused(self):
        self.authenticate("admin", "admin")
        for ids in ("", "x", ",".join(map(str, range(1, 502)))):
            with self.subTest(ids=ids[:9]):
                answer = self.url_open(f"/kubernetes_hosting/export?ids={ids}")
                self.assertEqual(answer.status_code, 400)
        gone = self.url_open("/kubernetes_hosting/export?ids=2147483647")
        self.assertEqual(gone.status_code, 403)
