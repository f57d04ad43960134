// The trust list (FORMATS 2): read from JSON, closed everywhere, and asked which keys may sign what, for whom, and when.
import { Malformed, fromBase64, fromBase64url, fromHex, sha256, toBigInt, toHex, concat } from "./bytes.js";
import { canonical, parseJson } from "./canonical.js";
import { checkOrigin } from "./codetext.js";
import { checkKey } from "./ed25519.js";
import { parseVkey } from "./notes.js";
import { ISSUER_PATTERN, isClean } from "./tokens.js";

export const OLD_AFTER = 400 * 86400;
const PURPOSES = ["ticket", "document", "credential", "checkpoint", "seal"];
const DID = /^did:web:[A-Za-z0-9.%-]+(:[A-Za-z0-9.%-]+)*$/;
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/;
const KEY_MEMBERS = ["kid", "issuer", "purpose", "jwk", "valid_from", "valid_until", "revoked_at", "revoked_for"];
const P256 = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const P256_B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** {seq, issuedAt, prev, issuers, keys, log, digest}: keys by kid, issuers by code. Throws Malformed. */
export async function parseList(data) {
  const whole = parseJson(data);
  closed(whole, ["seq", "issued_at", "prev", "issuers", "keys", "log"]);
  const digest = await sha256(canonical(whole));
  const seq = integer(whole.seq);
  const prev = whole.prev === null ? null : hexDigest(whole.prev);
  if (seq < 1) throw new Malformed("seq");
  if ((prev === null) !== (seq === 1)) throw new Malformed("prev");
  const issuers = new Map(list(whole.issuers).map(issuer).map((one) => [one.code, one]));
  if (issuers.size === 0 || issuers.size !== whole.issuers.length) throw new Malformed("issuer");
  const keys = new Map();
  for (const one of list(whole.keys)) {
    const key = await trustedKey(one);
    if (keys.has(key.kid)) throw new Malformed("key_twice");
    if (!issuers.has(key.issuer)) throw new Malformed("key");
    keys.set(key.kid, key);
  }
  const log = whole.log === null ? null : await trustedLog(whole.log);
  return { seq, issuedAt: time(whole.issued_at), prev, issuers, keys, log, digest };
}

/** Why something issued at that time may not bear this key's signature, or null. Says nothing about compromise. */
export function refusal(key, issuedAt) {
  if (issuedAt < key.validFrom) return "key_not_yet_valid";
  if (issuedAt >= key.validUntil) return "key_expired";
  if (key.revokedAt !== null && !isCompromised(key) && issuedAt >= key.revokedAt) return "key_retired";
  return null;
}

export const isCompromised = (key) => key.revokedFor === "compromised";
export const isOld = (trust, now) => now - trust.issuedAt > OLD_AFTER;

/** Whether this issuer's codes may bear the origin; the sample's port is free. */
export function serves(one, origin) {
  const [scheme, authority] = origin.split("://");
  return one.hosts.includes(authority) || (scheme === "http" && one.hosts.includes(authority.split(":")[0]));
}

function issuer(value) {
  closed(value, ["code", "name", "did", "hosts"]);
  const found = { code: text(value.code), name: text(value.name), did: text(value.did), hosts: list(value.hosts).map(text) };
  try {
    found.hosts.forEach((host) => checkOrigin(`https://${host}`));
  } catch {
    throw new Malformed("issuer");
  }
  const unique = new Set(found.hosts).size === found.hosts.length && found.hosts.length > 0;
  const named = found.name !== "" && isClean(found.name) && ISSUER_PATTERN.test(found.code) && DID.test(found.did);
  if (!unique || !named) throw new Malformed("issuer");
  return found;
}

async function trustedKey(value) {
  const seal = value !== null && typeof value === "object" && value.purpose === "seal";
  closed(value, seal ? [...KEY_MEMBERS, "x5c"] : KEY_MEMBERS);
  if (!PURPOSES.includes(value.purpose)) throw new Malformed("purpose");
  if (![null, "retired", "compromised"].includes(value.revoked_for)) throw new Malformed("revoked_for");
  const publicKey = rawOf(value.jwk);
  if (seal && list(value.x5c).map((one) => fromBase64(text(one), "x5c")).some((one) => one.length === 0)) {
    throw new Malformed("x5c");
  }
  const kid = toHex((await sha256(canonical(value.jwk))).slice(0, 8)); // RFC 7638: these members alone, in this order
  if (value.kid !== kid) throw new Malformed("kid");
  const key = {
    kid,
    publicKey,
    issuer: text(value.issuer),
    purpose: value.purpose,
    validFrom: time(value.valid_from),
    validUntil: time(value.valid_until),
    revokedAt: value.revoked_at === null ? null : time(value.revoked_at),
    revokedFor: value.revoked_for,
  };
  const whole = publicKey.length === (seal ? 65 : 32) && (!seal || value.x5c.length > 0);
  if (!whole || key.validFrom >= key.validUntil || (key.revokedAt === null) !== (key.revokedFor === null)) {
    throw new Malformed("key");
  }
  return key;
}

function rawOf(jwk) {
  const elliptic = jwk !== null && typeof jwk === "object" && jwk.kty === "EC";
  try {
    closed(jwk, elliptic ? ["crv", "kty", "x", "y"] : ["crv", "kty", "x"]);
    const x = fromBase64url(text(jwk.x), "jwk");
    if (!elliptic) {
      if (jwk.kty !== "OKP" || jwk.crv !== "Ed25519") throw new Malformed("jwk");
      checkKey(x);
      return x;
    }
    const y = fromBase64url(text(jwk.y), "jwk");
    const [a, b] = [toBigInt(x), toBigInt(y)];
    const onCurve = a < P256 && b < P256 && (b * b - (a * a * a - 3n * a + P256_B)) % P256 === 0n;
    if (jwk.crv !== "P-256" || x.length !== 32 || y.length !== 32 || !onCurve) throw new Malformed("jwk");
    return concat(Uint8Array.of(4), x, y);
  } catch {
    throw new Malformed("jwk");
  }
}

async function trustedLog(value) {
  closed(value, ["origin", "vkey", "past", "witnesses", "quorum"]);
  list(value.past).forEach((one) => closed(one, ["origin", "vkey", "final"]));
  list(value.witnesses).forEach((one) => closed(one, ["name", "vkey"]));
  const named = [value, ...value.past].map((one) => [one.origin, one.vkey]);
  named.push(...value.witnesses.map((one) => [one.name, one.vkey]));
  for (const [name, vkey] of named) {
    const parsed = await parseVkey(text(vkey)).catch(() => null);
    if (parsed === null || parsed.name !== name) throw new Malformed("log");
  }
  const quorum = integer(value.quorum);
  const names = new Set(value.witnesses.map((one) => one.name));
  if (names.size !== value.witnesses.length || quorum < 0 || quorum > names.size) throw new Malformed("log");
  return { origin: value.origin, vkey: value.vkey, past: value.past, quorum };
}

function closed(value, members) {
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
  if (!isObject || Object.keys(value).length !== members.length || !members.every((name) => Object.prototype.hasOwnProperty.call(value, name))) {
    throw new Malformed("members");
  }
}

function list(value) {
  if (!Array.isArray(value)) throw new Malformed("type");
  return value;
}

function text(value) {
  if (typeof value !== "string") throw new Malformed("type");
  return value;
}

function integer(value) {
  if (!Number.isSafeInteger(value)) throw new Malformed("type");
  return value;
}

function hexDigest(value) {
  if (typeof value !== "string" || !/^[0-9a-f]{64}$/.test(value)) throw new Malformed("digest");
  return fromHex(value);
}

function time(value) {
  if (typeof value !== "string" || !TIME.test(value)) throw new Malformed("time");
  const moment = new Date(value);
  if (Number.isNaN(moment.getTime()) || moment.toISOString() !== value.replace("Z", ".000Z") || moment.getTime() < 0) {
    throw new Malformed("time");
  }
  return moment.getTime() / 1000;
}
