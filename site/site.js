// The page around the library: a question goes in as JSON, an answer comes out. Nothing is sent.

const byId = (id) => document.getElementById(id);
const sides = ["old", "new"];
const fields = ["engine", "runtime", "libseccomp", "caps", "kernel", "host"];
const names = { old: "old.json", new: "new.json" };

const verdict = byId("verdict");
const say = (text, kind = "") => { verdict.textContent = text; verdict.className = `verdict ${kind}`; };

let program, sdiff;
const start = async () => { sdiff = (await WebAssembly.instantiate(program)).exports; };
try {
  const answer = await fetch("sdiff.wasm");
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  program = await WebAssembly.compile(await answer.arrayBuffer());
  await start();
} catch (error) {
  say(`The program cannot be loaded: ${error.message}`, "error");
  throw error;
}

// Nothing more is needed from anywhere: from now on not even this page's own server can be told something.
const closed = document.createElement("meta");
closed.httpEquiv = "Content-Security-Policy";
closed.content = document.querySelector("meta[http-equiv]").content.replaceAll(/ 'self'/g, "");
document.head.append(closed);

// Memory moves when it grows: a view of it is made anew each time.
export function ask(question) {
  const bytes = new TextEncoder().encode(JSON.stringify(question));
  try {
    const input = sdiff.input(bytes.length);
    new Uint8Array(sdiff.memory.buffer, input, bytes.length).set(bytes);
    const length = sdiff.ask();
    const output = sdiff.output();
    const answer = new Uint8Array(sdiff.memory.buffer, output, length);
    return JSON.parse(new TextDecoder().decode(answer));
  } catch (error) {
    // What has stopped once is not asked again.
    start();
    return { error: `The program has stopped: ${error.message}. That is a bug, and nothing is known of these profiles.` };
  }
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

let last = "diff";
function show(what) {
  last = what;
  const answer = ask(question(what));
  const isMerge = answer.merged !== undefined;
  const told = isMerge ? "One profile of both: proved equal to what the layers say." : answer.verdict;
  say(answer.error ?? told, answer.error ? "error" : "done");
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
  byId(`${which}-text`).addEventListener("input", (event) => {
    byId(`${which}-builtin`).value = "";
    if (!event.target.value.trim()) names[which] = `${which}.json`;
  });
  const pane = byId(`${which}-pane`);
  pane.addEventListener("dragover", (event) => { event.preventDefault(); pane.classList.add("over"); });
  pane.addEventListener("dragleave", () => pane.classList.remove("over"));
  pane.addEventListener("drop", (event) => {
    event.preventDefault();
    pane.classList.remove("over");
    read(event.dataTransfer.files[0]);
  });
}

// A file that misses the panes does not take the place of the page.
for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());

// The question, with the names of built-in profiles and no text.
function link() {
  const kept = new URLSearchParams(last === "diff" ? {} : { ask: last });
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

// What the address says; a text that it does not speak of stays.
function take() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const isNew = asked.size === 0;
  for (const which of sides) {
    const builtin = asked.get(which);
    if (builtin) byId(`${which}-text`).value = "";
    byId(`${which}-builtin`).value = builtin ?? (isNew && which === "old" ? "default" : "");
  }
  for (const name of fields) {
    const [field, value] = [byId(name), asked.get(name) ?? ""];
    field.value = value;
    // A word that is not in the list is an error of the question, and not left out of it.
    if (field.value !== value) field.append(option(value));
    field.value = value;
  }
  last = ["check", "merge"].find((what) => what === asked.get("ask")) ?? "diff";
  const needed = last === "check" ? ["new"] : sides;
  if (needed.every((which) => side(which))) show(last);
  else say(isNew ? "Choose two profiles, and compare." : "The link holds the question and no text: put in the profile that is missing.");
}
addEventListener("hashchange", take);
take();
document.documentElement.dataset.ready = "yes";
// A browser compiles what is called for the first time: of the first question nobody is to wait for that.
setTimeout(() => ask({ ask: "diff", old: { builtin: "docker@1.12" }, new: { builtin: "podman" } }), 50);
