import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";

const PAUSE = 400; // ms without a key before the server is asked

/**
 * Shows both future addresses and asks whether the name is free while it is typed.
 * The form checks and reserves it: this is only a hint.
 */
export class HostingProjectName extends Interaction {
    static selector = ".o_hosting_project";
    dynamicContent = {
        input: { "t-on-input": this.onInput },
        ".o_hosting_name": { "t-out": () => this.name },
        ".o_hosting_suggestions": { "t-on-click": this.onSuggestion },
    };

    setup() {
        this.input = this.el.querySelector("input");
        this.verdict = this.el.querySelector(".o_hosting_verdict");
        this.suggestions = this.el.querySelector(".o_hosting_suggestions");
        this.name = this.normalise(this.input.value);
        this.checkSoon = this.debounced(this.check, PAUSE);
    }

    normalise(text) {
        return text.trim().toLowerCase() || "acme";
    }

    onInput() {
        this.name = this.normalise(this.input.value);
        this.show({ state: "typing", message: "", suggestions: [] });
        this.checkSoon();
    }

    onSuggestion(ev) {
        const button = ev.target.closest("button");
        if (button) {
            ev.preventDefault();
            this.input.value = button.value;
            this.onInput();
            this.input.focus();
        }
    }

    async check() {
        const asked = this.input.value;
        if (!asked.trim()) {
            return;
        }
        const verdict = await this.waitFor(this.ask(asked));
        // Typed on meanwhile: the next answer counts.
        if (verdict && asked === this.input.value) {
            this.show(verdict);
        }
    }

    async ask(name) {
        const line_id = parseInt(this.el.dataset.line);
        try {
            return await rpc("/shop/project/check", { name, line_id }, { silent: true });
        } catch {
            return null;
        }
    }

    show({ state, name, message, suggestions }) {
        const bad = ["taken", "invalid"].includes(state);
        this.input.classList.toggle("is-invalid", bad);
        this.input.classList.toggle("is-valid", state === "free");
        this.input.setAttribute("aria-invalid", bad);
        this.verdict.classList.toggle("text-danger", bad);
        this.verdict.classList.toggle("text-success", state === "free");
        this.verdict.textContent = state === "free" ? this.freeText(name) : message;
        this.suggestions.replaceChildren(...suggestions.map((other) => this.button(other)));
    }

    freeText(name) {
        return this.verdict.dataset.free.replace("acme", name);
    }

    button(name) {
        const button = document.createElement("button");
        button.type = "button";
        button.value = button.textContent = name;
        button.className = "btn btn-sm btn-outline-primary";
        return button;
    }
}

registry
    .category("public.interactions")
    .add("kubernetes_hosting_website_sale.project_name", HostingProjectName);
