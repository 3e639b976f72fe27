from textwrap import shorten

from odoo import api, fields, models

from .hints import translate_rows

SHOWN = 40  # characters of one value


class KubernetesHostSummary(models.AbstractModel):
    """What a host runs and how it is set, in one line each."""

    _name = "kubernetes.host.summary"
    _description = "Kubernetes Host: Summary"

    manifest_summary = fields.Char(
        compute="_compute_manifest_summary", groups="kubernetes_hosting.group_user"
    )
    parameter_summary = fields.Char(
        compute="_compute_parameter_summary", groups="kubernetes_hosting.group_user"
    )
    ladder_shown = fields.Json(
        compute="_compute_ladder_shown", groups="kubernetes_hosting.group_user"
    )

    @api.depends(
        "manifest_line_ids.version_id",
        "manifest_line_ids.newer_count",
        "manifest_line_ids.manifest_id.name",
    )
    def _compute_manifest_summary(self):
        for host in self:
            host.manifest_summary = " · ".join(
                line._get_summary() for line in host.manifest_line_ids.sorted()
            )

    @api.depends("parameter_ids.name", "parameter_ids.value")
    def _compute_parameter_summary(self):
        for host in self:
            host.parameter_summary = " · ".join(
                f"{line.name} {shorten(line.value or '-', SHOWN, placeholder='…')}"
                for line in host.parameter_ids
            )

    @api.depends("ladder")
    @api.depends_context("lang")
    def _compute_ladder_shown(self):
        for host in self:
            host.ladder_shown = translate_rows(self.env, host.ladder)

    @api.model
    def get_empty_list_help(self, help_message):
        """Lead from the empty list to the first host, step by step."""
        steps = self.env["kubernetes.dashboard"]._get_steps()
        return self.env["kubernetes.dashboard"]._render_steps(steps) or help_message
