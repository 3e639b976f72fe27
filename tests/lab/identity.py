"""Who a lab is: names, addresses and files, all derived from checkout and purpose."""

import hashlib
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from .paths import CHECKOUT, PURPOSES, checkout_id, state_dir

DOMAIN = "mint-cloud.test"
API_PORT = 6443
SMTP_PORT = 2525
# /30 subnets in pairs: the labs of one checkout can't meet.
_POOL = ipaddress.ip_network("10.213.0.0/16")
_PAIRS = 2 ** (30 - _POOL.prefixlen) // len(PURPOSES)


@dataclass(frozen=True)
class Lab:
    """One local cluster of this checkout, for one purpose."""

    purpose: str

    @property
    def name(self) -> str:
        """Return the name of cluster, kubeconfig context and node.

        A cluster that the user gives (LAB_KUBECONFIG) has a name of its own: the
        playbooks have settings by cluster name.
        """
        kind = "given" if os.environ.get("LAB_KUBECONFIG") else "lab"
        return f"{kind}-{self.purpose}"

    @property
    def id(self) -> str:
        """Return a name that no other lab of this machine has."""
        return f"{checkout_id()}-{self.purpose}"

    @property
    def interface(self) -> str:
        """Return the host's end of the veth pair (at most 15 characters)."""
        return f"mc-{checkout_id()}-{self.purpose[0]}"

    @property
    def cgroup(self) -> str:
        """Return the cgroup, in every hierarchy, below which all pods run."""
        return f"/mint-cloud/{self.id}"

    @property
    def subnet(self) -> ipaddress.IPv4Network:
        """Return the /30 between host and cluster."""
        pair = int(hashlib.sha256(str(CHECKOUT).encode()).hexdigest(), 16) % _PAIRS
        index = pair * len(PURPOSES) + PURPOSES.index(self.purpose)
        return ipaddress.ip_network((int(_POOL.network_address) + 4 * index, 30))

    @property
    def host_address(self) -> str:
        """Return the host's address: manifest server and SMTP sink."""
        return str(self.subnet[1])

    @property
    def address(self) -> str:
        """Return the cluster's address: API server, ingress controller, DNS."""
        return str(self.subnet[2])

    @property
    def api(self) -> str:
        """Return the URL of the API server."""
        return f"https://{self.address}:{API_PORT}"

    @property
    def state(self) -> Path:
        """Return the lab's state directory."""
        return state_dir(self.purpose)

    @property
    def config(self) -> Path:
        """Return the directory of generated configuration (written by each start)."""
        return self.state / "config"

    @property
    def logs(self) -> Path:
        """Return the directory of the components' logs."""
        return self.state / "logs"

    @property
    def admin_kubeconfig(self) -> Path:
        """Return the administrator's kubeconfig: installation and assertions only."""
        return self.state / "admin.kubeconfig"

    @property
    def kubeconfig(self) -> Path:
        """Return the kubeconfig of the identity ``hosting-bootstrapper``."""
        return self.state / "kubeconfigs" / self.name

    @property
    def description(self) -> Path:
        """Return the file that tells others about the running lab."""
        return self.state / "lab.json"

    @property
    def acme_roots(self) -> Path:
        """Return the root certificate of the running ACME server."""
        return self.state / "acme-roots.pem"

    @property
    def ca(self) -> Path:
        """Return the CA of the lab's own servers (API, manifest server, ACME)."""
        return self.state / "ca.pem"


def labs() -> list[Lab]:
    """Return all labs of this checkout, running or not."""
    return [Lab(purpose) for purpose in PURPOSES]


def shared_directory() -> Path:
    """Return the directory that the labs of this checkout share (their CA)."""
    return state_dir(PURPOSES[0]).parent / f"{checkout_id()}-ca"
