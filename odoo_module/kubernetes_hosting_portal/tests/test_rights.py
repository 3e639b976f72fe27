from odoo.exceptions import AccessError, UserError
from odoo.models import BaseModel
from odoo.service.model import call_kw
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from .common import PASSWORD, HostingPortalCase

OWN_MODELS = (
    "kubernetes.cluster",
    "kubernetes.manifest",
    "kubernetes.manifest.version",
    "kubernetes.project",
    "kubernetes.host.manifest",
    "kubernetes.host.parameter",
    "kubernetes.run",
    "kubernetes.run.line",
    "kubernetes.reserved.name",
    "kubernetes.backup",
)


class TestRights(HostingPortalCase):
    """What a portal user reaches by RPC, beside the pages."""

    def test_customers_see_their_own_hosts(self):
        hosts = self.env["kubernetes.host"]
        for user, seen in (
            (self.anna, self.project.host_ids),
            (self.colleague, self.project.host_ids),
            (self.beat, self.foreign.project_id.host_ids),
        ):
            self.assertEqual(hosts.with_user(user).search([]), seen)
        self.assertFalse(self._can(self.beat, self.host, "read"))

    def test_customers_write_nothing(self):
        for operation in ("write", "create", "unlink"):
            self.assertFalse(self._can(self.anna, self.host, operation))

    def test_the_other_models_are_closed(self):
        for model in OWN_MODELS:
            for user in (self.anna, self.env.ref("base.public_user")):
                with self.subTest(model=model, user=user.login):
                    self.assertFalse(self.env[model].with_user(user).has_access("read"))

    def test_what_the_cluster_answered_is_not_for_customers(self):
        for field in ("observed", "objects", "error_message", "command"):
            with self.subTest(field), self.assertRaises(AccessError):
                self.host.with_user(self.anna).read([field])

    def test_no_public_method_has_an_effect_for_a_customer(self):
        self._deploy(self.project)
        self._deploy(self.foreign.project_id)
        self._add_jobs()
        self._add_backup(self.host)
        before = self._get_state()
        called = 0
        for model in ("kubernetes.host", *OWN_MODELS):
            for user in (self.anna, self.beat, self.env.ref("base.public_user")):
                for name in self._get_public_methods(model):
                    with self.subTest(model=model, method=name, user=user.login):
                        self._call(model, name, user)
                        called += 1
        self.assertGreater(called, 100)
        self.assertEqual(self._get_state(), before)

    def test_customers_follow_no_host_by_rpc(self):
        """Neither their own, nor for somebody else, nor what is for the operators."""
        self._deploy(self.project)
        failed = self.env.ref("kubernetes_hosting.mt_host_failed")
        before = self.host.message_partner_ids
        for user in (self.anna, self.beat, self.env.ref("base.public_user")):
            for partner in (user.partner_id, self.colleague.partner_id):
                for subtypes in (None, failed.ids):
                    with self.subTest(user=user.login), self.assertRaises(AccessError):
                        self.host.with_user(user).message_subscribe(
                            partner.ids, subtypes
                        )
        self.assertEqual(self.host.message_partner_ids, before)
        operator = self._create_user("operator")
        self.host.with_user(operator).message_subscribe(operator.partner_id.ids)
        self.assertIn(operator.partner_id, self.host.message_partner_ids)

    def test_a_customer_whom_somebody_let_follow_hears_nothing_of_a_failure(self):
        self._deploy(self.project)
        subtypes = self.env.ref("kubernetes_hosting.mt_host_failed")
        subtypes |= self.env.ref("kubernetes_hosting.mt_host_recovered")
        subtypes |= self.env.ref("mail.mt_note")
        customers = (self.anna | self.beat).partner_id
        operator = self._create_user("operator").partner_id
        self.host._message_subscribe((customers | operator).ids, subtypes.ids)
        self.host.action_apply()
        failed = {"ok": False, "error": self._error("forbidden")}
        self._finish(self.host.active_run_id, self.host, failed)
        told = self.host.message_ids.notification_ids.res_partner_id
        self.assertIn(operator, told)
        self.assertFalse(customers & told)

    def _get_public_methods(self, model):
        """Return the names that RPC lets through, without those of every model."""
        cls = self.registry[model]
        return [
            name
            for name in dir(cls)
            if not name.startswith("_")
            and not hasattr(BaseModel, name)
            and callable(getattr(cls, name))
            and not getattr(getattr(cls, name), "_api_private", False)
            and getattr(cls, name).__module__.startswith("odoo.addons.kubernetes")
        ]

    def _call(self, model, name, user):
        """Call a method as RPC does, on a record of Anna's firm."""
        records = self.env[model].sudo().search([])
        if model == "kubernetes.host":
            records = self.host
        arguments = [records[:1].ids]
        with mute_logger("odoo.addons.base.models.ir_model"):
            try:
                call_kw(self.env[model].with_user(user), name, arguments, {})
            except (AccessError, UserError, TypeError, AttributeError):
                return

    def _get_state(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT (SELECT count(*) FROM kubernetes_run), "
            "(SELECT count(*) FROM queue_job), (SELECT count(*) FROM mail_message), "
            "(SELECT max(write_date) FROM kubernetes_host), "
            "(SELECT string_agg(lifecycle || health, ',' ORDER BY id) FROM kubernetes_host)"
        )
        return self.env.cr.fetchone()

    def test_checking_the_status_is_for_internal_users(self):
        self._deploy(self.project)
        with self.assertRaises(AccessError):
            self.host.with_user(self.anna).action_check_status()
        self.host.with_user(self._create_user("user")).action_check_status()
        self.assertEqual(self.host.active_run_id.playbook, "status")

    def _can(self, user, host, operation):
        return host.with_user(user).has_access(operation)


class TestExport(HostingPortalCase, HttpCase):
    def test_customers_export_nothing(self):
        self.authenticate("anna", PASSWORD)
        path = f"/kubernetes_hosting/export?ids={self.host.id}"
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(path).status_code, 403)
