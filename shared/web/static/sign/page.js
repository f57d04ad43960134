// /sign/<id>#<secret>: a party opens, reads, and confirms, in three taps. Nothing is asked for before the first tap: mail
// scanners open links. What is signed is the statement that this page builds again from the text that it shows.
import { call, day, fill, inApp, make, note, one, say, time } from "../app/page.js";
import { Malformed } from "../verify/bytes.js";
import { objectionOf, offerObjection } from "./object.js";
import { checkView } from "./statement.js";
import { pledgeText } from "./text.js";

const place = one("#sign");
const id = place.dataset.id;
const secret = location.hash.slice(1);

async function read(button) {
  button.disabled = true;
  const { status, data, sentence } = await call("POST", "/api/v1/signing/read", { id, secret });
  button.disabled = false;
  if (status !== 200) return wrong(sentence);
  try {
    await checkView(data, id, location.origin, Date.now());
  } catch (problem) {
    return wrong(say(`sign_page.${problem instanceof Malformed ? problem.reason : "cannot_check"}`));
  }
  return show(data);
}

function wrong(sentence) {
  fill(one("#wrong"), note("bad", sentence));
  one("#wrong").scrollIntoView({ block: "nearest" });
}

function show(view) {
  const states = [];
  if (view.receipt !== null) states.push(receipt(view, view.receipt));
  else if (view.turn) states.push(asking(view));
  else states.push(note("wait", waiting(view)));
  const count = say("sign_page.count", { signed: view.signed, parties: view.parties });
  const title = view.receipt === null ? make("h1", { class: "unseen" }, say("sign_page.title")) : null;
  fill(place, title, make("p", { class: "quiet" }, count), pledgeText(view.text, view.party.no), digest(view), make("div", { id: "wrong", "aria-live": "assertive" }), ...states);
  if (view.receipt !== null) place.prepend(one(".done", place));
  scrollTo(0, 0);
}

const waiting = (view) => (view.waits_for === null ? say("sign_page.closed") : say("sign_page.not_your_turn", { group: view.waits_for, own: view.party.group }));

const digest = (view) =>
  make("details", {}, make("summary", {}, say("sign_page.digest")), make("p", { class: "print" }, view.text_sha256), make("p", { class: "hint" }, say("sign_page.digest_hint")));

/** Who signs for whom, the tick and the button. The tick is never set beforehand. */
function asking(view) {
  const { name, office, capacity } = view.party.representative;
  const tick = make("input", { type: "checkbox", id: "agreed" });
  const button = make("button", { class: "whole", disabled: true }, say("sign_page.sign"));
  tick.addEventListener("change", () => {
    button.disabled = !tick.checked;
  });
  button.addEventListener("click", () => sign(view, button));
  return make(
    "section",
    { class: "sheet" },
    make("h2", {}, say("sign_page.whom")),
    make("p", { class: "whom", lang: "vi" }, make("strong", {}, view.party.name), `${capacity ? `${capacity} · ` : ""}${office}: ${name}`),
    make("p", { class: "hint" }, say("sign_page.wrong_person")),
    make("label", { class: "check", for: "agreed" }, tick, make("span", {}, say("sign_page.agreed"))),
    button,
    make("p", { class: "hint" }, say("sign_page.until", { time: time(view.statement_expires_at) })),
  );
}

async function sign(view, button) {
  button.disabled = true;
  button.textContent = say("sign_page.busy");
  fill(one("#wrong"));
  const { status, data, sentence } = await call("POST", "/api/v1/signing/sign", { id, secret, statement: view.statement });
  if (status === 200) {
    show({ ...view, receipt: data, turn: false, signed: view.signed + 1 });
    return;
  }
  button.disabled = false;
  button.textContent = say("sign_page.sign");
  wrong(sentence);
  if (status >= 400 && status < 500) {
    const again = make("button", { class: "second", type: "button" }, say("sign_page.read_again"));
    again.addEventListener("click", () => read(again));
    one("#wrong").append(again);
  }
}

function receipt(view, done) {
  const facts = [
    ["sign_page.receipt_unit", view.party.name],
    ["sign_page.receipt_signer", `${view.party.representative.office}: ${view.party.representative.name}`],
    ["sign_page.receipt_at", `${time(done.signed_at, undefined, true)}, ${day(done.signed_at)}`],
    ["sign_page.receipt_version", String(done.version)],
    ["sign_page.receipt_nonce", done.nonce],
  ].flatMap(([code, value]) => [make("dt", {}, say(code)), make("dd", code.endsWith("nonce") ? { class: "print" } : {}, value)]);
  const print = make("button", { class: "second no-print", type: "button" }, say("sign_page.print"));
  print.addEventListener("click", () => window.print());
  return make("section", { class: "sheet done", role: "status" }, make("h1", {}, say("sign_page.done")), make("p", {}, say("sign_page.done_text")), make("dl", { class: "facts" }, ...facts), make("p", { class: "hint" }, say("sign_page.attested")), print);
}

one("#in-app").hidden = !inApp;
const objection = objectionOf(secret);
if (objection !== null) offerObjection(place, id, objection);
else if (/^[A-Za-z0-9_-]{43}$/.test(secret)) one("#read").addEventListener("click", (event) => read(event.currentTarget));
else {
  wrong(say("sign_page.no_secret"));
  one("#read").disabled = true;
}
addEventListener("hashchange", () => location.reload());
