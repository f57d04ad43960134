// The device's own key: ECDSA P-256, made here, not extractable, kept in this browser's IndexedDB and used for nothing but
// the texts below. shared/identity/device_proofs.py checks the same bytes and says why the six digits cannot be chosen.

const DATABASE = "giaouoc-device";
const STORE = "devices";
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const encoder = new TextEncoder();

/** Whether this browser can hold a key: IndexedDB that opens, and WebCrypto (HTTPS or localhost). */
export async function usable() {
  if (!globalThis.crypto?.subtle || !globalThis.indexedDB) return false;
  try {
    (await open()).close();
    return true;
  } catch {
    return false;
  }
}

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
    asked.onblocked = () => reject(new Error("blocked"));
  });
}

async function within(mode, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked?.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** What is kept under a slot: "GATE", "SCREEN", or "new" while a code is being spent; null if nothing is. */
export async function load(slot) {
  try {
    return (await within("readonly", (store) => store.get(slot))) ?? null;
  } catch {
    return null;
  }
}

export const keep = (slot, record) => within("readwrite", (store) => void store.put(record, slot));

/** Erases what is kept under a slot, the key with it. Nothing is no error. */
export async function forget(slot) {
  try {
    await within("readwrite", (store) => void store.delete(slot));
  } catch {
    // there was nothing to erase
  }
}

/** A fresh key pair; the private half never leaves the browser's own keeping. */
export const makeKeys = () => crypto.subtle.generateKey(ALGORITHM, false, ["sign"]);

export async function publicKey(keys) {
  return new Uint8Array(await crypto.subtle.exportKey("raw", keys.publicKey));
}

/** The bytes of one use: its name, a zero byte, and each part after its length. */
export function framed(use, ...parts) {
  const pieces = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  const name = encoder.encode(`giaouoc/device-${use}/1\0`);
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + 4 + piece.length, name.length));
  bytes.set(name);
  let at = name.length;
  for (const piece of pieces) {
    new DataView(bytes.buffer).setUint32(at, piece.length);
    bytes.set(piece, at + 4);
    at += 4 + piece.length;
  }
  return bytes;
}

/** The device's signature over the bytes of one use ("enrol", "sign-in", "batch"): base64url of r || s. */
export async function sign(keys, use, ...parts) {
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, keys.privateKey, framed(use, ...parts));
  return base64url(new Uint8Array(signature));
}

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

export const commitment = (key, nonce) => sha256(framed("commitment", key, nonce));

/** The six digits, worked out here and not told by the server. */
export async function digits(code, key, nonce, serverNonce) {
  const print = Array.from(await sha256(encoder.encode(code)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const digest = await sha256(framed("digits", print, key, nonce, serverNonce));
  return String(new DataView(digest.buffer).getBigUint64(0) % 1000000n).padStart(6, "0");
}

export function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function bytesOf(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}
