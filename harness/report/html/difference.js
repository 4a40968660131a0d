// A difference side by side, and all that belongs to the case that shows it.

function sideBySide(one) {
  const head = make("tr", {},
    make("th", { scope: "col", class: "number" }, make("span", { class: "unseen" }, "line")), make("th", { scope: "col" }, "before"),
    make("th", { scope: "col", class: "number" }, make("span", { class: "unseen" }, "line")), make("th", { scope: "col" }, "after"));
  const body = make("tbody");
  let line = 1;
  for (const hunk of one.hunks) {
    const skipped = hunk.line - hunk.above.length - line;
    if (skipped > 0) body.append(make("tr", { class: "skipped" }, make("td", { colspan: 4 }, `${plural(skipped, "equal line")}`)));
    let [left, right] = [hunk.line - hunk.above.length, hunk.lineAfter - hunk.above.length];
    const same = (text) => body.append(row(left++, [text, [], "same"], right++, [text, [], "same twin"]));
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
    if (content === undefined) return make("td", { class: "none" });
    const [text, marks, kind] = content;
    return make("td", { class: kind }, ...(text === "" ? ["\u00a0"] : drawn(text, marks)));
  };
  return make("tr", {}, make("td", { class: "number" }, String(left)), cell(before),
    make("td", { class: "number" }, String(right)), cell(after));
}

function drawDifference(number) {
  const one = data.differences[number];
  const where = one.where && !one.summary.startsWith(one.where) ? one.where : "";
  const facet = one.summary.startsWith(one.facet) && !where ? "" : one.facet;
  const parts = [make("p", {}, make("span", { class: "facet" }, facet), where ? " " : "",
    where ? make("code", {}, ...drawn(where)) : "", facet && one.summary ? ": " : where ? " " : "", ...drawn(one.summary))];
  if (one.facet === "build") parts.push(make("pre", { class: "log", tabindex: "0", role: "group", "aria-label": "Why it does not build" }, ...drawn(one.hunks.flatMap((hunk) => hunk.added).join("\n"))));
  else if (one.hunks.length) parts.push(sideBySide(one));
  else if (one.same) parts.push(make("pre", {}, ...drawn(one.same)));
  return parts;
}

function drawBlock(numbers) {
  const [first, ...others] = numbers.map((number) => data.differences[number]);
  const block = make("article", { class: "block" });
  const count = Math.max(first.count, ...others.map((one) => one.count));
  const times = count > 1 ? make("span", { class: "times" }, first.case ? `the smallest of ${plural(count, "case")}` : `${count} times`) : "";
  if (first.case) block.append(make("p", { class: "head" }, make("code", { class: "case" }, ...drawn(first.case.title)), times));
  else if (times) block.append(make("p", { class: "head" }, times));
  for (const number of numbers) block.append(...drawDifference(number));
  const meant = numbers.map((number) => data.differences[number].intended).find(Boolean);
  if (meant) block.append(make("p", { class: "meant" }, "Intended: ", ...drawn(meant)));
  if (first.reproduce) block.append(commandLine(first.reproduce));
  const logs = numbers.map((number) => data.differences[number].logs).find(Boolean);
  if (logs) block.append(folded("Case log: all that it did, before and after", bothSides(logs)));
  if (first.case) block.append(...inputs(first.case));
  return block;
}

function bothSides([before, after]) {
  const side = (name, text) => make("div", {}, make("p", { class: "soft" }, name),
    make("pre", { class: "log", tabindex: "0", role: "group", "aria-label": `What it did ${name}` }, ...drawn(text)));
  return make("div", { class: "sides" }, side("before", before), side("after", after));
}

function inputs(one) {
  const files = Object.entries(one.files);
  if (one.stdin) files.push(["standard input", one.stdin]);
  const parts = files.map(([name, text]) => [make("p", {}, make("code", {}, ...drawn(name))), make("pre", { class: "log", tabindex: "0", role: "group", "aria-label": "Input" }, ...drawn(text))]);
  const origin = one.origin ? make("p", { class: "soft" }, "The case comes from ", ...drawn(one.origin)) : "";
  return [parts.length ? folded(plural(parts.length, "input"), ...parts.flat()) : "", origin];
}

function commandLine(text) {
  const button = make("button", { type: "button", onclick: () => copy(text, button) }, "Copy");
  return make("div", { class: "commandline" },
    make("pre", { tabindex: "0", role: "group", "aria-label": "Command to reproduce" }, ...drawn(text)), button);
}
