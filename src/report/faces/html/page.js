
"use strict";
(() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const one = (id) => document.getElementById(id);
  const findings = all(".finding");
  const rows = all(".calls tbody tr");
  const levels = new Set(all("button.level").map((button) => button.dataset.level));
  // Texts are long and the search is asked for at every key.
  const text = new Map([...findings, ...rows].map((part) => {
    const profile = part.closest(".profile").querySelector(".path").textContent;
    return [part, (part.textContent + " " + profile).toLowerCase()];
  }));
  const isShown = (part) => !part.hasAttribute("data-hidden");
  const show = () => {
    const words = one("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const has = (part) => words.every((word) => text.get(part).includes(word));
    for (const finding of findings) {
      finding.toggleAttribute("data-hidden", !levels.has(finding.dataset.level) || !has(finding));
    }
    for (const row of rows) row.toggleAttribute("data-hidden", !has(row));
    const shown = findings.filter(isShown).length;
    one("count").textContent = shown + " of " + findings.length + " findings";
  };
  const theme = () => {
    const root = document.documentElement;
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  };
  const go = (step) => {
    const shown = findings.filter(isShown);
    if (shown.length === 0) return;
    const at = shown.indexOf(document.activeElement.closest(".finding"));
    const next = at < 0 ? (step > 0 ? 0 : shown.length - 1) : at + step;
    const finding = shown[Math.min(Math.max(next, 0), shown.length - 1)];
    finding.focus({ preventScroll: true });
    finding.scrollIntoView({ block: "center" });
  };
  const keys = {
    "/": () => one("search").focus(),
    j: () => go(1),
    k: () => go(-1),
    o: () => {
      const lines = document.activeElement.closest(".finding")?.querySelector(".lines");
      if (lines) lines.open = !lines.open;
    },
    t: theme,
    "?": () => one("keys").showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || one("keys").open) return;
    if (event.target === one("search")) {
      if (event.key !== "Escape") return;
      one("search").value = "";
      show();
      one("search").blur();
    } else if (Object.hasOwn(keys, event.key)) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  for (const button of all("button.level")) {
    button.addEventListener("click", () => {
      const level = button.dataset.level;
      if (!levels.delete(level)) levels.add(level);
      button.setAttribute("aria-pressed", String(levels.has(level)));
      show();
    });
  }
  one("search").addEventListener("input", show);
  one("theme").addEventListener("click", theme);
  one("help").addEventListener("click", keys["?"]);
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details:not(.same):not([open])");
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
  document.querySelector(".controls").hidden = false;
  show();
})();
