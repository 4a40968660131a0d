// The whole page: what is asked and answered, the table, the commits, and filters that stand in the address.

const PROGRAMS = ["command", "terminal", "benchmark"];
const FAILING = ["INCOMPLETE", "BUILD_FAILED", "CHANGED", "UNMET", "TIMED_OUT", "BASELINE_FAILED"];
const state = { verdict: "", probe: "", text: "", open: "" };

// -- what is wanted -------------------------------------------------------------------------------------------

const haystacks = new Map();
function haystack(number) {
  if (!haystacks.has(number)) {
    const one = data.differences[number];
    const lines = one.hunks.flatMap((hunk) => [...hunk.removed, ...hunk.added]);
    haystacks.set(number, [one.facet, one.where, one.summary, one.intended, one.case ? one.case.title : "", ...lines].join("\n").toLowerCase());
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

// -- commits --------------------------------------------------------------------------------------------------

const took = (seconds) => (seconds >= 0.05 ? ` in ${seconds.toFixed(1)} s` : "");

// Probes that say the very same of a commit (it does not build, say) say it together.
function agreeing(parts) {
  const groups = new Map();
  for (const one of parts) {
    const key = one.blocks.length ? JSON.stringify([one.probe.verdict, one.probe.reason, one.blocks]) : one.probe.name;
    groups.set(key, [...(groups.get(key) || []), one]);
  }
  return [...groups.values()];
}

function drawProbe([{ probe, blocks, notes }, ...others]) {
  const looked = probe.cases > 1 ? `; ${plural(probe.cases, PROGRAMS.includes(probe.name) ? "case" : "item")}${took(probe.seconds)}` : "";
  const names = [probe.name, ...others.map((one) => one.probe.name)];
  const section = make("section", { class: "probe", "data-probe": names.join(" ") },
    make("h3", {}, names.join(", "), " ", badge(probe.verdict)),
    make("p", { class: "reason" }, ...drawn(probe.reason), looked));
  const isBuild = blocks.length && data.differences[blocks[0][0]].facet === "build";
  const isTree = probe.name === "public_api" && !isBuild && blocks.length + notes.length > 0;
  if (isTree) section.append(drawTree([...blocks.flat(), ...notes]));
  if (probe.timings.length) section.append(drawTimings(probe.timings));
  section.append(...probe.structures.map(drawStructure));
  // Of what moved, the tree says it all.
  const inTree = (block) => isTree && data.differences[block[0]].facet === "moved";
  inPortions(section, blocks.filter((block) => !inTree(block)), drawBlock, "difference");
  if (notes.length) {
    const inside = folded(plural(notes.length, "note"));
    inside.addEventListener("toggle", () => {
      if (inside.childElementCount === 1) inPortions(inside, notes, (note) => make("div", { class: "block" }, ...drawDifference(note)), "note");
    });
    section.append(inside);
  }
  return section;
}

// Probes that found nothing share a line each.
const isQuiet = ({ probe, blocks, notes }) =>
  !blocks.length && !notes.length && !probe.structures.length && !probe.timings.length && !FAILING.includes(probe.verdict);

function drawQuiet({ probe }) {
  return make("tr", { "data-probe": probe.name }, make("th", { scope: "row" }, probe.name), make("td", {}, badge(probe.verdict)), make("td", {}, ...drawn(probe.reason)));
}

function drawCommit(commit, parts) {
  const inside = make("div", { class: "inside" });
  const name = commit.id === "range" || commit.id === "surfaces" ? make("strong", {}, commit.id) : make("code", {}, commit.id);
  const summary = make("summary", {}, badge(commit.verdict), name, make("span", { class: "subject" }, ...drawn(commit.subject)));
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
  if (commit.baseline) inside.append(make("p", { class: "soft" }, "Compared with ", make("code", {}, commit.baseline.slice(0, 12))));
  const said = [...commit.notes, ...Object.entries(commit.evidence).map(([name, text]) => `${name}: ${text}`)];
  if (said.length) inside.append(make("ul", {}, ...said.map((text) => make("li", {}, ...drawn(text)))));
  const speaking = parts.filter((one) => !isQuiet(one));
  const quiet = parts.filter(isQuiet);
  inside.append(...agreeing(speaking).map(drawProbe));
  if (quiet.length) inside.append(make("table", { class: "quiet" }, make("caption", {}, "Probes that found nothing"), make("tbody", {}, ...quiet.map(drawQuiet))));
  if (commit.log) {
    inside.append(folded("Build log", make("pre", { class: "log", tabindex: "0", role: "group", "aria-label": "What cargo printed" }, ...drawn(commit.log))));
  }
}

// -- the whole page -------------------------------------------------------------------------------------------

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
  if (probe) setTimeout(() => [...details.querySelectorAll("[data-probe]")].find((one) => one.dataset.probe.split(" ").includes(probe))?.scrollIntoView({ block: "nearest" }));
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
  const subject = commit.id === "range" || commit.id === "surfaces"
    ? [make("strong", {}, commit.id), " ", commit.subject] : [make("code", {}, commit.id), " ", ...drawn(commit.subject)];
  const head = make("th", { scope: "row" }, ...subject);
  const button = (probe, label) => make("button", {
    type: "button", class: `verdict ${probe.verdict}`, title: probe.reason.slice(0, 300),
    "aria-label": `${words(probe.verdict)}, ${probe.name} at ${commit.id}`, onclick: () => open(commit.id, probe.name) }, label);
  if (commit.id === "surfaces") { // what is approved has names of its own
    const cell = make("td", { colspan: Math.max(1, columns.length), class: "own" }, ...commit.probes.map((probe) => make("span", {}, `${probe.name} `, button(probe, words(probe.verdict)))));
    return make("tr", { "data-id": commit.id }, head, cell);
  }
  const cells = columns.map((name) => {
    const probe = commit.probes.find((one) => one.name === name);
    return make("td", {}, probe ? button(probe, words(probe.verdict)) : "");
  });
  return make("tr", { "data-id": commit.id }, head, ...cells);
}

function options(select, pairs) {
  select.replaceChildren(...pairs.map(([value, text]) => make("option", { value }, text)));
}

function drawHead() {
  byId("verdict").append(badge(data.verdict));
  byId("answer").append(...drawn(data.answer));
  byId("facts").textContent = `${data.base.slice(0, 12)}..${data.head.slice(0, 12)} on ${data.platform}, ${data.toolchains.join("; ")}, in ${data.seconds.toFixed(0)} s`;
  byId("warnings").hidden = !data.warnings.length;
  byId("warnings").append(...data.warnings.map((text) => make("li", {}, ...drawn(text))));
  byId("figures").append(...data.figures.map(([name, figure, text]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, make("strong", {}, figure), " ", ...drawn(text)))));
  byId("strength").append(...data.strength.map((text) => make("li", {}, ...drawn(text))));
}

function begin() {
  drawHead();
  const every = data.commits.flatMap((commit) => commit.probes);
  const verdicts = [...new Set(every.map((probe) => probe.verdict))].sort();
  const names = [...new Set([...data.probes, ...every.map((probe) => probe.name)])];
  options(byId("filter-verdict"), [["", "all"], ["failing", "failing"], ...verdicts.map((one) => [one, words(one)])]);
  options(byId("filter-probe"), [["", "all"], ...names.map((one) => [one, one])]);
  byId("hidden").hidden = !data.redactions.length;
  byId("hidden").querySelector("tbody").append(...data.redactions.map((one) =>
    make("tr", {}, make("th", { scope: "row" }, ...drawn(one.name)), make("td", { class: "count" }, one.hits.toLocaleString("en")), make("td", {}, ...drawn(one.reason)))));
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
