// COSE_Sign1 (RFC 9052) with Ed25519 in the one form of our tokens (FORMATS 1).
import { Malformed, equal, toHex } from "./bytes.js";
import { arrayOf, byteString, decode, textString } from "./cbor.js";
import { verifies } from "./ed25519.js";

const MAX_BYTES = 64 * 1024;
const TAG_18 = 0xd2;
const PROTECTED_START = Uint8Array.of(0xa2, 0x01, 0x27, 0x04, 0x48); // {1: -8, 4: h' and the 8 bytes of the kid

/** {kid (hex), protected, payload, signature} of a token that nobody has verified. Throws Malformed. */
export function parse(data) {
  if (data.length > MAX_BYTES) throw new Malformed("too_large");
  if (data[0] !== TAG_18) throw new Malformed("tag");
  const parts = decode(data.slice(1));
  if (!Array.isArray(parts) || parts.length !== 4) throw new Malformed("structure");
  const [header, unprotected, payload, signature] = parts;
  const start = PROTECTED_START.length;
  if (!isBytes(header) || header.length !== start + 8 || !equal(header.slice(0, start), PROTECTED_START)) {
    throw new Malformed("protected_header");
  }
  if (!(unprotected instanceof Map) || unprotected.size !== 0) throw new Malformed("unprotected_header");
  if (!isBytes(payload)) throw new Malformed("payload");
  if (!isBytes(signature) || signature.length !== 64) throw new Malformed("signature_length");
  return { kid: toHex(header.slice(start)), header, payload, signature };
}

/** The payload, once the signature by `key` (of the trust list) holds. Throws Malformed: `wrong_key`, `bad_signature`. */
export async function open(sign1, key) {
  if (key.kid !== sign1.kid) throw new Malformed("wrong_key");
  const signed = arrayOf(textString("Signature1"), byteString(sign1.header), byteString(new Uint8Array(0)), byteString(sign1.payload));
  if (!(await verifies(key.publicKey, sign1.signature, signed))) throw new Malformed("bad_signature");
  return sign1.payload;
}

export const isBytes = (value) => value instanceof Uint8Array;
