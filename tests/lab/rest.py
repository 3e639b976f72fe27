"""Calls of the API server without any client library, over one kept connection."""

import base64
import http.client
import json
import re
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

SSA = "application/apply-patch+yaml"
# Kinds that tests write -> path below /apis (or /api) and plural.
PLURALS = {
    "Endpoints": "endpoints",
    "Ingress": "ingresses",
    "IngressClass": "ingressclasses",
    "NetworkPolicy": "networkpolicies",
    "PriorityClass": "priorityclasses",
    "StorageClass": "storageclasses",
}


class Api:
    """One identity's connection to an API server; the kubeconfig holds a token."""

    def __init__(self, kubeconfig: str | Path) -> None:
        text = Path(kubeconfig).read_text()
        self.server = urlsplit(re.search(r"server: (\S+)", text)[1])
        self.token = re.search(r"token: (\S+)", text)[1]
        authority = re.search(r"certificate-authority-data: (\S+)", text)[1]
        self.tls = ssl.create_default_context(
            cadata=base64.b64decode(authority).decode()
        )
        self.connection: http.client.HTTPSConnection | None = None

    def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        acting_as: str = "",
        kind: str = "application/json",
        **query: str,
    ) -> tuple[int, dict[str, Any]]:
        """Return status and parsed body of one request."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        if acting_as:
            headers["Impersonate-User"] = acting_as
        target = f"{path}?{urlencode(query)}" if query else path
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(
                self.server.hostname, self.server.port, context=self.tls, timeout=60
            )
        sent = json.dumps(body) if body is not None else None
        self.connection.request(method, target, sent, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text[:1] == b"{" else {}


def collection(obj: dict[str, Any]) -> str:
    """Return the path of the collection that an object belongs to."""
    version, kind = obj["apiVersion"], obj["kind"]
    plural = PLURALS.get(kind, kind.lower() + "s")
    base = f"/apis/{version}" if "/" in version else f"/api/{version}"
    namespace = obj["metadata"].get("namespace")
    return (
        f"{base}/namespaces/{namespace}/{plural}" if namespace else f"{base}/{plural}"
    )


def path_of(obj: dict[str, Any]) -> str:
    """Return the path of one object."""
    return f"{collection(obj)}/{obj['metadata']['name']}"
