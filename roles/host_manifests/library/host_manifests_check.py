#!/usr/bin/python
"""Render and check manifests offline."""

from pathlib import Path

import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.host_manifests import gate
from ansible.module_utils.host_manifests.download import LIMITS, as_text
from ansible.module_utils.host_manifests.errors import INVALID, ManifestError
from ansible.module_utils.host_manifests.lines import locate
from ansible.module_utils.host_manifests.render import list_variables, render

DOCUMENTATION = """
module: host_manifests_check
short_description: Render and check manifest files without a cluster
description:
  - Renders each file with the given variables and checks the result as apply would.
  - A file that is refused is reported in its row; the task itself succeeds.
options:
  files:
    description: Paths of the manifest files.
    type: list
    elements: path
    required: true
  variables:
    description: The variables that templates may use.
    type: dict
    required: true
  policy:
    description: As for C(host_manifests_prepare).
    type: dict
    required: true
  roles:
    description: >-
      Directory of roles: those with a manifest in templates/ tell the defaults of their
      variables.
    type: path
author: Mint Cloud
"""

EXAMPLES = """
- name: Check a manifest
  host_manifests_check:
    files: [roles/odoo/templates/k8s_odoo.yaml]
    variables: "{{ hostvars[inventory_hostname] | host_manifests_variables }}"
    policy: "{{ __host_manifests_policy }}"
    roles: "{{ role_path | dirname }}"
"""

RETURN = """
results:
  description: >-
    file, ok, stage, document, path, line (of the template), rule and message (of the first
    refusal), problems (all of them) and variables (name, and default where the template or
    the role has a literal one) of each file, in order.
  type: list
  returned: always
"""

SPEC = {
    "files": {"type": "list", "elements": "path", "required": True},
    "variables": {"type": "dict", "required": True},
    "policy": {"type": "dict", "required": True},
    "roles": {"type": "path"},
}
MAX_VARIABLES = 200


def read(path):
    """Return the text of a file; raises ManifestError (stage read)."""
    try:
        body = Path(path).read_bytes()
    except OSError as error:
        raise ManifestError(
            INVALID, "file", f"{error.strerror}: {path}", stage="read"
        ) from None
    if len(body) > LIMITS["max_bytes"]:
        message = f"the file is larger than {LIMITS['max_bytes']} bytes"
        raise ManifestError(INVALID, "size", message, stage="read")
    try:
        return as_text(body)
    except ManifestError as error:
        error.where["stage"] = "read"
        raise


def check(path, variables, policy):
    """Return the problems of one file, a list of ManifestError."""
    try:
        manifest = {"name": Path(path).name, "text": read(path)}
    except ManifestError as error:
        return [error]
    (outcome,) = render([manifest], variables)
    if isinstance(outcome, ManifestError):
        return [outcome]
    problems = gate.check_all([(manifest["name"], outcome)], policy)[1]
    locate(problems, manifest["text"], outcome)
    return problems


def row(path, problems):
    """Return the published row of one file: the first refusal and the list of all."""
    rows = [problem.as_row() for problem in problems[:50]]
    first = (
        rows[0]
        if rows
        else dict.fromkeys(("stage", "document", "path", "line", "rule", "message"))
    )
    return {"file": path, "ok": not rows} | first | {"problems": rows}


def role_defaults(directory):
    """Return the literal defaults of the roles that have a manifest, by variable."""
    defaults = {}
    for template in sorted(Path(directory).glob("*/templates/k8s_*")):
        file = template.parents[1] / "defaults" / "main.yml"
        if file.exists():
            defaults |= yaml.safe_load(file.read_text()) or {}
    return {
        name: value
        for name, value in defaults.items()
        if not isinstance(value, str) or "{{" not in value
    }


def variables_of(paths, defaults):
    """Return the variables that each file uses; of one that can't be read, none."""
    texts = []
    for path in paths:
        try:
            texts.append(read(path))
        except ManifestError:
            texts.append("")
    return [
        [
            {"name": entry["name"], "default": defaults[entry["name"]]}
            if entry["name"] in defaults
            else entry
            for entry in names[:MAX_VARIABLES]
        ]
        for names in list_variables(texts)
    ]


def main():
    """Run the module."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    params = module.params
    defaults = role_defaults(params["roles"]) if params["roles"] else {}
    variables = variables_of(params["files"], defaults)
    results = [
        row(path, check(path, params["variables"], params["policy"]))
        | {"variables": names}
        for path, names in zip(params["files"], variables, strict=True)
    ]
    module.exit_json(changed=False, results=results)


if __name__ == "__main__":
    main()
