"""Loaded by the lab as a server-wide module: marks Odoo's points of a run."""

import sys
from pathlib import Path

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.addons.kubernetes_hosting.models.kubernetes_run import KubernetesRun
from odoo.addons.kubernetes_hosting.models.kubernetes_run_launch import (
    KubernetesRunLaunch,
)
from odoo.addons.kubernetes_hosting.models.kubernetes_run_line import KubernetesRunLine
from odoo.addons.kubernetes_hosting.models.kubernetes_run_watch import (
    KubernetesRunWatch,
)
from odoo.addons.kubernetes_hosting.tools import launcher, run_dir
from odoo.addons.mail.models.mail_mail import MailMail

sys.path.insert(0, str(Path(__file__).parents[1]))
from points import mark, reached


def _is_apply(run, *_arguments, **_keywords):
    return run.playbook == "apply"


def _queues_apply(_runs, playbook, *_arguments, **_keywords):
    return playbook == "apply"


def _has_result(run, status):
    return run.playbook == "apply" and bool(status and status["results"])


def _mark_commit():
    """Put a point after the commit that makes an end last."""
    plain = KubernetesRun._end

    def _end(self, *arguments, **keywords):
        answer = plain(self, *arguments, **keywords)
        self.env.cr.postcommit.add(lambda: reached("state-committed"))
        return answer

    KubernetesRun._end = _end


mark(KubernetesRun, "_queue", "queued", only=_queues_apply)
mark(KubernetesRunLaunch, "_job_launch", "launch", "before", only=_is_apply)
mark(run_dir, "create", "directory-made")
mark(run_dir, "write_inventory", "inventory-written")
mark(launcher, "start", "spawned")
mark(KubernetesRun, "_mark_running", "marked-running", only=_is_apply)
mark(KubernetesRunWatch, "_take_status", "event-read", "before", only=_has_result)
mark(KubernetesRunLine, "_store_result", "result-stored")
mark(MailMail, "create", "mail-queued")
mark(KubernetesRun, "_end", "state-written", only=_is_apply)
_mark_commit()
mark(IrMail_Server, "send_email", "mail-sent")
