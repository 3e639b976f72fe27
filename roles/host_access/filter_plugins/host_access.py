"""A new password, in the Secret that a Job reads it from."""

import secrets

PASSWORD_BYTES = 15  # 20 url-safe characters


def secret_of(purpose, namespace):
    """Return a Secret with a random password, named and labelled as host_jobs expects it."""
    labels = {
        "app.kubernetes.io/managed-by": "hosting",
        "hosting.mint-cloud.ch/job": f"{purpose}-password",
    }
    metadata = {"name": f"hosting-hand-over-{purpose}", "namespace": namespace}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata | {"labels": labels},
        "type": "Opaque",
        "stringData": {"token": secrets.token_urlsafe(PASSWORD_BYTES)},
    }


def job_id(_):
    """Return what the name of the run's Job ends in."""
    return secrets.token_hex(4)


class FilterModule:
    """Filters of host_access; the role's name is their prefix."""

    def filters(self):
        """Return the filters by name."""
        return {"host_access_secret_of": secret_of, "host_access_job_id": job_id}
