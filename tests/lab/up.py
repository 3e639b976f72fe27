"""Start a lab, or leave a healthy one alone; what a crash left behind goes first."""

import fcntl
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from . import (
    configuration,
    credentials,
    down,
    gobuild,
    health,
    host_side,
    images,
    kube,
    pki,
    processes,
    venv,
)
from .cluster_init import api_ready, installed_file
from .components import all_components
from .identity import DOMAIN, SMTP_PORT, Lab
from .paths import key_of
from .progress import SetupError, say, step

_UNSHARE = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"]
_LIMIT = 90


def up(lab: Lab, fresh: bool = False, light: bool = False) -> None:
    """Have the lab running when this returns.

    ``fresh`` forgets what was in the cluster (not the images), ``light`` leaves out
    the images of PostgreSQL and Odoo. Raises SetupError when it does not come up.
    """
    _look_for_needs()
    with locked(lab):
        if fresh or _has_changed(lab) or not health.is_healthy(lab):
            _start(lab, fresh)
        _install(lab)
        kube.import_images(lab, light)
        configuration.write_local_settings()
    say(f"✓ {lab.name} is up: {lab.api}")


@contextmanager
def locked(lab: Lab) -> Iterator[None]:
    """Hold the lab: a second `up` or `down` waits until the first is through."""
    lab.state.mkdir(mode=0o711, parents=True, exist_ok=True)
    with (lab.state / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Waiting for another command that works on {lab.name}.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def description(lab: Lab) -> dict[str, object]:
    """Return what others have to know about the lab (``lab.json``)."""
    return {
        "name": lab.name,
        "domain": DOMAIN,
        "address": lab.address,
        "host_address": lab.host_address,
        "api": lab.api,
        "context": lab.name,
        "kubeconfig": str(lab.kubeconfig),
        "kubeconfig_dir": str(lab.kubeconfig.parent),
        "admin_kubeconfig": str(lab.admin_kubeconfig),
        "ingress_class": "traefik",
        "issuer": "pebble",
        "dns": lab.address,
        "manifests_url": f"https://{lab.host_address}",
        "manifests_dir": str(lab.state / "manifests"),
        "ca_file": str(lab.ca),
        "acme_roots": str(lab.acme_roots),
        "smtp": {
            "host": lab.host_address,
            "port": SMTP_PORT,
            "maildir": str(lab.state / "mail"),
        },
        "audit_log": str(lab.state / "audit.log"),
    }


def _look_for_needs() -> None:
    for module in gobuild.ALL:
        gobuild.program(next(iter(module.tools)))
    if not venv.program("python").exists():
        raise SetupError("The Python environment is missing. Run `make setup` first.")
    images.build_all(light=True)


def _start(lab: Lab, fresh: bool) -> None:
    down.end(lab)
    if fresh:
        down.forget_cluster(lab)
    _prepare(lab)
    with step(f"starting {lab.name}", "20 s"):
        processes.start(lab, processes.INIT, _UNSHARE, sys.executable)
        pid = _until(lambda: processes.find(lab, processes.INIT), "its first process")
        host_side.connect(lab, pid)
        processes.start(lab, processes.MANIFESTS, [], sys.executable)
        processes.start(lab, processes.SMTP, [], str(venv.program("python")))
        _until(lambda: api_ready(lab), "the API server")
        with ThreadPoolExecutor() as pool:
            jobs = [pool.submit(job, lab) for job in (_install, _import_light)]
        for job in jobs:
            job.result()
        root = _until(lambda: health.acme_root(lab), "the ACME server")
        credentials.write_private(lab.acme_roots, root)
        credentials.write_private(lab.description, _json(description(lab)))
        _until_healthy(lab)
    credentials.write_private(lab.state / "key", _key(lab))


def _has_changed(lab: Lab) -> bool:
    return _recorded(lab.state / "key") != _key(lab)


def _prepare(lab: Lab) -> None:
    for name in ("logs", "manifests", "mail", "pv", "containerd"):
        (lab.state / name).mkdir(mode=0o711, parents=True, exist_ok=True)
    pki.prepare(lab)
    shutil.rmtree(lab.config, ignore_errors=True)
    configuration.prepare(lab)
    credentials.prepare(lab)


def _install(lab: Lab) -> None:
    """Do the administrator's one-time work, again when its files have changed."""
    wanted = [configuration.objects(lab), kube.cluster_files()]
    record = installed_file(lab)
    if _recorded(record) != key_of(*wanted):
        for manifests in filter(None, wanted):
            kube.apply(lab, manifests)
        credentials.write_private(record, key_of(*wanted))


def _import_light(lab: Lab) -> None:
    _until(lambda: _containerd_ready(lab), "containerd")
    kube.import_images(lab, light=True)


def _containerd_ready(lab: Lab) -> bool:
    try:
        kube.ctr(lab, "version")
    except SetupError:
        return False
    return True


def _until_healthy(lab: Lab) -> None:
    limit = time.monotonic() + _LIMIT
    while found := health.problems(lab):
        if time.monotonic() > limit:
            raise SetupError(f"{lab.name}: {'; '.join(found)}. Logs: {lab.logs}")
        time.sleep(0.2)


def _until(ask: Callable[[], object], what: str) -> object:
    limit = time.monotonic() + _LIMIT
    while not (answer := ask()):
        if time.monotonic() > limit:
            raise SetupError(f"{what} did not come up in {_LIMIT} s")
        time.sleep(0.1)
    return answer


def _key(lab: Lab) -> str:
    """Return a key of all that a running lab was made from."""
    commands = [repr(component) for component in all_components(lab)]
    programs = [str(module.directory) for module in gobuild.ALL]
    here = Path(__file__).parent
    sources = [here / f"{module.split('.')[-1]}.py" for module in processes.MODULES]
    texts = configuration.texts(lab).values()
    return key_of(*commands, *programs, *sources, *texts)


def _recorded(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"
