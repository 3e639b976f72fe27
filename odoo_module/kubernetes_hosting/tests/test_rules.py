from odoo.tests import TransactionCase, tagged

# The same for all companies, and holds nothing of anybody: names, counted checks.
SHARED = {"kubernetes.reserved.name", "kubernetes.name.check"}


@tagged("post_install", "-at_install")
class TestRules(TransactionCase):
    """Each model of the family that people reach has a rule: company, or one's own."""

    def test_no_model_that_people_may_read_is_open_to_all_companies(self):
        access = self.env["ir.model.access"].search(
            [("model_id.model", "=like", "kubernetes.%"), ("perm_read", "=", True)]
        )
        reached = set(access.model_id.mapped("model")) - SHARED
        self.assertGreater(len(reached), 10)
        for model in reached:
            with self.subTest(model=model):
                self.assertTrue(self._get_limits(model))

    def _get_limits(self, model):
        """Return the rules for everybody that name a company or the record's maker."""
        rules = self.env["ir.rule"].search(
            [("model_id.model", "=", model), ("groups", "=", False)]
        )
        return rules.filtered(
            lambda rule: any(
                word in (rule.domain_force or "")
                for word in ("company_id", "create_uid")
            )
        )
