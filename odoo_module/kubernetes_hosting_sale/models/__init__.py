from . import (
    kubernetes_product_parameter,
    kubernetes_project,
    kubernetes_project_reservation,
    payment_transaction,
    product_template,
    product_template_hosting,
    sale_order,
    sale_order_line,
    sale_order_line_choice,
    sale_order_progress,
    subscription_workarounds,
)
