import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

const KINDS = {
    new: { icon: "fa-plus-circle text-success", label: _t("new") },
    change: { icon: "fa-pencil text-warning", label: _t("changes") },
    remove: { icon: "fa-minus-circle text-danger", label: _t("goes") },
    note: { icon: "fa-info-circle text-muted", label: _t("stays as Odoo has it") },
};

/** Shows what a file would change: {kind, field, odoo, file}, escaped by OWL. */
export class DifferencesField extends Component {
    static template = "kubernetes_hosting.DifferencesField";
    static props = { ...standardFieldProps };

    get rows() {
        const rows = this.props.record.data[this.props.name] || [];
        return rows.map((row) => ({ ...row, ...(KINDS[row.kind] || KINDS.note) }));
    }
}

registry.category("fields").add("kubernetes_differences", {
    component: DifferencesField,
    displayName: _t("Differences"),
    supportedTypes: ["json"],
});
