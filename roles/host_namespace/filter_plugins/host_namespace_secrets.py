"""Which Secrets a host gets: created once at random, or copied from the provider."""

import secrets

PREFIX = "hosting.mint-cloud.ch/"
MANAGED_BY = "app.kubernetes.io/managed-by"
SECRET_BYTES = 24  # 32 url-safe characters
# Names that begin so are copies of the provider's; no manifest may write one.
PROVIDER = "provider-"


def provided(declared):
    """Return those of ``hosting_secrets`` that are copies of the provider's."""
    return [secret for secret in declared if secret["name"].startswith(PROVIDER)]


def random_ones(declared):
    """Return those of ``hosting_secrets`` that are made here, once."""
    return [secret for secret in declared if not secret["name"].startswith(PROVIDER)]


def missing_secrets(declared, live, namespace_name, host):
    """Return the Secrets to write: only keys that are not there, with random values.

    :param declared: ``[{"name", "keys"}]``
    :param live: the Secrets of the namespace as the API server has them
    """
    there = {secret["metadata"]["name"]: secret.get("data") or {} for secret in live}
    found = []
    for secret in random_ones(declared):
        keys = [
            key for key in secret["keys"] if key not in there.get(secret["name"], {})
        ]
        if keys:
            values = {key: secrets.token_urlsafe(SECRET_BYTES) for key in keys}
            body = {"type": "Opaque", "stringData": values}
            found.append(described(secret["name"], namespace_name, host) | body)
    return found


def described(name, namespace, host):
    """Return a Secret of the machinery without its values."""
    labels = {MANAGED_BY: "hosting", f"{PREFIX}host": host}
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}


def absent(looked):
    """Return what the provider's namespace lacks: names, or names with a key.

    :param looked: loop results of k8s_info over entries of ``hosting_secrets``
    """
    found = []
    for row in looked:
        wanted = row["__host_namespace_item"]
        data = (row["resources"][0].get("data") or {}) if row["resources"] else None
        if data is None:
            found.append(wanted["name"])
            continue
        found += [
            f"{wanted['name']}, key {key}" for key in wanted["keys"] if key not in data
        ]
    return found


def copies(looked, namespace, host):
    """Return the copies to write: the keys that are asked for, of the same type.

    :param looked: as ``absent`` has them
    """
    found = []
    for row in looked:
        wanted, live = row["__host_namespace_item"], row["resources"][0]
        data = {key: live["data"][key] for key in wanted["keys"]}
        body = {"type": live.get("type", "Opaque"), "data": data}
        found.append(described(wanted["name"], namespace, host) | body)
    return found


def stale(live, declared, host):
    """Return references of copies that the host has and does not ask for any more.

    :param live: the Secrets of the namespace
    """
    wanted = {secret["name"] for secret in provided(declared)}
    found = []
    for obj in live:
        metadata = obj["metadata"]
        own = (metadata.get("labels") or {}).get(f"{PREFIX}host") == host
        if (
            own
            and metadata["name"].startswith(PROVIDER)
            and metadata["name"] not in wanted
        ):
            found.append(described(metadata["name"], metadata["namespace"], host))
    return found


class FilterModule:
    """Filters of host_namespace; the role's name is their prefix."""

    def filters(self):
        """Return the filters by name."""
        functions = [provided, missing_secrets, absent, copies, stale]
        return {
            f"host_namespace_{function.__name__}": function for function in functions
        }
