import hashlib
import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.tests import TransactionCase

from odoo.addons.queue_job.tests.common import JobMixin

from ..models.kubernetes_settings import KubernetesSettings

PROJECT_DIR = Path(__file__).parent / "project"
KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://203.0.113.7:6443",
  certificate-authority-data: Y2E=}}]
users: [{name: hosting-bootstrapper, user: {token: not-a-real-token}}]
contexts: [{name: zurich-1, context: {cluster: c, user: hosting-bootstrapper}}]
current-context: zurich-1
"""
STEPS = ("dns", "ingress", "address", "certificate", "http", "health")


class KubernetesCase(JobMixin, TransactionCase):
    """One cluster, one approved manifest, directories of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        root = Path(tempfile.mkdtemp(prefix="kubernetes-hosting-"))
        cls.addClassCleanup(shutil.rmtree, root)
        cls._use_settings(root)
        cls.kubeconfig = root / "kubeconfigs" / "zurich-1"
        cls.kubeconfig.parent.mkdir()
        cls.kubeconfig.write_text(KUBECONFIG)
        cls.kubeconfig.chmod(0o600)
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.cluster = cls.env["kubernetes.cluster"].create(
            {
                "name": "zurich-1",
                "domain": "example.com",
                "address": "203.0.113.7",
                "kubeconfig": "zurich-1",
                "context": "zurich-1",
            }
        )
        cls.manifest = cls._create_manifest("web")
        cls.version = cls._add_version(cls.manifest, "kind: Service\n")
        cls.version._store_check([])
        cls.version.action_approve()

    @classmethod
    def _use_settings(cls, root):
        section = {
            "project_dir": str(PROJECT_DIR),
            "run_root": str(root / "runs"),
            "kubeconfig_dir": str(root / "kubeconfigs"),
        }
        patcher = patch.object(
            KubernetesSettings, "_read_section", lambda _self: dict(section)
        )
        patcher.start()
        cls.addClassCleanup(patcher.stop)
        cls.settings = section

    @classmethod
    def _create_manifest(cls, name, **vals):
        return cls.env["kubernetes.manifest"].create(
            {"name": name, "url": f"https://git.example.com/{name}.yaml"} | vals
        )

    @classmethod
    def _add_version(cls, manifest, text):
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        return manifest._store_fetch({"sha256": sha256}, text)

    @classmethod
    def _create_project(cls, name="acme", **vals):
        return cls.env["kubernetes.project"].create(
            {
                "name": name,
                "cluster_id": cls.cluster.id,
                "manifest_ids": [fields.Command.set(cls.manifest.ids)],
            }
            | vals
        )

    @classmethod
    def _create_host(cls, name="acme", lifecycle="active", **vals):
        """Return the production host of a new project."""
        return cls.env["kubernetes.host"].create(
            {
                "project_id": cls._create_project(name).id,
                "lifecycle": lifecycle,
                "manifest_line_ids": [
                    fields.Command.create({"manifest_id": cls.manifest.id})
                ],
            }
            | vals
        )

    @classmethod
    def _create_idle_host(cls, name="acme", **vals):
        """Return an active host whose first run is over."""
        host = cls._create_host(name, **vals)
        cls._finish(host.active_run_id, host)
        return host

    @classmethod
    def _finish(cls, run, hosts, result=None):
        """Let a queued run of hosts end with a result as the supervisor reports it."""
        run._mark_running()
        results = {host.fqdn: result or cls._result() for host in hosts}
        run._take_status(cls._status("successful", results))

    @staticmethod
    def _status(state, results=None, stats=None, error=None, **more):
        """Return what events.read_status returns."""
        return {
            "state": state,
            "rc": 0,
            "tasks_done": 7,
            "current": "Report",
            "results": results or {},
            "stats": stats or {},
            "error": error,
            "log_size": 0,
        } | more

    @staticmethod
    def _result(ok=True, error=None, **states):
        """Return a host's entry of hosting_result; states by step, else all ok."""
        steps = [
            {"step": step, "state": states.get(step, "ok"), "detail": "", "hint": ""}
            for step in STEPS
        ]
        return {
            "schema": 1,
            "playbook": "apply",
            "ok": ok,
            "changed": 3,
            "objects": [{"kind": "Service", "name": "web", "action": "created"}],
            "pruned": [],
            "ingress": {"url": "https://acme.example.com", "steps": steps},
            "observed": {},
            "error": error,
        }

    @staticmethod
    def _error(error_class="not_ready"):
        return {
            "class": error_class,
            "message": "Pod web-0 is <b>not</b> ready.",
            "object": "Pod/host-acme/web-0",
            "hint": "Look at its events.",
            "retryable": False,
        }

    @classmethod
    def _create_user(cls, group, **vals):
        login = f"test_{group}_{len(vals)}"
        return cls.env["res.users"].create(
            {
                "name": login,
                "login": login,
                "group_ids": [
                    fields.Command.set(
                        cls.env.ref(f"kubernetes_hosting.group_{group}").ids
                    )
                ],
            }
            | vals
        )
