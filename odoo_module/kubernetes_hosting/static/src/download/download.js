import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";

const SECONDS = 2;
const FRAME = "o_kubernetes_download";

/** Sends the token by POST: it stands in no address, no history and no log of a server. */
function fetchFile({ url, token }) {
    document.querySelector(`iframe[name=${FRAME}]`)?.remove();
    const frame = document.createElement("iframe");
    frame.name = FRAME;
    frame.hidden = true;
    const form = document.createElement("form");
    Object.assign(form, { action: url, method: "post", target: FRAME, hidden: true });
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name: "token", value: token });
    form.append(input);
    document.body.append(frame, form);
    form.submit();
    form.remove();
}

/** Waits until a backup can be fetched, and lets the browser fetch it. */
async function follow(env, { backup_id, run_id }) {
    const close = env.services.notification.add(
        _t("The backup is being made ready, usually within half a minute."),
        { type: "info", sticky: true }
    );
    let told = { busy: true };
    try {
        while (told.busy) {
            await new Promise((done) => browser.setTimeout(done, SECONDS * 1000));
            told = await env.services.orm.silent.call(
                "kubernetes.backup",
                "take_download",
                [backup_id],
                { run_id }
            );
        }
    } finally {
        close();
    }
    if (told.error) {
        env.services.notification.add(told.error, { type: "danger" });
    } else {
        fetchFile(told);
    }
}

registry.category("actions").add("kubernetes_hosting.download", (env, action) => {
    follow(env, action.params);
});
