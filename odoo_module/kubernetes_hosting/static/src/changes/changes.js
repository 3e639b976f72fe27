import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

// In the order in which they matter to who decides.
const GROUPS = {
    pruned: { icon: "fa-minus-circle", color: "text-danger", label: _t("deleted") },
    would_prune: {
        icon: "fa-minus-circle",
        color: "text-danger",
        label: _t("would be deleted"),
    },
    created: { icon: "fa-plus-circle", color: "text-success", label: _t("created") },
    would_create: {
        icon: "fa-plus-circle",
        color: "text-success",
        label: _t("would be created"),
    },
    patched: { icon: "fa-pencil", color: "text-warning", label: _t("changed") },
    would_patch: {
        icon: "fa-pencil",
        color: "text-warning",
        label: _t("would be changed"),
    },
    unchanged: { icon: "fa-check", color: "text-muted", label: _t("stay as they are") },
};

/**
 * Shows what a run did, or a preview would do: its result's objects by action.
 * Names come from the cluster: OWL escapes them.
 */
export class ChangesField extends Component {
    static template = "kubernetes_hosting.ChangesField";
    static props = { ...standardFieldProps };

    get groups() {
        const result = this.props.record.data[this.props.name] || {};
        const pruned = (result.pruned || []).map((row) => ({
            ...row,
            action: row.action || "pruned",
        }));
        const found = {};
        for (const row of [...pruned, ...(result.objects || [])]) {
            const action = String(row.action || "unchanged");
            (found[action] ||= []).push(`${row.kind || ""} ${row.name || ""}`);
        }
        const rank = (action) => {
            const index = Object.keys(GROUPS).indexOf(action);
            return index < 0 ? 99 : index;
        };
        return Object.keys(found)
            .sort((one, other) => rank(one) - rank(other))
            .map((action) => this.describe(action, found[action]));
    }
    describe(action, names) {
        const look = GROUPS[action] || {
            icon: "fa-circle-o",
            color: "text-muted",
            label: action,
        };
        return { action, names, ...look, title: `${names.length} ${look.label}` };
    }
    get isNothing() {
        return this.groups.every((group) => group.action === "unchanged");
    }
}

registry.category("fields").add("kubernetes_changes", {
    component: ChangesField,
    displayName: _t("Changes"),
    supportedTypes: ["json"],
});
