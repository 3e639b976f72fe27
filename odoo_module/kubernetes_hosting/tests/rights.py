"""Who may call what over RPC: the one table behind the README's and the tests.

For each model its public methods, and the smallest group that may call each:
``user``, ``operator`` or ``administrator`` (each includes the one before). Portal
users, the public and other companies' administrators may call none. A public method
that is missing here fails the tests; each addon has a table of its own.
"""

USER = "user"
OPERATOR = "operator"
ADMINISTRATOR = "administrator"

# Models whose methods start from no record of a company: another company's people
# call them, too, and meet their own records alone.
WITHOUT_RECORD = frozenset({"kubernetes.dashboard", "kubernetes.host.import"})

METHODS = {
    "kubernetes.cluster": {
        "action_check_connection": ADMINISTRATOR,
        "action_view_hosts": USER,
        "action_view_runs": USER,
    },
    "kubernetes.manifest": {
        "action_fetch": ADMINISTRATOR,
        "action_check": ADMINISTRATOR,
        "action_approve": ADMINISTRATOR,
        "action_preview": OPERATOR,
        "action_compare": USER,
        "action_view_hosts": USER,
        "action_view_stale_hosts": USER,
    },
    "kubernetes.manifest.preview": {"action_preview": OPERATOR},
    "kubernetes.manifest.version": {
        "action_approve": ADMINISTRATOR,
        "action_make_current": ADMINISTRATOR,
        "action_preview": OPERATOR,
    },
    "kubernetes.project": {
        "action_create_hosts": OPERATOR,
        "action_view_hosts": USER,
    },
    "kubernetes.host": {
        "action_check_status": USER,
        "action_preview": USER,
        "action_export_yaml": USER,
        "action_export_zip": USER,
        "action_import_yaml": OPERATOR,
        "action_view_runs": USER,
        "action_view_log": USER,
        "action_view_sibling": USER,
        "action_view_project": USER,
        "action_apply": OPERATOR,
        "action_update": OPERATOR,
        "action_suspend": OPERATOR,
        "action_resume": OPERATOR,
        "action_cancel_run": OPERATOR,
        "action_reset": OPERATOR,
        "action_undo_reset": OPERATOR,
        "action_backup": OPERATOR,
        "action_overwrite_text": OPERATOR,
        "action_adopt_text": ADMINISTRATOR,
        "action_adopt_namespace": ADMINISTRATOR,
        "action_force_fields": ADMINISTRATOR,
        "action_terminate": ADMINISTRATOR,
    },
    "kubernetes.backup": {
        "action_restore_into_staging": OPERATOR,
        "action_download": ADMINISTRATOR,
        "take_download": ADMINISTRATOR,
    },
    "kubernetes.dashboard": {"get_data": USER},
    "kubernetes.host.import": {
        "action_read": OPERATOR,
        "action_import": OPERATOR,
        "action_back": OPERATOR,
    },
    "kubernetes.host.terminate": {"action_terminate": ADMINISTRATOR},
    "kubernetes.update.schedule": {"action_view_hosts": USER},
    "kubernetes.run": {
        "action_open": USER,
        "action_cancel": OPERATOR,
        "action_run_again": OPERATOR,
        "action_run_failed": OPERATOR,
        "read_log": OPERATOR,
    },
    "kubernetes.run.line": {"action_open_host": USER},
}
