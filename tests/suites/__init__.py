"""Odoo's own suites of what our addons extend, run with our addons installed."""
