// The public API as a tree of all paths that changed, and a line from the old to the new place of each that moved.

const ROW = 26; // pixels, as in the style sheet
const LANE = 9; // between two lines
const MOST_LANES = 7;
const MOST_ITEMS = 600;

function drawTree(numbers) {
  const root = { name: "", children: new Map(), marks: [] };
  const node = (path) => path.split("::").reduce((above, name) => {
    if (!above.children.has(name)) above.children.set(name, { name, children: new Map(), marks: [] });
    return above.children.get(name);
  }, root);
  const moves = [];
  for (const number of numbers.slice(0, MOST_ITEMS)) {
    const one = data.differences[number];
    const from = node(one.where || "(no path)");
    const target = one.facet === "moved" ? one.target : "";
    from.marks.push({ kind: one.facet, to: target, meant: one.intended });
    if (target) {
      const to = node(target);
      to.marks.push({ kind: "new place", from: one.where });
      moves.push([from, to]);
    }
  }
  let rows = 0;
  const list = (above) => make("ul", {}, ...[...above.children.values()].map((one) => {
    one.row = rows++;
    return make("li", {}, treeRow(one), one.children.size ? list(one) : "");
  }));
  const tree = list(root);
  tree.className = "tree";
  const picture = moves.length ? lines(moves, rows) : "";
  const more = numbers.length - MOST_ITEMS;
  const box = make("div", { class: "scroll api", tabindex: "0", role: "group", "aria-label": "Public paths that changed, as a tree" }, picture, tree);
  return more > 0 ? make("div", {}, box, make("p", { class: "soft" }, `${plural(more, "path")} more, below`)) : box;
}

function treeRow(one) {
  const gone = one.marks.some((mark) => mark.kind === "removed" || mark.kind === "moved");
  const parts = one.marks.map((mark) => make("span", { class: `kind ${mark.kind.replace(" ", "-")}` }, mark.kind));
  parts.push(make("code", { class: gone ? "left" : "" }, ...drawn(one.name + (one.children.size ? "::" : ""))));
  for (const mark of one.marks) {
    if (mark.to) parts.push(make("span", { class: "soft whither" }, "→ ", ...drawn(mark.to)));
    if (mark.meant) parts.push(make("span", { class: "meant", title: mark.meant }, "intended"));
    if (mark.from) parts.push(make("span", { class: "unseen" }, " moved here from ", ...drawn(mark.from)));
  }
  return make("div", { class: "row" }, ...parts);
}

// Lines that overlap are drawn beside each other, short ones next to the tree.
function lines(moves, rows) {
  const lanes = [];
  const drawing = [];
  const spans = moves.map(([from, to]) => [from.row, to.row]).sort(([a, b], [c, d]) => Math.abs(b - a) - Math.abs(d - c));
  for (const [start, end] of spans) {
    const [top, bottom] = [Math.min(start, end), Math.max(start, end)];
    let lane = lanes.findIndex((taken) => taken.every(([from, to]) => bottom < from || top > to));
    if (lane < 0) lane = lanes.push([]) - 1;
    lanes[lane].push([top, bottom]);
    drawing.push([start, end, Math.min(lane, MOST_LANES - 1)]);
  }
  const width = 26 + LANE * Math.min(lanes.length, MOST_LANES);
  const paths = drawing.flatMap(([start, end, lane]) => {
    const [y, to, x] = [start * ROW + ROW / 2, end * ROW + ROW / 2, width - 20 - LANE * (lane + 1) + LANE / 2];
    const turn = to > y ? 6 : -6;
    const line = `M${width - 8} ${y} H${x + 6} Q${x} ${y} ${x} ${y + turn} V${to - turn} Q${x} ${to} ${x + 6} ${to} H${width - 8}`;
    return [
      svg("path", { d: line, class: "move" }),
      svg("circle", { cx: width - 8, cy: y, r: 3, class: "start" }),
      svg("path", { d: `M${width - 10} ${to - 4} l7 4 l-7 4 z`, class: "start" }),
    ];
  });
  return svg("svg", { width, height: rows * ROW, "aria-hidden": "true", class: "moves" }, ...paths);
}
