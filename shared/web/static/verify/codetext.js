// The text of a QR code (FORMATS 1), taken apart. Patterns are looked at before any number is read: BigInt takes blanks and 0x.
import { Malformed, fromHex } from "./bytes.js";

export const MAX_TEXT = 2400;
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const ORIGIN = `(https?)://(${LABEL}(?:\\.${LABEL})*)(?::([1-9][0-9]{0,4}))?`;
const ORIGIN_PATTERN = new RegExp(`^${ORIGIN}$`);
const CODE_PATTERN = new RegExp(`^${ORIGIN}/(?:v/([0-9]{39})|t)#([1-9][0-9]{0,1999})$`);
const ADDRESS_PATTERN = new RegExp(`^${ORIGIN}/(?:v/[0-9]{39}|t)#?$`);
const DEFAULT_PORTS = { https: 443, http: 80 };
const ID_LIMIT = 1n << 128n;

/** {kind, scheme, host, port, id, token}; nothing is verified. Throws Malformed. */
export function parseCode(text) {
  const found = text.length <= MAX_TEXT ? CODE_PATTERN.exec(text) : null;
  if (found === null) {
    throw new Malformed(text.length <= MAX_TEXT && ADDRESS_PATTERN.test(text) ? "no_token" : "not_a_code");
  }
  const [, scheme, host, portDigits, idText, digits] = found;
  const port = checkedPort(scheme, host, portDigits);
  const hex = BigInt(digits).toString(16);
  const data = fromHex(hex.length % 2 ? "0" + hex : hex);
  if (data[0] !== 1) throw new Malformed("token_prefix");
  const authority = port === null ? host : `${host}:${port}`;
  const code = { scheme, host, port, origin: `${scheme}://${authority}`, authority, token: data.slice(1) };
  if (idText === undefined) return { ...code, kind: "ticket", id: null };
  return { ...code, kind: "document", id: idFromDigits(idText) };
}

/** The id of 39 digits as a BigInt below 2^128. */
export function idFromDigits(digits) {
  if (!/^[0-9]{39}$/.test(digits)) throw new Malformed("id_digits");
  const number = BigInt(digits);
  if (number >= ID_LIMIT) throw new Malformed("id_range");
  return number;
}

/** Throws unless a code text may begin with this origin. */
export function checkOrigin(origin) {
  const found = ORIGIN_PATTERN.exec(origin);
  if (found === null) throw new Malformed("origin");
  checkedPort(found[1], found[2], found[3]);
}

/** 39 digits in groups of four, as they are printed beside the code. */
export const inGroups = (digits) => digits.replace(/(.{4})(?=.)/g, "$1 ");

function checkedPort(scheme, host, digits) {
  if (scheme === "http" && host !== "localhost") throw new Malformed("http");
  if (digits === undefined) return null;
  const port = Number(digits);
  if (port > 65535 || port === DEFAULT_PORTS[scheme]) throw new Malformed("port");
  return port;
}
