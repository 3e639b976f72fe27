"""Puts the pictures of the last e2e run into the guides: ``python3 -m tests.e2e.screenshots``.

Run ``make e2e`` (or ``python3 -m tests.rings e2e --full``) before: the tests take them.
"""

import sys
from pathlib import Path

from PIL import Image

from tests.lab.identity import Lab
from tests.lab.paths import CHECKOUT

# Picture of the tests -> addon and picture of its guide.
GUIDES = {
    "admin_2_cluster": ("kubernetes_hosting", "cluster"),
    "admin_8_new_version": ("kubernetes_hosting", "manifest"),
    "admin_6_green": ("kubernetes_hosting", "host"),
    "admin_9_run": ("kubernetes_hosting", "run"),
    "admin_10_dashboard": ("kubernetes_hosting", "dashboard"),
    "admin_11_import": ("kubernetes_hosting", "import"),
    "admin_4_product": ("kubernetes_hosting_sale", "product"),
    "tenant_login": ("kubernetes_hosting", "tenant_login"),
    "portal_list": ("kubernetes_hosting_portal", "list"),
    "portal_staging": ("kubernetes_hosting_portal", "host"),
    "portal_dialog": ("kubernetes_hosting_portal", "reset_dialog"),
    "portal_reset": ("kubernetes_hosting_portal", "reset"),
    "portal_access": ("kubernetes_hosting_portal", "access"),
    "portal_backups": ("kubernetes_hosting_portal", "backups"),
    "portal_download": ("kubernetes_hosting_portal", "download"),
    "quotation_1280": ("kubernetes_hosting_sale", "quotation"),
    "subscription_plan": ("kubernetes_hosting_sale", "subscription"),
    "orphans": ("kubernetes_hosting_sale", "orphans"),
    "project_en_1280": ("kubernetes_hosting_website_sale", "checkout_project"),
    "project_en_390": ("kubernetes_hosting_website_sale", "checkout_project_phone"),
    "taken_de_1280": ("kubernetes_hosting_website_sale", "taken"),
    "progress_running": ("kubernetes_hosting_website_sale", "progress_running"),
    "progress_ready": ("kubernetes_hosting_website_sale", "progress"),
}
COLOURS = 64  # enough for forms; keeps a picture below 60 KiB


def main() -> int:
    """Copy what there is; return how many pictures are missing."""
    taken = Path(Lab("e2e").state) / "screenshots"
    missing = 0
    for name, (addon, title) in GUIDES.items():
        picture = taken / f"{name}.png"
        if not picture.exists():
            print(f"not taken by the last run: {name}")
            missing += 1
            continue
        folder = CHECKOUT / "odoo_module" / addon / "static" / "description"
        image = Image.open(picture).convert("RGB").quantize(COLOURS)
        image.save(folder / f"{title}.png", optimize=True)
    return missing


if __name__ == "__main__":
    sys.exit(main())
