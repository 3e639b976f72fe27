from werkzeug.exceptions import BadRequest, Forbidden

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

MAXIMUM_HOSTS = 500


class KubernetesHostingExport(http.Controller):
    """The file behind *Action > Export to YAML*."""

    @http.route(
        "/kubernetes_hosting/export",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def export(self, ids="", manifests="0"):
        """Send vars.yml of one host, or a zip with the inventory of several.

        :param str ids: ids of hosts, separated by commas
        :param str manifests: "1" to put the manifest texts in
        """
        numbers = [int(part) for part in ids.split(",") if part.isdecimal()]
        if not 0 < len(numbers) <= MAXIMUM_HOSTS:
            raise BadRequest()
        hosts = request.env["kubernetes.host"].browse(numbers)
        try:
            hosts._check_user()
            name, content = hosts._export(manifests == "1")
        except (AccessError, MissingError) as error:
            raise Forbidden() from error
        kind = "application/zip" if name.endswith(".zip") else "application/yaml"
        return request.make_response(
            content,
            headers=[
                ("Content-Type", kind),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
