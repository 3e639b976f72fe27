{
    "name": "Kubernetes Hosting Website Sale",
    "summary": "Buy a hosting in the shop: name the project before paying",
    "version": "19.0.1.0.0",
    "development_status": "Alpha",
    "category": "Services/Kubernetes",
    "author": "Mint Cloud",
    "website": "https://mint-cloud.ch",
    "license": "AGPL-3",
    "depends": ["kubernetes_hosting_sale", "website_sale"],
    "data": [
        "security/ir.model.access.csv",
        "data/website_checkout_step_data.xml",
        "views/templates.xml",
    ],
    "demo": ["demo/product_demo.xml"],
    "assets": {
        "web.assets_frontend": [
            "kubernetes_hosting_website_sale/static/src/interactions/*.js",
        ],
    },
    "auto_install": True,
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
