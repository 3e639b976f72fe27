from . import (
    kubernetes_host_import,
    kubernetes_host_terminate,
    kubernetes_manifest_compare,
    kubernetes_manifest_preview,
)
