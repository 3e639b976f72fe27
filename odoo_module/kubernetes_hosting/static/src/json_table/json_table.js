import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

/** Shows a list of objects as a table; which keys, say the view's options. */
export class JsonTableField extends Component {
    static template = "kubernetes_hosting.JsonTableField";
    static props = { ...standardFieldProps, columns: { type: Array } };

    setup() {
        this.labels = {
            action: _t("Action"),
            document: _t("Document"),
            host: _t("Host"),
            kind: _t("Kind"),
            message: _t("Message"),
            name: _t("Name"),
            path: _t("Path"),
            rule: _t("Rule"),
            sha256: _t("SHA-256"),
            stage: _t("Stage"),
        };
    }

    get rows() {
        const rows = this.props.record.data[this.props.name] || [];
        return rows.map((row) =>
            this.props.columns.map((column) => String(row[column] ?? ""))
        );
    }
}

registry.category("fields").add("kubernetes_json_table", {
    component: JsonTableField,
    displayName: _t("Table"),
    supportedTypes: ["json"],
    extractProps: ({ options }) => ({ columns: options.columns || [] }),
});
