// The six digits, big, until an organiser has pressed "same" or "different". Used by the enrolment page and by a door that
// was opened before its device stood.
import { call, fill, make, note, say } from "../app/page.js";
import { signIn, wipe } from "./access.js";
import { keep } from "./key.js";

const EVERY_MS = 2000;
export const homeOf = (record) => (record.role === "GATE" ? "/gate" : `/hall/${encodeURIComponent(record.ceremony)}`);

/** The facts of a device in words. */
export function facts(record) {
  const list = make("dl", { class: "facts" });
  const pairs = [["device_page.name", record.name, "vi"], ["device_page.role", say(`device_page.role_${record.role}`)], ["device_page.place", record.place, "vi"], ["device_page.ceremony", record.title, "vi"]];
  for (const [code, value, lang] of pairs) if (value) list.append(make("dt", {}, say(code)), make("dd", { lang }, value));
  return list;
}

/** Shows the digits in `place` and goes to work as soon as the device stands. */
export async function untilCompared(place, record) {
  const spelled = `${record.digits.slice(0, 3)} ${record.digits.slice(3)}`;
  const status = make("p", { class: "busy", role: "status" }, say("device_page.waiting"));
  const digits = make("p", { class: "compare", id: "digits", "aria-label": [...record.digits].join(" ") }, spelled);
  fill(place, make("h2", {}, say("device_page.compare")), digits, make("p", {}, say("device_page.compare_text")), status, facts(record));
  for (;;) {
    const { status: code, data } = await call("GET", `/api/v1/device/${record.ceremony}/${record.device}`);
    if (code === 200 && data.state === "ACTIVE") return enter(place, record);
    if (code === 200 && data.state !== "WAITING") return over(place, record, data);
    if (code === 404) return over(place, record, { state: "ENDED" });
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

async function over(place, record, { state, end }) {
  await wipe(record.role);
  const why = state === "LAPSED" ? "device_page.lapsed" : end === "DIFFERENT" ? "device.different" : "device.revoked";
  fill(place, note("bad", say(why)), make("p", {}, say("device_page.no_code_text")));
}

/** The first session of a device that stands. */
export async function enter(place, record) {
  await keep(record.role, { ...record, state: "ACTIVE" });
  const answer = await signIn(record);
  if (answer.status === 201) return location.replace(homeOf(record));
  fill(place, note("bad", answer.sentence), make("p", {}, make("a", { class: "button", href: homeOf(record) }, say("device_page.go"))));
}
