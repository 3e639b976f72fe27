import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** Shows both future addresses while the name is typed; the server checks the name. */
export class HostingProjectName extends Interaction {
    static selector = ".o_hosting_project";
    dynamicContent = {
        input: { "t-on-input": this.onInput },
        ".o_hosting_name": { "t-out": () => this.name },
    };

    setup() {
        this.name = this.normalise(this.el.querySelector("input").value);
    }

    onInput(ev) {
        this.name = this.normalise(ev.target.value);
    }

    normalise(text) {
        return text.trim().toLowerCase() || "acme";
    }
}

registry
    .category("public.interactions")
    .add("kubernetes_hosting_website_sale.project_name", HostingProjectName);
