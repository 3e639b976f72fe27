"""The gate: which rendered documents become objects of a host's namespace."""

import re

from ansible.module_utils.host_manifests import kinds, pods
from ansible.module_utils.host_manifests.errors import Problem
from ansible.module_utils.host_manifests.pods import as_dict
from ansible.module_utils.host_manifests.strict_yaml import load_documents

PREFIX = "hosting.mint-cloud.ch/"
MANAGED_BY = "app.kubernetes.io/managed-by"
RESERVED = "hosting-"
PROVIDED = "provider-"  # Secrets that host_namespace copies
NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
METADATA = {"name", "namespace", "labels", "annotations"}
METADATA_HINTS = {"generateName": "Give it a name: a second run must find it again."}
TOP_LEVEL = (
    "apiVersion kind metadata spec data stringData binaryData immutable type".split()
)


def check_text(text, policy, manifest=""):
    """Return ``(objects, problems)`` of one rendered manifest.

    :param policy: dict of namespace, hosts, ingress_class, kinds (``apps/v1/Deployment``),
        ingress_annotations, allow_root, max_objects
    :return: list of dicts ready to be applied, list of Problem
    """
    try:
        documents = load_documents(text)
    except Problem as problem:
        return [], [problem.at(manifest=manifest)]
    objects, problems = [], []
    for number, document in documents:
        found = [
            Problem(*finding).at(
                manifest=manifest, document=number, object=title(document)
            )
            for finding in check_document(document, policy)
        ]
        problems += found
        if not found:
            objects.append(with_namespace(document, policy))
    return objects, problems


def check_all(rendered, policy):
    """Return ``(objects by manifest, problems)`` of all manifests of a host.

    :param rendered: list of ``(manifest name, text)``
    """
    by_manifest, problems, seen = {}, [], {}
    for manifest, text in rendered:
        objects, found = check_text(text, policy, manifest)
        problems += found
        by_manifest[manifest] = objects
        for obj in objects:
            if identity(obj) in seen:
                problems.append(twice(obj, manifest, seen[identity(obj)]))
            seen[identity(obj)] = manifest
    count = sum(len(objects) for objects in by_manifest.values())
    if count > policy["max_objects"]:
        message = f"{count} objects, {policy['max_objects']} are accepted"
        problems.append(Problem("objects", "", message))
    return by_manifest, problems


def twice(obj, manifest, first):
    """Return the problem of an object that two documents define."""
    message = f"{title(obj)} is defined twice (also in {first})"
    return Problem(
        "duplicate_object",
        "metadata.name",
        message,
        manifest=manifest,
        object=title(obj),
    )


def check_document(document, policy):
    """Yield ``(rule, path, message, hint)`` of one document."""
    if not isinstance(document, dict):
        yield (
            "document",
            "",
            "a document is a mapping with apiVersion, kind and metadata",
            "",
        )
        return
    broken = list(check_kind(document, policy))
    yield from broken
    if broken:
        return
    for key in sorted(set(document) - set(TOP_LEVEL)):
        yield "field", key, f"{key} is not accepted", ""
    yield from check_metadata(
        as_dict(document.get("metadata")), document["kind"], policy
    )
    path, template = pods.template_of(document)
    if template is not None:
        yield from pods.check_template(path, template, policy)
    check = kinds.CHECKS.get(document["kind"])
    if check:
        yield from check(document, policy)


def check_kind(document, policy):
    """Yield a finding if the kind is not on the list."""
    version, kind = document.get("apiVersion"), document.get("kind")
    if not (isinstance(version, str) and isinstance(kind, str)):
        yield "kind", "kind", "apiVersion and kind must be texts", ""
    elif kind.endswith("List") or "items" in document:
        yield "list", "kind", f"{kind} is a list", "Separate the objects by --- lines."
    elif f"{version}/{kind}" not in policy["kinds"]:
        hint = kinds.REPLACEMENTS.get(kind, "")
        if any(allowed.endswith(f"/{kind}") for allowed in policy["kinds"]):
            hint = (
                "Use "
                + next(k for k in policy["kinds"] if k.endswith(f"/{kind}"))
                + "."
            )
        yield "kind", "kind", f"{version} {kind} is not accepted", hint


def check_metadata(metadata, kind, policy):
    """Yield the findings of an object's metadata."""
    for key in sorted(set(metadata) - METADATA):
        yield (
            "metadata",
            f"metadata.{key}",
            f"{key} is not accepted",
            METADATA_HINTS.get(key, ""),
        )
    yield from check_name(metadata.get("name"), kind)
    namespace = metadata.get("namespace")
    if namespace not in (None, policy["namespace"]):
        hint = "Leave it out: the host's own namespace is filled in."
        yield (
            "namespace",
            "metadata.namespace",
            f"{namespace} is not this host's namespace",
            hint,
        )
    yield from check_texts("labels", metadata.get("labels"))
    yield from check_texts("annotations", metadata.get("annotations"), kind)
    yield from pods.check_steering("metadata", metadata)


def check_name(name, kind):
    """Yield a finding if the name is no DNS subdomain or is the machinery's."""
    if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > 253:
        yield (
            "name",
            "metadata.name",
            f"{name!r} is no valid name",
            "Use a-z, 0-9, - and dots.",
        )
    elif name.startswith(RESERVED):
        yield (
            "reserved_name",
            "metadata.name",
            f"names with {RESERVED} are reserved",
            "Rename it.",
        )
    elif kind == "Secret" and name.startswith(PROVIDED):
        hint = "Rename it; a copy of the provider's is asked for in hosting_secrets."
        yield (
            "reserved_name",
            "metadata.name",
            f"Secrets with {PROVIDED} are the provider's",
            hint,
        )


def check_texts(field, values, kind=None):
    """Yield the findings of labels or annotations."""
    if values is None:
        return
    if not isinstance(values, dict):
        yield field, f"metadata.{field}", f"{field} is a mapping", ""
        return
    for key, value in values.items():
        path = f"metadata.{field}"
        if not isinstance(value, str):
            yield field, path, f"{key}: {value!r} is no text", "Put it in quotes."
        own = kind == "Ingress" and key == kinds.HEALTH_PATH
        if key.startswith(PREFIX) and not own:
            yield (
                "reserved_label",
                path,
                f"{key} is set by the run itself",
                "Leave it out.",
            )
        if key == MANAGED_BY and value != "hosting":
            yield (
                "reserved_label",
                path,
                f"{key} is set by the run itself",
                "Leave it out.",
            )


def with_namespace(document, policy):
    """Return the document with its namespace filled in."""
    metadata = document["metadata"] | {"namespace": policy["namespace"]}
    return document | {"metadata": metadata}


def finish(obj, policy, sha256):
    """Return the object as it is applied: labelled, annotated, at rest if suspended."""
    metadata = dict(obj["metadata"])
    own = {MANAGED_BY: "hosting", f"{PREFIX}host": policy["hosts"][0]}
    metadata["labels"] = as_dict(metadata.get("labels")) | own
    metadata["annotations"] = as_dict(metadata.get("annotations")) | {
        f"{PREFIX}manifest-sha256": sha256
    }
    obj = obj | {"metadata": metadata}
    if policy.get("suspended"):
        obj = at_rest(obj)
    return obj


def at_rest(obj):
    """Return a workload that runs nothing; other kinds as they are."""
    if obj["kind"] in ("Deployment", "StatefulSet"):
        return obj | {"spec": as_dict(obj.get("spec")) | {"replicas": 0}}
    if obj["kind"] == "CronJob":
        return obj | {"spec": as_dict(obj.get("spec")) | {"suspend": True}}
    return obj


def in_order(objects):
    """Return the objects in the order of writing; equal kinds keep theirs."""
    last = len(kinds.ORDER)

    def rank(obj):
        kind = obj["kind"]
        return kinds.ORDER.index(kind) if kind in kinds.ORDER else last

    return sorted(objects, key=rank)


def identity(obj):
    """Return ``apps/v1/Deployment/odoo``: what names an object in its namespace."""
    return f"{obj['apiVersion']}/{obj['kind']}/{obj['metadata']['name']}"


def title(obj):
    """Return ``Deployment/odoo`` for messages, as far as the document says."""
    if not isinstance(obj, dict):
        return ""
    name = as_dict(obj.get("metadata")).get("name")
    return f"{obj.get('kind', '?')}/{name or '?'}"[:300]
