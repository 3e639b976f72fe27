from odoo import models

CHANGE, NEW, REMOVE, NOTE = "change", "new", "remove", "note"
QUOTA = {
    "cpu": "quota_cpu",
    "memory": "quota_memory",
    "storage": "quota_storage",
    "pods": "quota_pods",
}
# Compared one by one, or equal by which host it is; Odoo works the others out.
_COMPARED = frozenset(
    {
        "hosting_schema",
        "hosting_host",
        "hosting_project",
        "hosting_environment",
        "hosting_state",
        "hosting_domains",
        "hosting_quota",
        "hosting_manifests",
        "k8s_namespace",
    }
)


class KubernetesHostCompare(models.AbstractModel):
    """What a vars.yml says differently from a host in Odoo."""

    _name = "kubernetes.host.compare"
    _description = "Kubernetes Host: Differences"

    # === BUSINESS METHODS: DIFFERENCES === #

    def _compare_import(self, imported):
        """Return what taking a file over would change on this host.

        :return: rows ``{kind, field, odoo, file}``, none when nothing differs
        :rtype: list[dict]
        """
        self._find_imported_manifests(imported)
        present = self._prepare_vars() if self else {}
        rows = self._compare_state(present, imported.contract)
        rows += self._compare_quota(present, imported.contract)
        rows += self._compare_manifests(present, imported.contract)
        rows += self._compare_parameters(present, imported.parameters)
        if self:
            rows += self._compare_notes(present, imported.contract)
        return rows

    def _compare_state(self, present, contract):
        label = self.env._("State")
        return self._row(label, present.get("hosting_state"), contract["hosting_state"])

    def _compare_quota(self, present, contract):
        rows = []
        for key, value in contract["hosting_quota"].items():
            own = present.get("hosting_quota", {}).get(key)
            label = self._fields[QUOTA[key]]._description_string(self.env)
            rows += self._row(self.env._("Quota: %s", label), own, value)
        return rows

    def _compare_manifests(self, present, contract):
        own = {row["name"]: row for row in present.get("hosting_manifests", [])}
        theirs = {row["name"]: row for row in contract["hosting_manifests"]}
        rows = []
        for name in dict.fromkeys([*own, *theirs]):
            label = self.env._("Manifest %s", name)
            rows += self._row(
                label,
                self._describe_manifest(own.get(name)),
                self._describe_manifest(theirs.get(name)),
            )
        return rows

    def _describe_manifest(self, entry):
        """Return track and version of an entry, so that equal ones read the same."""
        if entry is None:
            return None
        sha256 = entry.get("sha256")
        version = self.env["kubernetes.manifest.version"].search(
            [
                ("sha256", "=", sha256),
                ("manifest_id.name", "=", entry["name"]),
                ("manifest_id.url", "=", entry["url"]),
            ],
            limit=1,
        )
        tracks = dict(
            self.env["kubernetes.host.manifest"]
            ._fields["track"]
            ._description_selection(self.env)
        )
        known = version.display_name or (sha256[:12] + "…" if sha256 else "-")
        return f"{known}, {tracks[entry['track']]}"

    def _compare_parameters(self, present, parameters):
        own = {line.name: present[line.name] for line in self.parameter_ids if present}
        rows = []
        for name in sorted({*own, *parameters}):
            rows += self._row(name, own.get(name), parameters.get(name))
        return rows

    def _compare_notes(self, present, contract):
        """Return what the file says differently and Odoo works out by itself."""
        return [
            {
                "kind": NOTE,
                "field": key,
                "odoo": str(present.get(key, "")),
                "file": str(contract[key]),
            }
            for key in contract
            if key not in _COMPARED and present.get(key) != contract[key]
        ]

    def _row(self, label, own, theirs):
        # True is 1 for Python, not for a manifest.
        if own == theirs and type(own) is type(theirs):
            return []
        kind = NEW if own is None else REMOVE if theirs is None else CHANGE
        return [
            {
                "kind": kind,
                "field": label,
                "odoo": self._show(own),
                "file": self._show(theirs),
            }
        ]

    @staticmethod
    def _show(value):
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        return "\n".join(value) if isinstance(value, list) else str(value)
