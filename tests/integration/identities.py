"""What a host's identities may do and may not: tables of requests."""

A, B = "host-identity-a", "host-identity-b"
BOOTSTRAPPER = ""
RBAC = "rbac.authorization.k8s.io"


def obj(kind, namespace=None, name="x", version="v1", metadata=None, **fields):
    """Return an object."""
    found = {"name": name} | (metadata or {})
    if namespace:
        found["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": found} | fields


def ingress(namespace, **spec):
    """Return an Ingress."""
    return obj("Ingress", namespace, version="networking.k8s.io/v1", spec=spec)


def rules(*hosts):
    """Return an Ingress's rules for some host names."""
    backend = {"service": {"name": "x", "port": {"number": 80}}}
    paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
    return [{"host": host, "http": {"paths": paths}} for host in hosts]


def binding(namespace, role, subject, kind="RoleBinding", role_kind="ClusterRole"):
    """Return a RoleBinding or ClusterRoleBinding."""
    reference = {"apiGroup": RBAC, "kind": role_kind, "name": role}
    return obj(
        kind, namespace, version=f"{RBAC}/v1", roleRef=reference, subjects=[subject]
    )


def account(namespace, name="hosting-deployer"):
    """Return a ServiceAccount as a subject."""
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def user(name="hosting-bootstrapper"):
    """Return a user as a subject."""
    return {"kind": "User", "apiGroup": RBAC, "name": name}


def space(name, **labels):
    """Return a Namespace with labels."""
    return obj("Namespace", name=name, metadata={"labels": labels})


SAFE = {"pod-security.kubernetes.io/enforce": "baseline"}
LOOSE = {"pod-security.kubernetes.io/enforce": "privileged"}
OWN = "identity-a.mint-cloud.test"
# name -> (who, object to create): the API server says no.
DENIED = {
    "ConfigMap in the neighbour's namespace": (A, obj("ConfigMap", B)),
    "Secret in the neighbour's namespace": (A, obj("Secret", B)),
    "ConfigMap in kube-system": (A, obj("ConfigMap", "kube-system")),
    "ConfigMap in default": (A, obj("ConfigMap", "default")),
    "Deployment in the provider's namespace": (
        A,
        obj("Deployment", "hosting-system", version="apps/v1", spec={}),
    ),
    "Namespace": (A, space("host-identity-c", **SAFE)),
    "Node": (A, obj("Node")),
    "PersistentVolume": (A, obj("PersistentVolume")),
    "StorageClass": (
        A,
        obj("StorageClass", version="storage.k8s.io/v1", provisioner="x"),
    ),
    "IngressClass": (A, obj("IngressClass", version="networking.k8s.io/v1")),
    "PriorityClass": (A, obj("PriorityClass", version="scheduling.k8s.io/v1", value=1)),
    "ClusterRole": (A, obj("ClusterRole", version=f"{RBAC}/v1", rules=[])),
    "ClusterRoleBinding": (
        A,
        binding(None, "cluster-admin", account(A), "ClusterRoleBinding"),
    ),
    "CustomResourceDefinition": (
        A,
        obj("CustomResourceDefinition", version="apiextensions.k8s.io/v1", spec={}),
    ),
    "Role": (A, obj("Role", A, version=f"{RBAC}/v1", rules=[])),
    "RoleBinding to itself": (A, binding(A, "cluster-admin", account(A))),
    "ServiceAccount": (A, obj("ServiceAccount", A)),
    "Pod": (A, obj("Pod", A, spec={"containers": [{"name": "c", "image": "i"}]})),
    "DaemonSet": (A, obj("DaemonSet", A, version="apps/v1", spec={})),
    "NetworkPolicy": (
        A,
        obj("NetworkPolicy", A, version="networking.k8s.io/v1", spec={}),
    ),
    "second ResourceQuota": (A, obj("ResourceQuota", A, spec={})),
    "LimitRange": (A, obj("LimitRange", A, spec={"limits": []})),
    "Endpoints": (A, obj("Endpoints", A)),
    "node port beyond the quota": (
        A,
        obj("Service", A, spec={"type": "NodePort", "ports": [{"port": 80}]}),
    ),
    "load balancer beyond the quota": (
        A,
        obj("Service", A, spec={"type": "LoadBalancer", "ports": [{"port": 80}]}),
    ),
    "claim beyond the quota": (
        A,
        obj(
            "PersistentVolumeClaim",
            A,
            spec={
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "9Ti"}},
            },
        ),
    ),
    "Ingress for the neighbour's host": (
        A,
        ingress(A, rules=rules("identity-b.mint-cloud.test")),
    ),
    "Ingress for both hosts": (
        A,
        ingress(A, rules=rules(OWN, "identity-b.mint-cloud.test")),
    ),
    "Ingress for every host": (A, ingress(A, rules=rules("*.mint-cloud.test"))),
    "Ingress without a host": (A, ingress(A, rules=[{"http": rules("")[0]["http"]}])),
    "Ingress with a default backend": (
        A,
        ingress(
            A,
            rules=rules(OWN),
            defaultBackend={"service": {"name": "x", "port": {"number": 80}}},
        ),
    ),
    "Ingress with the neighbour's certificate": (
        A,
        ingress(A, rules=rules(OWN), tls=[{"hosts": ["identity-b.mint-cloud.test"]}]),
    ),
    # The bootstrapper itself: no administrator.
    "bootstrapper: namespace of another name": (
        BOOTSTRAPPER,
        space("identity-c", **SAFE),
    ),
    "bootstrapper: namespace without pod security": (
        BOOTSTRAPPER,
        space("host-identity-c"),
    ),
    "bootstrapper: privileged namespace": (
        BOOTSTRAPPER,
        space("host-identity-c", **LOOSE),
    ),
    "bootstrapper: RoleBinding in kube-system": (
        BOOTSTRAPPER,
        binding("kube-system", "hosting-deployer", user()),
    ),
    "bootstrapper: RoleBinding to the deployer's role for itself": (
        BOOTSTRAPPER,
        binding(A, "hosting-deployer", user()),
    ),
    "bootstrapper: RoleBinding to admin": (
        BOOTSTRAPPER,
        binding(A, "admin", account(A)),
    ),
    "bootstrapper: RoleBinding of the neighbour": (
        BOOTSTRAPPER,
        binding(A, "hosting-deployer", account(B)),
    ),
    "bootstrapper: RoleBinding of another account": (
        BOOTSTRAPPER,
        binding(A, "hosting-deployer", account(A, "default")),
    ),
    "bootstrapper: impersonator for somebody else": (
        BOOTSTRAPPER,
        binding(A, "hosting-impersonator", user("somebody")),
    ),
    "bootstrapper: ClusterRoleBinding": (
        BOOTSTRAPPER,
        binding(None, "hosting-impersonator", user(), "ClusterRoleBinding"),
    ),
    "bootstrapper: Role": (
        BOOTSTRAPPER,
        obj("Role", A, version=f"{RBAC}/v1", rules=[]),
    ),
    "bootstrapper: Secret": (BOOTSTRAPPER, obj("Secret", A)),
    "bootstrapper: ConfigMap": (BOOTSTRAPPER, obj("ConfigMap", A)),
    "bootstrapper: Deployment": (
        BOOTSTRAPPER,
        obj("Deployment", A, version="apps/v1", spec={}),
    ),
    "bootstrapper: ServiceAccount in kube-system": (
        BOOTSTRAPPER,
        obj("ServiceAccount", "kube-system"),
    ),
    "bootstrapper: quota in default": (
        BOOTSTRAPPER,
        obj("ResourceQuota", "default", spec={}),
    ),
    "bootstrapper: NetworkPolicy in the provider's namespace": (
        BOOTSTRAPPER,
        obj("NetworkPolicy", "hosting-system", version="networking.k8s.io/v1", spec={}),
    ),
}
ALLOWED = {
    "ConfigMap": (A, obj("ConfigMap", A, data={"a": "b"})),
    "Secret": (A, obj("Secret", A)),
    "Service": (A, obj("Service", A, spec={"ports": [{"port": 80}]})),
    "Ingress of its own host": (A, ingress(A, rules=rules(OWN))),
    "Ingress with its own certificate": (
        A,
        ingress(A, rules=rules(OWN), tls=[{"hosts": [OWN], "secretName": "x"}]),
    ),
    "the neighbour in its own namespace": (B, obj("ConfigMap", B)),
    "bootstrapper: namespace of a host": (
        BOOTSTRAPPER,
        space("host-identity-c", **SAFE),
    ),
    "bootstrapper: restricted namespace": (
        BOOTSTRAPPER,
        space(
            "host-identity-c", **{"pod-security.kubernetes.io/enforce": "restricted"}
        ),
    ),
    "bootstrapper: NetworkPolicy of a host": (
        BOOTSTRAPPER,
        obj(
            "NetworkPolicy", A, version="networking.k8s.io/v1", spec={"podSelector": {}}
        ),
    ),
    "bootstrapper: RoleBinding of a host's deployer": (
        BOOTSTRAPPER,
        binding(A, "hosting-deployer", account(A)),
    ),
}
