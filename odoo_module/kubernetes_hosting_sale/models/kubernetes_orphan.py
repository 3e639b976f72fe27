from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.kubernetes_hosting.models.states import (
    ACTIVE,
    NAME_CONFLICT,
    RESERVED,
    RESTING,
    TERMINATING,
)

from .kubernetes_orphan_queries import QUERIES

SUBSCRIPTION = "subscription"
HOST = "host"
NAMESPACE = "namespace"
MISSING = "missing"
NAME = "name"


class KubernetesOrphan(models.Model):
    """What is paid and not there, what is there and not paid; read anew each time."""

    _name = "kubernetes.orphan"
    _description = "Kubernetes Orphan"
    _auto = False
    _order = "kind, since, id"

    kind = fields.Selection(
        [
            (SUBSCRIPTION, "Paid, but no host"),
            (HOST, "Host without a subscription"),
            (NAMESPACE, "Namespace without a host"),
            (MISSING, "Host without a namespace"),
            (NAME, "Name left over"),
        ],
        readonly=True,
    )
    name = fields.Char(string="What", readonly=True)
    project_id = fields.Many2one("kubernetes.project", readonly=True)
    host_id = fields.Many2one("kubernetes.host", readonly=True)
    subscription_id = fields.Many2one("sale.subscription", readonly=True)
    cluster_id = fields.Many2one("kubernetes.cluster", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    since = fields.Datetime(readonly=True)
    project_state = fields.Selection(related="project_id.state")
    remedy = fields.Char(compute="_compute_remedy")

    @property
    def _table_query(self):
        return SQL(" UNION ALL ").join(QUERIES)

    # === COMPUTE METHODS === #

    def _compute_remedy(self):
        for orphan in self:
            orphan.remedy = getattr(orphan, f"_explain_{orphan.kind}")()

    def _explain_subscription(self):
        state = self.project_id.sudo().state
        if state == NAME_CONFLICT:
            return self.env._(
                "Ask the customer for another name, enter it on the project, press Retry."
            )
        if state == ACTIVE:
            return self.env._("Press Retry: the hosts are created.")
        if state:
            return self.env._(
                "Its hosts were deleted: close the subscription, or sell a new hosting."
            )
        return self.env._(
            "Open the order: its activity says what is missing. Sold elsewhere? Close "
            "the subscription."
        )

    def _explain_host(self):
        if self.subscription_id:
            return self.env._(
                "Start its subscription again, or terminate the host: nobody pays."
            )
        return self.env._(
            "Terminate the host, or press Ours: it runs without a subscription on "
            "purpose."
        )

    def _explain_namespace(self):
        return self.env._(
            "Nobody in Odoo knows it. Look what is in it, then delete it: kubectl "
            "--context %(context)s delete namespace %(name)s",
            context=self.cluster_id.sudo().context or "-",
            name=self.name,
        )

    def _explain_missing(self):
        return self.env._(
            "Its namespace is gone from the cluster. Press Apply on the host: it is made "
            "anew, without its data. Or terminate it."
        )

    def _explain_name(self):
        if self.project_id.sudo().state == RESERVED:
            return self.env._(
                "Nobody paid for it. Press Release: it can be sold again."
            )
        return self.env._("It should be free by now: press Release.")

    # === ACTION METHODS === #

    def action_open(self):
        """Open the record to look at."""
        self.ensure_one()
        self.check_access("read")
        record = self.host_id or self.project_id or self.subscription_id
        return (record or self.cluster_id).get_formview_action()

    def action_retry(self):
        """Create the hosts that were paid."""
        self._check_kind(SUBSCRIPTION)
        return self.project_id.action_retry()

    def action_mark_internal(self):
        """Take note that a host runs without a subscription on purpose."""
        self._check_kind(HOST)
        self.project_id.write({"is_internal": True})
        return True

    def action_release(self):
        """Give names back that nobody holds any more."""
        self._check_kind(NAME)
        for project_sudo in self.project_id.sudo():
            if project_sudo.state == RESERVED:
                project_sudo._release()
            elif project_sudo.state == TERMINATING:
                project_sudo._rest_when_empty()
            elif project_sudo.state == RESTING:
                project_sudo.write({"state": "released", "resting_until": False})
        return True

    def action_look_again(self):
        """Ask the clusters again which namespaces there are."""
        self.check_access("read")
        clusters = self.cluster_id or self.env["kubernetes.cluster"].search([])
        return clusters.action_check_connection()

    def _check_kind(self, kind):
        """Check that the user may change these projects, and that the lines still hold.

        :raise UserError: the report is out of date
        """
        there = self.exists()
        there.check_access("read")
        there.project_id.check_access("write")
        if not there or there != self or set(there.mapped("kind")) != {kind}:
            raise UserError(self.env._("This is over already: reload the report."))
