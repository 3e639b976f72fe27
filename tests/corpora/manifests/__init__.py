"""Manifests that the gate refuses: ``HOSTILE`` is name -> (rule that refuses it, text)."""

from tests.corpora.manifests import disguised, nested, objects, texts, workloads

TABLES = [module.HOSTILE for module in (texts, objects, workloads, disguised, nested)]
HOSTILE = {name: case for table in TABLES for name, case in table.items()}
assert len(HOSTILE) == sum(map(len, TABLES)), "a name stands in two tables"
