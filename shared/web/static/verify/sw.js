// The service worker of /v: keeps page, scripts, fonts and lists of the last visit, so that a code can be judged off-line.
// Always the network first; what is kept answers only when there is none. Nothing behind a # ever gets here.
const KEPT = "giaouoc-verify-1";
const SHELL = "/v/offline";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.add(SHELL)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const others = caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith("giaouoc-verify-") && name !== KEPT).map((name) => caches.delete(name))));
  event.waitUntil(others.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  const page = request.mode === "navigate";
  const ours = address.origin === location.origin && request.method === "GET";
  if (ours && (page || /^\/(static|\.well-known|status)\//.test(address.pathname))) event.respondWith(networkFirst(request, page));
});

async function networkFirst(request, page) {
  try {
    const response = await fetch(request);
    if (response.ok && !page) {
      const copy = response.clone();
      caches.open(KEPT).then((cache) => cache.put(request, copy));
    }
    return response;
  } catch (problem) {
    const cache = await caches.open(KEPT);
    const kept = await cache.match(page ? SHELL : request, { ignoreVary: true });
    if (kept !== undefined) return kept;
    throw problem;
  }
}
