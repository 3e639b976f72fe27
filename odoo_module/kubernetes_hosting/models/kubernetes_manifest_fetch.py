from odoo import fields, models

from ..tools import run_dir, urls
from .kubernetes_mixins import QUOTA_FIELDS
from .states import LIVING, MANIFEST_CHECK, MANIFEST_FETCH, RESET

TRUSTED_PREFIXES = "kubernetes_hosting.trusted_prefixes"
# A cluster for checking a manifest where there is none yet.
EXAMPLE = {
    "name": "example",
    "domain": "example.com",
    "address": "192.0.2.1",
    "context": "example",
}


class KubernetesManifestFetch(models.AbstractModel):
    """How a manifest's text is fetched and checked: by playbooks, in two runs."""

    _name = "kubernetes.manifest.fetch"
    _description = "Kubernetes Manifest: Fetch and Check"

    def _queue_fetch(self):
        idle = self.filtered(lambda manifest: not manifest.is_busy)
        if idle:
            self.env["kubernetes.run"]._queue(MANIFEST_FETCH, manifests=idle)

    def _queue_check(self, versions):
        self.env["kubernetes.run"]._queue(
            MANIFEST_CHECK, manifests=versions.manifest_id, versions=versions
        )

    def _prepare_sample(self):
        """Return the host for which a check renders this manifest.

        One that runs it, or whose data its jobs are for; else an example with the
        manifest's own parameters.

        :rtype: run_dir.HostFiles
        """
        self.ensure_one()
        line = self.env["kubernetes.host.manifest"].search(
            [("manifest_id", "=", self.id)], limit=1
        )
        host = line.host_id or self._find_host_of_jobs() or self._new_example_host()
        return run_dir.HostFiles(host.fqdn, host._prepare_vars())

    def _find_host_of_jobs(self):
        """Return a host whose project has these jobs: they use its variables."""
        hosts = self.env["kubernetes.host"]
        if self.purpose != RESET:
            return hosts
        own = [("project_id.manifest_ids", "in", self.ids)]
        return hosts.search([*own, ("lifecycle", "in", LIVING)], limit=1)

    def _get_example_parameters(self):
        """Return the parameters of an example: jobs use those of what they are for."""
        if self.purpose != RESET:
            return self.parameter_ids
        others = self.search([("company_id", "in", [False, self.company_id.id])]) - self
        # By name; the manifest's own come last and count.
        lines = others.parameter_ids + self.parameter_ids
        known = {line.name: line for line in lines}
        return self.parameter_ids.union(*known.values())

    def _new_example_host(self):
        clusters = self.env["kubernetes.cluster"]
        cluster = clusters.search([], limit=1)
        if not cluster:
            cluster = clusters.new(
                clusters.default_get(list(clusters._fields)) | EXAMPLE
            )
        project = self.env["kubernetes.project"].new(
            {"name": "example", "cluster_id": cluster.id}
        )
        parameters = [
            fields.Command.create(
                {"name": line.name, "value_type": line.value_type, "value": line.value}
            )
            for line in self._get_example_parameters()
        ]
        return self.env["kubernetes.host"].new(
            {
                "project_id": project.id,
                "environment": "production",
                **{name: cluster[name] for name in QUOTA_FIELDS},
                "parameter_ids": parameters,
                "manifest_line_ids": [fields.Command.create({"manifest_id": self.id})],
            }
        )

    def _is_trusted(self):
        """Return whether the URL lies under a prefix that the administrator trusts."""
        self.ensure_one()
        setting = self.env["ir.config_parameter"].sudo().get_param(TRUSTED_PREFIXES)
        return urls.is_under(self.url, (setting or "").split())

    def _store_fetch(self, result, text=None):
        """Store one result of manifest_fetch.yml: a new version, or why not.

        :return: the version that has to be checked, empty when nothing is new
        """
        self.ensure_one()
        manifest_sudo = self.sudo()
        manifest_sudo.write(
            {
                "fetched_at": fields.Datetime.now(),
                **self._prepare_error_vals(
                    None if text is not None else result["error"]
                ),
            }
        )
        if text is None:
            return self.env["kubernetes.manifest.version"]
        return manifest_sudo.version_ids._store(manifest_sudo, result["sha256"], text)
