from odoo import fields
from odoo.exceptions import ValidationError

from .common import KubernetesCase


class TestParameter(KubernetesCase):
    def _value(self, value_type, value):
        parameter = self.env["kubernetes.manifest.parameter"].create(
            {
                "manifest_id": self._create_manifest("m").id,
                "name": "web_x",
                "value_type": value_type,
                "value": value,
            }
        )
        return parameter._get_value()

    def test_values_have_their_type(self):
        cases = [
            ("str", "2", "2"),
            ("str", False, ""),
            ("str", " {{ evil }}\n", " {{ evil }}\n"),
            ("int", " -12 ", -12),
            ("bool", "Yes", True),
            ("bool", "false", False),
            ("list", "a\n\n b \n", ["a", "b"]),
            ("list", "", []),
        ]
        for value_type, text, expected in cases:
            with self.subTest(text=text, type=value_type):
                value = self._value(value_type, text)
                self.assertEqual(value, expected)
                self.assertIs(type(value), type(expected))

    def test_a_value_of_another_type_is_refused(self):
        for value_type, text in [
            ("int", "two"),
            ("int", "1.5"),
            ("int", ""),
            ("int", "--1"),
            ("bool", "1"),
            ("bool", ""),
        ]:
            with (
                self.subTest(text=text, type=value_type),
                self.assertRaisesRegex(ValidationError, "is not of type"),
            ):
                self._value(value_type, text)

    def test_names_of_the_machinery_are_refused(self):
        host = self._create_host(lifecycle="draft")
        for name in (
            "hosting_host",
            "host_x",
            "k8s_namespace",
            "ansible_user",
            "Web",
            "a-b",
            "items",
            "class",
            "",
        ):
            with (
                self.subTest(name=name),
                self.assertRaisesRegex(ValidationError, "can't be a parameter"),
                self.env.cr.savepoint(),
            ):
                host.parameter_ids = [fields.Command.create({"name": name})]

    def test_a_host_gets_the_parameters_of_its_manifests_unless_it_has_them(self):
        self.manifest.parameter_ids = [
            fields.Command.create({"name": "web_image", "value": "web:1"}),
            fields.Command.create(
                {"name": "web_replicas", "value_type": "int", "value": "2"}
            ),
        ]
        own = {"name": "web_image", "value": "web:2"}
        host = self._create_host(parameter_ids=[fields.Command.create(own)])
        values = {line.name: line._get_value() for line in host.parameter_ids}
        self.assertEqual(values, {"web_image": "web:2", "web_replicas": 2})

    def test_quota_comes_from_the_cluster_and_is_checked(self):
        self.cluster.quota_memory = "8Gi"
        host = self._create_host(lifecycle="draft", quota_cpu="500m")
        self.assertEqual(
            host._prepare_quota(),
            {"cpu": "500m", "memory": "8Gi", "storage": "30Gi", "pods": 20},
        )
        for value in ("lots", "0", "-1", "4GB", "4Gi\n"):
            with (
                self.subTest(value=value),
                self.assertRaisesRegex(ValidationError, "is no quantity"),
                self.env.cr.savepoint(),
            ):
                host.quota_memory = value
        with self.assertRaisesRegex(ValidationError, "at least one pod"):
            host.quota_pods = -1
