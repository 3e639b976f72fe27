"""The gate and the policy of an ordinary host, as apply.yml puts it together."""

from typing import Any

import yaml

from tests.unit.role_code import ROLES, module_util

gate = module_util("host_manifests", "gate")
_DEFAULTS = yaml.safe_load((ROLES / "host_manifests/defaults/main.yml").read_text())
POLICY: dict[str, Any] = {
    "namespace": "host-acme",
    "hosts": ["acme.mint-cloud.test", "www.acme.example"],
    "ingress_class": "traefik",
    "kinds": _DEFAULTS["host_manifests_kinds"],
    "ingress_annotations": _DEFAULTS["host_manifests_ingress_annotations"],
    "allow_root": False,
    "max_objects": 100,
    "suspended": False,
}
