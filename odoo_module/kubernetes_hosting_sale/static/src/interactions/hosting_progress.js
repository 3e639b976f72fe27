import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

const EVERY = 3000; // ms
const AFTER_FAILURE = 15000; // ms

/** Asks how far the hostings are until they are ready, and shows it. */
export class HostingProgress extends Interaction {
    static selector = ".o_hosting_progress[data-url]";

    start() {
        this.waitForTimeout(() => this.ask(), EVERY);
    }

    async ask() {
        const answer = await this.waitFor(this.fetchState());
        if (answer?.finished === undefined) {
            this.waitForTimeout(() => this.ask(), AFTER_FAILURE);
            return;
        }
        if (answer.html !== this.shown) {
            this.shown = answer.html;
            // Rendered by the server, where everything is escaped.
            const parsed = new DOMParser().parseFromString(answer.html, "text/html");
            this.el.replaceChildren(...parsed.body.childNodes);
        }
        if (!answer.finished) {
            this.waitForTimeout(() => this.ask(), EVERY);
        }
    }

    async fetchState() {
        try {
            const response = await fetch(this.el.dataset.url);
            return response.ok ? await response.json() : null;
        } catch {
            return null;
        }
    }
}

registry
    .category("public.interactions")
    .add("kubernetes_hosting_sale.hosting_progress", HostingProgress);
