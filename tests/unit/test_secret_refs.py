"""Secret references: names and keys of what the cluster makes up, never values."""

import pytest

from tools.secret_refs import InvalidSecretRefs, merge, parse


def test_lines_become_references_in_a_stable_order():
    text = "odoo-db: password\n\n  odoo-admin :key,  password \n"
    assert parse(text) == [
        {"name": "odoo-admin", "keys": ["key", "password"]},
        {"name": "odoo-db", "keys": ["password"]},
    ]


@pytest.mark.parametrize("text", ["", None, "\n \n"])
def test_no_lines_are_no_references(text):
    assert parse(text) == []


def test_the_keys_of_several_manifests_add_up():
    assert merge(parse("db: b\ndb: a") + parse("db: b\nz: x")) == [
        {"name": "db", "keys": ["a", "b"]},
        {"name": "z", "keys": ["x"]},
    ]


@pytest.mark.parametrize(
    "line",
    [
        "odoo-db",
        "odoo-db:",
        "odoo-db: a b",
        "odoo-db: a,,b",
        ": password",
        "Odoo: password",
        "-x: password",
        "x-: password",
        "a.b: password",
        "hosting-lease: password",
        f"{'x' * 64}: password",
        "db: {{ evil }}",
        f"db: {'k' * 254}",
    ],
)
def test_a_line_that_names_no_secret_is_refused(line):
    with pytest.raises(InvalidSecretRefs) as caught:
        parse(f"good: key\n{line}")
    assert caught.value.line == line.strip()
