// The editing form of a paper: pieces of its body are added, moved and taken out here; their names count anew from 0 each time,
// for the form sends them as a list in their order. Without this script the form still saves, with two empty pieces at its end.
import { all, one } from "../app/page.js";

const place = one("#blocks");
const template = one("#block-template");
let drawn = 1000;

function renumber() {
  all("[data-block]", place).forEach((block, index) => {
    for (const field of all("[name]", block)) field.name = field.name.replace(/^blocks\[[0-9]+\]/, `blocks[${index}]`);
  });
}

/** An empty piece with ids of its own. */
function empty() {
  const block = template.content.firstElementChild.cloneNode(true);
  drawn += 1;
  for (const field of all("[id]", block)) field.id = field.id.replace(/[0-9]+/, String(drawn));
  for (const label of all("label", block)) label.htmlFor = label.htmlFor.replace(/[0-9]+/, String(drawn));
  return block;
}

function move(block, way) {
  const button = document.activeElement;
  if (way === "up") block.previousElementSibling?.before(block);
  else if (way === "down") block.nextElementSibling?.after(block);
  else {
    const next = block.nextElementSibling ?? block.previousElementSibling;
    block.remove();
    one("textarea", next ?? place)?.focus();
  }
  renumber();
  if (way !== "out") button?.focus();
}

function ready(block) {
  for (const button of all("[data-move]", block)) {
    button.hidden = false;
    button.addEventListener("click", () => move(block, button.dataset.move));
  }
}

if (place !== null && template !== null) {
  all("[data-block]", place).forEach(ready);
  const add = one("[data-add-block]");
  add.hidden = false;
  add.addEventListener("click", () => {
    const block = empty();
    ready(block);
    place.append(block);
    renumber();
    one("textarea", block).focus();
  });
}
