from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import vars_import
from ..tools.vars_file import InvalidVars
from . import refusals
from .kubernetes_host_compare import QUOTA
from .kubernetes_parameter import BOOLEAN, INTEGER, LIST, TEXT
from .states import ACTIVE, LIVING, SUSPENDED, TERMINATED

# In the context this object itself allows an adoption: RPC can't send it.
ADOPTING = object()


class KubernetesHostImport(models.AbstractModel):
    """A host's vars.yml on its way back into Odoo: what differs, and taking it over."""

    _name = "kubernetes.host.import.mixin"
    _description = "Kubernetes Host: Import"

    # === ACTION METHODS === #

    def action_import_yaml(self):
        """Ask for a vars.yml: of this host, or of any host when none or many are chosen."""
        self.check_access("write")
        host = self if len(self) == 1 else self.browse()
        return self.env["kubernetes.host.import"]._action_open(host)

    # === BUSINESS METHODS: READ === #

    @api.model
    def _read_import(self, content, host=None):
        """Return the checked file.

        :param bytes content: the uploaded file: a vars.yml, or a zip with it
        :param str host: full name of the host that a zip has to hold
        :rtype: vars_import.Imported
        :raise UserError: the line and the reason
        """
        try:
            return vars_import.read(content, host)
        except InvalidVars as error:
            raise UserError(
                self.env._(
                    "This file can't be imported. %(reason)s",
                    reason=refusals.translate(self.env, error),
                )
            ) from error

    @api.model
    def _find_imported(self, imported):
        """Return the host that a file is about, none for a new one.

        :raise ValidationError: the project's name is not possible
        :raise UserError: the cluster is not known
        """
        contract = imported.contract
        name = contract["hosting_project"]
        if self.env["kubernetes.project"]._normalise_name(name) != name:
            raise ValidationError(
                self.env._("%(name)s is not in its normal form.", name=name)
            )
        self._find_imported_cluster(imported)
        hosts = self.search(
            [("fqdn", "=", contract["hosting_host"]), ("lifecycle", "!=", TERMINATED)]
        )
        return hosts.sorted(lambda host: host.lifecycle not in LIVING)[:1]

    def _find_imported_cluster(self, imported):
        wanted = imported.contract["hosting_cluster"]
        cluster = self.env["kubernetes.cluster"].search(
            [("name", "=", wanted["name"]), ("domain", "=", wanted["domain"])], limit=1
        )
        if not cluster:
            raise UserError(
                self.env._(
                    "Line %(line)s: Odoo has no cluster %(name)s with the domain "
                    "%(domain)s. Add it first (Configuration > Clusters).",
                    line=imported.lines["hosting_cluster"],
                    name=wanted["name"],
                    domain=wanted["domain"],
                )
            )
        return cluster

    @api.model
    def _find_imported_manifests(self, imported):
        """Return the manifests of a file, by name.

        :raise UserError: Odoo does not have one of them
        """
        found = {}
        for entry in imported.contract["hosting_manifests"]:
            manifest = self.env["kubernetes.manifest"].search(
                [("name", "=", entry["name"]), ("url", "=", entry["url"])], limit=1
            )
            if not manifest:
                raise UserError(
                    self.env._(
                        "Line %(line)s: Odoo has no manifest %(name)s with the URL "
                        "%(url)s. An administrator has to add it first.",
                        line=imported.lines["hosting_manifests"],
                        name=entry["name"],
                        url=entry["url"],
                    )
                )
            found[entry["name"]] = manifest
        return found

    # === BUSINESS METHODS: TAKE OVER === #

    def _take_import(self, imported):
        """Write what a file says on this host; Apply brings it to the cluster.

        A state that differs is a wish: the host is suspended or resumed.
        """
        self.ensure_one()
        self.check_access("write")
        self.write(
            self._prepare_import_quota(imported)
            | {
                "manifest_line_ids": self._prepare_import_manifests(imported),
                "parameter_ids": self._prepare_import_parameters(imported),
            }
        )
        wanted = imported.contract["hosting_state"]
        if wanted == "suspended" and self.lifecycle == ACTIVE:
            self._suspend()
        elif wanted == "running" and self.lifecycle == SUSPENDED:
            self._resume()

    @api.model
    def _create_imported(self, imported):
        """Create a draft from a file, and its project when there is none.

        :return: the host
        """
        contract = imported.contract
        cluster = self._find_imported_cluster(imported)
        manifests = self._find_imported_manifests(imported)
        project = self.env["kubernetes.project"].search(
            [
                ("name", "=", contract["hosting_project"]),
                ("cluster_id", "=", cluster.id),
                ("state", "=", ACTIVE),
            ],
            limit=1,
        ) or self.env["kubernetes.project"].create(
            {
                "name": contract["hosting_project"],
                "cluster_id": cluster.id,
                "manifest_ids": [
                    fields.Command.set([m.id for m in manifests.values()])
                ],
            }
        )
        host = self.create(
            {
                "project_id": project.id,
                "environment": contract["hosting_environment"],
                **self._prepare_import_quota(imported),
                "manifest_line_ids": self._prepare_import_manifests(imported),
                "parameter_ids": self._prepare_import_parameters(imported),
            }
        )
        # The manifests' own defaults are no part of the file.
        host.parameter_ids.filtered(
            lambda line: line.name not in imported.parameters
        ).unlink()
        return host

    @api.model
    def _prepare_import_quota(self, imported):
        quota = imported.contract["hosting_quota"]
        return {field: quota[key] for key, field in QUOTA.items()}

    def _prepare_import_manifests(self, imported):
        """Return the commands that make the lines what the file says."""
        manifests = self._find_imported_manifests(imported)
        present = {line.manifest_id: line for line in self.manifest_line_ids}
        commands = [
            fields.Command.delete(line.id)
            for manifest, line in present.items()
            if manifest not in manifests.values()
        ]
        for entry in imported.contract["hosting_manifests"]:
            manifest = manifests[entry["name"]]
            line = present.get(manifest)
            vals = {"track": entry["track"]}
            version = manifest.version_ids.filtered(
                lambda version, entry=entry: (
                    version.sha256 == entry.get("sha256")
                    and version.state == "approved"
                )
            )
            if version:
                vals["version_id"] = version.id
            if line:
                commands.append(fields.Command.update(line.id, vals))
            else:
                vals["manifest_id"] = manifest.id
                commands.append(fields.Command.create(vals))
        return commands

    def _prepare_import_parameters(self, imported):
        """Return the commands that make the parameters what the file says."""
        present = {line.name: line for line in self.parameter_ids}
        commands = [
            fields.Command.delete(line.id)
            for name, line in present.items()
            if name not in imported.parameters
        ]
        for name, value in imported.parameters.items():
            vals = self._prepare_parameter(value)
            line = present.get(name)
            if line:
                commands.append(fields.Command.update(line.id, vals))
            else:
                commands.append(fields.Command.create({"name": name} | vals))
        return commands

    @api.model
    def _prepare_parameter(self, value):
        """Return type and text of a value, as ``_get_value`` reads it back."""
        if isinstance(value, bool):
            return {"value_type": BOOLEAN, "value": "true" if value else "false"}
        if isinstance(value, int):
            return {"value_type": INTEGER, "value": str(value)}
        if isinstance(value, list):
            return {"value_type": LIST, "value": "\n".join(value)}
        return {"value_type": TEXT, "value": value}

    def _log_import(self, filename):
        """Write down that the values come from a file."""
        self.message_post(
            body=self.env._("Imported from %(file)s.", file=filename or "vars.yml")
        )

    def _adopt_namespace(self):
        """Make a draft active whose namespace runs already, and take that over.

        :raise AccessError: for administrators alone
        """
        self._check_administrator()
        self._check_ready()
        self.with_context(kubernetes_adopting=ADOPTING).write({"lifecycle": ACTIVE})
