import base64
import io
import random
import zipfile

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError

from ..tools import vars_file, vars_import
from .common import KubernetesCase
from .sample_names import BAD

PARAMETERS = {
    "web_greeting": "Grüezi {{ lookup('env', 'HOME') }}\nzwei <b>",
    "web_replicas": 3,
    "web_debug": False,
    "web_one": 1,
    "web_names": ["a: b", "{% x %}", "yes"],
    "web_empty": "",
    "web_none": [],
}


class TestImport(KubernetesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host = cls._create_idle_host()
        cls.host.parameter_ids = [
            fields.Command.create({"name": name} | cls.host._prepare_parameter(value))
            for name, value in PARAMETERS.items()
        ]

    def _vars(self, **changes):
        return self.host._prepare_vars() | changes

    def _wizard(self, variables, host=None, user=None):
        text = (
            variables if isinstance(variables, str) else vars_file.dump_vars(variables)
        )
        records = (host or self.env["kubernetes.host"]).with_user(user or self.env.user)
        action = records.action_import_yaml()
        wizard = records.env[action["res_model"]].browse(action["res_id"])
        wizard.write({"file": base64.b64encode(text.encode()), "filename": "a.yml"})
        return wizard

    def _differences(self, variables, host=None):
        wizard = self._wizard(variables, host)
        wizard.action_read()
        return {row["field"]: row for row in wizard.differences or []}

    def test_the_jobs_of_a_host_are_no_difference(self):
        job = self._create_manifest("jobs", purpose="reset")
        version = self._add_version(job, "kind: Job\n")
        version._store_check([])
        version.action_approve()
        self.host.project_id.manifest_ids |= job
        self.assertIn("hosting_jobs", self._vars())
        self.assertEqual(self._differences(self._vars(), self.host), {})

    def test_what_was_exported_differs_in_nothing(self):
        name, content = self.host._export(False)
        self.assertEqual(name, "vars.yml")
        self.assertEqual(self._differences(content.decode(), self.host), {})
        self.host.action_suspend()
        self.assertEqual(self._differences(self._vars()), {})

    def test_every_type_comes_back_as_it_was(self):
        changed = dict(PARAMETERS, web_one=True, web_names=["x"], web_new=-7)
        del changed["web_debug"]
        variables = {
            key: value for key, value in self._vars().items() if key not in PARAMETERS
        }
        rows = self._differences(variables | changed, self.host)
        self.assertEqual(
            {name: row["kind"] for name, row in rows.items()},
            {
                "web_one": "change",
                "web_names": "change",
                "web_new": "new",
                "web_debug": "remove",
            },
        )
        wizard = self._wizard(variables | changed, self.host)
        wizard.action_read()
        wizard.action_import()
        found = self.host._prepare_vars()
        for name, value in changed.items():
            self.assertEqual(repr(found[name]), repr(value), name)
        self.assertNotIn("web_debug", found)
        self.assertEqual(self._differences(variables | changed), {})
        self.assertEqual(self.host.activity, "idle", "Apply is a step of its own")

    def test_quota_manifests_and_state(self):
        second = self._create_manifest("second")
        version = self._add_version(second, "kind: Secret\n")
        version._store_check([])
        version.action_approve()
        quota = {"cpu": "1", "memory": "4Gi", "storage": "30Gi", "pods": 9}
        entry = {
            "name": "second",
            "url": second.url,
            "track": "pinned",
            "sha256": version.sha256,
            "known": [],
        }
        variables = self._vars(
            hosting_quota=quota, hosting_manifests=[entry], hosting_state="suspended"
        )
        rows = self._differences(variables)
        self.assertEqual(
            {name: row["kind"] for name, row in rows.items()},
            {
                "State": "change",
                "Quota: CPU": "change",
                "Quota: Pods": "change",
                "Manifest web": "remove",
                "Manifest second": "new",
            },
        )
        wizard = self._wizard(variables)
        wizard.action_read()
        wizard.action_import()
        self.assertEqual(self.host.manifest_line_ids.manifest_id, second)
        self.assertEqual(self.host.manifest_line_ids.track, "pinned")
        self.assertEqual(self.host.lifecycle, "suspended")
        self.assertEqual(self.host.active_run_id.playbook, "suspend")
        self._finish(self.host.active_run_id, self.host)
        self.assertEqual(self._differences(variables), {})

    def test_a_wrong_file_is_refused_with_line_and_reason(self):
        text = vars_file.dump_vars(self._vars())
        line = next(
            number
            for number, row in enumerate(text.splitlines(), 1)
            if "web_replicas" in row
        )
        for old, new, reason in (
            ('"web_replicas": 3', '"web_replicas": 3.5', f"Line {line}.*whole number"),
            ('"web_replicas": 3', '"ansible_host": "x"', f"Line {line}.*reserved"),
            ('"web_replicas": 3', '"hosting_x": "x"', f"Line {line}.*reserved"),
            ('"web_replicas": 3', '"web_replicas": !!python/name:os.system ""', "Line"),
            ('"web_replicas": 3', '"web_replicas": [1, 2]', "in quotes"),
            ('"web_replicas": 3', '"web_replicas": &a 3', f"Line {line}.*Anchors"),
            ('"web_replicas": 3', f'"web_replicas": {10**30}', "64 bits"),
            ('"hosting_schema": 1', '"hosting_schema": 2', "another version"),
            ('"host-acme"', '"kube-system"', "k8s_namespace is host-acme"),
            ('"hosting_domains": []', '"hosting_domains": ["x.ch"]', "further names"),
            ('"pods": 20', '"pods": "20"', "pods has the wrong type"),
            ('"track": "latest"', '"track": "newest"', "latest or pinned"),
        ):
            with self.subTest(new), self.assertRaisesRegex(UserError, reason):
                self.assertIn(old, text)
                self._wizard(text.replace(old, new)).action_read()

    def test_a_refusal_is_told_in_ones_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env.ref("base.module_kubernetes_hosting")._update_translations(["de_DE"])
        german = self.env(context=dict(self.env.context, lang="de_DE"))
        text = vars_file.dump_vars(self._vars()).replace(
            '"web_replicas": 3', '"web_replicas": 3.5'
        )
        with self.assertRaisesRegex(UserError, r"Zeile \d+: web_replicas ist weder"):
            german["kubernetes.host"]._read_import(text.encode())
        for wrong, reason in ((b"a: [", "kein YAML"), (b"\xff", "kein Text in UTF-8")):
            with self.subTest(wrong), self.assertRaisesRegex(UserError, reason):
                german["kubernetes.host"]._read_import(wrong)

    def test_what_odoo_does_not_have_is_named(self):
        cluster = self._vars()["hosting_cluster"]
        manifest = self._vars()["hosting_manifests"][0]
        for changes, reason in (
            (
                {"hosting_cluster": cluster | {"name": "berlin-1"}},
                "no cluster berlin-1",
            ),
            (
                {"hosting_manifests": [manifest | {"url": "https://evil.example/x"}]},
                "no manifest web with the URL https://evil",
            ),
        ):
            with self.subTest(reason), self.assertRaisesRegex(UserError, reason):
                self._wizard(self._vars(**changes)).action_read()

    def test_a_file_of_another_host_is_refused(self):
        other = self._create_idle_host("other")
        with self.assertRaisesRegex(UserError, "belongs to acme.example.com, not to"):
            self._wizard(self._vars(), other).action_read()

    def test_names_have_the_same_verdict_as_everywhere(self):
        bad = sorted(
            text for texts in BAD.values() for text in texts if "\0" not in text
        )
        for name in random.Random(4).sample(bad, 30):
            imported = vars_import.read(
                vars_file.dump_vars(self._new_vars(name)).encode()
            )
            verdict = self.env["kubernetes.project"]._judge_name(name)
            with self.subTest(name), self.assertRaises(ValidationError) as caught:
                self.host._find_imported(imported)
            self.assertEqual(str(caught.exception), verdict["message"])
        with self.assertRaisesRegex(ValidationError, "normal form"):
            self._wizard(self._new_vars("ACME")).action_read()

    def _new_vars(self, name="fresh"):
        return self._vars(
            hosting_project=name,
            hosting_host=f"{name}.example.com",
            k8s_namespace=f"host-{name}",
        )

    def test_a_new_host_is_a_draft_like_its_file(self):
        wizard = self._wizard(self._new_vars())
        wizard.action_read()
        self.assertTrue(wizard.is_new)
        action = wizard.action_import()
        host = self.env["kubernetes.host"].browse(action["res_id"])
        self.assertEqual((host.lifecycle, host.run_count), ("draft", 0))
        self.assertEqual(host._prepare_vars(), self._new_vars())
        self.assertEqual(self._differences(self._new_vars()), {})

    def test_a_namespace_that_runs_is_adopted_by_administrators_alone(self):
        administrator = self._create_user("administrator")
        operator = self._create_user("operator")
        for user in (operator, administrator):
            wizard = self._wizard(self._new_vars("runs-already"), user=user)
            wizard.adopt = True
            wizard.action_read()
            if user == operator:
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    wizard.action_import()
                continue
            wizard.action_import()
        host = self.env["kubernetes.host"].search([("fqdn", "=like", "runs-already.%")])
        self.assertEqual(host.lifecycle, "active")
        self.assertEqual(host.active_run_id.decisions, {"host_namespace_adopt": True})

    def test_nobody_adopts_by_the_context_of_a_call(self):
        host = self._create_host("other", lifecycle="draft")
        for value in (True, 1, "ADOPTING", {}):
            host.with_context(kubernetes_adopting=value)._deploy_when_ready()
            self.assertFalse(host.active_run_id.decisions)
            self._finish(host.active_run_id, host)

    def test_users_import_nothing(self):
        user = self._create_user("user")
        with self.assertRaises(AccessError):
            self.host.with_user(user).action_import_yaml()
        with self.assertRaises(AccessError):
            self.env["kubernetes.host.import"].with_user(user).create({})

    def test_another_company_neither_sees_nor_changes(self):
        company = self.env["res.company"].create({"name": "Other"})
        stranger = self._create_user(
            "operator", company_id=company.id, company_ids=[(6, 0, company.ids)]
        )
        with self.assertRaises(AccessError):
            self.host.with_user(stranger).action_import_yaml()
        wizard = self._wizard(self._vars(), user=stranger)
        with self.assertRaisesRegex(UserError, "no cluster zurich-1"):
            wizard.action_read()

    def _zip(self, content, host=None):
        wizard = self._wizard("x", host)
        wizard.file = base64.b64encode(content)
        return wizard

    def test_an_exported_zip_comes_back(self):
        other = self._create_idle_host("other")
        name, content = (self.host | other)._export(True)
        self.assertEqual(name, "hosts.zip")
        wizard = self._zip(content, self.host)
        wizard.action_read()
        self.assertEqual(wizard.host_id, self.host)
        self.assertFalse(wizard.differences)
        wizard = self._zip(self.host._export(True)[1])
        wizard.action_read()
        self.assertEqual(wizard.host_id, self.host)

    def test_a_wrong_zip_is_refused(self):
        other = self._create_idle_host("other")
        both = (self.host | other)._export(False)[1]
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inventory/host_vars/a.ch/vars.yml", b" " * 50_000_000)
        empty = io.BytesIO()
        with zipfile.ZipFile(empty, "w") as archive:
            archive.writestr("vars.yml", "a: 1")
        for content, host, reason in (
            (both, None, "holds acme.example.com, other.example.com: open Import"),
            (other._export(True)[1], self.host, "does not hold acme.example.com, but"),
            (bomb.getvalue(), None, "larger than 256 KiB"),
            (empty.getvalue(), None, "holds no inventory"),
            (both[:200], None, "damaged"),
        ):
            with self.subTest(reason), self.assertRaisesRegex(UserError, reason):
                self._zip(content, host).action_read()

    def test_too_large_and_no_text(self):
        wizard = self._wizard("x")
        for content, reason in (
            (b"x" * 300_000, "larger than 256 KiB"),
            (b"a: 1\n\xff\xfe", "Line 2: This is no text"),
            (b"\n", "mapping"),
        ):
            wizard.file = base64.b64encode(content)
            with self.subTest(reason), self.assertRaisesRegex(UserError, reason):
                wizard.action_read()
