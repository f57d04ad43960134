// /hall/<ceremony>: the projector. Asks every second with the ETag of the last answer; when the network breaks, what was
// shown stays and a quiet mark says since when. Only those who came and those who signed are named.
import { fill, make, note, one, say, time } from "./app/page.js";
import { asDevice, present } from "./device/access.js";

const hall = one("#hall");
const every = Number(hall.dataset.every);
const path = `/api/v1/hall/${encodeURIComponent(hall.dataset.ceremony)}`;
let tag = null;
let lostAt = null;
let signedBefore = null;
let gone = false;

async function ask() {
  if (gone) return;
  let wait = every;
  try {
    const response = await fetch(path, { headers: tag === null ? {} : { "if-none-match": tag }, cache: "no-store" });
    if (response.status === 200) {
      tag = response.headers.get("etag");
      show(await response.json());
    } else if (response.status === 401 || response.status === 403) {
      const renewed = await asDevice("SCREEN", "GET", path);
      if (renewed.over) return leave(renewed.sentence);
      if (renewed.status === 401 || renewed.status === 403) {
        one("#pulse").textContent = say("hall.no_session");
        return;
      }
      if (renewed.status !== 200) throw new Error(String(renewed.status));
      tag = null;
      show(renewed.data);
    } else if (response.status !== 304) throw new Error(String(response.status));
    lostAt = null;
    one("#pulse").textContent = "";
  } catch {
    if (gone) return;
    lostAt ??= Date.now();
    wait = Math.min(every * 3, 5000);
    if (Date.now() - lostAt > 3000) one("#pulse").textContent = say("hall.reconnecting", { time: time(lostAt) });
  }
  setTimeout(ask, wait);
}

/** The screen is none any more: names leave the wall. */
function leave(sentence) {
  gone = true;
  fill(hall, note("bad", sentence), make("p", {}, say("device_page.wiped")));
}

function show(data) {
  one("#admitted").textContent = String(data.admitted);
  one("#registered").textContent = String(data.registered);
  const came = data.units.filter((unit) => unit.admitted > 0);
  one("#units").className = listClass("units", came.length);
  fill(one("#units"), ...came.map((unit) => make("li", {}, make("span", { lang: "vi" }, unit.unit_name), make("span", { class: "number" }, String(unit.admitted)))));
  fill(one("#signed"), ...data.pledges.map(pledge));
  signedBefore = new Set(data.pledges.flatMap((one) => one.parties.map((party) => `${one.pledge}/${party.no}`)));
}

/** Nobody scrolls a projector: long lists stand in two columns, very long ones in smaller letters too. */
const listClass = (name, length) => `${name}${length > 7 ? " many" : ""}${length > 14 ? " crowd" : ""}`;

function pledge(board) {
  const count = make("p", { class: `big number${board.signed === board.total ? " full" : ""}` }, make("strong", {}, String(board.signed)), ` / ${board.total}`);
  return make("article", {}, make("h2", {}, say("hall.signed")), count, make("ul", { class: listClass("parties", board.parties.length) }, ...board.parties.map((party) => line(board, party))));
}

function line(board, party) {
  const fresh = signedBefore !== null && !signedBefore.has(`${board.pledge}/${party.no}`);
  return make("li", { class: `${party.state}${fresh ? " new" : ""}` }, make("span", { lang: "vi" }, party.name), make("span", { class: "unseen" }, say("hall.state_SIGNED")));
}

present("SCREEN", () => {}, leave);
navigator.wakeLock?.request("screen").catch(() => {});
ask();
