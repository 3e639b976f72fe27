"""Model x public method x caller, as the tables in each addon's ``rights.py`` say."""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method

from .rights import ADMINISTRATOR, OPERATOR, USER, WITHOUT_RECORD

GROUPS = (USER, OPERATOR, ADMINISTRATOR)
STRANGERS = ("public", "portal", "internal", "other_company")


class _TakeBack(Exception):
    """Ends a savepoint of a call that went through."""


class RightsMatrixMixin:
    """Calls everything as everybody; a subclass names its addon and its table."""

    addon = None
    methods = {}
    # Arguments of methods that need some: "model.method" -> a list.
    arguments = {}
    allow_inherited_tests_method = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host = cls._create_idle_host()
        cls.host.parameter_ids = [fields.Command.create({"name": "web_x"})]
        cls.manifest.parameter_ids = [fields.Command.create({"name": "web_x"})]
        cls.manifest.company_id = cls.env.company
        company = cls.env["res.company"].create({"name": "Other"})
        own = {
            "company_id": company.id,
            "company_ids": [fields.Command.set(company.ids)],
        }
        cls.callers = {group: cls._create_user(group) for group in GROUPS} | {
            "public": cls.env.ref("base.public_user"),
            "portal": cls._create_stranger("base.group_portal"),
            "internal": cls._create_stranger("base.group_user"),
            "other_company": cls._create_user(ADMINISTRATOR, **own),
        }

    @classmethod
    def _create_stranger(cls, group):
        return cls.env["res.users"].create(
            {
                "name": group,
                "login": f"matrix_{group}",
                "group_ids": [fields.Command.set(cls.env.ref(group).ids)],
            }
        )

    def _find_methods(self, addon):
        """Return the public methods that an addon brings: names by model."""
        found = {}
        for name in self.env:
            if not name.startswith("kubernetes."):
                continue
            cls = self.env.registry[name]
            own = {
                attribute
                for attribute in dir(cls)
                if not attribute.startswith("_") and self._is_of(addon, cls, attribute)
            }
            if own and not self._is_part(cls):
                found[name] = own
        return found

    def _is_part(self, cls):
        """Return whether a class is a mixin: then its methods are looked at elsewhere."""
        others = (self.env.registry[name] for name in self.env)
        return cls._abstract and any(
            cls in other.mro() for other in others if not other._abstract
        )

    def _is_of(self, addon, cls, attribute):
        """Return whether this addon, and nobody before it, defines a public method."""
        if not callable(getattr(cls, attribute)) or hasattr(models.Model, attribute):
            return False
        places = [place for place in cls.mro() if attribute in vars(place)]
        if any(getattr(vars(p)[attribute], "_api_private", False) for p in places):
            return False
        addons = [place.__module__.split(".")[2:3] for place in places]
        # Reversed: the first one that defined it has to answer for it.
        return bool(addons) and addons[-1] == [addon]

    def _get_sample(self, name, user):
        """Return a record to call on, in the eyes of a user."""
        model = self.env[name]
        if model._abstract:
            return model.with_user(user)
        if model._transient:
            return model.with_user(user).create(self._prepare_wizard(name))
        record = model.sudo().search([], limit=1)
        self.assertTrue(record, f"{name}: the test has no record of it")
        return record.with_user(user)

    def _prepare_wizard(self, name):
        """Return the values of a wizard: it is about the test's host."""
        fields_ = self.env[name]._fields
        records = {"host_id": self.host, "version_id": self.version}
        return {key: record.id for key, record in records.items() if key in fields_}

    def _may_call(self, name, method, user):
        """Return whether nothing refuses the call for its caller's sake."""
        arguments = self.arguments.get(f"{name}.{method}", [])
        try:
            with self.env.cr.savepoint():
                record = self._get_sample(name, user)
                get_public_method(record, method)(record, *arguments)
                raise _TakeBack()
        except _TakeBack:
            return True
        except AccessError:
            return False
        except UserError:
            # Refused for the record's state, after the rights were checked.
            return True

    def test_every_public_method_stands_in_the_table(self):
        table = {name: set(methods) for name, methods in self.methods.items()}
        self.assertEqual(self._find_methods(self.addon), table)

    def test_callers_may_do_what_the_table_says_and_nothing_else(self):
        for name, methods in self.methods.items():
            for method, smallest in methods.items():
                allowed = set(GROUPS[GROUPS.index(smallest) :])
                if name in WITHOUT_RECORD:
                    allowed.add("other_company")
                found = {
                    caller
                    for caller, user in self.callers.items()
                    if self._may_call(name, method, user)
                }
                with self.subTest(model=name, method=method):
                    self.assertEqual(found, allowed)
