from . import (
    kubernetes_product_parameter,
    kubernetes_project,
    payment_transaction,
    product_template,
    sale_order,
    sale_order_line,
    subscription_workarounds,
)
