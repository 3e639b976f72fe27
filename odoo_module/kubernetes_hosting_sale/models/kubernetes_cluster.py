from odoo import fields, models

from odoo.addons.kubernetes_hosting.models.states import CLUSTER_CHECK


class KubernetesCluster(models.Model):
    """Which namespaces of this Odoo there are on a cluster."""

    _inherit = "kubernetes.cluster"

    namespaces = fields.Json(readonly=True, copy=False)
    namespaces_at = fields.Datetime(readonly=True, copy=False)

    def _store_check(self, result):
        """Store the list too; one that could not be read leaves the last one."""
        found = result.get("namespaces")
        if isinstance(found, list):
            self.sudo().write(
                {"namespaces": found, "namespaces_at": fields.Datetime.now()}
            )
        return super()._store_check(result)

    def _cron_look_for_orphans(self):
        """Ask each cluster which of our namespaces there are; one after the other."""
        for cluster in self.search([("kubeconfig", "!=", False)]):
            if not cluster.is_busy:
                self.env["kubernetes.run"]._queue(CLUSTER_CHECK, cluster=cluster)


class KubernetesRun(models.Model):
    """The cluster's check learns whose namespaces to list."""

    _inherit = "kubernetes.run"

    def _prepare_extra_vars(self, path):
        extra = super()._prepare_extra_vars(path)
        if self.playbook == CLUSTER_CHECK:
            parameters_sudo = self.env["ir.config_parameter"].sudo()
            owner = parameters_sudo.get_param("database.uuid")
            extra = extra | {"cluster_check_owner": owner}
        return extra
