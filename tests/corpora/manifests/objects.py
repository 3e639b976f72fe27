"""Objects that reach out of their namespace: name -> (rule, text)."""

from tests.corpora.manifests.build import HOST, config_map, document, ingress, service

HOSTILE = {
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
    "the provider's Secret": (
        "reserved_name",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: provider-smtp}\nstringData: {a: b}\n",
    ),
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
    "address of the cluster's choice": (
        "cluster_ip",
        service("{clusterIP: 10.96.0.10, ports: [{port: 53}]}"),
    ),
    "addresses of the cluster's choice": (
        "cluster_ip",
        service("{clusterIPs: [10.96.0.10], ports: [{port: 53}]}"),
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
    HOSTILE[f"kind {_kind}"] = ("kind", document(_kind, _version, ""))
