from odoo import models
from odoo.exceptions import UserError

from ..tools import run_dir, secret_refs, vars_file
from .states import RESET, SUSPENDED


class KubernetesHostVars(models.AbstractModel):
    """The contract: a host's vars.yml, the same for a run and for the export."""

    _name = "kubernetes.host.vars"
    _description = "Kubernetes Host: vars.yml and Export"

    def action_export_yaml(self):
        """Download vars.yml of one host, a zip with an inventory of several."""
        return self._action_download(manifests=False)

    def action_export_zip(self):
        """Download a zip with inventory and manifest texts, ready to run."""
        return self._action_download(manifests=True)

    def _action_download(self, manifests):
        self._check_user()
        self._check_exportable()
        ids = ",".join(map(str, self.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/kubernetes_hosting/export?ids={ids}&manifests={int(manifests)}",
            "target": "download",
        }

    # === BUSINESS METHODS === #

    def _check_exportable(self):
        """Refuse hosts whose file no playbook would take.

        :raise UserError: a manifest has no approved version yet, and the next step
        """
        for line in self.manifest_line_ids:
            if "sha256" not in line._prepare_vars():
                raise UserError(line._explain_unapproved())

    def _prepare_vars(self):
        """Return the variables of this host as vars.yml holds them.

        :rtype: dict
        """
        self.ensure_one()
        variables = {
            "hosting_schema": vars_file.SCHEMA,
            "hosting_host": self.fqdn,
            "hosting_project": self.project_id.name,
            "hosting_environment": self.environment,
            "hosting_state": "suspended" if self.lifecycle == SUSPENDED else "running",
            "hosting_owner": self._get_owner(),
            "hosting_domains": [],
            "hosting_quota": self._prepare_quota(),
            "hosting_cluster": self.cluster_id._prepare_vars(),
            "hosting_manifests": [
                line._prepare_vars() for line in self.manifest_line_ids.sorted()
            ],
            "hosting_secrets": self._prepare_secret_refs(),
            "k8s_namespace": self.namespace,
            "k8s_context": self.cluster_id.context,
        }
        jobs = [manifest._prepare_job_vars() for manifest in self._get_job_manifests()]
        if jobs:
            variables["hosting_jobs"] = jobs
        parameters = {
            parameter.name: parameter._get_value() for parameter in self.parameter_ids
        }
        return variables | parameters

    def _get_job_manifests(self):
        """Return the approved manifests of Jobs on this host's data, in their order."""
        manifests = self.project_id.manifest_ids
        return manifests._filter_environment(self.environment, purpose=RESET).filtered(
            "current_version_id"
        )

    def _get_owner(self):
        """Return whose namespace it is: the uuid of this database."""
        return self.env["ir.config_parameter"].sudo().get_param("database.uuid")

    def _prepare_secret_refs(self):
        return secret_refs.merge(
            reference
            for manifest in self.manifest_line_ids.manifest_id
            for reference in secret_refs.parse(manifest.secret_refs)
        )

    def _prepare_files(self):
        """Return what the run directory and the exported zip hold.

        :return: the hosts, and the manifest texts by sha256
        :rtype: tuple[list[run_dir.HostFiles], dict[str, str]]
        """
        hosts = [
            run_dir.HostFiles(host.fqdn, host._prepare_vars())
            for host in self.sorted("fqdn")
        ]
        versions = self.manifest_line_ids._get_versions()
        for host in self:
            versions |= host._get_job_manifests().current_version_id
        return hosts, {version.sha256: version.text for version in versions}

    def _export(self, manifests):
        """Return the name and content of the file to download.

        :param bool manifests: put the manifest texts in
        :rtype: tuple[str, bytes]
        """
        hosts, texts = self._prepare_files()
        if len(hosts) == 1 and not manifests:
            return "vars.yml", vars_file.dump_vars(hosts[0].variables).encode()
        name = hosts[0].fqdn if len(hosts) == 1 else "hosts"
        return f"{name}.zip", run_dir.build_zip(hosts, texts if manifests else {})
