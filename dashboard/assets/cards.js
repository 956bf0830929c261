// Draws the story cards. Every text from a post goes through textContent; links are relative and made by our server.
const SVG = "http://www.w3.org/2000/svg";

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function sparkline(values, label) {
  const width = 200, height = 44, top = Math.max(1, ...values);
  const points = values.map((v, i) => [
    ((i / Math.max(1, values.length - 1)) * width).toFixed(1),
    (height - 2 - (v / top) * (height - 6)).toFixed(1),
  ]);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${label}: ${values.slice(-12).join(", ")}`);
  const line = points.map((p) => p.join(",")).join(" ");
  const area = document.createElementNS(SVG, "polygon");
  area.setAttribute("points", `0,${height} ${line} ${width},${height}`);
  const stroke = document.createElementNS(SVG, "polyline");
  stroke.setAttribute("points", line);
  stroke.setAttribute("vector-effect", "non-scaling-stroke");
  svg.append(area, stroke);
  return svg;
}

function badgeOf(badge) {
  const made = element("span", `badge ${badge.tone}`, badge.text);
  made.title = badge.hint;
  return made;
}

function factOf(fact) {
  const made = element("div", "fact");
  made.title = fact.hint;
  made.append(element("dt", "", fact.label), element("dd", "value", fact.value), element("dd", "under", fact.under));
  return made;
}

function linkOf(card, component) {
  const link = element("a", "title", card.title);
  link.href = card.href.startsWith("?") ? card.href : "?";
  link.addEventListener("click", (event) => {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    component.setTriggerValue("opened", card.story);
  });
  return link;
}

function cardOf(card, component) {
  const item = element("li", `card ${card.tone}${component.data.heading ? " heading" : ""}`);
  item.dataset.story = card.story;
  const main = element("div", "main");
  const head = element("div", "badges");
  head.append(...card.badges.map(badgeOf), element("span", "seen", card.seen));
  const isHeading = component.data.heading;
  const link = isHeading ? null : linkOf(card, component);
  const heading = isHeading ? element("h2", "", card.title) : element("h3");
  if (link) heading.append(link);
  main.append(head, heading, element("p", "why", card.why));
  if (card.quote) {
    const quote = element("blockquote", "", card.quote);
    quote.append(element("cite", "", ` — ${card.quote_source}`));
    main.append(quote);
  }
  const chart = element("div", "spark");
  chart.append(sparkline(card.spark, card.spark_label), element("span", "", card.spark_label));
  const facts = element("dl", "facts");
  facts.append(...card.facts.map(factOf));
  item.append(main, chart, facts);
  if (link) item.addEventListener("click", (event) => {
    if (event.target.closest("a") || String(window.getSelection())) return;
    link.click();
  });
  return item;
}

function move(event, list) {
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (!step || event.metaKey || event.ctrlKey || event.altKey) return;
  const links = [...list.querySelectorAll("a.title")];
  const next = links[links.indexOf(event.target) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}

export default function (component) {
  const { data, parentElement } = component;
  const list = parentElement.querySelector("ol");
  const focused = parentElement.activeElement?.closest?.("li")?.dataset.story;
  list.lang = data.lang;
  list.replaceChildren(...data.cards.map((card) => cardOf(card, component)));
  list.onkeydown = (event) => move(event, list);
  if (focused) list.querySelector(`li[data-story="${CSS.escape(focused)}"] a`)?.focus();
}
