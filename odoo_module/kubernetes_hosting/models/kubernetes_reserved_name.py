from odoo import api, fields, models, tools


class KubernetesReservedName(models.Model):
    """A name that no project may have, and why."""

    _name = "kubernetes.reserved.name"
    _description = "Kubernetes Reserved Name"
    _order = "name"

    name = fields.Char(required=True)
    reason = fields.Char(translate=True)

    _name_uniq = models.UniqueIndex("(lower(name))", "This name is reserved already.")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["name"] = (vals.get("name") or "").strip().lower()
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        if vals.get("name"):
            vals = dict(vals, name=vals["name"].strip().lower())
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    @tools.ormcache()
    def _get_names(self):
        """Return all reserved names.

        :rtype: frozenset[str]
        """
        return frozenset(self.sudo().search([]).mapped("name"))
