import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** Lets a form be sent once the name is typed that it asks for; the server checks, too. */
export class HostingConfirm extends Interaction {
    static selector = ".o_hosting_confirm";
    dynamicContent = {
        "input[name=name]": { "t-on-input": this.onInput },
        "button[type=submit]": { "t-att-disabled": () => !this.typed || this.sent },
        _root: { "t-on-submit": this.onSubmit },
    };

    setup() {
        this.typed = false;
        this.sent = false;
    }

    onInput(ev) {
        this.typed = ev.target.value.trim().toLowerCase() === this.el.dataset.name;
    }

    onSubmit() {
        this.sent = true;
    }
}

registry
    .category("public.interactions")
    .add("kubernetes_hosting_portal.confirm", HostingConfirm);
