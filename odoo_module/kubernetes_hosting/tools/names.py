"""What a project may be called, and what its hosts are called then.

The label rules are those of RFC 1123 section 2.1, narrowed by RFC 1035 section
2.3.1 (a Service name starts with a letter). 40 characters leave room for what
Kubernetes and PostgreSQL append (CronJob names end at 52, identifiers at 63).
"""

import re
import unicodedata
from collections.abc import Collection

MINIMUM_LENGTH = 3
MAXIMUM_LENGTH = 40
PRODUCTION = "production"
STAGING = "staging"
ENVIRONMENTS = (PRODUCTION, STAGING)

_CHARACTERS = re.compile(r"\A[-a-z0-9]*\Z")
_STAGING_ENDING = re.compile(r"-(stag|staging)\Z")
_OTHERS = re.compile(r"[^a-z0-9]+")
_SPELLINGS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae"})
_NUMBERED_SERVICE = re.compile(r"\A(www|ns|mx|mail|smtp|ftp|vpn|dns)\d*\Z")


class InvalidName(ValueError):
    """A text that can't be a project name; ``code`` names the broken rule."""

    def __init__(self, code: str, sentence: str):
        super().__init__(sentence)
        self.code = code


def normalise_name(text: str, reserved: Collection[str] = ()) -> str:
    """Return the project name that a text stands for: stripped and in small letters.

    :param text: what somebody typed
    :param reserved: names that nobody may take, in their normal form
    :raises InvalidName: with ``code`` one of empty, not_ascii, too_short,
        too_long, characters, start, end, double_hyphen, staging, reserved
    """
    typed = text.strip(" \t\r\n") if isinstance(text, str) else ""
    if not typed:
        raise InvalidName("empty", "Enter a name for your project.")
    # Before the small letters: the Kelvin sign's small letter is a plain k.
    _check_ascii(typed)
    name = typed.lower()
    if not _CHARACTERS.match(name):
        raise InvalidName(
            "characters", "Only letters, digits and hyphens are possible."
        )
    _check_length(name)
    _check_shape(name)
    if name in reserved or _NUMBERED_SERVICE.match(name):
        raise InvalidName("reserved", f"{name} is reserved.")
    return name


def suggest_name(text: str, reserved: Collection[str] = ()) -> str | None:
    """Return a possible name that reads like an impossible one, None without any.

    >>> suggest_name("Müller & Söhne")
    'mueller-soehne'
    """
    composed = unicodedata.normalize("NFC", text[:200]).lower().translate(_SPELLINGS)
    plain = unicodedata.normalize("NFKD", composed).encode("ascii", "ignore").decode()
    name = _OTHERS.sub("-", plain.lower()).lstrip("-0123456789")
    while _STAGING_ENDING.search(name):
        name = _STAGING_ENDING.sub("", name)
    try:
        return normalise_name(name[:MAXIMUM_LENGTH].strip("-"), reserved)
    except InvalidName:
        return None


def alternatives(name: str, reserved: Collection[str] = ()) -> list[str]:
    """Return possible names close to one that is taken, the likeliest first."""
    patterns = ("{}-ag", "my-{}", "{}-ch", "{}-online", "{}-2", "{}-3", "{}-4")
    room = MAXIMUM_LENGTH - max(map(len, patterns)) + 2
    found = [
        suggest_name(pattern.format(name[:room].strip("-")), reserved)
        for pattern in patterns
    ]
    return [other for other in dict.fromkeys(found) if other and other != name]


def _check_ascii(text: str) -> None:
    if unicodedata.normalize("NFKC", text) != text or not text.isascii():
        raise InvalidName(
            "not_ascii",
            "Umlauts, accents and other special letters are not possible in a"
            " subdomain: use a to z.",
        )


def _check_length(name: str) -> None:
    if len(name) < MINIMUM_LENGTH:
        raise InvalidName("too_short", f"Use at least {MINIMUM_LENGTH} characters.")
    if len(name) > MAXIMUM_LENGTH:
        raise InvalidName("too_long", f"Use at most {MAXIMUM_LENGTH} characters.")


def _check_shape(name: str) -> None:
    if not name[0].isalpha():
        raise InvalidName("start", "Start with a letter.")
    if name.endswith("-"):
        raise InvalidName("end", "End with a letter or a digit.")
    if "--" in name:
        raise InvalidName("double_hyphen", "Use no two hyphens in a row.")
    if _STAGING_ENDING.search(name):
        raise InvalidName(
            "staging", "Names that end with -stag or -staging belong to staging hosts."
        )


def host_label(name: str, environment: str) -> str:
    """Return the first label of a host's address: ``acme`` or ``acme-stag``."""
    if environment not in ENVIRONMENTS:
        raise ValueError(f"environment is {environment!r}, not one of {ENVIRONMENTS}")
    return name if environment == PRODUCTION else f"{name}-stag"


def fqdn(name: str, environment: str, domain: str) -> str:
    """Return a host's full name under the cluster's base domain."""
    return f"{host_label(name, environment)}.{domain}"


def namespace(name: str, environment: str) -> str:
    """Return the Kubernetes namespace that belongs to one host alone."""
    return f"host-{host_label(name, environment)}"
