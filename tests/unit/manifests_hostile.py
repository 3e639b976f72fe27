"""Manifests that the gate refuses: name -> (rule, text). ``HEAD`` makes a text a document."""


def _document(
    kind: str, version: str, body: str, name: str = "x", metadata: str = ""
) -> str:
    extra = f"\n  {metadata}" if metadata else ""
    return (
        f"apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}{extra}\n{body}"
    )


def config_map(
    body: str = "data: {a: b}\n", name: str = "x", metadata: str = ""
) -> str:
    """Return a ConfigMap."""
    return _document("ConfigMap", "v1", body, name, metadata)


def service(spec: str) -> str:
    """Return a Service with a spec in flow style."""
    return _document("Service", "v1", f"spec: {spec}\n")


def ingress(spec: str, metadata: str = "") -> str:
    """Return an Ingress with a spec in flow style."""
    return _document(
        "Ingress", "networking.k8s.io/v1", f"spec: {spec}\n", metadata=metadata
    )


def deployment(pod: str, metadata: str = "") -> str:
    """Return a Deployment with a pod spec in flow style."""
    template = f"{{metadata: {{labels: {{a: b}}{metadata}}}, spec: {pod}}}"
    spec = f"spec: {{selector: {{matchLabels: {{a: b}}}}, template: {template}}}\n"
    return _document("Deployment", "apps/v1", spec)


def container(fields: str) -> str:
    """Return a Deployment whose container has further fields."""
    return deployment(f"{{containers: [{{name: c, image: i, {fields}}}]}}")


def volume(source: str) -> str:
    """Return a Deployment with one volume."""
    return deployment(
        f"{{containers: [{{name: c, image: i}}], volumes: [{{name: v, {source}}}]}}"
    )


def cron_job(pod: str) -> str:
    """Return a CronJob with a pod spec in flow style."""
    job = f"{{spec: {{template: {{spec: {pod}}}}}}}"
    return _document(
        "CronJob", "batch/v1", f'spec: {{schedule: "0 1 * * *", jobTemplate: {job}}}\n'
    )


HOST = "rules: [{host: acme.mint-cloud.test}]"
HOSTILE = {
    # The text itself: what two parsers could read differently, or what grows.
    "no yaml": ("yaml", "a: [1"),
    "tab": ("yaml", "a:\n\tb: 1"),
    "alias": ("alias", config_map("data: &d {a: b}\nbinaryData: *d\n")),
    "billion laughs": ("alias", "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n"),
    "python tag": ("tag", config_map("data: !!python/object/apply:os.system ['id']\n")),
    "tag": ("tag", config_map("data: !!str x\n")),
    "custom tag": ("tag", config_map("data: !vault x\n")),
    "merge key": ("merge_key", config_map("data: {<<: {a: b}}\n")),
    "duplicate namespace": (
        "duplicate_key",
        config_map(metadata="namespace: host-acme\n  namespace: kube-system"),
    ),
    "duplicate kind": ("duplicate_key", config_map() + "kind: Secret\n"),
    "number as key": ("key_type", config_map("data: {1: b}\n")),
    "bool as key": ("key_type", config_map("data: {on: b}\n")),
    "list as key": ("key_type", config_map("data: {[a]: b}\n")),
    "null as key": ("key_type", config_map("data: {~: b}\n")),
    "date": ("value_type", config_map("data: {a: 2024-01-01}\n")),
    "sexagesimal": ("value_type", config_map("data: {a: 1:30}\n")),
    "infinity": ("value_type", config_map("data: {a: .inf}\n")),
    "deep": ("depth", "[" * 200 + "]" * 200),
    "very deep": ("depth", "[" * 5000),
    "many values": ("nodes", "a: [" + "1, " * 60_000 + "1]"),
    "many documents": ("documents", "---\na: 1\n" * 200),
    # What kind of thing it is.
    "text": ("document", "just text"),
    "list document": ("document", "- a\n- b\n"),
    "no kind": ("kind", "apiVersion: v1\nmetadata: {name: x}\n"),
    "kind is a number": ("kind", "apiVersion: v1\nkind: 5\nmetadata: {name: x}\n"),
    "List": ("list", "apiVersion: v1\nkind: List\nitems: []\n"),
    "ConfigMapList": ("list", "apiVersion: v1\nkind: ConfigMapList\nitems: []\n"),
    "items": ("list", config_map("items: []\n")),
    "old version": ("kind", _document("Ingress", "extensions/v1beta1", "spec: {}\n")),
    "unknown field": ("field", config_map("status: {a: b}\n")),
    # Whose it is and what it is called.
    "foreign namespace": ("namespace", config_map(metadata="namespace: kube-system")),
    "no name": ("name", "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"),
    "no metadata": ("name", "apiVersion: v1\nkind: ConfigMap\n"),
    "name is a list": (
        "name",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [x]}\n",
    ),
    "path as name": ("name", config_map(name="../x")),
    "upper-case name": ("name", config_map(name="Web")),
    "reserved name": ("reserved_name", config_map(name="hosting-inventory")),
    "reserved prefix": ("reserved_name", config_map(name="hosting-x")),
    "generateName": ("metadata", config_map(metadata="generateName: x-")),
    "finalizers": ("metadata", config_map(metadata="finalizers: [a/b]")),
    "owner": ("metadata", config_map(metadata="ownerReferences: []")),
    "managed fields": ("metadata", config_map(metadata="managedFields: []")),
    "uid": ("metadata", config_map(metadata="uid: x")),
    "labels are a list": ("labels", config_map(metadata="labels: [a]")),
    "label is a number": ("labels", config_map(metadata="labels: {a: 1}")),
    "host label": (
        "reserved_label",
        config_map(metadata="labels: {hosting.mint-cloud.ch/host: other}"),
    ),
    "managed by": (
        "reserved_label",
        config_map(metadata="labels: {app.kubernetes.io/managed-by: Helm}"),
    ),
    "own annotation": (
        "reserved_label",
        config_map(metadata="annotations: {hosting.mint-cloud.ch/owner: me}"),
    ),
    # The network.
    "node port": ("service_type", service("{type: NodePort, ports: [{port: 80}]}")),
    "load balancer": ("service_type", service("{type: LoadBalancer}")),
    "external name": (
        "service_type",
        service("{type: ExternalName, externalName: a.b}"),
    ),
    "node port number": (
        "service_type",
        service("{ports: [{port: 80, nodePort: 30000}]}"),
    ),
    "external addresses": ("service_external", service("{externalIPs: [192.0.2.1]}")),
    "foreign host": (
        "ingress_host",
        ingress("{rules: [{host: other.mint-cloud.test}]}"),
    ),
    "wildcard host": (
        "ingress_host",
        ingress('{rules: [{host: "*.mint-cloud.test"}]}'),
    ),
    "no host": ("ingress_host", ingress("{rules: [{http: {paths: []}}]}")),
    "no rules": ("ingress_host", ingress("{}")),
    "foreign certificate": (
        "ingress_host",
        ingress(f"{{{HOST}, tls: [{{hosts: [a.b]}}]}}"),
    ),
    "default backend": (
        "default_backend",
        ingress(f"{{{HOST}, defaultBackend: {{service: {{name: x}}}}}}"),
    ),
    "foreign class": ("ingress_class", ingress(f"{{{HOST}, ingressClassName: other}}")),
    "resource backend": (
        "backend",
        ingress(
            "{rules: [{host: acme.mint-cloud.test, http: {paths: [{backend: {resource: {}}}]}}]}"
        ),
    ),
    "snippet": (
        "ingress_annotation",
        ingress(
            f"{{{HOST}}}",
            "annotations: {nginx.ingress.kubernetes.io/configuration-snippet: x}",
        ),
    ),
    "auth url": (
        "ingress_annotation",
        ingress(
            f"{{{HOST}}}", "annotations: {nginx.ingress.kubernetes.io/auth-url: x}"
        ),
    ),
    "middleware": (
        "ingress_annotation",
        ingress(
            f"{{{HOST}}}",
            "annotations: {traefik.ingress.kubernetes.io/router.middlewares: a-x@kubernetescrd}",
        ),
    ),
    # Credentials and volumes.
    "token secret": (
        "secret_type",
        _document("Secret", "v1", "type: kubernetes.io/service-account-token\n"),
    ),
    "bootstrap token": (
        "secret_type",
        _document("Secret", "v1", "type: bootstrap.kubernetes.io/token\n"),
    ),
    "claim of a volume": (
        "claim",
        _document("PersistentVolumeClaim", "v1", "spec: {volumeName: pv-of-others}\n"),
    ),
    "claim from a source": (
        "claim",
        _document("PersistentVolumeClaim", "v1", "spec: {dataSource: {name: x}}\n"),
    ),
    "claim template": (
        "claim",
        _document(
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
# Kinds that no tenant writes.
for _kind, _version in {
    "Namespace": "v1",
    "Node": "v1",
    "Pod": "v1",
    "ServiceAccount": "v1",
    "PersistentVolume": "v1",
    "ResourceQuota": "v1",
    "LimitRange": "v1",
    "DaemonSet": "apps/v1",
    "ReplicaSet": "apps/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "IngressClass": "networking.k8s.io/v1",
    "Role": "rbac.authorization.k8s.io/v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1",
    "ClusterRole": "rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding": "rbac.authorization.k8s.io/v1",
    "CustomResourceDefinition": "apiextensions.k8s.io/v1",
    "ValidatingWebhookConfiguration": "admissionregistration.k8s.io/v1",
    "MutatingWebhookConfiguration": "admissionregistration.k8s.io/v1",
    "APIService": "apiregistration.k8s.io/v1",
    "PriorityClass": "scheduling.k8s.io/v1",
    "StorageClass": "storage.k8s.io/v1",
    "Lease": "coordination.k8s.io/v1",
    "CertificateSigningRequest": "certificates.k8s.io/v1",
}.items():
    HOSTILE[f"kind {_kind}"] = ("kind", _document(_kind, _version, ""))
