"use strict";
// Draws the report. Text of observed programs only ever becomes text nodes.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const PAGE = 40; // differences that are drawn at a time
  const PROGRAMS = ["command", "terminal", "benchmark"];
  const FAILING = ["INCOMPLETE", "BUILD_FAILED", "CHANGED", "UNMET", "TIMED_OUT", "BASELINE_FAILED"];

  // -- elements ---------------------------------------------------------------------------------------------

  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === "onclick") element.addEventListener("click", value);
      else if (value !== false && value !== undefined) element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  }

  const verdict = (word) => make("span", { class: `verdict ${word}` }, word.replace("_", " "));
  const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

  // Control characters and what turns the direction of text are shown as the escape that a programmer writes.
  const STEERING = /\x1b\[([0-9;]*)m|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

  function escapeOf(character) {
    const number = character.codePointAt(0);
    if (character === "\r") return "\\r";
    return number < 256 ? `\\x${number.toString(16).padStart(2, "0")}` : `\\u${number.toString(16).padStart(4, "0")}`;
  }

  function nextStyle(style, codes) {
    let next = [...style];
    for (const code of codes.split(";").map((one) => Number(one || "0"))) {
      if (code === 0) next = [];
      else if (code === 22) next = next.filter((one) => one !== 1 && one !== 2);
      else if (code === 39) next = next.filter((one) => one < 30);
      else if (code >= 30 && code <= 37) next = [...next.filter((one) => one < 30), code];
      else if (code >= 90 && code <= 97) next = [...next.filter((one) => one < 30), code - 60];
      else if (code >= 1 && code <= 4) next = [...next, code];
    }
    return next;
  }

  // A text as nodes: colours of a terminal as colours, other steering characters in words, changed words marked.
  function drawn(text, spans = []) {
    const pieces = [];
    let style = [];
    const put = (start, end) => {
      let at = start;
      for (const [from, to] of [...spans, [Infinity, Infinity]]) {
        const stop = Math.min(from, end);
        if (at < stop) pieces.push(styled(text.slice(at, stop), style, false));
        at = Math.max(at, stop);
        const last = Math.min(to, end);
        if (at < last) pieces.push(styled(text.slice(at, last), style, true));
        at = Math.max(at, last);
        if (at >= end) break;
      }
    };
    let done = 0;
    for (const match of text.matchAll(STEERING)) {
      put(done, match.index);
      if (match[1] !== undefined) style = nextStyle(style, match[1]);
      else pieces.push(make("span", { class: "escape" }, escapeOf(match[0])));
      done = match.index + match[0].length;
    }
    put(done, text.length);
    return pieces;
  }

  function styled(text, style, marked) {
    const inner = marked ? make("mark", {}, text) : text;
    return style.length ? make("span", { class: style.map((one) => `a${one}`).join(" ") }, inner) : inner;
  }

  // -- differences ------------------------------------------------------------------------------------------

  function sideBySide(one) {
    const head = make("tr", {},
      make("th", { scope: "col", class: "number" }, "line"), make("th", { scope: "col" }, "before"),
      make("th", { scope: "col", class: "number" }, "line"), make("th", { scope: "col" }, "after"));
    const body = make("tbody");
    let line = 1;
    for (const hunk of one.hunks) {
      const skipped = hunk.line - hunk.above.length - line;
      if (skipped > 0) body.append(make("tr", { class: "skipped" }, make("td", { colspan: 4 }, `${plural(skipped, "equal line")}`)));
      let [left, right] = [hunk.line - hunk.above.length, hunk.lineAfter - hunk.above.length];
      const same = (text) => body.append(row(left++, [text], right++, [text]));
      hunk.above.forEach(same);
      const rows = Math.max(hunk.removed.length, hunk.added.length);
      for (let at = 0; at < rows; at++) {
        const [old, fresh] = [hunk.removed[at], hunk.added[at]];
        const [marks, marksAfter] = hunk.marks[at] || [[], []];
        body.append(row(
          old === undefined ? "" : left++, old === undefined ? undefined : [old, marks, "gone"],
          fresh === undefined ? "" : right++, fresh === undefined ? undefined : [fresh, marksAfter, "come"]));
      }
      hunk.below.forEach(same);
      line = hunk.line + hunk.removed.length + hunk.below.length;
    }
    return make("table", { class: "diff" }, make("thead", {}, head), body);
  }

  function row(left, before, right, after) {
    const cell = (content) => {
      if (content === undefined) return make("td", {});
      const [text, marks, kind] = content;
      return make("td", { class: kind }, ...(text === "" ? ["\u00a0"] : drawn(text, marks)));
    };
    return make("tr", {}, make("td", { class: "number" }, String(left)), cell(before),
      make("td", { class: "number" }, String(right)), cell(after));
  }

  function drawDifference(number) {
    const one = data.differences[number];
    const title = make("p", {}, make("span", { class: "facet" }, one.facet), one.where ? " " : "",
      one.where ? make("code", {}, ...drawn(one.where)) : "");
    const parts = [title];
    if (one.summary) parts.push(make("p", {}, ...drawn(one.summary)));
    if (one.hunks.length) parts.push(sideBySide(one));
    else if (one.same) parts.push(make("pre", {}, ...drawn(one.same)));
    return parts;
  }

  function drawBlock(numbers) {
    const first = data.differences[numbers[0]];
    const block = make("article", { class: "block" });
    if (first.case) block.append(make("p", { class: "case" }, ...drawn(first.case.title)));
    const count = Math.max(...numbers.map((number) => data.differences[number].count));
    if (count > 1) block.append(make("p", { class: "count" }, first.case ? `the smallest of ${plural(count, "case")}` : `${count} times`));
    for (const number of numbers) block.append(...drawDifference(number));
    if (first.reproduce) block.append(commandLine(first.reproduce));
    if (first.case) block.append(...inputs(first.case));
    return block;
  }

  function inputs(one) {
    const files = Object.entries(one.files);
    if (one.stdin) files.push(["standard input", one.stdin]);
    const parts = files.map(([name, text]) => [make("p", {}, make("code", {}, ...drawn(name))), make("pre", {}, ...drawn(text))]);
    const origin = one.origin ? make("p", { class: "count" }, `from: ${one.origin}`) : "";
    if (!parts.length) return [origin];
    return [make("details", { class: "files" }, make("summary", {}, plural(parts.length, "input file")), ...parts.flat()), origin];
  }

  function commandLine(text) {
    const button = make("button", { type: "button", onclick: () => copy(text, button) }, "Copy");
    return make("div", { class: "commandline" },
      make("pre", { tabindex: "0", role: "group", "aria-label": "Command to reproduce" }, ...drawn(text)), button);
  }

  async function copy(text, button) {
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      const area = make("textarea", { "aria-hidden": "true" });
      area.value = text;
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = done ? "Copied" : "Not copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  // -- the public API as a tree -----------------------------------------------------------------------------

  function drawTree(numbers) {
    const root = { children: new Map(), leaves: [] };
    for (const number of numbers) {
      const path = (data.differences[number].where || "(no path)").split("::");
      let node = root;
      for (const part of path.slice(0, -1)) {
        if (!node.children.has(part)) node.children.set(part, { children: new Map(), leaves: [] });
        node = node.children.get(part);
      }
      node.leaves.push([path[path.length - 1], data.differences[number]]);
    }
    const list = (node) => make("ul", {},
      ...node.leaves.map(([name, one]) => make("li", {}, ...leaf(name, one))),
      ...[...node.children].map(([name, child]) => make("li", {}, make("code", {}, `${name}::`), list(child))));
    const tree = list(root);
    tree.className = "tree";
    return tree;
  }

  function leaf(name, one) {
    const parts = [make("span", { class: `kind ${one.facet}` }, one.facet), make("code", {}, ...drawn(name))];
    if (one.facet === "moved" && one.hunks.length) {
      const target = one.hunks.map((hunk) => hunk.added.join(" ")).join(" ");
      parts.push(make("span", { class: "arrow", "aria-label": "moved to" }, "→"), make("code", {}, ...drawn(target)));
    }
    return parts;
  }

  // -- commits ----------------------------------------------------------------------------------------------

  const haystacks = new Map();
  function haystack(number) {
    if (!haystacks.has(number)) {
      const one = data.differences[number];
      const lines = one.hunks.flatMap((hunk) => [...hunk.removed, ...hunk.added]);
      haystacks.set(number, [one.facet, one.where, one.summary, one.case ? one.case.title : "", ...lines].join("\n").toLowerCase());
    }
    return haystacks.get(number);
  }

  const mentions = (numbers, text) => !text || numbers.some((number) => haystack(number).includes(text));
  const about = (commit, text) => !text || `${commit.subject}\n${commit.sha}\n${commit.id}`.toLowerCase().includes(text);
  const wanted = (word, filter) => !filter || (filter === "failing" ? FAILING.includes(word) : word === filter);

  function selected(commit, filter) {
    const whole = about(commit, filter.text);
    return commit.probes
      .filter((probe) => (!filter.probe || probe.name === filter.probe) && wanted(probe.verdict, filter.verdict))
      .map((probe) => ({
        probe,
        blocks: probe.blocks.filter((block) => whole || mentions(block, filter.text)),
        notes: probe.notes.filter((note) => whole || mentions([note], filter.text)),
      }))
      .filter((one) => whole || one.blocks.length || one.notes.length);
  }

  function drawProbe({ probe, blocks, notes }) {
    const section = make("section", {},
      make("h3", {}, `${probe.name} `, verdict(probe.verdict)),
      make("p", { class: "reason" }, ...drawn(probe.reason), probe.cases > 1 ? ` (${plural(probe.cases, PROGRAMS.includes(probe.name) ? "case" : "item")}, ${probe.seconds.toFixed(1)} s)` : ""));
    const isTree = probe.name === "public_api" && blocks.length + notes.length > 1;
    if (isTree) section.append(drawTree([...blocks.flat(), ...notes]));
    // Of what moved, the tree says it all.
    const inTree = (block) => isTree && data.differences[block[0]].facet === "moved";
    inPortions(section, blocks.filter((block) => !inTree(block)), drawBlock, "difference");
    if (notes.length) {
      const inside = make("details", { class: "files" }, make("summary", {}, plural(notes.length, "note")));
      inside.addEventListener("toggle", () => {
        if (inside.childElementCount === 1) inPortions(inside, notes, (note) => make("div", { class: "block" }, ...drawDifference(note)), "note");
      });
      section.append(inside);
    }
    return section;
  }

  function inPortions(parent, items, draw, word, from = 0) {
    parent.append(...items.slice(from, from + PAGE).map(draw));
    const left = items.length - from - PAGE;
    if (left > 0) {
      const more = make("button", { type: "button", onclick: () => { more.remove(); inPortions(parent, items, draw, word, from + PAGE); } },
        `Show more: ${plural(left, word)} left`);
      parent.append(more);
    }
  }

  function drawCommit(commit, parts) {
    const inside = make("div", { class: "inside" });
    const summary = make("summary", {}, verdict(commit.verdict), " ", make("code", {}, commit.id), " ", ...drawn(commit.subject));
    const details = make("details", { class: "commit", id: `commit-${commit.id}` }, summary, inside);
    details.addEventListener("toggle", () => {
      if (details.open && !inside.childElementCount) fill(inside, commit, parts);
      state.open = [...document.querySelectorAll("details.commit[open]")].map((one) => one.id.slice(7)).join(",");
      remember();
    });
    return details;
  }

  function fill(inside, commit, parts) {
    inside.append(make("p", { class: "reason" }, ...drawn(commit.reason)));
    inside.append(make("p", { class: "count" }, `compared with ${commit.baseline.slice(0, 12)}`));
    for (const note of commit.notes) inside.append(make("p", {}, ...drawn(note)));
    const evidence = Object.entries(commit.evidence);
    if (evidence.length) inside.append(make("ul", {}, ...evidence.map(([name, text]) => make("li", {}, ...drawn(`${name}: ${text}`)))));
    inside.append(...parts.map(drawProbe));
  }

  // -- the whole page ---------------------------------------------------------------------------------------

  const state = { verdict: "", probe: "", text: "", open: "" };

  function remember() {
    const parameters = new URLSearchParams(Object.entries(state).filter(([, value]) => value));
    history.replaceState(null, "", `#${parameters}`);
  }

  function recall() {
    const parameters = new URLSearchParams(location.hash.slice(1));
    for (const key of Object.keys(state)) state[key] = parameters.get(key) || "";
    byId("filter-verdict").value = state.verdict;
    byId("filter-probe").value = state.probe;
    byId("filter-text").value = state.text;
  }

  function open(id, probe) {
    const details = byId(`commit-${id}`);
    if (!details) return;
    details.open = true;
    details.scrollIntoView({ block: "start" });
    details.querySelector("summary").focus({ preventScroll: true });
    if (probe) setTimeout(() => [...details.querySelectorAll("h3")].find((one) => one.textContent.startsWith(`${probe} `))?.scrollIntoView());
  }

  function draw() {
    const filter = { verdict: state.verdict, probe: state.probe, text: state.text.trim().toLowerCase() };
    const shown = data.commits.map((commit) => [commit, selected(commit, filter)]).filter(([, parts]) => parts.length);
    const columns = data.probes.filter((name) => !filter.probe || name === filter.probe);
    byId("table").tHead.replaceChildren(make("tr", {}, make("th", { scope: "col" }, "commit"),
      ...columns.map((name) => make("th", { scope: "col" }, name))));
    byId("table").tBodies[0].replaceChildren(...shown.map(([commit]) => tableRow(commit, columns)));
    const opened = state.open ? state.open.split(",") : [];
    byId("commits").replaceChildren(...shown.map(([commit, parts]) => drawCommit(commit, parts)));
    for (const id of opened) if (byId(`commit-${id}`)) byId(`commit-${id}`).open = true;
    const rows = data.commits.length;
    byId("shown").textContent = shown.length === rows ? "" : `${shown.length} of ${plural(rows, "row")} shown`;
  }

  function tableRow(commit, columns) {
    const subject = commit.id === "range" ? [make("strong", {}, "range"), " ", commit.subject] : [make("code", {}, commit.id), " ", ...drawn(commit.subject)];
    const cells = columns.map((name) => {
      const probe = commit.probes.find((one) => one.name === name);
      if (!probe) return make("td", {});
      const label = `${probe.verdict.replace("_", " ")}`;
      return make("td", {}, make("button", {
        type: "button", class: `verdict ${probe.verdict}`, title: probe.reason.slice(0, 300),
        "aria-label": `${label}, ${name} at ${commit.id}`, onclick: () => open(commit.id, name) }, label));
    });
    return make("tr", { "data-id": commit.id }, make("th", { scope: "row" }, ...subject), ...cells);
  }

  function options(select, pairs) {
    select.replaceChildren(...pairs.map(([value, text]) => make("option", { value }, text)));
  }

  function begin() {
    byId("answer").append(...drawn(data.answer), " ", verdict(data.verdict));
    byId("facts").textContent = `${data.base.slice(0, 12)}..${data.head.slice(0, 12)} on ${data.platform}, ${data.toolchains.join("; ")}, in ${data.seconds.toFixed(0)} s`;
    byId("strength").append(...data.strength.map((text) => make("li", {}, ...drawn(text))));
    const verdicts = [...new Set(data.commits.flatMap((commit) => commit.probes.map((probe) => probe.verdict)))].sort();
    options(byId("filter-verdict"), [["", "all"], ["failing", "failing"], ...verdicts.map((one) => [one, one.replace("_", " ")])]);
    options(byId("filter-probe"), [["", "all"], ...data.probes.map((one) => [one, one])]);
    byId("hidden").hidden = !data.redactions.length;
    byId("hidden").querySelector("tbody").append(...data.redactions.map((one) =>
      make("tr", {}, make("th", { scope: "row" }, ...drawn(one.name)), make("td", {}, one.hits.toLocaleString("en")), make("td", {}, ...drawn(one.reason)))));
    for (const name of ["verdict", "probe", "text"]) {
      byId(`filter-${name}`).addEventListener("input", (event) => { state[name] = event.target.value; remember(); draw(); });
    }
    byId("filters").addEventListener("reset", () => { Object.assign(state, { verdict: "", probe: "", text: "" }); remember(); draw(); });
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    addEventListener("hashchange", () => { recall(); draw(); });
    recall();
    draw();
  }

  begin();
})();
