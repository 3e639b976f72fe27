import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, useRef } from "@odoo/owl";

const PAGE = ".o_notebook .nav-link[name='text']";

/** Lists what the check of a manifest found; a line number leads to its line. */
export class ProblemsField extends Component {
    static template = "kubernetes_hosting.ProblemsField";
    static props = { ...standardFieldProps };

    setup() {
        this.root = useRef("root");
    }

    get problems() {
        const problems = this.props.record.data[this.props.name] || [];
        return problems.map((problem, index) => ({
            key: index,
            line: problem.line,
            label: _t("Line %s", problem.line || ""),
            place: [problem.object, problem.path].filter(Boolean).join(" "),
            rule: problem.rule || "",
            message: problem.message || "",
        }));
    }

    async goTo(line) {
        const form = this.root.el.closest(".o_form_view");
        form.querySelector(PAGE)?.click();
        // The notebook shows the page after its next rendering.
        await new Promise((resolve) => setTimeout(resolve, 50));
        const row = form.querySelector(`.o_kubernetes_source [data-line="${line}"]`);
        if (row) {
            form.querySelectorAll(".o_kubernetes_found").forEach((other) =>
                other.classList.remove("o_kubernetes_found")
            );
            row.classList.add("o_kubernetes_found");
            row.scrollIntoView({ block: "center", behavior: "smooth" });
        }
    }
}

registry.category("fields").add("kubernetes_problems", {
    component: ProblemsField,
    displayName: _t("Problems of a manifest"),
    supportedTypes: ["json"],
});
