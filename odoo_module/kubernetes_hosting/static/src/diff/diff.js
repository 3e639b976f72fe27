import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

/** Shows two texts side by side: the rows of tools/text_diff.py. */
export class DiffField extends Component {
    static template = "kubernetes_hosting.DiffField";
    static props = { ...standardFieldProps };

    get rows() {
        const rows = this.props.record.data[this.props.name] || [];
        return rows.map((row, index) => ({
            ...row,
            key: index,
            oldClass: ["changed", "removed"].includes(row.kind) ? "o_kubernetes_old" : "",
            newClass: ["changed", "added"].includes(row.kind) ? "o_kubernetes_new" : "",
            text: row.kind === "gap" ? _t("%s equal lines", row.hidden) : "",
        }));
    }
}

registry.category("fields").add("kubernetes_diff", {
    component: DiffField,
    displayName: _t("Side by side"),
    supportedTypes: ["json"],
});
