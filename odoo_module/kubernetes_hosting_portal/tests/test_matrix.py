from odoo.tools import mute_logger

from .common import PASSWORD, HostingPagesCase

# Routes of a host: method, path below /my/hosts/<id>, what an owner gets.
ROUTES = [
    ("GET", "", 200),
    ("GET", "/progress", 200),
    ("GET", "/access", 200),
    ("POST", "/access", 200),
    ("POST", "/access/result", 404),
    ("POST", "/reset", 200),
    ("POST", "/undo", 200),
    ("POST", "/backup", 200),
    ("POST", "/backup/0", 404),
    ("POST", "/backup/0/result", 404),
]
# Who is no owner gets the same as for a host that does not exist; visitors log in.
OWNERS, STRANGERS = ("anna", "carla"), ("beat", "clerk")


class TestMatrix(HostingPagesCase):
    """Own, same firm's, other customer's, internal, visitor × every route."""

    def setUp(self):
        super().setUp()
        self._deploy(self.project)
        self._deploy(self.foreign.project_id)

    def test_every_route_of_a_host_is_in_the_table(self):
        rules = self.env["ir.http"].routing_map().iter_rules()
        own = {
            (method, str(rule).replace("/my/hosts/<int:host_id>", ""))
            for rule in rules
            if str(rule).startswith("/my/hosts/<int:host_id>")
            for method in rule.methods - {"HEAD", "OPTIONS"}
        }
        table = {(method, path) for method, path, _status in ROUTES}
        self.assertEqual({_plain(route) for route in own}, table)

    def test_who_gets_what(self):
        expected = dict.fromkeys(OWNERS) | dict.fromkeys(STRANGERS, 404) | {None: 303}
        for login, status in expected.items():
            self.authenticate(login, PASSWORD if login else None)
            for method, path, owners in ROUTES:
                with self.subTest(login=login, method=method, path=path):
                    answer = self._call(method, path)
                    self.assertEqual(answer.status_code, status or owners)

    def test_a_host_that_is_not_there_looks_like_somebody_elses(self):
        self.authenticate("anna", PASSWORD)
        for method, path, _status in ROUTES:
            with self.subTest(method=method, path=path):
                for host in (self.foreign.id, 999999999):
                    answer = self._call(method, path, host)
                    self.assertEqual(answer.status_code, 404)

    def test_getting_a_page_changes_nothing(self):
        self.authenticate("anna", PASSWORD)
        before = self._count()
        pages = {path for method, path, _status in ROUTES if method == "GET"}
        for path in {path for _method, path, _status in ROUTES}:
            with self.subTest(path=path), mute_logger("odoo.http"):
                answer = self.url_open(f"/my/hosts/{self.staging.id}{path}?name=acme")
                self.assertIn(
                    answer.status_code, [200] if path in pages else [404, 405]
                )
        self.url_open("/my/hosts")
        self.assertEqual(self._count(), before)

    def test_without_the_sessions_token_nothing_happens(self):
        self.authenticate("anna", PASSWORD)
        before = self._count()
        for method, path, _status in ROUTES:
            if method == "POST":
                with self.subTest(path=path), mute_logger("odoo.http"):
                    answer = self._call(method, path, csrf_token="wrong")
                    self.assertEqual(answer.status_code, 400)
        self.assertEqual(self._count(), before)

    def _count(self):
        self.env.flush_all()
        models = ("kubernetes.run", "mail.message", "queue.job")
        hosts = self.project.host_ids.sudo()
        return [self.env[model].sudo().search_count([]) for model in models] + [
            hosts.read(["write_date"])
        ]

    def _call(self, method, path, host_id=None, **data):
        url = f"/my/hosts/{host_id or self.staging.id}{path}"
        if method == "GET":
            return self.url_open(url, allow_redirects=False)
        return self._post(url, **{"name": "x"} | data)


def _plain(route):
    method, path = route
    return method, path.replace("/<int:backup_id>", "/0")
