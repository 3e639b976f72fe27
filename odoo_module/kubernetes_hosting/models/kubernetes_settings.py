import configparser
import sys
from pathlib import Path
from typing import NamedTuple

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import config

from ..tools import webhook

SECTION = "kubernetes_hosting"


class Settings(NamedTuple):
    """The ``[kubernetes_hosting]`` section of odoo.conf.

    ``project_dir`` is the checkout with the playbooks, ``python`` the interpreter
    of the environment that has ansible-runner.
    """

    project_dir: Path
    run_root: Path
    kubeconfig_dir: Path
    python: str


class KubernetesSettings(models.AbstractModel):
    """Reads what the machine's administrator sets: directories, never in the database.

    A database that is copied to another machine must not point at paths there.
    """

    _name = "kubernetes.settings"
    _description = "Kubernetes Settings"

    def _read(self):
        """Return the settings.

        :rtype: Settings
        :raise UserError: a setting is missing, or the checkout is not there
        """
        section = self._read_section()
        settings = Settings(
            project_dir=self._path(section, "project_dir"),
            run_root=self._path(section, "run_root"),
            kubeconfig_dir=self._path(section, "kubeconfig_dir"),
            python=section.get("python") or sys.executable,
        )
        if not (settings.project_dir / "playbooks").is_dir():
            raise UserError(
                self.env._(
                    "No playbooks found: project_dir in section [%(section)s] of "
                    "odoo.conf has to name the checkout that holds playbooks/.",
                    section=SECTION,
                )
            )
        return settings

    def _read_webhook_networks(self):
        """Return the networks that a webhook may reach though they are no public ones.

        :raise UserError: odoo.conf names something else than networks
        """
        text = self._read_section().get("webhook_networks") or ""
        try:
            return webhook.networks(text)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "webhook_networks in section [%(section)s] of odoo.conf has to list "
                    "networks, for example 10.0.0.0/8: %(error)s",
                    section=SECTION,
                    error=error,
                )
            ) from error

    def _read_section(self):
        # Odoo 19 keeps no unknown sections; queue_job reads its own the same way.
        parser = configparser.ConfigParser(interpolation=None)
        if config.get("config"):
            parser.read(config["config"])
        return dict(parser[SECTION]) if parser.has_section(SECTION) else {}

    def _path(self, section, key):
        if not section.get(key):
            raise UserError(
                self.env._(
                    "The setting %(key)s is missing: add it to section [%(section)s] "
                    "of odoo.conf and restart Odoo.",
                    key=key,
                    section=SECTION,
                )
            )
        return Path(section[key]).expanduser()
