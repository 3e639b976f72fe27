import { onWillUnmount, useEffect, useExternalListener } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

const NOTIFICATION = "kubernetes_hosting.changed";
// Many changes at once are one reload.
const GATHER_MS = 200;
// Without a websocket the form is still right after a while.
const POLL_MS = 10000;

/**
 * Calls back when somebody changes a record that lies open.
 *
 * @param {() => number|false} getId id of the record that is shown now
 * @param {string} model
 * @param {() => void} onChange
 */
export function useLiveRecord(getId, model, onChange) {
    const bus = useService("bus_service");
    const listen = (payload) => {
        if (payload.model === model && payload.id === getId()) {
            onChange();
        }
    };
    bus.subscribe(NOTIFICATION, listen);
    onWillUnmount(() => bus.unsubscribe(NOTIFICATION, listen));
    useEffect(
        (id) => {
            if (!id) {
                return;
            }
            const channel = `kubernetes_live:${model}:${id}`;
            bus.addChannel(channel);
            return () => bus.deleteChannel(channel);
        },
        () => [getId()]
    );
}

/** Reloads the record when it has changed and nobody is typing. */
export class RefreshingFormController extends FormController {
    setup() {
        super.setup();
        this.stale = false;
        useLiveRecord(
            () => this.model.root.resId,
            this.props.resModel,
            () => this.refreshSoon()
        );
        useExternalListener(document, "visibilitychange", () => this.refreshIfStale());
        this.poll = setInterval(() => this.lookAgain(), POLL_MS);
        onWillUnmount(() => {
            clearInterval(this.poll);
            clearTimeout(this.soon);
        });
    }

    refreshSoon() {
        this.stale = true;
        clearTimeout(this.soon);
        this.soon = setTimeout(() => this.refreshIfStale(), GATHER_MS);
    }

    lookAgain() {
        this.stale ||= Boolean(this.model.root.data.is_busy);
        return this.refreshIfStale();
    }

    async refreshIfStale() {
        if (!this.stale || this.refreshing || !(await this.mayRefresh())) {
            return;
        }
        this.refreshing = true;
        this.stale = false;
        try {
            await this.model.root.load();
        } catch (error) {
            // The server restarts or the network is gone: the next turn tries again.
            this.stale = true;
            console.warn("The form could not be refreshed", error);
        } finally {
            this.refreshing = false;
        }
    }

    /** Tell whether a reload takes nothing away from the person in front of the form. */
    async mayRefresh() {
        const root = this.model.root;
        const form = this.rootRef.el;
        const busy = document.querySelector(".o_dialog") || form?.querySelector(".o_selected_row");
        return !document.hidden && !busy && root.resId && !(await root.isDirty());
    }
}

registry.category("views").add("kubernetes_refreshing_form", {
    ...formView,
    Controller: RefreshingFormController,
});
