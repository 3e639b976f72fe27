from odoo import api, fields, models

from .states import ACTIVE, CANCELLED, FAILED, LIVING, OK

ACTIVITY_TYPE = "kubernetes_hosting.mail_activity_type_red_host"
# What somebody did on purpose, or what ends by itself, is no news.
_NO_NEWS = (CANCELLED, "busy")


class KubernetesHostAttention(models.AbstractModel):
    """Who looks after a host, and whether there is something to look after."""

    _name = "kubernetes.host.attention"
    _description = "Kubernetes Host: Attention"

    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index="btree_not_null",
        tracking=True,
        default=lambda self: self._default_user(),
        domain="[('share', '=', False)]",
        help="Gets an activity when the host turns red.",
    )
    needs_attention = fields.Boolean(
        compute="_compute_needs_attention",
        store=True,
        index=True,
        help="It is red, its last run failed, or its deployment waits for somebody.",
    )
    activated_at = fields.Datetime(
        string="Active Since",
        readonly=True,
        copy=False,
        help="When it was ordered, or became active.",
    )
    ready_at = fields.Datetime(
        string="First Ready",
        readonly=True,
        copy=False,
        help="When all steps of its ladder were ok for the first time.",
    )

    @api.model
    def _default_user(self):
        """Return the user when he is one of those who run the hosts."""
        user = self.env.user
        operator = user.has_group("kubernetes_hosting.group_operator")
        return user if operator and not user._is_superuser() else user.browse()

    # === COMPUTE METHODS === #

    @api.depends("lifecycle", "health", "error_class", "deploy_waiting")
    def _compute_needs_attention(self):
        for host in self:
            host.needs_attention = host.lifecycle in LIVING and bool(
                host.health == FAILED or host.error_class or host.deploy_waiting
            )

    # === BUSINESS METHODS === #

    def _note_activation(self):
        """Write down when hosts became active for the first time."""
        new = self.filtered(
            lambda host: host.lifecycle == ACTIVE and not host.activated_at
        )
        if new:
            new.sudo().write({"activated_at": fields.Datetime.now()})

    def _follow_health(self):
        """Raise one activity for a host that turned red, clear it when it is green."""
        self.ensure_one()
        if self.health == OK and not self.error_class:
            if not self.ready_at:
                self.ready_at = fields.Datetime.now()
            self.activity_unlink([ACTIVITY_TYPE])
        elif self._is_red() and not self.activity_search([ACTIVITY_TYPE]):
            self._raise_activity()

    def _is_red(self):
        news = self.error_class and self.error_class not in _NO_NEWS
        return self.lifecycle in LIVING and bool(self.health == FAILED or news)

    def _raise_activity(self):
        # Quietly: whether mails are sent of it, the notifications decide.
        self.with_context(mail_activity_quick_update=True).activity_schedule(
            ACTIVITY_TYPE,
            user_id=self._get_responsible().id,
            summary=self.env._("%(host)s needs attention", host=self.fqdn),
        )

    def _get_responsible(self):
        """Return who looks after this host: its responsible, else an operator."""
        self.ensure_one()
        if self.user_id.active:
            return self.user_id
        group = self.env.ref("kubernetes_hosting.group_operator")
        operators = group.all_user_ids.filtered(
            lambda user: self.company_id in user.company_ids and not user.share
        )
        return operators.filtered(lambda user: not user._is_superuser()).sorted("id")[
            :1
        ]
