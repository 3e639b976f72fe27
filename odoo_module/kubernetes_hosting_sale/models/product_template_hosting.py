from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.kubernetes_hosting.models.kubernetes_mixins import QUOTA_FIELDS
from odoo.addons.kubernetes_hosting.models.kubernetes_parameter import (
    BOOLEAN,
    INTEGER,
    LIST,
    TEXT,
)
from odoo.addons.kubernetes_hosting.models.states import OK
from odoo.addons.kubernetes_hosting.tools import vars_file


class ProductTemplateHosting(models.AbstractModel):
    """What a plan gives its hosts, and what is missing before it can be sold."""

    _name = "product.template.hosting"
    _description = "Product: Hosting"

    hosting_quota_cpu = fields.Char(
        string="CPU", help="Cores: 2, or 500m for half a core. Empty: as the cluster."
    )
    hosting_quota_memory = fields.Char(string="Memory", help="For example 4Gi.")
    hosting_quota_storage = fields.Char(string="Storage", help="For example 30Gi.")
    hosting_quota_pods = fields.Integer(string="Pods", help="0: as the cluster.")
    hosting_gaps = fields.Html(compute="_compute_hosting_gaps", sanitize=False)

    # === COMPUTE METHODS === #

    @api.depends(
        "is_hosting",
        "list_price",
        "taxes_id",
        "subscription_template_id",
        "hosting_cluster_id.state",
        "hosting_manifest_ids.current_version_id",
        "hosting_parameter_ids.name",
    )
    def _compute_hosting_gaps(self):
        for product in self:
            gaps = product._get_hosting_gaps() if product.is_hosting else []
            product.hosting_gaps = product._render_gaps(gaps)

    def _render_gaps(self, gaps):
        if not gaps:
            return False
        items = Markup().join(Markup("<li>%s</li>") % gap for gap in gaps)
        return Markup("<ul class='mb-0'>%s</ul>") % items

    # === CONSTRAINT METHODS === #

    @api.constrains(*(f"hosting_{name}" for name in QUOTA_FIELDS))
    def _check_hosting_quota(self):
        for product in self:
            quota = product._get_hosting_quota()
            defaults = dict.fromkeys(QUOTA_FIELDS, "1") | {"quota_pods": 1}
            # The host's own rules: what a host refuses no product may promise.
            self.env["kubernetes.host"].new(defaults | quota)._check_quota()
            if product.hosting_quota_pods < 0:
                raise ValidationError(
                    self.env._("A host needs at least one pod: raise Pods.")
                )

    # === ACTION METHODS === #

    def action_read_variables(self):
        """Propose the variables of the manifests that have no value yet as parameters.

        :raise UserError: there is no approved text to read
        """
        self.ensure_one()
        self.check_access("write")
        versions = self.hosting_manifest_ids.current_version_id
        if not versions:
            raise UserError(
                self.env._("Its manifests have no approved version yet: fetch them.")
            )
        if unread := versions.filtered(lambda version: not version.variables_read_at):
            return self._read_first(unread)
        known = set(self.hosting_parameter_ids.mapped("name"))
        self.hosting_parameter_ids = [
            fields.Command.create(vals)
            for vals in self._propose_parameters(versions)
            if vals["name"] not in known
        ]
        return True

    # === BUSINESS METHODS === #

    def _read_first(self, versions):
        """Let a check look at texts that none has looked at yet, and say so."""
        idle = versions.filtered(lambda version: not version.manifest_id.is_busy)
        for manifest, own in idle.grouped("manifest_id").items():
            manifest._queue_check(own)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The manifests are being read. Press the button again in half a "
                    "minute."
                ),
            },
        }

    def _propose_parameters(self, versions):
        """Return a parameter for each variable of texts, with what is known of it.

        The manifest's own parameter counts more than a default of its text or role.

        :rtype: list[dict]
        """
        own = {
            parameter.name: (parameter.value_type, parameter.value)
            for parameter in versions.manifest_id.parameter_ids
        }
        found = {}
        for version in versions:
            for row in version.variables or []:
                name = row.get("name")
                if self._is_parameter(name):
                    given = own.get(name) or self._guess_parameter(row)
                    found.setdefault(name, given)
        return [
            {"name": name, "value_type": value_type, "value": value}
            for name, (value_type, value) in found.items()
        ]

    def _is_parameter(self, name):
        """Return whether a variable is the manifests' own, and not the machinery's."""
        try:
            vars_file.check_parameter_name(name)
        except vars_file.InvalidVars:
            return False
        return True

    def _guess_parameter(self, row):
        """Return type and value of a default, as texts."""
        default = row.get("default")
        if isinstance(default, bool):
            return BOOLEAN, str(default).lower()
        if isinstance(default, int):
            return INTEGER, str(default)
        if isinstance(default, list):
            return LIST, "\n".join(map(str, default))
        return TEXT, str(default) if isinstance(default, str | float) else ""

    def _get_hosting_quota(self):
        """Return the quota of this plan's hosts as values of a host; {} as the cluster.

        :rtype: dict
        """
        self.ensure_one()
        return {
            name: self[f"hosting_{name}"]
            for name in QUOTA_FIELDS
            if self[f"hosting_{name}"]
        }

    # === READY TO SELL === #

    def _get_hosting_gaps(self):
        """Return what is missing before this product can be sold, as sentences.

        :rtype: list[str]
        """
        self.ensure_one()
        problem = self._get_hosting_problem()
        gaps = [problem] if problem else []
        return gaps + self._get_technical_gaps() + self._get_commercial_gaps()

    def _get_technical_gaps(self):
        _ = self.env._
        product_sudo = self.sudo()
        cluster = product_sudo.hosting_cluster_id
        gaps = []
        if cluster and cluster.state != OK:
            gaps.append(
                _("Cluster %(name)s: press Check connection there.", name=cluster.name)
            )
        gaps += [
            manifest._explain_unapproved()
            for manifest in product_sudo.hosting_manifest_ids
            if not manifest.current_version_id
        ]
        missing = product_sudo._get_variables_without_value()
        if missing:
            gaps.append(
                _(
                    "Variables of the manifests have no value: %(names)s. Press Read "
                    "variables from manifests.",
                    names=", ".join(missing),
                )
            )
        return gaps

    def _get_variables_without_value(self):
        """Return the variables that no parameter gives a value; a literal default does.

        :rtype: list[str]
        """
        given = {
            *self.hosting_parameter_ids.mapped("name"),
            *self.hosting_manifest_ids.parameter_ids.mapped("name"),
        }
        versions = self.hosting_manifest_ids.current_version_id
        return [
            vals["name"]
            for vals in self._propose_parameters(versions)
            if vals["name"] not in given
        ]

    def _get_commercial_gaps(self):
        _ = self.env._
        gaps = []
        template_sudo = self.sudo().subscription_template_id
        if not self.list_price:
            gaps.append(_("It costs nothing: enter a sales price."))
        if not self.taxes_id:
            gaps.append(_("Choose its taxes."))
        if template_sudo.invoicing_mode == "draft":
            gaps.append(
                _(
                    "%(name)s makes draft invoices, which nobody has to pay: choose the "
                    "invoicing mode Invoice.",
                    name=template_sudo.name,
                )
            )
        return gaps
