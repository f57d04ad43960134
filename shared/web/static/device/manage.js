// The organisers' page of devices. A code is shown once, in a window, as the QR that the other device scans; the window then
// follows that device until the six digits were compared. Rows that are under way are looked at again.
import { all, call, fill, make, note, one, say } from "../app/page.js";
import { isOpen } from "../console/dialogs.js";

const page = one("#devices");
const path = page.dataset.path;
const EVERY_MS = 2000;
const pause = () => new Promise((resolve) => setTimeout(resolve, EVERY_MS));

/** All devices by id, or null while nobody answers. */
async function listed() {
  const { status, data } = await call("GET", `${path}?limit=200`);
  return status === 200 ? new Map(data.devices.map((device) => [device.id, device])) : null;
}

function left(until) {
  const seconds = Math.max(0, Math.round((new Date(until) - Date.now()) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** The window of one enrolment; closing it shows the list as it is then. */
function enrolment({ device, link, qr_svg: drawing, expires_at: until }) {
  const body = make("div", { "aria-live": "polite" });
  const close = make("button", { type: "button", class: "second" }, say("devices.js_close"));
  const box = make("dialog", { class: "enrolment", "aria-labelledby": "enrolment" }, make("h2", { id: "enrolment" }, say("devices.js_scan", { name: device.name })), body, make("p", { class: "row" }, close));
  const clock = make("p", { class: "number", role: "timer" }, say("devices.js_left", { time: left(until) }));
  const picture = make("img", { class: "qr", alt: "", src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawing)}` });
  fill(body, picture, make("p", {}, say("devices.js_scan_text")), make("p", { class: "link" }, make("a", { href: link, target: "_blank", rel: "noopener" }, say("devices.js_link"))), clock);
  close.addEventListener("click", () => box.close());
  box.addEventListener("close", () => location.reload());
  document.body.append(box);
  box.showModal();
  follow(box, body, clock, device, until);
}

async function follow(box, body, clock, device, until) {
  let phase = "INVITED";
  for (; box.open; await pause()) {
    clock.textContent = say("devices.js_left", { time: left(until) });
    const now = (await listed())?.get(device.id);
    if (now === undefined || now.phase === phase) continue;
    phase = now.phase;
    one("h2", box).textContent = now.name;
    if (phase === "CLAIMED") fill(body, make("p", { class: "wait", role: "status" }, say("devices.js_claimed")));
    else if (phase === "WAITING") compare(body, now);
    else if (phase === "ACTIVE") fill(body, note("good", say("devices.js_stands", { name: now.name })));
    else if (phase === "LAPSED") fill(body, note("bad", say("devices.js_too_late")));
    else if (phase === "ENDED") fill(body, note("bad", say("devices.js_ended", { name: now.name })));
  }
}

function compare(body, device) {
  const said = make("p", { role: "alert" });
  const answer = (same, label, kind) => {
    const button = make("button", { type: "button", class: kind }, label);
    button.addEventListener("click", async () => {
      all("button", body).forEach((each) => (each.disabled = true));
      const { sentence } = await call("POST", `${path}/${device.id}/comparison`, { digits: device.digits, same });
      said.textContent = sentence;
      all("button", body).forEach((each) => (each.disabled = sentence === ""));
    });
    return button;
  };
  const digits = make("p", { class: "compare" }, `${device.digits.slice(0, 3)} ${device.digits.slice(3)}`);
  const row = make("p", { class: "row" }, answer(true, say("devices.same"), null), answer(false, say("devices.different"), "danger"));
  fill(body, make("h3", {}, say("devices.compare")), digits, make("p", {}, say("devices.compare_text")), row, said);
}

for (const form of all("form[data-enrols]")) {
  form.addEventListener("called", (event) => {
    event.preventDefault();
    enrolment(event.detail);
  });
}

// A gate is chosen for a door alone.
const gate = one("#f-place")?.closest(".field");
const kind = () => gate && (gate.hidden = one("input[name=role]:checked")?.value === "SCREEN");
for (const input of all("input[name=role]")) input.addEventListener("change", kind);
kind();

/** Loads the page again when what it shows has moved on, but never under somebody who is in the middle of something. */
async function watch() {
  for (;;) {
    await pause();
    if (isOpen() || document.activeElement?.matches("input, select")) continue;
    const now = await listed();
    if (now !== null && all("[data-device]").some((row) => now.get(row.dataset.device)?.phase !== row.dataset.phase)) return location.reload();
  }
}
if ("enrolling" in page.dataset) watch();
