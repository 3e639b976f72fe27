"""Sets of hostile and of ordinary inputs, as data, and how tests take a sample of them."""

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
_SEED = 20261123


def cases(*names: str) -> dict[str, tuple[list[str], str]]:
    """Return the cases of text files below this folder: name -> (words, text).

    A case begins with ``=== name | word | word``; its text ends before the next one,
    without its last newline. What stands before the first case is a comment.
    """
    found: dict[str, tuple[list[str], str]] = {}
    for name in names:
        content = "\n" + (FOLDER / name).read_text().removesuffix("\n")
        for part in content.split("\n=== ")[1:]:
            head, _, text = part.partition("\n")
            title, *words = (word.strip() for word in head.split("|"))
            assert title not in found, f"{name}: {title} stands twice"
            found[title] = words, text
    return found


def sampled(names: Iterable[str], count: int) -> list:
    """Return pytest parameters: the same ``count`` run always, all others with ``--full``."""
    names = list(names)
    chosen = set(random.Random(_SEED).sample(names, min(count, len(names))))
    full = pytest.mark.full
    return [
        name if name in chosen else pytest.param(name, marks=full) for name in names
    ]
