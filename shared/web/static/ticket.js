// /t#<digits>: the attendee's own ticket. The code travels in the body of a POST only; what came back is kept in this
// browser, so that the ticket opens at the door without a network.
import { call, day, fill, inApp, make, note, one, say, store, time } from "./app/page.js";

const KEPT = "giaouoc/ticket/1";
const place = one("#ticket");
const text = `${location.origin}/t${location.hash}`;

/** A short name for the text under which its facts are kept: never the text itself. */
async function keptName() {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `${KEPT}/${btoa(String.fromCharCode(...new Uint8Array(digest))).slice(0, 22)}`;
}

function show(ticket, offline) {
  const zone = ticket.zone;
  const facts = [
    ["ticket_page.day", `${day(ticket.starts, zone)}`],
    ["ticket_page.doors", `${time(ticket.doors_open, zone)} - ${say("ticket_page.starts", { time: time(ticket.starts, zone) })}`],
    ["ticket_page.place", ticket.place],
  ].flatMap(([code, value]) => [make("dt", {}, say(code)), make("dd", {}, value)]);
  const picture = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(ticket.qr_svg)}`;
  const valid = ticket.state === "VALID";
  const card = make(
    "article",
    { class: "ticket" },
    make("header", {}, make("h1", { lang: "vi" }, ticket.title)),
    valid ? null : make("p", { class: "ended" }, say(`ticket_page.state_${ticket.state}`)),
    make("div", { class: "holder", lang: "vi" }, make("strong", {}, ticket.holder), make("span", {}, ticket.office), make("span", {}, ticket.unit)),
    valid ? make("img", { src: picture, alt: say("ticket_page.code"), width: "336", height: "336" }) : null,
    ticket.admitted_at ? make("p", { class: "came" }, say("ticket_page.came", { time: time(ticket.admitted_at, zone), gate: ticket.gate })) : null,
    make("dl", { class: "facts" }, ...facts),
  );
  const hints = [make("p", { class: "hint" }, say("ticket_page.show_it")), make("p", { class: "hint" }, say("ticket_page.secret")), make("p", { class: "hint" }, say("ticket_page.recorded"))];
  fill(place, offline ? note("wait", say("ticket_page.offline")) : null, card, ...hints);
}

/** Something to say instead of a ticket. */
const instead = (kind, sentence) => fill(place, make("h1", {}, say("ticket_page.title")), note(kind, sentence));

/** The invitation counts as opened when somebody looks at the ticket, not when a program fetched the page. */
function tellOpened() {
  if (document.visibilityState === "visible") call("POST", "/api/v1/tickets/opened", { text });
  else document.addEventListener("visibilitychange", tellOpened, { once: true });
}

async function load() {
  if (!/^#[1-9][0-9]{0,1999}$/.test(location.hash)) {
    instead("wait", say("ticket_page.no_code"));
    return;
  }
  const name = await keptName();
  const kept = store.get(name);
  if (kept !== null) show(JSON.parse(kept), false);
  const { status, data, sentence } = await call("POST", "/api/v1/tickets/show", { text });
  if (status === 200) {
    store.set(name, JSON.stringify(data));
    show(data, false);
    tellOpened();
  } else if (status === 0 || status >= 500) {
    if (kept !== null) show(JSON.parse(kept), true);
    else instead("bad", sentence);
  } else {
    store.remove(name);
    instead("bad", sentence);
  }
}

one("#in-app").hidden = !inApp;
addEventListener("hashchange", () => location.reload());
load();
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
