"""Imports the Python inside roles as Ansible does."""

import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import ansible.module_utils

ROLES = Path(__file__).parents[2] / "roles"


def module_util(role: str, name: str) -> ModuleType:
    """Return ``roles/<role>/module_utils/<role>/<name>.py``."""
    for directory in map(str, ROLES.glob("*/module_utils")):
        if directory not in ansible.module_utils.__path__:
            ansible.module_utils.__path__.append(directory)
    return importlib.import_module(f"ansible.module_utils.{role}.{name}")


def module(role: str, name: str) -> ModuleType:
    """Return a module of ``roles/<role>/library`` without running it."""
    module_util(role, "__init__")
    return _load(ROLES / role / "library" / f"{name}.py")


def filters(role: str) -> dict[str, Callable]:
    """Return a role's filters by name."""
    found: dict[str, Callable] = {}
    for path in sorted((ROLES / role / "filter_plugins").glob("*.py")):
        found |= _load(path).FilterModule().filters()
    return found


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"role_{path.stem}", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded
