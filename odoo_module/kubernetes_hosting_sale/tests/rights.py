"""Who may call what over RPC; see the table of the same name in kubernetes_hosting."""

from odoo.addons.kubernetes_hosting.tests.rights import (
    ADMINISTRATOR,
    OPERATOR,
    USER,
)

METHODS = {
    "kubernetes.host": {"action_view_subscription": USER},
    "kubernetes.manifest": {"action_view_products": USER},
    "kubernetes.orphan": {
        "action_look_again": ADMINISTRATOR,
        "action_mark_internal": OPERATOR,
        "action_open": USER,
        "action_release": OPERATOR,
        "action_retry": OPERATOR,
    },
    "kubernetes.project": {
        "action_retry": OPERATOR,
        "action_view_order": USER,
        "action_view_subscription": USER,
    },
}
