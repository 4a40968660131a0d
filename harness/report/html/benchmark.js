// What benchmarks are like: a table of what their reports always have, and a picture of how much longer they take.

const KINDS = ["exact", "zero", "not zero", "related", "measured", "keys", "type"];

function drawStructure(one) {
  const broken = one.traits.filter((trait) => trait.broken);
  const kinds = KINDS.map((kind) => [kind, one.traits.filter((trait) => trait.kind === kind).length]).filter(([, count]) => count);
  const rows = one.traits.map((trait) => make("tr", { class: trait.broken ? "broken" : "" },
    make("th", { scope: "row" }, make("code", {}, ...drawn(trait.path || "(the whole)"))),
    make("td", {}, make("span", { class: `trait ${trait.kind.replace(" ", "-")}` }, trait.kind)),
    make("td", {}, ...drawn(trait.says)),
    make("td", {}, ...(trait.broken
      ? [make("strong", {}, ...drawn(trait.instead)), ` in ${trait.broken} of ${plural(trait.runs, "run")}`]
      : [`still, in ${plural(trait.runs, "run")}`]))));
  const table = make("table", { class: "structure" },
    make("thead", {}, make("tr", {}, ...["value", "kind", `in all ${one.runs} runs before`, "after"].map((text) => make("th", { scope: "col" }, text)))),
    make("tbody", {}, ...rows));
  const said = [kinds.map(([kind, count]) => `${count} ${kind}`).join(", "), one.more ? `${one.more} more are left out` : ""];
  const box = folded(`Structure of ${one.benchmark}: ${broken.length ? `${broken.length} of ${one.traits.length} values broken` : "all of it holds"}`,
    make("p", { class: "soft" }, said.filter(Boolean).join("; ")),
    make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Structure of a benchmark" }, table));
  box.open = broken.length > 0;
  return box;
}

// Ratios on one logarithmic scale with their intervals; 1 is as fast as before.
function drawTimings(timings) {
  const measured = timings.filter((one) => one.pairs);
  const parts = [];
  if (measured.length) {
    const ends = measured.flatMap((one) => [one.low, one.high]);
    const reach = Math.max(0.05, ...ends.map((end) => Math.abs(Math.log(end)))) * 1.15;
    const x = (ratio) => 50 + (Math.log(ratio) / reach) * 50; // per cent of the width
    const ticks = [Math.exp(-reach / 1.4), 1, Math.exp(reach / 1.4)];
    const rows = measured.map((one) => make("li", {}, make("div", { class: "timing" },
      make("span", { class: "name" }, make("code", {}, ...drawn(one.benchmark))), ratio(one, x),
      make("span", { class: `figure ${one.word}` }, make("strong", {}, `${one.ratio.toFixed(3)} ×`), ` ${one.word}`),
      make("span", { class: "soft detail" }, `${one.low.toFixed(3)} to ${one.high.toFixed(3)}, ${plural(one.pairs, "pair")} of runs`,
        one.clock ? `, by ${one.clock}` : ""))));
    const scale = svg("svg", { class: "ratio scale", "aria-hidden": "true" }, ...ticks.map((tick) =>
      Object.assign(svg("text", { x: `${x(tick)}%`, y: 13, "text-anchor": "middle" }), { textContent: `${tick.toFixed(2)} ×` })));
    parts.push(make("p", {}, make("strong", {}, "Durations"), " after by before, with the interval that the ratio lies in; left of the line is faster"),
      make("ul", { class: "timings" }, ...rows, make("li", {}, make("div", { class: "timing", "aria-hidden": "true" }, make("span", {}), scale))));
  }
  for (const one of timings.filter((one) => !one.pairs)) parts.push(make("p", {}, make("code", {}, ...drawn(one.benchmark)), ": ", ...drawn(one.word)));
  return make("div", { class: "block" }, ...parts);
}

function ratio(one, x) {
  const said = `${one.ratio.toFixed(3)} times, between ${one.low.toFixed(3)} and ${one.high.toFixed(3)}`;
  return svg("svg", { class: `ratio ${one.word.replace(" ", "-")}`, role: "img", "aria-label": said },
    svg("line", { x1: "50%", x2: "50%", y1: 0, y2: "100%", class: "one" }),
    svg("line", { x1: `${x(one.low)}%`, x2: `${x(one.high)}%`, y1: "50%", y2: "50%", class: "interval" }),
    ...[one.low, one.high].map((end) => svg("line", { x1: `${x(end)}%`, x2: `${x(end)}%`, y1: "30%", y2: "70%", class: "interval" })),
    svg("circle", { cx: `${x(one.ratio)}%`, cy: "50%", r: 5 }));
}
