// What a form says as JSON, and back. A field's name may be a path ("contact.email", "gates[0].name"). Marks on a field:
// data-flag: true or false; data-list: ticked boxes, chosen lines or typed lines become a list; type=number: a number.
// What may be left empty and is empty is left out; data-empty="null" sends null instead, data-empty="" the empty text.
import { all } from "../app/page.js";

const UNSENT = new Set(["submit", "button", "reset", "image", "file"]);

export const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !field.disabled && !UNSENT.has(field.type) && field.tagName !== "OUTPUT" && field.tagName !== "FIELDSET");

/** The steps of a path: contact.email, gates[0] and gates.0 alike. */
export const stepsOf = (name) => name.replace(/\[([0-9]*)\]/g, ".$1").split(".").filter((step) => step !== "");

/** The body that a form stands for, or undefined if it has no fields at all. */
export function bodyOf(form) {
  const fields = fieldsOf(form);
  if (fields.length === 0) return undefined;
  const body = {};
  for (const field of fields) {
    const value = valueOf(field);
    if (value === undefined) continue;
    put(body, stepsOf(field.name), value, "list" in field.dataset);
  }
  return body;
}

function valueOf(field) {
  if ("flag" in field.dataset) return field.checked;
  if (field.type === "checkbox" && "list" in field.dataset) return field.checked ? [field.value] : [];
  if (field.type === "checkbox" || field.type === "radio") return field.checked ? field.value : undefined;
  if (field.multiple && field.options) return [...field.selectedOptions].map((option) => option.value);
  const text = field.value.trim();
  if ("list" in field.dataset) return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  if (text === "" && !field.required) return "empty" in field.dataset ? (field.dataset.empty === "null" ? null : "") : undefined;
  if (field.type === "number" || "number" in field.dataset) return Number(text.replace(",", "."));
  return field.tagName === "TEXTAREA" ? field.value : text;
}

function put(target, steps, value, joins) {
  let at = target;
  steps.forEach((step, index) => {
    if (index === steps.length - 1) at[step] = joins && Array.isArray(at[step]) ? [...at[step], ...value] : value;
    else at = at[step] ??= /^[0-9]+$/.test(steps[index + 1]) ? [] : {};
  });
}

/** What was typed, by the fields' names, as a draft keeps it: never files, never secrets. */
export function typedIn(form) {
  const kept = {};
  for (const field of keepable(form)) {
    const ticked = field.type === "checkbox" || field.type === "radio";
    kept[field.name] ??= [];
    if (field.multiple && field.options) kept[field.name].push(...[...field.selectedOptions].map((option) => option.value));
    else if (!ticked || field.checked) kept[field.name].push(field.value);
  }
  return kept;
}

/** Writes a draft back into the form. */
export function typeInto(form, kept) {
  const rest = new Map(Object.entries(kept).map(([name, values]) => [name, [...values]]));
  for (const field of keepable(form)) {
    const values = rest.get(field.name);
    if (values === undefined) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (field.multiple && field.options) [...field.options].forEach((option) => (option.selected = values.includes(option.value)));
    else if (values.length > 0) field.value = values.shift();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

const keepable = (form) => fieldsOf(form).filter((field) => field.type !== "password" && field.type !== "hidden" && field.autocomplete !== "one-time-code" && !("secret" in field.dataset));

/** The fields that a problem's `field` means: contact.email, gates.0 or gates[0].name; the nearest that there is. */
export function fieldNamed(form, name) {
  const wanted = stepsOf(String(name));
  for (let length = wanted.length; length > 0; length--) {
    const path = wanted.slice(0, length).join(".");
    const found = all("[name]", form).find((field) => stepsOf(field.name).join(".") === path && field.type !== "hidden");
    if (found !== undefined) return found;
  }
  return null;
}
