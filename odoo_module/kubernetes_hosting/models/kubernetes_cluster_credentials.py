from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import kubeconfig


class KubernetesClusterCredentials(models.AbstractModel):
    """The credentials of a cluster: a file's name, never what is in it."""

    _name = "kubernetes.cluster.credentials"
    _description = "Kubernetes Cluster: Credentials"

    kubeconfig = fields.Char(
        string="Kubeconfig File",
        tracking=True,
        help="File name in the directory that the machine's administrator has set. "
        "The credentials themselves never enter the database.",
    )
    context = fields.Char(
        required=True, tracking=True, help="The context in the kubeconfig file."
    )

    @api.constrains("kubeconfig", "context")
    def _check_kubeconfig(self):
        for cluster in self.filtered("kubeconfig"):
            try:
                cluster._get_kubeconfig()
            except UserError as error:
                raise ValidationError(str(error)) from error

    def _get_kubeconfig(self):
        """Return the checked path of the kubeconfig.

        :rtype: pathlib.Path
        :raise UserError: there is none, or it holds more than plain credentials
        """
        self.ensure_one()
        if not self.kubeconfig:
            raise UserError(
                self.env._(
                    "Cluster %(cluster)s has no kubeconfig: enter its file name there.",
                    cluster=self.name,
                )
            )
        directory = self.env["kubernetes.settings"]._read().kubeconfig_dir
        try:
            return kubeconfig.check_file(directory, self.kubeconfig, self.context)
        except kubeconfig.InvalidKubeconfig as error:
            raise UserError(self._explain_kubeconfig(error)) from error

    def _explain_kubeconfig(self, error):
        """Return the sentence for a refused kubeconfig: what, and what to do."""
        _ = self.env._
        detail = error.detail
        reasons = {
            "file_name": _("Write the plain name of a file, without a path."),
            "missing": _(
                "There is no such file. The machine's administrator puts it into the "
                "directory kubeconfig_dir of odoo.conf."
            ),
            "readable_by_others": _("Others may read it: set its mode to 0600."),
            "unreadable": _("Odoo may not read it: it has to own the file."),
            "too_large": _("It is larger than 64 KiB: that is no kubeconfig."),
            "not_yaml": _("It is no kubeconfig in YAML."),
            "several": _("It has several entries in %(part)s: keep one.", part=detail),
            "context": _(
                "Its context is called %(part)s: enter that as the context.",
                part=detail,
            ),
            "references": _("Its context names no cluster and user of the file."),
            "server": _("Its server has to be an https address."),
            "no_ca": _("It lacks certificate-authority-data."),
            "no_credentials": _("It lacks a token or a client certificate with key."),
            "unknown_key": _(
                "It contains %(part)s. Only plain credentials are accepted: nothing "
                "that runs a program, names a file or a proxy, or skips TLS.",
                part=detail,
            ),
        }
        return _(
            "The kubeconfig %(name)s of cluster %(cluster)s is refused. %(reason)s",
            name=self.kubeconfig,
            cluster=self.name,
            reason=reasons.get(error.code, str(error)),
        )
