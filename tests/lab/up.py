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
    given,
    gobuild,
    health,
    host_side,
    images,
    kube,
    node_images,
    pki,
    processes,
    servers,
    venv,
)
from .cluster_init import api_ready, installed_file
from .components import all_components
from .identity import DOMAIN, SMTP_PORT, Lab
from .paths import key_of
from .progress import SetupError, say, step

_UNSHARE = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"]
_LIMIT = 90
_PODS_LIMIT = 20


def up(lab: Lab, fresh: bool = False, light: bool = False) -> None:
    """Have the lab running when this returns.

    ``fresh`` forgets what was in the cluster (not the images), ``light`` leaves out
    the images of PostgreSQL and Odoo. Raises SetupError when it does not come up.
    """
    _look_for_needs()
    with locked(lab):
        if given.kubeconfig():
            _use_given(lab)
            return
        if fresh or _has_changed(lab) or not _is_up(lab):
            _start(lab, fresh)
        _install(lab)
        node_images.bring(lab, light)
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


def _use_given(lab: Lab) -> None:
    if processes.find(lab, processes.INIT):
        down.end(lab)
    facts = description(lab) | given.up(lab)
    credentials.write_private(lab.description, _json(facts))
    configuration.write_local_settings()
    say(f"✓ {lab.name} is ready: {facts['api']}")


def _is_up(lab: Lab) -> bool:
    """Tell whether the lab is healthy; its servers on the host are easily repaired."""
    if processes.find(lab, processes.INIT) and servers.missing(lab):
        servers.start(lab)
        time.sleep(1)
    return health.is_healthy(lab)


def _look_for_needs() -> None:
    for module in [] if given.kubeconfig() else gobuild.ALL:
        gobuild.program(next(iter(module.tools)))
    if not venv.program("python").exists():
        raise SetupError("The Python environment is missing. Run `make setup` first.")
    images.build_all(light=True)


def _start(lab: Lab, fresh: bool) -> None:
    down.end(lab)
    if fresh:
        down.forget_cluster(lab)
    _prepare(lab)
    since = time.time()
    with step(f"starting {lab.name}", "10 s"):
        processes.start(lab, processes.INIT, _UNSHARE, sys.executable)
        host_side.connect(lab, _first_process(lab))
        servers.start(lab)
        _until(lab, lambda: api_ready(lab), "The API server")
        with ThreadPoolExecutor() as pool:
            jobs = [pool.submit(job, lab) for job in (_install, _import_light)]
        for job in jobs:
            job.result()
        root = _until(lab, lambda: health.acme_root(lab), "The ACME server")
        credentials.write_private(lab.acme_roots, root)
        credentials.write_private(lab.description, _json(description(lab)))
        _until(lab, lambda: not health.problems(lab), "All of it")
        _let_pods_return(lab, since)
    credentials.write_private(lab.state / "key", _key(lab))


def _has_changed(lab: Lab) -> bool:
    return _recorded(lab.state / "key") != _key(lab)


def _prepare(lab: Lab) -> None:
    shutil.rmtree(lab.logs.with_name("logs.old"), ignore_errors=True)
    if lab.logs.exists():
        lab.logs.rename(lab.logs.with_name("logs.old"))
    for name in ("logs", "pv", "containerd"):
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
    _until(lab, lambda: _containerd_ready(lab), "containerd")
    node_images.bring(lab, light=True)


def _containerd_ready(lab: Lab) -> bool:
    try:
        node_images.ctr(lab, "version")
    except SetupError:
        return False
    return True


def _first_process(lab: Lab) -> int:
    limit = time.monotonic() + _LIMIT
    while not (pid := processes.find(lab, processes.INIT)):
        if time.monotonic() > limit:
            raise SetupError(f"{lab.name} does not start. Logs: {lab.logs}")
        time.sleep(0.05)
    return pid


def _let_pods_return(lab: Lab, since: float) -> None:
    """Wait until the pods of a former start are told of anew; a broken one may stay."""
    limit = time.monotonic() + _PODS_LIMIT
    while kube.stale_pods(lab, since) and time.monotonic() < limit:
        time.sleep(0.3)


def _until(lab: Lab, ask: Callable[[], object], what: str) -> object:
    """Return what ``ask`` answers as soon as it is true; raise SetupError."""
    limit = time.monotonic() + _LIMIT
    while not (answer := ask()):
        if not processes.find(lab, processes.INIT):
            log = (lab.logs / "cluster_init.log").read_text()
            raise SetupError(f"{lab.name} ended while it was started:\n{log[-2000:]}")
        if time.monotonic() > limit:
            raise SetupError(
                f"{what} did not come up in {_LIMIT} s in {lab.name}: "
                f"{'; '.join(health.problems(lab))}. Logs: {lab.logs}\n"
                f"If it stays so: python3 -m tests.lab up --fresh --name {lab.purpose}"
            )
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
