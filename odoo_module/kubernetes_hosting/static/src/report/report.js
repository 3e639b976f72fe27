import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

const LOOKS = {
    ok: { icon: "fa-check-circle", color: "text-success" },
    failed: { icon: "fa-times-circle", color: "text-danger" },
};
const OTHER = { icon: "fa-circle-o", color: "text-muted" };

/** Shows checks ({check, state, detail, hint}) one below the other, fit for printing. */
export class ReportField extends Component {
    static template = "kubernetes_hosting.ReportField";
    static props = { ...standardFieldProps };

    setup() {
        this.labels = {
            "create namespaces": _t("May create namespaces for hosts"),
            "stay in host-* namespaces": _t("May touch no other namespaces"),
            "keep pod security on": _t("Can't switch pod security off"),
            "read no Secrets of others": _t("Can't read Secrets of others"),
            "act as no other namespace's account": _t("Can't act for other namespaces"),
            "keep others' host names": _t("Can't take host names of others"),
            issuer: _t("Certificate issuer"),
            "ingress class": _t("Ingress class"),
            "default storage class": _t("Default storage class"),
            "DNS wildcard": _t("DNS wildcard"),
        };
        this.details = {
            none: _t("none"),
            "does not resolve": _t("does not resolve"),
            "not tried: no host there": _t("not tried: no host there"),
        };
        this.good = {
            allowed: _t("allowed, as it has to be"),
            denied: _t("denied, as it has to be"),
        };
        this.bad = {
            allowed: _t("allowed, but it has to be denied"),
        };
        this.states = { ok: _t("ok"), failed: _t("failed"), skipped: _t("skipped") };
    }

    get checks() {
        const checks = this.props.record.data[this.props.name] || [];
        return checks.map((check, index) => {
            const good = check.state === "ok";
            const text = check.detail || "";
            return {
                key: index,
                label: this.labels[check.check] || check.check || "",
                value: check.state,
                state: this.states[check.state] || check.state || "",
                look: LOOKS[check.state] || OTHER,
                // Else it is quoted as the cluster words it.
                detail: (good ? this.good : this.bad)[text] || this.details[text] || text,
                hint: good ? "" : check.hint || "",
            };
        });
    }
}

registry.category("fields").add("kubernetes_report", {
    component: ReportField,
    displayName: _t("Report"),
    supportedTypes: ["json"],
});
