"""Take all mail and write each as a file: nothing ever leaves the machine.

Started with the venv's Python as ``python -m tests.lab.smtp_sink PURPOSE STATE``.
A file has the message as it came, after ``X-Sink-From`` and ``X-Sink-To`` with the
envelope; its name sorts by time of arrival.
"""

import os
import signal
import sys
import time
from pathlib import Path

from aiosmtpd.controller import Controller

from .identity import SMTP_PORT, Lab


class Sink:
    """aiosmtpd handler that stores messages in a directory."""

    def __init__(self, maildir: Path) -> None:
        self.maildir = maildir
        self.count = 0

    async def handle_DATA(self, _server, _session, envelope) -> str:
        """Write one message, whole or not at all."""
        self.count += 1
        name = f"{time.time_ns()}-{self.count}.eml"
        head = f"X-Sink-From: {envelope.mail_from}\r\n"
        head += f"X-Sink-To: {', '.join(envelope.rcpt_tos)}\r\n"
        scratch = self.maildir / f".{name}"
        scratch.write_bytes(head.encode() + envelope.original_content)
        os.replace(scratch, self.maildir / name)
        return "250 OK"


def main() -> None:
    """Take mail for the lab that the command line names until SIGTERM."""
    lab = Lab(sys.argv[1])
    ends = [signal.SIGTERM, signal.SIGINT]
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    maildir = lab.state / "mail"
    maildir.mkdir(mode=0o700, parents=True, exist_ok=True)
    controller = Controller(Sink(maildir), hostname=lab.host_address, port=SMTP_PORT)
    controller.start()
    signal.sigwait(ends)
    controller.stop()


if __name__ == "__main__":
    main()
