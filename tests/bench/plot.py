"""A plot as SVG: for each number of hosts and each delay, one bar for each way."""

from html import escape
from typing import Any

COLOURS = ["#4c72b0", "#8fb4dd", "#55a868", "#c4a000", "#c44e52", "#8172b2"]
WIDTH, BAR, GAP, LEFT = 860, 16, 22, 330
TOP = 50


def bars(rows: list[dict[str, Any]]) -> str:
    """Return the plot of wall seconds; each bar also says its ratio to the first way."""
    parts, y, group = [], TOP, None
    longest = max(row["wall"] for row in rows)
    ways = list(dict.fromkeys(row["way"] for row in rows))
    for row in rows:
        here = row["hosts"], row["delay"]
        if here != group:
            y += GAP if group else 0
            title = f"{here[0]} hosts, {here[1]} ms a call"
            parts.append(_text(10, y + BAR - 4, title, weight="bold"))
            group = here
        width = max(1, round((WIDTH - LEFT - 140) * row["wall"] / longest))
        colour = COLOURS[ways.index(row["way"]) % len(COLOURS)]
        parts.append(
            f'<rect x="{LEFT}" y="{y}" width="{width}" height="{BAR - 3}" fill="{colour}"/>'
        )
        parts.append(_text(LEFT - 8, y + BAR - 5, row["way"], anchor="end"))
        told = f"{row['wall']:.2f} s (×{row['ratio']:.2f})"
        parts.append(_text(LEFT + width + 6, y + BAR - 5, told))
        y += BAR
    head = _text(10, 24, "Writing 8 documents of each host: wall clock", weight="bold")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 20}" '
        f'font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="white"/>{head}{"".join(parts)}</svg>\n'
    )


def _text(
    x: int, y: int, text: str, anchor: str = "start", weight: str = "normal"
) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )
