// /in#<secret>: the one-time link. Opening the page spends nothing (mail scanners open links); a tap does, by POST.
import { call, fill, make, note, one, say } from "./app/page.js";

const secret = location.hash.slice(1);
const place = one("#enter");

/** Where a session belongs: a gate to its door, a screen to its hall, people to the console. */
function homeOf(session) {
  const screen = session.grants.find((grant) => grant.role === "SCREEN");
  if (session.grants.some((grant) => grant.role === "GATE")) return "/gate";
  return screen === undefined ? "/console" : `/hall/${encodeURIComponent(screen.reach)}`;
}

async function enter(button) {
  button.disabled = true;
  button.textContent = say("enter.busy");
  const { status, data, sentence } = await call("POST", "/api/v1/sessions", { secret });
  if (status === 201) {
    history.replaceState(null, "", "/in"); // the spent secret leaves the address bar
    location.replace(homeOf(data));
    return;
  }
  if (status === 409) {
    // Spent or wrong: trying again cannot help, but the one who spent it may be sitting here.
    fill(place, note("bad", sentence), ...(await signedIn()));
    return;
  }
  button.disabled = false;
  button.textContent = say("enter.button");
  one(".note", place)?.remove();
  place.prepend(note("bad", sentence));
}

/** Without a secret: who is signed in here, and a way out; or what is wrong with the link. */
async function without() {
  const found = await signedIn();
  fill(place, ...(found.length === 0 ? [note("wait", say("enter.no_secret"))] : found));
}

/** That this device is signed in, with the way to its page and the way out; nothing if it is not. */
async function signedIn() {
  const { data } = await call("GET", "/api/v1/sessions");
  if (data === null || data.grants.length === 0) return [];
  const leave = make("button", { class: "second", type: "button" }, say("enter.leave"));
  leave.addEventListener("click", async () => {
    const { sentence } = await call("DELETE", "/api/v1/sessions");
    fill(place, sentence ? note("bad", sentence) : note("good", say("enter.left")));
  });
  const row = make("p", { class: "row" }, make("a", { class: "button", href: homeOf(data) }, say("enter.go")), leave);
  return [make("p", { class: "lead" }, say("enter.signed_in")), row];
}

if (secret === "") without();
else if (!/^[A-Za-z0-9_-]{43}$/.test(secret)) fill(place, note("bad", say("enter.no_secret")));
else one("#go").addEventListener("click", (event) => enter(event.currentTarget));
