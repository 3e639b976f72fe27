# First what is inherited: a model finds only what is registered already.
from . import (
    kubernetes_project_arrears,
    kubernetes_project_closing,
    kubernetes_project_contract,
    kubernetes_project_incident,
    kubernetes_project_life,
    kubernetes_project_notice,
    kubernetes_project_plan,
    kubernetes_project_product,
    kubernetes_project_reservation,
    kubernetes_project_rest,
    product_template_hosting,
    sale_order_line_choice,
    sale_order_progress,
)

# isort: split
from . import (
    account_move,
    kubernetes_cluster,
    kubernetes_host,
    kubernetes_manifest,
    kubernetes_orphan,
    kubernetes_product_parameter,
    kubernetes_project,
    payment_transaction,
    product_template,
    res_company,
    res_config_settings,
    sale_order,
    sale_order_line,
    sale_subscription,
    subscription_workarounds,
)
