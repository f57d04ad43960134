// /in: how people come in. With a one-time link (/in#<secret>) by a tap; else by passkey, or by a letter with a link and a
// code. Opening the page spends nothing (mail scanners open links); every way in is a POST.
import { all, call, fill, make, note, one, say } from "./app/page.js";
import { getPasskey, supported } from "./identity/passkey.js";

const secret = location.hash.slice(1);
const place = one("#enter");
const ways = one("#ways");

/** Where a session belongs: a gate to its door, a screen to its hall, people to the console. */
function homeOf(session) {
  const screen = session.grants.find((grant) => grant.role === "SCREEN");
  if (session.grants.some((grant) => grant.role === "GATE")) return "/gate";
  return screen === undefined ? "/console" : `/hall/${encodeURIComponent(screen.reach)}`;
}

function goHome(session) {
  history.replaceState(null, "", "/in"); // a spent secret leaves the address bar
  location.replace(homeOf(session));
}

async function enter(button) {
  button.disabled = true;
  button.textContent = say("enter.busy");
  const { status, data, sentence } = await call("POST", "/api/v1/sessions", { secret });
  if (status === 201) return goHome(data);
  if (status === 409) {
    // Spent, wrong or another browser's: trying again cannot help, but the one who spent it may be sitting here.
    fill(place, note("bad", sentence), ...(await signedIn()));
    return offer();
  }
  button.disabled = false;
  button.textContent = say("enter.button");
  one(".note", place)?.remove();
  place.prepend(note("bad", sentence));
}

/** Without a secret: who is signed in here and a way out, or the ways in. */
async function without(remark = null) {
  const found = await signedIn();
  fill(place, remark, ...found);
  if (found.length === 0) offer();
}

/** That this device is signed in, with the way to its page and the way out; nothing if it is not. */
async function signedIn() {
  const { data } = await call("GET", "/api/v1/sessions");
  if (data === null || data.kind === undefined || data.kind === "PUBLIC") return [];
  const leave = make("button", { class: "second", type: "button" }, say("enter.leave"));
  leave.addEventListener("click", async () => {
    const { sentence } = await call("DELETE", "/api/v1/sessions");
    fill(place, sentence ? note("bad", sentence) : note("good", say("enter.left")));
    if (!sentence) offer();
  });
  const row = make("p", { class: "row" }, make("a", { class: "button", href: homeOf(data) }, say("enter.go")), leave);
  return [make("p", { class: "lead" }, say("enter.signed_in")), row];
}

function offer() {
  ways.hidden = false;
  one("#by-passkey").hidden = !supported;
}

/** One try at a time; what went wrong stands in the form's output. */
function whenSent(form, work) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const output = one("output", form);
    if (!form.reportValidity()) return;
    all("button", form).forEach((button) => (button.disabled = true));
    output.className = "";
    output.textContent = say("enter.wait");
    const wrong = await work(form);
    all("button", form).forEach((button) => (button.disabled = false));
    output.className = wrong ? "bad" : "";
    output.textContent = wrong;
  });
}

whenSent(one("#by-passkey"), async () => {
  const asked = await call("POST", "/api/v1/sessions/passkey-options", {});
  if (asked.sentence) return asked.sentence;
  const { credential, sentence } = await getPasskey(asked.data.options);
  if (sentence) return sentence;
  const opened = await call("POST", "/api/v1/sessions/passkeys", { credential });
  if (!opened.sentence) goHome(opened.data);
  return opened.sentence;
});

whenSent(one("#by-letter"), async (form) => {
  const asked = await call("POST", "/api/v1/sessions/letters", { email: form.elements.email.value.trim() });
  if (asked.sentence) return asked.sentence;
  one("#by-code").hidden = false;
  one("#by-code input").focus();
  return "";
});

whenSent(one("#by-code"), async (form) => {
  const opened = await call("POST", "/api/v1/sessions/codes", { code: form.elements.code.value });
  if (!opened.sentence) goHome(opened.data);
  return opened.sentence;
});

if (secret === "") without();
else if (!/^[A-Za-z0-9_-]{43}$/.test(secret)) without(note("bad", say("enter.no_secret")));
else one("#go").addEventListener("click", (event) => enter(event.currentTarget));
