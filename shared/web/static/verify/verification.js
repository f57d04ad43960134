// Decides the one answer about a document's code (FORMATS 7): the same rules, in the same order, as shared/kernel/verification.py
// and token_check.py. Both run the table tests/vectors/verification.json.
import { Malformed } from "./bytes.js";
import { parseCode } from "./codetext.js";
import { open, parse } from "./cose.js";
import { CLOCK_SKEW, says } from "./statuslist.js";
import { decodeClaims } from "./tokens.js";
import { isCompromised, isOld, refusal, serves } from "./trust.js";

export const CHECKS = ["form", "key", "signature", "purpose", "issuer", "period", "host", "id", "expiry", "status", "log"];
const TOKEN_CHECKS = CHECKS.slice(0, 8);

class NotVerified extends Error {
  constructor(check, reason, usable = true) {
    super(reason);
    Object.assign(this, { check, reason, usable });
  }
}

/**
 * The answer about a code text at unix time `now`:
 * {answer, checks, reason, claims, key, status, sample, oldList, usable}. Never throws for what the text holds.
 * `status` is the record's own; without it the verified `statusLists` are asked. `log` must be about this very token.
 */
export async function verifyDocument(text, trust, now, { status = null, statusLists = [], log = null } = {}) {
  let code = null;
  try {
    code = readCode(text);
    const { claims, key } = await checkDocument(code, trust, now);
    return judged(code, claims, key, trust, now, status ?? statusFromLists(claims, statusLists), log);
  } catch (problem) {
    if (!(problem instanceof NotVerified)) throw problem;
    return refused(problem, code !== null && code.scheme === "http", isOld(trust, now));
  }
}

/** Claims and key of a token that passed every check but expiry, status and log. Throws NotVerified. */
export async function checkDocument(code, trust, now) {
  const sealed = await formed(() => parse(code.token));
  const key = trust.keys.get(sealed.kid);
  if (key === undefined) throw new NotVerified("key", "unknown_key");
  if (key.purpose !== "document") throw new NotVerified("key", "wrong_purpose"); // its signature was not looked at
  const claims = await formed(async () => decodeClaims(await open(sealed, key)));
  if (claims.kind === "t") throw new NotVerified("purpose", "wrong_purpose");
  if (claims.issuer !== key.issuer) throw new NotVerified("issuer", "wrong_issuer");
  const reason = claims.issuedAt > now + CLOCK_SKEW ? "issued_in_future" : refusal(key, claims.issuedAt);
  if (reason !== null) throw new NotVerified("period", reason);
  if (!serves(trust.issuers.get(claims.issuer), code.origin)) throw new NotVerified("host", "wrong_host");
  if (code.id !== claims.id) throw new NotVerified("id", "wrong_id");
  return { claims, key };
}

/** What verified lists say about a document; null if they leave it open (shared/kernel/verification.py). */
export function statusFromLists(claims, lists) {
  const said = new Map();
  let revokedBy = null;
  for (const one of [...lists].sort((a, b) => a.issuedAt - b.issuedAt)) {
    const bit = says(one, claims.issuer, claims.statusNumber);
    if (bit === null) continue;
    said.set(one.purpose, one);
    if (bit && one.purpose === "r") revokedBy = one;
  }
  if (revokedBy === null && said.size < 2) return null;
  const suspension = said.get("s");
  const used = revokedBy !== null ? [revokedBy] : [...said.values()];
  return {
    revoked: revokedBy !== null,
    suspended: suspension !== undefined && says(suspension, claims.issuer, claims.statusNumber) === true,
    issuedAt: Math.max(...used.map((one) => one.issuedAt)),
    expiresAt: Math.min(...used.map((one) => one.expiresAt)),
    replaced: false,
    decision: null,
    decidedOn: null,
  };
}

export const isFresh = (status, now) => status.issuedAt - CLOCK_SKEW <= now && now < status.expiresAt;

function readCode(text) {
  let code;
  try {
    code = parseCode(text);
  } catch (problem) {
    throw new NotVerified("form", problem.reason, problem.reason === "token_prefix");
  }
  if (code.kind !== "document") throw new NotVerified("form", "not_a_document", false);
  return code;
}

async function formed(step) {
  try {
    return await step();
  } catch (problem) {
    if (!(problem instanceof Malformed)) throw problem;
    const signature = problem.reason === "bad_signature" || problem.reason === "wrong_key";
    throw new NotVerified(signature ? "signature" : "form", problem.reason);
  }
}

function judged(code, claims, key, trust, now, status, log) {
  const [answer, reason] = decide(claims, key, status, log, now);
  const known = answer !== "no_match" && !isUnproven(key, log);
  return {
    answer,
    checks: checksOf(claims, status, log, now),
    reason,
    claims: known ? claims : null,
    key: known ? key : null,
    status: known ? status : null,
    sample: code.scheme === "http",
    oldList: isOld(trust, now),
    usable: true,
  };
}

function decide(claims, key, status, log, now) {
  if (log !== null && !log.included) return ["no_match", "log_proof_wrong"];
  if (isUnproven(key, log)) return ["cannot_check_now", "key_compromised"];
  const over = noLongerGood(claims, status, now);
  if (over !== null) return [over, over];
  if (status === null) return ["cannot_check_now", "no_status"];
  if (!isFresh(status, now)) return ["cannot_check_now", "status_not_fresh"];
  if (log === null) return ["cannot_check_now", "no_log_proof"];
  return ["matches", null];
}

function noLongerGood(claims, status, now) {
  if (status !== null && (status.revoked || status.replaced)) return status.replaced ? "replaced" : "revoked";
  if (status !== null && status.suspended && isFresh(status, now)) return "suspended";
  if (claims.expiresAt !== null && now >= claims.expiresAt) return "expired";
  return null;
}

/** Whether a thief of the key could have made this token: only an anchor from before the revocation excludes it. */
function isUnproven(key, log) {
  if (!isCompromised(key) || key.revokedAt === null) return false;
  return log === null || !log.included || log.anchoredAt === null || log.anchoredAt >= key.revokedAt;
}

function checksOf(claims, status, log, now) {
  const checks = Object.fromEntries(TOKEN_CHECKS.map((check) => [check, true]));
  checks.expiry = claims.expiresAt === null || now < claims.expiresAt;
  if (status !== null && (isFresh(status, now) || status.revoked || status.replaced)) {
    checks.status = !(status.revoked || status.replaced || status.suspended);
  }
  if (log !== null) checks.log = log.included;
  return checks;
}

function refused(problem, sample, oldList) {
  const before = TOKEN_CHECKS.slice(0, TOKEN_CHECKS.indexOf(problem.check));
  const checks = Object.fromEntries([...before.map((check) => [check, true]), [problem.check, false]]);
  const nothing = { claims: null, key: null, status: null };
  return { answer: "no_match", checks, reason: problem.reason, ...nothing, sample, oldList, usable: problem.usable };
}
