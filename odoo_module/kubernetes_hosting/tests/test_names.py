from psycopg2.errors import UniqueViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from .common import KubernetesCase


class TestNames(KubernetesCase):
    def test_name_is_stored_in_its_normal_form(self):
        project = self._create_project("  ACME-2 ")
        self.assertEqual(project.name, "acme-2")
        project.name = "Other "
        self.assertEqual(project.name, "other")

    def test_each_wrong_name_is_refused_with_its_reason(self):
        cases = {
            "": "Enter a name",
            "ab": "too short",
            "a" * 41: "too long",
            "müller": "Umlauts",
            "ａｃｍｅ": "Umlauts",
            "ac me": "Only letters",
            "acme.ch": "Only letters",
            "1acme": "start with a letter",
            "acme-": "end with a letter",
            "ac--me": "Two hyphens",
            "acme-stag": "staging hosts",
            "acme-staging": "staging hosts",
            "www": "www is reserved",
            "Admin": "admin is reserved",
            "true": "true is reserved",
            "postmaster": "postmaster is reserved",
            "ns12": "ns12 is reserved",
            "acme\n; rm": "Only letters",
        }
        for name, reason in cases.items():
            with (
                self.subTest(name=name),
                self.assertRaisesRegex(ValidationError, reason),
            ):
                self._create_project(name)

    def test_a_name_can_not_be_changed_into_a_wrong_one(self):
        project = self._create_project()
        with self.assertRaisesRegex(ValidationError, "reserved"):
            project.name = "mail"

    def test_an_added_name_is_reserved_at_once_and_free_after_deletion(self):
        reserved = self.env["kubernetes.reserved.name"].create({"name": " Rival "})
        with self.assertRaisesRegex(ValidationError, "rival is reserved"):
            self._create_project("rival")
        reserved.unlink()
        self.assertEqual(self._create_project("rival").name, "rival")

    def test_a_taken_name_is_refused_and_a_released_one_is_free(self):
        project = self._create_project()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._create_project("Acme")
        project.state = "terminating"
        project.state = "resting"
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._create_project()
        project.state = "released"
        self.assertEqual(self._create_project().name, "acme")

    def test_hosts_are_named_after_project_and_environment(self):
        hosts = self._create_project()._create_hosts()
        self.assertEqual(
            [(host.fqdn, host.namespace) for host in hosts.sorted("environment")],
            [
                ("acme.example.com", "host-acme"),
                ("acme-stag.example.com", "host-acme-stag"),
            ],
        )

    def test_two_active_hosts_can_not_have_one_name(self):
        host = self._create_idle_host()
        vals = {"project_id": host.project_id.id, "lifecycle": "active"}
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.env["kubernetes.host"].create(vals)
        draft = self.env["kubernetes.host"].create(vals | {"lifecycle": "draft"})
        self.assertEqual(draft.fqdn, host.fqdn)

    def test_name_cluster_and_domain_stay_while_hosts_are_active(self):
        host = self._create_idle_host()
        project = host.project_id
        with self.assertRaisesRegex(UserError, "active hosts"):
            project.name = "other"
        with self.assertRaisesRegex(UserError, "lives on this cluster"):
            self.cluster.domain = "example.net"
        project.partner_id = self.env.user.partner_id
        self.assertEqual(host.partner_id, self.env.user.partner_id)
        with self.assertRaisesRegex(UserError, "keeps its project"):
            host.environment = "staging"
        with self.assertRaisesRegex(UserError, "active hosts can't be deleted"):
            project.unlink()
