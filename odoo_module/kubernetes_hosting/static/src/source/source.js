import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

const MAXIMUM = 5000;

/** Shows a text with line numbers; lines that a problem is about are marked. */
export class SourceField extends Component {
    static template = "kubernetes_hosting.SourceField";
    static props = { ...standardFieldProps, problems: { type: String, optional: true } };

    get lines() {
        const text = this.props.record.data[this.props.name] || "";
        const marked = this.messages;
        return text
            .split("\n")
            .slice(0, MAXIMUM)
            .map((line, index) => ({
                number: index + 1,
                text: line,
                message: marked[index + 1],
            }));
    }

    get messages() {
        const problems = this.props.record.data[this.props.problems] || [];
        const found = {};
        for (const problem of problems) {
            if (problem.line) {
                const before = found[problem.line];
                found[problem.line] = before
                    ? `${before}\n${problem.message}`
                    : problem.message;
            }
        }
        return found;
    }

    get hidden() {
        const text = this.props.record.data[this.props.name] || "";
        const more = text.split("\n").length - MAXIMUM;
        return more > 0 ? _t("%s more lines are not shown.", more) : "";
    }
}

registry.category("fields").add("kubernetes_source", {
    component: SourceField,
    displayName: _t("Text with line numbers"),
    supportedTypes: ["text"],
    extractProps: ({ options }) => ({ problems: options.problems }),
});
