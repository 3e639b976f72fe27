from . import payment_provider, sale_order, sale_order_line, website
