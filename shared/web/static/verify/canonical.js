// RFC 8785: the one byte form of a JSON value. Floats and unsafe integers are refused: nothing that is signed here needs them.
import { Malformed, fromUtf8, utf8 } from "./bytes.js";

const MAX_DEPTH = 32;
const LONE_SURROGATE = /\p{Cs}/u;

/** The canonical text. Throws Malformed. */
export function canonicalText(value, depth = 0) {
  if (depth > MAX_DEPTH) throw new Malformed("depth");
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new Malformed(Number.isInteger(value) ? "integer_range" : "float");
    return String(value);
  }
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map((inner) => canonicalText(inner, depth + 1)).join(",")}]`;
  if (typeof value !== "object") throw new Malformed("type");
  const names = Object.keys(value).sort(); // by UTF-16 code units, as RFC 8785 3.2.3 says
  return `{${names.map((name) => `${quoted(name)}:${canonicalText(value[name], depth + 1)}`).join(",")}}`;
}

export const canonical = (value) => utf8(canonicalText(value));

/** A JSON text in any spacing, as a value that has a canonical form. */
export function parseJson(bytes, maxBytes = 1 << 20) {
  if (bytes.length > maxBytes) throw new Malformed("too_large");
  const text = fromUtf8(bytes);
  try {
    return JSON.parse(text);
  } catch {
    throw new Malformed("not_json");
  }
}

function quoted(text) {
  if (LONE_SURROGATE.test(text)) throw new Malformed("not_unicode");
  return JSON.stringify(text); // the escapes of RFC 8785 3.2.2.2 are ECMAScript's
}
