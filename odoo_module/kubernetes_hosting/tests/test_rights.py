from odoo import fields
from odoo.exceptions import AccessError

from .common import KubernetesCase

MODELS = (
    "kubernetes.cluster",
    "kubernetes.manifest",
    "kubernetes.manifest.parameter",
    "kubernetes.manifest.version",
    "kubernetes.project",
    "kubernetes.host",
    "kubernetes.host.manifest",
    "kubernetes.host.parameter",
    "kubernetes.reserved.name",
    "kubernetes.run",
    "kubernetes.run.line",
    "kubernetes.update.schedule",
)
# Who may write, create and delete which records; all three groups read them all.
RIGHTS = {
    "user": {},
    "operator": {
        "kubernetes.project": {"write", "create"},
        "kubernetes.host": {"write", "create", "unlink"},
        "kubernetes.host.manifest": {"write", "create", "unlink"},
        "kubernetes.host.parameter": {"write", "create", "unlink"},
    },
}
RIGHTS["administrator"] = {
    model: {"write", "create", "unlink"}
    for model in MODELS
    if model
    not in ("kubernetes.manifest.version", "kubernetes.run", "kubernetes.run.line")
}


class TestRights(KubernetesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            group: cls._create_user(group)
            for group in ("user", "operator", "administrator")
        }
        cls.host = cls._create_idle_host()
        cls.host.parameter_ids = [fields.Command.create({"name": "web_x"})]
        cls.env["kubernetes.update.schedule"].create({"name": "Night"})
        cls.manifest.parameter_ids = [fields.Command.create({"name": "web_x"})]

    def test_each_group_has_the_rights_of_the_table(self):
        for group, user in self.users.items():
            for model in MODELS:
                records = self.env[model].with_user(user)
                allowed = {"read"} | RIGHTS[group].get(model, set())
                found = {
                    operation
                    for operation in ("read", "write", "create", "unlink")
                    if records.has_access(operation)
                }
                with self.subTest(group=group, model=model):
                    self.assertEqual(found, allowed)

    def test_strangers_see_nothing(self):
        portal = self._stranger("base.group_portal")
        internal = self._stranger("base.group_user")
        for user in (portal, internal, self.env.ref("base.public_user")):
            for model in MODELS:
                with self.subTest(user=user.login, model=model):
                    self.assertFalse(self.env[model].with_user(user).has_access("read"))
            for method in ("action_apply", "action_check_status", "action_export_yaml"):
                with self.subTest(method=method), self.assertRaises(AccessError):
                    getattr(self.host.with_user(user), method)()

    def _stranger(self, group):
        return self.env["res.users"].create(
            {
                "name": group,
                "login": group,
                "group_ids": [fields.Command.set(self.env.ref(group).ids)],
            }
        )

    def _press(self, group, record, method):
        with self.env.cr.savepoint():
            return getattr(record.with_user(self.users[group]), method)()

    def test_users_look_and_operators_apply(self):
        self.assertTrue(self._press("user", self.host, "action_check_status"))
        for method in ("action_apply", "action_update"):
            with self.subTest(method), self.assertRaises(AccessError):
                self._press("user", self.host, method)
        self.assertTrue(self._press("operator", self.host, "action_apply"))
        run = self.host.run_line_ids[0].run_id
        self.assertEqual(run.user_id, self.users["operator"])
        for method in ("action_cancel", "action_run_again"):
            with self.subTest(method), self.assertRaises(AccessError):
                self._press("user", run, method)
        self._press("operator", run, "action_cancel")
        self.assertEqual(run.state, "cancelled")
        self._press("operator", run, "action_run_again")

    def test_operators_create_hosts_but_approve_nothing(self):
        project = self._create_project("other")
        self._press("operator", project, "action_create_hosts")
        self.assertEqual(set(project.host_ids.mapped("activity")), {"queued"})
        self._add_version(self.manifest, "kind: x\n")._store_check([])
        for record, method in (
            (self.manifest, "action_fetch"),
            (self.manifest, "action_check"),
            (self.manifest, "action_approve"),
            (self.manifest.latest_version_id, "action_approve"),
            (self.cluster, "action_check_connection"),
        ):
            with (
                self.subTest(model=record._name, method=method),
                self.assertRaises(AccessError),
            ):
                self._press("operator", record, method)
        self._press("administrator", self.manifest, "action_approve")
        self.assertEqual(self.manifest.latest_state, "approved")

    def test_only_administrators_terminate(self):
        with self.assertRaisesRegex(AccessError, "Only an administrator"):
            self.host.with_user(self.users["operator"]).lifecycle = "terminated"
        self.host.with_user(self.users["administrator"]).lifecycle = "terminated"
        self.assertEqual(self.host.lifecycle, "terminated")

    def test_only_operators_read_the_log(self):
        run = self.host.last_run_id
        with self.assertRaises(AccessError):
            run.with_user(self.users["user"]).read(["log"])
        self.assertTrue(run.with_user(self.users["operator"]).read(["log"]))

    def test_another_company_sees_and_does_nothing(self):
        company = self.env["res.company"].create({"name": "Other"})
        user = self._create_user(
            "administrator",
            company_id=company.id,
            company_ids=[fields.Command.set(company.ids)],
        )
        self.manifest.company_id = self.env.company
        for model in MODELS:
            if model == "kubernetes.reserved.name":
                continue
            with self.subTest(model=model):
                self.assertTrue(self.env[model].search_count([]))
                self.assertFalse(self.env[model].with_user(user).search_count([]))
        for record, method in (
            (self.host, "action_apply"),
            (self.host, "action_check_status"),
            (self.host, "action_export_yaml"),
            (self.host.last_run_id, "action_run_again"),
            (self.manifest, "action_fetch"),
            (self.cluster, "action_check_connection"),
        ):
            with (
                self.subTest(model=record._name, method=method),
                self.assertRaises(AccessError),
            ):
                getattr(record.with_user(user), method)()

    def test_a_customer_who_may_read_his_host_neither_checks_nor_exports_it(self):
        portal = self._stranger("base.group_portal")
        self.env["ir.model.access"].create(
            {
                "name": "customers read",
                "model_id": self.env.ref("kubernetes_hosting.model_kubernetes_host").id,
                "group_id": self.env.ref("base.group_portal").id,
                "perm_read": True,
            }
        )
        host = self.host.with_user(portal)
        self.env.ref("kubernetes_hosting.kubernetes_host_rule_company").active = False
        self.assertTrue(host.has_access("read"))
        for method in ("action_apply", "action_check_status", "action_export_yaml"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(host, method)()

    def test_jobs_of_a_second_company_are_queued(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= company
        host = self._create_idle_host("second")
        both = host.with_context(allowed_company_ids=[company.id, self.env.company.id])
        with self.trap_jobs() as trap:
            both.action_apply()
        job = trap.enqueued_jobs[0]
        self.assertTrue(job.recordset.env.companies, "the bot's own")

    def test_a_manifest_of_another_company_is_refused(self):
        company = self.env["res.company"].create({"name": "Other"})
        foreign = self._create_manifest("foreign", company_id=company.id)
        with self.assertRaises(Exception) as caught:
            self._create_host(
                "third", manifest_line_ids=[(0, 0, {"manifest_id": foreign.id})]
            )
        self.assertIn("another company", str(caught.exception))

    def test_the_bot_can_not_log_in(self):
        bot = self.env.ref("kubernetes_hosting.user_bot")
        self.env.cr.execute("SELECT password FROM res_users WHERE id = %s", (bot.id,))
        self.assertFalse(self.env.cr.fetchone()[0])
