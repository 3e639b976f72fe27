"""The main job on this machine: ``make demo``, ``make stop``, ``make clean``.

Starts the local cluster and Odoo, enters cluster, manifests and the product, buys the
hosting *acme* in the web shop with a real browser, and waits until both of its tenants
answer through the ingress controller. Each step finds what an earlier call has done,
so an interrupted demo goes on.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from base64 import b64decode

from . import gobuild, tenant, venv
from .identity import Lab, labs, shared_directory
from .progress import SetupError, say, step

PROJECT = "acme"
READY_SECONDS = 900


def main() -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.lab.demo")
    parser.add_argument("what", choices=["start", "stop", "clean"])
    what = parser.parse_args().what
    python = venv.program("python")
    if what == "start" and python.exists() and sys.prefix != str(venv.directory()):
        # From here on the packages of the lock are needed.
        os.execv(python, [str(python), "-m", "tests.lab.demo", what])
    try:
        {"start": start, "stop": stop, "clean": clean}[what](Lab("demo"))
    except SetupError as error:
        say(f"✗ {error}")
        return 1
    except KeyboardInterrupt:
        say("Interrupted. `make demo` goes on from here, `make stop` ends what runs.")
        return 1
    return 0


def start(lab: Lab) -> None:
    """Bring the demo up and print what to open."""
    from . import shop, up
    from .catalog import Catalog
    from .server.client import OdooClient
    from .server.odoo import OdooServer

    up.up(lab)
    facts = json.loads(lab.description.read_text())
    server = OdooServer(lab)
    with step("starting Odoo"):
        server.start()
    client = OdooClient(server.url, server.database, "admin", server.admin_password())
    catalog = Catalog(client, facts)
    catalog.trust_own_manifests()
    shop.offer(client, catalog.cluster(), catalog.manifests())
    buy(client, server, facts)
    with step(f"the hosting {PROJECT}: both tenants answer", "1 min, later 5 s"):
        apply_failed(client)
        hosts = wait_for_hosts(client, facts)
    print_table(lab, facts, server, hosts)


def customer(server) -> dict[str, str]:
    """Return who buys; the password is made up once for this state."""
    password = server.secret("customer-password")
    return {"name": "Anna Muster", "email": "anna@example.com", "password": password}


def buy(client, server, facts: dict) -> None:
    """Buy the hosting in the web shop, unless an earlier demo did."""
    from . import shop
    from .browser import chromium, new_page

    bought = [("hosting_name", "=", PROJECT), ("state", "=", "sale")]
    if client.search("sale.order.line", *bought):
        return
    with step(f"buying {shop.PRODUCT} in the web shop as {PROJECT}", "40 s"):
        with chromium(facts) as browser:
            page = new_page(browser)
            order = shop.buy(page, server.url, shop.PRODUCT, PROJECT, customer(server))
    say(f"    order {order}, paid with the demo provider")


def stop(lab: Lab) -> None:
    """End Odoo, its database server and the cluster; their data stays."""
    from . import down, up
    from .server.odoo import OdooServer

    OdooServer(lab).stop()
    with up.locked(lab):
        down.down(lab)
    say("Stopped. `make demo` starts it again with its data, `make clean` deletes it.")


def clean(_lab: Lab) -> None:
    """End the labs of this checkout and delete their clusters and databases."""
    for lab in labs():
        delete(lab)
    shutil.rmtree(shared_directory(), ignore_errors=True)


def delete(lab: Lab) -> None:
    """End one lab and delete its cluster and its databases."""
    from . import down, up
    from .server.odoo import OdooServer

    if lab.state.exists():
        OdooServer(lab).stop()
        with up.locked(lab):
            down.down(lab, purge=True)
        shutil.rmtree(lab.state, ignore_errors=True)


def apply_failed(client) -> None:
    """Press Apply on the hosts whose last deployment failed."""
    failed = [host["id"] for host in _hosts(client) if host["error_message"]]
    if failed:
        client.call("kubernetes.host", "action_apply", failed)


def wait_for_hosts(client, facts: dict) -> list[str]:
    """Return the hosts' names once their tenants answer; show each change meanwhile.

    :raises SetupError: a deployment failed, or it takes too long
    """
    deadline = time.monotonic() + READY_SECONDS
    told: dict[str, str] = {}
    while time.monotonic() < deadline:
        hosts = _hosts(client)
        for host in hosts:
            _tell(told, host)
        if hosts and all(_answers(host, facts) for host in hosts):
            return [host["fqdn"] for host in hosts]
        time.sleep(2)
    raise SetupError(
        f"{', '.join(told) or PROJECT}: not ready after {READY_SECONDS} s. Odoo shows "
        "the reason under Kubernetes > Hosts."
    )


def _hosts(client) -> list[dict]:
    found = client.search("kubernetes.host", ("project_id.name", "=", PROJECT))
    fields = ["fqdn", "environment", "health", "activity", "run_summary"]
    fields += ["waiting_reason", "error_message"]
    hosts = client.call("kubernetes.host", "read", found, fields)
    return sorted(hosts, key=lambda host: host["environment"])


def _tell(told: dict[str, str], host: dict) -> None:
    words = [host["activity"], host["run_summary"]]
    words += [host["waiting_reason"], host["error_message"]]
    line = " · ".join(str(word) for word in words if word)
    if told.get(host["fqdn"]) != line:
        told[host["fqdn"]] = line
        say(f"    {host['fqdn']}: {line}")
    waits_for_us = "press Fetch" in (host["waiting_reason"] or "")
    failed = host["health"] == "failed" or host["error_message"] or waits_for_us
    if failed and host["activity"] == "idle":
        raise SetupError(
            f"{host['fqdn']} failed: {line}\nIn Odoo, open the host, see its ladder and "
            "its run's log, then press Apply. Or type `make demo` again."
        )


def _answers(host: dict, facts: dict) -> bool:
    if host["health"] != "ok" or host["activity"] != "idle":
        return False
    return tenant.is_healthy(host["fqdn"], facts["address"], facts["acme_roots"])


def print_table(lab: Lab, facts: dict, server, hosts: list[str]) -> None:
    """Print what to open, how to log in, and the same by hand."""
    buyer = customer(server)
    rows = [
        ("Odoo (Kubernetes > Hosts)", server.url, "admin", server.admin_password()),
        ("Shop and portal", f"{server.url}/my", buyer["email"], buyer["password"]),
    ]
    rows += [
        (
            f"Tenant {fqdn.split('.')[0]}",
            f"https://{fqdn}",
            "admin",
            _password(lab, fqdn),
        )
        for fqdn in hosts
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    say("")
    for row in rows:
        say(
            "  "
            + "  ".join(
                text.ljust(width) for text, width in zip(row, widths, strict=True)
            )
        )
    say(f"""
Open the tenants in a browser that knows their names and accepts the lab's certificates:
  chromium --no-sandbox --ignore-certificate-errors \\
    --host-resolver-rules="MAP *.{facts["domain"]} {facts["address"]}" https://{hosts[0]}

The same by hand, with the file from Action > Export to YAML on the host:
  export KUBECONFIG={facts["kubeconfig"]} PATH={venv.directory()}/bin:$PATH
  ansible-playbook playbooks/apply.yml -i {hosts[0]}, -e @vars.yml

`make stop` ends it.""")


def _password(lab: Lab, fqdn: str) -> str:
    """Return a tenant's first password, read as the host's own deployer."""
    namespace = "host-" + fqdn.split(".")[0]
    command = [gobuild.program("kubectl"), f"--kubeconfig={lab.kubeconfig}"]
    command += [f"--as=system:serviceaccount:{namespace}:hosting-deployer"]
    command += ["-n", namespace, "get", "secret", "odoo-admin"]
    command += ["-o", "jsonpath={.data.password}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(f"The password of {fqdn} can't be read: {done.stderr}")
    return b64decode(done.stdout).decode()


if __name__ == "__main__":
    sys.exit(main())
