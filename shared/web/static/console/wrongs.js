// What is wrong with a form, said where it is: at the field, and, when it is more than one, in a list above them that takes
// the focus. A sentence goes away when its field is changed.
import { all, fill, make, one, say } from "../app/page.js";
import { fieldNamed, fieldsOf } from "./fields.js";

const home = (field) => field.closest("fieldset, .field") ?? field.parentElement;
const nameOf = (field) => (home(field).matches("fieldset") ? one("legend", home(field)) : (field.labels?.[0] ?? null))?.firstChild?.textContent.trim() || field.name;

function mark(form, field, sentence) {
  const place = home(field);
  field.id ||= `f-${field.name}-${fieldsOf(form).indexOf(field)}`;
  const id = `${field.id}-wrong`;
  let said = document.getElementById(id);
  if (said === null) {
    said = make("p", { class: "wrong", id });
    place.append(said);
  }
  said.textContent = sentence;
  field.setAttribute("aria-invalid", "true");
  const by = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((each) => each && each !== id);
  field.setAttribute("aria-describedby", [...by, id].join(" "));
  field.addEventListener("input", () => clear(field, id), { once: true });
}

function clear(field, id) {
  field.removeAttribute("aria-invalid");
  const by = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((each) => each && each !== id);
  if (by.length > 0) field.setAttribute("aria-describedby", by.join(" "));
  else field.removeAttribute("aria-describedby");
  document.getElementById(id)?.remove();
}

export function clearAll(form) {
  all(".summary", form).forEach((box) => box.remove());
  all("[aria-invalid]", form).forEach((field) => clear(field, `${field.id}-wrong`));
}

/** Marks all (pairs of field and sentence), and leads to the first. */
function tell(form, wrongs) {
  wrongs.forEach(([field, sentence]) => mark(form, field, sentence));
  form.querySelectorAll("details").forEach((box) => (box.open ||= one("[aria-invalid]", box) !== null));
  if (wrongs.length === 1) {
    wrongs[0][0].focus();
    return;
  }
  const items = wrongs.map(([field, sentence]) => {
    const way = make("a", { href: `#${field.id}` }, `${nameOf(field)}: ${sentence}`);
    way.addEventListener("click", (event) => {
      event.preventDefault();
      field.focus();
    });
    return make("li", {}, way);
  });
  const title = wrongs.length === 1 ? say("ui.js_look_again_one") : say("ui.js_look_again", { count: wrongs.length });
  const box = make("div", { class: "summary", role: "alert", tabindex: "-1" }, make("h3", {}, title), make("ul", {}, ...items));
  form.prepend(box);
  box.focus();
}

/** Looks at the form before anything is sent; true if all is well. */
export function looksRight(form) {
  clearAll(form);
  const seen = new Set();
  const wrongs = fieldsOf(form)
    .filter((field) => !field.validity.valid && !seen.has(field.name) && seen.add(field.name))
    .map((field) => [field, say(field.validity.valueMissing ? "ui.js_fill" : "ui.js_form")]);
  all("input[type=file]", form).forEach((field) => field.validity.valid || wrongs.push([field, say("console.js_no_file")]));
  if (wrongs.length > 0) tell(form, wrongs);
  return wrongs.length === 0;
}

/** An answer that refuses, at the field that it names; false if it names none of this form. */
export function atItsField(form, { data, sentence }) {
  const named = data?.facts?.field;
  const field = named === undefined ? null : fieldNamed(form, named);
  if (field === null) return false;
  tell(form, [[field, sentence.replace(String(named), nameOf(field))]]);
  return true;
}

/** What came of it, in the form's own place. */
export function told(form, sentence, kind) {
  const output = one("output", form);
  if (output === null) return;
  output.className = kind;
  fill(output, sentence);
}
