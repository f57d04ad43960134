// Bytes as our formats spell them: hex, base64 and base64url in their one strict form, strict UTF-8, SHA-256.

/** Bytes or text that are not what a format allows. `reason` is the machine word, the same as in shared/kernel. */
export class Malformed extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const utf8 = (text) => encoder.encode(text);

export function fromUtf8(bytes, reason = "not_utf8") {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Malformed(reason);
  }
}

export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function fromHex(text) {
  const bytes = new Uint8Array(text.length / 2);
  for (let place = 0; place < bytes.length; place++) bytes[place] = parseInt(text.substr(place * 2, 2), 16);
  return bytes;
}

const toBinary = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

export const toBase64 = (bytes) => btoa(toBinary(bytes));

/** Refuses every spelling but the one that `toBase64` writes. */
export function fromBase64(text, reason) {
  let bytes;
  try {
    bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    throw new Malformed(reason);
  }
  if (toBase64(bytes) !== text) throw new Malformed(reason);
  return bytes;
}

export const toBase64url = (bytes) => toBase64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

export function fromBase64url(text, reason) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new Malformed(reason);
  const padded = text.replace(/-/g, "+").replace(/_/g, "/") + "=".repeat((4 - (text.length % 4)) % 4);
  return fromBase64(padded, reason);
}

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** -1, 0 or 1, byte by byte, a prefix before what it begins. */
export function compare(one, other) {
  const length = Math.min(one.length, other.length);
  for (let place = 0; place < length; place++) {
    if (one[place] !== other[place]) return one[place] < other[place] ? -1 : 1;
  }
  return Math.sign(one.length - other.length);
}

export const equal = (one, other) => compare(one, other) === 0;

/** The unsigned big-endian number of some bytes. */
export const toBigInt = (bytes) => (bytes.length ? BigInt("0x" + toHex(bytes)) : 0n);

export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
