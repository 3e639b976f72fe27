"""Logs as they may be told: bounded, without credentials."""

import re

MAX_TEXT = 300
LOG_LINES = 20
CREDENTIALS = [
    re.compile(
        r"(?i)((?:password|passwd|pwd|secret|token|api[_-]?key)[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&]+"
    ),
    re.compile(r"(?i)(\b(?:bearer|basic)\s+)[A-Za-z0-9+/=._-]{8,}"),
    re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)"),
]


def masked(text):
    """Return the last lines of a log without what looks like a credential, bounded."""
    lines = []
    for line in str(text).splitlines()[-LOG_LINES:]:
        for pattern in CREDENTIALS:
            line = pattern.sub(r"\1***", line)
        lines.append(line[:MAX_TEXT])
    return "\n".join(lines)
