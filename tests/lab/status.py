"""A short table: what of a lab runs, and since when it does not."""

from . import given, health, processes
from .identity import Lab
from .progress import say


def status(lab: Lab) -> bool:
    """Print the lab's state; return whether it is healthy."""
    found = health.problems(lab)
    state = (
        "up" if not found else "down" if found == health.NOT_RUNNING else "unhealthy"
    )
    say(f"{lab.name}: {state}")
    for line in _table(lab) if state != "down" else _left_over(lab):
        say(f"  {line}")
    for problem in found if state == "unhealthy" else []:
        say(f"  ✗ {problem}")
    if state == "unhealthy":
        say(
            f"  Repair: python3 -m tests.lab up --name {lab.purpose}   Logs: {lab.logs}"
        )
    return not found


def _table(lab: Lab) -> list[str]:
    if given.kubeconfig():
        return [f"{'Cluster':<24} the one of LAB_KUBECONFIG={given.kubeconfig()}"]
    rows = [
        ("API server", lab.api),
        ("Ingress, DNS", lab.address),
        ("Kubeconfig", lab.kubeconfig),
        ("Manifests", f"https://{lab.host_address}/roles/…"),
    ]
    rows += [(name, _row(it)) for name, it in health.components(lab).items()]
    return [f"{name:<24} {value}" for name, value in rows]


def _row(component: dict[str, int | None]) -> str:
    state = "up" if component["pid"] else "down"
    again = component["restarts"]
    return f"{state}, restarted {again} times" if again else state


def _left_over(lab: Lab) -> list[str]:
    pids = processes.find_all(lab)
    return [f"left over: processes {', '.join(map(str, pids))}"] if pids else []
