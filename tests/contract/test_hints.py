"""Each hint and each refusal has its words in Odoo: people read it in their language."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.lab.paths import CHECKOUT

TOOLS = CHECKOUT / "odoo_module/kubernetes_hosting/tools"
TABLE = CHECKOUT / "odoo_module/kubernetes_hosting/models/hints.py"
SOURCES = (
    "roles/host_report/filter_plugins/host_report.py",
    "roles/host_ingress/filter_plugins/host_ingress.py",
    "roles/cluster_check/filter_plugins/cluster_check.py",
)
ROW = 3  # place of the hint among the arguments of row()


def known() -> list[re.Pattern[str]]:
    """Return Odoo's table as patterns."""
    tree = ast.parse(TABLE.read_text())
    table = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "HINTS"
    )
    return [pattern(ast.literal_eval(key)) for key in table.keys]


def pattern(text: str) -> re.Pattern[str]:
    """Return what a text with values looks like."""
    words = re.split(r"%\(\w+\)s", text)
    return re.compile(".+?".join(map(re.escape, words)), re.DOTALL)


def hints(source: str) -> list[str]:
    """Return the hints of a file of filters, with a sample for each value."""
    tree = ast.parse((CHECKOUT / source).read_text())
    texts = [sample(node) for node in nodes(tree)]
    return sorted({text for text in texts if text and text.strip()})


def nodes(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield what is assigned to a hint, given to a row, or stands in a table of hints."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name == "HINTS":
                yield from node.value.values
            elif name in ("hint", "APPLY"):
                yield from branches(node.value)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "row":
            yield from node.args[ROW : ROW + 1]


def branches(node: ast.expr) -> list[ast.expr]:
    """Return both ends of a condition."""
    return [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]


def sample(node: ast.expr) -> str | None:
    """Return a text as it may be published, None for one that is made elsewhere."""
    if isinstance(node, ast.JoinedStr):
        pieces = [getattr(part, "value", None) for part in node.values]
        return "".join(p if isinstance(p, str) else "acme" for p in pieces)
    return node.value if isinstance(node, ast.Constant) else None


@pytest.mark.parametrize("source", SOURCES)
def test_each_hint_has_its_words_in_odoo(source):
    found, patterns = hints(source), known()
    assert len(found) >= 4
    unknown = [
        text
        for text in found
        # A command is the same in every language.
        if not text.startswith("kubectl ")
        and not any(known.fullmatch(text) for known in patterns)
    ]
    assert unknown == []


def refusals(source: str) -> list[str]:
    """Return the sentences with which a file refuses variables."""
    tree = ast.parse((TOOLS / source).read_text())
    calls = [
        node.args[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "InvalidVars"
    ]
    return sorted({text for text in map(sample, calls) if text})


@pytest.mark.parametrize("source", ["vars_file.py", "vars_import.py"])
def test_each_refusal_has_its_words_in_odoo(source):
    told = [
        ast.literal_eval(node.args[0])
        for node in ast.walk(ast.parse((TABLE.parent / "refusals.py").read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_lt"
    ]
    patterns, found = list(map(pattern, told)), refusals(source)
    assert len(found) >= 15
    assert [t for t in found if not any(p.fullmatch(t) for p in patterns)] == []
