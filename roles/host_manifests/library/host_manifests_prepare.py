#!/usr/bin/python
"""Obtain, render and check the manifests of one host."""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.host_manifests import gate
from ansible.module_utils.host_manifests.download import OPTION
from ansible.module_utils.host_manifests.errors import INVALID, ManifestError
from ansible.module_utils.host_manifests.obtain import obtain
from ansible.module_utils.host_manifests.render import render

DOCUMENTATION = """
module: host_manifests_prepare
short_description: Turn the manifests of a host into checked objects
description:
  - Takes each manifest's text from a directory of texts named by their sha256, else downloads it.
  - Renders all of them once in a child process that has no lookups, files or network.
  - Checks each rendered document. One refusal fails the task, and every refusal is listed.
  - Writes nothing anywhere.
options:
  manifests:
    description: What to obtain, as C(hosting_manifests) in a host's variables file.
    type: list
    elements: dict
    required: true
  directory:
    description: Where texts lie, each in a file named by its sha256.
    type: path
    required: true
  newest:
    description: Take the newest text from the URL for entries with C(track) C(latest).
    type: bool
    default: false
  variables:
    description: The variables that templates may use.
    type: dict
    required: true
  policy:
    description: >-
      namespace, hosts, ingress_class, kinds, ingress_annotations, allow_root, max_objects
      and suspended, as C(gate.check_all) takes them.
    type: dict
    required: true
  download:
    description: Where downloads may go.
    type: dict
    default: {}
    suboptions:
      networks:
        description: Private networks, beside all public addresses.
        type: list
        elements: str
        default: []
      ports:
        description: Ports.
        type: list
        elements: int
        default: [443]
      ca_file:
        description: A file of further certificate authorities.
        type: str
        default: ""
      tokens:
        description: Tokens of private servers, by reference.
        type: list
        elements: dict
        default: []
        suboptions:
          prefix:
            description: Where the token is sent and nowhere else, for example C(https://git.example.com/acme/).
            type: str
            required: true
          file:
            description: The file that holds the token.
            type: path
            required: true
          scheme:
            description: The word before the token in the header Authorization.
            type: str
            default: Bearer
author: Mint Cloud
"""

EXAMPLES = """
- name: Prepare the objects
  host_manifests_prepare:
    manifests: "{{ hosting_manifests }}"
    directory: "{{ host_manifests_directory }}"
    variables: "{{ hostvars[inventory_hostname] | host_manifests_variables }}"
    policy: "{{ __host_manifests_policy }}"
"""

RETURN = """
objects:
  description: The objects in the order of writing, with labels and annotations.
  type: list
  returned: success
manifests:
  description: name, sha256, size and source (directory or url) of each manifest.
  type: list
  returned: success
problems:
  description: Each refusal with manifest, document, object, path, rule and message.
  type: list
  returned: failure
error:
  description: The error as host_report publishes it.
  type: dict
  returned: failure
"""

SPEC = {
    "manifests": {"type": "list", "elements": "dict", "required": True},
    "directory": {"type": "path", "required": True},
    "newest": {"type": "bool", "default": False},
    "variables": {"type": "dict", "required": True},
    "policy": {"type": "dict", "required": True},
    "download": OPTION,
}


def prepare(params):
    """Return objects and manifests; raises ManifestError with ``problems`` in its place."""
    texts = [
        obtain(entry, params["directory"], params["newest"], params["download"])
        for entry in params["manifests"]
    ]
    outcomes = render(texts, params["variables"])
    failed = [outcome for outcome in outcomes if isinstance(outcome, ManifestError)]
    if failed:
        raise refused(failed)
    names = [text["name"] for text in texts]
    by_manifest, problems = gate.check_all(
        list(zip(names, outcomes, strict=True)), params["policy"]
    )
    if problems:
        raise refused(problems)
    return finished(texts, by_manifest, params["policy"])


def finished(texts, by_manifest, policy):
    """Return the module's result of manifests that passed."""
    objects = []
    for text in texts:
        for obj in by_manifest[text["name"]]:
            objects.append(gate.finish(obj, policy, text["sha256"]))
        del text["text"]
    return {"objects": gate.in_order(objects), "manifests": texts}


def refused(problems):
    """Return one error that names the first problem and counts the others."""
    first = problems[0]
    names = ("manifest", "document", "object", "path")
    place = ", ".join(
        f"{name} {first.where[name]}" for name in names if first.where.get(name)
    )
    more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
    error = ManifestError(
        INVALID, first.rule, f"{place}: {first.message}{more}", first.hint
    )
    error.where = dict(first.where) | {"problems": problems}
    return error


def main():
    """Run the module."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    try:
        result = prepare(module.params)
    except ManifestError as error:
        problems = [problem.as_row() for problem in error.where.get("problems", [])][
            :50
        ]
        module.fail_json(msg=error.message, error=error.as_error(), problems=problems)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
