import logging
from datetime import timedelta
from urllib.parse import urljoin

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models

from odoo.addons.kubernetes_hosting.models.states import (
    ACTIVE,
    NAME_CONFLICT,
    RELEASED,
    RESERVED,
)

_logger = logging.getLogger(__name__)

RESERVED_FOR = timedelta(minutes=30)


class KubernetesProjectReservation(models.AbstractModel):
    """A name between cart and payment: reserved, renewed, lost, and chosen anew."""

    _name = "kubernetes.project.reservation"
    _description = "Kubernetes Project: Reservation"

    # === RESERVE === #

    @api.model
    def _reserve(self, name, vals):
        """Create a project that holds a name for 30 minutes.

        :raise ValidationError: the name is not possible or taken
        """
        vals = vals | {"name": name, "state": RESERVED}
        try:
            with self.env.cr.savepoint():
                return self.create(vals | self._prepare_reservation())
        except UniqueViolation as error:
            raise self._taken(self._normalise_name(name)) from error

    def _reserve_again(self, name):
        """Keep the reserved name, or change to another one, for another 30 minutes."""
        self.ensure_one()
        before = self.name
        try:
            with self.env.cr.savepoint():
                self.write({"name": name} | self._prepare_reservation())
        except UniqueViolation as error:
            raise self._taken(self._normalise_name(name)) from error
        if self.name != before:
            self._rest_again(before)

    def _prepare_reservation(self):
        return {"reserved_until": fields.Datetime.now() + RESERVED_FOR}

    @api.model
    def _find_holder(self, name, partner=None):
        """Return who holds a name; expired reservations are ended first."""
        self.sudo()._release_expired([("name", "=", name)])
        return super()._find_holder(name, partner)

    # === RELEASE === #

    @api.model
    def _release_expired(self, domain=()):
        """End reservations whose time is up, unless a payment is on its way."""
        expired = self.search(
            [
                *domain,
                ("state", "=", RESERVED),
                ("reserved_until", "<", fields.Datetime.now()),
            ]
        )
        expired.filtered(
            lambda project: not project.sale_order_id._has_hosting_payment()
        )._release()

    @api.model
    def _cron_release_expired(self):
        """Free the names of carts that were left."""
        self._release_expired()

    def _release(self):
        """Give the names of reservations back; a former customer's rests on."""
        reserved = self.filtered(lambda project: project.state == RESERVED)
        reserved.write({"state": RELEASED, "reserved_until": False})
        for project in reserved:
            project._rest_again(project.name)

    # === NAME CONFLICT === #

    def _announce_name_conflict(self):
        """Ask the customer for another name, and tell who looks after the order."""
        self.ensure_one()
        self._schedule_name_conflict()
        if not self.partner_id.email:
            return
        template = self.env.ref("kubernetes_hosting_sale.mail_template_name_conflict")
        try:
            with self.env.cr.savepoint():
                template.send_mail(
                    self.id, email_layout_xmlid="mail.mail_notification_light"
                )
        except Exception:
            # The activity is there: somebody asks by hand.
            _logger.exception("Project %s: the customer could not be asked", self.id)

    def _schedule_name_conflict(self):
        self.activity_schedule(
            "kubernetes_hosting_sale.mail_activity_type_hosting",
            user_id=self.sale_order_id._get_hosting_responsible().id,
            summary=self.env._("The name %(name)s got taken", name=self.name),
            note=self.env._(
                "The order is paid. The customer was asked by mail to choose another "
                "name. To do it for him, enter it here, then press Retry."
            ),
        )

    def _resolve_name_conflict(self, name=None):
        """Take a name for good.

        :param str name: without it the present one
        :raise ValidationError: it is not possible, or taken, too
        """
        self.ensure_one()
        name = self._normalise_name(name or self.name)
        self._check_free(name, self.partner_id.id)
        try:
            with self.env.cr.savepoint():
                self.write({"name": name, "state": ACTIVE})
        except UniqueViolation as error:
            raise self._taken(name) from error
        self.sale_line_id.sudo()._follow_project_name(self)
        self.activity_feedback(["kubernetes_hosting_sale.mail_activity_type_hosting"])

    def _choose_another_name(self, name):
        """Do what the customer asks for on the page of a name conflict.

        :raise ValidationError: the name is not possible or taken
        """
        for project in self.filtered(lambda project: project.state == NAME_CONFLICT):
            project._resolve_name_conflict(name)
            project._create_sold_hosts()

    def _get_name_link(self):
        """Return the address of the page to choose another name; it needs a log-in."""
        self.ensure_one()
        path = f"/my/orders/{self.sale_order_id.id}/hosting/name"
        partner_sudo = self.sudo().partner_id
        if partner_sudo.user_ids:
            return urljoin(self.get_base_url(), path)
        partner_sudo.signup_prepare()
        return partner_sudo._get_signup_url_for_action(url=path).get(partner_sudo.id)
