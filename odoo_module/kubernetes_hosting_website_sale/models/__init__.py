from . import (
    kubernetes_name_check,
    payment_provider,
    sale_order,
    sale_order_line,
    website,
)
