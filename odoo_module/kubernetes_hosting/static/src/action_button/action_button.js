import { registry } from "@web/core/registry";
import { ViewButton } from "@web/views/view_button/view_button";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component } from "@odoo/owl";

/**
 * A button that is disabled, with the reason, while the record's field `blocked`
 * (method → reason) names it. Attributes as a button has them: action, string,
 * class, confirm.
 */
export class ActionButton extends Component {
    static template = "kubernetes_hosting.ActionButton";
    static components = { ViewButton };
    static props = {
        ...standardWidgetProps,
        action: { type: String },
        label: { type: String },
        look: { type: String, optional: true },
        confirm: { type: String, optional: true },
    };

    get reason() {
        return (this.props.record.data.blocked || {})[this.props.action] || "";
    }
    get isBlocked() {
        return Boolean(this.reason);
    }
    get clickParams() {
        const params = { name: this.props.action, type: "object" };
        return this.props.confirm ? { ...params, confirm: this.props.confirm } : params;
    }
}

registry.category("view_widgets").add("kubernetes_action_button", {
    component: ActionButton,
    extractProps: ({ attrs }) => ({
        action: attrs.action,
        label: attrs.string,
        look: attrs.look,
        confirm: attrs.confirm,
    }),
    fieldDependencies: [{ name: "blocked", type: "json" }],
});
