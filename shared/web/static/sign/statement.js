// The statement S of FORMATS 6, built again from the text that the page shows, before anybody is asked to sign it.
import { Malformed, sha256, toHex } from "../verify/bytes.js";
import { canonical, canonicalText } from "../verify/canonical.js";

const TYPE = "giaouoc/pledge-signature/1";
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/;

/** SHA-256 of the frozen text, in hex. */
export const textDigest = async (text) => toHex(await sha256(canonical(text)));

/**
 * Throws Malformed unless `view` (the answer of /api/v1/signing/read) is about `publicId`, its text has the digest that it
 * states, and its statement says exactly what the page shows: this text, this party, this person, here and now.
 */
export async function checkView(view, publicId, origin, now) {
  const digest = await textDigest(view.text);
  if (view.public_id !== publicId) throw new Malformed("other_pledge");
  if (view.text_sha256 !== digest) throw new Malformed("other_text");
  const listed = view.text.parties.find((party) => party.no === view.party.no);
  if (listed === undefined || listed.unit !== view.party.unit || listed.name !== view.party.name) throw new Malformed("other_party");
  if (view.statement === null) return;
  const given = JSON.parse(view.statement);
  const timed = TIME.test(given.issued_at) && TIME.test(given.expires_at) && Date.parse(given.expires_at) > now;
  if (!timed || !/^[0-9a-f]{32}$/.test(given.nonce)) throw new Malformed("other_statement");
  const { name, office, capacity } = view.party.representative;
  const rebuilt = {
    type: TYPE,
    rp_id: new URL(origin).hostname,
    origin,
    issuer: view.issuer,
    pledge: publicId,
    version: view.version,
    text_sha256: digest,
    party: { no: listed.no, unit: listed.unit, name: listed.name, role: listed.role },
    signer: { name, office, capacity },
    mandate_sha256: null,
    nonce: given.nonce,
    issued_at: given.issued_at,
    expires_at: given.expires_at,
  };
  if (canonicalText(rebuilt) !== view.statement) throw new Malformed("other_statement");
}
