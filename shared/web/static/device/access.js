// How a device gets and keeps its session: it signs a challenge with its key. Pages of doors and halls call the API through
// `asDevice`, which renews a lost session once without anybody noticing, and learns there when the device is over.
import { call } from "../app/page.js";
import { forget, load, sign } from "./key.js";

/** Codes after which this device has no more to do here: its key is erased. */
const OVER = ["device.revoked", "device.different", "device.over", "device.unknown"];
export const isOver = (code) => OVER.includes(code);
const wipers = [];

/** What a page keeps for a device (names on the screen, scans that wait) is erased with the key: `work` does it. */
export const onWipe = (work) => wipers.push(work);

/** Opens a session for what is kept in `record`: an answer as `call` gives it, with `code` where it is a refusal. */
export async function signIn(record) {
  const who = { ceremony: record.ceremony, device: record.device };
  const asked = await call("POST", "/api/v1/device/challenge", who);
  if (asked.status !== 201) return { ...asked, code: asked.data?.code ?? "" };
  const challenge = asked.data.challenge;
  const signature = await sign(record.keys, "sign-in", location.origin, record.device, challenge);
  const answer = await call("POST", "/api/v1/device/session", { ...who, challenge, signature });
  return { ...answer, code: answer.data?.code ?? "" };
}

/** Erases key and data of this device. */
export async function wipe(role) {
  for (const work of wipers) await work();
  await forget(role);
}

let renewing = null;

/** As `call`, for a device of this role. A refusal for good comes back as {over: true, sentence}. */
export async function asDevice(role, method, path, body, headers) {
  const first = await call(method, path, body, headers);
  if (first.status !== 401 && first.status !== 403) return first;
  const record = await load(role);
  if (record === null) return first;
  renewing ??= signIn(record).finally(() => (renewing = null));
  const renewed = await renewing;
  if (renewed.status === 201) return call(method, path, body, headers);
  if (isOver(renewed.code)) {
    await wipe(role);
    return { ...renewed, over: true };
  }
  return renewed.status === 0 || renewed.status >= 500 ? renewed : first;
}

const PRESENCE_MS = 65_000;

/** Says about once a minute that the device is there; `told` hears its name and gate, `over` that it is none any more. */
export function present(role, told, over) {
  const beat = async () => {
    if ((await load(role)) !== null) {
      const answer = await asDevice(role, "POST", "/api/v1/device/presence");
      if (answer.over) return over(answer.sentence);
      if (answer.status === 200) told(answer.data);
    }
    setTimeout(beat, PRESENCE_MS);
  };
  beat();
}
