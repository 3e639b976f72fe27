#!/usr/bin/python
"""Wait for a Job, and read what its containers told."""

import time
from datetime import UTC, datetime

from ansible.module_utils import host_jobs
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
module: host_jobs_wait
short_description: Wait until a Job is complete, or until its pod takes requests
description:
  - Looks every second. A Job that fails ends the wait; so do the seconds. The task itself succeeds.
  - Renews the run's lease meanwhile, so that no other run takes the host over. Writes nothing else.
options:
  namespace:
    description: The Job's namespace.
    type: str
    required: true
  name:
    description: The Job's name.
    type: str
    required: true
  until:
    description: What to wait for.
    type: str
    choices: [complete, ready]
    default: complete
  seconds:
    description: How long to wait at most.
    type: int
    required: true
  lease:
    description: The lease to renew, as host_namespace has taken it; empty when there is none.
    type: dict
    default: {}
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
author: Mint Cloud
"""

EXAMPLES = """
- name: Wait for the copy
  host_jobs_wait:
    namespace: host-acme-stag
    name: odoo-import-1f3a9c
    seconds: 600
"""

RETURN = """
state:
  description: complete, ready, failed or waiting (the seconds are over).
  type: str
  returned: success
address:
  description: Address of the Job's pod, or an empty text.
  type: str
  returned: success
facts:
  description: The JSON objects of the containers' termination messages, merged.
  type: dict
  returned: success
failure:
  description: container, reason and message of what failed; null when nothing did.
  type: dict
  returned: success
logs:
  description: pod, container, previous and the last lines (credentials masked) of what failed.
  type: list
  returned: success
lease:
  description: uid and resourceVersion of the lease that was renewed; null when none was.
  type: dict
  returned: success
lost:
  description: Another run holds the lease by now.
  type: bool
  returned: success
"""

OPTIONS = {
    "namespace": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "until": {"type": "str", "choices": ["complete", "ready"], "default": "complete"},
    "seconds": {"type": "int", "required": True},
    "lease": {"type": "dict", "default": {}},
}
# Looks in a row that may fail before the module does: a busy API server recovers.
MAX_ERRORS = 10


def look(client, params):
    """Return the Job (None when it is gone) and its pods."""
    query = {"namespace": params["namespace"], "_request_timeout": 10}
    jobs = client.get(
        client.resource("Job", "batch/v1"),
        field_selector=f"metadata.name={params['name']}",
        **query,
    ).items
    pods = client.get(
        client.resource("Pod", "v1"),
        label_selector=f"{host_jobs.JOB_NAME}={params['name']}",
        **query,
    ).items
    return (jobs[0].to_dict() if jobs else None), [pod.to_dict() for pod in pods]


class Lease:
    """The lease of the run: renewed at once, and again when a third of its time is over."""

    def __init__(self, params):
        self.held = params["lease"]
        self.due = time.monotonic()
        self.metadata = None
        self.lost = False
        if self.held:
            auth = {key: params.get(key) for key in AUTH_ARG_SPEC}
            auth["impersonate_user"] = self.held["deployer"]
            self.client = get_api_client(**auth)

    def renew(self):
        """Renew it if that is due. A server that can't answer now is asked again."""
        if not self.held or self.lost or time.monotonic() < self.due:
            return
        try:
            live = self.apply()
        except Exception as error:  # the client's exceptions share no base class
            self.lost = getattr(error, "status", None) == 409
            return
        self.metadata = {k: live["metadata"][k] for k in ("uid", "resourceVersion")}
        self.due = time.monotonic() + self.held["seconds"] / 3

    def apply(self):
        """Write the lease as its holder; a conflict says that it is another's."""
        held, now = self.held, datetime.now(UTC)
        spec = {
            "holderIdentity": held["holder"],
            "leaseDurationSeconds": held["seconds"],
            "acquireTime": held["since"],
            "renewTime": f"{now:%Y-%m-%dT%H:%M:%S.%fZ}",
        }
        resource = self.client.resource("Lease", "coordination.k8s.io/v1")
        body = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": held["name"], "namespace": held["namespace"]},
            "spec": spec,
        }
        live = self.client.client.server_side_apply(
            resource,
            body=body,
            name=held["name"],
            namespace=held["namespace"],
            field_manager=held["holder"],
            _request_timeout=10,
        )
        return live.to_dict()


def wait(client, params, lease):
    """Return the Job's state, the Job and its pods when the wait is over."""
    end, errors = time.monotonic() + params["seconds"], 0
    ends = {host_jobs.COMPLETE, host_jobs.FAILED, params["until"]}
    while True:
        lease.renew()
        try:
            job, pods = look(client, params)
            state, errors = host_jobs.state(job, pods), 0
            if state in ends or lease.lost or time.monotonic() >= end:
                return state, job, pods
        except Exception:  # the client's exceptions share no base class
            errors += 1
            if errors > MAX_ERRORS or time.monotonic() >= end:
                raise
        time.sleep(1)


def logs(client, namespace, pods, container):
    """Return the last lines of the container that failed; a log that is gone is none."""
    for pod in pods:
        name = pod["metadata"]["name"]
        query = {"container": container, "tailLines": masks.LOG_LINES}
        try:
            answer = client.resource("Pod", "v1").log.get(
                name=name, namespace=namespace, serialize=False, query_params=query
            )
        except Exception:  # read for information only
            continue
        text = masks.masked(answer.data.decode("utf-8", "replace"))
        row = {"pod": name, "container": container, "previous": False, "text": text}
        return [row]
    return []


def result(client, params):
    """Return the module's result."""
    lease = Lease(params)
    state, job, pods = wait(client, params, lease)
    told = {
        "state": state,
        "address": (pods[0].get("status") or {}).get("podIP") or "" if pods else "",
        "facts": host_jobs.facts(pods),
        "failure": None,
        "logs": [],
        "lease": lease.metadata,
        "lost": lease.lost,
    }
    if state not in (host_jobs.COMPLETE, params["until"]):
        told["failure"] = host_jobs.failure(job, pods)
        told["failure"]["message"] = masks.masked(told["failure"]["message"])
        container = told["failure"]["container"]
        if container:
            told["logs"] = logs(client, params["namespace"], pods, container)
    return told


def main():
    """Run the module."""
    module = AnsibleK8SModule(
        argument_spec=AUTH_ARG_SPEC | OPTIONS, supports_check_mode=True
    )
    try:
        told = result(get_api_client(module), module.params)
    except CoreException as error:
        module.fail_from_exception(error)
    except Exception as error:  # told by its text, as kubernetes.core does
        module.fail_json(
            msg=f"Failed to wait for the Job: {getattr(error, 'body', '') or error}"
        )
    module.exit_json(changed=False, **told)


if __name__ == "__main__":
    main()
