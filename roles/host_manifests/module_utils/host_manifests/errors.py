"""The one exception of this package and the shape of an error as it is published."""

# Classes of the result's closed list that a manifest can cause.
UNREACHABLE = "manifest_unreachable"
CHANGED = "manifest_changed"
INVALID = "invalid_manifest"
DRIFT = "manifest_drift"
# Rules of failures that may be over when somebody tries again.
PASSING = {"connection", "dns", "status", "timeout", "truncated"}


class ManifestError(Exception):
    """A manifest that was not obtained, not rendered or not accepted.

    ``error_class`` is one of the classes above, ``rule`` a short word that tests
    and tools can rely on, ``where`` may hold manifest, document, object, path, line.
    """

    def __init__(self, error_class, rule, message, hint="", **where):
        super().__init__(message)
        self.error_class = error_class
        self.rule = rule
        self.message = message
        self.hint = hint
        self.where = where

    def as_row(self):
        """Return one refusal as it is listed: stage, place, rule and message.

        ``line`` is the template's line, from 1, or None where nobody can tell.
        """
        return {
            "manifest": self.where.get("manifest", ""),
            "stage": self.where.get("stage", "check"),
            "document": self.where.get("document"),
            "object": self.where.get("object", ""),
            "path": self.where.get("path", ""),
            "line": self.where.get("line"),
            "rule": self.rule,
            "message": f"{self.message} {self.hint}".strip(),
        }

    def as_error(self):
        """Return the dict that host_report publishes under ``error``."""
        return {
            "class": self.error_class,
            "message": self.message,
            "object": self.where.get("object", ""),
            "hint": self.hint,
            "retryable": self.rule in PASSING,
        }


class Problem(ManifestError):
    """One finding of the check: a rule, the place in the document, what to use instead.

    It repeats a manifest's words, of any length, only in part.
    """

    def __init__(self, rule, path, message, hint="", **where):
        super().__init__(INVALID, rule, message[:500], hint, path=path[:500], **where)

    def at(self, **where):
        """Add what only the caller knows (manifest, document, object) and return self."""
        self.where = where | self.where
        return self
