{
    "name": "Kubernetes Hosting Portal",
    "summary": "Customers see their hosts, reset staging, get access data and backups",
    "version": "19.0.1.0.0",
    "development_status": "Alpha",
    "category": "Services/Kubernetes",
    "author": "Mint Cloud",
    "website": "https://mint-cloud.ch",
    "license": "AGPL-3",
    "depends": ["kubernetes_hosting", "portal"],
    "data": [
        "security/ir.model.access.csv",
        "security/kubernetes_hosting_portal_security.xml",
        "data/mail_template_data.xml",
        "data/ir_cron_data.xml",
        "views/kubernetes_project_views.xml",
        "views/portal_host_templates.xml",
        "views/portal_reset_templates.xml",
        "views/portal_backup_templates.xml",
        "views/portal_access_templates.xml",
    ],
    "assets": {
        "web.assets_frontend": [
            "kubernetes_hosting_portal/static/src/interactions/*.js",
        ],
    },
    "post_init_hook": "post_init_hook",
}
