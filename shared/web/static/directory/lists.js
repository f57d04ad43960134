// form[data-file="POST /path"]: sends a list as it is and says what came of it, row by row where something is wrong.
import { all, call, make, one, say } from "../app/page.js";
import { told } from "../console/wrongs.js";

for (const form of all("form[data-file]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [file] = one("input[type=file]", form).files;
    if (file === undefined) return told(form, say("console.js_no_file"), "bad");
    told(form, say("console.js_busy"), "");
    const [method, path] = form.dataset.file.split(" ");
    const answer = await sent(method, path, file);
    if (answer.sentence) return told(form, answer.sentence, "bad");
    const { report } = answer.data.units ?? answer.data.blocks;
    show(form, report, answer.data.said);
    told(form, say("units.js_taken", { accepted: report.accepted, rejected: report.rejected }), report.rejected ? "wait" : "good");
    if (!report.rejected) setTimeout(() => location.reload(), 1500);
  });
}

async function sent(method, path, file) {
  try {
    const response = await fetch(path, { method, body: file, headers: { "content-type": "application/octet-stream" } });
    const data = await response.json();
    return response.ok ? { data } : { sentence: data.detail ?? data.title };
  } catch {
    return { sentence: say("page.offline") };
  }
}

function show(form, { problems }, said) {
  const list = one("ul.findings", form);
  list.hidden = problems.length === 0;
  list.replaceChildren(...problems.map(({ row, column, value }, place) => make("li", {}, say("units.js_row", { row, cell: `${column} ${value}`.trim(), why: said[place] }))));
}
