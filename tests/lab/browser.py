"""Chromium as people use it: it knows the lab's names and keeps screenshots."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 390, "height": 844}
_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
    " --disable-background-networking --disable-component-update"
).split()


@contextmanager
def chromium(lab: dict) -> Iterator[Browser]:
    """Start Chromium; the base domain resolves to the lab as the lab's DNS says.

    The certificates are real but their root is the lab's, so the browser is told to
    accept them; tests/lab/tenant.py checks them against that root.
    """
    rule = f"MAP *.{lab['domain']} {lab['address']}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[*_FLAGS, f"--host-resolver-rules={rule}"],
        )
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser, viewport: dict = WIDE) -> Page:
    """Return a page of a fresh profile."""
    context = browser.new_context(
        viewport=viewport,
        ignore_https_errors=True,
        accept_downloads=True,
        locale="en-US",
    )
    context.set_default_timeout(30_000)
    return context.new_page()


def log_in(page: Page, url: str, login: str, password: str) -> None:
    """Log in at an Odoo; Enter in the password field, as its button may be covered."""
    page.goto(f"{url}/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")


def shoot(page: Page, folder: Path, name: str, whole: bool = False) -> None:
    """Keep a screenshot of what is seen now, or of the whole page."""
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=whole)
