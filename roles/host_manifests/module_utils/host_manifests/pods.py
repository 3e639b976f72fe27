"""What a pod of a manifest may ask for: an allow-list at each level.

Fields that a future Kubernetes adds are refused until somebody has thought about them.
Each check yields ``(rule, path, message, hint)``.
"""

POD_FIELDS = set(
    "activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig "
    "dnsPolicy enableServiceLinks hostAliases hostname imagePullSecrets initContainers "
    "nodeSelector restartPolicy securityContext serviceAccountName setHostnameAsFQDN "
    "shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations "
    "topologySpreadConstraints volumes".split()
)
POD_HINTS = {
    "hostNetwork": "Publish the port by a Service and an Ingress.",
    "hostPID": "A tenant shares nothing with its node.",
    "hostIPC": "A tenant shares nothing with its node.",
    "nodeName": "Use nodeSelector or affinity.",
    "serviceAccount": "Tenants' pods don't talk to the API server.",
}
CONTAINER_FIELDS = set(
    "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports "
    "readinessProbe resizePolicy resources restartPolicy securityContext startupProbe "
    "stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeMounts "
    "workingDir".split()
)
VOLUME_SOURCES = set(
    "configMap downwardAPI emptyDir ephemeral persistentVolumeClaim projected secret".split()
)
VOLUME_HINTS = {
    "hostPath": "Use a PersistentVolumeClaim.",
    "nfs": "Use a PersistentVolumeClaim.",
    "csi": "Use a PersistentVolumeClaim.",
    "local": "Use a PersistentVolumeClaim.",
}
PROJECTED_SOURCES = {"configMap", "downwardAPI", "secret"}
POD_SECURITY = set(
    "fsGroup fsGroupChangePolicy runAsGroup runAsNonRoot runAsUser seccompProfile "
    "supplementalGroups supplementalGroupsPolicy".split()
)
CONTAINER_SECURITY = set(
    "allowPrivilegeEscalation capabilities privileged readOnlyRootFilesystem runAsGroup "
    "runAsNonRoot runAsUser seccompProfile".split()
)
CAPABILITIES = {"NET_BIND_SERVICE"}
INNER_METADATA = {"name", "labels", "annotations"}
# Annotations by which controllers of a cluster reach beyond the namespace: DNS names,
# copies of Secrets, further networks.
STEERING = (
    "external-dns.alpha.kubernetes.io/",
    "k8s.v1.cni.cncf.io/",
    "reflector.v1.k8s.emberstack.com/",
    "replicator.v1.mittwald.de/",
    "v1.multus-cni.io/",
)
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
WORKLOADS = {"Deployment", "StatefulSet", "Job", "CronJob"}


def template_of(obj):
    """Return path and pod template of a workload, or ``("", None)``."""
    if obj["kind"] not in WORKLOADS:
        return "", None
    if obj["kind"] == "CronJob":
        path = "spec.jobTemplate.spec.template"
    else:
        path = "spec.template"
    node = obj
    for key in path.split("."):
        node = as_dict(node.get(key))
    return path, node


def as_dict(value):
    """Return a dict whatever the manifest wrote there; the API server tells wrong types."""
    return value if isinstance(value, dict) else {}


def as_list(value):
    """Return the dicts of a list whatever the manifest wrote there."""
    return [as_dict(item) for item in value] if isinstance(value, list) else []


def check_inner(path, owner):
    """Yield the findings of metadata that a controller copies to what it makes.

    A finalizer there would keep the namespace from ending.
    """
    metadata = as_dict(owner.get("metadata"))
    for key in sorted(set(metadata) - INNER_METADATA):
        yield "metadata", f"{path}.metadata.{key}", f"{key} is not accepted", ""
    yield from check_steering(f"{path}.metadata", metadata)


def check_steering(path, metadata):
    """Yield annotations that would steer the cluster's own controllers."""
    for key in as_dict(metadata.get("annotations")):
        if key.startswith(STEERING):
            hint = "Leave it out: it reaches beyond the host's namespace."
            yield "annotation", f"{path}.annotations", f"{key} is not accepted", hint


def check_template(path, template, policy):
    """Yield what a pod template asks for and does not get."""
    yield from check_inner(path, template)
    annotations = as_dict(as_dict(template.get("metadata")).get("annotations"))
    for key in annotations:
        if "apparmor" in key or "seccomp" in key:
            yield (
                "pod_annotation",
                f"{path}.metadata.annotations",
                f"{key} is not accepted",
                "",
            )
    yield from check_spec(f"{path}.spec", as_dict(template.get("spec")), policy)


def check_spec(path, spec, policy):
    """Yield the findings of one pod spec."""
    for key in sorted(set(spec) - POD_FIELDS):
        yield (
            "pod_field",
            f"{path}.{key}",
            f"{key} is not accepted",
            POD_HINTS.get(key, ""),
        )
    if spec.get("serviceAccountName") not in (None, "default"):
        hint = POD_HINTS["serviceAccount"]
        yield (
            "service_account",
            f"{path}.serviceAccountName",
            "only default is accepted",
            hint,
        )
    if spec.get("automountServiceAccountToken"):
        hint = POD_HINTS["serviceAccount"]
        yield (
            "service_account",
            f"{path}.automountServiceAccountToken",
            "must be false",
            hint,
        )
    for index, row in enumerate(as_list(spec.get("tolerations"))):
        key = str(row.get("key") or "")
        if not key or "kubernetes.io/" in key:
            hint = "Tolerate the taint of nodes that are set aside for tenants, by its key."
            place = f"{path}.tolerations[{index}].key"
            yield "toleration", place, f"{key or 'every taint'} is not accepted", hint
    yield from check_security(path, spec, POD_SECURITY, policy)
    for index, volume in enumerate(as_list(spec.get("volumes"))):
        yield from check_volume(f"{path}.volumes[{index}]", volume)
    for group in ("initContainers", "containers"):
        for index, container in enumerate(as_list(spec.get(group))):
            yield from check_container(f"{path}.{group}[{index}]", container, policy)


def check_volume(path, volume):
    """Yield the findings of one volume."""
    for source in sorted(set(volume) - {"name"} - VOLUME_SOURCES):
        hint = VOLUME_HINTS.get(
            source, "Use a claim, a ConfigMap, a Secret or emptyDir."
        )
        yield (
            "volume",
            f"{path}.{source}",
            f"volumes of type {source} are not accepted",
            hint,
        )
    for index, source in enumerate(
        as_list(as_dict(volume.get("projected")).get("sources"))
    ):
        for key in sorted(set(source) - PROJECTED_SOURCES):
            place = f"{path}.projected.sources[{index}].{key}"
            yield "volume", place, f"{key} is not accepted in a projected volume", ""
    template = as_dict(as_dict(volume.get("ephemeral")).get("volumeClaimTemplate"))
    yield from check_inner(f"{path}.ephemeral.volumeClaimTemplate", template)
    yield from check_claim(
        f"{path}.ephemeral.volumeClaimTemplate.spec", as_dict(template.get("spec"))
    )


def check_claim(path, spec):
    """Yield the findings of a volume claim's spec."""
    for key in ("volumeName", "dataSource", "dataSourceRef", "selector"):
        if spec.get(key):
            hint = "The storage class provides the volume."
            yield "claim", f"{path}.{key}", f"{key} is not accepted", hint


def check_container(path, container, policy):
    """Yield the findings of one container."""
    for key in sorted(set(container) - CONTAINER_FIELDS):
        yield "container_field", f"{path}.{key}", f"{key} is not accepted", ""
    yield from check_security(path, container, CONTAINER_SECURITY, policy)
    for index, port in enumerate(as_list(container.get("ports"))):
        for key in ("hostPort", "hostIP"):
            if port.get(key):
                hint = "Publish the port by a Service and an Ingress."
                yield (
                    "host_port",
                    f"{path}.ports[{index}].{key}",
                    f"{key} is not accepted",
                    hint,
                )
    for index, mount in enumerate(as_list(container.get("volumeMounts"))):
        if mount.get("mountPropagation") not in (None, "None"):
            place = f"{path}.volumeMounts[{index}].mountPropagation"
            yield "mount_propagation", place, "must be None", ""
    yield from check_probes(path, container)


def check_probes(path, container):
    """Yield probes and hooks that would make the node call another machine."""
    lifecycle = as_dict(container.get("lifecycle"))
    places = [(name, as_dict(container.get(name))) for name in PROBES]
    places += [
        (f"lifecycle.{name}", as_dict(lifecycle.get(name))) for name in lifecycle
    ]
    for name, probe in places:
        for action in ("httpGet", "tcpSocket"):
            if as_dict(probe.get(action)).get("host"):
                place = f"{path}.{name}.{action}.host"
                yield (
                    "probe_host",
                    place,
                    "a probe asks its own pod only",
                    "Leave host out.",
                )


def check_security(path, owner, allowed, policy):
    """Yield the findings of a securityContext of a pod or a container."""
    context = as_dict(owner.get("securityContext"))
    path = f"{path}.securityContext"
    for key in sorted(set(context) - allowed):
        yield "security_context", f"{path}.{key}", f"{key} is not accepted", ""
    for key in ("privileged", "allowPrivilegeEscalation"):
        if context.get(key):
            yield "privileged", f"{path}.{key}", f"{key} must be false", ""
    added = as_dict(context.get("capabilities")).get("add")
    for name in added if isinstance(added, list) else []:
        if str(name) not in CAPABILITIES:
            hint = f"Allowed: {', '.join(sorted(CAPABILITIES))}."
            yield (
                "capability",
                f"{path}.capabilities.add",
                f"{name} is not accepted",
                hint,
            )
    if as_dict(context.get("seccompProfile")).get("type") not in (
        None,
        "RuntimeDefault",
    ):
        yield "seccomp", f"{path}.seccompProfile.type", "must be RuntimeDefault", ""
    yield from check_user(path, context, policy)


def check_user(path, context, policy):
    """Yield a user of 0, unless the administrator allows root."""
    if policy.get("allow_root"):
        return
    hint = "Run the image as a user of its own (runAsUser: 1000)."
    for key in ("runAsUser", "runAsGroup"):
        if context.get(key) == 0 and not isinstance(context.get(key), bool):
            yield "root", f"{path}.{key}", f"{key} 0 is root", hint
