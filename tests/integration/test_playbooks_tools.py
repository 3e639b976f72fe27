"""The playbooks that work on no host: cluster_check, manifest_fetch, manifest_check."""

import json

from tests.integration.by_hand import ansible
from tests.integration.light import MANIFEST


def test_the_cluster_check_proves_the_policies(make, lab):
    """Allowed and denied dry runs, class, storage, DNS; nothing stays."""
    hand = make("hand-check")
    # The policy for Ingresses needs a namespace with a host's own account.
    assert hand.run("apply", "--skip-tags", "host_manifests,host_ingress").code == 0
    cluster = hand.variables["hosting_cluster"]
    owner = hand.variables["hosting_owner"]
    decisions = {
        "k8s_context": lab["context"],
        "cluster_check_cluster": cluster,
        "cluster_check_owner": owner,
    }
    words = ["cluster_check", "-i", "localhost,", "-e", json.dumps(decisions)]
    outcome = ansible(hand, words, lab["kubeconfig"], "localhost")
    result = outcome.stats["cluster_check_result"]
    assert (
        outcome.code == 0
        and result["ok"] is True
        and result["version"].startswith("v1.")
    )
    assert {row["state"] for row in result["checks"]} == {"ok"}
    assert len(result["checks"]) == 10
    assert all(entry["name"].startswith("host-") for entry in result["namespaces"])
    words[-1] = json.dumps(
        decisions | {"cluster_check_cluster": cluster | {"ingress_class": "x"}}
    )
    outcome = ansible(hand, words, lab["kubeconfig"], "localhost")
    failed = [
        row
        for row in outcome.stats["cluster_check_result"]["checks"]
        if row["state"] == "failed"
    ]
    assert outcome.code != 0 and [row["check"] for row in failed] == ["ingress class"]
    assert "traefik" in failed[0]["hint"]


def test_fetch_and_check_need_no_cluster(make, lab):
    """Each URL and each file has its row; one that fails fails the playbook."""
    hand = make("hand-fetch")
    url = hand.variables["hosting_manifests"][0]["url"]
    directory = hand.directory / "manifests"
    wanted = {
        "manifest_fetch_urls": [url, url + ".gone"],
        "manifest_fetch_directory": str(directory),
    }
    words = ["manifest_fetch", "-i", "localhost,", "-e", json.dumps(wanted)]
    outcome = ansible(hand, words, "/nonexistent", "localhost")
    good, gone = outcome.stats["manifest_fetch_results"]
    assert outcome.code != 0
    assert good["ok"] and (directory / good["sha256"]).read_text() == MANIFEST
    assert (
        gone["error"]["class"] == "manifest_unreachable"
        and "404" in gone["error"]["message"]
    )
    bad = hand.directory / "bad.yaml"
    bad.write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n")
    files = {"manifest_check_files": [str(directory / good["sha256"]), str(bad)]}
    outcome = hand.run(
        "manifest_check", host="localhost", kubeconfig="/nonexistent", **files
    )
    rows = outcome.stats["manifest_check_results"]
    names = [variable["name"] for variable in rows[0]["variables"]]
    assert {"hosting_host", "web_greeting", "web_replicas"} <= set(names)
    assert [row["ok"] for row in rows] == [True, False]
    assert (rows[1]["stage"], rows[1]["rule"], rows[1]["document"]) == (
        "check",
        "kind",
        1,
    )
    assert "Deployment" in rows[1]["message"]
