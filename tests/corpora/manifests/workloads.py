"""Credentials, volumes and pods that ask for too much: name -> (rule, text)."""

from tests.corpora.manifests.build import (
    container,
    cron_job,
    deployment,
    document,
    volume,
)

HOSTILE = {
    "tolerates every taint": (
        "toleration",
        deployment("{tolerations: [{operator: Exists}]}"),
    ),
    "tolerates the control plane": (
        "toleration",
        deployment(
            "{tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]}"
        ),
    ),
    # Credentials and volumes.
    "token secret": (
        "secret_type",
        document("Secret", "v1", "type: kubernetes.io/service-account-token\n"),
    ),
    "bootstrap token": (
        "secret_type",
        document("Secret", "v1", "type: bootstrap.kubernetes.io/token\n"),
    ),
    "claim of a volume": (
        "claim",
        document("PersistentVolumeClaim", "v1", "spec: {volumeName: pv-of-others}\n"),
    ),
    "claim from a source": (
        "claim",
        document("PersistentVolumeClaim", "v1", "spec: {dataSource: {name: x}}\n"),
    ),
    "claim template": (
        "claim",
        document(
            "StatefulSet",
            "apps/v1",
            "spec: {volumeClaimTemplates: [{spec: {volumeName: pv-of-others}}]}\n",
        ),
    ),
    # Pods.
    "host network": ("pod_field", deployment("{hostNetwork: true}")),
    "host pid": ("pod_field", deployment("{hostPID: true}")),
    "host ipc": ("pod_field", deployment("{hostIPC: true}")),
    "host users": ("pod_field", deployment("{hostUsers: true}")),
    "node name": ("pod_field", deployment("{nodeName: master}")),
    "priority": ("pod_field", deployment("{priorityClassName: system-node-critical}")),
    "runtime class": ("pod_field", deployment("{runtimeClassName: x}")),
    "scheduler": ("pod_field", deployment("{schedulerName: x}")),
    "old account field": (
        "pod_field",
        deployment("{serviceAccount: hosting-deployer}"),
    ),
    "ephemeral container": ("pod_field", deployment("{ephemeralContainers: []}")),
    "account": (
        "service_account",
        deployment("{serviceAccountName: hosting-deployer}"),
    ),
    "token": ("service_account", deployment("{automountServiceAccountToken: true}")),
    "sysctl": ("security_context", deployment("{securityContext: {sysctls: []}}")),
    "selinux": (
        "security_context",
        deployment("{securityContext: {seLinuxOptions: {}}}"),
    ),
    "windows": (
        "security_context",
        deployment("{securityContext: {windowsOptions: {}}}"),
    ),
    "unconfined": (
        "seccomp",
        deployment("{securityContext: {seccompProfile: {type: Unconfined}}}"),
    ),
    "apparmor": (
        "pod_annotation",
        deployment(
            "{}",
            ", annotations: {container.apparmor.security.beta.kubernetes.io/c: unconfined}",
        ),
    ),
    "root pod": ("root", deployment("{securityContext: {runAsUser: 0}}")),
    "host path": ("volume", volume("hostPath: {path: /}")),
    "nfs": ("volume", volume("nfs: {server: a, path: /}")),
    "csi": ("volume", volume("csi: {driver: x}")),
    "git": ("volume", volume("gitRepo: {repository: x}")),
    "token volume": (
        "volume",
        volume("projected: {sources: [{serviceAccountToken: {path: t}}]}"),
    ),
    "ephemeral volume": (
        "claim",
        volume("ephemeral: {volumeClaimTemplate: {spec: {volumeName: x}}}"),
    ),
    "privileged": ("privileged", container("securityContext: {privileged: true}")),
    "escalation": (
        "privileged",
        container("securityContext: {allowPrivilegeEscalation: true}"),
    ),
    "capability": (
        "capability",
        container("securityContext: {capabilities: {add: [SYS_ADMIN]}}"),
    ),
    "all capabilities": (
        "capability",
        container("securityContext: {capabilities: {add: [ALL]}}"),
    ),
    "odd capability": (
        "capability",
        container("securityContext: {capabilities: {add: [{}]}}"),
    ),
    "proc mount": (
        "security_context",
        container("securityContext: {procMount: Unmasked}"),
    ),
    "root": ("root", container("securityContext: {runAsUser: 0}")),
    "root group": ("root", container("securityContext: {runAsGroup: 0}")),
    "host port": ("host_port", container("ports: [{containerPort: 80, hostPort: 80}]")),
    "devices": ("container_field", container("volumeDevices: []")),
    "propagation": (
        "mount_propagation",
        container(
            "volumeMounts: [{name: v, mountPath: /, mountPropagation: Bidirectional}]"
        ),
    ),
    "probe of others": (
        "probe_host",
        container("livenessProbe: {httpGet: {host: 169.254.169.254, port: 80}}"),
    ),
    "hook to others": (
        "probe_host",
        container("lifecycle: {postStart: {tcpSocket: {host: 10.0.0.1, port: 22}}}"),
    ),
    "init container": (
        "privileged",
        deployment(
            "{initContainers: [{name: i, securityContext: {privileged: true}}]}"
        ),
    ),
    "cron job": ("pod_field", cron_job("{hostNetwork: true}")),
    "cron job's container": (
        "privileged",
        cron_job("{containers: [{name: c, securityContext: {privileged: true}}]}"),
    ),
}
