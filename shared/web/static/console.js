// The organisers' pages: forms that call the API named on them, uploads, downloads. What an action changed is shown by
// loading the page again (the server writes the pages) or by going to data-next. Before that a "called" event on the form
// tells the answer: a page that shows it itself (a secret that is shown once) prevents the default.
import { all, call, fill, one, say } from "./app/page.js";
import { isOpen, sure } from "./console/dialogs.js";
import { done as dropDraft } from "./console/drafts.js";
import { bodyOf } from "./console/fields.js";
import "./console/progress.js";
import "./console/session.js";
import "./identity/prove.js";
import { atItsField, clearAll, looksRight, told } from "./console/wrongs.js";

const AGAIN_MS = 900;
const keys = new WeakMap();

/** The Idempotency-Key of what a form says: the same as long as an answer was lost, a new one for anything else. */
function keyOf(form, text) {
  const known = keys.get(form);
  if (known?.text === text) return known.key;
  const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  keys.set(form, { text, key });
  return key;
}

const unanswered = ({ status }) => status === 0 || status >= 500;

async function submit(form, work) {
  if (form.dataset.sending) return;
  const button = one("button:not([type=button])", form);
  if (form.dataset.confirm && !(await sure(form.dataset.confirm, button.textContent.trim(), button.matches(".danger")))) return;
  form.dataset.sending = "yes";
  all("button", form).forEach((each) => each.setAttribute("aria-disabled", "true"));
  told(form, form.dataset.busy ?? say("console.js_busy"), "");
  const answer = await work();
  delete form.dataset.sending;
  all("button", form).forEach((each) => each.removeAttribute("aria-disabled"));
  if (answer.sentence) {
    const said = atItsField(form, answer);
    told(form, said ? "" : answer.sentence, "bad");
    return;
  }
  const waits = answer.status === 202 && answer.data?.code === "approval.proposed"; // for a second officer
  told(form, waits ? say("console.js_proposed") : (form.dataset.done ?? say("console.js_done")), waits ? "wait" : "good");
  await dropDraft(form);
  if (waits) return;
  const stays = !form.dispatchEvent(new CustomEvent("called", { bubbles: true, cancelable: true, detail: answer.data }));
  if (stays) return;
  const next = form.dataset.next?.replace(/\{([a-z_]+)\}/g, (_, name) => encodeURIComponent(answer.data?.[name] ?? ""));
  setTimeout(() => (next ? location.assign(next) : location.reload()), next ? 0 : AGAIN_MS);
}

for (const form of all("form[data-call]")) {
  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!looksRight(form)) return;
    const [method, path] = form.dataset.call.split(" ");
    const body = bodyOf(form);
    submit(form, async () => {
      const answer = await call(method, path, body, { "idempotency-key": keyOf(form, JSON.stringify(body) ?? "") });
      if (!unanswered(answer)) keys.delete(form);
      return answer;
    });
  });
}

/** Where to send it, the file itself, and the word that it is there. */
async function send(form, file) {
  const place = await call("POST", form.dataset.upload, {});
  if (place.sentence) return place;
  const { url, headers, key, fields } = place.data;
  try {
    const sent = fields ? await fetch(url, { method: "POST", body: formOf(fields, file) }) : await fetch(url, { method: "PUT", headers, body: file });
    if (!sent.ok) return { sentence: say("page.failed", { status: sent.status }) };
  } catch {
    return { sentence: say("page.offline") };
  }
  return call("POST", form.dataset.lists, { ...bodyOf(form), key, filename: file.name });
}

function formOf(fields, file) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  return form;
}

for (const form of all("form[data-upload]")) {
  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearAll(form);
    const [file] = one("input[type=file]", form).files;
    if (file === undefined) told(form, say("console.js_no_file"), "bad");
    else submit(form, () => send(form, file));
  });
}

for (const input of all(".pick input")) {
  const picked = one(".picked", input.parentElement);
  const none = picked.textContent;
  input.addEventListener("change", () => (picked.textContent = input.files[0]?.name ?? none));
}

for (const button of all("button[data-download]")) {
  button.addEventListener("click", async () => {
    const { data, sentence } = await call("GET", button.dataset.download);
    if (data === null || sentence) fill(button, sentence);
    else location.assign(data.url);
  });
}

// Something is still on its way: look again until it is there, but never under somebody who is in the middle of something.
const filling = () => isOpen() || one("details.inline[open], details.menu[open]") !== null || all(".pick input").some((input) => input.files.length > 0) || all("form[data-call] :is(input, textarea, select)").some((field) => field === document.activeElement || (field.defaultValue !== undefined && field.type !== "hidden" && field.value !== field.defaultValue));

function look() {
  if (filling()) setTimeout(look, 2500);
  else location.reload();
}
if (one("main .busy") !== null) setTimeout(look, 2500);
