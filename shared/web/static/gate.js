// /gate: the door. Takes what a scanner types or a person pastes, one scan after the other. A scan's id is drawn once and
// sent again with every repeat, so that a lost answer never becomes a second admission. Names are shown, never kept; when the
// device is revoked, what waits and what is shown is erased with its key.
import { all, fill, make, note, one, say, store, time } from "./app/page.js";
import { beep } from "./app/beep.js";
import { asDevice, onWipe, present } from "./device/access.js";

const RECENT = 12;
const CALM_MS = 4000;
const gate = one("#gate");
const input = one("#code");
const waiting = [];
let working = false;
let gone = false;
let admitted = 0;
let calm = 0;
let sound = store.get("giaouoc/gate-sound") !== "off";

const placeOf = () => one("#place")?.value ?? gate.dataset.place;

function scanId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function take(text) {
  const clean = text.trim();
  input.value = "";
  if (clean === "" || gone) return;
  waiting.push({ text: clean, scan_id: scanId(), ceremony: gate.dataset.ceremony, gate: placeOf() });
  next();
}

async function next() {
  if (working || gone || waiting.length === 0) return;
  working = true;
  const scan = waiting[0];
  verdict("wait", say("gate.checking"));
  const answer = await answered(scan);
  waiting.shift();
  working = false;
  if (answer.over) return leave(answer.sentence);
  tell(answer);
  next();
}

/** Asks until there is an answer, with the same scan id. */
async function answered(scan) {
  for (let attempt = 0; ; attempt++) {
    const answer = await asDevice("GATE", "POST", "/api/v1/admissions", scan);
    if (answer.over || (answer.status !== 0 && answer.status < 500)) {
      network(false);
      return answer;
    }
    network(true);
    verdict("wait", say("gate.retrying"), say("gate.retrying_text"));
    await new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** attempt, 5000)));
  }
}

function tell({ status, data, sentence }) {
  const zone = gate.dataset.zone;
  if (status === 200) {
    admitted += 1;
    verdict("good", say("gate.welcome"), data.name, data.office, data.unit);
    recent("good", data.name, data.unit, data.admitted_at, zone);
    feel("good");
    return;
  }
  const again = data?.code === "ticket.already_admitted";
  const facts = data?.facts ?? {};
  verdict("bad", say(again ? "gate.already" : "gate.refused"), facts.name ?? "", again ? say("gate.came_in", facts) : "", again ? say("gate.already_help") : sentence);
  recent("bad", facts.name ?? say("gate.refused"), again ? say("gate.came_in", facts) : sentence, new Date().toISOString(), zone);
  feel("bad");
  if (status === 401 || status === 403) network(false);
}

/** The device is none any more: nothing of it stays here, and the page says what to do. */
function leave(sentence) {
  gone = true;
  clearTimeout(calm);
  fill(gate, note("bad", sentence), make("p", {}, say("device_page.wiped")));
  feel("bad");
}

onWipe(() => {
  waiting.length = 0;
  all("#recent li").forEach((line) => line.remove());
});

function verdict(kind, title, name = "", detail = "", text = "") {
  const box = one("#verdict");
  clearTimeout(calm);
  box.dataset.kind = kind;
  const lines = [detail, text].filter((line) => line !== "").map((line) => make("span", {}, line));
  fill(box, make("strong", {}, title), name === "" ? null : make("span", { class: "name", lang: "vi" }, name), ...lines);
  if (kind === "good") calm = setTimeout(() => verdict("ready", say("gate.ready"), "", say("gate.ready_text")), CALM_MS);
}

function recent(kind, title, detail, at, zone) {
  one("#none").hidden = true;
  one("#count").textContent = say("gate.count", { count: admitted });
  const line = make("li", { class: kind }, make("span", { lang: "vi" }, title, make("small", {}, detail)), make("span", { class: "number quiet" }, time(at, zone, true)));
  one("#recent").prepend(line);
  all("#recent li").slice(RECENT).forEach((old) => old.remove());
}

function network(lost) {
  const box = one("#net");
  box.hidden = !lost;
  box.textContent = lost ? say("gate.no_network", { count: waiting.length }) : "";
}

function feel(kind) {
  if (sound) beep(kind);
  navigator.vibrate?.(kind === "good" ? 80 : [120, 80, 120]);
}

one("#scan").addEventListener("submit", (event) => {
  event.preventDefault();
  take(input.value);
});
input.addEventListener("paste", (event) => {
  event.preventDefault();
  take(event.clipboardData.getData("text"));
});
// Some scanners end a code with Tab instead of Enter.
input.addEventListener("keydown", (event) => {
  if (event.key === "Tab" && input.value !== "") {
    event.preventDefault();
    take(input.value);
  }
});
// A scanner types into whatever has the focus: keys that nobody aimed go to the field.
addEventListener("keydown", (event) => {
  if (document.activeElement === document.body && event.key.length === 1 && !event.ctrlKey && !event.metaKey) input.focus();
});

one("#keyboard").addEventListener("click", (event) => {
  const on = input.inputMode === "none";
  input.inputMode = on ? "text" : "none";
  event.currentTarget.setAttribute("aria-pressed", String(on));
  input.blur();
  input.focus();
});

one("#place")?.addEventListener("change", (event) => {
  one(".where").textContent = event.currentTarget.value;
  input.focus();
});

function showSound() {
  const button = one("#sound");
  button.setAttribute("aria-pressed", String(sound));
  button.textContent = say(sound ? "gate.sound_on" : "gate.sound_off");
}
one("#sound").addEventListener("click", () => {
  sound = !sound;
  store.set("giaouoc/gate-sound", sound ? "on" : "off");
  showSound();
  if (sound) beep("good");
  input.focus();
});
showSound();
input.focus();
present("GATE", ({ place }) => (gate.dataset.place = one(".where").textContent = place ?? gate.dataset.place), leave);
navigator.wakeLock?.request("screen").catch(() => {});
