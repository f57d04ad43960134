// /device#<code>: a phone, scanner or projector becomes a device of a ceremony. Opening the page spends nothing; a tap makes the
// key, takes the code for this browser alone, and shows the six digits. Without a code: what this device is, and a way out.
import { call, fill, inApp, make, note, one, say } from "../app/page.js";
import { signIn, wipe } from "./access.js";
import { base64url, bytesOf, commitment, digits, forget, keep, load, makeKeys, publicKey, sign, usable } from "./key.js";
import { enter, facts, homeOf, untilCompared } from "./waiting.js";

const code = location.hash.slice(1);
const place = one("#device");
const said = one("#said");

/** Key and bytes kept back for this code; the same ones when an answer was lost and the page was opened again. */
async function prepared() {
  const begun = await load("new");
  if (begun?.code === code) return begun;
  const made = { code, keys: await makeKeys(), nonce: crypto.getRandomValues(new Uint8Array(32)) };
  await keep("new", made);
  return made;
}

async function enrol(button) {
  button.disabled = true;
  button.textContent = say("device_page.busy");
  const answer = await attempt();
  if (answer === null) return;
  button.disabled = false;
  button.textContent = say("device_page.begin");
  fill(said, note("bad", answer.sentence));
  if (answer.status > 0 && answer.status < 500) button.hidden = true; // the same code will not do better
}

/** null when it went well, else the answer that refused. */
async function attempt() {
  const mine = await prepared();
  const key = await publicKey(mine.keys);
  const claimed = await call("POST", "/api/v1/device/claim", { code, commitment: base64url(await commitment(key, mine.nonce)) });
  if (claimed.status !== 200) return claimed;
  const { ceremony, device, role, place: gate, name, title, nonce } = claimed.data;
  const serverNonce = bytesOf(nonce);
  const signature = await sign(mine.keys, "enrol", location.origin, device, mine.nonce, serverNonce);
  const shown = await call("POST", "/api/v1/device/key", { ceremony, device, public_key: base64url(key), nonce: base64url(mine.nonce), signature });
  if (shown.status !== 200) return shown;
  const record = { ceremony, device, role, place: gate, name, title, keys: mine.keys, state: shown.data.state, digits: await digits(code, key, mine.nonce, serverNonce) };
  await keep(role, record);
  await forget("new");
  navigator.storage?.persist?.().catch(() => {});
  history.replaceState(null, "", "/device"); // the spent code leaves the address bar
  await leavePerson();
  fill(said);
  if (record.state === "ACTIVE") await enter(place, record);
  else untilCompared(place, record);
  return null;
}

/** A person's session in this browser ends: the device is nobody's account. */
async function leavePerson() {
  const { data } = await call("GET", "/api/v1/sessions");
  if (data?.kind === "PERSON") await call("DELETE", "/api/v1/sessions");
}

/** What this browser is already, with ways to work and out. */
async function standing() {
  const records = (await Promise.all(["GATE", "SCREEN"].map(load))).filter((record) => record !== null);
  const waiting = records.find((record) => record.state === "WAITING");
  if (waiting !== undefined) return untilCompared(place, waiting);
  if (records.length === 0) fill(place, note("wait", say("device_page.no_code")), make("p", {}, say("device_page.no_code_text")));
  else fill(place, note("good", say("device_page.ready")), ...records.map(card));
}

function card(record) {
  const leave = make("button", { type: "button", class: "danger" }, say("device_page.leave"));
  const box = make("section", { class: "sheet" }, facts(record), make("p", { class: "row" }, make("a", { class: "button", href: homeOf(record) }, say("device_page.go")), leave));
  leave.addEventListener("click", async () => {
    if (!confirm(say("device_page.leave_sure"))) return;
    leave.disabled = true;
    const first = await signIn(record);
    const gone = first.status === 201 ? await call("DELETE", "/api/v1/device/session") : first;
    if (gone.status === 0 || gone.status >= 500) {
      leave.disabled = false;
      fill(said, note("bad", gone.sentence));
      return;
    }
    await wipe(record.role);
    fill(box, note("good", say("device_page.left")));
  });
  return box;
}

async function begin() {
  if (!(await usable())) return fill(place, note("bad", say("device_page.cannot")));
  if (code === "") return standing();
  if (!/^[A-Za-z0-9_-]{43}$/.test(code)) return fill(place, note("bad", say("device.code_not_valid")));
  if (inApp) return fill(place, note("wait", say("device_page.in_app")));
  const { data } = await call("GET", "/api/v1/sessions");
  if (data?.kind === "PERSON") fill(said, note("wait", say("device_page.signed_in")));
  const button = one("#begin");
  button.disabled = false;
  button.addEventListener("click", () => enrol(button));
}

begin();
