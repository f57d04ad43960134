// Windows above the page: questions before an act, and the page's own dialogs (ui.html: dialog, opener).
import { all, make, one, say } from "../app/page.js";

/** A dialog with some content and buttons; answers with the value of the button that was pressed, "" if it was left. */
export function show(title, content, buttons, { danger = false } = {}) {
  const row = make("p", { class: "row" }, ...buttons.map(({ value, label, kind = "" }) => make("button", { value, class: kind }, label)));
  const form = make("form", { method: "dialog" }, ...content, row);
  const dialog = make("dialog", { "aria-labelledby": "dialog-title", class: danger ? "danger" : null }, make("h2", { id: "dialog-title" }, title), form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(dialog.returnValue);
    });
  });
}

/** Asks before something is done: true for yes. The button that says yes names the act itself. */
export async function sure(question, act, danger) {
  const no = { value: "", label: say("ui.js_cancel"), kind: "second" };
  const yes = { value: "yes", label: act, kind: danger ? "danger yes" : "yes" };
  return (await show(say("ui.js_sure"), [make("p", {}, question)], [no, yes], { danger })) === "yes";
}

for (const button of all("[data-open]")) button.addEventListener("click", () => document.getElementById(button.dataset.open).showModal());
for (const button of all("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
for (const dialog of all("dialog")) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}
export const isOpen = () => one("dialog[open]") !== null;
