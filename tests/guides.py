"""Makes each addon's page in Odoo's list of apps from its guide: ``python3 -m tests.guides``.

``readme/*.md`` is what people write; ``static/description/index.html`` is made of it, as
in other addons of the community.
"""

from pathlib import Path

from markdown_it import MarkdownIt

from tests.lab.paths import CHECKOUT

PARTS = (("DESCRIPTION", ""), ("CONFIGURE", "Configuration"), ("USAGE", "Usage"))


def page(addon: Path) -> str:
    """Return the page of an addon: its guide's parts, pictures beside it."""
    texts = []
    for name, title in PARTS:
        part = addon / "readme" / f"{name}.md"
        if part.exists():
            heading = f"# {title}\n\n" if title else ""
            texts.append(heading + part.read_text())
    text = "\n\n".join(texts).replace("../static/description/", "")
    body = MarkdownIt("commonmark").enable("table").render(text)
    body = body.replace("<img ", '<img class="img-fluid border rounded" ')
    return f'<section class="oe_container">\n{body}</section>\n'


def target(addon: Path) -> Path:
    """Return where Odoo looks for the page of an addon."""
    return addon / "static" / "description" / "index.html"


def addons() -> list[Path]:
    """Return the folders of the addons."""
    return sorted(
        path.parent for path in CHECKOUT.glob("odoo_module/*/__manifest__.py")
    )


if __name__ == "__main__":
    for folder in addons():
        target(folder).write_text(page(folder))
