"""Each check of cluster_check has a label in Odoo's report: people read no internal words."""

import re

import yaml

from tests.lab.paths import CHECKOUT

ROLE = CHECKOUT / "roles/cluster_check"
REPORT = CHECKOUT / "odoo_module/kubernetes_hosting/static/src/report/report.js"


def checks() -> set[str]:
    """Return the names of the checks that the role reports."""
    attempts = (ROLE / "tasks/permissions.yml").read_text()
    tried = re.findall(r"check: ([^,}\n]+?)\s*(?=[,}\n])", attempts)
    looked = (ROLE / "filter_plugins/cluster_check.py").read_text()
    constants = re.findall(r"^[A-Z]+S = \"([^\"]+)\"", looked, re.M)
    return set(tried) | set(constants) | set(re.findall(r"row\(\"([^\"]+)\"", looked))


def test_each_check_has_a_label():
    labels = re.search(r"this\.labels = \{(.*?)\n        \};", REPORT.read_text(), re.S)
    keys = re.findall(r"^\s+(?:\"([^\"]+)\"|(\w+)): _t", labels[1], re.M)
    known = {quoted or plain for quoted, plain in keys}
    assert len(checks()) >= 10
    assert {yaml.safe_load(name) for name in checks()} - known == set()
