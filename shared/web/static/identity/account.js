// /console/account: a new passkey. Everything else on the page is a form that console.js sends.
import { call, one, say } from "../app/page.js";
import { told } from "../console/wrongs.js";
import { createPasskey, supported } from "./passkey.js";

const form = one("#add-passkey");

/** What machine this is, as a first proposal for the passkey's name. */
function machine() {
  const told = navigator.userAgent;
  const known = [["iPhone", "iPhone"], ["iPad", "iPad"], ["Android", "Android"], ["Windows", "Windows"], ["Mac OS X", "Mac"], ["Linux", "Linux"]];
  return known.find(([mark]) => told.includes(mark))?.[1] ?? "";
}

async function add() {
  const asked = await call("POST", "/api/v1/account/passkey-options", {});
  if (asked.sentence) return asked.sentence;
  const { credential, sentence } = await createPasskey(asked.data.options);
  if (sentence) return sentence;
  return (await call("POST", "/api/v1/account/passkeys", { name: form.elements.name.value, credential })).sentence;
}

if (!supported) {
  one("button", form).disabled = true;
  told(form, say("ui.js_passkey_unsupported"), "bad");
} else {
  if (form.elements.name.value === "") form.elements.name.value = machine();
  form.noValidate = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = one("button", form);
    button.setAttribute("aria-disabled", "true");
    told(form, say("console.js_busy"), "");
    const wrong = await add();
    button.removeAttribute("aria-disabled");
    told(form, wrong || say("console.js_done"), wrong ? "bad" : "good");
    if (!wrong) setTimeout(() => location.reload(), 600);
  });
}
