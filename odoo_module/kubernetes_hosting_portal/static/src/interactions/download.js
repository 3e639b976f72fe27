import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** A download works once: its button can be pressed once. */
export class HostingDownload extends Interaction {
    static selector = ".o_hosting_download";
    dynamicContent = {
        "button[type=submit]": { "t-att-disabled": () => this.sent },
        _root: { "t-on-submit": this.onSubmit },
    };

    setup() {
        this.sent = false;
    }

    onSubmit() {
        this.sent = true;
    }
}

registry
    .category("public.interactions")
    .add("kubernetes_hosting_portal.download", HostingDownload);
