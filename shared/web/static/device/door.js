// A door or a hall that was opened without a session: the device signs in with its key, shows its digits while it waits, or
// says what is missing.
import { call, fill, make, note, one, say } from "../app/page.js";
import { isOver, signIn, wipe } from "./access.js";
import { load, usable } from "./key.js";
import { homeOf, untilCompared } from "./waiting.js";

const place = one("#device");
const { role, ceremony } = place.dataset;
const AGAIN_MS = 4000;

async function begin() {
  if (!(await usable())) return fill(place, note("bad", say("device_page.cannot")));
  const record = await load(role);
  if (record === null) return; // the page says already what to do
  if (record.state === "WAITING") return untilCompared(place, record);
  fill(place, make("p", { class: "busy", role: "status" }, say("device_page.signing_in")));
  const answer = await signIn(record);
  if (answer.status === 201) return go(record);
  if (answer.code === "device.waiting") return untilCompared(place, record);
  if (isOver(answer.code)) {
    await wipe(role);
    fill(place, note("bad", answer.sentence), make("p", {}, say("device_page.wiped")));
  } else if (answer.status === 0 || answer.status >= 500) {
    fill(place, note("wait", say("device_page.offline")));
    setTimeout(begin, AGAIN_MS);
  } else fill(place, note("bad", answer.sentence), make("p", {}, say("device_page.no_code_text")));
}

/** To the page of the device's own ceremony; unless the browser has dropped the cookie, which would go round and round. */
async function go(record) {
  const { data } = await call("GET", "/api/v1/sessions");
  if (data?.kind !== "DEVICE") return fill(place, note("bad", say("device_page.no_cookie")));
  if (role === "SCREEN" && ceremony !== record.ceremony) location.replace(homeOf(record));
  else location.reload();
}

begin();
