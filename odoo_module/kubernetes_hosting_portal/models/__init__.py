# First what is inherited: a model finds only what is registered already.
from . import kubernetes_host_backup, kubernetes_host_portal, kubernetes_host_reset

# isort: split
from . import kubernetes_host, kubernetes_project, kubernetes_run
