// Passkeys in the browser: @simplewebauthn/browser, and what a person reads when it does not go well.
import "../vendor/simplewebauthn.js";
import { inApp, say } from "../app/page.js";

const { browserSupportsWebAuthn, startAuthentication, startRegistration } = globalThis.SimpleWebAuthnBrowser;

/** Whether this browser can do it; those inside chat programs cannot, or forget. */
export const supported = browserSupportsWebAuthn() && !inApp;

async function tried(work) {
  try {
    return { credential: await work(), sentence: "" };
  } catch (error) {
    if (error.name === "InvalidStateError") return { credential: null, sentence: say("ui.js_passkey_known") };
    const left = error.name === "NotAllowedError" || error.name === "AbortError";
    return { credential: null, sentence: say(left ? "ui.js_passkey_left" : "ui.js_passkey_failed") };
  }
}

/** {credential, sentence}: an answer to the options of the API, or why there is none. */
export const getPasskey = (options) => tried(() => startAuthentication({ optionsJSON: options }));
export const createPasskey = (options) => tried(() => startRegistration({ optionsJSON: options }));
