// /v/<id>#<digits>: checks the code in this browser and shows the answer of FORMATS 7. Until every check of the token has
// passed, nothing that it says is put on the page. Without a fragment the server's words stay as they are.
import { all, day, fill, make, one, say, time } from "../app/page.js";
import { Malformed } from "./bytes.js";
import { idFromDigits, inGroups, parseCode } from "./codetext.js";
import { logFacts, statusLists, trustList } from "./sources.js";
import { CHECKS, statusFromLists, verifyDocument } from "./verification.js";

const OVER = ["revoked", "replaced", "suspended", "expired"];
const page = one("#verify");
const record = page.dataset;

/** The code text as printed: what else stands in the address (a language, a sender's marks) is not part of it. */
const codeText = () => `${location.origin}${location.pathname}${location.hash}`;

async function run() {
  if (location.hash.length < 2) return;
  fill(one("#answer"), make("p", { class: "busy", role: "status" }, say("verify.busy")));
  one("#answer").dataset.kind = "busy";
  try {
    show(await judge());
  } catch (problem) {
    cannot(problem instanceof Malformed ? problem.reason : "fault");
  }
}

async function judge() {
  const text = codeText();
  const now = Math.floor(Date.now() / 1000);
  if (!canParse(text)) return { found: await verifyDocument(text, { keys: new Map(), issuedAt: now }, now), trust: null, now };
  const { trust, offline } = await trustList(record.root, location.protocol === "http:");
  const { claims } = await verifyDocument(text, trust, now); // only a token that verified says what to ask for
  const asked = claims === null ? [[], null] : [statusLists(claims, trust), logFacts(claims, parseCode(text).token, trust)];
  const [lists, log] = await Promise.all(asked);
  const listed = claims === null ? null : statusFromLists(claims, lists);
  const found = await verifyDocument(text, trust, now, { status: merged(listed, now), log });
  return { found, trust, offline, now, log };
}

function canParse(text) {
  try {
    return parseCode(text).kind === "document";
  } catch {
    return false;
  }
}

/** The record that the server wrote into this page may only make things worse: a cancellation counts, its absence does not. */
function merged(status, now) {
  const ended = { revoked: record.state === "revoked", replaced: record.state === "replaced" };
  const suspended = record.state === "suspended";
  if (!ended.revoked && !ended.replaced && !suspended) return status;
  const base = status ?? { revoked: false, suspended: false, replaced: false, issuedAt: now, expiresAt: now + 60 };
  return {
    ...base,
    revoked: base.revoked || ended.revoked || ended.replaced,
    replaced: base.replaced || ended.replaced,
    suspended: base.suspended || suspended,
    decision: record.decision || null,
    decidedOn: record.decidedOn || null,
  };
}

function show({ found, trust, offline, now, log }) {
  if (record.state === "not_published" && found.claims !== null) return notPublished();
  const kind = OVER.includes(found.answer) ? "over" : found.answer;
  const facts = { decision: found.status?.decision, date: found.status?.decidedOn ? day(found.status.decidedOn) : null };
  const named = found.answer !== "expired" && kind === "over" && facts.decision;
  const lines = [say(`verify.${found.answer}_text`, { date: found.claims?.expiresAt ? day(found.claims.expiresAt * 1000) : "" })];
  if (named) lines.push(say("verify.by_decision", facts));
  if (found.answer === "cannot_check_now") lines.push(say(`verify.missing_${found.reason}`));
  if (found.answer === "no_match" && found.reason === "wrong_host") lines.push(say("verify.wrong_host", { host: location.host }));
  head(kind, say(`verify.${found.answer}`), lines);
  const parts = [];
  if (found.answer === "matches") parts.push(make("p", { class: "compare" }, say("verify.compare")));
  if (found.claims !== null) parts.push(paper(found, trust));
  if (found.answer === "matches" && log.anchoredAt === null) parts.push(make("p", { class: "note" }, say("verify.declared_time")));
  if (found.oldList) parts.push(make("p", { class: "note wait" }, say("verify.old_list")));
  if (offline) parts.push(make("p", { class: "note wait" }, say("verify.offline_list")));
  parts.push(checks(found, now));
  fill(one("#result"), ...parts);
}

function cannot(reason) {
  const known = ["no_trust_list", "lower_seq", "unsigned", "not_this_list"].includes(reason) ? reason : "fault";
  head("cannot_check_now", say("verify.cannot_check_now"), [say(`verify.missing_${known}`)]);
  fill(one("#result"));
}

function notPublished() {
  head("not_published", say("verify.not_published"), [say("verify.not_published_help")]);
  fill(one("#result"));
}

/** The answer itself: shape, words, colour. */
function head(kind, title, lines) {
  const answer = one("#answer");
  answer.dataset.kind = kind;
  const icon = one(`#icon-${kind}`).content.cloneNode(true);
  fill(answer, make("h1", {}, icon, make("span", {}, title)), ...lines.map((line) => make("p", {}, line)));
  document.title = `${title} - Giao Ước`;
}

function paper(found, trust) {
  const { claims } = found;
  const issuer = trust.issuers.get(claims.issuer);
  const rows = [
    ["issuer", issuer.name],
    [claims.kind === "c" ? "decision" : "period", claims.reference],
    ["issued", day(claims.issuedAt * 1000)],
    ["expires", claims.expiresAt === null ? "" : day(claims.expiresAt * 1000)],
    ["id", inGroups(String(claims.id).padStart(39, "0"))],
  ].filter(([, value]) => value !== "");
  const facts = rows.flatMap(([name, value]) => [make("dt", {}, say(`verify.fact_${name}`)), make("dd", name === "id" ? { class: "digits" } : {}, value)]);
  const sheet = make(
    "section",
    { class: `sheet paper${found.sample ? " is-sample" : ""}`, "data-sample": say("verify.stamp"), "aria-label": say("verify.paper") },
    make("p", { class: "kind" }, say(`verify.kind_${claims.kind}`)),
    make("p", { class: "recipient", lang: "vi" }, claims.recipient),
    make("p", { class: "title", lang: "vi" }, claims.title),
    make("dl", { class: "facts" }, ...facts),
  );
  return sheet;
}

function checks(found, now) {
  const line = (check) => {
    const state = found.checks[check];
    const kind = state === true ? "passed" : state === false ? "failed" : "open";
    return make("li", { class: kind }, make("span", {}, say(`verify.check_${check}`), make("span", { class: "quiet" }, ` · ${say(`verify.check_${kind}`)}`)));
  };
  const details = make("details", { class: "sheet", open: found.answer === "cannot_check_now" });
  const when = say("verify.looked_at", { time: time(now * 1000, undefined, true), day: day(now * 1000) });
  details.append(make("summary", {}, say("verify.what_was_checked")), make("ul", { class: "checks" }, ...CHECKS.map(line)), make("p", { class: "hint" }, when));
  return details;
}

for (const element of all("[data-groups]")) {
  idFromDigits(element.textContent.trim());
  element.textContent = inGroups(element.textContent.trim());
}
addEventListener("hashchange", run);
addEventListener("online", run);
run();
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
