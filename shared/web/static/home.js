// Home: takes a typed number or a scanned text and goes to its page. Nothing of it is sent anywhere before.
import { fill, note, one, say } from "./app/page.js";
import { parseCode } from "./verify/codetext.js";

const form = one("#check");

function address(text) {
  const digits = text.replace(/[\s.-]+/g, "");
  if (/^[0-9]+$/.test(digits)) {
    if (digits.length !== 39) throw say("home.check_digits", { count: digits.length });
    return `/v/${digits}`;
  }
  const found = codeOf(text.replace(/\s+/g, ""));
  if (found.authority !== form.dataset.host) throw say("home.check_other_host", { host: found.authority, here: form.dataset.host });
  if (found.kind === "ticket") throw say("home.check_ticket");
  return text.replace(/\s+/g, "");
}

function codeOf(text) {
  try {
    return parseCode(text);
  } catch {
    const bare = /^https?:\/\/([^/]+)\/v\/[0-9]{39}#?$/.exec(text);
    if (bare !== null) return { kind: "document", authority: bare[1] };
    throw say("home.check_unreadable");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  fill(one("#code-wrong"));
  try {
    location.assign(address(one("#code").value.trim()));
  } catch (wrong) {
    fill(one("#code-wrong"), note("bad", String(wrong)));
    one("#code").focus();
  }
});
