"""One line for each long step: what it is, how long it usually takes, how long it took."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class SetupError(Exception):
    """A step that cannot go on; the text says what, why and what to do next."""


@contextmanager
def step(what: str, usually: str = "") -> Iterator[None]:
    """Announce a step, and tell its duration when it is done."""
    hint = f" (usually {usually})" if usually else ""
    say(f"… {what}{hint}")
    started = time.monotonic()
    yield
    say(f"✓ {what}: {time.monotonic() - started:.0f} s")


def say(line: str) -> None:
    """Print one line at once, also when the output is a file."""
    # One write: the lines of two threads don't mix.
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run(command: Sequence[str | Path], log: Path | None = None, **kwargs) -> str:
    """Run a command quietly and return its output.

    :raises SetupError: it failed; the text has the end of its output
    """
    words = [str(word) for word in command]
    done = subprocess.run(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kwargs
    )
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(done.stdout)
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-25:])
        where = f"\nWhole output: {log}" if log else ""
        raise SetupError(
            f"`{' '.join(words)}` ended with {done.returncode}:\n{tail}{where}"
        )
    return done.stdout
