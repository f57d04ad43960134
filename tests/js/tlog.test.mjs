// The page's check of log proofs against the table that the Python core also runs (tests/vectors/tlog.json).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const scripts = new URL("../../shared/web/static/verify/", import.meta.url);
const { Malformed, fromBase64, fromUtf8, utf8 } = await import(new URL("bytes.js", scripts));
const { parseCode } = await import(new URL("codetext.js", scripts));
const { fallback: ed25519 } = await import(new URL("ed25519.js", scripts));
const { checkProof, verifyProof } = await import(new URL("tlog.js", scripts));
const { parseList } = await import(new URL("trust.js", scripts));
const { checkDocument } = await import(new URL("verification.js", scripts));

const table = JSON.parse(readFileSync(new URL("../vectors/tlog.json", import.meta.url), "utf8"));
ed25519.importNoble = () => import("@noble/ed25519");

async function run(entry) {
  const trust = await parseList(utf8(table.trusts[entry.trust]));
  const code = parseCode(table.codes[entry.kind]);
  const { claims } = await checkDocument(code, trust, table.now);
  try {
    const pdf = entry.pdf === null ? null : utf8(entry.pdf);
    const found = await checkProof(fromBase64(entry.proof), claims, code.token, trust, pdf);
    return { included: found.included, anchored_at: found.anchoredAt };
  } catch (problem) {
    if (!(problem instanceof Malformed)) throw problem;
    return { refused: problem.reason };
  }
}

for (const forced of [false, true]) {
  for (const entry of table.cases) {
    test(`${entry.name}${forced ? ", by the fall-back library" : ""}`, async () => {
      ed25519.forced = forced;
      assert.deepEqual(await run(entry), entry.expect);
    });
  }
}

test("a proof too large to be one is refused", async () => {
  const padded = { ...table.cases[0], proof: btoa(atob(table.cases[0].proof) + " ".repeat(65536)) };
  assert.deepEqual(await run(padded), { refused: "too_large" });
});

test("a proof under the log's key alone", async () => {
  const trust = await parseList(utf8(table.trusts.plain));
  const proof = fromUtf8(fromBase64(table.cases[0].proof));
  const { token } = parseCode(table.codes.certificate);
  assert.equal(await verifyProof(proof, token, trust.log.vkey), true);
  assert.equal(await verifyProof(proof, parseCode(table.codes.pledge).token, trust.log.vkey), false);
  const other = JSON.parse(table.trusts.moved).log.vkey;
  await assert.rejects(verifyProof(proof, token, other), { reason: "unknown_log" });
});
