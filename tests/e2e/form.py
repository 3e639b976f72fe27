"""Odoo's backend as a person uses it: fields of a form by name, buttons, menus."""

from playwright.sync_api import Locator, Page


class Form:
    """The form that a page shows now."""

    def __init__(self, page: Page):
        self.page = page

    def field(self, name: str) -> Locator:
        """Return a field of the form."""
        return self.page.locator(f".o_form_view [name={name}]").first

    def fill(self, **values: str) -> None:
        """Type into text fields."""
        for name, value in values.items():
            self.field(name).locator("input, textarea").first.fill(value)

    def choose(self, name: str, text: str) -> None:
        """Choose a record by a part of its name."""
        self.field(name).locator("input").first.fill(text)
        options = self.page.locator(".o-autocomplete--dropdown-item")
        options.filter(has_text=text).first.click()

    def tab(self, name: str) -> None:
        """Open a page of the notebook."""
        self.page.locator(f".o_notebook .nav-link[name={name}]").click()

    def add_row(self, field: str, **values: str) -> None:
        """Add a line to an editable list."""
        rows = self.field(field).locator("tr.o_data_row")
        before = rows.count()
        self.field(field).locator(".o_field_x2many_list_row_add a").click()
        for name, value in values.items():
            cell = rows.nth(before).locator(f"td[name={name}]")
            if cell.locator(".o_select_menu").count():
                cell.locator(".o_select_menu").click()
                self.page.locator(".o_select_menu_item", has_text=value).click()
            else:
                cell.locator("input, textarea").first.fill(value)

    def press(self, action: str) -> None:
        """Press the enabled button of an action."""
        self.page.locator(f"button[name={action}]:enabled").first.click()

    def save(self) -> None:
        """Save, and wait until it is saved."""
        self.page.locator(".o_form_button_save").click()
        self.page.locator(".o_form_saved").wait_for(state="attached")


def open_menu(page: Page, *names: str) -> None:
    """Click through the menu of the application that is open."""
    bar = page.locator(".o_main_navbar .o_menu_sections")
    bar.get_by_text(names[0], exact=True).click()
    for name in names[1:]:
        page.locator(".o-dropdown--menu").get_by_text(name, exact=True).click()


def new(page: Page) -> Form:
    """Press New on a list and return the form."""
    page.locator(".o_list_button_add").first.click()
    page.locator(".o_form_view").wait_for()
    return Form(page)
