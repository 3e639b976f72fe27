from .models.website import PROJECT_STEP


def post_init_hook(env):
    """Give the websites that exist the step, and let their visitors sign up.

    Odoo copies the generic steps to new websites only. Without an account a buyer
    could never open the page that shows the first password.
    """
    step = env.ref("kubernetes_hosting_website_sale.checkout_step_project")
    for website in env["website"].search([]):
        if not website._get_checkout_step(PROJECT_STEP):
            step.copy({"website_id": website.id, "is_published": True})
        website.auth_signup_uninvited = "b2c"


def uninstall_hook(env):
    """Delete the websites' copies: the checkout would link to a page that is gone."""
    env["website.checkout.step"].search([("step_href", "=", PROJECT_STEP)]).unlink()
