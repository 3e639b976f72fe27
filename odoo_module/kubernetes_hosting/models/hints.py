"""What to do next, in the reader's language and in Odoo's words.

Playbooks hint at the next step in English and in the words of somebody who works by
hand (*run cluster_check.yml*). Here stands what the same means in Odoo. A hint that is
not in the table is shown as it came.
"""

from odoo.tools.translate import LazyTranslate, get_translation

from .catalogue import Catalogue

_lt = LazyTranslate(__name__)
MODULE = "kubernetes_hosting"

# Hint of a playbook, with %(name)s for what differs → the same for a reader of Odoo.
HINTS = {
    # roles/host_report, one for each class of errors
    "Check the cluster's address, the network and its API server; run again.": _lt(
        "Check that the cluster's API server runs and can be reached from Odoo; then "
        "run it again."
    ),
    "Check the kubeconfig (K8S_AUTH_KUBECONFIG): token, user and context.": _lt(
        "Check the cluster's kubeconfig: token, user and context. Then press Check "
        "connection on the cluster."
    ),
    "Check the roles and policies of the cluster: run cluster_check.yml.": _lt(
        "Press Check connection on the cluster: it shows which role or policy is "
        "missing."
    ),
    "Somebody else manages this. Compare, then decide (flags: playbooks/README.md).": _lt(
        "Somebody else manages this. Compare; an administrator may take it over."
    ),
    "Raise hosting_quota or ask for less in the manifest.": _lt(
        "Raise the quota of the host, or ask for less in its parameters."
    ),
    "Correct vars.yml (the schema: roles/host_validate/README.md).": _lt(
        "Correct the parameters of the host, then press Apply."
    ),
    "Correct the manifest; manifest_check.yml checks it without a cluster.": _lt(
        "Have the manifest corrected, then press Fetch on it."
    ),
    "Run update.yml, or use the zip export, which holds the wanted text.": _lt(
        "Press Fetch on the manifest and have the new version approved, then press "
        "Update on the host."
    ),
    "Check the URL; the texts at hand in manifests/ need none.": _lt(
        "Check the URL of the manifest and whether its server answers."
    ),
    "Adopt it (host_manifests_adopt) or overwrite it (host_manifests_overwrite).": _lt(
        "Press Adopt to keep what was applied by hand, or Overwrite to replace it."
    ),
    "Another run works on this host. Run again when it has ended.": _lt(
        "Another run works on this host: run it again when that has ended."
    ),
    "Run again; if it stays, look at the cluster's load.": _lt(
        "Run it again; if it stays so, look at the load of the cluster."
    ),
    "Check the image's name, its registry and the pull secret.": _lt(
        "Check the name of the image, its registry and the secret for pulling it."
    ),
    "Look at the pod's events and logs (observed), correct the parameters, "
    "run again.": _lt(
        "Look at the tab Problems: it shows pods, events and logs. Correct the "
        "parameters, then press Apply."
    ),
    "Correct the cause named above, then run it again: staging has what it had.": _lt(
        "Correct the cause named above, then run it again: staging has what it had."
    ),
    "Please report this with the run's log.": _lt(
        "Please report this, with the log of the run."
    ),
    # roles/host_ingress, steps of the ladder
    "The DNS server does not answer; check the resolver.": _lt(
        "The DNS server does not answer: check the resolver."
    ),
    "Add a DNS record: %(host)s or its wildcard, pointing to %(address)s.": _lt(
        "Add a DNS record: %(host)s or its wildcard, pointing to %(address)s."
    ),
    "Point the DNS record of %(host)s to %(address)s.": _lt(
        "Point the DNS record of %(host)s to %(address)s."
    ),
    "A manifest needs an Ingress with the hosts [hosting_host] + hosting_domains.": _lt(
        "A manifest needs an Ingress with the hosts [hosting_host] + hosting_domains."
    ),
    "The cluster has: %(classes)s. Correct hosting_cluster.": _lt(
        "The cluster has: %(classes)s. Correct its ingress class in Odoo."
    ),
    "Check that the ingress controller runs and watches this class.": _lt(
        "Check that the ingress controller runs and watches this class."
    ),
    "Check that the ingress controller listens on port 443 of the address.": _lt(
        "Check that the ingress controller listens on port 443 of the address."
    ),
    "The issuer has not made one yet; check it if this stays.": _lt(
        "The issuer has not made one yet; check it if this stays so."
    ),
    "Check that the issuer renews it.": _lt("Check that the issuer renews it."),
    "Check the issuer, or add its root (host_ingress_ca_files).": _lt(
        "Check the issuer, or have its root added (host_ingress_ca_files)."
    ),
    "It ends within %(days)s days; check that it is renewed.": _lt(
        "It ends within %(days)s days; check that it is renewed."
    ),
    "Wait, or check the ingress controller.": _lt(
        "Wait, or check the ingress controller."
    ),
    "The application does not answer yet; see its pods.": _lt(
        "The application does not answer yet: see its pods on the tab Problems."
    ),
    "No route yet, or the application has no such page; see health.": _lt(
        "No route yet, or the application has no such page: see Health."
    ),
    "Wait until the application is up; check the health-path annotation if "
    "this stays.": _lt(
        "Wait until the application is up; check the annotation health-path if this "
        "stays so."
    ),
    # roles/cluster_check
    "An administrator applies roles/host_namespace/files/cluster once more.": _lt(
        "An administrator of the cluster applies the files in "
        "roles/host_namespace/files/cluster once more."
    ),
    "Install an ingress controller, or use one of: %(classes)s.": _lt(
        "Install an ingress controller, or use one of: %(classes)s."
    ),
    "Mark one storage class as the default, or volume claims will wait for ever.": _lt(
        "Mark one storage class as the default, or volume claims will wait for ever."
    ),
    "Add a DNS record: *.%(domain)s pointing to %(address)s.": _lt(
        "Add a DNS record: *.%(domain)s pointing to %(address)s."
    ),
    "cert-manager has: %(issuers)s. Correct the cluster's issuer.": _lt(
        "cert-manager has: %(issuers)s. Correct the issuer of the cluster."
    ),
    # roles that stop for a decision
    "An administrator creates it there; then run again.": _lt(
        "An administrator creates it there; then run it again."
    ),
    "An administrator lists it in host_namespace_provider_secrets, or it leaves "
    "hosting_secrets.": _lt(
        "An administrator allows it (host_namespace_provider_secrets), or the manifest "
        "does without."
    ),
    "Resume it.": _lt("Resume it first."),
    "Back it up (backup.yml), or decide to do without: "
    "-e '{\"host_remove_without_backup\": true}'": _lt(
        "Press Back up now first, or tick that you terminate without a backup."
    ),
    "Run terminate.yml again: it waits on. Something with a finalizer waits for its "
    "controller; an administrator sees it with kubectl get namespace %(namespace)s "
    "-o yaml.": _lt(
        "Press Terminate again: it waits on. Something with a finalizer waits for its "
        "controller; an administrator sees it with kubectl get namespace %(namespace)s "
        "-o yaml."
    ),
    # tools/supervisor.py and tools/events.py
    "Nothing to do: Odoo starts the run again.": _lt(
        "Nothing to do: Odoo starts the run again."
    ),
    "Look at the log, then run it again.": _lt("Look at the log, then run it again."),
    "Show the log: it has the whole story.": _lt(
        "Show the log: it has the whole story."
    ),
    "Wait until it is done, then run this one again.": _lt(
        "Wait until it is done, then run this one again."
    ),
}


_CATALOGUE = Catalogue(HINTS)


def translate(env, hint):
    """Return what a hint means for whoever reads it in Odoo.

    :param env: whose language counts
    :param hint: as a playbook or Odoo itself stored it, in English; may be empty
    """
    text = str(hint or "")
    # Odoo's own were stored by its bot, in the words of the source.
    return _CATALOGUE.translate(env, text) or get_translation(
        MODULE, env.lang or "en_US", text, ()
    )


def translate_rows(env, rows):
    """Return rows of a ladder or a report with their hints translated."""
    return [
        row | {"hint": translate(env, row["hint"])} if row.get("hint") else row
        for row in rows or []
    ]
