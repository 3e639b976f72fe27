"""Read YAML so that no other parser can read it differently, within limits.

One pass over the parser's events: no aliases, anchors, tags, merge keys, duplicate or
non-string keys, and no values that JSON lacks. A small text can't grow large.
"""

import math

import yaml
from ansible.module_utils.host_manifests.errors import Problem

MAX_DOCUMENTS = 100
MAX_NODES = 50_000
MAX_DEPTH = 40
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
TAG = "tag:yaml.org,2002:"
# Objects that a document is built of while its events arrive.
MISSING = object()


def load_documents(text):
    """Return the documents of a YAML text as ``[(number from 1, object)]``, without empty ones.

    Raises Problem with the line and the rule.
    """
    reader = _Reader()
    try:
        for event in yaml.parse(text, Loader=Loader):
            reader.take(event)
    except yaml.YAMLError as error:
        raise _syntax(error, reader) from None
    return reader.documents


def _syntax(error, reader):
    mark = getattr(error, "problem_mark", None)
    number = mark.line + 1 if mark else None
    line = f"line {number}: " if mark else ""
    reason = getattr(error, "problem", None) or str(error).splitlines()[0]
    return Problem(
        "yaml",
        "",
        f"{line}not valid YAML: {reason}",
        document=reader.number,
        rendered_line=number,
    )


class _Reader:
    """Builds documents from events and refuses what it must."""

    def __init__(self):
        self.documents = []
        self.number = 0
        self.nodes = 0
        self.stack = []
        self.resolver = yaml.resolver.Resolver()

    def take(self, event):
        """Take one event of the parser."""
        handler = getattr(self, f"_{type(event).__name__}", None)
        if handler:
            handler(event)

    def _refuse(self, rule, event, message, hint=""):
        line = event.start_mark.line + 1
        path = ".".join(str(frame.place()) for frame in self.stack)
        raise Problem(
            rule,
            path,
            f"line {line}: {message}",
            hint,
            document=self.number,
            rendered_line=line,
        )

    def _DocumentStartEvent(self, event):
        self.number += 1
        if self.number > MAX_DOCUMENTS:
            self._refuse("documents", event, f"more than {MAX_DOCUMENTS} documents")

    def _AliasEvent(self, event):
        self._refuse(
            "alias", event, "aliases (*name) are not accepted", "Write the value out."
        )

    def _node(self, event):
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._refuse("nodes", event, f"more than {MAX_NODES} values")
        if len(self.stack) >= MAX_DEPTH:
            self._refuse("depth", event, f"nested deeper than {MAX_DEPTH} levels")
        if event.anchor:
            self._refuse(
                "alias",
                event,
                "anchors (&name) are not accepted",
                "Write the value out.",
            )
        if event.tag:
            self._refuse(
                "tag", event, f"the tag {event.tag} is not accepted", "Use plain YAML."
            )

    def _ScalarEvent(self, event):
        self._node(event)
        self._put(self._scalar(event), event)

    def _MappingStartEvent(self, event):
        self._node(event)
        self.stack.append(_Mapping())

    def _SequenceStartEvent(self, event):
        self._node(event)
        self.stack.append(_Sequence())

    def _MappingEndEvent(self, event):
        self._put(self.stack.pop().value, event)

    _SequenceEndEvent = _MappingEndEvent

    def _put(self, value, event):
        if not self.stack:
            if value is not None:
                self.documents.append((self.number, value))
            return
        refusal = self.stack[-1].add(value)
        if refusal:
            rule, message, hint = refusal
            self._refuse(rule, event, message, hint)

    def _scalar(self, event):
        if event.style:
            return event.value
        tag = self.resolver.resolve(yaml.ScalarNode, event.value, (True, False))
        kind = tag.removeprefix(TAG)
        if kind == "str":
            return event.value
        if kind == "merge":
            self._refuse(
                "merge_key",
                event,
                "merge keys (<<) are not accepted",
                "Write the keys out.",
            )
        try:
            return _VALUES[kind](event.value)
        except (KeyError, ValueError):
            return self._refuse(
                "value_type",
                event,
                f"{event.value[:40]!r} is read as a {kind}",
                "Put it in quotes.",
            )


def _integer(text):
    if ":" in text:
        raise ValueError("sexagesimal numbers are read by some parsers only")
    value = yaml.SafeLoader("").construct_yaml_int(yaml.ScalarNode(f"{TAG}int", text))
    if not -(2**63) <= value < 2**63:
        raise ValueError("readers of JSON make a fraction of it")
    return value


def _number(text):
    if ":" in text:
        raise ValueError("sexagesimal numbers are read by some parsers only")
    value = yaml.SafeLoader("").construct_yaml_float(
        yaml.ScalarNode(f"{TAG}float", text)
    )
    if not math.isfinite(value):
        raise ValueError("JSON has no such number")
    return value


_VALUES = {
    "null": lambda text: None,
    "bool": lambda text: yaml.SafeLoader.bool_values[text.lower()],
    "int": _integer,
    "float": _number,
}


class _Mapping:
    """A mapping under construction: a key, then its value."""

    def __init__(self):
        self.value = {}
        self.key = MISSING

    def place(self):
        """Return where in the mapping the reader is, for a path."""
        return "" if self.key is MISSING else self.key

    def add(self, value):
        """Take a key or a value; return (rule, message, hint) to refuse it."""
        if self.key is not MISSING:
            self.value[self.key] = value
            self.key = MISSING
            return None
        if not isinstance(value, str):
            return "key_type", f"the key {value!r} is no text", "Put it in quotes."
        if value in self.value:
            return (
                "duplicate_key",
                f"the key {value!r} stands twice",
                "Keep one of them.",
            )
        self.key = value
        return None


class _Sequence:
    """A list under construction."""

    def __init__(self):
        self.value = []

    def place(self):
        """Return the index of the next item, for a path."""
        return len(self.value)

    def add(self, value):
        """Take an item."""
        self.value.append(value)
