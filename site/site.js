// The page around the library: a question goes in as JSON, an answer comes out. Nothing is sent.

const byId = (id) => document.getElementById(id);
const sides = ["old", "new"];
const fields = ["engine", "runtime", "libseccomp", "caps", "kernel", "host"];
const names = { old: "old.json", new: "new.json" };

const { instance } = await WebAssembly.instantiateStreaming(fetch("sdiff.wasm"));
const sdiff = instance.exports;

// Memory moves when it grows: a view of it is made anew each time.
export function ask(question) {
  const bytes = new TextEncoder().encode(JSON.stringify(question));
  const input = sdiff.input(bytes.length);
  new Uint8Array(sdiff.memory.buffer, input, bytes.length).set(bytes);
  const length = sdiff.ask();
  const output = sdiff.output();
  const answer = new Uint8Array(sdiff.memory.buffer, output, length);
  return JSON.parse(new TextDecoder().decode(answer));
}

const lists = ask({ ask: "lists" });
byId("version").textContent = lists.version;
const option = (value, label) => {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = label ?? value;
  return made;
};
byId("builtin").append(option("default", "Docker's newest"));
byId("builtin").append(...lists.builtin.map(({ name, date }) => option(name, date)));
byId("host").append(...lists.hosts.map((name) => option(name)));
byId("libseccomp").append(...lists.libraries.toReversed().map((name) => option(name)));

function side(which) {
  const text = byId(`${which}-text`).value;
  const builtin = byId(`${which}-builtin`).value.trim();
  if (text.trim()) return { name: names[which], text };
  return builtin ? { builtin } : null;
}

function question(what) {
  const { host, ...rest } = Object.fromEntries(fields.map((name) => [name, byId(name).value.trim() || null]));
  return { ask: what, old: side("old"), new: side("new"), hosts: host ? [host] : [], ...rest };
}

function show(what) {
  const answer = ask(question(what));
  const verdict = byId("verdict");
  const isMerge = answer.merged !== undefined;
  verdict.textContent = answer.error ?? (isMerge ? "One profile of both: proved equal to what the layers say." : answer.verdict);
  verdict.className = `verdict ${answer.error ? "error" : "done"}`;
  byId("warnings").textContent = (answer.warnings ?? []).join("");
  byId("warnings").hidden = !answer.warnings?.length;
  byId("merged").hidden = !isMerge;
  byId("merged-text").textContent = answer.merged ?? "";
  byId("report").hidden = !answer.html;
  byId("report").srcdoc = answer.html ?? "";
  return answer;
}

byId("question").addEventListener("submit", (event) => {
  event.preventDefault();
  show(event.submitter?.value ?? "diff");
  byId("answer").focus();
});

for (const which of sides) {
  const read = async (file) => {
    if (!file) return;
    names[which] = file.name;
    byId(`${which}-text`).value = await file.text();
    byId(`${which}-builtin`).value = "";
  };
  byId(`${which}-file`).addEventListener("change", (event) => read(event.target.files[0]));
  byId(`${which}-builtin`).addEventListener("input", () => { byId(`${which}-text`).value = ""; });
  const pane = byId(`${which}-pane`);
  pane.addEventListener("dragover", (event) => { event.preventDefault(); pane.classList.add("over"); });
  pane.addEventListener("dragleave", () => pane.classList.remove("over"));
  pane.addEventListener("drop", (event) => {
    event.preventDefault();
    pane.classList.remove("over");
    read(event.dataTransfer.files[0]);
  });
}

// The question, with the names of built-in profiles and no text.
function link() {
  const kept = new URLSearchParams();
  for (const which of sides) {
    const builtin = byId(`${which}-builtin`).value.trim();
    if (builtin && !byId(`${which}-text`).value.trim()) kept.set(which, builtin);
  }
  for (const name of fields) if (byId(name).value.trim()) kept.set(name, byId(name).value.trim());
  return `${location.href.split("#")[0]}#${kept}`;
}

const copied = async (button, text) => {
  const label = button.textContent;
  try { await navigator.clipboard.writeText(text); button.textContent = "Copied"; }
  catch { button.textContent = "The browser does not let a page copy"; }
  setTimeout(() => { button.textContent = label; }, 1500);
};
byId("link").addEventListener("click", (event) => {
  const to = link();
  history.replaceState(null, "", to);
  copied(event.target, to);
});
byId("copy").addEventListener("click", (event) => copied(event.target, byId("merged-text").textContent));

const asked = new URLSearchParams(location.hash.slice(1));
for (const which of sides) byId(`${which}-builtin`).value = asked.get(which) ?? (which === "old" ? "default" : "");
for (const name of fields) if (asked.has(name)) byId(name).value = asked.get(name);
byId("verdict").textContent = "Choose two profiles, and compare.";
if (asked.has("old") && asked.has("new")) show("diff");
document.documentElement.dataset.ready = "yes";
