"""Many buyers at once: one name, one winner; the others are told; nothing paid is lost."""

import random
from functools import partial

import pytest

from tests.e2e.buyers import Buyer, buyers, in_parallel
from tests.lab import shop

SEED = 20261123


@pytest.fixture(scope="module")
def light(driver):
    """Return a hosting without a cluster that works: nothing is deployed here."""
    shop.offer(driver.client, driver.cluster, driver.catalog.manifests())
    [template] = driver.client.search("product.template", ("name", "=", shop.PRODUCT))
    [product] = driver.client.search(
        "product.product", ("product_tmpl_id", "=", template)
    )
    return template, product


def race(driver, light, count: int, rounds: int) -> None:
    """Let buyers want one name at the same moment, some rounds."""
    people = buyers(driver.client, driver.server.url, count)
    in_parallel([partial(buyer.add, *light) for buyer in people], at_once=4)
    order = random.Random(SEED)
    for number in range(rounds):
        name = f"race-{order.randrange(10**6)}-{number}"
        order.shuffle(people)
        answers = in_parallel([partial(buyer.name, name) for buyer in people])
        won = [page for done, page in answers if done]
        assert len(won) == 1, f"{name}: {len(won)} winners"
        for done, page in answers:
            assert done or f"{name} is taken" in page
        holders = driver.client.call(
            "kubernetes.project",
            "search_read",
            [("name", "=", name), ("state", "!=", "released")],
            ["state"],
        )
        assert [holder["state"] for holder in holders] == ["reserved"]
    leave(people)


def leave(people: list[Buyer]) -> None:
    """Empty the carts: the names are free again."""
    in_parallel([partial(buyer.call, "/shop/cart/clear") for buyer in people], 4)


def test_one_of_five_gets_the_name(driver, light):
    race(driver, light, count=5, rounds=2)


@pytest.mark.full
def test_one_of_fifty_gets_the_name_in_each_of_twenty_rounds(driver, light):
    race(driver, light, count=50, rounds=20)
