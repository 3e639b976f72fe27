def post_init_hook(env):
    """Send order mails from a cron.

    The confirmation mail renders a PDF inside the confirmation; when that fails,
    the paid order would stay a quotation.
    """
    env["ir.config_parameter"].set_param("sale.async_emails", "True")
