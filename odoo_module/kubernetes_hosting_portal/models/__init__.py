from . import kubernetes_host, kubernetes_project, kubernetes_run
