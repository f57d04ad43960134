// Ed25519 (RFC 8032): which public keys may verify, and verifying by WebCrypto or, where it is missing, by @noble/ed25519.
import { Malformed, concat, fromHex } from "./bytes.js";

const P = 2n ** 255n - 19n;
const ORDER_8_Y = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
const SMALL_ORDER_Y = [0n, 1n, P - 1n, ORDER_8_Y, P - ORDER_8_Y];
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const NOBLE = "/static/vendor/noble-ed25519.js";

const mod = (number) => ((number % P) + P) % P;

function power(base, exponent) {
  let result = 1n;
  for (let factor = mod(base); exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * factor) % P;
    factor = (factor * factor) % P;
  }
  return result;
}

const D = mod(-121665n * power(121666n, P - 2n));

const littleEndian = (bytes) => Array.from(bytes).reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);

/** Throws Malformed for what is no canonical point, or one of small order (under it one signature fits many messages). */
export function checkKey(raw) {
  if (raw.length !== 32) throw new Malformed("key_length");
  const y = littleEndian(raw) & (2n ** 255n - 1n);
  if (y >= P) throw new Malformed("key_not_canonical");
  if (SMALL_ORDER_Y.includes(y)) throw new Malformed("key_small_order");
  const square = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n));
  if (power(square, (P - 1n) / 2n) !== 1n) throw new Malformed("key_not_on_curve");
}

let native = null;

/** Whether this browser's WebCrypto verifies Ed25519: tried once, with test 1 of RFC 8032 7.1. */
async function hasNative() {
  if (native === null) {
    const key = fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    const signature = concat(
      fromHex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"),
      fromHex("5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    );
    native = subtleVerifies(key, signature, new Uint8Array(0)).catch(() => false);
  }
  return native;
}

async function subtleVerifies(raw, signature, data) {
  const key = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, key, signature, data);
}

/** `importNoble` is replaced where no server maps the vendor path (the tests under Node). */
export const fallback = { importNoble: () => import(NOBLE), forced: false };

/** Whether `signature` (64 bytes) over `data` is by the key. The key must have passed `checkKey`. */
export async function verifies(raw, signature, data) {
  if (signature.length !== 64 || littleEndian(signature.slice(32)) >= L) return false;
  if (!fallback.forced && (await hasNative())) return subtleVerifies(raw, signature, data);
  const noble = await fallback.importNoble();
  try {
    return await noble.verifyAsync(signature, data, raw, { zip215: false });
  } catch {
    return false;
  }
}
