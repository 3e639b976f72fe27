"""From what was probed to the six steps of the ladder."""

import ipaddress
import json

STEPS = ("dns", "ingress", "address", "certificate", "http", "health")
OK, PENDING, FAILED, SKIPPED = "ok", "pending", "failed", "skipped"
UNTRUSTED = 60
UNREACHED = {
    6: "name",
    7: "refused",
    28: "timeout",
    35: "TLS",
    52: "empty answer",
    56: "reset",
}
SOON_DAYS = 14
CURL_KEYS = ("http_code", "exitcode", "errormsg", "remote_ip")


def target(ingresses, host, cluster):
    """Return what to probe for a host: its Ingress, address, port, scheme and paths.

    :param ingresses: rows of host_ingress_look
    :param cluster: ``hosting_cluster``
    """
    own = [row for row in ingresses if host in row["hosts"]]
    ingress = own[0] if own else None
    told = [text for text in (ingress or {}).get("addresses", []) if text]
    address = cluster.get("address") or (told[0] if told else "")
    scheme = "https" if cluster.get("issuer") else "http"
    return {
        "ingress": ingress,
        "told": told,
        "address": address,
        "bracketed": f"[{address}]" if ":" in address else address,
        "scheme": scheme,
        "port": 443 if scheme == "https" else 80,
        "url": f"{scheme}://{host}",
        "health_path": (ingress or {}).get("health_path", "/"),
    }


def ladder(target, host, cluster, probes):
    """Return ``{"url", "steps"}``.

    :param probes: dict of dns (list, or text of an error), classes (names, or None if not
        looked), certificate (x509_certificate_info's dict or {}), certificate_error (text),
        curl (list of curl's JSON rows: http, health), suspended
    """
    steps = [
        dns_step(probes["dns"], target, host),
        ingress_step(target, host, cluster, probes["classes"]),
    ]
    if steps[1]["state"] == FAILED:
        steps += [row(name, SKIPPED) for name in STEPS[2:]]
    else:
        steps.append(address_step(target, cluster))
        steps += address_steps(target, host, probes, steps[-1]["state"])
    return {"url": target["url"], "steps": steps}


def address_steps(target, host, probes, address_state):
    """Return the steps that need an address to knock at."""
    if address_state != OK:
        return [row(name, SKIPPED) for name in STEPS[3:]]
    steps = [certificate_step(target, host, probes)]
    if probes["suspended"]:
        return steps + [
            row(name, SKIPPED, "the host is suspended") for name in STEPS[4:]
        ]
    curl = probes["curl"]
    http = http_step(curl[0] if curl else {})
    steps.append(http)
    if http["state"] == PENDING and not (curl and curl[0].get("http_code")):
        return steps + [row("health", SKIPPED)]
    return steps + [
        health_step(curl[1] if len(curl) > 1 else {}, target["health_path"])
    ]


def row(step, state, detail="", hint=""):
    """Return one step as it is published."""
    return {"step": step, "state": state, "detail": str(detail)[:300], "hint": hint}


def dns_step(answer, target, host):
    """The name resolves to the expected address."""
    expected = target["address"]
    if isinstance(answer, str):
        return row(
            "dns",
            PENDING,
            answer,
            "The DNS server does not answer; check the resolver.",
        )
    if not answer:
        wanted = expected or "the ingress controller's address"
        hint = f"Add a DNS record: {host} or its wildcard, pointing to {wanted}."
        return row("dns", PENDING, f"{host} does not resolve", hint)
    found = ", ".join(answer)
    if expected and is_address(expected) and expected not in answer:
        return row(
            "dns", FAILED, found, f"Point the DNS record of {host} to {expected}."
        )
    return row("dns", OK, found)


def is_address(text):
    """Tell whether a text is an IP address."""
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def ingress_step(target, host, cluster, classes):
    """An Ingress names the host, and its class exists."""
    if not target["ingress"]:
        hint = "A manifest needs an Ingress with the hosts [hosting_host] + hosting_domains."
        return row("ingress", FAILED, f"no Ingress names {host}", hint)
    wanted = target["ingress"]["class"] or cluster.get("ingress_class", "")
    if classes is not None and wanted not in classes:
        hint = (
            f"The cluster has: {', '.join(classes) or 'none'}. Correct hosting_cluster."
        )
        return row(
            "ingress", FAILED, f"the ingress class {wanted} does not exist", hint
        )
    return row("ingress", OK, f"{target['ingress']['name']} ({wanted})")


def address_step(target, cluster):
    """The controller took the Ingress; one that tells nothing is probed at the expected address."""
    if target["told"]:
        return row("address", OK, ", ".join(target["told"]))
    if target["address"]:
        detail = f"the controller reports none; {target['address']} is probed"
        return row("address", OK, detail)
    hint = "Check that the ingress controller runs and watches this class."
    return row("address", PENDING, "the controller reports no address", hint)


def certificate_step(target, host, probes):
    """The certificate at the address names the host, is in date and trusted."""
    if target["scheme"] == "http":
        return row("certificate", SKIPPED, "the cluster has no issuer")
    found = probes["certificate"]
    if not found:
        hint = "Check that the ingress controller listens on port 443 of the address."
        return row("certificate", PENDING, probes["certificate_error"], hint)
    names = [name.removeprefix("DNS:") for name in found.get("subject_alt_name") or []]
    if not any(matches(name, host) for name in names):
        detail = f"it is for {', '.join(names[:3]) or subject(found)}"
        hint = "The issuer has not made one yet; check it if this stays."
        return row("certificate", PENDING, detail, hint)
    if found.get("expired"):
        hint = "Check that the issuer renews it."
        return row("certificate", FAILED, f"expired {day(found)}", hint)
    curl = probes["curl"]
    if curl and curl[0].get("exitcode") == UNTRUSTED:
        hint = "Check the issuer, or add its root (host_ingress_ca_files)."
        return row("certificate", FAILED, f"not trusted: {issuer(found)}", hint)
    soon = (found.get("valid_at") or {}).get("soon") is False
    hint = f"It ends within {SOON_DAYS} days; check that it is renewed." if soon else ""
    return row("certificate", OK, f"{issuer(found)}, until {day(found)}", hint)


def day(certificate):
    """Return the last day of a certificate as 2027-02-21."""
    text = str(certificate.get("not_after") or "")
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}"


def matches(name, host):
    """Tell whether a certificate's name covers a host; a wildcard covers one label."""
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return name == host


def subject(certificate):
    """Return the common name of a certificate."""
    return (certificate.get("subject") or {}).get("commonName", "no name")


def issuer(certificate):
    """Return the common name of a certificate's issuer."""
    return (certificate.get("issuer") or {}).get("commonName", "unknown issuer")


def http_step(curl):
    """The host answers at all."""
    code = curl.get("http_code") or 0
    if not code:
        return row(
            "http",
            PENDING,
            curl_problem(curl),
            "Wait, or check the ingress controller.",
        )
    if code >= 500:
        return row(
            "http",
            PENDING,
            f"HTTP {code}",
            "The application does not answer yet; see its pods.",
        )
    if code == 404:
        hint = "No route yet, or the application has no such page; see health."
        return row("http", OK, "HTTP 404", hint)
    return row("http", OK, f"HTTP {code}")


def health_step(curl, path):
    """The health path answers 200, nothing else."""
    code = curl.get("http_code") or 0
    if code == 200:
        return row("health", OK, f"{path}: HTTP 200")
    detail = f"{path}: HTTP {code}" if code else f"{path}: {curl_problem(curl)}"
    hint = "Wait until the application is up; check the health-path annotation if this stays."
    return row("health", PENDING, detail, hint)


def curl_problem(curl):
    """Return why curl got no answer."""
    code = curl.get("exitcode")
    return curl.get("errormsg") or UNREACHED.get(code) or "no answer"


def curl_rows(stdout):
    """Return the JSON objects that curl wrote, one a line, without its certificates."""
    rows = []
    for line in (stdout or "").splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        rows.append({key: found.get(key) for key in CURL_KEYS})
    return rows


def pending(ladder):
    """Tell whether a later look may find more: a step is pending."""
    return any(step["state"] == PENDING for step in (ladder or {}).get("steps", []))


def green(ladder):
    """Tell whether every step is ok or has nothing to say."""
    steps = (ladder or {}).get("steps", [])
    return bool(steps) and all(step["state"] in (OK, SKIPPED) for step in steps)


def uncertified(ladder):
    """Tell whether a ladder's certificate is expected and not ok."""
    states = {step["step"]: step["state"] for step in (ladder or {}).get("steps", [])}
    return states.get("certificate") in (PENDING, FAILED)


class FilterModule:
    """Filters of host_ingress; the role's name is their prefix."""

    def filters(self):
        """Return the filters by name."""
        functions = [target, ladder, curl_rows, pending, green, uncertified]
        return {f"host_ingress_{function.__name__}": function for function in functions}
