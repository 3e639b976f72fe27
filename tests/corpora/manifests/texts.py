"""Texts that parsers read differently, and objects that are none: name -> (rule, text)."""

from tests.corpora.manifests.build import config_map, document

HOSTILE = {
    # The text itself: what two parsers could read differently, or what grows.
    "no yaml": ("yaml", "a: [1"),
    "tab": ("yaml", "a:\n\tb: 1"),
    "alias": ("alias", config_map("data: &d {a: b}\nbinaryData: *d\n")),
    "billion laughs": ("alias", "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n"),
    "python tag": ("tag", config_map("data: !!python/object/apply:os.system ['id']\n")),
    "tag": ("tag", config_map("data: !!str x\n")),
    "custom tag": ("tag", config_map("data: !vault x\n")),
    "merge key": ("merge_key", config_map("data: {<<: {a: b}}\n")),
    "duplicate namespace": (
        "duplicate_key",
        config_map(metadata="namespace: host-acme\n  namespace: kube-system"),
    ),
    "duplicate kind": ("duplicate_key", config_map() + "kind: Secret\n"),
    "number as key": ("key_type", config_map("data: {1: b}\n")),
    "bool as key": ("key_type", config_map("data: {on: b}\n")),
    "list as key": ("key_type", config_map("data: {[a]: b}\n")),
    "null as key": ("key_type", config_map("data: {~: b}\n")),
    "date": ("value_type", config_map("data: {a: 2024-01-01}\n")),
    "sexagesimal": ("value_type", config_map("data: {a: 1:30}\n")),
    "infinity": ("value_type", config_map("data: {a: .inf}\n")),
    "deep": ("depth", "[" * 200 + "]" * 200),
    "very deep": ("depth", "[" * 5000),
    "many values": ("nodes", "a: [" + "1, " * 60_000 + "1]"),
    "many documents": ("documents", "---\na: 1\n" * 200),
    # What kind of thing it is.
    "text": ("document", "just text"),
    "list document": ("document", "- a\n- b\n"),
    "no kind": ("kind", "apiVersion: v1\nmetadata: {name: x}\n"),
    "kind is a number": ("kind", "apiVersion: v1\nkind: 5\nmetadata: {name: x}\n"),
    "List": ("list", "apiVersion: v1\nkind: List\nitems: []\n"),
    "ConfigMapList": ("list", "apiVersion: v1\nkind: ConfigMapList\nitems: []\n"),
    "items": ("list", config_map("items: []\n")),
    "old version": ("kind", document("Ingress", "extensions/v1beta1", "spec: {}\n")),
    "unknown field": ("field", config_map("status: {a: b}\n")),
}
