import { loadBundle } from "@web/core/assets";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";

const COLORS = {
    ok: "success",
    pending: "warning",
    failed: "danger",
    unknown: "muted",
};
const DONE_COLOR = "#28a745";
const FAILED_COLOR = "#dc3545";

/** Hosts by health, runs per day, failures, and what needs somebody: each opens. */
export class KubernetesDashboard extends Component {
    static template = "kubernetes_hosting.Dashboard";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.canvas = useRef("canvas");
        this.state = useState({ data: null });
        this.display = { controlPanel: {} };
        onWillStart(async () => {
            const [data] = await Promise.all([
                this.orm.call("kubernetes.dashboard", "get_data", []),
                loadBundle("web.chartjs_lib"),
            ]);
            this.state.data = data;
        });
        useEffect(
            (canvas) => {
                if (!canvas) {
                    return;
                }
                const chart = this.drawRuns(canvas);
                return () => chart.destroy();
            },
            () => [this.canvas.el, this.state.data]
        );
    }

    get data() {
        return this.state.data;
    }
    get isEmpty() {
        return this.data.steps.some((step) => !step.done);
    }
    get nextStep() {
        return this.data.steps.find((step) => !step.done);
    }
    get maximumFailures() {
        return Math.max(...this.data.failures.map((row) => row.count), 1);
    }
    get readyTime() {
        const seconds = this.data.ready.seconds;
        if (seconds === false) {
            return "–";
        }
        return seconds < 120 ? _t("%s s", seconds) : _t("%s min", Math.round(seconds / 60));
    }
    color(health) {
        return COLORS[health] || "muted";
    }

    async refresh() {
        this.state.data = await this.orm.call("kubernetes.dashboard", "get_data", []);
    }

    drawRuns(canvas) {
        const rows = this.data.runs;
        const bars = (label, key, color) => ({
            label,
            data: rows.map((row) => row[key]),
            backgroundColor: color,
        });
        return new Chart(canvas, {
            type: "bar",
            data: {
                labels: rows.map((row) =>
                    luxon.DateTime.fromISO(row.day).toLocaleString({
                        day: "numeric",
                        month: "numeric",
                    })
                ),
                datasets: [
                    bars(_t("Done"), "done", DONE_COLOR),
                    bars(_t("Failed"), "failed", FAILED_COLOR),
                ],
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                scales: {
                    x: { stacked: true, grid: { display: false } },
                    y: { stacked: true, beginAtZero: true, ticks: { precision: 0 } },
                },
                onClick: (_event, elements) => {
                    if (elements.length) {
                        this.openRunsOf(rows[elements[0].index].day);
                    }
                },
            },
        });
    }

    // The lists are those of the menus, narrowed to what was clicked.
    openHosts(name, domain) {
        this.openList("kubernetes.host", name, domain, [
            [false, "list"],
            [false, "kanban"],
            [false, "form"],
        ]);
    }
    openHealth(row) {
        this.openHosts(row.label, [
            ["lifecycle", "in", ["active", "suspended"]],
            ["health", "=", row.health],
        ]);
    }
    openAttention() {
        this.openHosts(_t("Needs attention"), [["needs_attention", "=", true]]);
    }
    openAtWork() {
        this.openHosts(_t("At work"), [["activity", "!=", "idle"]]);
    }
    openUpdates() {
        this.openHosts(_t("Update available"), [
            ["lifecycle", "in", ["active", "suspended"]],
            ["update_available", "=", true],
        ]);
    }
    openFailures(row) {
        this.openList("kubernetes.run", row.label, [
            ["error_class", "=", row.class],
            ["state", "in", ["failed", "lost"]],
        ]);
    }
    openRunsOf(day) {
        const next = luxon.DateTime.fromISO(day).plus({ days: 1 }).toISODate();
        this.openList("kubernetes.run", day, [
            ["create_date", ">=", `${day} 00:00:00`],
            ["create_date", "<", `${next} 00:00:00`],
        ]);
    }
    openList(model, name, domain, views) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            name: String(name),
            domain,
            views: views || [
                [false, "list"],
                [false, "form"],
            ],
        });
    }
    openHost(id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "kubernetes.host",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("kubernetes_dashboard", KubernetesDashboard);
