"""Rules of single kinds. Each check yields ``(rule, path, message, hint)``."""

from ansible.module_utils.host_manifests import pods
from ansible.module_utils.host_manifests.pods import as_dict, as_list

SECRET_TYPES = {
    "kubernetes.io/service-account-token": "a token of the API server",
    "bootstrap.kubernetes.io/token": "a token that adds nodes",
}
HEALTH_PATH = "hosting.mint-cloud.ch/health-path"


def check_service(obj, policy):
    """A Service is reached inside its namespace; the way in is an Ingress."""
    spec = as_dict(obj.get("spec"))
    if spec.get("type") not in (None, "ClusterIP"):
        hint = "Leave type out and publish the Service by an Ingress."
        yield "service_type", "spec.type", f"type {spec['type']} is not accepted", hint
    for key in ("externalIPs", "externalName", "loadBalancerIP", "loadBalancerClass"):
        if spec.get(key):
            yield (
                "service_external",
                f"spec.{key}",
                f"{key} is not accepted",
                "Use an Ingress.",
            )
    for key in ("clusterIP", "clusterIPs"):
        if spec.get(key) not in (None, "", "None", ["None"]):
            hint = "Leave it out: the cluster gives an address; use the Service's name."
            yield "cluster_ip", f"spec.{key}", f"{spec[key]} is not accepted", hint
    for index, port in enumerate(as_list(spec.get("ports"))):
        if port.get("nodePort"):
            yield (
                "service_type",
                f"spec.ports[{index}].nodePort",
                "nodePort is not accepted",
                "Use an Ingress.",
            )


def check_secret(obj, policy):
    """A Secret holds the host's own data, no credential of the cluster."""
    kind = str(obj.get("type"))
    if kind in SECRET_TYPES:
        yield "secret_type", "type", f"{kind} is {SECRET_TYPES[kind]}", ""


def check_claim(obj, policy):
    """A claim gets its volume from the storage class."""
    yield from pods.check_claim("spec", as_dict(obj.get("spec")))


def check_stateful_set(obj, policy):
    """A StatefulSet's claims follow the rules of claims."""
    claims = as_list(as_dict(obj.get("spec")).get("volumeClaimTemplates"))
    for index, claim in enumerate(claims):
        path = f"spec.volumeClaimTemplates[{index}]"
        yield from pods.check_inner(path, claim)
        yield from pods.check_claim(f"{path}.spec", as_dict(claim.get("spec")))


def check_cron_job(obj, policy):
    """What a CronJob's Jobs inherit follows the rules of metadata."""
    template = as_dict(as_dict(obj.get("spec")).get("jobTemplate"))
    yield from pods.check_inner("spec.jobTemplate", template)


def check_ingress(obj, policy):
    """An Ingress claims the host's own names, with plain Service backends."""
    spec = as_dict(obj.get("spec"))
    yield from check_ingress_class(spec, policy)
    if spec.get("defaultBackend"):
        hint = "Write a rule with a host."
        yield (
            "default_backend",
            "spec.defaultBackend",
            "a default backend takes every name",
            hint,
        )
    if not as_list(spec.get("rules")):
        hint = f"Write a rule with host {policy['hosts'][0]}."
        yield (
            "ingress_host",
            "spec.rules",
            "an Ingress without rules takes every name",
            hint,
        )
    for index, rule in enumerate(as_list(spec.get("rules"))):
        yield from check_host(f"spec.rules[{index}].host", rule.get("host"), policy)
        for number, path in enumerate(as_list(as_dict(rule.get("http")).get("paths"))):
            if "resource" in as_dict(path.get("backend")):
                place = f"spec.rules[{index}].http.paths[{number}].backend.resource"
                yield "backend", place, "only Services are accepted as backends", ""
    for index, tls in enumerate(as_list(spec.get("tls"))):
        names = tls.get("hosts")
        for host in names if isinstance(names, list) else []:
            yield from check_host(f"spec.tls[{index}].hosts", host, policy)
    yield from check_ingress_annotations(obj, policy)


def check_ingress_class(spec, policy):
    """The class is the cluster's."""
    expected = policy["ingress_class"]
    if spec.get("ingressClassName") not in (None, expected):
        hint = (
            f"Use {{{{ hosting_cluster.ingress_class }}}} ({expected}) or leave it out."
        )
        yield (
            "ingress_class",
            "spec.ingressClassName",
            f"{spec['ingressClassName']} is not this cluster's",
            hint,
        )


def check_host(path, host, policy):
    """A host name is one of the host's own."""
    if host not in policy["hosts"]:
        message = (
            f"{host!r} is no name of this host"
            if host
            else "a rule without host takes every name"
        )
        hint = f"Use {{{{ hosting_host }}}} ({', '.join(policy['hosts'])})."
        yield "ingress_host", path, message, hint


def check_ingress_annotations(obj, policy):
    """Annotations configure the shared controller: only known ones."""
    annotations = as_dict(as_dict(obj.get("metadata")).get("annotations"))
    for key in sorted(annotations):
        if key != HEALTH_PATH and key not in policy["ingress_annotations"]:
            hint = (
                "The administrator may allow it (host_manifests_ingress_annotations)."
            )
            yield (
                "ingress_annotation",
                "metadata.annotations",
                f"{key} is not accepted",
                hint,
            )


CHECKS = {
    "Service": check_service,
    "Secret": check_secret,
    "PersistentVolumeClaim": check_claim,
    "StatefulSet": check_stateful_set,
    "CronJob": check_cron_job,
    "Ingress": check_ingress,
}
# The order of writing: what others need comes first, what opens the door last.
ORDER = (
    "ConfigMap Secret PersistentVolumeClaim Service Deployment StatefulSet Job CronJob "
    "HorizontalPodAutoscaler PodDisruptionBudget"
).split()
REPLACEMENTS = {
    "Namespace": "host_namespace makes the host's namespace.",
    "NetworkPolicy": "host_namespace makes the host's network policies.",
    "ResourceQuota": "The quota comes from hosting_quota.",
    "LimitRange": "host_namespace makes the host's limits.",
    "ServiceAccount": "Tenants' pods don't talk to the API server.",
    "Role": "Tenants' pods don't talk to the API server.",
    "RoleBinding": "Tenants' pods don't talk to the API server.",
    "ClusterRole": "Not for tenants.",
    "ClusterRoleBinding": "Not for tenants.",
    "PersistentVolume": "Use a PersistentVolumeClaim.",
    "Pod": "Use a Deployment or a Job.",
    "ReplicaSet": "Use a Deployment.",
    "DaemonSet": "Use a Deployment.",
}
