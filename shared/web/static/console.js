// The organisers' pages: forms that call the API named on them, uploads, downloads. What an action changed is shown by
// loading the page again: the server writes the pages.
import { all, call, fill, one, say } from "./app/page.js";

const AGAIN_MS = 900;

function told(form, sentence, bad) {
  const output = one("output", form);
  output.className = bad ? "bad" : "";
  output.textContent = sentence;
}

async function submit(form, work) {
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) return;
  const buttons = all("button", form);
  buttons.forEach((button) => (button.disabled = true));
  told(form, form.dataset.busy ?? say("console.js_busy"), false);
  const wrong = await work();
  buttons.forEach((button) => (button.disabled = false));
  told(form, wrong || (form.dataset.done ?? say("console.js_done")), Boolean(wrong));
  if (!wrong) setTimeout(() => location.reload(), AGAIN_MS);
}

for (const form of all("form[data-call]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [method, path] = form.dataset.call.split(" ");
    const fields = Object.fromEntries(new FormData(form));
    const body = Object.keys(fields).length > 0 ? fields : undefined;
    submit(form, async () => (await call(method, path, body)).sentence);
  });
}

/** Where to send it, the file itself, and the word that it is there. */
async function send(form, file) {
  const place = await call("POST", form.dataset.upload, {});
  if (place.sentence) return place.sentence;
  const { url, headers, key, fields } = place.data;
  try {
    const sent = fields ? await fetch(url, { method: "POST", body: formOf(fields, file) }) : await fetch(url, { method: "PUT", headers, body: file });
    if (!sent.ok) return say("page.failed", { status: sent.status });
  } catch {
    return say("page.offline");
  }
  return (await call("POST", form.dataset.lists, { key, filename: file.name })).sentence;
}

function formOf(fields, file) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  return form;
}

for (const form of all("form[data-upload]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [file] = one("input[type=file]", form).files;
    if (file === undefined) told(form, say("console.js_no_file"), true);
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

// A list that is still being read: look again until it is done, but never under somebody who is filling in a form.
function look() {
  const filling = one("details.inline[open]") !== null || all(".pick input").some((input) => input.files.length > 0);
  if (filling) setTimeout(look, 2500);
  else location.reload();
}
if (one(".busy") !== null) setTimeout(look, 2500);
