// Before a dangerous act the service may ask again who is sitting there: by passkey, or by a code that comes by mail. What was
// asked for is then done, without being asked for again.
import { call, make, note, remedies, say } from "../app/page.js";
import { show } from "../console/dialogs.js";
import { getPasskey } from "./passkey.js";

const cancel = { value: "", label: say("ui.js_cancel"), kind: "second" };

async function byPasskey() {
  let remark = null;
  for (;;) {
    const words = [remark, make("p", {}, say("ui.js_prove_passkey"))].filter((each) => each !== null);
    const chosen = await show(say("ui.js_prove_title"), words, [cancel, { value: "go", label: say("ui.js_prove_go"), kind: "prove" }]);
    if (chosen === "") return false;
    const asked = await call("POST", "/api/v1/sessions/proofs/passkey-options", {});
    const { credential, sentence } = asked.sentence ? asked : await getPasskey(asked.data.options);
    const proved = sentence ? { sentence } : await call("POST", "/api/v1/sessions/proofs/passkeys", { credential });
    if (!proved.sentence) return true;
    remark = note("bad", proved.sentence);
  }
}

async function byCode() {
  const asked = await call("POST", "/api/v1/sessions/proofs/letters", {});
  let remark = asked.sentence ? note("bad", asked.sentence) : null;
  for (;;) {
    const input = make("input", { id: "proof-code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 7, required: true });
    const field = make("div", { class: "field" }, make("label", { for: "proof-code" }, say("ui.js_prove_code_label")), input);
    const words = [remark, make("p", {}, say("ui.js_prove_code")), field].filter((each) => each !== null);
    const chosen = await show(say("ui.js_prove_title"), words, [cancel, { value: "go", label: say("ui.js_prove_go"), kind: "prove" }]);
    if (chosen === "") return false;
    const proved = await call("POST", "/api/v1/sessions/proofs/codes", { code: input.value });
    if (!proved.sentence) return true;
    remark = note("bad", proved.sentence);
  }
}

async function byTerminal() {
  await show(say("ui.js_prove_title"), [make("p", {}, say("ui.js_prove_terminal"))], [{ value: "", label: say("ui.js_cancel"), kind: "second" }]);
  return false;
}

const ways = { PASSKEY: byPasskey, CODE: byCode, TERMINAL: byTerminal };
let asking = null;

remedies.push(async ({ status, data }) => {
  if (status !== 401 || data?.code !== "identity.prove_again") return false;
  asking ??= ways[data.facts.by]().finally(() => (asking = null));
  return asking;
});

// The session goes on while the page is in use: once it is opened, and then with whatever is typed or clicked.
const RENEW_MS = 5 * 60 * 1000;
let renewed = 0;

function renew() {
  if (Date.now() - renewed < RENEW_MS) return;
  renewed = Date.now();
  fetch("/api/v1/sessions/renewal", { method: "POST", cache: "no-store" }).catch(() => undefined);
}

renew();
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, renew, { passive: true });
