"""Texts that come in English from elsewhere, found again by their words."""

import re

_VALUE = re.compile(r"%\((\w+)\)s")


class Catalogue:
    """A table of texts with ``%(name)s`` for what differs, and what people read."""

    def __init__(self, texts):
        """:param dict texts: the text as it comes → LazyGettext with the same names"""
        self.texts = texts
        self.patterns = [
            (self._compile(text), text) for text in texts if _VALUE.search(text)
        ]

    def translate(self, env, text):
        """Return what a text means in the language of ``env``, None when it is unknown."""
        if text in self.texts:
            return env._(self.texts[text])
        for pattern, known in self.patterns:
            if match := pattern.fullmatch(text):
                return env._(self.texts[known]) % match.groupdict()
        return None

    @staticmethod
    def _compile(text):
        """Return the pattern of a text: its values are whatever stands between its words."""
        pieces = _VALUE.split(text)
        pieces[::2] = map(re.escape, pieces[::2])
        pieces[1::2] = [f"(?P<{name}>.+?)" for name in pieces[1::2]]
        return re.compile("".join(pieces), re.DOTALL)
