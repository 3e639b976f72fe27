from odoo import models

from ..tools import events
from .states import APPLY

ADOPT = "host_manifests_adopt"
_SHOWN = 12  # characters of a sha256


class KubernetesHostDecisions(models.AbstractModel):
    """What a person decides when Apply stops because somebody else was at work.

    Each decision is valid for one run alone and stands on it, in its copyable command.
    """

    _name = "kubernetes.host.decisions"
    _description = "Kubernetes Host: Decisions"

    # === ACTION METHODS === #

    def action_adopt_text(self):
        """Keep the manifest texts that an operator applied by hand.

        For administrators: no version of them is approved yet. Odoo fetches the texts;
        once such a version is approved, the host is pinned to it.
        """
        self._check_administrator()
        return self._decide(ADOPT)

    def action_overwrite_text(self):
        """Replace the manifest texts that an operator applied by hand with Odoo's."""
        self.check_access("write")
        self.manifest_line_ids.sudo()._forget_adopted()
        return self._decide("host_manifests_overwrite")

    def action_adopt_namespace(self):
        """Take over a namespace that belongs to another owner, or to none."""
        self._check_administrator()
        return self._decide("host_namespace_adopt")

    def action_force_fields(self):
        """Take over the fields that another tool has set."""
        self._check_administrator()
        return self._decide("host_manifests_force")

    def _decide(self, decision):
        """Apply once more, with a decision."""
        self.check_access("write")
        self._check_lifecycle()
        self._check_ready()
        return self._action_after_queue(self._queue(APPLY, {decision: True}))

    # === BUSINESS METHODS === #

    def _take_adopted(self, result):
        """Pin the versions of the texts that a run has adopted.

        A text that Odoo has never seen is fetched: until a version of it is approved,
        Apply refuses the host instead of putting the older text back.

        :param dict result: an entry of ``hosting_result`` of the contract
        """
        self.ensure_one()
        applied = {
            str(entry.get("name")): str(entry.get("sha256"))
            for entry in result.get("manifests") or []
        }
        unknown = self.manifest_line_ids._adopt(applied)
        if unknown:
            unknown.manifest_id._queue_fetch()

    def _get_drift(self, result):
        """Return the error of a look that finds texts which nobody here has applied.

        Apply would stop at them: better to say so the night before.

        :param dict result: an entry of ``hosting_result`` of the contract
        :return: an error of the contract, None without drift
        """
        self.ensure_one()
        drifted = [
            f"{line.manifest_id.name} ({entry['sha256'][:_SHOWN]}…)"
            for line in self.manifest_line_ids
            for entry in result.get("manifests") or []
            if entry.get("name") == line.manifest_id.name
            and entry.get("sha256") not in line._prepare_vars()["known"]
        ]
        if not drifted:
            return None
        return events.error_entry(
            "manifest_drift",
            self.env._(
                "The cluster has texts that Odoo does not know: %(texts)s.",
                texts=", ".join(drifted),
            ),
            self.env._("Adopt them or overwrite them."),
        )
