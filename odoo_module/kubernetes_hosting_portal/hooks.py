from odoo import fields


def post_init_hook(env):
    """Send no mail about hostings that have been running for long."""
    hosts = env["kubernetes.host"].search([("health", "=", "ok")])
    hosts.project_id.access_mail_sent_at = fields.Datetime.now()
