// The line on the first page that says how much work could not be done: asked for apart, since one function alone may look
// into the queues. Nothing is shown while nothing failed, nor where the question is not answered.
import { all, call, one, say } from "../app/page.js";

for (const line of all("[data-failed]")) {
  const { status, data } = await call("GET", line.dataset.failed);
  if (status !== 200 || !data?.failed) continue;
  one("a", line).textContent = say("console.js_failed_work", { count: data.failed });
  line.hidden = false;
}
