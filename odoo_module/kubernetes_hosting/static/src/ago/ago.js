import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, xml } from "@odoo/owl";

/** Shows a time as its age ("2 minutes ago"), the time itself on hover. */
export class AgoField extends Component {
    static template = xml`<span t-att-title="exact" t-esc="age" />`;
    static props = { ...standardFieldProps };

    get time() {
        return this.props.record.data[this.props.name];
    }
    get age() {
        return this.time ? this.time.toRelative() : "";
    }
    get exact() {
        return this.time ? this.time.toLocaleString(luxon.DateTime.DATETIME_MED) : "";
    }
}

registry.category("fields").add("kubernetes_ago", {
    component: AgoField,
    displayName: _t("Age"),
    supportedTypes: ["datetime"],
});
