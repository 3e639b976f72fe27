"""From the results of tasks to what is published: actions, refusals, one error."""

import json
import re

HINTS = {
    "unreachable": "Check the cluster's address, the network and its API server; run again.",
    "unauthorized": "Check the kubeconfig (K8S_AUTH_KUBECONFIG): token, user and context.",
    "forbidden": "Check the roles and policies of the cluster: run cluster_check.yml.",
    "conflict": "Somebody else manages this. Compare, then decide (flags: playbooks/README.md).",
    "quota": "Raise hosting_quota or ask for less in the manifest.",
    "invalid_vars": "Correct vars.yml (the schema: roles/host_validate/README.md).",
    "invalid_manifest": "Correct the manifest; manifest_check.yml checks it without a cluster.",
    "manifest_changed": "Run update.yml, or use the zip export, which holds the wanted text.",
    "manifest_unreachable": "Check the URL; the texts at hand in manifests/ need none.",
    "manifest_drift": "Adopt it (host_manifests_adopt) or overwrite it (host_manifests_overwrite).",
    "busy": "Another run works on this host. Run again when it has ended.",
    "timeout": "Run again; if it stays, look at the cluster's load.",
    "image_pull": "Check the image's name, its registry and the pull secret.",
    "not_ready": "Look at the pod's events and logs (observed), correct the parameters, run again.",
    "reset_unsafe": "Correct the cause named above, then run it again: staging has what it had.",
    "internal": "Please report this with the run's log.",
}
RETRYABLE = {"unreachable", "manifest_unreachable", "busy", "timeout"}
PREFIX = re.compile(r"\A\[([a-z_]+)\] (.*?)(?:\s+Hint: (.*))?\Z", re.DOTALL)
# Looked for in this order in what the API server or its client said.
PATTERNS = [
    (re.compile(pattern, re.IGNORECASE), error_class)
    for pattern, error_class in (
        (r"exceeded quota", "quota"),
        (r"failed to create typed patch object", "invalid_manifest"),
        (
            r"ValidatingAdmissionPolicy|admission webhook|violates PodSecurity",
            "forbidden",
        ),
        (r"cannot impersonate|is forbidden|\bForbidden\b", "forbidden"),
        (r"Unauthorized", "unauthorized"),
        (
            r"invalid kube-?config|could not create API client|context .* (not|does)",
            "unauthorized",
        ),
        (r"\bConflict\b|the object has been modified", "conflict"),
        (r"certificate verify failed|CERTIFICATE_VERIFY", "unauthorized"),
        (
            r"Max retries exceeded|Connection (refused|reset|aborted)|RemoteDisconnected",
            "unreachable",
        ),
        (r"No route to host|Name or service not known|timed out", "unreachable"),
        (
            r"Too Many Requests|InternalError|ServiceUnavailable|etcdserver",
            "unreachable",
        ),
        (r"Failed to find exact match|\bInvalid\b|BadRequest", "invalid_manifest"),
    )
]
# What may be over at the next attempt, and what looks like it but is not.
PASSING = re.compile(
    r"\b(429|500|503|504)\b|Too Many Requests|Connection reset|Connection aborted"
    r"|RemoteDisconnected|timed out|etcdserver|leader changed|TLS handshake timeout",
    re.IGNORECASE,
)
PERMANENT = re.compile(
    r"failed to create typed patch object|Connection refused", re.IGNORECASE
)
CONNECTION = re.compile(r"Pool\(host='([^']*)', port=(\d+)\)")
CODES = {401: "unauthorized", 403: "forbidden", 409: "conflict", 429: "unreachable"}
CODES |= {400: "invalid_manifest", 422: "invalid_manifest"}
CODES |= {
    500: "unreachable",
    502: "unreachable",
    503: "unreachable",
    504: "unreachable",
}
MAX_MESSAGE = 1000
# What a dry run says in place of each action.
PLANNED = {
    "created": "would_create",
    "patched": "would_patch",
    "deleted": "would_prune",
}


def error(result, failures=(), task=""):
    """Return the published error of a failed task.

    :param result: ``ansible_failed_result``
    :param failures: ``{object, message}`` rows of an apply, when that is what failed
    :param task: the failed task's name, for what nobody expected
    """
    result = failed_item(result)
    if isinstance(result.get("error"), dict) and "class" in result["error"]:
        return complete(**as_arguments(result["error"]))
    if result.get("argument_errors"):
        texts = [
            str(text).split(". Supported parameters")[0]
            for text in result["argument_errors"]
        ]
        return complete("invalid_vars", "; ".join(texts))
    if failures:
        return of_failures(failures)
    message = str(result.get("msg") or result.get("reason") or "")
    match = PREFIX.match(message)
    if match and match[1] in HINTS:
        return complete(match[1], match[2], hint=match[3] or "")
    if result.get("timedout"):
        return complete("timeout", f"{task}: no answer in time")
    found = classify(message)
    text = readable(message)
    return complete(found, text if found != "internal" else f"{task}: {text}")


def failed_item(result):
    """Return the first failed item of a loop's result; another result as it is."""
    items = result.get("results")
    failed = [row for row in items or [] if isinstance(row, dict) and row.get("failed")]
    return failed[0] if isinstance(items, list) and failed else result


def as_arguments(given):
    """Return a module's error as arguments of ``complete``."""
    return {
        "error_class": given["class"] if given["class"] in HINTS else "internal",
        "message": given.get("message", ""),
        "place": given.get("object", ""),
        "hint": given.get("hint", ""),
        "retryable": given.get("retryable"),
    }


def of_failures(failures):
    """Return the error of objects that the API server refused: the first names it."""
    first = failures[0]
    more = (
        f" ({len(failures) - 1} more objects were refused)" if len(failures) > 1 else ""
    )
    text = readable(first["message"])
    return complete(classify(first["message"]), f"{text}{more}", first["object"])


def complete(error_class, message, place="", hint="", retryable=None):
    """Return an error with every key of the contract."""
    return {
        "class": error_class,
        "message": str(message)[:MAX_MESSAGE],
        "object": str(place),
        "hint": str(hint) or HINTS[error_class],
        "retryable": error_class in RETRYABLE if retryable is None else bool(retryable),
    }


def classify(message):
    """Return the error class of what the API server or its client said."""
    for pattern, error_class in PATTERNS:
        if pattern.search(message):
            return error_class
    return CODES.get(status(message).get("code"), "internal")


def status(message):
    """Return the Kubernetes Status object inside a message, or an empty dict."""
    start = message.find('{"')
    if start < 0:
        return {}
    try:
        found, _ = json.JSONDecoder().raw_decode(message[start:])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def readable(message):
    """Return the sentence inside a Status object, and urllib3 without its class names."""
    told = str(status(message).get("message") or message).strip()
    told = re.sub(r"\A(Task failed: )?(Module failed: )?", "", told)
    match = CONNECTION.search(told)
    if not match:
        return told
    reason = re.search(
        r"\[Errno -?\d+\] [^)'\"]+|timed out|certificate verify failed[^)'\"]*"
        r"|\[\w+: \w+\] [^()'\"]+",
        told,
    )
    return f"no connection to {match[1]}:{match[2]} ({reason[0] if reason else told[-200:]})"


def rows(result):
    """Return the row of each object from a k8s task's result, whatever its shape.

    kubernetes.core nests the rows of several objects and leaves one object's row bare.
    """
    inner = result.get("result")
    if isinstance(inner, dict) and isinstance(inner.get("results"), list):
        return inner["results"]
    return [result] if "result" in result or "error" in result else []


def actions(result, definitions):
    """Return ``{kind, name, namespace, action}`` of each object that was written or compared."""
    table = []
    for definition, row in zip(definitions, rows(result), strict=False):
        if not row.get("error"):
            table.append(action_row(definition, action(row)))
    return table


def action_row(definition, done):
    """Return one object's row."""
    metadata = definition["metadata"]
    return {
        "kind": definition["kind"],
        "name": metadata["name"],
        "namespace": metadata.get("namespace", ""),
        "action": done,
    }


def would_create(definitions):
    """Return the rows of objects that a dry run in a namespace that is not there would create."""
    return [action_row(definition, "created") for definition in definitions]


def merged(table):
    """Return one row for each object; of two, the one that changed it."""
    found = {}
    for row in table:
        key = (row["kind"], row["namespace"], row["name"])
        if key not in found or found[key]["action"] == "unchanged":
            found[key] = row
    return list(found.values())


def planned(table, dry):
    """Return the rows as they are told: what a dry run did not do, it would do.

    :param dry: nothing was written
    """
    if not dry:
        return table
    return [
        row | {"action": PLANNED.get(row["action"], row["action"])} for row in table
    ]


def action(row):
    """Return created, patched, deleted or unchanged."""
    diff = row.get("diff") or {}
    # kubernetes.core calls it a change when a dry run differs in hidden fields alone.
    if not row.get("changed") or (diff.get("before") == {} == diff.get("after")):
        return "unchanged"
    if row.get("method") == "delete":
        return "deleted"
    if row.get("method") == "create" or diff.get("before") == {}:
        return "created"
    return "patched"


def failures(result, definitions):
    """Return ``{object, message}`` of each object that the API server refused."""
    table = []
    for definition, row in zip(definitions, rows(result), strict=False):
        if row.get("error"):
            metadata = definition["metadata"]
            place = [definition["kind"], metadata.get("namespace"), metadata["name"]]
            message = str(row["error"].get("msg") or row["error"])
            table.append({"object": "/".join(filter(None, place)), "message": message})
    return table


def settled(result, refused):
    """Tell whether trying again is of no use: all went well, or it fails for good.

    :param refused: the objects that were refused, as ``failures`` gives them
    """
    texts = [row["message"] for row in refused]
    if result.get("failed"):
        texts.append(str(result.get("msg") or ""))
    return not any(
        PASSING.search(text) and not PERMANENT.search(text) for text in texts
    )


class FilterModule:
    """Filters of host_report."""

    def filters(self):
        """Return the filters by name."""
        functions = [error, actions, failures, settled, would_create, merged, planned]
        return {f"host_report_{function.__name__}": function for function in functions}
