"""One failing call of the API server: at most one more run, and no false success."""

import json
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.integration.by_hand import Hand
from tests.lab.fault_proxy import Plan, running
from tests.lab.identity import Lab
from tests.lab.kube import kubectl

LAB = Lab("test")
FAULTS = ("429", "500", "503", "reset", "lost", "hang")
# Seconds for one call's task where a call hangs.
SHORT = {"host_namespace_timeout": 3, "host_manifests_timeout": 3}
# What every default run tries: the write of a tenant's object, a lost answer to the
# taking of the lease, and a lease that is not given back at the first attempt.
WRITE = r"PATCH .*/(configmaps|deployments|ingresses)/web\?"
CHOSEN = [("503", WRITE, 1), ("lost", "PATCH .*hosting-lease", 1)]
CHOSEN += [("503", "DELETE .*hosting-lease", 1)]
# At which calls: every one takes one to two hours, FAULTS_EVERY=10 FAULTS_FROM=0 (to 9) a tenth.
EVERY = int(os.environ.get("FAULTS_EVERY", "1"))
FROM = int(os.environ.get("FAULTS_FROM", "0"))
# Hosts at a time: while one waits for its pods another one computes.
LANES = 3


@pytest.fixture(scope="module")
def proxy(lab, tmp_path_factory):
    """A proxy before the API server of the test lab."""
    with running(LAB, tmp_path_factory.mktemp("proxy")) as found:
        yield found


@contextmanager
def new_host(lab, directory):
    """A new light host; its namespace goes afterwards."""
    number = f"{time.time_ns() // 1_000:x}"[-9:]
    found = Hand(lab, directory / "hand", f"fault-{number}")
    try:
        yield found
    finally:
        gone = ["delete", "namespace", found.namespace, "--ignore-not-found"]
        kubectl(LAB, *gone, "--wait=false")


@pytest.fixture
def hand(lab, tmp_path):
    """A new light host."""
    with new_host(lab, tmp_path) as found:
        yield found


def apply(hand, proxy, plan, **flags):
    """Run apply.yml through the proxy with a plan; the outcome."""
    proxy.plan = plan
    return hand.run("apply", kubeconfig=str(proxy.kubeconfig), **flags)


def what_is_missing(hand):
    """Return what a converged host would have and this one has not."""
    wanted = hand.variables["web_greeting"]
    get = ["-n", hand.namespace, "get", "configmap,service,deployment,ingress,secret"]
    items = json.loads(kubectl(LAB, *get, "-o", "json"))["items"]
    found = {f"{item['kind']}/{item['metadata']['name']}": item for item in items}
    names = {"ConfigMap/web", "Service/web", "Deployment/web", "Ingress/web"}
    names |= {"ConfigMap/hosting-inventory", "Secret/web-admin"}
    missing = sorted(names - set(found))
    if not missing and found["ConfigMap/web"]["data"]["greeting"] != wanted:
        missing.append("the greeting")
    return missing


def converge(proxy, hand, plan):
    """Apply with a fault; success must mean success, and the next run may not fail."""
    flags = SHORT if plan.fault == "hang" else {}
    first = apply(hand, proxy, plan, **flags)
    if first.code:
        told = first.error
        assert told["message"] and told["class"] != "internal", told
        again = apply(hand, proxy, Plan())
        assert again.code == 0, (told, again.error)
        first = again
    assert first.result["ok"] and what_is_missing(hand) == []
    assert not holder(hand), "the next run would have to wait for this one's lease"


@pytest.mark.parametrize(
    ("fault", "only", "call"),
    [CHOSEN[0], *[pytest.param(*case, marks=pytest.mark.full) for case in CHOSEN[1:]]],
)
def test_one_fault_costs_at_most_one_more_run(proxy, hand, fault, only, call):
    """At a chosen call, which really comes."""
    plan = Plan(fault=fault, only=only, first=call)
    converge(proxy, hand, plan)
    assert plan.spoiled, plan.seen


@pytest.fixture(scope="module")
def calls(lab, proxy, tmp_path_factory):
    """Return how many calls a first run of the light host makes."""
    with new_host(lab, tmp_path_factory.mktemp("calls")) as hand:
        plan = Plan()
        assert apply(hand, proxy, plan).code == 0
    return len(plan.seen)


@pytest.mark.full
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_each_call_costs_at_most_one_more_run(lab, calls, tmp_path, fault):
    """Each call of a first run once, on a host of its own."""

    def attempt(call):
        folder = tmp_path / str(call)
        folder.mkdir()
        with running(LAB, folder) as own, new_host(lab, folder) as hand:
            plan = Plan(fault=fault, first=call)
            try:
                converge(own, hand, plan)
            except Exception as error:  # told with all others at the end
                return f"{fault} at call {call}, {plan.spoiled}: {error!r}"
        return ""

    wanted = range(1 + FROM, calls + 1, EVERY)
    with ThreadPoolExecutor(LANES) as pool:
        problems = list(filter(None, pool.map(attempt, wanted)))
    print(f"{fault}: {len(wanted) - len(problems)} of {len(wanted)} calls converge")
    assert problems == [], "\n".join(problems)


def test_credentials_that_are_refused_stop_at_once(proxy, hand):
    """401: no retry, one clear word."""
    plan = Plan(fault="401", times=10**6)
    outcome = apply(hand, proxy, plan)
    assert outcome.error["class"] == "unauthorized"
    assert outcome.error["retryable"] is False
    assert len(plan.spoiled) <= 12, plan.spoiled
    assert not [call for call in plan.seen if not call.startswith("GET ")]


def test_a_forbidden_object_is_named(proxy, hand):
    """403 of one object: which one, and the others are told as written."""
    plan = Plan(fault="403", only=r"PATCH .*/services/web\?", times=10**6)
    outcome = apply(hand, proxy, plan)
    assert outcome.error["class"] == "forbidden", outcome.error
    assert outcome.error["object"] == f"Service/{hand.namespace}/web"
    assert len(plan.spoiled) == 1, "a refusal is not tried again"
    assert outcome.actions("ConfigMap") == {"ConfigMap/web": "created"}
    assert apply(hand, proxy, Plan()).code == 0
    assert what_is_missing(hand) == []


@pytest.mark.full
def test_a_server_that_never_answers_is_a_timeout(proxy, hand):
    """In the seconds of one call, as something that may pass; nothing is claimed."""
    started = time.monotonic()
    outcome = apply(hand, proxy, Plan(fault="hang", times=10**6), **SHORT)
    assert outcome.error["class"] == "timeout" and outcome.error["retryable"] is True
    assert outcome.result["objects"] == [] and outcome.result["changed"] == 0
    assert time.monotonic() - started < 60


@pytest.mark.full
def test_of_two_writers_at_once_one_gets_busy(proxy, hand, lab, tmp_path):
    """The second one changes nothing, says who works, and gets its turn afterwards."""
    other = Hand(lab, tmp_path / "other", hand.namespace.removeprefix("host-"))
    # The first writer holds the lease while its calls are slow.
    slow = Plan(fault="delay", only=WRITE, times=10**6, seconds=8)
    with ThreadPoolExecutor() as pool:
        one = pool.submit(apply, hand, proxy, slow)
        deadline = time.monotonic() + 120
        while not holder(hand) and time.monotonic() < deadline:
            time.sleep(0.3)
        assert holder(hand), "the first writer never took the lease"
        two = pool.submit(other.run, "apply")
        outcomes = [one.result(), two.result()]
    codes = sorted(outcome.code != 0 for outcome in outcomes)
    assert codes == [False, True], [outcome.output[-500:] for outcome in outcomes]
    (loser,) = [outcome for outcome in outcomes if outcome.code]
    assert loser.error["class"] == "busy" and loser.error["retryable"] is True
    assert re.search("works on this host", loser.error["message"])
    assert other.run("apply").code == 0


def holder(hand):
    """Return who holds the host's lease, or an empty text."""
    get = ["-n", hand.namespace, "get", "lease", "hosting-lease", "--ignore-not-found"]
    return kubectl(LAB, *get, "-o", "jsonpath={.spec.holderIdentity}")
