from . import kubernetes_hosting
