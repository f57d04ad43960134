// The frozen text of a pledge, laid out to be read: what is shown is what is signed, member by member.
import { day, make, say } from "../app/page.js";

const HEADINGS = { STATE: ["document.heading_state", "document.motto_state"], PARTY: ["document.heading_party"], FRONT: [] };

/** An element holding the whole text; the party `own` is marked. */
export function pledgeText(text, own) {
  const [from, until] = text.period;
  return make(
    "article",
    { class: "sheet pledge", lang: "vi" },
    national(text.heading),
    make("h2", {}, text.title),
    text.slogan ? make("p", { class: "slogan" }, `“${text.slogan}”`) : null,
    paragraph("sign_page.block", text.block),
    paragraph("sign_page.established_by", text.established_by),
    make("p", {}, say("sign_page.period", { year: text.year, from: day(from, "UTC"), until: day(until, "UTC") })),
    ...section("sign_page.legal_bases", make("ul", {}, ...text.legal_bases.map((base) => make("li", {}, base))), text.legal_bases),
    ...section("sign_page.contents", make("ol", {}, ...text.contents.map(content)), text.contents),
    ...section("sign_page.parties", make("ul", { class: "parties" }, ...text.parties.map((party) => line(party, own))), text.parties),
  );
}

function national(heading) {
  const [first, motto] = HEADINGS[heading] ?? [];
  if (first === undefined) return null;
  return make("p", { class: "national" }, make("strong", {}, say(first)), motto ? make("span", {}, say(motto)) : null);
}

const paragraph = (code, value) => (value ? make("p", {}, say(code, { value })) : null);

const section = (code, list, items) => (items.length ? [make("h3", {}, say(code)), list] : []);

function content(item) {
  const { target } = item;
  if (target === null) return make("li", { value: item.no }, item.text);
  const facts = { indicator: target.indicator, planned: target.planned.toLocaleString("vi-VN"), unit: target.unit };
  const shared = target.per_party === null ? null : say("sign_page.per_party", { planned: target.per_party.toLocaleString("vi-VN"), unit: target.unit });
  return make("li", { value: item.no }, item.text, make("span", { class: "target" }, say("sign_page.target", facts), shared ? `; ${shared}` : ""));
}

function line(party, own) {
  const role = say(`sign_page.role_${party.role}`);
  const words = `${party.no}. ${party.name} (${party.unit}) · ${role} · ${say("sign_page.group", { group: party.group })}`;
  return make("li", party.no === own ? { class: "own", "aria-current": "true" } : {}, words, party.no === own ? ` · ${say("sign_page.you")}` : "");
}
