"use strict";
(() => {
  const one = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const root = document.documentElement;

  // Light or dark: as the system is, until the button says otherwise.
  const theme = one("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  // A file without an origin has no memory.
  const memory = {
    get: () => { try { return localStorage.getItem("sdiff-theme"); } catch { return null; } },
    set: (value) => { try { localStorage.setItem("sdiff-theme", value); } catch { /* none */ } },
  };
  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const nameTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  const turn = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    memory.set(root.dataset.theme);
    nameTheme();
  };
  const remembered = memory.get();
  if (remembered === "dark" || remembered === "light") root.dataset.theme = remembered;
  theme.addEventListener("click", turn);
  system.addEventListener("change", nameTheme);
  nameTheme();

  // Keys
  const keys = one("keys");
  one("help").addEventListener("click", () => keys.showModal());
  one("leave").addEventListener("click", () => keys.close());
  one("help").parentElement.hidden = false;

  // Tables: changed rows only, until one asks for all.
  const tables = all(".calls").map((block) => {
    const rows = [...block.querySelectorAll("tbody tr")];
    const button = block.querySelector(".all button");
    const names = rows.map((row) => row.cells[0].textContent.toLowerCase());
    const table = { block, rows, names, few: button !== null };
    if (button) {
      const label = button.textContent;
      button.parentElement.hidden = false;
      button.addEventListener("click", () => {
        table.few = !table.few;
        button.setAttribute("aria-pressed", String(!table.few));
        button.textContent = table.few ? label : "Show only calls that differ";
        filter();
      });
    }
    return table;
  });

  // Search and filters
  const findings = all(".finding").map((node) => ({
    node,
    details: node.querySelector("details"),
    summary: node.querySelector("summary"),
    text: [".finding > details > summary", ".effects", ".danger", ".needs", ".help", ".id"]
      .flatMap((part) => [...node.querySelectorAll(part)])
      .map((part) => part.textContent)
      .join(" ")
      .toLowerCase(),
  }));
  const controls = document.querySelector(".controls");
  const search = one("search");
  const kind = one("kind");
  const entry = one("entry");
  const count = one("count");
  const levels = all(".levels button");

  function filter() {
    const words = (search?.value ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const has = (text) => words.every((word) => text.includes(word));
    for (const table of tables) {
      // A call that is looked for by name is found, whether it differs or not.
      const found = table.names.map((name) => words.length > 0 && has(name));
      const some = found.includes(true);
      table.block.classList.toggle("few", table.few && !some);
      table.rows.forEach((row, at) => { row.hidden = some && !found[at]; });
    }
    if (!controls) return;
    const off = new Set(levels.filter((b) => b.getAttribute("aria-pressed") === "false").map((b) => b.dataset.level));
    let shown = 0;
    for (const { node, text } of findings) {
      const { level, kind: rule, entry: place } = node.dataset;
      const isShown = !off.has(level) && (!kind.value || kind.value === rule)
        && (!entry?.value || entry.value === place) && has(text);
      node.hidden = !isShown;
      shown += isShown;
    }
    for (const section of all(".entry")) section.hidden = Boolean(entry?.value) && entry.value !== section.dataset.entry;
    const noun = findings.length === 1 ? "finding" : "findings";
    count.textContent = `${shown} of ${findings.length} ${noun} shown`;
    if (shown < findings.length) {
      const reset = document.createElement("button");
      reset.type = "button";
      reset.id = "reset";
      reset.textContent = "Show all";
      reset.addEventListener("click", clear);
      count.append(reset);
    }
  }

  function clear() {
    search.value = "";
    kind.value = "";
    if (entry) entry.value = "";
    for (const button of levels) button.setAttribute("aria-pressed", "true");
    filter();
    search.focus();
  }

  const fold = (isOpen) => { for (const { details } of findings) details.open = isOpen; };

  if (controls) {
    controls.hidden = false;
    search.addEventListener("input", filter);
    kind.addEventListener("change", filter);
    entry?.addEventListener("change", filter);
    for (const button of levels) {
      button.addEventListener("click", () => {
        button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") === "false"));
        filter();
      });
    }
    one("open").addEventListener("click", () => fold(true));
    one("close").addEventListener("click", () => fold(false));
  }
  filter();

  // From finding to finding
  function move(step) {
    const shown = findings.filter(({ node }) => !node.hidden);
    if (!shown.length) return;
    const at = shown.findIndex(({ node }) => node.contains(document.activeElement));
    let next = at + step;
    if (at < 0) {
      // From nowhere: the first one that is not above the window.
      next = shown.findIndex(({ node }) => node.getBoundingClientRect().top >= 0);
      if (next < 0) next = shown.length - 1;
    }
    next = Math.min(Math.max(next, 0), shown.length - 1);
    const { summary } = shown[next];
    summary.focus({ preventScroll: true });
    summary.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
    const isTyping = event.target.closest?.("input, select, textarea");
    if (isTyping) {
      if (event.key === "Escape" && event.target === search) {
        search.value = "";
        filter();
        search.blur();
      }
      return;
    }
    const inFinding = event.target.closest?.(".finding > details > summary");
    const acts = {
      "/": () => search?.focus(),
      j: () => move(1),
      k: () => move(-1),
      o: () => fold(true),
      c: () => fold(false),
      t: turn,
      "?": () => keys.showModal(),
    };
    // Elsewhere the arrows scroll.
    if (inFinding) Object.assign(acts, { ArrowDown: acts.j, ArrowUp: acts.k });
    const act = Object.hasOwn(acts, event.key) ? acts[event.key] : null;
    if (act) {
      event.preventDefault();
      act();
    }
  });

  // A link to a finding opens it.
  const reveal = () => {
    const target = location.hash && one(decodeURIComponent(location.hash.slice(1)));
    const details = target?.querySelector?.(":scope > details");
    if (details) {
      details.open = true;
      const outer = target.closest("details");
      if (outer) outer.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
  reveal();

  // On paper everything is open, and afterwards as it was.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => { for (const details of closed) details.open = false; });
})();
