// Shows a graph that opens and closes its subgraphs, in every element of class "graphflow".
//
// Each subgraph's inside was laid out by itself. Where one is open, its box has the size of its
// inside, and the layout around makes room: its row grows downwards, and what stands beside it in
// that row moves aside. Order is kept everywhere, so nothing comes to lie over anything else.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const FRAME = { top: 34, side: 16, bottom: 16 };
  const MARGIN = 16, ROUND = 30;
  const ZOOM_MIN = 0.05, ZOOM_MAX = 4;

  // ---- geometry ---------------------------------------------------------------------------------

  // Returns the composed drawing of a level: boxes, lines and frames, from its upper left corner.
  function compose(levels, name, opened) {
    const level = levels[name];
    const inner = level.boxes.map((box) =>
      box.child !== undefined && opened.has(box.child) ? compose(levels, box.child, opened) : null);
    const sizes = level.boxes.map((box, at) => inner[at]
      ? { w: inner[at].w + 2 * FRAME.side, h: inner[at].h + FRAME.top + FRAME.bottom }
      : { w: box.w, h: box.h });
    const rows = rowsOf(level.boxes, sizes);
    const out = { boxes: [], lines: [], frames: [], ends: {}, w: 0, h: 0 };
    const places = level.boxes.map((box, at) => {
      const row = rows.find((each) => each.members.includes(at));
      const x = box.x + box.w / 2 + row.shift(box.x + box.w / 2);
      return { x: x - sizes[at].w / 2, y: row.center - sizes[at].h / 2, ...sizes[at] };
    });
    const at = new Map(level.boxes.map((box, index) => [box.key, index]));
    for (const line of level.lines) {
      const source = at.get(line.source[0]), target = at.get(line.target[0]);
      const start = endOf("output", line.source[1], level.boxes[source], places[source], inner[source]);
      const end = endOf("input", line.target[1], level.boxes[target], places[target], inner[target]);
      out.lines.push({ line, points: moved(rows, line.points, start, end) });
    }
    frame(out, places);
    level.boxes.forEach((box, index) => {
      out.ends[box.key] = places[index];
      if (inner[index]) embed(out, box, places[index], inner[index]);
      else out.boxes.push({ box, ...places[index] });
    });
    return out;
  }

  // Moves everything to the right of 0, and takes the size.
  function frame(out, places) {
    let left = MARGIN, right = 0, bottom = 0;
    const cover = (x, y) => {
      left = Math.min(left, x);
      right = Math.max(right, x);
      bottom = Math.max(bottom, y);
    };
    for (const { x, y, w, h } of places) { cover(x, y); cover(x + w, y + h); }
    for (const { points } of out.lines) points.forEach(([x, y]) => cover(x, y));
    const by = MARGIN - left;
    for (const place of places) place.x += by;
    for (const each of out.lines) each.points = each.points.map(([x, y]) => [x + by, y]);
    out.w = right + by + MARGIN;
    out.h = bottom + MARGIN;
  }

  // Puts an open subgraph's inside into the drawing around it.
  function embed(out, box, place, inner) {
    const dx = place.x + FRAME.side, dy = place.y + FRAME.top;
    out.frames.push({ box, ...place });
    for (const each of inner.frames) out.frames.push({ ...each, x: each.x + dx, y: each.y + dy });
    for (const each of inner.boxes) out.boxes.push({ ...each, x: each.x + dx, y: each.y + dy });
    for (const each of inner.lines) {
      out.lines.push({ line: each.line, points: each.points.map(([x, y]) => [x + dx, y + dy]) });
    }
  }

  // Returns where a line ends: at a port, or at the end inside of an open subgraph.
  function endOf(side, port, box, place, inner) {
    if (inner) {
      const end = inner.ends[`${side}:${port}`];
      const x = place.x + FRAME.side + end.x + end.w / 2;
      const y = place.y + FRAME.top + end.y + (side === "output" ? end.h : 0);
      return { point: [x, y], border: side === "output" ? place.y + place.h : place.y };
    }
    if (port === null) return { place };
    const offset = (side === "output" ? box.outputs : box.inputs)[port];
    return { point: [place.x + offset, side === "output" ? place.y + place.h : place.y] };
  }

  // Returns the points of a line where they belong now, its ends at `start` and `end`.
  function moved(rows, points, start, end) {
    const passed = crossings(rows, points).map(([x, y]) => ({ x, y, ...placeIn(rows, y) }));
    const first = start.point || touched(start.place, toNow(rows, passed[0]));
    const last = end.point || touched(end.place, toNow(rows, passed[passed.length - 1]));
    const isAtOpen = (each) => (start.border !== undefined && each.row === passed[0].row)
      || (end.border !== undefined && each.row === passed[passed.length - 1].row);
    const inner = passed.slice(1, -1);
    // Along a row that has grown a line goes straight: its old curve would be drawn out.
    const isNeeded = (each, at) => each.row === undefined || (!isAtOpen(each)
      && !(isGrown(rows[each.row]) && each.row === inner[at - 1]?.row && each.row === inner[at + 1]?.row));
    const kept = inner.filter(isNeeded);
    const way = [];
    for (let at = 0; at < kept.length; at++) {
      const gap = kept[at].gap;
      if (gap === undefined) { way.push(toNow(rows, kept[at])); continue; }
      let past = at;
      while (past + 1 < kept.length && kept[past + 1].gap === gap) past++;
      const group = kept.slice(at, past + 1);
      at = past;
      const isOpenGap = (way.length === 0 && start.border !== undefined)
        || (past === kept.length - 1 && end.border !== undefined);
      if (!isOpenGap && group.every((each) => isSteady(rows, each))) {
        way.push(...group.map((each) => toNow(rows, each)));
        continue;
      }
      // What is above and below moves apart here: one bend instead of the old curve.
      const next = kept[past + 1] ? toNow(rows, kept[past + 1]) : last;
      const before = way.length ? way[way.length - 1] : first;
      const [high, low] = [rows[gap].newBottom, rows[gap + 1].newTop];
      const bend = [high + 0.3 * (low - high), low - 0.3 * (low - high)];
      if (before[1] > next[1]) bend.reverse();
      way.push([before[0], bend[0]], [next[0], bend[1]]);
    }
    return [first, ...way, last];
  }

  // Returns the points, with one more wherever the line enters or leaves a row.
  function crossings(rows, points) {
    const edges = rows.flatMap((row) => [row.top, row.bottom]);
    const all = [points[0]];
    for (let at = 1; at < points.length; at++) {
      const [[x0, y0], [x1, y1]] = [points[at - 1], points[at]];
      const between = edges.filter((y) => (y - y0) * (y - y1) < 0);
      if (y1 < y0) between.reverse();
      all.push(...between.map((y) => [x0 + (x1 - x0) * (y - y0) / (y1 - y0), y]), points[at]);
    }
    return all;
  }

  // Returns the row that a height is in, or the gap below a row.
  function placeIn(rows, y) {
    const below = rows.findIndex((row) => y <= row.bottom);
    if (below <= 0 || y >= rows[below].top) return { row: below < 0 ? rows.length - 1 : below };
    return { gap: below - 1 };
  }

  const isGrown = (row) => row.newBottom - row.newTop > 1.5 * (row.bottom - row.top);

  const isSteady = (rows, { x, gap }) =>
    Math.abs(rows[gap].shift(x) - rows[gap + 1].shift(x)) < 12;

  const toNow = (rows, { x, y }) => [x + shiftAt(rows, x, y), heightAt(rows, y)];

  // Returns the point of a box's edge that is nearest to a point.
  function touched(place, [x, y]) {
    const inside = (value, low, size) => Math.min(Math.max(value, low), low + size);
    return [inside(x, place.x, place.w), y < place.y + place.h / 2 ? place.y : place.y + place.h];
  }

  // Returns the rows of a layout, each with its place before and now.
  function rowsOf(boxes, sizes) {
    const rows = [];
    const order = boxes.map((_, at) => at).sort((a, b) => centerY(boxes[a]) - centerY(boxes[b]));
    for (const at of order) {
      const last = rows[rows.length - 1];
      if (last && Math.abs(last.y - centerY(boxes[at])) < 1) last.members.push(at);
      else rows.push({ y: centerY(boxes[at]), members: [at] });
    }
    let was = 0, now = 0;
    for (const row of rows) {
      const heights = row.members.map((at) => boxes[at].h);
      row.top = row.y - Math.max(...heights) / 2;
      row.bottom = row.y + Math.max(...heights) / 2;
      row.shift = shiftOf(row, boxes, sizes);
      const room = Math.min(80, 0.08 * row.growth);
      row.newTop = now + (row.top - was) + room;
      row.newBottom = row.newTop + Math.max(...row.members.map((at) => sizes[at].h),
        row.bottom - row.top);
      row.center = (row.newTop + row.newBottom) / 2;
      was = row.bottom;
      now = row.newBottom + room;
    }
    return rows;
  }

  const foldTop = (box) => (box.inputs.length ? 15 : 0) + 6;

  const centerY = (box) => box.y + box.h / 2;

  // Returns how far things at x move aside in a row: outwards from its middle.
  function shiftOf(row, boxes, sizes) {
    const members = row.members.slice().sort((a, b) => boxes[a].x - boxes[b].x);
    row.growth = members.reduce((sum, at) => sum + sizes[at].w - boxes[at].w, 0);
    return (x) => {
      let shift = -row.growth / 2;
      for (const at of members) {
        const part = (x - boxes[at].x) / boxes[at].w;
        shift += Math.min(Math.max(part, 0), 1) * (sizes[at].w - boxes[at].w);
      }
      return shift;
    };
  }

  function shiftAt(rows, x, y) {
    const below = rows.findIndex((row) => y < row.bottom);
    if (below < 0) return rows[rows.length - 1].shift(x);
    const row = rows[below];
    if (y >= row.top || below === 0) return row.shift(x);
    const above = rows[below - 1];
    const part = (y - above.bottom) / (row.top - above.bottom);
    return (1 - part) * above.shift(x) + part * row.shift(x);
  }

  function heightAt(rows, y) {
    let was = 0, now = 0;
    for (const row of rows) {
      if (y < row.top) return now + (y - was) * ((row.newTop - now) / Math.max(row.top - was, 1e-6));
      if (y < row.bottom) {
        return row.newTop + (y - row.top) * (row.newBottom - row.newTop) / (row.bottom - row.top);
      }
      was = row.bottom;
      now = row.newBottom;
    }
    return now + y - was;
  }

  // Returns a path along the points, its corners round.
  function pathText(points) {
    let text = `M${points[0]}`;
    for (let at = 1; at < points.length - 1; at++) {
      const corner = points[at];
      text += `L${near(corner, points[at - 1])}Q${corner} ${near(corner, points[at + 1])}`;
    }
    return `${text}L${points[points.length - 1]}`;
  }

  // Returns the point where the round of a corner ends on the way to its neighbour.
  function near([x, y], [toX, toY]) {
    const length = Math.hypot(toX - x, toY - y);
    const part = length ? Math.min(0.5, ROUND / length) : 0;
    return [x + part * (toX - x), y + part * (toY - y)];
  }

  function tipText(points) {
    const [x, y] = points[points.length - 1];
    const back = points.slice().reverse().find((p) => Math.hypot(p[0] - x, p[1] - y) > 1);
    if (!back) return "";
    const length = Math.hypot(x - back[0], y - back[1]);
    const ux = (x - back[0]) / length, uy = (y - back[1]) / length;
    const fx = x - 7 * ux, fy = y - 7 * uy;
    return `M${x},${y} ${fx + 3 * uy},${fy - 3 * ux} ${fx - 3 * uy},${fy + 3 * ux}Z`;
  }

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
})();
