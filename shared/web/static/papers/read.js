// /papers/<id>#<secret>: somebody who was asked to read a paper. Nothing is asked for before a tap, since mail filters open
// links and some run scripts. The words come by a POST; when they stand on the screen, a second POST says that the paper was
// opened. Nothing else is told: no address, no program.
import { call, fill, inApp, make, note, one, say, time, day } from "../app/page.js";

const place = one("#paper");
const id = place.dataset.id;
const secret = location.hash.slice(1);

const lines = (texts, kind = {}) => texts.map((text) => make("p", kind, text));
const dash = (line) => (/^[-–+]/.test(line) ? line : `- ${line}`);

function table(rows) {
  const [head, ...rest] = rows;
  const columns = make("tr", {}, ...head.map((cell) => make("th", { scope: "col" }, cell)));
  const body = rest.map((row) => make("tr", {}, ...row.map((cell, column) => make("td", { "data-label": head[column] }, cell))));
  return make("table", { class: "cards" }, make("thead", {}, columns), make("tbody", {}, ...body));
}

const SET = {
  PARAGRAPH: (block) => make("p", {}, block.text),
  HEADING: (block) => make("h2", {}, block.text),
  ITEM: (block) => make("p", {}, dash(block.text)),
  CENTRED: (block) => make("p", { class: "middle" }, block.text),
  TABLE: (block) => table(block.rows),
};

function signer(each) {
  const above = [each.unit, each.capacity.toUpperCase(), each.office.toUpperCase()].filter((text) => text !== "");
  return make("div", {}, ...lines(above), make("p", { class: "name" }, each.name));
}

function show(paper) {
  const draft = paper.state === "CIRCULATED" ? note("wait", say("paper_page.draft", { version: paper.version })) : null;
  const heads = make(
    "div",
    { class: "heads" },
    make("div", {}, ...lines(paper.left), make("p", { class: "quiet" }, paper.number)),
    make("div", {}, ...lines(paper.right), make("p", { class: "quiet" }, paper.place_date)),
  );
  const body = paper.blocks.map((block) => (block.kind === "ADDRESSEE" ? make("p", { class: "middle" }, paper.addressee) : SET[block.kind](block)));
  const copies = paper.distribution.flatMap((group) => [...(group.label ? [`${group.label}:`] : []), ...group.lines.map(dash)]);
  const article = make(
    "article",
    { class: "sheet paper", lang: "vi" },
    heads,
    make("h1", {}, paper.title),
    make("p", { class: "subject" }, paper.subject),
    ...body,
    paper.signers.length > 0 ? make("div", { class: "signers" }, ...paper.signers.map(signer)) : null,
    copies.length > 0 ? make("div", { class: "copies" }, ...lines(copies)) : null,
  );
  const to = make("p", { class: "quiet" }, say("paper_page.for", { name: paper.addressee }));
  fill(place, draft, to, article, make("p", { class: "hint", id: "recorded", role: "status" }), make("p", { class: "hint" }, say("paper_page.recorded")));
}

/** When somebody looks: a tab that a program opened in the background has shown nothing to anybody. */
const looked = () =>
  new Promise((done) => {
    const see = () => {
      if (document.visibilityState !== "visible") return;
      document.removeEventListener("visibilitychange", see);
      requestAnimationFrame(() => requestAnimationFrame(done));
    };
    document.addEventListener("visibilitychange", see);
    see();
  });

async function read(button) {
  button.disabled = true;
  const { status, data, sentence } = await call("POST", "/api/v1/papers/read", { id, secret });
  button.disabled = false;
  if (status !== 200) {
    fill(one("#wrong"), note("bad", sentence));
    return;
  }
  show(data);
  await looked();
  const opened = await call("POST", "/api/v1/papers/opened", { id, secret });
  if (opened.status !== 200) return;
  const at = opened.data.first_opened_at;
  one("#recorded").textContent = say("paper_page.opened_at", { time: time(at), day: day(at) });
}

const app = one("#in-app");
if (app !== null) app.hidden = !inApp;
addEventListener("hashchange", () => location.reload());
const button = one("#read");
if (/^[A-Za-z0-9_-]{43}$/.test(secret)) button.addEventListener("click", () => read(button));
else fill(place, make("h1", {}, say("paper_page.title")), note("wait", say("paper_page.no_secret")));
