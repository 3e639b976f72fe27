from datetime import datetime

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import Form

from .common import KubernetesCase

# A Wednesday; Zurich is one hour ahead of UTC in winter, two in summer.
NIGHT = datetime(2026, 11, 25, 2, 0)
NOON = datetime(2026, 11, 25, 11, 0)


class TestSchedule(KubernetesCase):
    """Hosts get newest approved versions in a window, some at a time, each once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hosts = cls.env["kubernetes.host"]
        for name in ("one", "two", "three"):
            cls.hosts |= cls._create_idle_host(name)
        cls.newer = cls._add_version(cls.manifest, "kind: ConfigMap\n")
        cls.newer._store_check([])
        cls.newer.action_approve()
        cls.schedule = cls.env["kubernetes.update.schedule"].create(
            {
                "name": "Night",
                "environment": "all",
                "hour_from": 2.5,
                "hour_to": 5,
                "tz": "Europe/Zurich",
                "batch": 2,
            }
        )

    def _run(self, now=NIGHT):
        return self.schedule._run(now).line_ids.host_id

    def test_hosts_are_updated_in_batches_each_once_in_a_window(self):
        now = fields.Datetime.now()
        around = {"hour_from": (now.hour - 1) % 24, "hour_to": (now.hour + 2) % 24}
        self.schedule.write({"tz": "UTC"} | around)
        self.assertEqual(self.schedule.waiting_count, 3)
        first = self._run(now)
        self.assertEqual(len(first), 2)
        self.assertEqual(first.manifest_line_ids.version_id, self.newer)
        self.assertEqual(set(first.mapped("activity")), {"queued"})
        self.assertFalse(self._run(now), "two are at work")
        run = first.active_run_id
        self._finish(run, first, self._result(ok=False, error=self._error()))
        # A failed one is behind again, and is not tried a second time.
        first.manifest_line_ids.version_id = self.version
        self.assertEqual(self._run(now), self.hosts - first)

    def test_nothing_happens_outside_of_the_window(self):
        self.assertFalse(self._run(NOON))
        self.schedule.days = "weekend"
        self.assertFalse(self._run())
        self.schedule.days = "2"
        self.assertTrue(self._run())

    def test_the_window_is_local_time_and_may_pass_midnight(self):
        window = self.schedule._get_window
        self.assertEqual(window(NIGHT), datetime(2026, 11, 25, 1, 30))
        self.assertFalse(window(datetime(2026, 11, 25, 1, 29)))
        self.assertTrue(window(datetime(2026, 7, 1, 0, 30)), "in summer")
        self.assertFalse(window(datetime(2026, 11, 25, 4, 0)))
        self.schedule.write({"hour_from": 22, "hour_to": 1.5, "days": "1"})
        self.assertEqual(
            window(datetime(2026, 11, 25, 0, 15)), datetime(2026, 11, 24, 21, 0)
        )
        self.assertFalse(window(datetime(2026, 11, 25, 22, 0)), "that is Wednesday's")

    def test_only_the_hosts_that_are_meant(self):
        self.hosts[0].lifecycle = "suspended"
        self._finish(self.hosts[0].active_run_id, self.hosts[0])
        self.hosts[1].manifest_line_ids.track = "pinned"
        self.assertEqual(self._run(), self.hosts[2])
        self.schedule.environment = "staging"
        self.assertFalse(self.schedule.waiting_count)

    def test_a_paused_cluster_is_left_alone(self):
        self.cluster.sudo().paused_at = NIGHT
        self.assertFalse(self._run())

    def test_a_new_one_needs_only_a_name(self):
        with Form(self.env["kubernetes.update.schedule"]) as form:
            form.name = "Staging at night"
        schedule = form.record
        self.assertEqual((schedule.environment, schedule.days), ("staging", "all"))
        zones = dict(schedule.fields_get(["tz"])["tz"]["selection"])
        self.assertIn("Europe/Zurich", zones)

    def test_impossible_hours_are_refused(self):
        for hours in ((2, 2), (-1, 5), (2, 24)):
            with self.subTest(hours), self.assertRaises(ValidationError):
                self.schedule.write({"hour_from": hours[0], "hour_to": hours[1]})
