import logging

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.kubernetes_hosting.models.states import ACTIVE

from .kubernetes_project_life import BUSY_RETRY

_logger = logging.getLogger(__name__)


class KubernetesProjectPlan(models.AbstractModel):
    """Another plan for a hosting that runs."""

    _name = "kubernetes.project.plan"
    _description = "Kubernetes Project: Plan"

    plan_pending = fields.Boolean(
        string="Plan Waits",
        readonly=True,
        copy=False,
        help="The hosts were busy when the plan changed: they get it with the next run.",
    )

    # === BUSINESS METHODS === #

    def _change_product(self, product, actor=None):
        """Give the hosts what another product has, and deploy them.

        A value that a host has from its old product or manifest becomes the new
        product's; one that somebody chose for this host stays.

        :raise UserError: the product runs on another cluster
        """
        self.ensure_one()
        project = self._as_life(actor)
        product = product.with_env(project.env)
        old = project.product_id
        if project.cluster_id != product.hosting_cluster_id:
            raise UserError(
                self.env._(
                    "%(project)s runs on another cluster than %(product)s: choose "
                    "another plan, or sell a new hosting.",
                    project=project.name,
                    product=product.display_name,
                )
            )
        project._change_manifests(old, product)
        for host in project._get_living_hosts():
            host._change_parameters(old, product)
            host._change_quota(old, product)
        project.write({"product_id": product.id, "plan_pending": True})
        project._note_step(
            self.env._(
                "The plan changes from %(old)s to %(new)s. The price of the new one "
                "counts from the next invoice on; what was invoiced stays as it is.",
                old=old.display_name or "-",
                new=product.display_name,
            )
        )
        project._follow_safely(actor)

    def _change_manifests(self, old, new):
        """Add the manifests that only the new product has, and drop the old one's."""
        added = new.hosting_manifest_ids - self.manifest_ids
        dropped = old.hosting_manifest_ids - new.hosting_manifest_ids
        self.manifest_ids = self.manifest_ids - dropped | added
        for host in self._get_living_hosts():
            lines = host.manifest_line_ids
            gone = lines.filtered(lambda line: line.manifest_id in dropped)
            host.manifest_line_ids = [
                *(fields.Command.delete(line.id) for line in gone),
                *(
                    fields.Command.create({"manifest_id": manifest.id})
                    for manifest in added._filter_environment(host.environment)
                    if manifest not in lines.manifest_id
                ),
            ]

    def _apply_pending_plan(self):
        """Deploy the hosts with the plan that was chosen last, when they are not busy.

        Suspended hosts get it when they are resumed.
        """
        if not self.plan_pending:
            return
        hosts = self.host_ids.filtered(lambda host: host.lifecycle == ACTIVE)
        try:
            with self.env.cr.savepoint():
                hosts._deploy_when_ready()
                self.plan_pending = False
        except UserError as error:
            _logger.info("Project %s: its plan waits: %s", self.name, error)
            self._wake_life(BUSY_RETRY)
