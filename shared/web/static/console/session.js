// The session has ended while somebody was working: nothing that was typed is lost. They sign in in another tab, come back
// to this page as they left it, and the call is made again.
import { make, note, remedies, say } from "../app/page.js";
import { show } from "./dialogs.js";

let asking = null;

async function isSignedIn() {
  try {
    const session = await (await fetch("/api/v1/sessions", { cache: "no-store" })).json();
    return session.kind !== "PUBLIC";
  } catch {
    return false;
  }
}

async function signInAgain() {
  let remark = null;
  for (;;) {
    const way = make("a", { class: "button second", href: "/in", target: "_blank", rel: "opener" }, say("ui.js_sign_in"));
    const chosen = await show(
      say("ui.js_ended_title"),
      [remark, make("p", {}, say("ui.js_ended")), make("p", {}, way)].filter((each) => each !== null),
      [{ value: "", label: say("ui.js_cancel"), kind: "second" }, { value: "in", label: say("ui.js_signed_in"), kind: "signed-in" }],
    );
    if (chosen === "") return false;
    if (await isSignedIn()) return true;
    remark = note("wait", say("ui.js_still_out"));
  }
}

/** One window for all calls that were refused meanwhile. */
remedies.push(async ({ status, data }, path) => {
  if (status !== 401 || data?.code !== "http.sign_in" || path.startsWith("/api/v1/drafts/")) return false;
  asking ??= signInAgain().finally(() => (asking = null));
  return asking;
});
