"""The cluster's processes: which program, with which flags, in which order."""

from dataclasses import dataclass, field
from pathlib import Path

from . import gobuild
from .configuration import PODS, SERVICES, WEB
from .identity import API_PORT, Lab
from .pki import directory as pki_directory

NOTHING, API, OBJECTS = "", "api", "objects"
_ETCD = "http://127.0.0.1:2379"


@dataclass(frozen=True)
class Component:
    """One process of the cluster.

    ``needs`` is what it waits for: nothing, the ready ``api`` server, or the
    ``objects`` that the administrator installs (its permissions among them).
    What dies is started again, except for the ACME server: a new one has another
    authority, and nobody would trust the certificates any more.
    """

    name: str
    arguments: list[str]
    needs: str = API
    restart: bool = True
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> list[str | Path]:
        """Return the whole command line."""
        return [gobuild.program(self.name), *self.arguments]


def all_components(lab: Lab) -> list[Component]:
    """Return the components in the order of their start."""
    return [*_first(lab), *_kubernetes(lab), *_addons(lab)]


def _flags(**values: object) -> list[str]:
    return [f"--{name.replace('_', '-')}={value}" for name, value in values.items()]


def _first(lab: Lab) -> list[Component]:
    etcd = _flags(
        data_dir=lab.state / "etcd",
        listen_client_urls=_ETCD,
        advertise_client_urls=_ETCD,
        listen_peer_urls="http://127.0.0.1:2380",
        unsafe_no_fsync="true",
        log_level="warn",
    )
    containerd = [f"--config={lab.config / 'containerd.toml'}"]
    coredns = ["-conf", str(lab.config / "Corefile")]
    pebble = ["-config", str(lab.config / "pebble.json")]
    pebble += ["-dnsserver", f"{lab.address}:53"]
    quick = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
    return [
        Component("etcd", etcd, needs=NOTHING),
        Component("kube-apiserver", _api_server(lab), needs=NOTHING),
        Component("containerd", containerd, needs=NOTHING),
        Component("pebble", pebble, NOTHING, restart=False, environment=quick),
        Component("coredns", coredns, OBJECTS),
    ]


def _api_server(lab: Lab) -> list[str]:
    pki = pki_directory(lab)
    return _flags(
        etcd_servers=_ETCD,
        secure_port=API_PORT,
        advertise_address=lab.address,
        tls_cert_file=pki / "server.pem",
        tls_private_key_file=pki / "server.key",
        service_account_key_file=pki / "sa.key",
        service_account_signing_key_file=pki / "sa.key",
        service_account_issuer="https://kubernetes.default.svc",
        kubelet_client_certificate=pki / "kubelet-client.pem",
        kubelet_client_key=pki / "kubelet-client.key",
        kubelet_preferred_address_types="InternalIP",
        token_auth_file=lab.state / "tokens.csv",
        client_ca_file=lab.ca,
        authorization_mode="Node,RBAC",
        enable_admission_plugins="NodeRestriction",
        service_cluster_ip_range=SERVICES,
        allow_privileged="true",
        audit_policy_file=lab.config / "audit-policy.yaml",
        audit_log_path=lab.state / "audit.log",
        audit_log_maxsize=200,
        audit_log_maxbackup=2,
    )


def _kubernetes(lab: Lab) -> list[Component]:
    manager = _flags(
        kubeconfig=lab.config / "kube-controller-manager.kubeconfig",
        service_account_private_key_file=pki_directory(lab) / "sa.key",
        root_ca_file=lab.ca,
        cluster_signing_cert_file=lab.ca,
        cluster_signing_key_file=pki_directory(lab) / "ca.key",
        use_service_account_credentials="true",
        leader_elect="false",
    )
    scheduler = _flags(
        kubeconfig=lab.config / "kube-scheduler.kubeconfig", leader_elect="false"
    )
    kubelet = _flags(
        kubeconfig=lab.config / "kubelet.kubeconfig",
        config=lab.config / "kubelet.yaml",
        root_dir=lab.state / "kubelet",
        hostname_override=lab.name,
        node_ip=lab.address,
    )
    proxy = _flags(
        kubeconfig=lab.config / "kube-proxy.kubeconfig",
        proxy_mode="nftables",
        cluster_cidr=PODS,
        hostname_override=lab.name,
        # The table of tracked connections is the whole machine's: hands off.
        conntrack_max_per_core=0,
        conntrack_tcp_timeout_established="0s",
        conntrack_tcp_timeout_close_wait="0s",
    )
    return [
        Component("kubelet", kubelet),
        Component("kube-controller-manager", manager),
        Component("kube-scheduler", scheduler),
        Component("kube-proxy", proxy),
    ]


def _addons(lab: Lab) -> list[Component]:
    provisioner = [
        "start",
        *_flags(
            config=lab.config / "local-path.json",
            kubeconfig=lab.config / "local-path-provisioner.kubeconfig",
            namespace="local-path-storage",
            service_account_name="local-path-helper",
            helper_image=WEB,
        ),
    ]
    return [
        Component(
            "traefik",
            [f"--configFile={lab.config / 'traefik.yaml'}"],
            OBJECTS,
            environment={"LEGO_CA_CERTIFICATES": str(lab.ca)},
        ),
        Component("local-path-provisioner", provisioner, OBJECTS),
    ]
