"""Who may call what over RPC; see the table of the same name in kubernetes_hosting."""

from odoo.addons.kubernetes_hosting.tests.rights import OPERATOR, USER

METHODS = {
    "kubernetes.project": {
        "action_retry": OPERATOR,
        "action_view_order": USER,
        "action_view_subscription": USER,
    },
}
