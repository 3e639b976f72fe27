"""Two versions of a manifest side by side."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tools import text_diff

LINES = st.lists(st.sampled_from(["a", "b", "c: 1", "", "  d"]), max_size=40)


def kinds(old, new, **more):
    """Return kind and both texts of each row."""
    return [
        (row["kind"], row.get("left"), row.get("right"))
        for row in text_diff.side_by_side(old, new, **more)
    ]


def test_equal_texts_have_no_rows():
    assert text_diff.side_by_side("a\nb\n", "a\nb\n") == []


def test_a_changed_an_added_and_a_removed_line_stand_side_by_side():
    assert kinds("a\nb\nc\n", "a\nB\nc\nd\n") == [
        ("same", "a", "a"),
        ("changed", "b", "B"),
        ("same", "c", "c"),
        ("added", "", "d"),
    ]
    assert kinds("a\nb\n", "b\n") == [("removed", "a", ""), ("same", "b", "b")]


def test_equal_lines_far_from_a_change_are_folded():
    old = "\n".join(map(str, range(100)))
    rows = text_diff.side_by_side(old, old.replace("\n50\n", "\nfifty\n"))
    assert [row["kind"] for row in rows] == [
        "gap",
        *["same"] * 3,
        "changed",
        *["same"] * 3,
        "gap",
    ]
    assert (rows[0]["hidden"], rows[-1]["hidden"]) == (47, 46)
    assert (rows[4]["old"], rows[4]["new"]) == (51, 51)


def test_very_long_differences_are_shown_whole():
    old = "\n".join(f"a{number}" for number in range(text_diff.MAX_LINES + 1))
    assert {row["kind"] for row in text_diff.side_by_side(old, "b")} == {
        "changed",
        "removed",
    }


@settings(deadline=None)
@given(old=LINES, new=LINES)
def test_each_column_is_its_text(old, new):
    rows = text_diff.side_by_side("\n".join(old), "\n".join(new), context=10**6)
    if not rows:
        assert "\n".join(old).splitlines() == "\n".join(new).splitlines()
        return
    left = [(row["old"], row["left"]) for row in rows if row["old"]]
    right = [(row["new"], row["right"]) for row in rows if row["new"]]
    assert left == list(enumerate("\n".join(old).splitlines(), 1))
    assert right == list(enumerate("\n".join(new).splitlines(), 1))
