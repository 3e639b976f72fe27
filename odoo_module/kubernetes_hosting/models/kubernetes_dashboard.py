from datetime import timedelta
from statistics import median

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError

from .states import (
    ACTIVE_RUN_STATES,
    APPROVED,
    DONE,
    FAILED,
    LIVING,
    LOST,
)

DAYS = 14  # of runs per day
FAILURE_DAYS = 30
READY_DAYS = 90
MAXIMUM_SHOWN = 10


class KubernetesDashboard(models.AbstractModel):
    """The figures of *Reporting > Dashboard*, as the user's rights let him see them."""

    _name = "kubernetes.dashboard"
    _description = "Kubernetes Dashboard"

    @api.model
    def get_data(self):
        """Return everything that the dashboard shows.

        :return: keys steps, hosts, runs, failures, ready, attention
        :rtype: dict
        :raise AccessError: the user is none of those who run the hosts
        """
        if not self.env.user.has_group("kubernetes_hosting.group_user"):
            raise AccessError(self.env._("This is for the people who run the hosts."))
        return {
            "steps": self._get_steps(),
            "hosts": self._get_hosts(),
            "runs": self._get_runs(),
            "failures": self._get_failures(),
            "ready": self._get_ready(),
            "attention": self._get_attention(),
        }

    # === BUSINESS METHODS: FIRST STEPS === #

    @api.model
    def _get_steps(self):
        """Return what leads to the first host, in order.

        :return: ``{key, label, hint, path, done}``
        :rtype: list[dict]
        """
        _ = self.env._
        manifests = [("current_version_id.state", "=", APPROVED)]
        steps = [
            (
                "cluster",
                _("Add a cluster"),
                _("Where the hosts run, and under which domain."),
                "/odoo/kubernetes-clusters/new",
                self._has("kubernetes.cluster"),
            ),
            (
                "manifest",
                _("Add a manifest and approve it"),
                _("What the hosts run: the address of a Kubernetes YAML template."),
                "/odoo/kubernetes-manifests/new",
                self._has("kubernetes.manifest", manifests),
            ),
            (
                "project",
                _("Create a project"),
                _("Its name becomes the subdomain of a production and a staging host."),
                "/odoo/kubernetes-projects/new",
                self._has("kubernetes.project"),
            ),
            (
                "host",
                _("Create its hosts"),
                _("Open the project and press Create hosts: they deploy themselves."),
                "/odoo/kubernetes-projects",
                self._has("kubernetes.host"),
            ),
        ]
        keys = ("key", "label", "hint", "path", "done")
        return [dict(zip(keys, step, strict=True)) for step in steps]

    @api.model
    def _render_steps(self, steps):
        """Return the steps for an empty list; nothing when all are done.

        The first open step is a link.
        """
        current = next((step for step in steps if not step["done"]), None)
        if current is None:
            return Markup()
        rows = Markup().join(
            Markup('<li class="{}">{} {}</li>').format(
                "" if step is current else "text-muted",
                "✓" if step["done"] else "",
                Markup('<a href="{}">{}</a><br/>{}').format(
                    step["path"], step["label"], step["hint"]
                )
                if step is current
                else step["label"],
            )
            for step in steps
        )
        return Markup(
            '<p class="o_view_nocontent_smiling_face">{}</p>'
            '<ol class="d-inline-block text-start">{}</ol>'
        ).format(self.env._("To the first host"), rows)

    def _has(self, model, domain=()):
        return bool(self.env[model].search_count(list(domain), limit=1))

    # === BUSINESS METHODS: FIGURES === #

    def _get_hosts(self):
        """Return how many hosts there are by health, and what else concerns them."""
        hosts = self.env["kubernetes.host"]
        living = [("lifecycle", "in", LIVING)]
        counts = dict(hosts._read_group(living, ["health"], ["__count"]))
        labels = hosts._fields["health"]._description_selection(self.env)
        return {
            "total": sum(counts.values()),
            "health": [
                {"health": health, "label": label, "count": counts.get(health, 0)}
                for health, label in labels
            ],
            "at_work": hosts.search_count([*living, ("activity", "!=", "idle")]),
            "attention": hosts.search_count([("needs_attention", "=", True)]),
            "updates": hosts.search_count([*living, ("update_available", "=", True)]),
        }

    def _get_runs(self):
        """Return the runs of the last days that ended well, and that did not.

        :return: ``{day, done, failed}`` for each day in UTC, the oldest first
        """
        first = self._get_day(DAYS - 1)
        found = (
            self.env["kubernetes.run"]
            .with_context(tz="UTC")
            ._read_group(
                [("create_date", ">=", first), ("state", "not in", ACTIVE_RUN_STATES)],
                ["create_date:day", "state"],
                ["__count"],
            )
        )
        days = {
            (first + timedelta(days=number)).date(): {"done": 0, "failed": 0}
            for number in range(DAYS)
        }
        for moment, state, count in found:
            day = days.get(moment.date())
            kind = {DONE: "done", FAILED: "failed", LOST: "failed"}.get(state)
            if day is not None and kind:
                day[kind] += count
        return [{"day": str(day), **counts} for day, counts in days.items()]

    def _get_day(self, days):
        """Return the start of the day so many days ago, in UTC."""
        today = fields.Datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
        return today - timedelta(days=days)

    def _get_failures(self):
        """Return the failed runs of the last days by class of error, the most first."""
        labels = dict(
            self.env["kubernetes.run"]
            ._fields["error_class"]
            ._description_selection(self.env)
        )
        found = self.env["kubernetes.run"]._read_group(
            [
                ("create_date", ">=", self._get_day(FAILURE_DAYS)),
                ("state", "in", (FAILED, LOST)),
                ("error_class", "!=", False),
            ],
            ["error_class"],
            ["__count"],
            order="__count desc",
        )
        return [
            {"class": name, "label": labels.get(name, name), "count": count}
            for name, count in found
        ]

    def _get_ready(self):
        """Return the median time from order to green of the last months' hosts.

        :return: ``{seconds, count}``; seconds is False without a host
        """
        rows = self.env["kubernetes.host"].search_read(
            self._get_ready_domain(),
            ["activated_at", "ready_at"],
            order="ready_at desc",
            limit=1000,
        )
        seconds = [
            (row["ready_at"] - row["activated_at"]).total_seconds() for row in rows
        ]
        return {
            "seconds": round(median(seconds)) if seconds else False,
            "count": len(seconds),
        }

    def _get_ready_domain(self):
        return [
            ("environment", "=", "production"),
            ("activated_at", "!=", False),
            ("ready_at", ">=", self._get_day(READY_DAYS)),
        ]

    def _get_attention(self):
        """Return the hosts that somebody should look at, red ones first."""
        # "failed" is the first of the healths in the alphabet.
        worst = self.env["kubernetes.host"].search(
            [("needs_attention", "=", True)],
            order="health, write_date desc",
            limit=MAXIMUM_SHOWN,
        )
        errors = dict(worst._fields["error_class"]._description_selection(self.env))
        return [
            {
                "id": host.id,
                "name": host.fqdn,
                "health": host.health,
                "customer": host.sudo().partner_id.display_name or "",
                "reason": errors.get(host.error_class) or self._explain(host),
            }
            for host in worst
        ]

    def _explain(self, host):
        if host.deploy_waiting:
            return self.env._("Waits for its manifests")
        step = next((s for s in host.ladder or [] if s.get("state") == FAILED), {})
        return step.get("detail") or self.env._("A step of its ladder failed")
