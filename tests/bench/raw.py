"""Server-side apply of a file's objects over one connection: ``raw.py KUBECONFIG FILE``."""

import json
import sys
from pathlib import Path

from tests.lab.rest import SSA, Api, path_of


def main(kubeconfig: str, file: str) -> None:
    """Write one object after another."""
    api = Api(kubeconfig)
    query = {"fieldManager": "hosting", "force": "true"}
    for obj in json.loads(Path(file).read_text())["items"]:
        status, answer = api.call("PATCH", path_of(obj), obj, kind=SSA, **query)
        if status not in (200, 201):
            raise SystemExit(f"{path_of(obj)}: {answer}")


if __name__ == "__main__":
    main(*sys.argv[1:])
