# First what is inherited: a model finds only what is registered already.
from . import kubernetes_mixins

# isort: split
from . import (
    kubernetes_cluster_credentials,
    kubernetes_cluster_pause,
    kubernetes_host_actions,
    kubernetes_host_attention,
    kubernetes_host_backup,
    kubernetes_host_buttons,
    kubernetes_host_checks,
    kubernetes_host_compare,
    kubernetes_host_decisions,
    kubernetes_host_import,
    kubernetes_host_lifecycle,
    kubernetes_host_notify,
    kubernetes_host_progress,
    kubernetes_host_reset,
    kubernetes_host_result,
    kubernetes_host_summary,
    kubernetes_host_vars,
    kubernetes_live_mixin,
    kubernetes_manifest_fetch,
    kubernetes_manifest_promotion,
    kubernetes_manifest_review,
    kubernetes_parameter,
    kubernetes_project_name,
    kubernetes_run_actions,
    kubernetes_run_again,
    kubernetes_run_cleanup,
    kubernetes_run_launch,
    kubernetes_run_progress,
    kubernetes_run_watch,
)

# isort: split
from . import (
    ir_websocket,
    kubernetes_backup,
    kubernetes_cluster,
    kubernetes_dashboard,
    kubernetes_host,
    kubernetes_host_manifest,
    kubernetes_manifest,
    kubernetes_manifest_version,
    kubernetes_project,
    kubernetes_reserved_name,
    kubernetes_run,
    kubernetes_run_line,
    kubernetes_settings,
    kubernetes_update_schedule,
    res_config_settings,
)
