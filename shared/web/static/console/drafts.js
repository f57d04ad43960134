// form[data-draft="key"]: what is typed is kept on the server (a second after the last key, on leaving a field and on leaving
// the page) and is back when the form is opened again, also on another device and after a new sign-in. Files and secrets
// are not kept.
import { all, call, day, fill, make, one, say, time } from "../app/page.js";
import { typeInto, typedIn } from "./fields.js";

const QUIET_MS = 1200;
const drafts = new WeakMap();
const addressOf = (form) => `/api/v1/drafts/${encodeURIComponent(form.dataset.draft)}`;

class Draft {
  constructor(form) {
    this.form = form;
    this.place = one("[data-kept]", form);
    this.saved = JSON.stringify(typedIn(form));
    this.timer = 0;
    this.over = false;
  }

  async begin() {
    const { status, data } = await call("GET", addressOf(this.form));
    if (status === 200 && data.saved_at) {
      // Somebody who began to type before the answer came has the last word.
      if (JSON.stringify(typedIn(this.form)) === this.saved) this.restore(data);
    }
    this.form.addEventListener("input", () => this.later());
    this.form.addEventListener("change", () => this.save());
    addEventListener("focus", () => this.save()); // back from signing in, or from anywhere
    addEventListener("pagehide", () => this.save(true));
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.save(true));
    this.form.dataset.drafted = ""; // from here on nothing that is typed is lost
    this.form.dispatchEvent(new CustomEvent("drafted", { detail: data }));
  }

  restore({ fields, saved_at }) {
    const before = JSON.parse(this.saved);
    typeInto(this.form, fields);
    this.saved = JSON.stringify(typedIn(this.form));
    const drop = make("button", { type: "button", class: "link" }, say("ui.js_drop"));
    drop.addEventListener("click", async () => {
      typeInto(this.form, before);
      this.saved = JSON.stringify(typedIn(this.form));
      await this.drop();
      this.over = false;
      fill(this.place);
    });
    fill(this.place, say("ui.js_restored", { time: time(saved_at), day: day(saved_at) }), " ", drop);
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), QUIET_MS);
  }

  async save(leaving = false) {
    clearTimeout(this.timer);
    const fields = typedIn(this.form);
    const text = JSON.stringify(fields);
    if (this.over || text === this.saved) return;
    const before = this.saved;
    this.saved = text;
    if (leaving) {
      // The page is going: the browser sends this one by itself.
      fetch(addressOf(this.form), { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ fields }), keepalive: true }).catch(() => {});
      return;
    }
    const { status, data } = await call("PUT", addressOf(this.form), { fields });
    if (status === 200) fill(this.place, say("ui.js_saved", { time: time(data.saved_at) }));
    else {
      this.saved = before;
      const out = status === 401 || status === 403;
      fill(this.place, say(out ? "ui.js_not_saved_out" : "ui.js_not_saved"), " ", out ? make("a", { href: "/in", target: "_blank", rel: "opener" }, say("ui.js_sign_in")) : null);
    }
  }

  async drop() {
    this.over = true;
    clearTimeout(this.timer);
    await call("DELETE", addressOf(this.form));
  }
}

/** The form was sent: its draft has done its work. */
export async function done(form) {
  await drafts.get(form)?.drop();
}

for (const form of all("form[data-draft]")) {
  const draft = new Draft(form);
  drafts.set(form, draft);
  draft.begin();
}
