{
    "name": "Kubernetes Hosting Sale",
    "summary": "Sell hostings: order, subscription, project, two running hosts",
    "version": "19.0.1.0.0",
    "development_status": "Alpha",
    "category": "Services/Kubernetes",
    "author": "Mint Cloud",
    "website": "https://mint-cloud.ch",
    "license": "AGPL-3",
    "depends": ["kubernetes_hosting", "sale_management", "subscription_oca"],
    "data": [
        "security/ir.model.access.csv",
        "data/mail_activity_type_data.xml",
        "data/ir_cron_data.xml",
        "data/mail_template_name_conflict.xml",
        "views/product_template_views.xml",
        "views/kubernetes_manifest_views.xml",
        "views/kubernetes_project_views.xml",
        "views/sale_order_views.xml",
        "views/portal_templates.xml",
    ],
    "assets": {
        "web.assets_frontend": [
            "kubernetes_hosting_sale/static/src/interactions/*.js",
        ],
    },
    "demo": ["demo/product_demo.xml"],
    "post_init_hook": "post_init_hook",
}
