"use strict";
// Draws what the report's content says; all numbers are made in Python. Times are microseconds.
(() => {
  const content = JSON.parse(document.getElementById("content").textContent);
  const { calls, nodes, threads } = content;
  const at = (selector) => document.querySelector(selector);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const ms = (us, digits = 2) => `${(us / 1000).toFixed(digits)} ms`;

  function element(tag, text = "", className = "") {
    const made = document.createElement(tag);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  // A canvas as sharp as the screen, drawn again when its size changes.
  function sharp(canvas, draw) {
    const redraw = () => {
      const { width, height } = canvas.getBoundingClientRect();
      const ratio = window.devicePixelRatio || 1;
      canvas.width = Math.max(1, Math.round(width * ratio));
      canvas.height = Math.max(1, Math.round(height * ratio));
      const pen = canvas.getContext("2d");
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, width, height);
      pen.font = "11px system-ui, sans-serif";
      draw(pen, width, height);
    };
    new ResizeObserver(redraw).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    return redraw;
  }

  // Round steps for the marks of an axis.
  function steps(span, count) {
    const rough = span / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    return power * ([1, 2, 5].find((each) => each * power >= rough) || 10);
  }

  function axis(pen, from, to, left, width, height) {
    const step = steps(to - from, Math.max(2, width / 110));
    pen.fillStyle = colour("--faint");
    pen.strokeStyle = colour("--line");
    for (let mark = Math.ceil(from / step) * step; mark <= to; mark += step) {
      const x = left + ((mark - from) / (to - from)) * width;
      pen.beginPath();
      pen.moveTo(x, 0);
      pen.lineTo(x, height - 16);
      pen.stroke();
      const digits = Math.max(0, 3 - Math.floor(Math.log10(step)));
      pen.fillText(ms(mark, Math.min(3, digits)), x + 2, height - 4);
    }
  }

  // ---- facts --------------------------------------------------------------------------------
  for (const [name, text] of content.facts) {
    const pair = element("div");
    pair.append(element("dt", name), element("dd", text));
    at("#facts").append(pair);
  }

  // ---- timeline -----------------------------------------------------------------------------
  const rowsOf = Object.keys(threads).map(Number);
  const byThread = new Map(rowsOf.map((thread) => [thread, []]));
  calls.forEach((call, index) => byThread.get(call[1])?.push(index));
  for (const own of byThread.values()) own.sort((a, b) => calls[a][4] - calls[b][4]);
  const whole = { from: 0, to: Math.max(1, content.end) };
  const view = { ...whole };
  const margin = 120;
  let marked = new Set();
  const canvas = at("#timeline canvas");
  canvas.style.height = `${Math.min(520, 40 + 34 * Math.max(2, rowsOf.length))}px`;
  const hueOf = (node) => (node * 137.5) % 360;

  const drawTimeline = sharp(canvas, (pen, width, height) => {
    const room = width - margin;
    axis(pen, view.from, view.to, margin, room, height);
    const rowHeight = (height - 20) / Math.max(1, rowsOf.length);
    const scale = room / (view.to - view.from);
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    rowsOf.forEach((thread, row) => {
      const top = row * rowHeight + 3;
      const tall = rowHeight - 6;
      pen.fillStyle = colour("--faint");
      pen.fillText(threads[thread].slice(0, 20), 4, top + tall / 2 + 4);
      let drawnTo = -1;
      for (const index of byThread.get(thread)) {
        const [node, , step, , began, busy] = calls[index];
        const isMarked = marked.has(index);
        if (began + busy < view.from) continue;
        if (began > view.to) break;
        const left = margin + Math.max(0, (began - view.from) * scale);
        const right = margin + Math.min(room, (began + busy - view.from) * scale);
        if (right - drawnTo < 0.5 && !isMarked) continue; // nobody could see it
        drawnTo = right;
        const wide = Math.max(0.6, right - left);
        pen.fillStyle = `hsl(${hueOf(node)} ${step === 1 ? 60 : 12}% ${isDark ? 45 : 68}%)`;
        pen.fillRect(left, top, wide, tall);
        if (isMarked) {
          pen.strokeStyle = colour("--ink");
          pen.lineWidth = 2;
          pen.strokeRect(left, top, wide, tall);
          pen.lineWidth = 1;
        }
        if (wide > 40) {
          pen.fillStyle = isDark ? "#fff" : "#111";
          pen.save();
          pen.beginPath();
          pen.rect(left, top, wide, tall);
          pen.clip();
          pen.fillText(nodes[node], left + 3, top + tall / 2 + 4);
          pen.restore();
        }
      }
    });
  });

  function place(event) {
    const box = canvas.getBoundingClientRect();
    const room = box.width - margin;
    const share = (event.clientX - box.left - margin) / room;
    const row = Math.floor((event.clientY - box.top) / ((box.height - 20) / rowsOf.length));
    return { share, room, time: view.from + share * (view.to - view.from), thread: rowsOf[row] };
  }

  function callAt({ time, thread, room }) {
    const slack = (3 / room) * (view.to - view.from);
    let best = -1;
    for (const index of byThread.get(thread) || []) {
      const [, , , , began, busy] = calls[index];
      if (began > time + slack) break;
      if (began - slack <= time && time <= began + busy + slack) {
        best = best < 0 || busy >= calls[best][5] ? index : best;
      }
    }
    return best;
  }

  function show(from, to) {
    const span = Math.min(whole.to - whole.from, Math.max(5, to - from));
    view.from = Math.min(Math.max(whole.from, from), whole.to - span);
    view.to = view.from + span;
    drawTimeline();
  }

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { time, share } = place(event);
    const span = (view.to - view.from) * 1.2 ** Math.sign(event.deltaY);
    show(time - share * span, time + (1 - share) * span);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const span = view.to - view.from;
    const middle = (view.from + view.to) / 2;
    const moves = { ArrowLeft: -0.2, ArrowRight: 0.2 };
    if (event.key in moves) show(view.from + moves[event.key] * span, view.to + moves[event.key] * span);
    else if (event.key === "+") show(middle - span / 3, middle + span / 3);
    else if (event.key === "-") show(middle - span * 0.75, middle + span * 0.75);
    else return;
    event.preventDefault();
  });
  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, from: view.from, to: view.to, hasMoved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag) {
      const moved = ((drag.x - event.clientX) / place(event).room) * (drag.to - drag.from);
      drag.hasMoved ||= Math.abs(drag.x - event.clientX) > 3;
      if (drag.hasMoved) show(drag.from + moved, drag.to + moved);
      return;
    }
    const index = callAt(place(event));
    at("#timeline .hint").textContent = index < 0 ? "" : told(index);
  });
  canvas.addEventListener("pointerup", (event) => {
    const index = drag && !drag.hasMoved ? callAt(place(event)) : -1;
    drag = null;
    if (index >= 0 && positions.has(calls[index][3])) choose(positions.get(calls[index][3]));
  });

  function told(index) {
    const [node, , step, time, began, busy, queued, waiting, hasFailed] = calls[index];
    const when = time ? ` at ${time}` : "";
    return `${content.names[node]} ${["open", "process", "close"][step]}${when}: ` +
      `began ${ms(began)}, busy ${ms(busy)}, queued ${ms(queued)}, waiting ${ms(waiting)}` +
      (hasFailed ? ", failed" : "");
  }

  // ---- the way of a frame -------------------------------------------------------------------
  const ways = content.passports;
  const positions = new Map(ways.map(([time], position) => [String(time), position]));
  const picker = at("#passport select");
  const total = (legs) => legs.reduce((sum, leg) => sum + leg[1] + leg[2] + leg[3], 0);
  ways.forEach(([time, legs], position) => {
    picker.append(new Option(`${time} (${ms(total(legs), 1)})`, position));
  });

  function choose(position) {
    if (!ways.length) return;
    const chosen = Math.min(Math.max(0, position), ways.length - 1);
    picker.value = String(chosen);
    const [, legs] = ways[chosen];
    const sum = total(legs) || 1;
    const parts = [1, 2, 3].map((part) => legs.reduce((all, leg) => all + leg[part], 0));
    at("#passport output").textContent = `${legs.length} calls, ${ms(sum)}: waiting ` +
      `${ms(parts[0])}, queued ${ms(parts[1])}, busy ${ms(parts[2])}`;
    const list = at("#passport .legs");
    list.replaceChildren();
    let before = 0;
    for (const [index, waiting, queued, busy, cameBy, waitedFor] of legs) {
      const row = element("div", "", "leg");
      const name = element("span", nodes[calls[index][0]], "name");
      name.title = (cameBy ? `came by ${cameBy}` : "a source") +
        (waitedFor ? `; waited for ${waitedFor}` : "");
      const bar = element("span", "", "bar");
      for (const [kind, length] of [["waiting", waiting], ["queued", queued], ["busy", busy]]) {
        if (length > 0) {
          const part = element("i", "", kind);
          part.style.left = `${(before / sum) * 100}%`;
          part.style.width = `${(length / sum) * 100}%`;
          part.title = `${kind} ${ms(length)}`;
          bar.append(part);
        }
        before += length;
      }
      const numbers = element("span", `${ms(waiting)} + ${ms(queued)} + ${ms(busy)}`, "numbers");
      if (waitedFor) numbers.append(` for ${waitedFor}`);
      row.append(name, bar, numbers);
      list.append(row);
    }
    marked = new Set(legs.map((leg) => leg[0]));
    const starts = legs.map((leg) => calls[leg[0]][4] - leg[1] - leg[2]);
    const ends = legs.map((leg) => calls[leg[0]][4] + calls[leg[0]][5]);
    const from = Math.min(...starts);
    const to = Math.max(...ends);
    show(from - (to - from) * 0.1, to + (to - from) * 0.1);
  }
  picker.addEventListener("change", () => choose(Number(picker.value)));
  at("#earlier").addEventListener("click", () => choose(Number(picker.value) - 1));
  at("#later").addEventListener("click", () => choose(Number(picker.value) + 1));
  at("#slowest").addEventListener("click", () => {
    const lengths = ways.map(([, legs]) => total(legs));
    choose(lengths.indexOf(Math.max(...lengths)));
  });
  if (!ways.length) at("#passport").hidden = true;

  // ---- queues -------------------------------------------------------------------------------
  const queues = content.queues;
  const queuePicker = at("#queues select");
  queues.forEach((queue, position) => {
    const label = `${nodes[queue.node]} ${queue.port}: ${queue.stream} (longest ${queue.longest}` +
      (queue.limit ? ` of ${queue.limit})` : ")");
    queuePicker.append(new Option(label, position));
  });
  const drawQueue = sharp(at("#queues canvas"), (pen, width, height) => {
    const queue = queues[Number(queuePicker.value) || 0];
    if (!queue) return;
    axis(pen, whole.from, whole.to, 30, width - 30, height);
    const top = Math.max(queue.longest, 1);
    const y = (length) => height - 20 - (length / top) * (height - 34);
    const x = (time) => 30 + ((time - whole.from) / (whole.to - whole.from)) * (width - 30);
    pen.fillStyle = colour("--faint");
    pen.fillText(String(top), 4, y(top) + 4);
    pen.fillText("0", 4, y(0));
    pen.strokeStyle = colour("--busy");
    pen.beginPath();
    pen.moveTo(x(0), y(0));
    let length = 0;
    for (const [time, next] of queue.points) {
      pen.lineTo(x(time), y(length));
      pen.lineTo(x(time), y(next));
      length = next;
    }
    pen.lineTo(x(whole.to), y(length));
    pen.stroke();
  });
  queuePicker.addEventListener("change", drawQueue);
  if (!queues.length) at("#queues").replaceChildren(element("h2", "Queues"),
    element("p", "No queue ever held more than one packet.", "note"));

  // ---- tables -------------------------------------------------------------------------------
  function table(headings, rows, className = "") {
    const made = element("table", "", className);
    const head = made.createTHead().insertRow();
    const body = made.createTBody();
    const fill = () => body.replaceChildren(...rows.map((row) => {
      const line = element("tr");
      row.forEach((cell) => line.append(element("td", Array.isArray(cell) ? cell[1] : cell)));
      return line;
    }));
    headings.forEach((heading, column) => {
      const cell = element("th", heading);
      if (!className) cell.addEventListener("click", () => {
        const value = (row) => (Array.isArray(row[column]) ? row[column][0] : row[column]);
        rows.sort((a, b) => (value(b) > value(a) ? 1 : value(b) < value(a) ? -1 : 0));
        fill();
      });
      head.append(cell);
    });
    fill();
    return made;
  }
  const milliseconds = (seconds, count) => {
    const value = count ? (1000 * seconds) / count : 0;
    return [value, value.toFixed(2)];
  };
  at("#profile .table").append(table(
    ["node", "calls", "busy s", "share", "ms a call", "longest ms", "queued ms", "waiting ms",
      "open and close s", "lost"],
    content.profile.map(([node, count, busy, share, longest, queued, waiting, setup, lost]) => [
      node, [count, String(count)], [busy, busy.toFixed(3)], [share, `${(100 * share).toFixed(1)} %`],
      milliseconds(busy, count), milliseconds(longest, 1), milliseconds(queued, count),
      milliseconds(waiting, count), [setup, setup.toFixed(3)], [lost, lost ? String(lost) : ""],
    ])));
  at("#losses .table").append(content.losses.length
    ? table(["node", "input", "stream", "why", "how many"],
      content.losses.map((row) => row.map(String)), "words")
    : element("p", "Nothing was lost.", "note"));
  if (content.left_out) {
    at("#timeline .note").append(` ${content.left_out} later calls are not shown; the table of the ` +
      "nodes has them all.");
  }
  choose(Math.floor(ways.length / 2));
})();
