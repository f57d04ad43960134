// /privacy: a person asks for a link to their mail address, sees what is held about it, and asks for a change. The page's secret
// stands in no address and nowhere but in this page; it is good for an hour.
import { all, call, day, fill, make, note, one, say } from "./app/page.js";

const place = one("#privacy");
let seat = "";

const told = (form, kind, sentence) => {
  const output = one("output", form);
  output.className = kind;
  fill(output, sentence);
};

/** Which of the records a wish is about, and what else is said. */
function wishForm(held) {
  const wishes = ["CORRECT", "HIDE", "ERASE"].filter((wish) => held.holdings.some((each) => each.wishes.includes(wish)));
  const choices = wishes.map((wish, at) =>
    make("label", { class: "check" }, make("input", { type: "radio", name: "wish", value: wish, checked: at === 0 }), make("span", {}, say(`privacy.js_wish_${wish}`))),
  );
  const words = make("textarea", { id: "words", name: "words", rows: 4, maxlength: 2000 });
  const output = make("output", { "aria-live": "polite" });
  const form = make(
    "form",
    { class: "sheet" },
    make("h2", {}, say("privacy.js_wish_title")),
    make("fieldset", {}, make("legend", {}, say("privacy.js_wish_which")), ...choices),
    make("div", { class: "field" }, make("label", { for: "words" }, say("privacy.js_words")), words),
    note("wait", say("privacy.js_cannot")),
    make("p", { class: "row" }, make("button", {}, say("privacy.js_ask")), output),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const things = all("input[name=thing]:checked", place).map((box) => box.value);
    const wish = one("input[name=wish]:checked", form).value;
    const { data, sentence } = await call("POST", "/api/v1/privacy/wishes", { seat, wish, things, words: words.value });
    if (sentence) told(form, "bad", sentence);
    else show(data, note("good", say("privacy.js_filed")));
  });
  return form;
}

function holding(one_) {
  const id = `thing-${one_.ref.replace(/[^A-Za-z0-9]/g, "-")}`;
  const facts = one_.facts.flatMap(({ name, value }) => [make("dt", {}, name), make("dd", { lang: "vi" }, value)]);
  const box = make("input", { type: "checkbox", name: "thing", value: one_.ref, id });
  return make(
    "section",
    { class: "sheet" },
    make("h2", {}, make("label", { class: "check", for: id }, box, make("span", {}, one_.title))),
    make("dl", { class: "facts" }, ...facts),
    make("p", { class: "quiet" }, one_.public ? say("privacy.js_public") : say("privacy.js_not_public")),
    make("p", { class: "quiet" }, one_.stays),
  );
}

function request(one_) {
  const due = one_.state === "RECEIVED" ? say("privacy.js_answer_by", { day: day(one_.answer_by) }) : one_.state === "GRANTED" ? say("privacy.js_carry_by", { day: day(one_.carry_by) }) : one_.reason;
  return make("li", {}, `${day(one_.asked_at)}: ${one_.wish_text}. ${one_.state_text}. ${due}`);
}

/** Everything that is held, as a file to keep. */
function takeAway(held) {
  const text = JSON.stringify({ address: held.address, holdings: held.holdings, requests: held.requests }, null, 2);
  const href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  return make("a", { class: "button second", href, download: "du-lieu-ca-nhan.json" }, say("privacy.js_take"));
}

function show(held, ...said) {
  seat = held.seat || seat;
  const nothing = held.holdings.length === 0 ? note("", say("privacy.js_nothing")) : null;
  const asked = held.requests.length === 0 ? null : make("section", {}, make("h2", {}, say("privacy.js_requests")), make("ul", {}, ...held.requests.map(request)));
  const print = make("button", { type: "button", class: "second" }, say("privacy.js_print"));
  print.addEventListener("click", () => window.print());
  fill(
    place,
    ...said,
    make("p", {}, say("privacy.js_held", { address: held.address })),
    make("p", { class: "row no-print" }, takeAway(held), print),
    nothing,
    ...held.holdings.map(holding),
    held.holdings.length === 0 ? null : wishForm(held),
    asked,
  );
}

const ask = one("#ask");
ask.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { data, sentence } = await call("POST", "/api/v1/privacy/links", { email: one("[name=email]", ask).value.trim() });
  told(ask, sentence ? "bad" : "good", sentence || data.sentence);
});

/** The link of the letter: opening the page spends nothing (mail scanners open links); a tap does. */
function welcome(secret) {
  const button = make("button", { type: "button", class: "whole" }, say("privacy.js_open"));
  fill(place, make("p", {}, say("privacy.js_open_text")), make("p", {}, button));
  button.addEventListener("click", async () => {
    button.disabled = true;
    const { data, sentence } = await call("POST", "/api/v1/privacy/seats", { secret });
    history.replaceState(null, "", "/privacy");
    if (sentence) {
      fill(place, note("bad", sentence), ask);
      return;
    }
    show(data);
  });
}

const secret = location.hash.slice(1);
if (/^[A-Za-z0-9_-]{43}$/.test(secret)) welcome(secret);
