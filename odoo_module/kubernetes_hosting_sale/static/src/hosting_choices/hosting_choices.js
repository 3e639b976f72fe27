import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

/**
 * One select for each parameter of a hosting that its customer chooses. The view has to
 * have the field hosting_choice_options, too.
 */
export class HostingChoicesField extends Component {
    static template = "kubernetes_hosting_sale.HostingChoicesField";
    static props = { ...standardFieldProps };

    get chosen() {
        return this.props.record.data[this.props.name] || {};
    }

    /** What there is to choose, each with the value that counts now. */
    get parameters() {
        const open = this.props.record.data.hosting_choice_options || [];
        return open.map((parameter) => ({
            ...parameter,
            value: this.chosen[parameter.name] ?? parameter.value,
        }));
    }

    choose(name, value) {
        const chosen = { ...this.chosen, [name]: value };
        return this.props.record.update({ [this.props.name]: chosen });
    }
}

registry.category("fields").add("hosting_choices", {
    component: HostingChoicesField,
    displayName: _t("Choices for a hosting"),
    supportedTypes: ["json"],
});
