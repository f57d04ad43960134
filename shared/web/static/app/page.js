// What every page's script needs: sentences, requests, elements, dates. No framework: pages are small and must load on 3G.

const block = document.querySelector("script#words"); // a field may be called words too
const words = block === null ? {} : JSON.parse(block.textContent);
export const locale = document.documentElement.lang || "vi";

/** The sentence of a code in the reader's language, its facts filled in (shared/texts). */
export function say(code, facts = {}) {
  const sentence = words[code];
  if (sentence === undefined) return code;
  return sentence.replace(/\{([a-z_]+)\}/g, (_, name) => (facts[name] === undefined || facts[name] === null ? "…" : String(facts[name])));
}

/**
 * Ways to put a refusal right: each takes an answer of call() and says (a promise of true) that the call is to be made again.
 * The console adds two: signing in again when the session has ended, and proving who one is before a dangerous act.
 */
export const remedies = [];

/**
 * One call of the API: {status, data, sentence, headers}. `status` 0: the network failed; `sentence` says what went wrong.
 * The server's sentences come in both languages (RFC 9457: title Vietnamese, detail English).
 */
export async function call(method, path, body, headers = {}) {
  let answer = await send(method, path, body, headers);
  for (const remedy of remedies) {
    if (answer.status >= 400 && (await remedy(answer, path))) answer = await send(method, path, body, headers);
  }
  return answer;
}

async function send(method, path, body, headers) {
  let response;
  try {
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const sent = body === undefined || typeof body === "string" ? body : JSON.stringify(body); // a text goes as it is
    response = await fetch(path, { method, headers: { ...json, ...headers }, body: sent, cache: "no-store" });
  } catch {
    return { status: 0, data: null, sentence: say("page.offline"), headers: new Headers() };
  }
  let data = null;
  try {
    data = response.status === 204 || response.status === 304 ? null : await response.json();
  } catch {
    data = null;
  }
  const wrong = response.status >= 400;
  const sentence = wrong ? (locale === "en" ? data?.detail : data?.title) || say("page.failed", { status: response.status }) : "";
  return { status: response.status, data, sentence, headers: response.headers };
}

/** A new element with attributes and children; texts are always texts, never markup. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const one = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];

/** Replaces what is in an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A note of kind good, bad or wait, announced to screen readers. */
export const note = (kind, text) => make("p", { class: `note ${kind}`, role: kind === "bad" ? "alert" : "status" }, text);

const tongue = locale === "en" ? "en-GB" : "vi-VN";

/** Day, or day and time, in the zone of the ceremony (default: Viet Nam's). */
export function day(value, zone = "Asia/Ho_Chi_Minh") {
  return new Intl.DateTimeFormat(tongue, { day: "2-digit", month: "2-digit", year: "numeric", timeZone: zone }).format(new Date(value));
}

export function time(value, zone = "Asia/Ho_Chi_Minh", seconds = false) {
  const form = { hour: "2-digit", minute: "2-digit", timeZone: zone, hourCycle: "h23", ...(seconds ? { second: "2-digit" } : {}) };
  return new Intl.DateTimeFormat(tongue, form).format(new Date(value));
}

/** What this browser keeps; in-app browsers and private windows may refuse, which is never an error here. */
export const store = {
  get(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      // nothing is kept then
    }
  },
  remove(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // nothing was kept
    }
  },
};

/** Whether this is a browser inside Zalo, Facebook, Messenger or a Google app. */
export const inApp = /\bZalo|FBAN|FBAV|FB_IAB|Instagram|GSA\/|; wv\)/.test(navigator.userAgent);

// The way to the other language keeps what was asked for, and what stands behind the #.
for (const link of all("a[data-language]")) {
  link.addEventListener("click", () => {
    const asked = new URLSearchParams(location.search);
    asked.set("lang", link.lang);
    link.search = asked.toString();
    link.hash = location.hash;
  });
}
