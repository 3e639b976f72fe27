"""``python3 -m tests.lab setup | up | down | status``: see ``--help``."""

import argparse
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

from . import down, given, gobuild, images, odoo_dist, status, system, up, venv
from .identity import Lab
from .locks import exclusive
from .paths import PURPOSES, cache_dir
from .progress import SetupError, say


def main() -> int:
    """Do what the command line says; return the exit code."""
    options = _parser().parse_args()
    try:
        return _run(options)
    except SetupError as error:
        say(f"✗ {error}")
    except KeyboardInterrupt:
        say("Interrupted. The same command again goes on from here.")
    return 1


def setup(light: bool = False) -> None:
    """Install and build all that the labs and the tests need, once.

    The Go programs take both processors, the downloads none: side by side.
    """
    system.preflight()
    system.install_packages()
    cache_dir().mkdir(parents=True, exist_ok=True)
    with exclusive(cache_dir() / ".setup.lock"), ThreadPoolExecutor() as pool:
        lanes = [pool.submit(_python_and_images, light)]
        if not (given.kubeconfig() and shutil.which("kubectl")):
            lanes.append(pool.submit(gobuild.build_all))
        for lane in lanes:
            lane.result()


def _python_and_images(light: bool) -> None:
    odoo_dist.install()
    venv.build()
    images.build_all(light=light)


def _run(options: argparse.Namespace) -> int:
    if options.command == "setup":
        setup(options.light)
        return 0
    lab = Lab(options.name)
    if options.command == "status":
        return 0 if status.status(lab) else 1
    if options.command == "up":
        up.up(lab, fresh=options.fresh, light=options.light)
    else:
        with up.locked(lab):
            down.down(lab, purge=options.purge)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tests.lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (
        ("setup", "install and build everything, once"),
        ("up", "start a lab; a healthy one is left alone"),
        ("down", "end a lab; its state stays"),
        ("status", "tell what runs (exit code 1: not everything)"),
    ):
        command = commands.add_parser(name, help=what, description=what)
        if name != "setup":
            command.add_argument("--name", choices=PURPOSES, required=True)
        if name in ("setup", "up"):
            command.add_argument(
                "--light", action="store_true", help="busybox images only"
            )
        if name == "up":
            command.add_argument(
                "--fresh", action="store_true", help="an empty cluster"
            )
        if name == "down":
            command.add_argument(
                "--purge", action="store_true", help="delete its state"
            )
    return parser


if __name__ == "__main__":
    sys.exit(main())
