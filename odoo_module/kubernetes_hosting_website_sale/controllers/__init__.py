from . import kubernetes_hosting_website_sale
