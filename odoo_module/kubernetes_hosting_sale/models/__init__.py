from . import (
    kubernetes_product_parameter,
    kubernetes_project,
    kubernetes_project_reservation,
    payment_transaction,
    product_template,
    sale_order,
    sale_order_line,
    sale_order_progress,
    subscription_workarounds,
)
