from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import names
from .states import (
    ACTIVE,
    DRAFT,
    NAME_CONFLICT,
    RELEASED,
    RESTING,
    SUSPENDED,
    TERMINATING,
)

# The states whose names the unique index leaves free.
FREE_STATES = (NAME_CONFLICT, RELEASED)
# Links, cookies and certificates of the former host are still around.
RESTS_FOR = timedelta(days=90)
MAXIMUM_SUGGESTIONS = 3


class KubernetesProjectName(models.AbstractModel):
    """What a project may be called, and whose a name is.

    One verdict for shop, form, RPC and import: possible or not, free or taken, and why.
    """

    _name = "kubernetes.project.name"
    _description = "Kubernetes Project: Name"

    # === POSSIBLE OR NOT === #

    @api.model
    def _normalise_name(self, text):
        """Return the normal form of a project name.

        :raise ValidationError: the reason, in the user's language
        """
        reserved = self.env["kubernetes.reserved.name"]._get_names()
        try:
            return names.normalise_name(text or "", reserved)
        except names.InvalidName as error:
            raise ValidationError(self._explain_name(error, text)) from error

    @api.model
    def _explain_name(self, error, text):
        """Return the sentence for a refused name, with one that is free, if there is."""
        _ = self.env._
        reasons = {
            "empty": _("Enter a name for the project."),
            "not_ascii": _(
                "Umlauts, accents and other special letters are not possible in a "
                "subdomain."
            ),
            "too_short": _("The name is too short: use at least 3 characters."),
            "too_long": _("The name is too long: use at most 40 characters."),
            "characters": _("Only letters, digits and hyphens are possible in a name."),
            "start": _("The name has to start with a letter."),
            "end": _("The name has to end with a letter or a digit."),
            "double_hyphen": _("Two hyphens in a row are not possible in a name."),
            "staging": _(
                "Names that end with -stag or -staging belong to staging hosts."
            ),
            "reserved": _("%(name)s is reserved.", name=(text or "").strip().lower()),
        }
        reason = reasons.get(error.code, str(error))
        suggestions = self._suggest_spelling(text)
        if not suggestions:
            return reason
        hint = _("Try %(name)s.", name=suggestions[0])
        return f"{reason} {hint}"

    @api.model
    def _suggest_spelling(self, text):
        """Return free names that read like an impossible one."""
        reserved = self.env["kubernetes.reserved.name"]._get_names()
        name = names.suggest_name(text or "", reserved)
        if not name or name == (text or "").strip().lower():
            return []
        return self._filter_free([name, *names.alternatives(name, reserved)])[:1]

    # === FREE OR TAKEN === #

    @api.model
    def _judge_name(self, text, partner=None, own=None):
        """Tell whether somebody could have a name now, and what else if not.

        :param partner: who asks: a former customer gets his resting name back
        :param own: projects whose names count as free
        :rtype: dict
        :return: ``state`` (free, taken, invalid), ``name`` (normal form, or None),
            ``message`` (why not, or None) and ``suggestions`` (names that are free)
        """
        try:
            name = self._normalise_name(text)
        except ValidationError as error:
            suggestions = self._suggest_spelling(text)
            return self._verdict("invalid", None, error, suggestions)
        holder = self._find_holder(name, partner)
        if holder and holder != own:
            suggestions = self._suggest_names(name)
            return self._verdict("taken", name, self._taken(name), suggestions)
        return self._verdict("free", name)

    @api.model
    def _verdict(self, state, name, error=None, suggestions=()):
        return {
            "state": state,
            "name": name,
            "message": str(error) if error else None,
            "suggestions": list(suggestions),
        }

    @api.model
    def _find_holder(self, name, partner=None):
        """Return the project that holds a name in its normal form, or none.

        All companies share the names. A resting name is free for its former customer.

        :param partner: res.partner who asks
        """
        holder_sudo = self.sudo().search(
            [("name", "=", name), ("state", "not in", FREE_STATES)], limit=1
        )
        return self.browse() if holder_sudo._is_resting_for(partner) else holder_sudo

    @api.model
    def _check_free(self, name, partner_id=None):
        """Refuse a name that somebody else holds; wake one that rests for its customer.

        :raise ValidationError: the name is taken
        """
        partner = self.env["res.partner"].browse(partner_id or [])
        if self._find_holder(name, partner):
            raise self._taken(name)
        # What is left rests for this very customer.
        domain = [("name", "=", name), ("state", "=", RESTING)]
        lent = self.sudo().search(domain)
        lent.write({"state": RELEASED})
        # The unique index has to see that before it sees the new one.
        lent.flush_recordset(["state"])

    @api.model
    def _taken(self, name):
        """Return the error of a name that somebody has, with others that are free."""
        suggestions = self._suggest_names(name)
        if not suggestions:
            return ValidationError(
                self.env._("%(name)s is taken: choose another name.", name=name)
            )
        return ValidationError(
            self.env._(
                "%(name)s is taken. Free: %(others)s.",
                name=name,
                others=", ".join(suggestions),
            )
        )

    @api.model
    def _suggest_names(self, name):
        """Return free names close to a taken one."""
        reserved = self.env["kubernetes.reserved.name"]._get_names()
        return self._filter_free(names.alternatives(name, reserved))

    @api.model
    def _filter_free(self, candidates):
        held = self.sudo().search(
            [("name", "in", candidates), ("state", "not in", FREE_STATES)]
        )
        free = [name for name in candidates if name not in held.mapped("name")]
        return free[:MAXIMUM_SUGGESTIONS]

    # === REST === #

    def _is_resting_for(self, partner):
        """Return whether this is a name that its former customer may take back."""
        if not self or self.state != RESTING or not (partner and self.partner_id):
            return False
        own = self.partner_id.commercial_partner_id
        return partner.sudo().commercial_partner_id == own

    def _rest_when_empty(self):
        """Let the names of projects rest whose last host is gone."""
        for project in self.filtered(
            lambda project: project.state in (ACTIVE, SUSPENDED, TERMINATING)
        ):
            lifecycles = set(project.host_ids.mapped("lifecycle"))
            if not lifecycles & {DRAFT, ACTIVE, SUSPENDED}:
                if project.state != TERMINATING:
                    project.state = TERMINATING
                project.state = RESTING

    @api.model
    def _rest_again(self, name):
        """Put a name back to rest that its former customer had taken and left."""
        lent = self.sudo().search(
            [
                ("name", "=", name),
                ("state", "=", RELEASED),
                ("resting_until", ">", fields.Datetime.now()),
            ],
            order="resting_until desc",
            limit=1,
        )
        if lent and not self._find_holder(name):
            until = lent.resting_until
            lent.state = RESTING
            lent.resting_until = until

    @api.model
    def _cron_end_rest(self):
        """Free the names that have rested long enough."""
        domain = [
            ("state", "=", RESTING),
            ("resting_until", "<=", fields.Datetime.now()),
        ]
        self.search(domain).write({"state": RELEASED, "resting_until": False})
