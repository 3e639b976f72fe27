import hashlib
import hmac
import time

from odoo import api, fields, models
from odoo.http import request

LIMIT = 20
PERIOD = 60  # seconds
# So many rows at most, however many visitors come: who shares one shares its limit.
SLOTS = 2**16


class KubernetesNameCheck(models.Model):
    """Counts checks of names: the answer tells who is a customer, so nobody may ask much.

    In the database, so that all workers count together. It knows no address, only where
    its keyed hash falls.
    """

    _name = "kubernetes.name.check"
    _description = "Kubernetes Name Check"
    _log_access = False

    slot = fields.Integer(required=True)
    started = fields.Float(required=True, digits=(16, 3))
    count = fields.Integer(required=True)

    _slot_uniq = models.Constraint("UNIQUE(slot)", "A slot counts once.")

    @api.model
    def _admit_visitor(self):
        """Count a check for this visitor and for his address; return whether it may be."""
        keys = (
            f"session {request.session.sid}",
            f"address {request.httprequest.remote_addr}",
        )
        counts = [self._count(slot) for slot in sorted(map(self._get_slot, keys))]
        return max(counts) <= LIMIT

    @api.model
    def _count(self, slot):
        """Count one more in a slot; return how many since its first one, a minute ago."""
        self.env.cr.execute(
            """
            INSERT INTO kubernetes_name_check AS c (slot, started, count)
            VALUES (%(slot)s, %(now)s, 1)
            ON CONFLICT (slot) DO UPDATE SET
                count = CASE WHEN c.started > %(old)s THEN c.count + 1 ELSE 1 END,
                started = CASE WHEN c.started > %(old)s THEN c.started ELSE %(now)s END
            RETURNING count
            """,
            {"slot": slot, "now": time.time(), "old": time.time() - PERIOD},
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _get_slot(self, key):
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        digest = hmac.digest(secret.encode(), key.encode(), hashlib.sha256)
        return int.from_bytes(digest[:4], "big") % SLOTS
