// Elements, and text of observed programs, which only ever becomes text nodes.

const byId = (id) => document.getElementById(id);

function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "onclick") element.addEventListener("click", value);
    else if (value !== false && value !== undefined) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

function svg(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
const words = (verdict) => verdict.replaceAll("_", " ");
const badge = (verdict) => make("span", { class: `verdict ${verdict}` }, words(verdict));
const folded = (title, ...inside) => make("details", { class: "fold" }, make("summary", {}, title), ...inside);

// Control characters and what turns the direction of text are shown as the escape that a programmer writes.
const STEERING = /\x1b\[([0-9;]*)m|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu;

function escapeOf(character) {
  const number = character.codePointAt(0);
  if (character === "\r") return "\\r";
  return number < 256 ? `\\x${number.toString(16).padStart(2, "0")}` : `\\u${number.toString(16).padStart(4, "0")}`;
}

// The style after an SGR sequence: weights 1 to 4, colours 30 to 37 and 90 to 97, backgrounds 40 to 47 and 100 to 107.
function nextStyle(style, codes) {
  let next = [...style];
  const numbers = codes.split(";").map((one) => Number(one || "0"));
  const isColour = (code) => code >= 30 && code <= 37;
  const isBack = (code) => code >= 40 && code <= 47;
  for (let at = 0; at < numbers.length; at++) {
    const code = numbers[at];
    if (code === 38 || code === 48) at += numbers[at + 1] === 5 ? 2 : 4; // of many colours: left as it is
    else if (code === 0) next = [];
    else if (code === 22) next = next.filter((one) => one !== 1 && one !== 2);
    else if (code === 23 || code === 24) next = next.filter((one) => one !== code - 20);
    else if (code === 27) next = next.filter((one) => one !== 7);
    else if (code === 39) next = next.filter((one) => !isColour(one));
    else if (code === 49) next = next.filter((one) => !isBack(one));
    else if (isColour(code) || (code >= 90 && code <= 97)) next = [...next.filter((one) => !isColour(one)), code > 89 ? code - 60 : code];
    else if (isBack(code) || (code >= 100 && code <= 107)) next = [...next.filter((one) => !isBack(one)), code > 99 ? code - 60 : code];
    else if ((code >= 1 && code <= 4) || code === 7) next = [...next.filter((one) => one !== code), code];
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
    if (match[1] !== undefined) {
      style = nextStyle(style, match[1]);
      if (spans.some(([from, to]) => from < match.index + match[0].length && match.index < to)) {
        // A colour that changed has to be seen, and also by those who do not see colours.
        pieces.push(make("mark", { class: "escape" }, `\\x1b[${match[1]}m`));
      }
    } else pieces.push(make("span", { class: "escape" }, escapeOf(match[0])));
    done = match.index + match[0].length;
  }
  put(done, text.length);
  return pieces;
}

function styled(text, style, marked) {
  const inner = marked ? make("mark", {}, text) : text;
  return style.length ? make("span", { class: style.map((one) => `a${one}`).join(" ") }, inner) : inner;
}

// Items some at a time, so that ten thousand of them cost nobody anything.
function inPortions(parent, items, draw, word, from = 0, portion = 40) {
  parent.append(...items.slice(from, from + portion).map(draw));
  const left = items.length - from - portion;
  if (left > 0) {
    const more = make("button", { type: "button", onclick: () => {
      more.remove();
      inPortions(parent, items, draw, word, from + portion, portion);
    } }, `Show more: ${plural(left, word)} left`);
    parent.append(more);
  }
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
