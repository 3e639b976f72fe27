import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

const SECONDS = 3;

/** Follows what is at work on a host; loads the page again when it has ended. */
export class HostingProgress extends Interaction {
    static selector = ".o_hosting_progress";
    dynamicContent = {
        ".o_hosting_progress_text": { "t-out": () => this.text },
        ".progress-bar": {
            "t-att-style": () => ({ width: `${this.percent}%` }),
            "t-att-aria-valuenow": () => this.percent,
        },
    };

    setup() {
        this.text = this.el.querySelector(".o_hosting_progress_text").textContent;
        this.percent = Number(this.el.querySelector(".progress-bar").ariaValueNow);
    }

    start() {
        this.waitForTimeout(this.look, SECONDS * 1000);
    }

    async look() {
        let progress = { busy: true, text: this.text, percent: this.percent };
        try {
            const answer = await this.waitFor(fetch(this.el.dataset.url));
            progress = answer.ok ? await this.waitFor(answer.json()) : progress;
        } catch {
            // The server is restarting or the connection is gone: look again later.
        }
        if (!progress.busy) {
            window.location.reload();
            return;
        }
        this.text = progress.text;
        this.percent = progress.percent;
        this.updateContent();
        this.waitForTimeout(this.look, SECONDS * 1000);
    }
}

registry
    .category("public.interactions")
    .add("kubernetes_hosting_portal.progress", HostingProgress);
