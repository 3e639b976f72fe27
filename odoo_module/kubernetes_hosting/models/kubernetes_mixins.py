import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from . import hints
from .states import ERROR_CLASSES, TRANSITIONS

QUOTA_FIELDS = ("quota_cpu", "quota_memory", "quota_storage", "quota_pods")
_QUANTITY = re.compile(r"\A[1-9][0-9]*(m|k|M|G|T|Ki|Mi|Gi|Ti)?\Z")


def without_null(value):
    """Return a JSON value with False for null, as Odoo's external API wants it.

    XML-RPC knows no null: one in a field makes reading the record fail.
    """
    if isinstance(value, dict):
        return {key: without_null(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_null(item) for item in value]
    return False if value is None else value


class KubernetesStateMixin(models.AbstractModel):
    """Lets a state change only as the table TRANSITIONS says."""

    _name = "kubernetes.state.mixin"
    _description = "Kubernetes State Mixin"

    _state_field = "state"
    # Fields that only the machinery writes: RPC writes them for nobody.
    _protected_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_protected(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_protected(vals)
        if self._state_field in vals:
            self._check_transition(vals[self._state_field])
        return super().write(vals)

    def _check_protected(self, vals):
        protected = self._protected_fields & set(vals)
        if protected and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(fields)s can't be set by hand.", fields=", ".join(protected)
                )
            )

    def _check_transition(self, state):
        """Refuse a state that can't follow the present one.

        :raise UserError: names both states
        """
        table = TRANSITIONS.get(self._name)
        if table is None:
            return
        labels = dict(self._fields[self._state_field]._description_selection(self.env))
        for record in self:
            before = record[self._state_field]
            if before != state and state not in table[before]:
                raise UserError(
                    self.env._(
                        "%(record)s is %(before)s and can't become %(after)s.",
                        record=record.display_name,
                        before=labels[before],
                        after=labels.get(state, state),
                    )
                )


class KubernetesRightsMixin(models.AbstractModel):
    """Who may look: not everybody whom an addon lets read his own records."""

    _name = "kubernetes.rights.mixin"
    _description = "Kubernetes Rights Mixin"

    def _check_user(self):
        """Check that the user reads these records and is one of those who run hosts.

        Reading alone is not enough: an addon may let customers read their own hosts.

        :raise AccessError: a stranger, a customer, or somebody of another company
        """
        self.check_access("read")
        group = "kubernetes_hosting.group_user"
        if not self.env.su and not self.env.user.has_group(group):
            raise AccessError(self.env._("This is for the people who run the hosts."))


class KubernetesErrorMixin(models.AbstractModel):
    """The last error of a record in the form of the result contract."""

    _name = "kubernetes.error.mixin"
    _description = "Kubernetes Error Mixin"

    error_class = fields.Selection(
        ERROR_CLASSES, string="Error", readonly=True, copy=False
    )
    error_message = fields.Text(readonly=True, copy=False)
    error_object = fields.Char(string="Affected Object", readonly=True, copy=False)
    error_hint = fields.Text(string="Hint", readonly=True, copy=False)
    next_step = fields.Text(compute="_compute_next_step")

    # === COMPUTE METHODS === #

    @api.depends("error_hint")
    @api.depends_context("lang")
    def _compute_next_step(self):
        for record in self:
            record.next_step = hints.translate(self.env, record.error_hint)

    # === BUSINESS METHODS === #

    def _prepare_error_vals(self, error):
        """Return field values for an error of the contract, or for none.

        :param dict|None error: keys class, message, object, hint
        """
        error = error or {}
        error_class = error.get("class") or False
        if error_class and error_class not in dict(ERROR_CLASSES):
            error_class = "internal"
        return {
            "error_class": error_class,
            "error_message": error.get("message") or False,
            "error_object": error.get("object") or False,
            "error_hint": error.get("hint") or False,
        }

    def _get_error(self):
        """Return the error in the form of the contract, None without one."""
        if not self.error_class:
            return None
        return {
            "class": self.error_class,
            "message": self.error_message or "",
            "object": self.error_object or "",
            "hint": self.error_hint or "",
            "retryable": False,
        }


class KubernetesQuotaMixin(models.AbstractModel):
    """What a host may use at most, in Kubernetes' units."""

    _name = "kubernetes.quota.mixin"
    _description = "Kubernetes Quota Mixin"

    quota_cpu = fields.Char(string="CPU", help="Cores: 2, or 500m for half a core.")
    quota_memory = fields.Char(string="Memory", help="For example 4Gi.")
    quota_storage = fields.Char(string="Storage", help="For example 30Gi.")
    quota_pods = fields.Integer(string="Pods")

    @api.constrains(*QUOTA_FIELDS)
    def _check_quota(self):
        for record in self:
            for name in ("quota_cpu", "quota_memory", "quota_storage"):
                record._check_quantity(name)
            if record.quota_pods < 1:
                raise ValidationError(
                    self.env._("A host needs at least one pod: raise Pods.")
                )

    def _check_quantity(self, name):
        if not _QUANTITY.match(self[name] or ""):
            raise ValidationError(
                self.env._(
                    "%(value)s is no quantity for %(field)s: write for example 2, "
                    "500m or 4Gi.",
                    value=self[name] or "-",
                    field=self._fields[name]._description_string(self.env),
                )
            )

    def _prepare_quota(self):
        """Return the quota as vars.yml holds it."""
        return {
            "cpu": self.quota_cpu,
            "memory": self.quota_memory,
            "storage": self.quota_storage,
            "pods": self.quota_pods,
        }
