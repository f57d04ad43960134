// Where the facts come from: the trust list under the pinned root, and the issuer's status lists. What was fetched before is
// kept in the browser, so that a code can be judged off-line too; whether it is fresh is decided by its own signed times.
import { store } from "../app/page.js";
import { Malformed, fromBase64, toBase64 } from "./bytes.js";
import { verifyList } from "./root.js";
import { listNames, verifyStatusList } from "./statuslist.js";
import { checkProof } from "./tlog.js";

const KEPT_LIST = "giaouoc/trust-list/1";
const KEPT_PIN = "giaouoc/trust-pin/1";
const KEPT_STATUS = "giaouoc/status/1/";

/**
 * {trust, offline}: the trust list, newest first. The root that this browser first saw stays pinned; a list of a lower
 * sequence than one seen before is refused. The sample's roots are made anew with its data, so there a new one is taken.
 * Throws Malformed (a list that must not be trusted) or `no_trust_list` (none to be had).
 */
export async function trustList(pageRoot, sample) {
  const pin = readPin(pageRoot, sample);
  const verified = ([list, signature]) => verifyList(fromBase64(list, "kept"), fromBase64(signature, "kept"), pin.root, pin.seq);
  let pair = await fetchBoth("no-cache");
  const kept = store.get(KEPT_LIST);
  if (pair === null && kept === null) throw new Malformed("no_trust_list");
  let found;
  try {
    found = await verified(pair ?? JSON.parse(kept));
  } catch (problem) {
    // A key session replaces one file after the other: an old one beside a new one is no fault yet. Past all caches, once.
    if (pair === null || problem.reason !== "not_this_list") throw problem;
    pair = (await fetchBoth("reload")) ?? pair;
    found = await verified(pair);
  }
  const { trust, root } = found;
  store.set(KEPT_PIN, JSON.stringify({ root, seq: trust.seq }));
  if (pair !== null) store.set(KEPT_LIST, JSON.stringify(pair));
  return { trust, offline: pair === null };
}

function readPin(pageRoot, sample) {
  const kept = store.get(KEPT_PIN);
  const pin = kept === null ? null : JSON.parse(kept);
  if (pin === null || (sample && pin.root !== pageRoot)) return { root: pageRoot, seq: 1 };
  return pin;
}

async function fetchBoth(cache) {
  try {
    const paths = ["keys.json", "keys.sig"].map((name) => `/.well-known/giaouoc/${name}`);
    const answers = await Promise.all(paths.map((path) => fetched(path, cache)));
    return answers.every((one) => one !== null) ? answers : null;
  } catch {
    return null;
  }
}

/** The verified lists in which this document stands: fetched whole, so that nobody learns which one was asked about. */
export async function statusLists(claims, trust) {
  const found = await Promise.all(listNames(claims.issuer, claims.statusNumber).map((name) => statusList(name, trust)));
  return found.flat();
}

/** The list as it is now and as it was kept: of two the later counts, and a revocation once seen stands. */
async function statusList(name, trust) {
  const key = KEPT_STATUS + name;
  const now = await fetched(`/status/${name}.cwt`).catch(() => null);
  const verified = [];
  for (const text of new Set([now, store.get(key)])) {
    if (text === null) continue;
    try {
      verified.push(await verifyStatusList(fromBase64(text, "kept"), trust));
      if (text === now) store.set(key, now);
    } catch (problem) {
      if (!(problem instanceof Malformed)) throw problem; // a list that does not verify says nothing
    }
  }
  return verified;
}

/**
 * What the public log's proof of this very token shows; null where none is to be had (not in the log yet, no network). It is
 * not kept in the browser: nobody shall find there later which documents were looked at.
 */
export async function logFacts(claims, token, trust) {
  const proof = await fetched(`/v/${String(claims.id).padStart(39, "0")}.tlog-proof`).catch(() => null);
  if (proof === null) return null;
  try {
    return await checkProof(fromBase64(proof, "kept"), claims, token, trust);
  } catch (problem) {
    if (!(problem instanceof Malformed)) throw problem; // no proof at all: it says nothing either way
    return null;
  }
}

/** The body as base64, or null where the server has none. Throws where there is no network. */
async function fetched(path, cache = "no-cache") {
  const response = await fetch(path, { cache });
  return response.ok ? toBase64(new Uint8Array(await response.arrayBuffer())) : null;
}
