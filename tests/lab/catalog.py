"""What the lab enters in Odoo: its cluster and the manifests that this project ships."""

from typing import Any

import yaml

from .paths import CHECKOUT
from .server.client import OdooClient

# Title, order, the secrets that its template refers to, values of the lab.
SHIPPED = (
    (
        "postgres",
        10,
        "odoo-db: password\npostgres-reader: password",
        {"postgres_image": "lab.local/postgres:15"},
    ),
    (
        "odoo",
        20,
        "odoo-admin: password\nodoo-master: password",
        {"odoo_image": "lab.local/odoo:19"},
    ),
)


class Catalog:
    """Enters records through Odoo's external API; a second time it finds them."""

    def __init__(self, client: OdooClient, lab: dict[str, Any]):
        self.client = client
        self.lab = lab

    def cluster(self) -> int:
        """Return the lab's cluster; its credentials are a file name, nothing more."""
        values = {
            "name": self.lab["name"],
            "domain": self.lab["domain"],
            "ingress_class": self.lab["ingress_class"],
            "address": self.lab["address"],
            "issuer": self.lab["issuer"],
            "kubeconfig": self.lab["context"],
            "context": self.lab["context"],
        }
        domain = [("name", "=", self.lab["name"])]
        return self.client.find_or_create("kubernetes.cluster", domain, values)

    def trust_own_manifests(self) -> None:
        """Approve what the lab's own manifest server serves, as a provider would."""
        self.client.call(
            "ir.config_parameter",
            "set_param",
            "kubernetes_hosting.trusted_prefixes",
            self.lab["manifests_url"] + "/",
        )

    def manifests(self) -> list[int]:
        """Return the shipped manifests, with their roles' variables as parameters."""
        manifests = [self.manifest(*shipped) for shipped in SHIPPED] + [self.jobs()]
        self._fetch_missing(manifests)
        return manifests

    def _fetch_missing(self, manifests: list[int]) -> None:
        """Fetch again what an interrupted call never got."""
        fields = ["current_version_id", "is_busy", "fetched_at", "error_class"]
        for manifest in self.client.call(
            "kubernetes.manifest", "read", manifests, fields
        ):
            if manifest["error_class"] and not manifest["is_busy"]:
                self.client.call(
                    "kubernetes.manifest", "action_fetch", [manifest["id"]]
                )

    def manifest(
        self, role: str, sequence: int, secrets: str, changes: dict[str, Any]
    ) -> int:
        """Return the manifest of one role of this checkout."""
        path = f"roles/{role}/templates/k8s_{role}.yaml"
        values = {
            "name": role,
            "sequence": sequence,
            "url": f"{self.lab['manifests_url']}/{path}",
            "secret_refs": secrets,
            "parameter_ids": parameters(role_defaults(role) | changes),
        }
        domain = [("name", "=", role)]
        return self.client.find_or_create("kubernetes.manifest", domain, values)

    def jobs(self) -> int:
        """Return the manifest of the jobs that copy a tenant's data."""
        path = "roles/odoo/templates/k8s_odoo_jobs.yaml"
        values = {
            "name": "odoo-jobs",
            "sequence": 30,
            "purpose": "reset",
            "url": f"{self.lab['manifests_url']}/{path}",
        }
        domain = [("name", "=", values["name"])]
        return self.client.find_or_create("kubernetes.manifest", domain, values)

    def project(self, name: str, cluster: int, manifests: list[int]) -> int:
        """Return a project with its two hosts: creating them queues their deployment."""
        found = self.client.search("kubernetes.project", ("name", "=", name))
        if not found:
            values = {
                "name": name,
                "cluster_id": cluster,
                "manifest_ids": [(6, 0, manifests)],
                "partner_id": self.client.search("res.partner")[0],
            }
            found = [self.client.call("kubernetes.project", "create", values)]
            self.client.call("kubernetes.project", "action_create_hosts", found)
        return found[0]


def role_defaults(role: str) -> dict[str, Any]:
    """Return a manifest role's variables with their defaults."""
    return yaml.safe_load((CHECKOUT / f"roles/{role}/defaults/main.yml").read_text())


def parameters(values: dict[str, Any]) -> list[tuple]:
    """Return the commands that give a manifest its parameters."""
    return [(0, 0, parameter(name, value)) for name, value in values.items()]


def parameter(name: str, value: Any) -> dict[str, str]:
    """Return a variable as Odoo's parameter: name, type and value as text."""
    kinds = {bool: "bool", int: "int", str: "str", list: "list"}
    text = "\n".join(map(str, value)) if isinstance(value, list) else str(value)
    if isinstance(value, bool):
        text = text.lower()
    return {"name": name, "value_type": kinds[type(value)], "value": text}
