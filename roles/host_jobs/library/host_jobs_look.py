#!/usr/bin/python
"""Look at what runs in a namespace, and which Jobs an earlier run left."""

from ansible.module_utils import host_jobs
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import (
    AUTH_ARG_SPEC,
)
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.client import (
    get_api_client,
)
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.core import (
    AnsibleK8SModule,
)
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.exceptions import (
    CoreException,
)

DOCUMENTATION = """
module: host_jobs_look
short_description: Look at images, nodes of volumes and Jobs in a namespace
description:
  - Reads them in one process with the client of C(kubernetes.core). Writes nothing.
options:
  namespace:
    description: The namespace.
    type: str
    required: true
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
author: Mint Cloud
"""

EXAMPLES = """
- name: Look at production
  host_jobs_look:
    namespace: host-acme
"""

RETURN = """
images:
  description: Image of each workload's first container, by the workload's name.
  type: dict
  returned: success
running:
  description: Number of ready pods of each workload.
  type: dict
  returned: success
nodes:
  description: Node on which each volume claim is in use.
  type: dict
  returned: success
jobs:
  description: Names of the Jobs that runs of these playbooks left, and what they are for.
  type: list
  returned: success
"""

LABEL = "hosting.mint-cloud.ch/job"
OPTIONS = {"namespace": {"type": "str", "required": True}}


def read(client, version, kind, namespace, **query):
    """Return the objects of one kind as plain dicts."""
    answer = client.get(
        client.resource(kind, version),
        namespace=namespace,
        _request_timeout=30,
        **query,
    )
    return [item.to_dict() for item in answer.items]


def look(client, namespace):
    """Return everything that is told about one namespace."""
    workloads = [
        obj
        for kind in ("Deployment", "StatefulSet")
        for obj in read(client, "apps/v1", kind, namespace)
    ]
    jobs = read(client, "batch/v1", "Job", namespace, label_selector=LABEL)
    return {
        "images": host_jobs.images(workloads),
        "running": host_jobs.running(workloads),
        "nodes": host_jobs.nodes(read(client, "v1", "Pod", namespace)),
        "jobs": [
            {"name": job["metadata"]["name"], "job": job["metadata"]["labels"][LABEL]}
            for job in jobs
        ],
    }


def main():
    """Run the module."""
    module = AnsibleK8SModule(
        argument_spec=AUTH_ARG_SPEC | OPTIONS, supports_check_mode=True
    )
    try:
        found = look(get_api_client(module), module.params["namespace"])
    except CoreException as error:
        module.fail_from_exception(error)
    except Exception as error:  # told by its text, as kubernetes.core does
        module.fail_json(
            msg=f"Failed to look at the namespace: {getattr(error, 'body', '') or error}"
        )
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
