from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .kubernetes_manifest_version import SHORT
from .states import APPROVED, LATEST, PINNED, TRACKS


class KubernetesHostManifest(models.Model):
    """A manifest that a host runs, and in which version."""

    _name = "kubernetes.host.manifest"
    _description = "Kubernetes Host Manifest"
    _order = "sequence, id"

    host_id = fields.Many2one(
        "kubernetes.host", required=True, ondelete="cascade", index=True
    )
    manifest_id = fields.Many2one(
        "kubernetes.manifest", required=True, ondelete="restrict", index=True
    )
    sequence = fields.Integer(related="manifest_id.sequence", store=True)
    track = fields.Selection(
        TRACKS,
        default=LATEST,
        required=True,
        help="Whether Update takes the newest approved version.",
    )
    version_id = fields.Many2one(
        "kubernetes.manifest.version",
        domain="[('manifest_id', '=', manifest_id), ('state', '=', 'approved')]",
        copy=False,
    )
    adopted_sha256 = fields.Char(
        readonly=True,
        copy=False,
        help="The text that was adopted from the cluster, until Odoo has its version.",
    )
    latest_id = fields.Many2one(related="manifest_id.current_version_id")
    newer_count = fields.Integer(
        string="Newer Versions", compute="_compute_newer_count", store=True
    )

    _manifest_uniq = models.Constraint(
        "UNIQUE(host_id, manifest_id)", "A host runs each manifest once."
    )

    @api.depends("version_id", "track", "manifest_id.current_version_id")
    def _compute_newer_count(self):
        for line in self:
            latest, own = line.manifest_id.current_version_id, line.version_id
            ahead = own.number > latest.number and line.track == PINNED
            behind = own and latest and own != latest and not ahead
            # The current version may be an older one: that is a roll-back.
            line.newer_count = max(1, latest.number - own.number) if behind else 0

    @api.constrains("version_id", "manifest_id")
    def _check_version(self):
        for line in self.filtered("version_id"):
            version = line.version_id
            if version.manifest_id != line.manifest_id or version.state != APPROVED:
                raise ValidationError(
                    self.env._(
                        "%(manifest)s: choose one of its approved versions.",
                        manifest=line.manifest_id.name,
                    )
                )

    @api.constrains("host_id", "manifest_id")
    def _check_manifest_company(self):
        for line in self:
            company = line.manifest_id.company_id
            if company and company != line.host_id.company_id:
                raise ValidationError(
                    self.env._(
                        "Manifest %(manifest)s belongs to another company.",
                        manifest=line.manifest_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._pin_missing()
        return lines

    # === BUSINESS METHODS === #

    def _copy_parameters(self):
        """Give the hosts the manifests' parameters that they don't have yet."""
        for line in self:
            present = set(line.host_id.parameter_ids.mapped("name"))
            line.host_id.parameter_ids = [
                fields.Command.create(
                    {
                        "name": parameter.name,
                        "value_type": parameter.value_type,
                        "value": parameter.value,
                    }
                )
                for parameter in line.manifest_id.parameter_ids
                if parameter.name not in present
            ]

    def _get_version(self):
        """Return the version to apply: an approved one, or none."""
        self.ensure_one()
        if self.adopted_sha256:
            return self.version_id.browse()
        version = self.version_id or self.manifest_id.current_version_id
        return version.filtered(lambda version: version.state == APPROVED)

    def _get_summary(self):
        """Return for example *odoo v7 (2 newer)*."""
        self.ensure_one()
        parts = [self.manifest_id.name, self.version_id.display_name or "-"]
        if self.newer_count:
            parts.append(self.env._("(%(count)s newer)", count=self.newer_count))
        return " ".join(filter(None, parts))

    def _get_versions(self):
        versions = self.env["kubernetes.manifest.version"]
        for line in self:
            versions |= line._get_version()
        return versions

    def _pin_missing(self):
        """Write down the version of lines that have none yet."""
        for line in self.filtered(lambda line: not line.version_id):
            line.version_id = line._get_version()

    def _take_latest(self):
        """Move the lines that follow the newest approved version to it."""
        for line in self.filtered(lambda line: line.track == LATEST):
            line.version_id = line.manifest_id.current_version_id or line.version_id

    def _prepare_vars(self):
        """Return an entry of ``hosting_manifests`` of the contract."""
        self.ensure_one()
        manifest = self.manifest_id
        entry = {"name": manifest.name, "url": manifest.url, "track": self.track}
        version = self._get_version()
        if version:
            entry["sha256"] = version.sha256
        known = set(manifest.version_ids.mapped("sha256"))
        if self.adopted_sha256:
            entry["sha256"] = self.adopted_sha256
            known.add(self.adopted_sha256)
        entry["known"] = sorted(known)
        return entry

    # === BUSINESS METHODS: ADOPTED TEXTS === #

    def _adopt(self, applied):
        """Follow the texts that a run adopted from the cluster.

        :param dict applied: name of a manifest → sha256 of the text that runs
        :return: the lines whose text Odoo does not know
        """
        for line_sudo in self.sudo():
            sha256 = applied.get(line_sudo.manifest_id.name)
            if sha256 and sha256 != line_sudo.version_id.sha256:
                line_sudo.adopted_sha256 = sha256
        self.sudo()._pin_adopted()
        return self.filtered("adopted_sha256")

    def _pin_adopted(self):
        """Replace adopted texts by their versions, as far as those are approved.

        The host keeps such a version: Update would undo what was done by hand.
        """
        for line in self.filtered("adopted_sha256"):
            version = line.manifest_id.version_ids.filtered(
                lambda version, line=line: (
                    version.sha256 == line.adopted_sha256 and version.state == APPROVED
                )
            )
            if version:
                line.write(
                    {
                        "version_id": version.id,
                        "track": PINNED,
                        "adopted_sha256": False,
                    }
                )

    def _forget_adopted(self):
        self.write({"adopted_sha256": False})

    def _explain_unapproved(self):
        """Return why this line has no version to apply, and the next step."""
        self.ensure_one()
        manifest = self.manifest_id
        versions = manifest.version_ids
        if (
            not self.adopted_sha256
            or manifest.is_busy
            or self.adopted_sha256 in versions.mapped("sha256")
        ):
            return manifest._explain_unapproved()
        return self.env._(
            "%(manifest)s: the text that was adopted (%(sha256)s…) is not known to "
            "Odoo. Press Fetch on the manifest if its URL has it; else press "
            "Overwrite here.",
            manifest=manifest.name,
            sha256=self.adopted_sha256[:SHORT],
        )
