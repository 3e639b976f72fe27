import json
from unittest.mock import MagicMock, patch

from odoo import fields

from ..models.kubernetes_live_mixin import NOTIFICATION
from .common import KubernetesCase

WSREQUEST = "odoo.addons.bus.models.ir_websocket.wsrequest"


class TestLive(KubernetesCase):
    """Who hears of changes, and what he hears."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host = cls._create_host()
        cls.apply = cls.host.active_run_id
        cls.user = cls._create_user("user")

    def _commit(self):
        """Return what a commit sends: pairs of channel and payload."""
        bus = self.env["bus.bus"].sudo()
        self.env.flush_all()
        before = bus._bus_last_id()
        self.env.cr.precommit.run()
        sent = []
        for row in bus.search([("id", ">", before)], order="id"):
            message = json.loads(row.message)
            if message["type"] == NOTIFICATION:
                sent.append((json.loads(row.channel)[1:], message["payload"]))
        return sent

    def _get_channels(self, user, *names):
        """Return the records on whose channels a user's browser may listen."""
        asked = [f"kubernetes_live:{name}" for name in names]
        with patch(WSREQUEST, new=MagicMock()):
            found = (
                self.env["ir.websocket"].with_user(user)._build_bus_channel_list(asked)
            )
        self.assertFalse(set(asked) & {c for c in found if isinstance(c, str)})
        return [
            f"{record._name}:{record.id}"
            for record in found
            if not isinstance(record, str | tuple)
            and record._name.startswith("kubernetes")
        ]

    def test_a_change_is_told_once_to_all_forms_that_show_it(self):
        self._commit()
        self.apply._mark_running()
        self.apply.write({"tasks_done": 1})
        self.apply.write({"tasks_done": 2})
        sent = self._commit()
        for record in (self.apply, self.host, self.cluster, self.apply.line_ids):
            with self.subTest(model=record._name):
                payload = {"model": record._name, "id": record.id}
                self.assertEqual(
                    [entry for entry in sent if entry[1] == payload],
                    [([record._name, record.id], payload)],
                )
        self.assertFalse(self._commit(), "nothing twice")

    def test_a_new_version_is_told_to_its_manifest(self):
        self._commit()
        self._add_version(self.manifest, "kind: ConfigMap\n")
        payload = {"model": "kubernetes.manifest", "id": self.manifest.id}
        self.assertIn(payload, [entry[1] for entry in self._commit()])

    def test_a_notification_holds_no_content(self):
        self._commit()
        self.host.parameter_ids = [
            fields.Command.create({"name": "web_x", "value": "canary"})
        ]
        sent = self._commit()
        self.assertTrue(sent)
        self.assertEqual({tuple(payload) for _c, payload in sent}, {("model", "id")})

    def test_who_may_read_gets_the_channel(self):
        names = [
            f"{record._name}:{record.id}"
            for record in (self.host, self.apply, self.cluster, self.manifest)
        ]
        self.assertEqual(set(self._get_channels(self.user, *names)), set(names))

    def test_who_may_not_read_gets_none(self):
        company = self.env["res.company"].create({"name": "Other"})
        other = self._create_user(
            "administrator",
            company_id=company.id,
            company_ids=[fields.Command.set(company.ids)],
        )
        internal = self.env["res.users"].create(
            {
                "name": "internal",
                "login": "internal",
                "group_ids": [fields.Command.set(self.env.ref("base.group_user").ids)],
            }
        )
        self.manifest.company_id = self.env.company
        names = [
            f"{record._name}:{record.id}"
            for record in (self.host, self.apply, self.cluster, self.manifest)
        ]
        for user in (other, internal, self.env.ref("base.public_user")):
            with self.subTest(user=user.login):
                self.assertFalse(self._get_channels(user, *names))

    def test_only_live_models_and_existing_records_are_channels(self):
        names = ["kubernetes.reserved.name:1", "kubernetes.nothing:1"]
        names += [f"kubernetes.host:{self.host.id + 10_000}"]
        self.assertFalse(self._get_channels(self.user, *names))
