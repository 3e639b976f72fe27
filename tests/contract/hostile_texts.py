"""Texts that YAML, Jinja or a shell could take for something else; seeded."""

import random

WORDS = (
    "yes no on off true false null ~ y n Yes NO 0 010 0x1F 1:30 1e3 1_000 .inf .NaN - ? : ,"
    " = << <<: & * ! | > % @ ` [ ] { } # --- ... 2020-01-01 2020-01-01T00:00:00Z"
).split(" ")
TEMPLATES = (
    "{{ lookup('pipe', 'touch CANARY') }}",
    "{{ query('ansible.builtin.pipe', 'touch CANARY')[0] }}",
    "{% set x = lookup('file', '/etc/hostname') %}{{ x }}",
    "{{ ''.__class__.__mro__ }}",
    "{# comment #}",
    "{{ hostvars }}",
    "{{ 7 * 7 }}",
    "{{ hosting_project }}",
    "{% raw %}{{ x }}{% endraw %}",
    "#jinja2: variable_start_string:'[['\n[[ 7*7 ]]",
    "{{ '{0.__globals__}'.format(lookup) }}",
    "{{",
    "}}",
    "{%",
    "{#",
    "$(touch CANARY)",
    "`touch CANARY`",
    "; touch CANARY",
    "!unsafe x",
    "!vault |\n  x",
    "!!python/object/apply:os.system ['touch CANARY']",
)
ALPHABET = (
    "ab1 {}%#'\"\\:-?[]&*!|>,~@`$;\n\t\r\0\x07\x1b\x7f\x85\xa0\u2028\u202e\ufeffé中😀"
)


def hostile_texts(count: int, canary: str, seed: int = 20261123) -> list[str]:
    """Return texts: every word and template alone, then random mixtures."""
    chance = random.Random(seed)
    parts = [*WORDS, *TEMPLATES, ""]
    texts = list(parts)
    while len(texts) < count:
        noise = "".join(chance.choices(ALPHABET, k=chance.randint(0, 12)))
        texts.append(chance.choice(parts) + noise + chance.choice(parts))
    return [text.replace("CANARY", canary) for text in texts[:count]]
