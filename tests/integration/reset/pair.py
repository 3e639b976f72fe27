"""What a reset has to deal with: what is planted in production, what identifies a database."""

import base64
from typing import Any

from tests.integration.copies import OdooHost

PICTURE = base64.b64encode(b"a file of production " * 500).decode()
# A machine that does other things, too, is slow to make two databases.
PATIENCE = {"host_ingress_timeout": 900}


def parameters(host: OdooHost) -> dict[str, str]:
    """Return what identifies a database."""
    query = "SELECT key, value FROM ir_config_parameter WHERE key IN"
    rows = host.sql(f"{query} ('database.uuid', 'database.secret')").splitlines()
    return dict(row.split("|") for row in rows)


def plant(production: OdooHost, smtp: dict[str, Any], pays: bool) -> None:
    """Give production what must arrive, and what must not live on in staging."""
    production.call("res.partner", "create", {"name": "Planted in production"})
    values = {"name": "planted.txt", "datas": PICTURE}
    production.call("ir.attachment", "create", values)
    mail = {"name": "live", "smtp_host": smtp["host"], "smtp_port": smtp["port"]}
    production.call("ir.mail_server", "create", mail | {"smtp_encryption": "none"})
    pop = {"name": "live", "server_type": "pop", "server": smtp["host"], "user": "x"}
    production.call("fetchmail.server", "create", pop | {"password": "x"})
    production.sql("UPDATE fetchmail_server SET active = true, state = 'done'")
    if pays:
        provider = {"name": "Live", "code": "none"}
        production.call("payment.provider", "create", provider)
        production.sql("UPDATE payment_provider SET state = 'enabled'")
    production.sql("UPDATE ir_cron SET active = true")
    production.sql("ALTER ROLE hosting_reader SET log_statement = 'all'")
