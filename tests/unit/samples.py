"""A host's variables as Odoo writes them, for the tests of files and runs."""

# What templates under test are filled with: each type, and a text that looks like one.
TEMPLATE_VARIABLES = {
    "k8s_namespace": "host-acme",
    "name": "acme",
    "flag": True,
    "off": False,
    "none": None,
    "number": 3,
    "ratio": 1.5,
    "names": ["b", "a", "c"],
    "nested": {"z": 1, "a": {"x": [1, 2]}},
    "payload": "{{ 7 * 7 }}{% raw %}",
}


def variables(name: str = "acme", **changes) -> dict:
    """Return the variables of a production host."""
    host = {
        "hosting_schema": 1,
        "hosting_host": f"{name}.mint-cloud.test",
        "hosting_project": name,
        "hosting_environment": "production",
        "hosting_state": "running",
        "hosting_owner": "5f2c9a3e-0000-4000-8000-000000000001",
        "hosting_domains": [],
        "hosting_quota": {"cpu": "2", "memory": "4Gi", "storage": "30Gi", "pods": 20},
        "hosting_cluster": {
            "name": "lab-test",
            "domain": "mint-cloud.test",
            "ingress_class": "traefik",
            "address": "203.0.113.7",
            "issuer": "pebble",
        },
        "hosting_manifests": [],
        "hosting_secrets": [],
        "k8s_namespace": f"host-{name}",
        "k8s_context": "lab-test",
    }
    return host | changes
