import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

/**
 * Shows pods, last events and last words of containers of a host that is not ok.
 * Customers' programs write these texts: OWL escapes them, nothing is markup.
 */
export class ObservedField extends Component {
    static template = "kubernetes_hosting.ObservedField";
    static props = { ...standardFieldProps };

    get observed() {
        return this.props.record.data[this.props.name] || {};
    }
    get pods() {
        return this.observed.pods || [];
    }
    get events() {
        // The newest is what one looks for.
        return [...(this.observed.events || [])].reverse();
    }
    get logs() {
        return (this.observed.logs || []).map((log) => ({
            title: [log.pod, log.container].filter(Boolean).join(" / "),
            text: String(log.text ?? ""),
        }));
    }
}

registry.category("fields").add("kubernetes_observed", {
    component: ObservedField,
    displayName: _t("Observed"),
    supportedTypes: ["json"],
});
