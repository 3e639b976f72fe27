"""A cluster that the user gives by LAB_KUBECONFIG instead of the lab's own.

Nothing is started but manifest server and SMTP sink, on an address of this machine.
In the cluster `up` installs what an administrator installs once (roles, policies, the
provider's namespace) and has a certificate signed for the bootstrapper.
"""

import base64
import json
import os
import secrets
import tempfile
import time
from pathlib import Path

from . import credentials, host_side, images, kube, pki, servers
from .identity import Lab
from .progress import SetupError, run, say, step

_CSR = """\
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {{name: {name}}}
spec:
  request: {request}
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
"""
_NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: hosting-system}\n"


def kubeconfig() -> str | None:
    """Return the file that LAB_KUBECONFIG names, None when there is to be a lab."""
    return os.environ.get("LAB_KUBECONFIG") or None


def up(lab: Lab) -> dict[str, object]:
    """Prepare the given cluster and return what of ``lab.json`` differs.

    Raises SetupError when it is not reachable or LAB_DOMAIN or LAB_ADDRESS is missing.
    """
    settings = _settings()
    pki.prepare(lab)
    _take_administrator(lab)
    with step(f"installing roles and policies in {settings['api']}", "5 s"):
        kube.apply(lab, _NAMESPACE)
        kube.apply(lab, kube.cluster_files())
        _sign_bootstrapper(lab, settings)
    if not host_side.is_connected(lab):
        host_side.stand_alone(lab)
    servers.start(lab)
    _tell_images()
    return settings


def problems(lab: Lab) -> list[str]:
    """Return what of a given cluster's helpers does not run."""
    if not host_side.is_connected(lab):
        return ["not running"]
    return [f"{what} is down" for what in servers.missing(lab)]


def _settings() -> dict[str, object]:
    missing = [n for n in ("LAB_DOMAIN", "LAB_ADDRESS") if not os.environ.get(n)]
    if missing:
        raise SetupError(
            f"With LAB_KUBECONFIG also give {' and '.join(missing)}: the base domain whose "
            "names lead to the cluster, and the address of its ingress controller."
        )
    view = _kubectl_given("config", "view", "--minify", "-o", "json")
    return {
        "domain": os.environ["LAB_DOMAIN"],
        "address": os.environ["LAB_ADDRESS"],
        "ingress_class": os.environ.get("LAB_INGRESS_CLASS", "traefik"),
        "issuer": os.environ.get("LAB_ISSUER", "letsencrypt"),
        "api": json.loads(view)["clusters"][0]["cluster"]["server"],
        "dns": os.environ.get("LAB_DNS", ""),
        "acme_roots": os.environ.get("LAB_CA_FILE", ""),
        "audit_log": "",
    }


def _take_administrator(lab: Lab) -> None:
    """Copy the given kubeconfig, self-contained, and see that it leads to a cluster."""
    flat = _kubectl_given("config", "view", "--minify", "--flatten", "--raw")
    credentials.write_private(lab.admin_kubeconfig, flat)
    try:
        kube.kubectl(lab, "version", "--request-timeout=10s")
    except SetupError as error:
        raise SetupError(
            f"The cluster of LAB_KUBECONFIG={kubeconfig()} does not answer:\n{error}"
        ) from error


def _kubectl_given(*words: str) -> str:
    path = Path(kubeconfig() or "")
    if not path.is_file():
        raise SetupError(f"LAB_KUBECONFIG={path} is no file.")
    return kube.kubectl_with(path, *words)


def _sign_bootstrapper(lab: Lab, settings: dict[str, object]) -> None:
    """Have the cluster sign a client certificate for the user hosting-bootstrapper."""
    name = f"{credentials.BOOTSTRAPPER}-{secrets.token_hex(4)}"
    with tempfile.TemporaryDirectory() as scratch:
        key, request = Path(scratch) / "key", Path(scratch) / "csr"
        command = [
            "openssl",
            "req",
            "-new",
            *pki.EC_KEY,
            "-keyout",
            key,
            "-out",
            request,
        ]
        run([*command, "-subj", f"/CN={credentials.BOOTSTRAPPER}"])
        encoded = base64.b64encode(request.read_bytes()).decode()
        kube.apply(lab, _CSR.format(name=name, request=encoded))
        kube.kubectl(lab, "certificate", "approve", name)
        certificate = _signed(lab, name)
        data = base64.b64encode(key.read_bytes()).decode()
    credentials.write_given(
        lab, _authority(lab), str(settings["api"]), certificate, data
    )


def _signed(lab: Lab, name: str) -> str:
    asked = ["get", "csr", name, "-o", "jsonpath={.status.certificate}"]
    limit = time.monotonic() + 20
    while not (certificate := kube.kubectl(lab, *asked)):
        if time.monotonic() > limit:
            raise SetupError(
                "The cluster signs no client certificates (kubernetes.io/kube-apiserver-"
                f"client), so there is no identity {credentials.BOOTSTRAPPER}."
            )
        time.sleep(0.2)
    kube.kubectl(lab, "delete", "csr", name)
    return certificate


def _authority(lab: Lab) -> str:
    view = kube.kubectl(lab, "config", "view", "--raw", "-o", "json")
    cluster = json.loads(view)["clusters"][0]["cluster"]
    return cluster.get("certificate-authority-data", "")


def _tell_images() -> None:
    say("The cluster's nodes need these images (kind: `kind load image-archive FILE`):")
    for reference, archive in images.archives().items():
        say(f"  {reference}  {archive}")
