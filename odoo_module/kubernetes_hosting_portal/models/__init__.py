# First what the others extend.
from . import kubernetes_host_portal, kubernetes_run

# isort: split
from . import (
    kubernetes_host,
    kubernetes_host_backup,
    kubernetes_host_reset,
    kubernetes_project,
)
