"""Generated configuration: the templates of ``config/`` and ``objects/`` filled in."""

import os
from pathlib import Path
from string import Template

from .credentials import write_private
from .identity import DOMAIN, Lab, labs
from .paths import CHECKOUT
from .pki import authority_file

PAUSE = "lab.local/pause:1"
WEB = "lab.local/web:1"
DNS_SERVICE = "10.96.0.10"
SERVICES = "10.96.0.0/16"
PODS = "10.244.0.0/16"
_HERE = Path(__file__).parent
_CNI_PLACES = ("/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni")
LOCAL_SETTINGS = CHECKOUT / "playbooks" / "group_vars" / "all" / "zz_local.yml"


def prepare(lab: Lab) -> None:
    """Write the configuration of every component below ``lab.config``."""
    for name, text in texts(lab).items():
        write_private(lab.config / name, text)


def texts(lab: Lab) -> dict[str, str]:
    """Return the configuration by file name below ``lab.config``."""
    templates = _HERE / "config"
    sources = [path for path in sorted(templates.rglob("*")) if path.is_file()]
    return {str(s.relative_to(templates)): _filled(s, lab) for s in sources}


def objects(lab: Lab) -> str:
    """Return the manifests of what an administrator installs in a new cluster."""
    sources = sorted((_HERE / "objects").glob("*.yaml"))
    return "---\n".join(_filled(source, lab) for source in sources)


def write_local_settings() -> None:
    """Tell the playbooks about the labs: addresses, DNS servers and extra CAs.

    A pure function of the checkout and, for a given cluster, of LAB_DNS and
    LAB_CA_FILE: it names all labs, running or not, so that they write one file.
    """
    resolvers = {f"lab-{lab.purpose}": lab.address for lab in labs()}
    roots = {f"lab-{lab.purpose}": str(lab.acme_roots) for lab in labs()}
    if os.environ.get("LAB_KUBECONFIG"):
        resolvers |= {lab.name: os.environ.get("LAB_DNS", "") for lab in labs()}
        roots |= {lab.name: os.environ.get("LAB_CA_FILE", "") for lab in labs()}
    text = _LOCAL_SETTINGS.format(
        networks="".join(f'  - "{lab.subnet}"\n' for lab in labs()),
        authority=authority_file(),
        resolvers=_entries(resolvers),
        roots=_entries(roots),
    )
    if not LOCAL_SETTINGS.exists() or LOCAL_SETTINGS.read_text() != text:
        LOCAL_SETTINGS.parent.mkdir(parents=True, exist_ok=True)
        scratch = LOCAL_SETTINGS.with_name(f".{LOCAL_SETTINGS.name}.{os.getpid()}")
        scratch.write_text(text)
        os.replace(scratch, LOCAL_SETTINGS)


_LOCAL_SETTINGS = """\
---
# Written by `python3 -m tests.lab up` and ignored by git: how the playbooks reach
# the labs of this checkout.
host_manifests_allowed_networks:
{networks}host_manifests_ca_file: "{authority}"
host_ingress_resolvers:
{resolvers}host_ingress_ca_files:
{roots}"""


def _entries(values: dict[str, str]) -> str:
    return "".join(f'  {name}: "{value}"\n' for name, value in values.items() if value)


def _filled(source: Path, lab: Lab) -> str:
    values = {
        "name": lab.name,
        "address": lab.address,
        "api": lab.api,
        "state": lab.state,
        "config": lab.config,
        "domain": DOMAIN,
        "dns_service": DNS_SERVICE,
        "pods": PODS,
        "pause": PAUSE,
        "web": WEB,
        "cni_programs": _cni_programs(),
    }
    return Template(source.read_text()).substitute(values)


def _cni_programs() -> str:
    for place in _CNI_PLACES:
        if (Path(place) / "ptp").exists():
            return place
    return _CNI_PLACES[0]
