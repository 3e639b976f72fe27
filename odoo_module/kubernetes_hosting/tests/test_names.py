from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import fields
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

    def test_a_taken_name_is_refused_with_others_that_are_free(self):
        project = self._create_project()
        self._create_project("my-acme")
        for name in ("acme", " Acme "):
            with self.assertRaisesRegex(
                ValidationError, r"acme is taken. Free: acme-ag, acme-ch, acme-online"
            ):
                self._create_project(name)
        other = self._create_project("other")
        with self.assertRaisesRegex(ValidationError, "acme is taken"):
            other.name = "acme"
        project.state = "terminating"
        project.state = "resting"
        with self.assertRaisesRegex(ValidationError, "acme is taken"):
            self._create_project()
        project.state = "released"
        self.assertEqual(self._create_project().name, "acme")

    def test_at_the_same_moment_the_database_lets_one_win(self):
        self._create_project()
        with (
            patch.object(self.env.registry["kubernetes.project"], "_check_free"),
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._create_project("Acme")

    def test_a_name_of_another_company_is_taken_too(self):
        company = self.env["res.company"].create({"name": "Other"})
        self._create_project()
        cluster = self.cluster.copy({"name": "other", "company_id": company.id})
        operator = self._create_user(
            "operator", company_id=company.id, company_ids=[(6, 0, company.ids)]
        )
        projects = self.env["kubernetes.project"].with_user(operator)
        with self.assertRaisesRegex(ValidationError, "acme is taken"):
            projects.create({"name": "acme", "cluster_id": cluster.id})

    def test_an_impossible_name_comes_with_one_that_reads_like_it(self):
        self._create_project("mueller")
        judge = self.env["kubernetes.project"]._judge_name
        for text, message in {
            "Bäckerei Weiß": "special letters are .* Try baeckerei-weiss.",
            "Müller": "special letters .* Try mueller-ag.",
            "acme.ch": "Only letters, digits and hyphens .* Try acme-ch.",
            "2nd-life": "start with a letter. Try nd-life.",
            "acme-stag": "belong to staging hosts. Try acme.",
        }.items():
            with self.subTest(text):
                verdict = judge(text)
                self.assertEqual((verdict["state"], verdict["name"]), ("invalid", None))
                self.assertRegex(verdict["message"], message)
                [suggestion] = verdict["suggestions"]
                self.assertEqual(judge(suggestion)["state"], "free")
        self.assertEqual(judge("www")["message"], "www is reserved.")
        self.assertEqual(judge("$(id)")["suggestions"], [])

    def test_free_and_taken_say_no_more_than_that(self):
        project = self._create_project()
        judge = self.env["kubernetes.project"]._judge_name
        free = {"state": "free", "name": "bravo", "message": None, "suggestions": []}
        self.assertEqual(judge(" Bravo"), free)
        taken = judge("ACME")
        self.assertEqual((taken["state"], taken["name"]), ("taken", "acme"))
        self.assertEqual(taken["suggestions"], ["acme-ag", "my-acme", "acme-ch"])
        project.state = "terminating"
        project.state = "resting"
        self.assertEqual(judge("acme"), taken)
        self.assertEqual(judge("acme", own=project)["state"], "free")

    # === REST === #

    def test_a_terminated_projects_name_rests_ninety_days(self):
        host = self._create_idle_host()
        project = host.project_id
        host._store_termination()
        self.assertEqual((host.lifecycle, project.state), ("terminated", "resting"))
        rest = project.resting_until - fields.Datetime.now()
        self.assertAlmostEqual(rest.total_seconds(), 90 * 86400, delta=60)
        project._cron_end_rest()
        self.assertEqual(project.state, "resting")
        project.resting_until = fields.Datetime.now() - timedelta(seconds=1)
        project._cron_end_rest()
        self.assertEqual(project.state, "released")
        self.assertEqual(self._create_project().name, "acme")

    def test_one_of_two_hosts_gone_is_no_rest(self):
        hosts = self._create_project()._create_hosts(lifecycle="draft")
        hosts[0]._store_termination()
        self.assertEqual(hosts.project_id.state, "active")
        hosts[1]._store_termination()
        self.assertEqual(hosts.project_id.state, "resting")

    def test_the_former_customer_takes_a_resting_name_back_and_nobody_else(self):
        anna, berta = self.env["res.partner"].create(
            [{"name": "Anna"}, {"name": "Berta"}]
        )
        colleague = anna.create({"name": "Colleague", "parent_id": anna.id})
        old = self._create_project(partner_id=anna.id)
        old.state = "terminating"
        old.state = "resting"
        self.assertEqual(old._judge_name("acme", berta)["state"], "taken")
        self.assertEqual(old._judge_name("acme", colleague)["state"], "free")
        with self.assertRaisesRegex(ValidationError, "taken"):
            self._create_project(partner_id=berta.id)
        new = self._create_project(partner_id=colleague.id)
        self.assertEqual((old.state, new.state), ("released", "active"))
        new.unlink()
        old._rest_again("acme")
        self.assertEqual(old.state, "resting")

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
