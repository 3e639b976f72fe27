from . import (
    kubernetes_name_check,
    payment_provider,
    product_template,
    sale_order,
    sale_order_line,
    website,
)
