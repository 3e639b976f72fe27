from odoo import api, models
from odoo.tools.misc import split_every

from .states import REFUSED

ACTIVITY = "kubernetes_hosting.mail_activity_type_manifest"
ADMINISTRATORS = "kubernetes_hosting.group_administrator"
# So many downloads fit into the time of one run, even from a slow server.
BATCH = 10


class KubernetesManifestReview(models.AbstractModel):
    """What helps to judge a version: diff, preview, and whom to tell that it waits."""

    _name = "kubernetes.manifest.review"
    _description = "Kubernetes Manifest: Review"

    # === ACTION METHODS === #

    def action_preview(self):
        """Ask for a host, then list what the newest version would change there."""
        self._check_user()
        self.env["kubernetes.manifest.preview"].check_access("create")
        self.ensure_one()
        return self.latest_version_id.action_preview()

    def action_compare(self):
        """Open two versions side by side."""
        self._check_user()
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Compare versions of %(name)s", name=self.name),
            "res_model": "kubernetes.manifest.compare",
            "view_mode": "form",
            "target": "new",
            "context": {"default_manifest_id": self.id, "dialog_size": "extra-large"},
        }

    # === BUSINESS METHODS === #

    @api.model
    def _cron_fetch_all(self):
        """Fetch all manifests: one company after the other, a few in each run."""
        everything = self.env["kubernetes.manifest"].search([])
        for manifests in everything.grouped("company_id").values():
            for ids in split_every(BATCH, manifests.ids):
                self.env["kubernetes.manifest"].browse(ids)._queue_fetch()

    def _request_review(self, version):
        """Ask the administrators to look at a version: once each, whatever comes."""
        self.ensure_one()
        manifest_sudo = self.sudo()
        summary = self.env._(
            "%(version)s waits for approval", version=version.display_name
        )
        if version.state == REFUSED:
            summary = self.env._(
                "%(version)s was refused by the checks", version=version.display_name
            )
        kind = self.env.ref(ACTIVITY)
        present = manifest_sudo.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )
        present.summary = summary
        for user in self._get_reviewers() - present.user_id:
            manifest_sudo.activity_schedule(ACTIVITY, summary=summary, user_id=user.id)

    def _end_review(self):
        """Take back what was asked of the administrators."""
        self.sudo().activity_unlink([ACTIVITY])

    def _get_reviewers(self):
        """Return the administrators of the manifest's company, of all without one."""
        users = self.env.ref(ADMINISTRATORS).sudo().all_user_ids
        company = self.sudo().company_id
        return users.filtered(
            lambda user: (
                user.active
                and not user.share
                and (not company or company in user.company_ids)
            )
        )
