import re
import shutil

from odoo import fields, models

from .states import ACTIVE_RUN_STATES

KEEP = "kubernetes_hosting.keep_runs"
KEEP_DEFAULT = 50
# A day of runs is kept in any case: somebody may be looking at them.
YOUNGEST = 1  # days
BATCH = 500
# Ended runs that are not among the last ones of any of their hosts (of their manifest
# or cluster, when they have no host), and that nothing refers to as its last one.
_OLD = """
    WITH ranked AS (
        SELECT run.id,
               row_number() OVER (
                   PARTITION BY line.host_id, run.playbook,
                                CASE WHEN line.host_id IS NULL
                                     THEN run.cluster_id END
                   ORDER BY run.id DESC
               ) AS place
          FROM kubernetes_run run
          LEFT JOIN kubernetes_run_line line ON line.run_id = run.id
    )
    SELECT run.id
      FROM kubernetes_run run
      JOIN ranked ON ranked.id = run.id
     WHERE run.state NOT IN %(active)s
       AND run.ended_at < %(limit)s
       AND NOT EXISTS (SELECT FROM kubernetes_host WHERE last_run_id = run.id)
     GROUP BY run.id
    HAVING min(ranked.place) > %(keep)s
     ORDER BY run.id
     LIMIT %(batch)s
"""


class KubernetesRunCleanup(models.AbstractModel):
    """Old runs go, with their directories; the last ones of each host stay."""

    _name = "kubernetes.run.cleanup"
    _description = "Kubernetes Run: Cleanup"

    past_uuids = fields.Json(
        readonly=True, help="The directories of attempts that were lost."
    )

    def unlink(self):
        """Delete runs, and their directories once that is committed."""
        self._delete_dirs()
        return super().unlink()

    def _delete_dirs(self):
        paths = [path for run in self for path in run._get_paths()]
        self.env.cr.postcommit.add(
            lambda: [shutil.rmtree(path, ignore_errors=True) for path in paths]
        )

    def _get_paths(self):
        """Return the directories of all attempts of this run."""
        root = self.env["kubernetes.settings"]._read().run_root
        names = [self.uuid, *(self.past_uuids or [])]
        return [root / name for name in names if re.fullmatch("[-0-9a-f]{8,64}", name)]

    def _gc_runs(self):
        """Delete the runs that nobody looks at any more, some at a time.

        :return: how many went, and whether there may be more
        :rtype: tuple[int, bool]
        """
        setting = self.env["ir.config_parameter"].sudo().get_param(KEEP)
        keep = max(1, int(setting or KEEP_DEFAULT))
        self.env.flush_all()
        self.env.cr.execute(
            _OLD,
            {
                "active": ACTIVE_RUN_STATES,
                "limit": fields.Datetime.subtract(fields.Datetime.now(), days=YOUNGEST),
                "keep": keep,
                "batch": BATCH,
            },
        )
        old = self.sudo().browse(row[0] for row in self.env.cr.fetchall())
        old.unlink()
        return len(old), len(old) == BATCH
