// [data-progress="/api/v1/..."]: long work that goes on by itself. Asks with the ETag of the last answer, slower when nothing
// moves; closing the page changes nothing, as the work is done elsewhere and its state is asked for again on opening it.
// The answer: {"state": "running" | "done" | "failed", "done": n, "total": n, "sentence"?: {"vi", "en"}, "url"?: address}.
import { all, fill, locale, make, one, say } from "../app/page.js";

const QUICK_MS = 1000;
const SLOW_MS = 8000;

async function follow(place) {
  const bar = one("progress", place);
  const words = one("[role=status]", place);
  let tag = null;
  let wait = QUICK_MS;
  for (;;) {
    let answer = null;
    try {
      answer = await fetch(place.dataset.progress, { cache: "no-store", headers: tag === null ? {} : { "if-none-match": tag } });
    } catch {
      fill(words, say("ui.js_progress_waits"));
    }
    if (answer !== null && answer.status === 200) {
      tag = answer.headers.get("etag");
      const work = await answer.json();
      wait = QUICK_MS;
      if (shown(place, bar, words, work)) return;
    } else {
      if (answer !== null && answer.status >= 400 && answer.status < 500) {
        fill(words, say("ui.js_progress_failed"));
        return;
      }
      wait = Math.min(wait * 1.5, SLOW_MS);
    }
    await new Promise((again) => setTimeout(again, wait));
  }
}

/** Shows where the work is; true when there is nothing more to wait for. */
function shown(place, bar, words, { state, done, total, sentence, url }) {
  if (total > 0) {
    bar.max = total;
    bar.value = done;
  }
  const text = sentence?.[locale] ?? sentence?.vi;
  if (state === "running") {
    fill(words, text ?? (total > 0 ? say("ui.js_progress", { done, total }) : ""));
    return false;
  }
  place.dataset.state = state;
  bar.hidden = true;
  const way = url ? make("a", { class: "button second small", href: url }, say("ui.js_result")) : null;
  fill(words, text ?? say(state === "done" ? "ui.js_progress_done" : "ui.js_progress_failed"), " ", way);
  place.dispatchEvent(new CustomEvent("progressed", { bubbles: true, detail: { state, url } }));
  if (state === "done" && !url && "reload" in place.dataset) location.reload();
  return true;
}

for (const place of all("[data-progress]")) follow(place);
