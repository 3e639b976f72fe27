"""Talks to one tenant as a stranger would: by its host name, at the cluster's address."""

import http.client
import json
import re
import ssl
import threading
import time
import urllib.parse
import xmlrpc.client
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path

from tests.lab.tenant import ByAddress

DATABASE = "odoo"
MANAGER_PAGES = ("selector", "manager")
MANAGER_ACTIONS = {
    "create": {
        "name": "x",
        "lang": "en_US",
        "login": "admin",
        "password": "x",
        "phone": "",
    },
    "duplicate": {"name": DATABASE, "new_name": "x"},
    "drop": {"name": DATABASE},
    "backup": {"name": DATABASE, "backup_format": "zip"},
    "restore": {"name": "x", "copy": "true"},
    "change_password": {"master_pwd_new": "x"},
}


def db_calls(master: str) -> dict[str, list]:
    """Return the methods of the service ``db`` that a tenant refuses, with arguments."""
    return {
        "list": [],
        "create_database": [master, "x", False, "en_US"],
        "duplicate_database": [master, DATABASE, "x"],
        "drop": [master, DATABASE],
        "dump": [master, DATABASE, "zip"],
        "restore": [master, "x", ""],
        "rename": [master, DATABASE, "x"],
        "change_admin_password": [master, "x"],
        "migrate_databases": [master, [DATABASE]],
    }


@dataclass(frozen=True)
class Answer:
    """One HTTP answer: status, text, and the cookies that came with it."""

    status: int
    text: str
    location: str = ""
    cookies: dict = field(default_factory=dict)


class Tenant:
    """One host name at one address; ``ca`` None accepts any certificate."""

    def __init__(self, fqdn: str, address: str, ca: str | Path | None):
        self.fqdn = fqdn
        self.address = address
        self.context = ssl.create_default_context(cafile=ca)
        if ca is None:
            self.context.check_hostname = False
            self.context.verify_mode = ssl.CERT_NONE

    def request(self, path: str, form=None, body=None, kind="", cookies=None) -> Answer:
        """GET ``path``, or POST a form or a body; redirects are not followed."""
        headers = {"Content-Type": kind} if kind else {}
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in cookies.items())
        connection = ByAddress(self.fqdn, self.address, self.context, timeout=30)
        try:
            method = "GET" if body is None else "POST"
            connection.request(method, path, body, headers)
            return _answer(connection.getresponse())
        finally:
            connection.close()

    def json_rpc(self, service: str, method: str, arguments: list) -> dict:
        """Return Odoo's answer: a dict with ``result`` or ``error``."""
        params = {"service": service, "method": method, "args": arguments}
        body = json.dumps(
            {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
        )
        answer = self.request("/jsonrpc", body=body, kind="application/json")
        return json.loads(answer.text)

    def xml_rpc(
        self, service: str, method: str, arguments: list
    ) -> xmlrpc.client.Fault:
        """Call a method and return the fault it ends in; AssertionError without one."""
        body = xmlrpc.client.dumps(tuple(arguments), method)
        answer = self.request(f"/xmlrpc/2/{service}", body=body, kind="text/xml")
        try:
            result = xmlrpc.client.loads(answer.text)
        except xmlrpc.client.Fault as fault:
            return fault
        raise AssertionError(f"{service}.{method} was not refused: {result}")

    def log_in(self, login: str, password: str) -> bool:
        """Fill in the login form; tell whether it let us in."""
        page = self.request("/web/login")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        form = {"csrf_token": token, "login": login, "password": password}
        answer = self.request("/web/login", form=form, cookies=page.cookies)
        return answer.status == 303 and "/web/login" not in answer.location


def _answer(response: http.client.HTTPResponse) -> Answer:
    cookies = SimpleCookie()
    for line in response.headers.get_all("Set-Cookie", []):
        cookies.load(line)
    values = {name: morsel.value for name, morsel in cookies.items()}
    text = response.read().decode(errors="replace")
    return Answer(response.status, text, response.getheader("Location", ""), values)


def assert_tenant_is_closed(
    fqdn: str, address: str, ca: str | Path, master_password: str = "admin"
) -> None:
    """Assert that nobody gets in by a default or by the database manager.

    With the tenant's real ``master_password`` it also shows that not even that opens
    the manager.
    """
    tenant = Tenant(fqdn, address, ca)
    health = tenant.request("/web/health")
    assert (health.status, json.loads(health.text)) == (200, {"status": "pass"})
    for page in MANAGER_PAGES:
        assert tenant.request(f"/web/database/{page}").status == 404, page
    for action, form in MANAGER_ACTIONS.items():
        form = form | {"master_pwd": master_password}
        answer = tenant.request(f"/web/database/{action}", form=form)
        assert answer.status == 404, (action, answer.status)
    for method, arguments in db_calls(master_password).items():
        fault = tenant.xml_rpc("db", method, arguments)
        assert "Access Denied" in fault.faultString, (method, fault.faultString)
        answer = tenant.json_rpc("db", method, arguments)
        assert answer["error"]["data"]["name"].endswith("AccessDenied"), method
    assert not tenant.log_in("admin", "admin")
    uid = tenant.json_rpc("common", "login", [DATABASE, "admin", "admin"])
    assert uid.get("result") is False, uid


class FirstAnswers(threading.Thread):
    """Asks from before a tenant exists, and keeps what it first answered."""

    def __init__(self, fqdn: str, address: str):
        super().__init__(daemon=True)
        self.tenant = Tenant(fqdn, address, ca=None)
        self.logins: list = []
        self.lists: list = []
        self.over = threading.Event()

    def run(self) -> None:
        """Ask until stopped; an answer that is not Odoo's does not count."""
        while not self.over.is_set():
            try:
                question = [DATABASE, "admin", "admin"]
                self.logins.append(self.tenant.json_rpc("common", "login", question))
                self.lists.append(self.tenant.json_rpc("db", "list", []))
            except (OSError, ValueError, http.client.HTTPException):
                time.sleep(0.1)

    def stop(self) -> None:
        """Stop asking and wait for the last answer."""
        self.over.set()
        self.join(60)
