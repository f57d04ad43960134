// Deterministic CBOR (RFC 8949 4.2.1), reading: one byte string for each value, everything else refused.
// Integers beyond 2^53 become BigInt, maps become Map, byte strings Uint8Array. Writing exists for what is signed.
import { Malformed, compare, concat, fromUtf8, utf8 } from "./bytes.js";

const MAX_DEPTH = 8;

/** The one value that `data` is. Throws Malformed with the reasons of shared/kernel/cbor.py. */
export function decode(data) {
  const [value, end] = item(data, 0, 0);
  if (end !== data.length) throw new Malformed("trailing_bytes");
  return value;
}

function item(data, start, depth) {
  if (start >= data.length) throw new Malformed("truncated");
  const major = data[start] >> 5;
  const info = data[start] & 0x1f;
  if (major === 7) return [simple(info), start + 1];
  const [argument, at] = info > 23 ? longArgument(data, start + 1, info) : [info, start + 1];
  if (major === 0) return [argument, at];
  if (major === 1) return [typeof argument === "bigint" ? -1n - argument : -1 - argument, at];
  if (major <= 3) {
    const end = at + Number(argument);
    if (end > data.length) throw new Malformed("truncated");
    const part = data.slice(at, end);
    return [major === 2 ? part : fromUtf8(part), end];
  }
  if (major === 6) throw new Malformed("tag");
  if (depth >= MAX_DEPTH) throw new Malformed("depth");
  return major === 4 ? array(data, at, argument, depth) : map(data, at, argument, depth);
}

function longArgument(data, at, info) {
  if (info > 27) throw new Malformed("indefinite");
  const size = 1 << (info - 24);
  const end = at + size;
  if (end > data.length) throw new Malformed("truncated");
  let argument = 0n;
  for (let place = at; place < end; place++) argument = (argument << 8n) | BigInt(data[place]);
  const least = size === 1 ? 24n : 1n << BigInt(4 * size);
  if (argument < least) throw new Malformed("long_integer");
  return [argument <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(argument) : argument, end];
}

function simple(info) {
  if (info === 20) return false;
  if (info === 21) return true;
  if (info === 22) return null;
  throw new Malformed(info >= 25 && info <= 27 ? "float" : info === 31 ? "indefinite" : "simple");
}

function array(data, at, count, depth) {
  const found = [];
  for (let number = 0; number < count; number++) {
    let value;
    [value, at] = item(data, at, depth + 1);
    found.push(value);
  }
  return [found, at];
}

function map(data, at, count, depth) {
  const found = new Map();
  let previous = new Uint8Array(0);
  for (let number = 0; number < count; number++) {
    const [key, end] = item(data, at, depth + 1);
    if (!["number", "bigint", "string"].includes(typeof key)) throw new Malformed("key");
    const spelled = data.slice(at, end);
    const order = compare(spelled, previous);
    if (order <= 0) throw new Malformed(order === 0 ? "duplicate_key" : "key_order");
    previous = spelled;
    let value;
    [value, at] = item(data, end, depth + 1);
    found.set(key, value);
  }
  return [found, at];
}

/** The head of a byte string (major 2), text (3) or array (4) of that length. */
function head(major, length) {
  if (length < 24) return Uint8Array.of((major << 5) | length);
  if (length < 0x100) return Uint8Array.of((major << 5) | 24, length);
  if (length < 0x10000) return Uint8Array.of((major << 5) | 25, length >> 8, length & 0xff);
  return Uint8Array.of((major << 5) | 26, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
}

export const byteString = (bytes) => concat(head(2, bytes.length), bytes);
export const textString = (text) => byteStringAs(3, utf8(text));
export const arrayOf = (...encoded) => concat(head(4, encoded.length), ...encoded);

const byteStringAs = (major, bytes) => concat(head(major, bytes.length), bytes);
