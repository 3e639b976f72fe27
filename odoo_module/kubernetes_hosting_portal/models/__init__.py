from . import (
    kubernetes_host,
    kubernetes_host_portal,
    kubernetes_project,
    kubernetes_run,
)
