import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

const SECONDS = 2;

/** Asks again until the password is there: the form is sent as a click would. */
export class HostingAccess extends Interaction {
    static selector = ".o_hosting_access_waiting";

    start() {
        this.waitForTimeout(() => this.el.submit(), SECONDS * 1000);
    }
}

registry
    .category("public.interactions")
    .add("kubernetes_hosting_portal.access", HostingAccess);
