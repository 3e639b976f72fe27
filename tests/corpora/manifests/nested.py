"""The network and pods in disguise: other spellings, nested places: name -> (rule, text)."""

from tests.corpora.manifests.build import (
    HOST,
    container,
    cron_job,
    deployment,
    document,
    ingress,
    service,
    volume,
    workload,
)

HOSTILE = {
    # The network once more.
    "type in lower case": ("service_type", service("{type: nodePort}")),
    "type is a list": ("service_type", service("{type: [NodePort]}")),
    "load balancer address": (
        "service_external",
        service("{loadBalancerIP: 192.0.2.1}"),
    ),
    "load balancer class": ("service_external", service("{loadBalancerClass: a/b}")),
    "external name without a type": (
        "service_external",
        service("{externalName: a.b}"),
    ),
    "second port": (
        "service_type",
        service("{ports: [{port: 1}, {port: 2, nodePort: 30001}]}"),
    ),
    "host with a dot at its end": (
        "ingress_host",
        ingress("{rules: [{host: acme.mint-cloud.test.}]}"),
    ),
    "host in capitals": (
        "ingress_host",
        ingress("{rules: [{host: ACME.mint-cloud.test}]}"),
    ),
    "host with a port": (
        "ingress_host",
        ingress('{rules: [{host: "acme.mint-cloud.test:80"}]}'),
    ),
    "host is a list": (
        "ingress_host",
        ingress("{rules: [{host: [acme.mint-cloud.test]}]}"),
    ),
    "host is empty": ("ingress_host", ingress('{rules: [{host: ""}]}')),
    "second rule": (
        "ingress_host",
        ingress("{rules: [{host: acme.mint-cloud.test}, {host: a.b}]}"),
    ),
    "rules are a mapping": (
        "ingress_host",
        ingress("{rules: {host: acme.mint-cloud.test}}"),
    ),
    "staging's host": (
        "ingress_host",
        ingress("{rules: [{host: acme-stag.mint-cloud.test}]}"),
    ),
    "a wildcard certificate": (
        "ingress_host",
        ingress(f'{{{HOST}, tls: [{{hosts: ["*.mint-cloud.test"]}}]}}'),
    ),
    "a second certificate": (
        "ingress_host",
        ingress(
            f"{{{HOST}, tls: [{{hosts: [acme.mint-cloud.test]}}, {{hosts: [a.b]}}]}}"
        ),
    ),
    "empty default backend": ("ingress_host", ingress("{defaultBackend: {}}")),
    "class is empty": ("ingress_class", ingress(f'{{{HOST}, ingressClassName: ""}}')),
    "class by annotation": (
        "ingress_annotation",
        ingress(f"{{{HOST}}}", "annotations: {kubernetes.io/ingress.class: other}"),
    ),
    "server alias": (
        "ingress_annotation",
        ingress(
            f"{{{HOST}}}",
            "annotations: {nginx.ingress.kubernetes.io/server-alias: a.b}",
        ),
    ),
    "mirror": (
        "ingress_annotation",
        ingress(
            f"{{{HOST}}}", "annotations: {nginx.ingress.kubernetes.io/mirror-target: a}"
        ),
    ),
    "external DNS": (
        "ingress_annotation",
        ingress(
            f"{{{HOST}}}",
            "annotations: {external-dns.alpha.kubernetes.io/hostname: a.b}",
        ),
    ),
    # Pods in nested places.
    "second container": (
        "privileged",
        deployment(
            "{containers: [{name: a}, {name: b, securityContext: {privileged: true}}]}"
        ),
    ),
    "second init container": (
        "root",
        deployment(
            "{initContainers: [{name: a}, {name: b, securityContext: {runAsUser: 0}}]}"
        ),
    ),
    "sidecar": (
        "capability",
        deployment(
            "{initContainers: [{name: a, restartPolicy: Always, "
            "securityContext: {capabilities: {add: [NET_ADMIN]}}}]}"
        ),
    ),
    "job": ("pod_field", workload("Job", "{hostIPC: true}")),
    "job's volume": (
        "volume",
        workload("Job", "{volumes: [{name: v, hostPath: {path: /}}]}"),
    ),
    "cron job's volume": (
        "volume",
        cron_job("{volumes: [{name: v, hostPath: {path: /}}]}"),
    ),
    "cron job's account": ("service_account", cron_job("{serviceAccountName: admin}")),
    "stateful set": ("pod_field", workload("StatefulSet", "{hostNetwork: true}")),
    "stateful set's volume": (
        "volume",
        workload("StatefulSet", "{volumes: [{name: v, nfs: {server: a, path: /}}]}"),
    ),
    "second claim template": (
        "claim",
        workload(
            "StatefulSet",
            more=", volumeClaimTemplates: [{spec: {}}, {spec: {dataSourceRef: {name: x}}}]",
        ),
    ),
    "claim by a selector": (
        "claim",
        document(
            "PersistentVolumeClaim", "v1", "spec: {selector: {matchLabels: {a: b}}}\n"
        ),
    ),
    "capability in lower case": (
        "capability",
        container("securityContext: {capabilities: {add: [net_bind_service]}}"),
    ),
    "capability with its prefix": (
        "capability",
        container("securityContext: {capabilities: {add: [CAP_SYS_ADMIN]}}"),
    ),
    "root as a fraction": ("root", container("securityContext: {runAsUser: 0.0}")),
    "root in hexadecimal": ("root", container("securityContext: {runAsUser: 0x0}")),
    "root below zero": ("root", container("securityContext: {runAsUser: -0}")),
    "seccomp from the node": (
        "seccomp",
        container(
            "securityContext: {seccompProfile: {type: Localhost, localhostProfile: a}}"
        ),
    ),
    "apparmor field": (
        "security_context",
        container("securityContext: {appArmorProfile: {type: Unconfined}}"),
    ),
    "windows host process": (
        "security_context",
        container("securityContext: {windowsOptions: {hostProcess: true}}"),
    ),
    "selinux of a container": (
        "security_context",
        container("securityContext: {seLinuxOptions: {type: spc_t}}"),
    ),
    "seccomp annotation": (
        "pod_annotation",
        deployment(
            "{}",
            ", annotations: {seccomp.security.alpha.kubernetes.io/pod: unconfined}",
        ),
    ),
    "host address": (
        "host_port",
        container("ports: [{containerPort: 80, hostIP: 0.0.0.0}]"),
    ),
    "propagation to the container": (
        "mount_propagation",
        container(
            "volumeMounts: [{name: v, mountPath: /, mountPropagation: HostToContainer}]"
        ),
    ),
    "image volume": ("volume", volume("image: {reference: x}")),
    "local volume": ("volume", volume("local: {path: /}")),
    "iscsi": ("volume", volume("iscsi: {targetPortal: a, iqn: b, lun: 0}")),
    "flex volume": ("volume", volume("flexVolume: {driver: a/b}")),
    "ceph": ("volume", volume("cephfs: {monitors: [a]}")),
    "cluster trust": (
        "volume",
        volume("projected: {sources: [{clusterTrustBundle: {path: a}}]}"),
    ),
    "pod certificate": (
        "volume",
        volume("projected: {sources: [{podCertificate: {keyType: a}}]}"),
    ),
    "second source": (
        "volume",
        volume(
            "projected: {sources: [{secret: {}}, {serviceAccountToken: {path: t}}]}"
        ),
    ),
    "resource claims": ("pod_field", deployment("{resourceClaims: []}")),
    "pod group": ("pod_field", deployment("{schedulingGates: [{name: a}]}")),
    "priority number": ("pod_field", deployment("{priority: 2000001000}")),
    "preemption": ("pod_field", deployment("{preemptionPolicy: Never}")),
    "overhead": ("pod_field", deployment("{overhead: {cpu: 1}}")),
    "probe at start": (
        "probe_host",
        container("startupProbe: {tcpSocket: {host: 10.96.0.1, port: 443}}"),
    ),
    "probe of readiness": (
        "probe_host",
        container("readinessProbe: {httpGet: {host: localhost, port: 10250}}"),
    ),
    "hook at the end": (
        "probe_host",
        container("lifecycle: {preStop: {httpGet: {host: 169.254.169.254, port: 80}}}"),
    ),
    "a field of the future": ("container_field", container("hostDevices: [a]")),
    # Metadata that controllers copy to what they make.
    "finalizer of pods": (
        "metadata",
        workload("Job", metadata="{finalizers: [a/b]}"),
    ),
    "owner of pods": ("metadata", workload("Job", metadata="{ownerReferences: []}")),
    "namespace of pods": (
        "metadata",
        workload("StatefulSet", metadata="{namespace: kube-system}"),
    ),
    "finalizer of a cron job's pods": (
        "metadata",
        workload("CronJob", metadata="{finalizers: [a/b]}"),
    ),
    "finalizer of a cron job's jobs": (
        "metadata",
        document(
            "CronJob",
            "batch/v1",
            "spec: {jobTemplate: {metadata: {finalizers: [a/b]}}}\n",
        ),
    ),
    "finalizer of claims": (
        "metadata",
        workload(
            "StatefulSet",
            more=", volumeClaimTemplates: [{metadata: {name: d, finalizers: [a/b]}, spec: {}}]",
        ),
    ),
    "owner of an ephemeral claim": (
        "metadata",
        volume(
            "ephemeral: {volumeClaimTemplate: {metadata: {ownerReferences: []}, spec: {}}}"
        ),
    ),
    # Annotations that steer the cluster's controllers.
    "DNS name by a Service": (
        "annotation",
        document(
            "Service",
            "v1",
            "spec: {clusterIP: None}\n",
            metadata="annotations: {external-dns.alpha.kubernetes.io/hostname: www.b.test}",
        ),
    ),
    "Secret copied elsewhere": (
        "annotation",
        document(
            "Secret",
            "v1",
            "",
            metadata="annotations: {reflector.v1.k8s.emberstack.com/reflects: a/b}",
        ),
    ),
    "Secret copied from elsewhere": (
        "annotation",
        document(
            "Secret",
            "v1",
            "",
            metadata="annotations: {replicator.v1.mittwald.de/replicate-from: kube-system/x}",
        ),
    ),
    "further network": (
        "annotation",
        deployment("{}", ", annotations: {k8s.v1.cni.cncf.io/networks: kube-system/x}"),
    ),
}
