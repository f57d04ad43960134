// The page's scripts against the table that the Python core also runs (tests/vectors/verification.json).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const scripts = new URL("../../../shared/web/static/verify/", import.meta.url);
const { fallback: ed25519 } = await import(new URL("ed25519.js", scripts));
const { fallback: inflating, verifyStatusList } = await import(new URL("statuslist.js", scripts));
const { parseList } = await import(new URL("trust.js", scripts));
const { verifyList } = await import(new URL("root.js", scripts));
const { verifyDocument } = await import(new URL("verification.js", scripts));
const { Malformed, fromBase64 } = await import(new URL("bytes.js", scripts));

const table = JSON.parse(readFileSync(new URL("../../vectors/verification.json", import.meta.url), "utf8"));
const utf8 = (text) => new TextEncoder().encode(text);
ed25519.importNoble = () => import("@noble/ed25519");
inflating.importFflate = () => import("fflate");

const facts = (given) =>
  given && {
    revoked: given.revoked, suspended: given.suspended, replaced: given.replaced,
    issuedAt: given.issued_at, expiresAt: given.expires_at, decision: given.decision, decidedOn: given.decided_on,
  };

async function run(entry) {
  const trust = await parseList(utf8(table.trusts[entry.trust]));
  const statusLists = [];
  const refusals = [];
  for (const data of entry.lists) {
    try {
      statusLists.push(await verifyStatusList(fromBase64(data), trust));
      refusals.push(null);
    } catch (problem) {
      if (!(problem instanceof Malformed)) throw problem;
      refusals.push(problem.reason);
    }
  }
  const log = entry.log && { included: entry.log.included, anchoredAt: entry.log.anchored_at };
  const found = await verifyDocument(entry.text, trust, entry.now, { status: facts(entry.status), statusLists, log });
  const { claims } = found;
  return {
    answer: found.answer, reason: found.reason, checks: found.checks, sample: found.sample,
    old_list: found.oldList, usable: found.usable, list_refusals: refusals,
    claims: claims && {
      issuer: claims.issuer, id: String(claims.id).padStart(39, "0"), recipient: claims.recipient,
      title: claims.title, reference: claims.reference, status_number: claims.statusNumber,
    },
  };
}

for (const forced of [false, true]) {
  for (const entry of table.cases) {
    test(`${entry.name}${forced ? ", by the fall-back libraries" : ""}`, async () => {
      ed25519.forced = inflating.forced = forced;
      assert.deepEqual(await run(entry), entry.expect);
    });
  }
}

for (const entry of table.roots) {
  test(`root: ${entry.name}`, async () => {
    const verifying = verifyList(utf8(entry.list), utf8(entry.note), table.pinned, entry.minimum);
    if (entry.expect.refused) return assert.rejects(verifying, Malformed);
    const { trust, root } = await verifying;
    assert.deepEqual({ seq: trust.seq, root }, { seq: entry.expect.seq, root: entry.expect.root });
  });
}
