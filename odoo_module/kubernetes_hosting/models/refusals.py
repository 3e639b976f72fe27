"""Why a variables file, a parameter's name or its value is refused, in one's language."""

import re

from odoo.tools.translate import LazyTranslate

from .catalogue import Catalogue

_lt = LazyTranslate(__name__)
_LINE = re.compile(r"Line (\d+): (.*)", re.DOTALL)

# What tools/vars_file.py and tools/vars_import.py say, with %(name)s for what differs.
REFUSALS = (
    # tools/vars_file.py
    _lt(
        "%(name)s is no parameter name: use small letters, digits and underscores, "
        "starting with a letter."
    ),
    _lt("%(name)s is reserved: choose another parameter name."),
    _lt("vars.yml needs %(names)s."),
    _lt("Values nest deeper than %(levels)s levels."),
    _lt("A value of type %(type)s can't stand in vars.yml."),
    _lt("%(key)s can't be a key."),
    _lt("The key %(key)s… is too long."),
    _lt("A text holds half of a surrogate pair."),
    _lt("This is no YAML: %(problem)s."),
    _lt("A variables file is a mapping of names to values."),
    _lt("The file lacks %(names)s."),
    _lt("hosting_schema is not %(number)s: another version wrote this."),
    _lt("Aliases are not allowed."),
    _lt("Anchors are not allowed."),
    _lt("%(key)s is no text: put the key in quotes."),
    _lt("!unsafe belongs on a text."),
    _lt("!unsafe on a text without template markers."),
    _lt("%(tag)s values are not allowed: quote the text."),
    # tools/vars_import.py
    _lt("A value can't be read: %(error)s."),
    _lt("More than %(count)s parameters."),
    _lt("The zip is larger than %(size)s MiB."),
    _lt("The zip can't be read: it is damaged."),
    _lt("The zip holds no inventory/host_vars/<host>/vars.yml."),
    _lt("The zip does not hold %(host)s, but %(hosts)s."),
    _lt("The zip holds %(hosts)s: open Import YAML on the form of one of them."),
    _lt("The file is larger than %(size)s KiB."),
    _lt("This is no text in UTF-8."),
    _lt("%(key)s is a number beyond 64 bits."),
    _lt(
        "%(key)s is neither a text, a whole number, true or false, nor a list of texts."
    ),
    _lt("%(key)s: put the entries of the list in quotes."),
    _lt("%(key)s: an entry of a list is one line, without spaces around it."),
    _lt("%(key)s is no text."),
    _lt("%(key)s holds a NUL character."),
    _lt("%(key)s is running or suspended."),
    _lt("%(key)s is production or staging."),
    _lt("%(key)s: Odoo knows no further names of a host; write []."),
    _lt("%(what)s is a mapping of %(names)s."),
    _lt("%(what)s has no %(name)s."),
    _lt("%(what)s: %(name)s has the wrong type."),
    _lt("%(what)s lacks %(names)s."),
    _lt("%(key)s: pods is a number from 1 to 10000."),
    _lt("%(key)s is a list of at most %(count)s manifests."),
    _lt("%(key)s: track is latest or pinned."),
    _lt("%(key)s: %(value)s is no sha256."),
    _lt("%(key)s: %(name)s stands twice."),
    _lt("%(key)s stands twice."),
    _lt("%(key)s is %(value)s for this project, environment and domain."),
)
_CATALOGUE = Catalogue({text._source: text for text in REFUSALS})


def translate(env, error):
    """Return the reason of a refusal for whoever reads it.

    :param InvalidVars error: with its line, if it has one
    """
    text = str(error)
    if match := _LINE.fullmatch(text):
        reason = _CATALOGUE.translate(env, match[2]) or match[2]
        return env._("Line %(line)s: %(reason)s", line=match[1], reason=reason)
    return _CATALOGUE.translate(env, text) or text
