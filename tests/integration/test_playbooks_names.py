"""Further names of a host, and what cert-manager says, on the real cluster."""

import json

import pytest

from tests.integration.by_hand import QUICK
from tests.integration.light import MANIFEST

pytestmark = pytest.mark.full

RULE = """\
    - host: {{ hosting_host | to_json }}
      http:
"""
RULES = """\
{% for name in [hosting_host] + hosting_domains %}
    - host: {{ name | to_json }}
      http:
"""
SEVERAL = MANIFEST.replace(RULE, RULES) + "{% endfor %}\n"
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: certificates.cert-manager.io}
spec:
  group: cert-manager.io
  names: {kind: Certificate, plural: certificates, singular: certificate}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema:
        openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
"""
CERTIFICATE = """\
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web-tls, namespace: NAMESPACE}
spec: {secretName: web-tls, dnsNames: [HOST], issuerRef: {name: letsencrypt}}
"""


@pytest.fixture(scope="module")
def hand(make, lab):
    """Return an applied host with one further name."""
    found = make("names", SEVERAL)
    found.variables["hosting_domains"] = [f"www.names.{lab['domain']}"]
    outcome = found.run("apply")
    assert outcome.code == 0, outcome.output[-3000:]
    found.first = outcome
    return found


def steps(outcome):
    """Return the ladder's steps by name."""
    return {row["step"]: row for row in outcome.result["ingress"]["steps"]}


def test_a_further_name_climbs_the_same_ladder(hand, look):
    """Its own DNS answer, certificate and page; admission knows it by the annotation."""
    assert {row["state"] for row in steps(hand.first).values()} == {"ok"}
    assert look.get(hand, "ingress", "web")["spec"]["rules"][1]["host"].startswith(
        "www."
    )
    space = json.loads(look("get", "namespace", hand.namespace, "-o", "json"))
    hosts = space["metadata"]["annotations"]["hosting.mint-cloud.ch/hosts"]
    assert hosts.split(",") == [hand.host, *hand.variables["hosting_domains"]]


def test_the_name_that_is_not_ok_is_told(hand):
    """Status names it in each step and leaves the others alone."""
    before = hand.variables
    hand.variables = before | {"hosting_domains": ["shop.example"]}
    found = steps(hand.run("status"))
    hand.variables = before
    assert found["dns"]["state"] == "pending"
    assert "shop.example" in found["dns"]["detail"]
    assert found["ingress"]["state"] == "failed"
    assert found["ingress"]["detail"] == "shop.example: no Ingress names shop.example"
    assert found["health"]["state"] == "ok"


def test_a_name_that_left_the_file_may_be_claimed_no_more(hand, look):
    """The gate refuses it, and the annotation has lost it before."""
    before = hand.variables
    hand.variables = before | {"hosting_domains": []}
    hand.set_text(
        SEVERAL.replace(
            "[hosting_host] + hosting_domains", "[hosting_host, 'www.names.x']"
        )
    )
    error = hand.run("apply", *QUICK).error
    assert error["class"] == "invalid_manifest" and "www.names.x" in error["message"]
    space = json.loads(look("get", "namespace", hand.namespace, "-o", "json"))
    hosts = space["metadata"]["annotations"]["hosting.mint-cloud.ch/hosts"]
    assert hosts == hand.host
    hand.variables = before
    hand.set_text(SEVERAL)


@pytest.fixture
def cert_manager(hand, look):
    """Install the kind of cert-manager, and one Certificate that it could not get."""
    look("apply", "-f", "-", text=CRD)
    look("wait", "--for=condition=Established", "crd/certificates.cert-manager.io")
    text = CERTIFICATE.replace("NAMESPACE", hand.namespace).replace("HOST", hand.host)
    look("apply", "-f", "-", text=text)
    rows = [{"type": "Ready", "status": "False", "reason": "Pending", "message": "x"}]
    rows += [
        rows[0] | {"type": "Issuing", "reason": "Failed", "message": "no such issuer"}
    ]
    patch = json.dumps({"status": {"conditions": rows}})
    words = ["-n", hand.namespace, "--subresource=status", "--type=merge", "-p", patch]
    look("patch", "certificate", "web-tls", *words)
    yield
    look("delete", "crd", "certificates.cert-manager.io")


def test_cert_managers_word_stands_in_the_ladder(hand, lab, cert_manager):
    """Read by the bootstrapper, when the certificate is not ok and only then."""
    good = steps(hand.run("status"))["certificate"]
    assert good["state"] == "ok" and "cert-manager" not in good["detail"]
    distrust = {"host_ingress_ca_files": {lab["name"]: lab["ca_file"]}}
    found = steps(hand.run("status", **distrust))["certificate"]
    assert found["state"] == "failed" and "not trusted" in found["detail"]
    assert "cert-manager, web-tls: Failed: no such issuer" in found["detail"]
    assert "describe certificate web-tls" in found["hint"]


def test_without_cert_manager_the_ladder_is_as_it_was(hand, lab):
    """A kind that is not there is no error."""
    distrust = {"host_ingress_ca_files": {lab["name"]: lab["ca_file"]}}
    outcome = hand.run("status", **distrust)
    assert outcome.result["ok"] and outcome.code == 0, outcome.output[-2000:]
    found = steps(outcome)["certificate"]
    assert found["state"] == "failed" and "cert-manager" not in found["detail"]
