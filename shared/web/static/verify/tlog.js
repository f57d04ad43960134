// The proof that a document stands in the public log (FORMATS 4): C2SP tlog-proof, its checkpoint, RFC 6962 inclusion. The same
// rules as shared/kernel/tlog.py; both run the table tests/vectors/tlog.json.
import { Malformed, concat, equal, fromBase64, fromBase64url, fromUtf8, sha256, toBase64url, toHex, utf8 } from "./bytes.js";
import { canonical, parseJson } from "./canonical.js";
import { isSignedBy, parseNote, parseVkey } from "./notes.js";

const HEADER = "c2sp.org/tlog-proof@v1";
const MAX_BYTES = 1 << 16;
const MAX_PATH = 64;
const NUMBER = /^(0|[1-9][0-9]{0,14})$/; // below 2^53
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/;
const MEMBERS = ["id", "type", "token_sha256", "pdf_sha256", "time"];
const TYPES = { c: "certificate", p: "pledge" };

/**
 * {included, anchoredAt} as verification.js takes it: whether this proof shows that this very token (and `pdf`, where its bytes
 * are at hand) stands in a log of the trust list. `claims` are the verified ones of `token`. Throws Malformed for what is no
 * proof at all, or of a log that the list does not name: then no proof is at hand.
 */
export async function checkProof(data, claims, token, trust, pdf = null) {
  const opened = openProof(data);
  const key = await logKey(trust.log, opened);
  const { subject } = opened;
  const id = String(claims.id).padStart(39, "0");
  const aboutThis = subject.id === id && subject.type === TYPES[claims.kind] && (await matches(subject, token, pdf));
  return { included: aboutThis && (await isLogged(opened, key)), anchoredAt: null };
}

/** The same without a trust list: whether `token` stands in the log of this key. Throws Malformed like `checkProof`. */
export async function verifyProof(proofText, token, vkeyText) {
  const opened = openProof(utf8(proofText));
  const key = await parseVkey(vkeyText);
  if (opened.checkpoint.origin !== key.name) throw new Malformed("unknown_log");
  return (await matches(opened.subject, token, null)) && isLogged(opened, key);
}

/** {proof, note, checkpoint, salt, subject}: taken apart, nothing verified. Throws Malformed. */
function openProof(data) {
  const proof = parseProof(data);
  const note = parseNote(utf8(proof.note));
  const checkpoint = parseCheckpoint(note.text);
  return { proof, note, checkpoint, ...parseDisclosure(proof.extra) };
}

function parseProof(data) {
  if (data.length > MAX_BYTES) throw new Malformed("too_large");
  const text = fromUtf8(data);
  const blank = text.indexOf("\n\n");
  const lines = (blank < 0 ? text : text.slice(0, blank)).split("\n");
  if (blank < 0 || lines.length < 3 || lines[0] !== HEADER) throw new Malformed("proof");
  if (!lines[1].startsWith("extra ") || !lines[2].startsWith("index ")) throw new Malformed("proof");
  const index = lines[2].slice(6);
  if (!NUMBER.test(index) || lines.length > 3 + MAX_PATH) throw new Malformed("proof");
  const path = lines.slice(3).map((line) => hash(line, "path"));
  return { extra: fromBase64(lines[1].slice(6), "proof"), index: Number(index), path, note: text.slice(blank + 2) };
}

function parseCheckpoint(text) {
  const lines = text.endsWith("\n") ? text.slice(0, -1).split("\n") : [];
  if (lines.length < 3 || lines.includes("") || !NUMBER.test(lines[1])) throw new Malformed("checkpoint");
  return { origin: lines[0], size: Number(lines[1]), root: hash(lines[2], "checkpoint") };
}

function parseDisclosure(extra) {
  try {
    const whole = parseJson(extra);
    if (!equal(canonical(whole), extra) || Object.keys(whole).sort().join() !== "salt,subject") throw new Malformed("extra");
    const { salt, subject } = whole;
    const isObject = subject !== null && typeof subject === "object" && !Array.isArray(subject);
    const isWhole = isObject && MEMBERS.every((name) => typeof subject[name] === "string") && TIME.test(subject.time);
    const bytes = typeof salt === "string" ? fromBase64url(salt, "extra") : new Uint8Array(0);
    if (!isWhole || bytes.length !== 32) throw new Malformed("extra");
    return { salt: bytes, subject };
  } catch {
    throw new Malformed("extra");
  }
}

/** Of a log that ended only its final checkpoint counts: its key may be stolen. */
async function logKey(log, { checkpoint, note }) {
  if (log !== null && checkpoint.origin === log.origin) return parseVkey(log.vkey);
  for (const past of log?.past ?? []) {
    if (checkpoint.origin === past.origin && parseNote(utf8(past.final)).text === note.text) return parseVkey(past.vkey);
  }
  throw new Malformed("unknown_log");
}

async function matches(subject, token, pdf) {
  const same = async (digest, bytes) => digest === toHex(await sha256(bytes));
  return (await same(subject.token_sha256, token)) && (pdf === null || (await same(subject.pdf_sha256, pdf)));
}

async function isLogged({ proof, note, checkpoint, salt, subject }, key) {
  try {
    if (!(await isSignedBy(note, key))) return false;
  } catch (problem) {
    if (problem instanceof Malformed) return false;
    throw problem;
  }
  const root = await rootOfPath(await leafHash(salt, subject), proof.index, checkpoint.size, proof.path);
  return root !== null && equal(root, checkpoint.root);
}

async function leafHash(salt, subject) {
  const key = await crypto.subtle.importKey("raw", salt, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const commit = new Uint8Array(await crypto.subtle.sign("HMAC", key, canonical(subject)));
  const entry = canonical({ commit: toBase64url(commit), time: subject.time, type: subject.type, v: 1 });
  return sha256(concat(Uint8Array.of(0), entry));
}

/** RFC 9162 2.1.3.2; null for a path that has not the length of this place. */
async function rootOfPath(leaf, index, size, path) {
  if (index >= size) return null;
  const half = (number) => Math.floor(number / 2);
  let [place, last, root] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return null;
    if (place % 2 === 1 || place === last) {
      root = await node(sibling, root);
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      root = await node(root, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 ? root : null;
}

const node = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

function hash(text, reason) {
  const bytes = fromBase64(text, reason);
  if (bytes.length !== 32) throw new Malformed(reason);
  return bytes;
}
