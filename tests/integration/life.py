"""A host with one workload of each kind, for tests of its whole life."""

import json
import subprocess
from pathlib import Path

import yaml

from tests.integration.audit import BOOTSTRAPPER
from tests.integration.by_hand import Hand
from tests.lab.kube import kubectl_with
from tests.lab.paths import CHECKOUT

ROLE = CHECKOUT / "roles/web"
SITE = (ROLE / "templates/k8s_web.yaml").read_text()
NIGHTLY = """\
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - {name: nightly, image: lab.local/web:1, command: ["true"]}
"""
STORE = """\
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store}
spec:
  serviceName: store
  selector: {matchLabels: {app: store}}
  template:
    metadata: {labels: {app: store}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - {name: store, image: lab.local/pause:1, imagePullPolicy: IfNotPresent}
"""
PAGE = "<h1>Grüezi</h1>\n"
WRITES = {"create", "update", "patch", "delete", "deletecollection"}


class Life:
    """One host of the web role, and kubectl as administrator."""

    def __init__(self, lab, directory, name="life", text=SITE + NIGHTLY + STORE):
        self.lab = lab
        self.hand = Hand(lab, directory, name, text)
        defaults = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
        own = {"web_image": "lab.local/web:1", "web_root": "/www", "web_page": PAGE}
        self.hand.variables |= defaults | own | {"web_replicas": 2}

    def kubectl(self, *words, text=None):
        """Return kubectl's output."""
        return kubectl_with(Path(self.lab["admin_kubeconfig"]), *words, text=text)

    def exists(self):
        """Tell whether the namespace is there."""
        name = self.hand.namespace
        return bool(self.kubectl("get", "namespace", name, "--ignore-not-found"))

    def running(self):
        """Return replicas of Deployment and StatefulSet, and whether the CronJob is suspended."""
        kinds = "deployment/web,statefulset/store,cronjob/nightly".split(",")
        text = self.kubectl("get", *kinds, "-n", self.hand.namespace, "-o", "json")
        specs = [item["spec"] for item in json.loads(text)["items"]]
        return specs[0]["replicas"], specs[1]["replicas"], specs[2]["suspend"]

    def page(self):
        """Return status and body of the host's page at the cluster's address."""
        there = f"{self.hand.host}:443:{self.lab['address']}:443"
        words = ["curl", "-sk", "--max-time", "5", "--connect-to", there]
        words += ["-w", "\n%{http_code}", f"https://{self.hand.host}/"]
        body, _, code = subprocess.run(
            words, capture_output=True, text=True
        ).stdout.rpartition("\n")
        return int(code), body

    def writes(self, log):
        """Return what playbooks really wrote since a log's start: dry runs don't count."""
        return [
            (call["verb"], call["objectRef"]["resource"])
            for call in log.calls(self.hand.namespace)
            if call["verb"] in WRITES
            and call["user"]["username"] == BOOTSTRAPPER
            and "dryRun=All" not in call["requestURI"]
        ]


def changes(outcome):
    """Return the actions that are none of "unchanged", as ``Kind/name`` -> action."""
    assert outcome.code == 0, outcome.output[-3000:]
    rows = outcome.result["objects"]
    return {
        f"{row['kind']}/{row['name']}": row["action"]
        for row in rows
        if row["action"] != "unchanged"
    }
