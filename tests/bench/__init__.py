"""How long it takes to write many hosts' objects, side by side with other ways."""

import sys

from tests.lab.paths import CHECKOUT

# The addon's plain Python; behind "tests", which the addon has too.
sys.path.append(str(CHECKOUT / "odoo_module" / "kubernetes_hosting"))
