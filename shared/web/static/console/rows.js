// [data-rows="parties"]: lines that may be added and taken out (parties, contents, milestones, agenda). Each line is a
// [data-row] whose fields are called parties[0].unit and so on; a <template> holds an empty one. Numbers follow the order on the
// page, so that nothing is ever sent with a gap. A draft with more lines than the page has gets its lines back.
import { all, one } from "../app/page.js";
import { typeInto } from "./fields.js";

const renamed = (text, place, name) => text.replace(new RegExp(`(^|[-])${name}([[]|-)[0-9]+`), (_, before, mark) => `${before}${name}${mark}${place}`);

function number(list) {
  const name = list.dataset.rows;
  all("[data-row]", list).forEach((row, place) => {
    for (const field of all("[name]", row)) field.name = renamed(field.name, place, name);
    for (const each of all("[id]", row)) each.id = renamed(each.id, place, name);
    for (const each of all("[for]", row)) each.htmlFor = renamed(each.htmlFor, place, name);
    for (const each of all("[aria-describedby]", row)) each.setAttribute("aria-describedby", renamed(each.getAttribute("aria-describedby"), place, name));
    const shown = one("[data-number]", row);
    if (shown) shown.textContent = String(place + 1);
  });
}

function add(list) {
  const row = one("template", list).content.firstElementChild.cloneNode(true);
  one("[data-lines]", list).append(row);
  number(list);
  return row;
}

function begin(list) {
  number(list);
  one("[data-add]", list).addEventListener("click", () => one("input, select, textarea", add(list))?.focus());
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove]");
    if (button === null) return;
    button.closest("[data-row]").remove();
    number(list);
    one("[data-add]", list).focus();
    list.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

/** How many lines a draft holds: one more than the greatest number among its fields' names. */
function held(fields, name) {
  const places = Object.keys(fields).map((each) => new RegExp(`^${name}[[]([0-9]+)[]]`).exec(each)).filter((found) => found !== null);
  return Math.max(0, ...places.map((found) => Number(found[1]) + 1));
}

for (const list of all("[data-rows]")) begin(list);
for (const form of all("form[data-draft]")) {
  form.addEventListener("drafted", ({ detail }) => {
    if (!detail?.fields) return;
    let grown = false;
    for (const list of all("[data-rows]", form)) {
      const wanted = Math.min(held(detail.fields, list.dataset.rows), 100);
      for (; all("[data-row]", list).length < wanted; grown = true) add(list);
    }
    if (grown) typeInto(form, detail.fields);
  });
}
