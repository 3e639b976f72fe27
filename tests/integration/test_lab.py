"""The lab itself: up, down, repaired after a crash, beside other labs, answering."""

import json
import os
import secrets
import signal
import smtplib
import socket
import ssl
import stat
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.resolver
import pytest

from tests.integration.second_lab import SecondLab

WEB = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: server, labels: {app: web}}
spec:
  containers:
    - name: web
      image: lab.local/web:1
      volumeMounts: [{name: data, mountPath: /data}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  ingressClassName: traefik
  rules:
    - host: web.mint-cloud.test
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: {service: {name: web, port: {number: 80}}}
"""


def full(*values):
    """Return parameters that run with --full only."""
    return [pytest.param(value, marks=pytest.mark.full) for value in values]


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondLab]:
    """Yield the lab of a second checkout; each test brings it into its own state."""
    lab = SecondLab(tmp_path_factory.mktemp("second"))
    before = lab.traces()
    yield lab
    lab.run("down", "--purge")
    assert not lab.state.exists()
    assert lab.traces() == before


@pytest.fixture
def running(second: SecondLab) -> SecondLab:
    """Return the second lab, running."""
    second.run("up", "--light")
    return second


def eventually(look: Callable[[], object], seconds: float = 30) -> object:
    """Return what ``look`` gives as soon as it is true; raise its last error."""
    limit = time.monotonic() + seconds
    while True:
        try:
            if seen := look():
                return seen
            error = AssertionError(f"never true: {look}")
        except (OSError, AssertionError) as caught:
            error = caught
        if time.monotonic() > limit:
            raise error
        time.sleep(0.2)


def test_second_up_leaves_a_healthy_lab_alone(running: SecondLab) -> None:
    process = running.first_process()
    started = time.monotonic()
    assert "starting" not in running.run("up", "--light")
    assert time.monotonic() - started < 5
    assert running.first_process() == process


def test_up_and_down_are_quick(running: SecondLab) -> None:
    started = time.monotonic()
    running.run("down")
    stopped = time.monotonic()
    running.run("up", "--light")
    assert stopped - started < 10
    assert time.monotonic() - stopped < 30


def test_status_tells_what_runs(running: SecondLab) -> None:
    table = running.run("status")
    assert "lab-demo: up" in table
    for component in ("etcd", "kube-apiserver", "kubelet", "traefik", "coredns"):
        assert f"{component} " in table
    running.run("down")
    assert "lab-demo: down" in running.run("status", code=1)


def test_down_leaves_nothing_on_the_host(second: SecondLab) -> None:
    second.run("down")
    before = second.traces()
    assert before["processes"] == []
    second.run("up", "--light", "--fresh")
    second.kubectl("run", "web", "--image=lab.local/web:1")
    wait_for_pod(second, "default", "web")
    while_up = second.traces()
    assert len(while_up["processes"]) > 10
    assert while_up["interfaces"] != before["interfaces"]
    assert while_up["mounts"] == before["mounts"]
    second.run("down")
    assert second.traces() == before
    second.run("down")  # and again, with nothing to do


@pytest.mark.parametrize(
    "victim", ["first process", *full("manifest_server", "pebble")]
)
def test_up_repairs_a_crashed_lab(running: SecondLab, victim: str) -> None:
    if victim == "first process":
        os.kill(running.first_process(), signal.SIGKILL)
    else:
        pids = [
            p for p, words in running.processes().items() if victim in str(words[:4])
        ]
        os.kill(min(pids), signal.SIGKILL)
    eventually(lambda: running.run("status", code=1))
    running.run("up", "--light")
    assert "lab-demo: up" in running.run("status")


@pytest.mark.parametrize("seconds", [1.5, *full(0.3, 0.8, 2.5, 4)])
def test_up_repairs_an_interrupted_up(second: SecondLab, seconds: float) -> None:
    second.run("down")
    process = second.start("up", "--name", "demo", "--light")
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    second.run("up", "--light")
    assert "lab-demo: up" in second.run("status")


@pytest.mark.parametrize("name", ["traefik", *full("etcd", "containerd")])
def test_a_dead_component_is_started_again(running: SecondLab, name: str) -> None:
    pids = [p for p, words in running.processes().items() if words[0].endswith(name)]
    os.kill(pids[0], signal.SIGKILL)
    known = running.state / "components.json"
    eventually(lambda: json.loads(known.read_text())[name]["restarts"] == 1)
    eventually(lambda: "restarted 1 times" in running.run("status"))


def test_two_labs_side_by_side_do_not_meet(running: SecondLab, lab: dict) -> None:
    facts = running.facts()
    for key in ("address", "host_address", "api", "kubeconfig", "manifests_url"):
        assert facts[key] != lab[key]
    running.kubectl("create", "namespace", "only-here")
    for url in (facts["manifests_url"], lab["manifests_url"]):
        assert socket.create_connection((url.removeprefix("https://"), 443), timeout=3)
    ours = Path(lab["admin_kubeconfig"]).read_text()
    theirs = Path(facts["admin_kubeconfig"]).read_text()
    assert token(ours) != token(theirs)
    assert answer(facts, "/api/v1/namespaces/only-here", token(theirs))[0] == 200
    assert answer(lab, "/api/v1/namespaces/only-here", token(ours))[0] == 404
    assert answer(lab, "/api/v1/namespaces/only-here", token(theirs))[0] == 401


def test_a_web_pod_answers_by_name_with_a_real_certificate(running: SecondLab) -> None:
    namespace = "web"
    running.kubectl("create", "namespace", namespace)
    running.kubectl("apply", "-n", namespace, "-f", "-", text=WEB)
    body, issuer = eventually(lambda: https(running.facts(), "web.mint-cloud.test"), 60)
    assert '"pass"' in body
    assert "Pebble Intermediate CA" in issuer
    status = running.kubectl("get", "ingress", "web", "-n", namespace, "-o", "json")
    address = json.loads(status)["status"]["loadBalancer"]["ingress"][0]["ip"]
    assert address == running.facts()["address"]
    check_names_inside_pods(running, namespace)
    check_survival(running, namespace)


def test_a_given_cluster_is_used_instead_of_a_lab(running: SecondLab) -> None:
    facts = running.facts()
    before = running.traces()
    given = {"LAB_KUBECONFIG": facts["admin_kubeconfig"], "LAB_DNS": facts["dns"]}
    code, output = running.run_given("up", **given)
    assert code == 1 and "LAB_DOMAIN and LAB_ADDRESS" in output
    given |= {"LAB_DOMAIN": "example.org", "LAB_ADDRESS": "192.0.2.7"}
    for _again in range(2):
        code, output = running.run_given("up", **given)
        assert code == 0 and "kind load image-archive" in output
    found = running.facts("test")
    assert (found["name"], found["api"]) == ("given-test", facts["api"])
    assert (found["domain"], found["address"]) == ("example.org", "192.0.2.7")
    whoami = ["--kubeconfig", found["kubeconfig"], "auth", "whoami"]
    assert "hosting-bootstrapper" in running.kubectl(*whoami)
    assert running.run_given("status", **given)[0] == 0
    assert running.run_given("down", "--purge")[0] == 0
    assert running.traces()["interfaces"] == before["interfaces"]


def test_a_given_cluster_that_does_not_answer(
    second: SecondLab, tmp_path: Path
) -> None:
    given = {"LAB_DOMAIN": "example.org", "LAB_ADDRESS": "192.0.2.7"}
    code, output = second.run_given(
        "up", **given, LAB_KUBECONFIG=str(tmp_path / "none")
    )
    assert code == 1 and "is no file" in output
    closed = tmp_path / "closed"
    cluster = {"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}
    context = {"name": "c", "context": {"cluster": "c", "user": "c"}}
    users = [{"name": "c", "user": {"token": "t"}}]
    view = {"clusters": [cluster], "contexts": [context], "users": users}
    closed.write_text(json.dumps(view | {"current-context": "c"}))
    code, output = second.run_given("up", **given, LAB_KUBECONFIG=str(closed))
    assert code == 1 and "does not answer" in output and "refused" in output
    assert second.run_given("down", "--purge")[0] == 0


def check_names_inside_pods(second: SecondLab, namespace: str) -> None:
    """Pods find Services by short and by full name, and the base domain."""
    inside = ["exec", "-n", namespace, "server", "--"]
    for url in ("http://web", f"http://web.{namespace}.svc.cluster.local"):
        assert "It works" in second.kubectl(*inside, "wget", "-qO-", url)
    found = second.kubectl(*inside, "nslookup", "any.mint-cloud.test")
    assert second.facts()["address"] in found


def check_survival(second: SecondLab, namespace: str) -> None:
    """Volumes and objects survive down and up, and --fresh forgets them."""
    inside = ["exec", "-n", namespace, "server", "--"]
    second.kubectl(*inside, "sh", "-c", "echo kept > /data/file")
    second.run("down")
    second.run("up", "--light")
    wait_for_pod(second, namespace, "server")
    read = lambda: second.kubectl(*inside, "cat", "/data/file")  # noqa: E731
    assert "kept" in str(eventually(read))
    second.run("up", "--light", "--fresh")
    assert namespace not in second.kubectl("get", "namespaces")
    assert not list((second.state / "pv").iterdir())


def test_names_of_the_base_domain(lab: dict) -> None:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [lab["dns"]]
    for tcp in (False, True):
        found = resolver.resolve(f"acme.{lab['domain']}", "A", tcp=tcp)
        assert [str(record) for record in found] == [lab["address"]]
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolver.resolve(f"no-dns.{lab['domain']}", "A")
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolver.resolve("example.org", "A")


def test_manifest_server_serves_roles_and_test_files_alone(lab: dict) -> None:
    context = ssl.create_default_context(cafile=lab["ca_file"])

    def get(path: str) -> tuple[int, str]:
        try:
            url = lab["manifests_url"] + path
            with urllib.request.urlopen(url, context=context, timeout=5) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""

    file = Path(lab["manifests_dir"]) / "lab-test.yaml"
    for text in ("first\n", "second\n"):
        file.write_text(text)
        assert get("/test/lab-test.yaml") == (200, text)
    file.unlink()
    assert get("/roles/host_namespace/meta/main.yml")[0] in (200, 404)
    outside = ("/", "/test/", "/test/lab-test.yaml", "/README.md", "/tests/lab/up.py")
    tricks = ("/test/../ca.pem", "/roles/../README.md", "/test/%2e%2e/tokens.csv")
    for path in outside + tricks + ("/test//etc/passwd", "/test/%00"):
        assert get(path)[0] == 404, path


def test_mail_is_kept_as_a_file(lab: dict) -> None:
    maildir = Path(lab["smtp"]["maildir"])
    before = set(maildir.iterdir())
    with smtplib.SMTP(lab["smtp"]["host"], lab["smtp"]["port"], timeout=5) as client:
        client.sendmail("a@x.test", ["b@y.test"], "Subject: Grüezi\n\nHi\n".encode())
    new = eventually(lambda: set(maildir.glob("*.eml")) - before)
    text = new.pop().read_bytes().decode()
    assert "X-Sink-From: a@x.test\r\nX-Sink-To: b@y.test\r\n" in text
    assert "Subject: Grüezi" in text


def test_the_bootstrapper_is_no_administrator_and_is_recorded(lab: dict) -> None:
    secret = token(Path(lab["kubeconfig"]).read_text())
    path = f"/api/v1/secrets?labelSelector=check%3D{secrets.token_hex(8)}"
    assert answer(lab, path, secret)[0] == 403
    assert answer(lab, path, "wrong")[0] == 401
    lines = Path(lab["audit_log"]).read_text().splitlines()
    events = [json.loads(line) for line in lines]
    refused = [event for event in events if event["requestURI"] == path]
    assert refused[0]["user"]["username"] == "hosting-bootstrapper"
    assert refused[0]["responseStatus"]["code"] == 403
    assert not any("requestObject" in e or "responseObject" in e for e in events)


def test_credentials_are_private_and_self_contained(lab: dict) -> None:
    for file in (Path(lab["kubeconfig"]), Path(lab["admin_kubeconfig"])):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        text = file.read_text()
        assert "certificate-authority-data: " in text and "exec" not in text
    state = Path(lab["kubeconfig_dir"]).parent
    for file in [state / "tokens.csv", *(state / "pki").iterdir()]:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def wait_for_pod(second: SecondLab, namespace: str, name: str) -> None:
    """Wait until a pod runs."""
    condition = ["--for=condition=Ready", "--timeout=60s"]
    second.kubectl("wait", "-n", namespace, f"pod/{name}", *condition)


def token(kubeconfig: str) -> str:
    """Return the token in a kubeconfig."""
    return kubeconfig.split("token: ")[1].split()[0]


def answer(facts: dict, path: str, bearer: str) -> tuple[int, str]:
    """Return status and body of an API request."""
    context = ssl.create_default_context(cafile=facts["ca_file"])
    headers = {"Authorization": f"Bearer {bearer}"}
    request = urllib.request.Request(facts["api"] + path, headers=headers)
    try:
        with urllib.request.urlopen(request, context=context, timeout=5) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def https(facts: dict, host: str) -> tuple[str, str]:
    """Return body of /web/health and the certificate's issuer, verified by name."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [facts["dns"]]
    address = str(resolver.resolve(host, "A")[0])
    context = ssl.create_default_context(cafile=facts["acme_roots"])
    with socket.create_connection((address, 443), timeout=5) as plain:
        with context.wrap_socket(plain, server_hostname=host) as encrypted:
            encrypted.sendall(
                f"GET /web/health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
            )
            reply = b"".join(iter(lambda: encrypted.recv(4096), b"")).decode()
            issuer = dict(pair[0] for pair in encrypted.getpeercert()["issuer"])
    assert reply.startswith("HTTP/1.1 200"), reply
    return reply, issuer["commonName"]
