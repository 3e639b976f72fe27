"""The guides' pictures exist and are small enough for a repository."""

import re

import pytest

from tests import guides
from tests.lab.paths import CHECKOUT

GUIDES = [CHECKOUT / "README.md", *CHECKOUT.glob("odoo_module/*/readme/*.md")]
PICTURES = sorted(CHECKOUT.glob("odoo_module/*/static/description/*.png"))
LARGEST = 150 * 1024  # bytes


def name(path):
    """Return a path as a test's id."""
    return str(path.relative_to(CHECKOUT))


@pytest.mark.parametrize("guide", GUIDES, ids=name)
def test_each_picture_and_file_of_a_guide_exists(guide):
    links = re.findall(r"\]\(([^)#:]+)\)", guide.read_text())
    missing = [link for link in links if not (guide.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("picture", PICTURES, ids=name)
def test_a_picture_is_small(picture):
    assert picture.stat().st_size <= LARGEST


@pytest.mark.parametrize("addon", guides.addons(), ids=name)
def test_an_addons_page_in_odoo_is_its_guide(addon):
    hint = "run: python3 -m tests.guides"
    assert guides.target(addon).read_text() == guides.page(addon), hint


@pytest.mark.parametrize("addon", guides.addons(), ids=name)
def test_an_addon_has_an_icon(addon):
    assert (addon / "static/description/icon.png").exists()
