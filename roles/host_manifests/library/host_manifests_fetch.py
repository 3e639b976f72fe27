#!/usr/bin/python
"""Download manifests into a directory, each named by its sha256."""

import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.host_manifests.download import OPTION, fetch, sha256
from ansible.module_utils.host_manifests.errors import ManifestError

DOCUMENTATION = """
module: host_manifests_fetch
short_description: Download manifests into a directory
description:
  - Downloads each URL within fixed limits and stores the text under its sha256.
  - A URL that fails is reported in its row; the task itself succeeds.
options:
  urls:
    description: The URLs, https only.
    type: list
    elements: str
    required: true
  directory:
    description: Where the texts are stored; made if missing.
    type: path
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
- name: Fetch a manifest
  host_manifests_fetch:
    urls: [https://git.example.com/roles/odoo/templates/k8s_odoo.yaml]
    directory: manifests
"""

RETURN = """
results:
  description: url, ok, sha256, size, path and error of each URL, in order.
  type: list
  returned: always
"""

SPEC = {
    "urls": {"type": "list", "elements": "str", "required": True},
    "directory": {"type": "path", "required": True},
    "download": OPTION,
}


def fetch_one(url, directory, limits, check_mode):
    """Return the row of one URL and whether a file was (or would be) written."""
    row = {
        "url": url,
        "ok": False,
        "sha256": None,
        "size": None,
        "path": None,
        "error": None,
    }
    try:
        text = fetch(url, limits)
    except ManifestError as error:
        return row | {"error": error.as_error()}, False
    digest = sha256(text)
    target = Path(directory) / digest
    new = not target.is_file()
    if new and not check_mode:
        store(target, text)
    found = {"ok": True, "sha256": digest, "size": len(text.encode())}
    return row | found | {"path": f"{target.parent.name}/{digest}"}, new


def store(target, text):
    """Write a text by rename, so that nobody reads half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(f".{os.getpid()}")
    part.write_bytes(text.encode())
    part.rename(target)


def main():
    """Run the module."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    results, changed = [], False
    for url in module.params["urls"]:
        row, new = fetch_one(
            url,
            module.params["directory"],
            module.params["download"],
            module.check_mode,
        )
        results.append(row)
        changed = changed or new
    module.exit_json(changed=changed, results=results)


if __name__ == "__main__":
    main()
