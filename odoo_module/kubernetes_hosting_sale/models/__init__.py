from . import (
    kubernetes_product_parameter,
    kubernetes_project,
    kubernetes_run,
    payment_transaction,
    product_template,
    sale_order,
    sale_order_line,
    subscription_workarounds,
)
