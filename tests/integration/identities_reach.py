"""What a host's identities may not read, delete, open or become: tables of requests."""

from tests.integration.identities import BOOTSTRAPPER, RBAC, A, B

# name -> (who, method, path): reading, changing and deleting what stands there.
UNREACHABLE = {
    "read the neighbour's Secrets": (A, "GET", f"/api/v1/namespaces/{B}/secrets"),
    "read all Secrets": (A, "GET", "/api/v1/secrets"),
    "read kube-system's Secrets": (A, "GET", "/api/v1/namespaces/kube-system/secrets"),
    "list namespaces": (A, "GET", "/api/v1/namespaces"),
    "list nodes": (A, "GET", "/api/v1/nodes"),
    "list its RoleBindings": (
        A,
        "GET",
        f"/apis/{RBAC}/v1/namespaces/{A}/rolebindings",
    ),
    "delete its quota": (
        A,
        "DELETE",
        f"/api/v1/namespaces/{A}/resourcequotas/hosting-quota",
    ),
    "delete its policies": (
        A,
        "DELETE",
        f"/apis/networking.k8s.io/v1/namespaces/{A}/networkpolicies",
    ),
    "delete its namespace": (A, "DELETE", f"/api/v1/namespaces/{A}"),
    "delete the neighbour's namespace": (A, "DELETE", f"/api/v1/namespaces/{B}"),
    "open a shell": (A, "POST", f"/api/v1/namespaces/{A}/pods/x/exec"),
    "proxy to a node": (A, "GET", "/api/v1/nodes/lab-test/proxy/pods"),
    "ask for a token": (
        A,
        "POST",
        f"/api/v1/namespaces/{A}/serviceaccounts/default/token",
    ),
    "bootstrapper: read all Secrets": (BOOTSTRAPPER, "GET", "/api/v1/secrets"),
    "bootstrapper: list the provider's Secrets": (
        BOOTSTRAPPER,
        "GET",
        "/api/v1/namespaces/hosting-system/secrets",
    ),
    "bootstrapper: another Secret of the provider": (
        BOOTSTRAPPER,
        "GET",
        "/api/v1/namespaces/hosting-system/secrets/other",
    ),
    "bootstrapper: a name of the provider's elsewhere": (
        BOOTSTRAPPER,
        "GET",
        f"/api/v1/namespaces/{A}/secrets/provider-smtp",
    ),
    "bootstrapper: delete the provider's Secret": (
        BOOTSTRAPPER,
        "DELETE",
        "/api/v1/namespaces/hosting-system/secrets/provider-smtp",
    ),
    "deployer: read the provider's Secret": (
        A,
        "GET",
        "/api/v1/namespaces/hosting-system/secrets/provider-smtp",
    ),
    "bootstrapper: read a host's Secrets": (
        BOOTSTRAPPER,
        "GET",
        f"/api/v1/namespaces/{A}/secrets",
    ),
    "bootstrapper: list pods": (BOOTSTRAPPER, "GET", "/api/v1/pods"),
    "bootstrapper: delete kube-system": (
        BOOTSTRAPPER,
        "DELETE",
        "/api/v1/namespaces/kube-system",
    ),
    "bootstrapper: delete the provider's namespace": (
        BOOTSTRAPPER,
        "DELETE",
        "/api/v1/namespaces/hosting-system",
    ),
    "bootstrapper: ask for a token": (
        BOOTSTRAPPER,
        "POST",
        f"/api/v1/namespaces/{A}/serviceaccounts/hosting-deployer/token",
    ),
}
# Who the bootstrapper must not become.
STRANGERS = [
    "system:serviceaccount:kube-system:hosting-deployer",
    "system:serviceaccount:default:hosting-deployer",
    "system:serviceaccount:hosting-system:hosting-deployer",
    "system:serviceaccount:kube-system:namespace-controller",
    "system:serviceaccount:kube-system:default",
    f"system:serviceaccount:{A}:default",
    "system:admin",
    "system:kube-controller-manager",
    "admin",
]
