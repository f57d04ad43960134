// A second officer agrees: the first one's call is made again, letter for letter, with the number of the proposal.
import { all, call, one, say } from "../app/page.js";
import { sure } from "./dialogs.js";
import { told } from "./wrongs.js";

const AGAIN_MS = 900;

async function carryOut(id) {
  const looked = await call("GET", `/api/v1/approvals/${id}`);
  if (looked.sentence) return looked;
  const { method, path, body, content_type: kind } = looked.data;
  const headers = { "x-giaouoc-approval": id, ...(body ? { "content-type": kind } : {}) };
  return call(method, path, body || undefined, headers);
}

for (const form of all("form[data-approve]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = one("button", form);
    if (form.dataset.sending || !(await sure(form.dataset.question, button.textContent.trim(), true))) return;
    form.dataset.sending = "yes";
    told(form, say("console.js_busy"), "");
    const answer = await carryOut(form.dataset.approve);
    delete form.dataset.sending;
    told(form, answer.sentence || form.dataset.done, answer.sentence ? "bad" : "good");
    if (!answer.sentence) setTimeout(() => location.reload(), AGAIN_MS);
  });
}
