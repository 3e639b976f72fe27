"""Two texts side by side, line by line, as a form shows them."""

import difflib
from itertools import zip_longest

CONTEXT = 3
# Of what differs between them; longer texts are shown as removed and added as a whole.
MAX_LINES = 3000

SAME = "same"
CHANGED = "changed"
ADDED = "added"
REMOVED = "removed"
GAP = "gap"


def side_by_side(old: str, new: str, context: int = CONTEXT) -> list[dict]:
    """Return the rows of a two-column diff; none when their lines are equal.

    :return: dicts of kind (same, changed, added, removed, gap), old and new (line
        numbers from 1, False where there is no line), left and right (the lines); a
        gap has the key ``hidden``: how many equal lines it stands for
    """
    left, right = old.splitlines(), new.splitlines()
    if left == right:
        return []
    rows = []
    for tag, start, end, first, last in _opcodes(left, right):
        if tag == "equal":
            rows += [
                _row(SAME, start + offset, left, first + offset, right)
                for offset in range(end - start)
            ]
            continue
        for number, other in zip_longest(range(start, end), range(first, last)):
            rows.append(_row(_kind(number, other), number, left, other, right))
    return _fold(rows, context)


def _opcodes(left: list[str], right: list[str]) -> list[tuple]:
    """Return what difflib says of the part between equal beginnings and ends."""
    head = _common(left, right)
    tail = _common(left[head:][::-1], right[head:][::-1])
    ends = len(left) - tail, len(right) - tail
    middle = left[head : ends[0]], right[head : ends[1]]
    if max(map(len, middle)) > MAX_LINES:
        codes = [("replace", 0, len(middle[0]), 0, len(middle[1]))]
    else:
        matcher = difflib.SequenceMatcher(None, *middle, autojunk=False)
        codes = matcher.get_opcodes()
    return [
        ("equal", 0, head, 0, head),
        *((tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in codes),
        ("equal", ends[0], len(left), ends[1], len(right)),
    ]


def _common(one: list[str], other: list[str]) -> int:
    """Return how many lines two lists begin with in common."""
    count = 0
    for count, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return count
    return min(len(one), len(other))


def _kind(number: int | None, other: int | None) -> str:
    if number is None:
        return ADDED
    return REMOVED if other is None else CHANGED


def _row(kind: str, number, left: list[str], other, right: list[str]) -> dict:
    return {
        "kind": kind,
        "old": False if number is None else number + 1,
        "left": "" if number is None else left[number],
        "new": False if other is None else other + 1,
        "right": "" if other is None else right[other],
    }


def _fold(rows: list[dict], context: int) -> list[dict]:
    """Return the rows with long stretches of equal lines as one gap."""
    changed = [index for index, row in enumerate(rows) if row["kind"] != SAME]
    near = {
        index
        for center in changed
        for index in range(center - context, center + context + 1)
    }
    folded = []
    for index, row in enumerate(rows):
        if index in near:
            folded.append(row)
        elif folded and folded[-1]["kind"] == GAP:
            folded[-1]["hidden"] += 1
        else:
            folded.append({"kind": GAP, "hidden": 1})
    return folded
