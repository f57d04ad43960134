// Status lists as CWT (FORMATS 3): `/status/<issuer>-r<n>.cwt` (revocation) and `-s<n>` (suspension), fetched whole.
// In the CWT bit 0 is the lowest bit of the first byte.
import { Malformed } from "./bytes.js";
import { decode } from "./cbor.js";
import { checkOrigin } from "./codetext.js";
import { isBytes, open, parse } from "./cose.js";
import { isNumber } from "./tokens.js";
import { isCompromised, refusal, serves } from "./trust.js";

export const LIST_BITS = 131072;
export const CLOCK_SKEW = 300;
const LIST_BYTES = LIST_BITS / 8;
const VALID_FOR = 86400;
const LIST_CLAIM = 65533;
const NAME = /^([A-Z0-9][A-Z0-9-]{0,11})-([rs])(0|[1-9][0-9]{0,10})$/;
const FFLATE = "/static/vendor/fflate.js";

/** The names of the two lists in which a document of this issuer stands. */
export function listNames(issuer, number) {
  const index = Math.floor(number / LIST_BITS);
  return [`${issuer}-r${index}`, `${issuer}-s${index}`];
}

/** The list, if a document key of its issuer signed it and its address is the issuer's; not whether it is fresh. */
export async function verifyStatusList(data, trust) {
  const sign1 = parse(data);
  const key = trust.keys.get(sign1.kid);
  if (key === undefined || key.purpose !== "document") throw new Malformed("unknown_key");
  const found = await readList(await open(sign1, key));
  if (key.issuer !== found.issuer) throw new Malformed("wrong_issuer");
  const reason = refusal(key, found.issuedAt) ?? (isCompromised(key) ? "key_compromised" : null);
  if (reason !== null) throw new Malformed(reason);
  if (!serves(trust.issuers.get(found.issuer), found.origin)) throw new Malformed("wrong_host");
  return found;
}

/** The bit of that issuer's document, or null if it does not stand in this list. */
export function says(list, issuer, number) {
  if (list.issuer !== issuer || list.index !== Math.floor(number / LIST_BITS)) return null;
  const bit = number % LIST_BITS;
  return ((list.bits[bit >> 3] >> (bit & 7)) & 1) === 1;
}

async function readList(payload) {
  const claims = decode(payload);
  const expected = [1, 2, 4, 6, LIST_CLAIM];
  if (!(claims instanceof Map) || claims.size !== expected.length || !expected.every((key) => claims.has(key))) {
    throw new Malformed("claims");
  }
  const [subject, packed] = [claims.get(2), claims.get(LIST_CLAIM)];
  const isPacked = packed instanceof Map && packed.size === 2 && packed.get("bits") === 1 && isBytes(packed.get("lst"));
  if (typeof subject !== "string" || !isPacked) throw new Malformed("claims");
  const split = subject.lastIndexOf("/status/");
  const [origin, file] = split < 0 ? ["", ""] : [subject.slice(0, split), subject.slice(split + 8)];
  const name = file.endsWith(".cwt") ? NAME.exec(file.slice(0, -4)) : null;
  if (name === null) throw new Malformed("name");
  if (claims.get(1) !== name[1]) throw new Malformed("issuer");
  const bits = await unpacked(packed.get("lst"));
  const found = { origin, issuer: name[1], purpose: name[2], index: Number(name[3]), issuedAt: claims.get(6), expiresAt: claims.get(4), bits };
  check(found);
  return found;
}

function check(found) {
  if (!isNumber(found.issuedAt) || !isNumber(found.expiresAt)) throw new Malformed("time");
  const inPeriod = found.issuedAt < found.expiresAt && found.expiresAt <= found.issuedAt + VALID_FOR;
  if (!inPeriod) throw new Malformed("period");
  if (found.index > Math.floor(Number.MAX_SAFE_INTEGER / LIST_BITS)) throw new Malformed("name");
  try {
    checkOrigin(found.origin);
  } catch {
    throw new Malformed("origin");
  }
}

/** `inflate` is replaced where no server maps the vendor path (the tests under Node). */
export const fallback = { importFflate: () => import(FFLATE), forced: false };

/** Exactly one list's bytes; never unpacks more than that. */
async function unpacked(packed) {
  const bits = await (typeof DecompressionStream === "undefined" || fallback.forced ? byFflate(packed) : byStream(packed));
  if (bits.length !== LIST_BYTES) throw new Malformed("length");
  return bits;
}

async function byStream(packed) {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const bits = new Uint8Array(LIST_BYTES);
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return bits.slice(0, size);
      if (size + value.length > LIST_BYTES) throw new Malformed("length");
      bits.set(value, size);
      size += value.length;
    }
  } catch (error) {
    if (error instanceof Malformed) {
      reader.cancel().catch(() => {});
      throw error;
    }
    throw new Malformed("compression");
  }
}

async function byFflate(packed) {
  const { unzlibSync } = await fallback.importFflate();
  try {
    return unzlibSync(packed, { out: new Uint8Array(LIST_BYTES) });
  } catch {
    throw new Malformed("compression");
  }
}
