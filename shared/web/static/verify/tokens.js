// The claims of a document or ticket (FORMATS 1): closed maps, every deviation refused. Only for payloads whose signature held.
import { Malformed, toBigInt, toHex } from "./bytes.js";
import { decode } from "./cbor.js";
import { isBytes } from "./cose.js";

export const ISSUER_PATTERN = /^[A-Z0-9][A-Z0-9-]{0,11}$/;
const OURS = -65537;
const OUTER = [1, 6, 7, OURS];
const CERTIFICATE = [0, 1, 2, 3, 4, 5, 6];
const TICKET = [0, 1, 8, 9];
const NOT_CLEAN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Whether a text may stand in a signed form: NFC, without control, format, private, unassigned and separator characters. */
export const isClean = (text) => text.normalize("NFC") === text && !NOT_CLEAN.test(text);

export const isNumber = (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

const hasKeys = (map, keys) => map.size === keys.length && keys.every((key) => map.has(key));

/** The claims: `kind` is "c", "p" or "t". Throws Malformed with the reasons of shared/kernel/tokens.py. */
export function decodeClaims(payload) {
  const outer = decode(payload);
  if (!(outer instanceof Map) || !hasKeys(outer, outer.has(4) ? [...OUTER, 4] : OUTER)) throw new Malformed("claims");
  const issuer = outer.get(1);
  const id = outer.get(7);
  const ours = outer.get(OURS);
  if (typeof issuer !== "string" || !ISSUER_PATTERN.test(issuer)) throw new Malformed("issuer");
  if (!isBytes(id) || id.length !== 16) throw new Malformed("id");
  if (!(ours instanceof Map)) throw new Malformed("claims");
  if (ours.get(0) !== 1) throw new Malformed("version");
  const issuedAt = outer.get(6);
  const expiresAt = outer.has(4) ? outer.get(4) : null;
  if (!isNumber(issuedAt) || (outer.has(4) && !isNumber(expiresAt))) throw new Malformed("time");
  const claims = { issuer, issuedAt, expiresAt, id: toBigInt(id) };
  if (ours.get(1) !== "t") return document(claims, ours);
  if (expiresAt === null) throw new Malformed("claims");
  return ticket(claims, ours);
}

function ticket(claims, ours) {
  if (!hasKeys(ours, TICKET)) throw new Malformed("claims");
  const category = ours.get(8);
  const ceremony = ours.get(9);
  if (!isNumber(category)) throw new Malformed("category");
  if (!isBytes(ceremony) || ceremony.length !== 8) throw new Malformed("ceremony");
  return { ...claims, kind: "t", category, ceremony: toHex(ceremony) };
}

function document(claims, ours) {
  const kind = ours.get(1);
  if (kind !== "c" && kind !== "p") throw new Malformed("kind");
  if (!hasKeys(ours, kind === "c" ? CERTIFICATE : [...CERTIFICATE, 7])) throw new Malformed("claims");
  const texts = [2, 3, 4, 5].map((key) => ours.get(key));
  if (!texts.every((text) => typeof text === "string" && isClean(text))) throw new Malformed("text");
  const statusNumber = ours.get(6);
  if (!isNumber(statusNumber)) throw new Malformed("status_number");
  const digest = ours.get(7);
  if (kind === "p" && (!isBytes(digest) || digest.length !== 32)) throw new Malformed("text_digest");
  const [recipient, title, reference, occasion] = texts;
  return { ...claims, kind, recipient, title, reference, occasion, statusNumber, textSha256: digest ? toHex(digest) : null };
}
