def uninstall_hook(env):
    """Leave nothing behind that Odoo does not remove with the addon's own records."""
    parameters = env["ir.config_parameter"].search(
        [("key", "=like", "kubernetes_hosting.%")]
    )
    parameters.unlink()
    jobs = env["queue.job"].search([("model_name", "=like", "kubernetes.%")])
    jobs.unlink()
