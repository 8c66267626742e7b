// Shows a graph that opens and closes its subgraphs, in every element of class "graphflow".
// What is composed comes from compose.js; both stand in one function.

const SVG = "http://www.w3.org/2000/svg";
const ZOOM_MIN = 0.05, ZOOM_MAX = 4;

// ---- elements ---------------------------------------------------------------------------------

function made(tag, attributes = {}, ...content) {
  const element = document.createElement(tag);
  Object.assign(element, attributes);
  element.append(...content);
  return element;
}

// Returns code without the spaces that all its lines begin with.
function dedented(text) {
  const lines = text.trimEnd().split("\n");
  const indents = lines.filter((line) => line.trim()).map((line) => line.search(/\S/));
  return lines.map((line) => line.slice(Math.min(...indents))).join("\n");
}

function drawn(tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

// ---- one graph --------------------------------------------------------------------------------

class Shown {
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.opened = new Set(data.opened);
    this.view = { x: 0, y: 0, zoom: 1 };
    this.chosen = "";
    this.build();
    this.draw();
    this.fit();
  }

  build() {
    this.svg = drawn("svg", { role: "img", "aria-label": this.data.title });
    this.scene = this.svg.appendChild(drawn("g"));
    this.panel = made("aside", { className: "panel", hidden: true });
    this.found = made("ul", { className: "found", hidden: true });
    this.search = made("input", { type: "search", placeholder: "Search nodes and streams" });
    this.search.setAttribute("aria-label", "Search nodes and streams");
    const button = (text, title, act) => {
      const element = made("button", { type: "button", textContent: text, title });
      element.addEventListener("click", act);
      return element;
    };
    const sides = made("input", { type: "checkbox", checked: true });
    sides.addEventListener("change", () => {
      this.scene.classList.toggle("without-sides", !sides.checked);
    });
    const bar = made("div", { className: "bar" }, this.search,
      button("Fit", "Show the whole graph", () => this.fit()),
      button("+", "Nearer", () => this.zoomBy(1.25)),
      button("−", "Farther", () => this.zoomBy(0.8)),
      button("Open all", "Open all subgraphs", () => this.openAll()),
      button("Close all", "Close all subgraphs", () => this.closeAll()),
      made("label", {}, sides, "side packets"));
    const stage = made("div", { className: "stage" });
    stage.append(this.svg, bar, this.found);
    this.root.append(stage, this.panel);
    this.listen();
  }

  listen() {
    this.search.addEventListener("input", () => this.look());
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { this.search.value = ""; this.look(); }
      if (event.key === "Enter") this.found.querySelector("button")?.click();
    });
    this.svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      const place = this.svg.getBoundingClientRect();
      const by = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015));
      this.zoomBy(by, event.clientX - place.left, event.clientY - place.top);
    }, { passive: false });
    let from = null;
    this.svg.addEventListener("pointerdown", (event) => {
      from = { x: event.clientX, y: event.clientY, view: { ...this.view } };
      this.isDragged = false;
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (!from || !event.buttons) return;
      const dx = event.clientX - from.x, dy = event.clientY - from.y;
      if (!this.isDragged && Math.hypot(dx, dy) < 4) return;
      if (!this.isDragged) this.svg.setPointerCapture(event.pointerId);
      this.isDragged = true;
      this.svg.classList.add("dragged");
      this.view = { ...from.view, x: from.view.x + dx, y: from.view.y + dy };
      this.apply();
    });
    const release = () => { from = null; this.svg.classList.remove("dragged"); };
    this.svg.addEventListener("pointerup", release);
    this.svg.addEventListener("pointercancel", release);
    this.svg.addEventListener("click", (event) => {
      if (!this.isDragged) this.click(event.target);
    });
    this.svg.addEventListener("dblclick", (event) => {
      const name = event.target.closest(".subgraph")?.dataset.name;
      if (name !== undefined) this.toggle(name);
    });
  }

  click(target) {
    const fold = target.closest(".fold");
    if (fold) return this.toggle(fold.dataset.of);
    const box = target.closest(".node, .subgraph, .frame");
    if (box) return this.choose(box.dataset.name);
    const stream = target.closest("[data-stream], [data-line]");
    if (stream) return this.light(stream.dataset.stream ?? stream.dataset.line);
    this.choose("");
    this.light("");
  }

  // ---- drawing

  draw() {
    const whole = compose(this.data.levels, "", this.opened);
    this.size = { w: whole.w, h: whole.h };
    this.places = new Map();
    const parts = [];
    for (const each of whole.frames) parts.push(this.frame(each));
    for (const each of whole.lines) parts.push(this.line(each));
    for (const each of whole.boxes) parts.push(this.box(each));
    this.scene.replaceChildren(...parts);
    this.mark();
    this.root.dispatchEvent(new Event("drawn"));  // For pages that colour the boxes.
  }

  frame(place) {
    const name = place.box.child;
    this.places.set(name, place);
    const group = drawn("g", { class: "frame", "data-name": name });
    const { x, y, w, h } = place;
    group.append(drawn("rect", { class: "body", x, y, width: w, height: h, rx: 8 }));
    const label = drawn("text", { x: x + 30, y: y + 20 });
    label.textContent = place.box.title;
    group.append(this.fold(name, x + 10, y + 9, false), label);
    return group;
  }

  fold(name, x, y, isClosed) {
    const group = drawn("g", { class: "fold", "data-of": name });
    const title = drawn("title");
    title.textContent = isClosed ? "Open" : "Close";
    const sign = isClosed ? "M3,7h8M7,3v8" : "M3,7h8";
    group.setAttribute("transform", `translate(${x},${y})`);
    group.append(title, drawn("rect", { width: 14, height: 14, rx: 3 }), drawn("path", { d: sign }));
    return group;
  }

  line({ line, points }) {
    const group = drawn("g", { "data-line": line.name });
    if (line.kind.includes("side")) group.setAttribute("class", "of-side");
    group.append(drawn("path", { class: `line${line.kind}`, d: pathText(points) }),
      drawn("path", { class: `tip${line.kind}`, d: tipText(points) }));
    return group;
  }

  box(place) {
    const { box, x, y } = place;
    if (!this.places.has(box.name)) this.places.set(box.name, place);
    const group = drawn("g", { transform: `translate(${x},${y})` });
    group.innerHTML = box.svg;
    if (box.isSide) group.setAttribute("class", "of-side");
    if (box.child !== undefined) {
      group.firstChild.append(this.fold(box.child, box.w - 21, foldTop(box), true));
    }
    return group;
  }

  mark() {
    for (const each of this.scene.querySelectorAll("[data-name], [data-stream]")) {
      const name = each.dataset.name ?? each.dataset.stream;
      each.classList.toggle("chosen", this.chosen !== "" && name === this.chosen);
    }
    for (const each of this.scene.querySelectorAll("[data-line]")) {
      each.classList.toggle("lit", this.chosen !== "" && each.dataset.line === this.chosen);
    }
  }

  // ---- opening

  toggle(name) {
    const before = this.places.get(name);
    if (this.opened.has(name)) {
      const inside = (each) => each === name || this.around(each).includes(name);
      this.opened = new Set([...this.opened].filter((each) => !inside(each)));
    } else {
      this.opened.add(name);
    }
    this.draw();
    const after = this.places.get(name);
    this.view.x += (before.x - after.x) * this.view.zoom;
    this.view.y += (before.y - after.y) * this.view.zoom;
    this.apply();
    if (this.chosen === name) this.choose(name);
  }

  // Returns the names of the subgraphs around a node or subgraph, innermost first.
  around(name) {
    const names = [];
    let at = this.data.about[name]?.inside ?? "";
    while (at !== "") { names.push(at); at = this.data.about[at].inside; }
    return names;
  }

  openAll() {
    this.opened = new Set(Object.keys(this.data.levels).filter((name) => name !== ""));
    this.draw();
    this.fit();
  }

  closeAll() {
    this.opened.clear();
    this.draw();
    this.fit();
  }

  reveal(name) {
    for (const each of this.around(name)) this.opened.add(each);
    this.draw();
    this.data.about[name].kind === "stream" ? this.light(name) : this.choose(name);
    const place = this.places.get(name);
    if (!place) return;
    const stage = this.svg.getBoundingClientRect();
    const zoom = Math.max(this.view.zoom, 0.8);
    this.view = {
      zoom,
      x: stage.width / 2 - (place.x + place.w / 2) * zoom,
      y: stage.height / 2 - (place.y + place.h / 2) * zoom,
    };
    this.apply();
  }

  // ---- view

  apply() {
    const { x, y, zoom } = this.view;
    this.scene.setAttribute("transform", `translate(${x},${y}) scale(${zoom})`);
  }

  fit() {
    const place = this.svg.getBoundingClientRect();
    const bar = 50;
    const zoom = Math.min(place.width / this.size.w, (place.height - bar) / this.size.h, 1.25);
    this.view.zoom = Math.min(Math.max(zoom, ZOOM_MIN), ZOOM_MAX);
    this.view.x = (place.width - this.size.w * this.view.zoom) / 2;
    this.view.y = bar + Math.max(0, (place.height - bar - this.size.h * this.view.zoom) / 2);
    this.apply();
  }

  zoomBy(by, x = this.svg.clientWidth / 2, y = this.svg.clientHeight / 2) {
    const zoom = Math.min(Math.max(this.view.zoom * by, ZOOM_MIN), ZOOM_MAX);
    const part = zoom / this.view.zoom;
    this.view = { zoom, x: x - (x - this.view.x) * part, y: y - (y - this.view.y) * part };
    this.apply();
  }

  // ---- search and panel

  look() {
    const text = this.search.value.trim().toLowerCase();
    const fits = Object.entries(this.data.about).filter(([name, about]) =>
      text && `${name} ${about.type}`.toLowerCase().includes(text));
    fits.sort(([, a], [, b]) => (a.kind === "stream") - (b.kind === "stream"));
    this.found.replaceChildren(...fits.slice(0, 40).map(([name, about]) => {
      const button = made("button", { type: "button", title: name }, about.title,
        made("small", {}, about.kind === "stream" ? "stream" : about.type));
      button.addEventListener("click", () => { this.found.hidden = true; this.reveal(name); });
      return made("li", {}, button);
    }));
    if (text && !fits.length) this.found.append(made("li", {}, "nothing found"));
    this.found.hidden = !text;
  }

  light(name) {
    this.chosen = name;
    this.mark();
    this.tell(name);
  }

  choose(name) {
    this.chosen = name;
    this.mark();
    this.tell(name);
  }

  tell(name) {
    const about = this.data.about[name];
    this.panel.hidden = !about;
    if (!about) return;
    const shut = made("button", { className: "shut", type: "button", title: "Close" }, "×");
    shut.addEventListener("click", () => this.choose(""));
    const content = [shut, made("h2", {}, about.title)];
    if (about.type && about.type !== about.title) content.push(made("code", {}, about.type));
    content.push(made("p", { className: "where" }, name, about.location ? ` · ${about.location}` : ""));
    if (about.note) content.push(made("p", {}, about.note));
    about.doc.split(/```\w*\n/).forEach((part, at) => {
      const isCode = at % 2 === 1;
      if (part.trim()) content.push(isCode ? made("pre", {}, dedented(part)) : made("p", {}, part.trim()));
    });
    if (about.kind === "subgraph") {
      const isOpen = this.opened.has(name);
      const button = made("button", { type: "button" }, isOpen ? "Close it" : "Open it");
      button.addEventListener("click", () => this.toggle(name));
      content.push(button);
    }
    for (const [heading, rows] of about.sections) {
      content.push(made("h3", {}, heading), made("table", {}, ...rows.map(([key, value, more]) =>
        made("tr", {}, made("td", {}, key),
          made("td", {}, value, ...(more ? [made("small", {}, more)] : []))))));
    }
    this.panel.replaceChildren(...content);
    this.panel.scrollTop = 0;
  }
}

for (const root of document.querySelectorAll(".graphflow")) {
  if (root.shown) continue;
  const data = JSON.parse(root.querySelector("script").textContent);
  root.shown = new Shown(root, data);
}
