#!/usr/bin/python
"""Look at everything that runs in a host's namespace, once or until it is ready."""

import time
from datetime import UTC, datetime

from ansible.module_utils.host_ingress import rollout
from ansible.module_utils.host_report import masks
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
module: host_ingress_look
short_description: Look at a host's workloads, pods, events, Ingresses and applied manifests
description:
  - Reads them in one process with the client of C(kubernetes.core), which takes one second
    however many kinds there are, where C(k8s_info) takes one for each.
  - With a timeout it looks again until every workload is ready or a pod fails for good.
  - Writes nothing.
options:
  namespace:
    description: The namespace.
    type: str
    required: true
  wait_seconds:
    description: How long to wait at most; 0 looks once.
    type: int
    default: 0
  interval:
    description: Seconds between two looks.
    type: int
    default: 2
  grace:
    description: Seconds for which a pod's error may still pass.
    type: int
    default: 20
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
author: Mint Cloud
"""

EXAMPLES = """
- name: Wait until the host is ready
  host_ingress_look:
    namespace: host-acme
    wait_seconds: 300
"""

RETURN = """
state:
  description: ready, waiting or failed.
  type: str
  returned: success
problem:
  description: Why it is not ready, as host_report publishes errors.
  type: dict
  returned: success
workloads:
  description: kind, name, wanted, ready and complete of each Deployment and StatefulSet.
  type: list
  returned: success
pods:
  description: name, phase, ready, restarts and reason of each pod.
  type: list
  returned: success
events:
  description: The last events.
  type: list
  returned: success
logs:
  description: pod, container, previous and the last lines (credentials masked) of those not ready.
  type: list
  returned: success
manifests:
  description: name and sha256 of each manifest that is applied, as the host's inventory records it.
  type: list
  returned: success
ingresses:
  description: name, class, hosts, addresses and health_path of each Ingress.
  type: list
  returned: success
"""

KINDS = {
    "deployments": ("apps/v1", "Deployment"),
    "replicasets": ("apps/v1", "ReplicaSet"),
    "statefulsets": ("apps/v1", "StatefulSet"),
    "pods": ("v1", "Pod"),
    "ingresses": ("networking.k8s.io/v1", "Ingress"),
    "events": ("v1", "Event"),
    "inventories": ("v1", "ConfigMap"),
}
# Of some kinds only one object matters.
FIELDS = {"inventories": "metadata.name=hosting-inventory"}
OPTIONS = {
    "namespace": {"type": "str", "required": True},
    "wait_seconds": {"type": "int", "default": 0},
    "interval": {"type": "int", "default": 2},
    "grace": {"type": "int", "default": 20},
}
# Looks in a row that may fail before the module does: a busy API server recovers.
MAX_ERRORS = 3
# Seconds for one answer: one that never comes must not use up the whole wait.
REQUEST_SECONDS = 10


def snapshot(client, namespace):
    """Return the namespace's objects by kind; one request each."""
    found = {}
    for key, (version, kind) in KINDS.items():
        resource = client.resource(kind, version)
        answer = client.get(
            resource,
            namespace=namespace,
            field_selector=FIELDS.get(key),
            _request_timeout=REQUEST_SECONDS,
        )
        found[key] = [item.to_dict() for item in answer.items]
    return found


def wait(client, params):
    """Return the last snapshot and its judgement."""
    end, errors = time.monotonic() + params["wait_seconds"], 0
    while True:
        try:
            seen = snapshot(client, params["namespace"])
            judgement = rollout.judge(seen, datetime.now(UTC), params["grace"])
            errors = 0
        except Exception:  # the client's exceptions share no base class
            errors += 1
            if errors > MAX_ERRORS or time.monotonic() >= end:
                raise
            judgement = {"state": rollout.WAITING}
        if judgement["state"] != rollout.WAITING or time.monotonic() >= end:
            return seen, judgement
        time.sleep(params["interval"])


def logs(client, namespace, seen):
    """Return the last lines of the containers that are not ready; a log that is gone is none."""
    rows = []
    for pod, container, previous in rollout.troubled(seen):
        query = {"container": container, "tailLines": masks.LOG_LINES}
        query |= {"previous": True} if previous else {}
        try:
            answer = client.resource("Pod", "v1").log.get(
                name=pod, namespace=namespace, serialize=False, query_params=query
            )
        except Exception:  # read for information only
            continue
        text = masks.masked(answer.data.decode("utf-8", "replace"))
        rows.append(
            {"pod": pod, "container": container, "previous": previous, "text": text}
        )
    return rows


def main():
    """Run the module."""
    module = AnsibleK8SModule(
        argument_spec=AUTH_ARG_SPEC | OPTIONS, supports_check_mode=True
    )
    try:
        client = get_api_client(module)
        seen, judgement = wait(client, module.params)
    except CoreException as error:
        module.fail_from_exception(error)
    except Exception as error:  # told by its text, as kubernetes.core does
        module.fail_json(
            msg=f"Failed to look at the namespace: {getattr(error, 'body', '') or error}"
        )
    module.exit_json(
        changed=False,
        state=judgement["state"],
        problem=judgement["error"],
        workloads=rollout.workloads(seen),
        pods=rollout.pods(seen),
        events=rollout.events(seen),
        logs=logs(client, module.params["namespace"], seen),
        manifests=rollout.manifests(seen),
        ingresses=rollout.ingresses(seen),
    )


if __name__ == "__main__":
    main()
