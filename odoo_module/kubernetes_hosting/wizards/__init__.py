from . import kubernetes_host_terminate
