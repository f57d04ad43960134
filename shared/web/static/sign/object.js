// /sign/<id>#objection.<secret>: "this was not us", from the receipt's letter. Opening it does nothing; a tick and a tap do.
import { call, day, fill, make, note, one, say, time } from "../app/page.js";

const PREFIX = "objection.";

/** The secret of an objection if the link is one, else null. */
export const objectionOf = (fragment) => (fragment.startsWith(PREFIX) ? fragment.slice(PREFIX.length) : null);

/** Shows what an objection does, and takes it. */
export function offerObjection(place, id, secret) {
  const reason = make("textarea", { id: "reason", maxlength: "500", required: true });
  const tick = make("input", { type: "checkbox", id: "not-us" });
  const button = make("button", { class: "danger whole", type: "button", disabled: true }, say("sign_page.object"));
  const ready = () => (button.disabled = !tick.checked || reason.value.trim() === "");
  tick.addEventListener("change", ready);
  reason.addEventListener("input", ready);
  button.addEventListener("click", () => object(place, button, { id, secret, reason: reason.value.trim() }));
  fill(
    place,
    make("h1", {}, say("sign_page.object_title")),
    make("p", { class: "lead" }, say("sign_page.object_lead")),
    make("div", { id: "wrong", "aria-live": "assertive" }),
    make(
      "section",
      { class: "sheet" },
      make("label", { for: "reason" }, say("sign_page.object_reason")),
      reason,
      make("label", { class: "check", for: "not-us" }, tick, make("span", {}, say("sign_page.object_tick"))),
      button,
    ),
  );
}

async function object(place, button, body) {
  button.disabled = true;
  button.textContent = say("sign_page.busy");
  const { status, data, sentence } = await call("POST", "/api/v1/signing/object", body);
  if (status === 200) {
    const at = `${time(data.recorded_at)}, ${day(data.recorded_at)}`;
    fill(place, make("h1", {}, say("sign_page.object_title")), note("good", say("sign_page.object_done", { time: at })));
    scrollTo(0, 0);
    return;
  }
  button.disabled = false;
  button.textContent = say("sign_page.object");
  fill(one("#wrong"), note("bad", sentence));
  one("#wrong").scrollIntoView({ block: "nearest" });
}
