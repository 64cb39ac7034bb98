"use strict";
// Texts of files come into the page by `textContent` alone: nothing of them can be markup.
const data = JSON.parse(document.getElementById("data").textContent);
const STEP = 50, MEMBERS = 200, COLUMNS = 20;
const $ = (id) => document.getElementById(id);
const make = (tag, text, name) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (name) node.className = name;
  return node;
};
// One lower-case text a group: a key press is one pass over these.
for (const group of data.groups)
  group.text = [group.title, group.id, ...group.said, ...group.open, ...group.partly, ...group.members].join("\n").toLowerCase();
let limit = STEP, found = data.groups;

const list = (names, from, into) => {
  for (const name of names.slice(from, from + MEMBERS)) into.append(make("li", name));
  const left = names.length - from - MEMBERS;
  if (left > 0) {
    const more = make("button", `${left} more`);
    more.type = "button";
    more.onclick = () => { more.parentNode.remove(); list(names, from + MEMBERS, into); };
    const item = make("li");
    item.append(more);
    into.append(item);
  }
};
const shown = (group) => {
  const node = make("details");
  const head = make("summary");
  head.append(make("span", group.level, group.level), ` ${group.title} `, make("small", group.id.slice(0, 16)));
  node.append(head);
  node.ontoggle = () => {
    // What nobody opens costs nothing.
    if (!node.open || node.childElementCount > 1) return;
    for (const line of group.said) node.append(make("p", line.trim(), line.startsWith("  ") ? "inner" : ""));
    const names = make("ul", undefined, "members");
    const query = $("search").value.trim().toLowerCase();
    const first = query ? group.members.filter((name) => name.toLowerCase().includes(query)) : [];
    list(first.length ? first : group.members, 0, names);
    node.append(names);
  };
  return node;
};
const calls = () => {
  const groups = found.slice(0, COLUMNS);
  const names = [...new Set(groups.flatMap((group) => [...group.open, ...group.partly]))].sort();
  const head = make("tr");
  head.append(make("th", "call"));
  for (const group of groups) {
    const cell = make("th", group.members.length > 1 ? `${group.members.length} files` : group.title.split("/").pop());
    cell.title = `${group.title} ${group.id}`;
    head.append(cell);
  }
  const top = make("thead");
  top.append(head);
  const body = make("tbody");
  for (const name of names) {
    const row = make("tr");
    row.append(make("th", name));
    for (const group of groups)
      row.append(make("td", group.open.includes(name) ? "●" : group.partly.includes(name) ? "◐" : ""));
    body.append(row);
  }
  $("calls").replaceChildren(top, body);
};
const draw = () => {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const level = $("level").value;
  found = data.groups.filter((group) => (!level || group.level === level) && words.every((word) => group.text.includes(word)));
  const files = found.reduce((sum, group) => sum + group.members.length, 0);
  $("count").textContent = `${found.length} of ${data.groups.length} groups, ${files} profiles`;
  $("groups").replaceChildren(...found.slice(0, limit).map(shown));
  $("more").hidden = found.length <= limit;
  calls();
};
const rest = (title, rows) => {
  if (!rows.length) return;
  $("rest").append(make("h2", title));
  const table = make("table");
  const add = (from) => {
    for (const cells of rows.slice(from, from + MEMBERS)) {
      const row = make("tr");
      for (const cell of [].concat(cells)) row.append(make("td", cell));
      table.append(row);
    }
    if (rows.length > from + MEMBERS) {
      const more = make("button", `${rows.length - from - MEMBERS} more`);
      more.type = "button";
      more.onclick = () => { more.remove(); add(from + MEMBERS); };
      $("rest").append(more);
    }
  };
  $("rest").append(table);
  add(0);
};
$("search").oninput = $("level").onchange = () => { limit = STEP; draw(); };
$("more").onclick = () => { limit += STEP; draw(); };
rest("Not judged", data.unread);
rest("Containers that do not have the engine's default", data.uses);
rest("Not looked into", data.left);
document.querySelector("main").hidden = false;
draw();
