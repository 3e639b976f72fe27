"""A rush in the shop: pages stay quick while playbooks work, and everything bought runs."""

import json
import math
import os
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.buyers import Buyer, buyers, in_parallel
from tests.integration.light import MANIFEST, PARAMETERS
from tests.lab import shop

CHECKOUTS = 50
WITHIN = 60  # seconds
CAPACITY = 4  # playbooks at once
READY_SECONDS = 2400
SLOWEST = 1.0  # seconds, the 95th percentile of a page
BEHIND = 10  # playbooks' niceness above Odoo's


class Playbooks(threading.Thread):
    """Looks at the supervisors of one Odoo's runs until it is told to stop."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.runs = str(server.state / "runs").encode()
        self.odoo = server.daemon.pid()
        self.stopped = threading.Event()
        self.most = 0
        self.priorities: dict[int, int] = {}

    def run(self) -> None:
        """Look twice a second."""
        while not self.stopped.wait(0.5):
            found = map(int, filter(str.isdigit, os.listdir("/proc")))
            seen = {pid: nice for pid in found if (nice := self.look(pid)) is not None}
            self.most = max(self.most, len(seen))
            # The last one counts: each lowers its own when it begins.
            self.priorities |= seen

    def look(self, pid: int) -> int | None:
        """Return the niceness of a supervisor; None for any other process."""
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            ours = [word for word in words if word.startswith(self.runs)]
            if not ours or b"tools.supervisor" not in words:
                return None
            # Odoo's own child only starts the one that stays.
            if parent(pid) == self.odoo:
                return None
            return os.getpriority(os.PRIO_PROCESS, pid)
        except OSError:
            return None

    def stop(self) -> None:
        """Check that they waited behind Odoo, and were not too many at once."""
        self.stopped.set()
        self.join()
        lowest = min(19, os.getpriority(os.PRIO_PROCESS, self.odoo) + BEHIND)
        assert self.priorities, "no playbook was seen"
        assert min(self.priorities.values()) >= lowest, self.priorities
        assert self.most <= CAPACITY, f"{self.most} playbooks at once"


def test_five_checkouts_in_six_seconds(driver, record_property):
    """The same at small: other rings work beside it, so it only tells its seconds."""
    rush(driver, record_property, "few", 5)


@pytest.mark.full
def test_fifty_checkouts_in_a_minute(driver, record_property):
    """50 projects, one a real Odoo: each is paid, provided once, and green at the end."""
    figures = rush(driver, record_property, "rush", CHECKOUTS, warm=True)
    assert figures["p95_seconds"] <= SLOWEST, figures


def rush(driver, record_property, prefix, count, warm=False) -> dict[str, Any]:
    """Let so many people buy at the pace of 50 a minute; wait until all of it runs.

    :param warm: one has bought before, as Odoo compiles each page and mail once; and one
        buys a real Odoo
    """
    capacity = {"capacity": CAPACITY}
    driver.client.call("kubernetes.cluster", "write", [driver.cluster], capacity)
    products = [sell_light(driver)] * count
    if warm:
        tenant = driver.client.search("product.template", ("name", "=", shop.PRODUCT))
        [products[count // 2]] = tenant
    people = buyers(driver.client, driver.server.url, count)
    if warm:
        buy_after(driver, people[0], 0, products[0], "warm-0")
        wait_until_green(driver, "warm", 1)
    for buyer in people:
        buyer.seconds.clear()
    playbooks = Playbooks(driver.server)
    playbooks.start()
    began = time.monotonic()
    in_parallel(
        [
            partial(
                buy_after,
                driver,
                buyer,
                number * WITHIN / CHECKOUTS,
                products[number],
                f"{prefix}-{number}",
            )
            for number, buyer in enumerate(people)
        ]
    )
    bought = time.monotonic()
    wait_until_green(driver, prefix, count)
    figures = {
        "checkouts": count,
        "bought_seconds": round(bought - began),
        "ready_seconds": round(time.monotonic() - bought),
        "playbooks_at_once": playbooks.most,
    } | page_seconds(people)
    print(json.dumps(figures))
    record_property(f"shop_{count}_checkouts", figures)
    playbooks.stop()
    return figures


def parent(pid: int) -> int:
    """Return who started a process (proc(5), field 4); OSError when it is gone."""
    stat = Path(f"/proc/{pid}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


def put_into_cart(driver, buyer: Buyer, template: int, name: str) -> None:
    """Choose the product, and its name in the step *Project*."""
    query = ("product.product", ("product_tmpl_id", "=", template))
    [product] = driver.client.search(*query)
    buyer.add(template, product)
    done, page = buyer.name(name)
    assert done, f"{name}: {page[-500:]}"


def page_seconds(people: list[Buyer]) -> dict[str, Any]:
    """Return how many pages there were, and how long they took: all, and each."""
    seen = [entry for buyer in people for entry in buyer.seconds]
    pages = {page: [s for p, s in seen if p == page] for page, _seconds in seen}
    every = [seconds for _page, seconds in seen]
    return {
        "pages": len(every),
        "p50_seconds": percentile(every, 0.5),
        "p95_seconds": percentile(every, 0.95),
        "p95_by_page": {page: percentile(found, 0.95) for page, found in pages.items()},
    }


def percentile(seconds: list[float], part: float) -> float:
    """Return below which time this part of them was."""
    return round(sorted(seconds)[math.ceil(part * len(seconds)) - 1], 3)


def sell_light(driver) -> int:
    """Return a product whose hosts are one small web server each."""
    client = driver.client
    shop.offer(client, driver.cluster, driver.catalog.manifests())
    manifest = driver.manifest("light-shop", MANIFEST, PARAMETERS)
    client.call("kubernetes.manifest", "action_fetch", [manifest])
    driver.wait(
        lambda: client.read("kubernetes.manifest", manifest, "current_version_id"),
        lambda seen: seen["current_version_id"],
    )
    [model] = client.search("product.template", ("name", "=", shop.PRODUCT))
    domain = [("name", "=", "Light")]
    values = {"name": "Light", "hosting_manifest_ids": [(6, 0, [manifest])]}
    found = client.search("product.template", *domain)
    if not found:
        found = client.call("product.template", "copy", [model], values)
        client.call("product.template", "write", found, {"is_published": True})
    return found[0] if isinstance(found, list) else found


def buy_after(driver, buyer: Buyer, delay: float, template: int, name: str) -> None:
    """Wait for one's moment, then go through the whole checkout."""
    time.sleep(delay)
    client = driver.client
    put_into_cart(driver, buyer, template, name)
    buyer.get("/shop/payment")
    [line] = client.search("sale.order.line", ("hosting_name", "=", name))
    order = client.read("sale.order.line", line, "order_id")["order_id"][0]
    fields = ("access_token", "amount_total")
    order = client.read("sale.order", order, *fields)
    [provider] = client.search("payment.provider", ("code", "=", "demo"))
    [method] = client.search("payment.method", ("code", "=", "demo"))
    buyer.pay(order, provider, method)


def wait_until_green(driver, prefix: str, count: int) -> None:
    """Wait until all that was bought answers, production and staging."""
    domain = [("name", "=like", f"{prefix}-%"), ("state", "=", "active")]
    names = driver.client.call("kubernetes.project", "search_read", domain, ["name"])
    assert len(names) == count, f"{len(names)} projects"
    hosts = driver.wait(
        lambda: driver.client.call(
            "kubernetes.host",
            "search_read",
            [("project_id.name", "=like", f"{prefix}-%")],
            ["fqdn", "health"],
        ),
        lambda seen: all(host["health"] == "ok" for host in seen),
        seconds=READY_SECONDS,
    )
    assert len(hosts) == 2 * count
