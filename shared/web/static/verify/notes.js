// C2SP signed notes with Ed25519, as the root key signs the trust list (FORMATS 2). Lines of unknown keys are skipped;
// a line that claims a known key and does not verify spoils the note.
import { Malformed, concat, fromBase64, fromUtf8, sha256, toHex, utf8 } from "./bytes.js";
import { checkKey, verifies } from "./ed25519.js";

const MAX_BYTES = 1 << 20;
const MAX_SIGNATURES = 100;
const DASH = "\u2014 ";
const NAME = /^[^\s+\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Z}]+$/u;

export const ED25519_TYPE = Uint8Array.of(1);

/** The 4-byte key id, as hex. */
export const keyId = async (name, type, key) => toHex((await sha256(concat(utf8(`${name}\n`), type, key))).slice(0, 4));

/** {name, key, id, text} of a verifier key. Throws Malformed. */
export async function parseVkey(text) {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text);
  if (parts === null) throw new Malformed("vkey");
  const data = fromBase64(parts[3], "vkey");
  if (data.length !== 33 || data[0] !== 1) throw new Malformed("vkey_type");
  if (!NAME.test(parts[1])) throw new Malformed("name");
  const key = data.slice(1);
  checkKey(key);
  if ((await keyId(parts[1], ED25519_TYPE, key)) !== parts[2]) throw new Malformed("key_id");
  return { name: parts[1], key, id: parts[2], text };
}

/** {text, lines: [{name, id, signature}]}; nothing is verified. Throws Malformed. */
export function parseNote(data) {
  if (data.length > MAX_BYTES) throw new Malformed("too_large");
  const whole = fromUtf8(data);
  const split = whole.lastIndexOf("\n\n");
  if (split < 0) throw new Malformed("no_signature");
  const text = whole.slice(0, split + 1);
  const below = whole.slice(split + 2);
  if (/[\u0000-\u0009\u000b-\u001f]/.test(text)) throw new Malformed("text");
  if (!below.endsWith("\n")) throw new Malformed(below ? "signature_line" : "no_signature");
  const spelled = below.slice(0, -1).split("\n");
  if (spelled.length > MAX_SIGNATURES) throw new Malformed("too_many_signatures");
  return { text, lines: spelled.map(signatureLine) };
}

function signatureLine(line) {
  const space = line.indexOf(" ", DASH.length);
  if (!line.startsWith(DASH) || space < 0 || space + 1 === line.length) throw new Malformed("signature_line");
  const name = line.slice(DASH.length, space);
  if (!NAME.test(name)) throw new Malformed("name");
  const data = fromBase64(line.slice(space + 1), "signature_line");
  if (data.length < 5) throw new Malformed("signature_line");
  return { name, id: toHex(data.slice(0, 4)), signature: data.slice(4) };
}

/** Whether this key signed the note. Throws Malformed: `bad_signature`. */
export async function isSignedBy(note, vkey) {
  for (const line of note.lines) {
    if (line.name !== vkey.name || line.id !== vkey.id) continue;
    if (!(await verifies(vkey.key, line.signature, utf8(note.text)))) throw new Malformed("bad_signature");
    return true;
  }
  return false;
}
