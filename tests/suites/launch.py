"""Runs Odoo's tests in a database that has all addons: ``launch.py server -d …``.

Odoo runs a module's at-install tests while it loads that module, before any that
depends on it: our addons would not be there yet. Here all tests run at the end.

Browsers get more time than Odoo gives them: other rings run at the same time.
"""

from odoo.tests import common, loader

PATIENCE = 3

_make_suite = loader.make_suite


def _make_whole_suite(module_names, position="at_install"):
    if position == "at_install":
        return _make_suite([], position)
    return _make_suite(module_names, "at_install,post_install")


_browser_js = common.HttpCase.browser_js


def _patient_browser_js(self, *arguments, timeout=60, **named):
    return _browser_js(self, *arguments, timeout=timeout * PATIENCE, **named)


def main():
    """Hand over to Odoo's command line."""
    from odoo.cli import main as odoo_main

    common.HttpCase.browser_js = _patient_browser_js
    loader.make_suite = _make_whole_suite
    odoo_main()


if __name__ == "__main__":
    main()
