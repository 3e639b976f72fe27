import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

const LOOKS = {
    ok: { icon: "fa-check-circle", color: "text-success" },
    pending: { icon: "fa-clock-o", color: "text-warning" },
    failed: { icon: "fa-times-circle", color: "text-danger" },
    skipped: { icon: "fa-circle-o", color: "text-muted" },
};

/** Shows steps ({step or check, state, detail, hint}); their texts are escaped by OWL. */
export class LadderField extends Component {
    static template = "kubernetes_hosting.LadderField";
    static props = { ...standardFieldProps };

    setup() {
        this.labels = {
            dns: _t("DNS"),
            ingress: _t("Ingress"),
            address: _t("Address"),
            certificate: _t("Certificate"),
            http: _t("HTTP"),
            health: _t("Health"),
            rollout: _t("Application"),
        };
        this.states = {
            ok: _t("ok"),
            pending: _t("pending"),
            failed: _t("failed"),
            skipped: _t("skipped"),
        };
    }

    get steps() {
        const steps = this.props.record.data[this.props.name] || [];
        return steps.map((step, index) => {
            const name = String(step.step || step.check || "");
            return {
                key: index,
                label: this.labels[name] || name,
                look: LOOKS[step.state] || LOOKS.skipped,
                state: this.states[step.state] || step.state || "",
                detail: step.detail || "",
            };
        });
    }

    get hints() {
        const steps = this.props.record.data[this.props.name] || [];
        return steps
            .filter((step) => step.hint && step.state !== "ok" && step.state !== "skipped")
            .map((step) => step.hint);
    }
}

registry.category("fields").add("kubernetes_ladder", {
    component: LadderField,
    displayName: _t("Ladder"),
    supportedTypes: ["json"],
});
