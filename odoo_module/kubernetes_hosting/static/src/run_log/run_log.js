import { onMounted, onPatched, onWillUnmount, useRef, useState, Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const FOLLOW_MS = 2000;
// Chromium gets slow with more; the whole log lies in the run's directory.
const LONGEST = 500000;

/** Shows what Ansible says, goes on reading while the run is at work, and follows the end. */
export class RunLog extends Component {
    static template = "kubernetes_hosting.RunLog";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.end = useRef("text");
        this.state = useState({ text: "", follow: true, loaded: false });
        this.position = {};
        onMounted(() => this.read());
        onPatched(() => this.scroll());
        onWillUnmount(() => clearTimeout(this.timer));
    }

    get empty() {
        return this.state.loaded ? _t("Nothing was said yet.") : _t("Loading…");
    }

    async read() {
        const run = this.props.record.resId;
        try {
            const offset = this.position.run === run ? this.position.offset : null;
            this.take(run, await this.orm.silent.call("kubernetes.run", "read_log", [run, offset]));
        } catch (error) {
            // The server restarts or the network is gone: the next turn tries again.
            console.warn("The log could not be read", error);
        }
        this.timer = setTimeout(() => this.lookAgain(), FOLLOW_MS);
    }

    take(run, news) {
        const { uuid } = this.position;
        const same = this.position.run === run && uuid === news.uuid;
        if (!same) {
            this.state.text = "";
        }
        const restarted = uuid && this.position.run === run && uuid !== news.uuid;
        this.position = { run, uuid: news.uuid, offset: restarted ? 0 : news.offset };
        if (!restarted) {
            this.state.text = (this.state.text + news.text).slice(-LONGEST);
        }
        // One more look after the end: the last lines came with it.
        this.over = !news.is_busy && !news.text && !restarted;
        this.state.loaded = true;
    }

    lookAgain() {
        const other = this.position.run !== this.props.record.resId;
        if (!document.hidden && (!this.over || other || this.props.record.data.is_busy)) {
            return this.read();
        }
        this.timer = setTimeout(() => this.lookAgain(), FOLLOW_MS);
    }

    scroll() {
        const el = this.end.el;
        if (el && this.state.follow) {
            el.scrollTop = el.scrollHeight;
        }
    }

    onScroll() {
        const el = this.end.el;
        // Whoever scrolls up wants to read, whoever comes back to the end to follow.
        this.state.follow = el.scrollHeight - el.scrollTop - el.clientHeight < 40;
    }

    toggleFollow() {
        this.state.follow = !this.state.follow;
    }
}

registry.category("view_widgets").add("kubernetes_run_log", { component: RunLog });
