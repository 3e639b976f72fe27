from odoo import api, models

NOTIFICATION = "kubernetes_hosting.changed"
_PENDING = "kubernetes_hosting.live"


class KubernetesLiveMixin(models.AbstractModel):
    """Tells open forms that a record has changed, once per transaction.

    The notification names the model and the id and nothing else: who gets it reads
    the record under his own rights. ``ir.websocket`` opens a record's channel only for
    those who may read it. The form's side is the view's ``js_class``
    ``kubernetes_refreshing_form``.
    """

    _name = "kubernetes.live.mixin"
    _inherit = ["bus.listener.mixin"]
    _description = "Kubernetes: Live Refresh of Forms"

    # What ir.websocket asks before it opens a channel on a model's records.
    _is_live = True

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._touch_live()
        return records

    def write(self, vals):
        result = super().write(vals)
        self._touch_live()
        return result

    def unlink(self):
        self._touch_live()
        return super().unlink()

    def _get_live_records(self):
        """Return the records whose forms show what these records say.

        :rtype: list of recordsets; their models inherit this mixin
        """
        return [self]

    def _touch_live(self):
        """Notify the forms of these records when this transaction commits."""
        pending = self._get_live_pending()
        for records in self._get_live_records():
            pending.setdefault(records._name, set()).update(records._origin.ids)

    def _get_live_pending(self):
        """Return what this transaction will notify: ids by model."""
        precommit = self.env.cr.precommit
        if _PENDING not in precommit.data:
            precommit.data[_PENDING] = {}
            precommit.add(self.env["kubernetes.live.mixin"]._send_live)
        return precommit.data[_PENDING]

    @api.model
    def _send_live(self):
        pending = self.env.cr.precommit.data.pop(_PENDING, {})
        for model, ids in pending.items():
            for record in self.env[model].browse(sorted(ids)):
                record._bus_send(NOTIFICATION, {"model": model, "id": record.id})
