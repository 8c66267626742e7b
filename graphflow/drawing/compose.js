// Puts the insides of open subgraphs into what is around them.
//
// Each subgraph's inside was laid out by itself. Where one is open, its box has the size of its
// inside, and the layout around makes room: its row grows downwards, and what stands beside it in
// that row moves aside. Order is kept everywhere, so nothing comes to lie over anything else.

const FRAME = { top: 34, side: 16, bottom: 16 };
const MARGIN = 16, ROUND = 30;

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
