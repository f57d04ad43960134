// The service worker of /v and /t: keeps their pages, scripts, fonts and lists, so that a code can be judged and a ticket
// shown off-line. The network first, always; what is kept answers only when there is none. What stands behind a # never
// gets here, and the page of one document is never kept: off-line its script judges the code alone.
const KEPT = "giaouoc-pages-1";
const SHELLS = [[/^\/v\//, "/v/offline"], [/^\/t$/, "/t"]];

self.addEventListener("install", (event) => {
  const filled = caches.open(KEPT).then((cache) => cache.addAll(SHELLS.map(([, shell]) => shell)));
  event.waitUntil(filled.then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("giaouoc-pages-") && name !== KEPT;
  const dropped = caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))));
  event.waitUntil(dropped.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (address.origin !== location.origin || request.method !== "GET") return;
  if (request.mode === "navigate") {
    const shell = SHELLS.find(([pattern]) => pattern.test(address.pathname));
    if (shell !== undefined) event.respondWith(page(request, shell[1]));
  } else if (/^\/(static|\.well-known|status)\//.test(address.pathname)) event.respondWith(file(request));
});

async function page(request, shell) {
  try {
    return await fetch(request);
  } catch (problem) {
    const kept = await caches.match(shell, { ignoreVary: true });
    if (kept === undefined) throw problem;
    return kept;
  }
}

async function file(request) {
  const cache = await caches.open(KEPT);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch (problem) {
    const kept = await cache.match(request, { ignoreVary: true });
    if (kept === undefined) throw problem;
    return kept;
  }
}
