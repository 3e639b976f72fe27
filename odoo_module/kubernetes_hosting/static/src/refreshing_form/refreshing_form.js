import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { onMounted, onWillUnmount } from "@odoo/owl";

const SECONDS = 2;

/** Reloads the record while its field `is_busy` says so and nobody is typing. */
export class RefreshingFormController extends FormController {
    setup() {
        super.setup();
        onMounted(() => {
            this.timer = setInterval(() => this.refresh(), SECONDS * 1000);
        });
        onWillUnmount(() => clearInterval(this.timer));
    }

    async refresh() {
        const root = this.model.root;
        if (this.refreshing || document.hidden || !root.resId || !root.data.is_busy) {
            return;
        }
        this.refreshing = true;
        try {
            if (!(await root.isDirty())) {
                await root.load();
            }
        } catch (error) {
            // The server restarts or the network is gone: the next turn tries again.
            console.warn("The form could not be refreshed", error);
        } finally {
            this.refreshing = false;
        }
    }
}

registry.category("views").add("kubernetes_refreshing_form", {
    ...formView,
    Controller: RefreshingFormController,
});
