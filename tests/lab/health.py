"""Is a lab up? Asked by `up` (nothing to do?), while it waits, and by `status`."""

import json
import secrets
import socket
import ssl
import struct
import time
import urllib.error
import urllib.request

from . import given, host_side, kube, processes
from .cluster_init import api_ready, components_file
from .identity import API_PORT, DOMAIN, SMTP_PORT, Lab
from .manifest_server import PORT as MANIFESTS_PORT

NOT_RUNNING = ["not running"]
_A_RECORD = 1
_LOOKS = 4


def is_healthy(lab: Lab) -> bool:
    """Tell whether everything of the lab runs and answers.

    A busy machine may be late, and a component may be just starting again: looked at
    a few times before the lab is called broken.
    """
    if not lab.description.exists() or not lab.acme_roots.exists():
        return False
    for _look in range(_LOOKS):
        if not (found := problems(lab)):
            return True
        if found == NOT_RUNNING:
            return False
        time.sleep(1)
    return False


def problems(lab: Lab) -> list[str]:
    """Return what does not run or answer, the cause before its effects."""
    if given.kubeconfig():
        return given.problems(lab)
    if not processes.find(lab, processes.INIT):
        return NOT_RUNNING
    found = (
        [] if host_side.is_connected(lab) else [f"interface {lab.interface} is gone"]
    )
    found += [
        f"{name} is down" for name, it in components(lab).items() if not it["pid"]
    ]
    found += [
        f"{what} does not answer" for what, answers in _answers(lab) if not answers
    ]
    return found


def components(lab: Lab) -> dict[str, dict[str, int | None]]:
    """Return pid (inside, None when dead) and restarts of each component by name."""
    try:
        return json.loads(components_file(lab).read_text())
    except FileNotFoundError:
        return {}


def answers_tcp(address: str, port: int, seconds: float = 2) -> bool:
    """Tell whether something accepts connections at an address and port."""
    try:
        with socket.create_connection((address, port), timeout=seconds):
            return True
    except OSError:
        return False


def answers_dns(lab: Lab, seconds: float = 2) -> bool:
    """Tell whether the lab's DNS server gives the cluster's address for a host."""
    number = secrets.randbits(16)
    labels = f"any.{DOMAIN}".split(".")
    name = b"".join(bytes([len(label)]) + label.encode() for label in labels)
    header = struct.pack("!6H", number, 0x0100, 1, 0, 0, 0)
    question = name + struct.pack("!BHH", 0, _A_RECORD, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(seconds)
        try:
            client.sendto(header + question, (lab.address, 53))
            answer = client.recv(512)
        except OSError:
            return False
    return answer[:2] == header[:2] and answer.endswith(socket.inet_aton(lab.address))


def acme_root(lab: Lab) -> str | None:
    """Return the root certificate of the running ACME server (new with each start)."""
    context = ssl.create_default_context(cafile=str(lab.ca))
    url = f"https://{lab.address}:15000/roots/0"
    try:
        with urllib.request.urlopen(url, timeout=2, context=context) as answer:
            return answer.read().decode()
    except (urllib.error.URLError, OSError):
        return None


def _answers(lab: Lab) -> list[tuple[str, bool]]:
    ports = {
        f"API server (port {API_PORT})": api_ready(lab, 3),
        "ingress controller (port 80)": answers_tcp(lab.address, 80),
        "ingress controller (port 443)": answers_tcp(lab.address, 443),
        "DNS server (port 53)": answers_dns(lab),
        "ACME server": acme_root(lab) is not None,
        "manifest server": answers_tcp(lab.host_address, MANIFESTS_PORT),
        "SMTP sink": answers_tcp(lab.host_address, SMTP_PORT),
    }
    if ports[f"API server (port {API_PORT})"]:
        ports["node"] = kube.node_ready(lab)
    return list(ports.items())
