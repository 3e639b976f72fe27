from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import convert_file

from .common import HostingSaleCase

VARIABLES = [
    {"name": "hosting_host"},
    {"name": "k8s_namespace"},
    {"name": "web_workers", "default": 4},
    {"name": "web_greeting", "default": "hello"},
    {"name": "web_public", "default": True},
    {"name": "web_names", "default": ["a", "b"]},
    {"name": "web_secret_name"},
]


class TestVariables(HostingSaleCase):
    """Read variables from manifests proposes what has no value yet."""

    def setUp(self):
        super().setUp()
        self.template_product = self.hosting.product_tmpl_id

    def test_each_variable_becomes_a_parameter_of_its_type(self):
        self._read(VARIABLES)
        self.manifest.parameter_ids = [
            (0, 0, {"name": "web_greeting", "value_type": "str", "value": "hi"})
        ]
        self.template_product.action_read_variables()
        found = {
            line.name: (line.value_type, line.value or "")
            for line in self.template_product.hosting_parameter_ids
        }
        self.assertEqual(
            found,
            {
                "web_workers": ("int", "2"),
                "web_greeting": ("str", "hi"),
                "web_public": ("bool", "true"),
                "web_names": ("list", "a\nb"),
                "web_secret_name": ("str", ""),
            },
        )
        self.template_product.action_read_variables()
        self.assertEqual(len(self.template_product.hosting_parameter_ids), 5)

    def test_a_text_that_nobody_looked_at_is_checked_first(self):
        answer = self.template_product.action_read_variables()
        self.assertIn("half a minute", answer["params"]["message"])
        run = self.env["kubernetes.run"].search([], order="id desc", limit=1)
        self.assertEqual(run.playbook, "manifest_check")
        run._mark_running()
        row = {"file": f"manifests/{self.version.sha256}", "ok": True}
        row["variables"] = VARIABLES
        stats = {"manifest_check_results": [row]}
        run._take_status(self._status("successful", stats=stats))
        self.assertEqual(self.version.state, "approved")
        self.assertTrue(self.template_product.action_read_variables())
        self.assertEqual(len(self.template_product.hosting_parameter_ids), 5)

    def test_without_an_approved_text_it_says_so(self):
        self.template_product.hosting_manifest_ids = self._create_manifest("new")
        with self.assertRaisesRegex(UserError, "no approved version"):
            self.template_product.action_read_variables()

    # === READY TO SELL === #

    def test_what_is_missing_is_said_and_goes_away(self):
        product = self.template_product
        self._read(VARIABLES)
        gaps = " ".join(product._get_hosting_gaps())
        for words in (
            "Cluster zurich-1: press Check connection",
            "have no value: web_greeting, web_public, web_names, web_secret_name.",
            "Choose its taxes",
        ):
            self.assertIn(words, gaps)
        self.assertIn("web_greeting", product.hosting_gaps)
        self.cluster.sudo().state = "ok"
        product.action_read_variables()
        product.taxes_id = self.env["account.tax"].search([], limit=1) or self._tax()
        self.assertEqual(product._get_technical_gaps(), [])
        product.list_price = 0
        self.template.invoicing_mode = "draft"
        gaps = " ".join(product._get_commercial_gaps())
        self.assertIn("It costs nothing", gaps)
        self.assertIn("Monthly makes draft invoices", gaps)
        product.hosting_manifest_ids = self._create_manifest("new")
        self.assertIn("never fetched", " ".join(product._get_technical_gaps()))

    def test_what_it_says_is_escaped(self):
        self.template.write({"name": "<b>x</b>", "invoicing_mode": "draft"})
        self.assertIn("&lt;b&gt;x&lt;/b&gt;", self.template_product.hosting_gaps)

    def test_a_text_without_variables_is_not_read_again(self):
        self._read([])
        self.assertTrue(self.template_product.action_read_variables())
        self.assertEqual(len(self.template_product.hosting_parameter_ids), 1)

    def _read(self, variables):
        self.version.write(
            {"variables": variables, "variables_read_at": fields.Datetime.now()}
        )

    def _tax(self):
        return self.env["account.tax"].create({"name": "8.1%", "amount": 8.1})


class TestChoices(HostingSaleCase):
    """What the customer may choose of a product's parameters."""

    def setUp(self):
        super().setUp()
        self.parameter = self.hosting.hosting_parameter_ids
        self.parameter.write(
            {"choices": "1\n2\n4", "customer_chooses": True, "label": "Workers"}
        )

    def test_the_choice_goes_to_both_hosts_and_stands_on_the_order(self):
        order = self._create_order("acme")
        order.order_line.hosting_choices = {"web_workers": "4"}
        self.assertIn("Workers: 4", order.order_line.name)
        order.action_confirm()
        for host in order.order_line.hosting_project_id.host_ids:
            self.assertEqual(host._prepare_vars()["web_workers"], 4)

    def test_what_is_not_allowed_is_refused(self):
        line = self._create_order("acme").order_line
        for value in ("3", "4 ", "", None, 4, "{{ 7*7 }}"):
            with (
                self.subTest(value),
                self.assertRaisesRegex(ValidationError, "Workers: choose one of"),
            ):
                line.hosting_choices = {"web_workers": value}
        line.hosting_choices = {"hosting_host": "evil.example.com", "odoo_image": "x"}
        self.assertEqual(line._get_chosen_parameters(), {})
        self.parameter.customer_chooses = False
        line.hosting_choices = {"web_workers": "4"}
        self.assertEqual(line._get_chosen_parameters(), {})

    def test_a_salesperson_enters_them_on_the_line(self):
        other = self._create_hosting_product("Odoo-Hosting L")
        with Form(self._create_order("acme")) as form:
            with form.order_line.edit(0) as line:
                [offered] = line.hosting_choice_options
                line.hosting_choices = {offered["name"]: offered["values"][-1]}
        self.assertEqual((offered["label"], offered["value"]), ("Workers", "2"))
        self.assertIn("Workers: 4", form.record.order_line.name)
        with Form(form.record) as form, form.order_line.edit(0) as line:
            line.product_id = other
        self.assertFalse(form.record.order_line.hosting_choices, "it lets choose none")

    def test_a_choice_that_is_no_longer_offered_falls_back_to_the_default(self):
        order = self._create_order("acme")
        order.order_line.hosting_choices = {"web_workers": "4"}
        self.parameter.choices = "1\n2"
        order.action_confirm()
        host = order.order_line.hosting_project_id.host_ids[0]
        self.assertEqual(host._prepare_vars()["web_workers"], 2)

    def test_a_parameter_offers_only_what_fits(self):
        for vals, words in (
            ({"choices": "1\nmany"}, "not of type"),
            ({"choices": "1\n4"}, "the default is none of"),
            ({"choices": False}, "customers choose from"),
        ):
            with self.subTest(vals), self.assertRaisesRegex(ValidationError, words):
                self.parameter.write(vals)


class TestQuota(HostingSaleCase):
    def test_a_plan_says_what_its_hosts_may_use(self):
        self.hosting.write({"hosting_quota_memory": "8Gi", "hosting_quota_pods": 40})
        order = self._create_order("acme")
        order.action_confirm()
        for host in order.order_line.hosting_project_id.host_ids:
            self.assertEqual((host.quota_memory, host.quota_pods), ("8Gi", 40))
            self.assertEqual(host.quota_cpu, self.cluster.quota_cpu)

    def test_a_quantity_that_no_host_takes_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "no quantity for Memory"):
            self.hosting.hosting_quota_memory = "lots"
        with self.assertRaisesRegex(ValidationError, "raise Pods"):
            self.hosting.write(
                {"hosting_quota_memory": False, "hosting_quota_pods": -1}
            )


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    """The demo data sell two plans as they are sold in Switzerland."""

    def test_two_plans_in_francs_with_vat(self):
        self.env["kubernetes.cluster"].search([]).name = "other"
        convert_file(
            self.env, "kubernetes_hosting_sale", "demo/product_demo.xml", {}, "init"
        )
        prefix = "kubernetes_hosting_sale.product_odoo_hosting"
        plans = self.env.ref(f"{prefix}_demo") | self.env.ref(f"{prefix}_l_demo")
        self.assertEqual(plans.taxes_id.mapped("amount"), [8.1])
        self.assertEqual(plans.mapped("hosting_quota_memory"), ["4Gi", "8Gi"])
        for plan in plans:
            [language] = plan.hosting_parameter_ids.filtered("customer_chooses")
            self.assertEqual(language.value, "de_CH")
            self.assertIn("it_IT", language._get_choices())
            self.assertFalse(plan._get_hosting_problem())
        pricelist = self.env.ref("kubernetes_hosting_sale.pricelist_chf_demo")
        self.assertEqual(pricelist.currency_id.name, "CHF")
