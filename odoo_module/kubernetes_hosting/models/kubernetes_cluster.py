import ipaddress
import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from . import hints
from .kubernetes_mixins import without_null
from .states import (
    ACTIVE,
    CLUSTER_CHECK,
    CLUSTER_STATES,
    FAILED,
    OK,
    RUNNING,
    SUSPENDED,
    UNKNOWN,
)

_DOMAIN = re.compile(
    r"\A(?=.{1,200}\Z)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,63}\Z"
)
_NAME = re.compile(r"\A[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z")
_IDENTITY_FIELDS = {"domain", "context"}
_CHECKED_FIELDS = _IDENTITY_FIELDS | {"address", "ingress_class", "kubeconfig"}


class KubernetesCluster(models.Model):
    """A Kubernetes cluster that hosts run on; its credentials are a file's name."""

    _name = "kubernetes.cluster"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "kubernetes.live.mixin",
        "kubernetes.rights.mixin",
        "kubernetes.state.mixin",
        "kubernetes.error.mixin",
        "kubernetes.quota.mixin",
        "kubernetes.cluster.credentials",
        "kubernetes.cluster.pause",
    ]
    _description = "Kubernetes Cluster"
    _order = "name"
    _check_company_auto = True
    _protected_fields = frozenset(
        {
            "state",
            "version",
            "checks",
            "checked_at",
            "error_class",
            "error_message",
            "error_object",
            "error_hint",
            "paused_at",
            "pause_reason",
            "probe_wait",
        }
    )

    name = fields.Char(
        required=True, tracking=True, help="Short name, for example zurich-1."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", default=lambda self: self.env.company, index=True
    )
    domain = fields.Char(
        string="Base Domain",
        required=True,
        tracking=True,
        help="Hosts are its subdomains: with example.com the project acme becomes "
        "acme.example.com.",
    )
    ingress_class = fields.Char(required=True, default="traefik", tracking=True)
    address = fields.Char(
        string="Expected Address",
        required=True,
        tracking=True,
        help="The IP address that the hosts' names have to resolve to.",
    )
    issuer = fields.Char(
        string="Certificate Issuer", required=True, default="letsencrypt", tracking=True
    )
    capacity = fields.Integer(
        default=2, required=True, help="How many runs may work on this cluster at once."
    )
    quota_cpu = fields.Char(default="2")
    quota_memory = fields.Char(default="4Gi")
    quota_storage = fields.Char(default="30Gi")
    quota_pods = fields.Integer(default=20)
    state = fields.Selection(CLUSTER_STATES, default=UNKNOWN, readonly=True, copy=False)
    version = fields.Char(string="Kubernetes Version", readonly=True, copy=False)
    checks = fields.Json(readonly=True, copy=False)
    checks_shown = fields.Json(compute="_compute_checks_shown")
    checked_at = fields.Datetime(string="Last Check", readonly=True, copy=False)
    run_ids = fields.One2many("kubernetes.run", "cluster_id")
    is_busy = fields.Boolean(compute="_compute_is_busy")
    host_count = fields.Integer(compute="_compute_host_count")
    running_count = fields.Integer(compute="_compute_is_busy")
    running_text = fields.Char(compute="_compute_running_text")

    _name_uniq = models.UniqueIndex(
        "(lower(name))", "A cluster of this name exists already."
    )
    _capacity_positive = models.Constraint(
        "CHECK (capacity > 0)", "The capacity has to be 1 or more."
    )

    # === COMPUTE METHODS === #

    @api.depends("run_ids.state")
    def _compute_is_busy(self):
        busy = self.env["kubernetes.run"]._get_active(cluster_ids=self.ids)
        for cluster in self:
            runs = busy.filtered(lambda run, cluster=cluster: run.cluster_id == cluster)
            cluster.is_busy = CLUSTER_CHECK in runs.mapped("playbook")
            cluster.running_count = len(runs.filtered(lambda run: run.state == RUNNING))

    @api.depends("running_count", "capacity")
    def _compute_running_text(self):
        for cluster in self:
            cluster.running_text = self.env._(
                "%(running)s of %(capacity)s",
                running=cluster.running_count,
                capacity=cluster.capacity,
            )

    @api.depends("checks")
    @api.depends_context("lang")
    def _compute_checks_shown(self):
        for cluster in self:
            cluster.checks_shown = hints.translate_rows(self.env, cluster.checks)

    def _compute_host_count(self):
        counts = dict(
            self.env["kubernetes.host"]._read_group(
                [("cluster_id", "in", self.ids)], ["cluster_id"], ["__count"]
            )
        )
        for cluster in self:
            cluster.host_count = counts.get(cluster, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains("name", "domain")
    def _check_names(self):
        for cluster in self:
            if not _NAME.match(cluster.name):
                raise ValidationError(
                    self.env._(
                        "%(name)s is no cluster name: use small letters, digits and "
                        "hyphens.",
                        name=cluster.name,
                    )
                )
            if not _DOMAIN.match(cluster.domain):
                raise ValidationError(
                    self.env._(
                        "%(domain)s is no domain: write for example example.com.",
                        domain=cluster.domain,
                    )
                )

    @api.constrains("address")
    def _check_address(self):
        for cluster in self:
            try:
                ipaddress.ip_address(cluster.address)
            except ValueError as error:
                raise ValidationError(
                    self.env._("%(address)s is no IP address.", address=cluster.address)
                ) from error

    def write(self, vals):
        if _IDENTITY_FIELDS & set(vals):
            self._check_identity_unused(vals)
        stale = self.filtered(
            lambda cluster: any(
                key in vals and vals[key] != cluster[key] for key in _CHECKED_FIELDS
            )
        )
        result = super().write(vals)
        stale._forget_check()
        return result

    def _forget_check(self):
        """Take back what a check said: it was of another address or other credentials."""
        checked = self.filtered(lambda cluster: cluster.state != UNKNOWN)
        if not checked:
            return
        checked.sudo().write(
            {
                "state": UNKNOWN,
                "version": False,
                "checks": [],
                **self._prepare_error_vals(None),
            }
        )

    def _check_identity_unused(self, vals):
        """Refuse another domain or context while hosts live there under the old one."""
        changed = self.filtered(
            lambda cluster: any(
                key in vals and vals[key] != cluster[key] for key in _IDENTITY_FIELDS
            )
        )
        hosts = self.env["kubernetes.host"].search(
            [
                ("cluster_id", "in", changed.ids),
                ("lifecycle", "in", [ACTIVE, SUSPENDED]),
            ],
            limit=1,
        )
        if hosts:
            raise UserError(
                self.env._(
                    "%(host)s lives on this cluster: its base domain and context stay. "
                    "Add a second cluster instead.",
                    host=hosts.fqdn,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.env["kubernetes.project"].search_count(
            [("cluster_id", "in", self.ids)]
        ):
            raise UserError(
                self.env._(
                    "Projects use this cluster: archive it instead of deleting it."
                )
            )

    # === ACTION METHODS === #

    def action_check_connection(self):
        """Queue a run of cluster_check.yml."""
        self.check_access("write")
        for cluster in self:
            cluster._get_kubeconfig()
            self.env["kubernetes.run"]._queue(CLUSTER_CHECK, cluster=cluster)
        return True

    def action_view_hosts(self):
        """Open the hosts of this cluster."""
        self.ensure_one()
        self._check_user()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "kubernetes_hosting.kubernetes_host_action"
        )
        return action | {"domain": [("cluster_id", "=", self.id)], "context": {}}

    def action_view_runs(self):
        """Open the runs on this cluster."""
        self.ensure_one()
        self._check_user()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "kubernetes_hosting.kubernetes_run_action"
        )
        return action | {"domain": [("cluster_id", "=", self.id)], "context": {}}

    # === BUSINESS METHODS === #

    def _prepare_vars(self):
        """Return ``hosting_cluster`` of the contract."""
        self.ensure_one()
        return {
            "name": self.name,
            "domain": self.domain,
            "ingress_class": self.ingress_class,
            "address": self.address,
            "issuer": self.issuer,
        }

    def _store_check(self, result):
        """Store what cluster_check.yml published."""
        self.ensure_one()
        self.sudo().write(
            {
                "state": OK if result.get("ok") else FAILED,
                "version": result.get("version") or False,
                "checks": without_null(result.get("checks") or []),
                "checked_at": fields.Datetime.now(),
                **self._prepare_error_vals(result.get("error") or None),
            }
        )
