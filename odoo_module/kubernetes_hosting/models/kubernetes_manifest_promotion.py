from odoo import api, fields, models
from odoo.exceptions import UserError

from .states import APPROVED, LATEST, LIVING, PREVIEW, REFUSED, WAITING


class KubernetesManifestPromotion(models.AbstractModel):
    """How a version of a manifest becomes the current one, and what that changes."""

    _name = "kubernetes.manifest.promotion"
    _description = "Kubernetes Manifest Version: Approval and Roll Back"

    rolled_back_at = fields.Datetime(
        readonly=True,
        help="When an administrator went back to an older version. Found again at "
        "the URL, such a version does not become the current one by itself.",
    )
    is_current = fields.Boolean(compute="_compute_is_current")
    is_older = fields.Boolean(compute="_compute_is_current")
    host_count = fields.Integer(compute="_compute_host_count")
    change_count = fields.Integer(
        compute="_compute_host_count",
        help="How many hosts Update would bring this version to.",
    )
    change_text = fields.Char(compute="_compute_host_count")
    approve_label = fields.Char(compute="_compute_labels")
    promote_label = fields.Char(compute="_compute_labels")

    # === COMPUTE METHODS === #

    @api.depends("manifest_id.current_version_id")
    def _compute_is_current(self):
        for version in self:
            current = version.manifest_id.current_version_id
            version.is_current = version == current
            version.is_older = bool(current) and version.number < current.number

    @api.depends(
        "manifest_id.host_line_ids.version_id",
        "manifest_id.host_line_ids.track",
        "manifest_id.host_line_ids.host_id.lifecycle",
    )
    def _compute_host_count(self):
        # All companies' hosts: a shared manifest changes them all.
        lines_sudo = self.env["kubernetes.host.manifest"].sudo()
        groups = lines_sudo._read_group(
            [
                ("manifest_id", "in", self.manifest_id.ids),
                ("host_id.lifecycle", "in", LIVING),
            ],
            ["manifest_id", "version_id", "track"],
            ["__count"],
        )
        for version in self:
            own = [
                (used, track, count)
                for manifest, used, track, count in groups
                if manifest.id == version.manifest_id.id
            ]
            version.host_count = sum(
                count for used, _track, count in own if used.id == version.id
            )
            version.change_count = sum(
                count
                for used, track, count in own
                if track == LATEST and used.id != version.id
            )
            version.change_text = version._describe_change()

    @api.depends("number", "change_text", "is_older")
    def _compute_labels(self):
        _ = self.env._
        for version in self:
            names = {"version": version.display_name, "change": version.change_text}
            version.approve_label = _("Approve (%(change)s)", **names)
            version.promote_label = _("Take %(version)s again (%(change)s)", **names)
            if version.is_older:
                version.promote_label = _(
                    "Roll back to %(version)s (%(change)s)", **names
                )

    def _describe_change(self):
        _ = self.env._
        if self.change_count == 1:
            return _("1 host would change")
        return _("%(count)s hosts would change", count=self.change_count)

    # === ACTION METHODS === #

    def action_approve(self):
        """Approve a version whose checks passed."""
        self.manifest_id.check_access("write")
        for version in self:
            if version.state != WAITING:
                raise UserError(version._explain_not_waiting())
        if not self:
            raise UserError(self.env._("Nothing to approve: fetch the manifest first."))
        self._approve()
        return True

    def action_make_current(self):
        """Roll back to an approved version, or take a later one again."""
        self.ensure_one()
        self.manifest_id.check_access("write")
        if self.state != APPROVED:
            raise UserError(
                self.env._(
                    "%(version)s is not approved: only an approved version becomes "
                    "the current one.",
                    version=self.display_name,
                )
            )
        if self.is_current:
            raise UserError(
                self.env._(
                    "%(version)s is the current version already.",
                    version=self.display_name,
                )
            )
        self._make_current()
        return True

    def action_preview(self):
        """Ask for a host, then list what this version would change there."""
        self.env["kubernetes.manifest.preview"].check_access("create")
        self.ensure_one()
        self.manifest_id._check_user()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview %(version)s", version=self.display_name),
            "res_model": "kubernetes.manifest.preview",
            "view_mode": "form",
            "target": "new",
            "context": {"default_version_id": self.id},
        }

    # === BUSINESS METHODS === #

    def _explain_not_waiting(self):
        _ = self.env._
        if self.state == APPROVED:
            return _("%(version)s is approved already.", version=self.display_name)
        if self.state == REFUSED:
            return _(
                "%(version)s was refused by the checks. Correct the file at its URL, "
                "then press Fetch; or correct the parameters and press Check again.",
                version=self.display_name,
            )
        return _("%(version)s is still being checked.", version=self.display_name)

    def _approve(self):
        """Make these versions current; hosts that waited for them are deployed."""
        for version_sudo in self.sudo():
            version_sudo.write(
                {
                    "state": APPROVED,
                    "approved_by_id": self.env.uid,
                    "approved_at": fields.Datetime.now(),
                }
            )
            version_sudo.manifest_id.current_version_id = version_sudo
        self.manifest_id._end_review()
        self.env["kubernetes.host"].sudo()._deploy_waiting()

    def _make_current(self):
        """Change the manifest to this approved version and write down what follows.

        No host changes now: those that follow the newest approved version take it
        with their next Update, pinned ones stay.
        """
        version_sudo = self.sudo()
        manifest_sudo = version_sudo.manifest_id
        before = manifest_sudo.current_version_id
        if self.number < before.number:
            before.rolled_back_at = fields.Datetime.now()
        version_sudo.rolled_back_at = False
        manifest_sudo.current_version_id = version_sudo
        manifest_sudo.with_user(self.env.user).message_post(
            body=self._describe_promotion(before)
        )

    def _describe_promotion(self, before):
        """Return the chatter's sentence: from where to where, and which hosts follow."""
        pinned = (
            self.env["kubernetes.host.manifest"]
            .sudo()
            .search_count(
                [
                    ("manifest_id", "=", self.manifest_id.id),
                    ("host_id.lifecycle", "in", LIVING),
                    ("track", "!=", LATEST),
                ]
            )
        )
        names = {"before": before.display_name, "after": self.display_name}
        text = self.env._("%(after)s was taken again in place of %(before)s.", **names)
        if self.number < before.number:
            text = self.env._("Rolled back from %(before)s to %(after)s.", **names)
        follow = self.env._(
            "%(count)s hosts take it with their next Update; %(pinned)s hosts keep a "
            "version of their own.",
            count=self.change_count,
            pinned=pinned,
        )
        return f"{text} {follow}"

    def _preview(self, host):
        """Queue a run that lists what this version would change on one host.

        Nothing is written, neither in the cluster nor on the host: so a version can
        be looked at before it is approved.

        :return: the run
        """
        return self.env["kubernetes.run"]._queue(
            PREVIEW, cluster=host.cluster_id, hosts=host, versions=self
        )

    def _put_into(self, variables, texts):
        """Let a host's files hold these versions in place of its own.

        :param dict variables: of vars.yml, changed in place
        :param dict texts: manifest texts by sha256, changed in place
        """
        for version in self:
            for entry in variables["hosting_manifests"]:
                if entry["name"] == version.manifest_id.name:
                    entry["sha256"] = version.sha256
            texts[version.sha256] = version.text
