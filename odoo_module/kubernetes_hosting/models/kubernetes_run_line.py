import hashlib

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools import events, vars_file
from .kubernetes_mixins import without_null
from .states import (
    DONE,
    FAILED,
    LOST,
    PLAYBOOKS,
    PREVIEW,
    QUEUED,
    RUN_STATES,
    RUNNING,
)


class KubernetesRunLine(models.Model):
    """What a run does for one host, and how that ended."""

    _name = "kubernetes.run.line"
    _inherit = [
        "kubernetes.live.mixin",
        "kubernetes.rights.mixin",
        "kubernetes.state.mixin",
        "kubernetes.error.mixin",
    ]
    _description = "Kubernetes Run Line"
    _order = "id desc"

    run_id = fields.Many2one(
        "kubernetes.run", required=True, readonly=True, ondelete="cascade", index=True
    )
    host_id = fields.Many2one(
        "kubernetes.host", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="host_id.company_id", store=True)
    playbook = fields.Selection(related="run_id.playbook")
    writes = fields.Boolean(readonly=True)
    state = fields.Selection(RUN_STATES, default=QUEUED, required=True, readonly=True)
    changed = fields.Integer(
        readonly=True, help="How many objects of the cluster were changed."
    )
    result = fields.Json(readonly=True)
    vars_sha256 = fields.Char(string="SHA-256 of vars.yml", readonly=True)
    manifest_sha256s = fields.Json(readonly=True)
    ended_at = fields.Datetime(readonly=True)

    # Two runs never write on one host: the lock is in the database, not in code.
    _writing_uniq = models.UniqueIndex(
        f"(host_id) WHERE writes AND state IN ('{QUEUED}', '{RUNNING}')",
        "A run is at work on this host already.",
    )

    # === ACTION METHODS === #

    def action_open_host(self):
        """Open the host."""
        self.ensure_one()
        self._check_user()
        return self.host_id.get_formview_action()

    # === BUSINESS METHODS === #

    def _get_live_records(self):
        lines_sudo = self.sudo()
        return [self, lines_sudo.run_id, lines_sudo.host_id]

    def _prepare_files(self):
        """Return the host's files and write down their hashes.

        :raise UserError: a manifest lost its approval, or there is none
        :raise InvalidVars: the parameters can't be written
        """
        self.ensure_one()
        host, playbook = self.host_id, PLAYBOOKS[self.playbook]
        if playbook.writes and playbook.manifests:
            missing = host._get_unapproved()
            if missing:
                raise UserError(missing[0]._explain_unapproved())
        hosts, texts = host._prepare_files()
        if not playbook.manifests:
            # The contract wants a text for each; this playbook reads none of them.
            manifests = hosts[0].variables["hosting_manifests"]
            manifests[:] = [entry for entry in manifests if "sha256" in entry]
        if self.playbook == PREVIEW:
            # What would become of the host with a version that nobody approved yet.
            self.run_id.version_ids._put_into(hosts[0].variables, texts)
        text = vars_file.dump_vars(hosts[0].variables)
        self.write(
            {
                "vars_sha256": hashlib.sha256(text.encode()).hexdigest(),
                "manifest_sha256s": sorted(texts),
            }
        )
        return hosts, texts

    def _get_inputs(self):
        """Return what the run was given for this host: rows with host, name, sha256."""
        self.ensure_one()
        if not self.vars_sha256:
            return []
        versions = self.env["kubernetes.manifest.version"].search(
            [("sha256", "in", self.manifest_sha256s or [])]
        )
        titles = {
            version.sha256: f"{version.manifest_id.name} {version.display_name}"
            for version in versions
        }
        named = [("vars.yml", self.vars_sha256)] + [
            (titles.get(sha256, ""), sha256) for sha256 in self.manifest_sha256s or []
        ]
        return [
            {"host": self.host_id.fqdn, "name": name, "sha256": sha256}
            for name, sha256 in named
        ]

    def _store_result(self, result):
        """Store the host's entry of ``hosting_result``: here and on the host."""
        self.ensure_one()
        self.write(
            {
                "state": DONE if result.get("ok") else FAILED,
                "result": without_null(result),
                "changed": result.get("changed") or 0,
                "ended_at": fields.Datetime.now(),
                **self._prepare_error_vals(result.get("error")),
            }
        )
        self.host_id.sudo().last_run_id = self.run_id
        self.host_id._store_result(self.playbook, result)
        if result.get("ok"):
            self.run_id.cluster_id._resume_queue()
        else:
            self.run_id.cluster_id._take_error(result.get("error"))

    def _end(self, state, error):
        """End a line for which the playbook published nothing."""
        self.ensure_one()
        error = error or events.error_entry(
            "internal", self.env._("The playbook published no result for this host.")
        )
        self.write(
            {
                "state": state,
                "ended_at": fields.Datetime.now(),
                **self._prepare_error_vals(error),
            }
        )
        self.host_id.sudo().last_run_id = self.run_id
        self.host_id._store_result(self.playbook, {"ok": False, "error": error})

    def _requeue(self):
        """Let the lines of a run that was lost wait for its next attempt."""
        self.filtered(lambda line: line.state == RUNNING).write({"state": LOST})
        self.write({"state": QUEUED})
