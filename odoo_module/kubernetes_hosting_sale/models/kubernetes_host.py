from odoo import fields, models

from odoo.addons.kubernetes_hosting.models.kubernetes_mixins import QUOTA_FIELDS
from odoo.addons.kubernetes_hosting.models.states import (
    CANCELLED,
    FAILED,
    LIVING,
    PENDING,
    PLAYBOOKS,
)


class KubernetesHost(models.Model):
    """The product and the subscription behind a host, and what they change of it."""

    _inherit = "kubernetes.host"

    product_id = fields.Many2one(
        related="project_id.product_id", store=True, index="btree_not_null"
    )
    subscription_id = fields.Many2one(related="project_id.subscription_id")
    suspended_by_billing = fields.Boolean(readonly=True, copy=False)

    # === ACTION METHODS === #

    def action_view_subscription(self):
        """Open the subscription."""
        self.ensure_one()
        return self.project_id.action_view_subscription()

    # === BUSINESS METHODS: PLAN === #

    def _change_parameters(self, old, new):
        """Replace the values that come from the old product by the new one's."""
        self.ensure_one()
        before = self._get_plan_parameters(old)
        after = self._get_plan_parameters(new)
        present = {line.name: line for line in self.parameter_ids}
        for name, (value_type, value) in after.items():
            line = present.get(name)
            vals = {"value_type": value_type, "value": value}
            if not line:
                self.parameter_ids = [fields.Command.create(vals | {"name": name})]
            elif (line.value_type, line.value) == before.get(name):
                line.write(vals)

    def _get_plan_parameters(self, product):
        """Return what a new host of a product would have: manifests', then product's.

        :return: name → (type, value as text)
        """
        manifests = self.manifest_line_ids.manifest_id.parameter_ids
        values = {line.name: (line.value_type, line.value) for line in manifests}
        if product:
            values |= product.product_tmpl_id._get_hosting_parameters()
        return values

    def _change_quota(self, old, new):
        """Replace the old plan's quota by the new one's; the cluster's where it has none."""
        self.ensure_one()
        before, after = self._get_plan_quota(old), self._get_plan_quota(new)
        changed = {name for name in QUOTA_FIELDS if self[name] == before[name]}
        self.write({name: after[name] for name in changed})

    def _get_plan_quota(self, product):
        quota = {name: self.cluster_id[name] for name in QUOTA_FIELDS}
        if product:
            quota |= product.product_tmpl_id._get_hosting_quota()
        return quota

    # === BUSINESS METHODS: RESULT === #

    def _store_result(self, playbook, result):
        stored = super()._store_result(playbook, result)
        project_sudo = self.sudo().project_id
        project_sudo._follow_incident(self.sudo(), self._is_failure(playbook, result))
        return stored

    def _is_failure(self, playbook, result):
        """Return whether a result is a failure that operators should know of.

        A run that changes the host and failed; a host that was seen red; one that is
        still not green when nobody looks again. Not what somebody cancelled.
        """
        error_class = (result.get("error") or {}).get("class")
        if error_class == CANCELLED or self.lifecycle not in LIVING:
            return False
        if PLAYBOOKS[playbook].writes:
            seen_red = not result.get("ok") or self.health == FAILED
        else:
            seen_red = self.health == FAILED
        return seen_red or (self.health == PENDING and not self.sudo().recheck_at)
