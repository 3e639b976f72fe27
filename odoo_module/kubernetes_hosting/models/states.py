"""The states of everything, which may follow which, and the playbooks there are.

One table for all models: the documentation's diagrams and the checks of
``kubernetes.state.mixin`` read the same lines.
"""

from typing import NamedTuple

# Runs and their lines
QUEUED = "queued"
RUNNING = "running"
DONE = "done"
FAILED = "failed"
LOST = "lost"
CANCELLED = "cancelled"
RUN_STATES = [
    (QUEUED, "Queued"),
    (RUNNING, "Running"),
    (DONE, "Done"),
    (FAILED, "Failed"),
    (LOST, "Lost"),
    (CANCELLED, "Cancelled"),
]
ACTIVE_RUN_STATES = (QUEUED, RUNNING)

# Lifecycle of a host: what should be
DRAFT = "draft"
ACTIVE = "active"
SUSPENDED = "suspended"
TERMINATED = "terminated"
LIFECYCLES = [
    (DRAFT, "Draft"),
    (ACTIVE, "Active"),
    (SUSPENDED, "Suspended"),
    (TERMINATED, "Terminated"),
]

# Hosts that have a namespace in the cluster, or are about to get one.
LIVING = (ACTIVE, SUSPENDED)

# Health of a host: what was last seen
UNKNOWN = "unknown"
OK = "ok"
PENDING = "pending"
HEALTHS = [
    (UNKNOWN, "Unknown"),
    (OK, "OK"),
    (PENDING, "Pending"),
    (FAILED, "Failed"),
]

# Activity of a host: what is being done
IDLE = "idle"
ACTIVITIES = [(IDLE, "Idle"), (QUEUED, "Queued"), (RUNNING, "Running")]

# Projects
RESERVED = "reserved"
NAME_CONFLICT = "name_conflict"
TERMINATING = "terminating"
RESTING = "resting"
RELEASED = "released"
PROJECT_STATES = [
    (RESERVED, "Reserved"),
    (NAME_CONFLICT, "Name conflict"),
    (ACTIVE, "Active"),
    (SUSPENDED, "Suspended"),
    (TERMINATING, "Terminating"),
    (RESTING, "Resting"),
    (RELEASED, "Released"),
]

# Which version of a manifest a host takes with Update
LATEST = "latest"
PINNED = "pinned"
TRACKS = [(LATEST, "Newest approved"), (PINNED, "Keep this version")]

# Versions of a manifest
NEW = "new"
WAITING = "waiting"
APPROVED = "approved"
REFUSED = "refused"
VERSION_STATES = [
    (NEW, "Being checked"),
    (WAITING, "Waits for approval"),
    (APPROVED, "Approved"),
    (REFUSED, "Refused"),
]

CLUSTER_STATES = [(UNKNOWN, "Not checked"), (OK, "Connected"), (FAILED, "Failed")]

_RUN_TRANSITIONS = {
    QUEUED: {RUNNING, FAILED, CANCELLED},
    RUNNING: {DONE, FAILED, LOST, CANCELLED},
    LOST: {QUEUED},
    DONE: set(),
    FAILED: set(),
    CANCELLED: set(),
}
TRANSITIONS = {
    "kubernetes.run": _RUN_TRANSITIONS,
    "kubernetes.run.line": _RUN_TRANSITIONS,
    "kubernetes.host": {
        DRAFT: {ACTIVE, TERMINATED},
        ACTIVE: {SUSPENDED, TERMINATED},
        SUSPENDED: {ACTIVE, TERMINATED},
        TERMINATED: set(),
    },
    "kubernetes.project": {
        RESERVED: {ACTIVE, NAME_CONFLICT, RELEASED},
        NAME_CONFLICT: {ACTIVE, RESERVED, RELEASED},
        ACTIVE: {SUSPENDED, TERMINATING},
        SUSPENDED: {ACTIVE, TERMINATING},
        TERMINATING: {RESTING},
        RESTING: {ACTIVE, RELEASED},
        # Lent to its former owner, who did not keep it.
        RELEASED: {RESTING},
    },
    "kubernetes.manifest.version": {
        NEW: {WAITING, APPROVED, REFUSED},
        WAITING: {APPROVED, REFUSED, NEW},
        REFUSED: {NEW},
        APPROVED: set(),
    },
}


class Playbook(NamedTuple):
    """What Odoo has to know of a playbook: does it write, how long may it take.

    ``tasks`` is how many it usually has for one host, until a run has shown it.
    ``manifests``: it renders the host's manifests, so each needs its text.
    ``repeatable``: *Run again* makes sense without what was asked before the run.
    """

    writes: bool
    seconds: int
    seconds_per_host: int = 0
    tasks: int = 10
    manifests: bool = False
    repeatable: bool = True


APPLY = "apply"
UPDATE = "update"
STATUS = "status"
PREVIEW = "preview"
SUSPEND = "suspend"
RESUME = "resume"
TERMINATE = "terminate"
RESET = "reset"
BACKUP = "backup"
BACKUP_DOWNLOAD = "backup_download"
RESTORE = "restore"
MANIFEST_FETCH = "manifest_fetch"
MANIFEST_CHECK = "manifest_check"
CLUSTER_CHECK = "cluster_check"
_DEPLOYMENT = Playbook(
    writes=True, seconds=900, seconds_per_host=60, tasks=66, manifests=True
)
_REPLACEMENT = Playbook(
    writes=True, seconds=3600, tasks=60, manifests=True, repeatable=False
)
PLAYBOOKS = {
    APPLY: _DEPLOYMENT,
    # It backs production up before.
    UPDATE: _DEPLOYMENT._replace(seconds=3600, tasks=70),
    STATUS: Playbook(writes=False, seconds=300, seconds_per_host=20, tasks=30),
    PREVIEW: Playbook(
        writes=False, seconds=120, seconds_per_host=20, tasks=40, manifests=True
    ),
    SUSPEND: Playbook(writes=True, seconds=300, seconds_per_host=60, tasks=40),
    RESUME: _DEPLOYMENT,
    TERMINATE: Playbook(writes=True, seconds=600, seconds_per_host=60, tasks=30),
    RESET: _REPLACEMENT,
    BACKUP: Playbook(writes=True, seconds=3600, tasks=40),
    BACKUP_DOWNLOAD: Playbook(writes=False, seconds=900, tasks=40, repeatable=False),
    RESTORE: _REPLACEMENT,
    MANIFEST_FETCH: Playbook(writes=False, seconds=300),
    MANIFEST_CHECK: Playbook(writes=False, seconds=300),
    CLUSTER_CHECK: Playbook(writes=False, seconds=120),
}
PLAYBOOK_LABELS = [
    (APPLY, "Apply"),
    (UPDATE, "Update"),
    (STATUS, "Check status"),
    (PREVIEW, "Preview"),
    (SUSPEND, "Suspend"),
    (RESUME, "Resume"),
    (TERMINATE, "Terminate"),
    (RESET, "Reset staging"),
    (BACKUP, "Back up"),
    (BACKUP_DOWNLOAD, "Hand out a backup"),
    (RESTORE, "Restore"),
    (MANIFEST_FETCH, "Fetch manifest"),
    (MANIFEST_CHECK, "Check manifest"),
    (CLUSTER_CHECK, "Check connection"),
]

# The closed list of the result contract, and what Odoo itself can say.
NOT_STARTED = "not_started"
ERROR_CLASSES = [
    ("unreachable", "Cluster unreachable"),
    ("unauthorized", "Credentials refused"),
    ("forbidden", "Not allowed"),
    ("conflict", "Conflict"),
    ("quota", "Quota exceeded"),
    ("invalid_vars", "Invalid variables"),
    ("invalid_manifest", "Invalid manifest"),
    ("manifest_changed", "Manifest changed"),
    ("manifest_unreachable", "Manifest unreachable"),
    ("manifest_drift", "Changed by hand"),
    ("busy", "Busy"),
    ("timeout", "Timeout"),
    ("image_pull", "Image not available"),
    ("not_ready", "Not ready"),
    ("reset_unsafe", "Reset unsafe"),
    ("internal", "Internal error"),
    (CANCELLED, "Cancelled"),
    (LOST, "Lost"),
    (NOT_STARTED, "Not started"),
]

# What a manifest is for: it runs on hosts, or it holds Jobs on their data.
DEPLOY, RESET = "deploy", "reset"
