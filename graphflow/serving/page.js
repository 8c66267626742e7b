// Shows a run while it goes: pictures and figures come by one WebSocket.
//
// Pictures are asked for one by one, so none comes that is not drawn, and none at all while the page
// is not looked at. Figures come twice a second.
"use strict";

const WANTED = 2;  // One picture on its way while the last one is drawn.
const RETRY_MS = 2000;
const ROWS = 12;
const CURVE_POINTS = 120;

const find = (selector) => document.querySelector(selector);

function made(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

const grouped = new Intl.NumberFormat("en", { useGrouping: true });
const number = (value) => grouped.format(value).replaceAll(",", "\u202f");
const percent = (value) => `${Math.round(100 * value)} %`;

const duration = (ms) => ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;

function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

// ---- the picture ------------------------------------------------------------------------------

const picture = find("#picture canvas");
picture.width = 0;

async function drawPicture(bytes) {
  const image = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
  if (picture.width !== image.width || picture.height !== image.height) {
    picture.width = image.width;
    picture.height = image.height;
  }
  picture.getContext("2d").drawImage(image, 0, 0);
  image.close();
  find("#picture").classList.add("has-picture");
  picture.dataset.count = Number(picture.dataset.count ?? 0) + 1;
}

// ---- figures ----------------------------------------------------------------------------------

const curves = { rate: [], age: [] };

function drawCurve(canvas, values) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth * ratio, height = canvas.clientHeight * ratio;
  if (!width) return;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const top = Math.max(...values.filter((each) => each !== null), 1e-9) * 1.1;
  context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--busy");
  context.lineWidth = 1.5 * ratio;
  context.beginPath();
  let isDown = false;
  values.forEach((value, at) => {
    if (value === null) { isDown = false; return; }
    const x = width * (at + CURVE_POINTS - values.length) / (CURVE_POINTS - 1);
    const y = height - 2 * ratio - (height - 4 * ratio) * value / top;
    isDown ? context.lineTo(x, y) : context.moveTo(x, y);
    isDown = true;
  });
  context.stroke();
}

function keep(values, value) {
  values.push(value);
  if (values.length > CURVE_POINTS) values.shift();
}

const WORDS = {
  starting: "starting", running: "running", done: "the run has ended", ended: "the run has ended",
  failed: "the run has failed", interrupted: "the run was interrupted",
};

const GOING_ON = ["starting", "running"];

function say(state, text) {
  const element = find("#state");
  if (element.textContent !== text) element.textContent = text;
  element.dataset.state = state;
}

function showFigures(figures) {
  const state = WORDS[figures.state] ?? figures.state;
  say(figures.state, figures.fault ? `${state}: ${figures.fault}` : state);
  find("#rate").textContent = figures.rate.toFixed(1);
  find("#results").textContent = number(figures.results);
  find("#time").textContent = `in ${clock(figures.seconds)}`;
  const age = figures.age_ms;
  if (age) {
    find("#age").textContent = duration(age.median);
    find("#ages").textContent = `median; max. ${duration(age.max)}`;
  }
  keep(curves.rate, figures.rate);
  keep(curves.age, age ? age.median : null);
  drawCurve(find("#rate-curve"), curves.rate);
  drawCurve(find("#age-curve"), curves.age);
  showLosses(figures.losses);
  showEvents(figures.events);
  showNodes(figures.nodes);
  colour(figures.nodes);
}

function showLosses(losses) {
  const packets = losses.filter((each) => each.stream);
  find("#lost").textContent = number(packets.reduce((sum, each) => sum + each.count, 0));
  find("#losses").replaceChildren(...losses.map((each) => {
    const row = made("p");
    const place = each.node ? `${each.node}${each.input ? `, ${each.input}` : ""}` : each.stream;
    row.append(made("b", "", number(each.count)), ` ${each.reason} (${place})`);
    return row;
  }));
}

function eventText(event) {
  if (event === null || typeof event !== "object") return String(event);
  if (typeof event.kind !== "string") return JSON.stringify(event);
  const phase = { begin: "begins", end: "ends" }[event.phase] ?? event.phase ?? "";
  return `${event.kind.replaceAll("_", " ")} ${phase}`.trim();
}

let lastEvent = 0;

function showEvents(events) {
  const newest = events.at(-1)?.number ?? 0;
  if (newest === lastEvent) return;
  lastEvent = newest;
  find("#events").replaceChildren(...events.toReversed().map((each) => {
    const row = made("li");
    row.append(made("time", "", clock(each.timestamp / 1e6)), eventText(each.event));
    return row;
  }));
}

// ---- nodes ------------------------------------------------------------------------------------

// Returns what a node is at, without the subgraphs that streams and nodes are in, and without times.
function stateText(state) {
  return state.replace(/\b\w+__/g, "").replace(/ \(bound [^)]*\)/g, "");
}

let showsAll = false;
const all = find("#all");
all.addEventListener("click", () => {
  showsAll = !showsAll;
  all.setAttribute("aria-expanded", showsAll);
  all.textContent = showsAll ? "Show the busiest nodes" : "Show all nodes";
  if (newest) showNodes(newest.nodes);
});

function showNodes(nodes) {
  all.hidden = nodes.length <= ROWS;
  // The busiest since the start first, so that rows do not change places all the time.
  const ordered = [...nodes].sort((a, b) => b.busy_seconds - a.busy_seconds);
  const rows = ordered.slice(0, showsAll ? undefined : ROWS).map((each) => {
    const row = made("tr");
    const name = made("td", "", each.short);
    name.title = each.name;
    const bar = made("i");
    bar.style.width = `${Math.min(100, 100 * each.load)}%`;
    const cell = made("td", "bar");
    cell.append(bar);
    const queues = each.queues.map(([, length, limit]) => limit ? `${length}/${limit}` : length);
    const state = made("td", "words", stateText(each.state));
    state.title = each.state;
    row.append(name, made("td", "", percent(each.load)), cell, made("td", "", each.rate.toFixed(1)),
      made("td", "", number(each.calls)), made("td", "", queues.join(" ")),
      state);
    return row;
  });
  find("#nodes tbody").replaceChildren(...rows);
}

// ---- the graph --------------------------------------------------------------------------------

const drawing = find(".graphflow");
let newest = null;

const isDark = matchMedia("(prefers-color-scheme: dark)");

// Colours each node, and each closed subgraph by the sum of its nodes.
function colour(nodes) {
  const prefixes = drawing?.shown?.data.prefixes ?? {};
  for (const group of drawing?.querySelectorAll(".node[data-name], .subgraph[data-name]") ?? []) {
    const name = group.dataset.name, prefix = prefixes[name];
    const inside = nodes.filter((each) =>
      each.name === name || (prefix && each.name.startsWith(prefix)));
    const load = inside.reduce((sum, each) => sum + each.load, 0);
    const hasRun = inside.some((each) => each.calls);
    // On dark pages the letters stay light, so boxes stay dark.
    const [ground, most] = isDark.matches ? ["#1d2833", 70] : ["#ffffff", 80];
    group.classList.toggle("marked", hasRun && !isDark.matches);
    group.querySelector("rect.body").style.fill =
      hasRun ? `color-mix(in srgb, #e8590c ${Math.min(most, 5 + 100 * load)}%, ${ground})` : "";
    const title = group.querySelector("title");
    title.textContent = hasRun ? `${name}: load ${percent(load)}` : name;
  }
}

drawing?.addEventListener("drawn", () => { if (newest) colour(newest.nodes); });

// ---- the connection ---------------------------------------------------------------------------

let socket = null;
let wanted = 0;  // Pictures asked for that did not come yet.

function ask() {
  while (socket?.readyState === WebSocket.OPEN && !document.hidden && wanted < WANTED) {
    wanted += 1;
    socket.send("next");
  }
}

function connect() {
  const url = new URL("live", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => { wanted = 0; ask(); });
  socket.addEventListener("message", async ({ data }) => {
    if (typeof data === "string") {
      newest = JSON.parse(data);
      showFigures(newest);
      return;
    }
    try {
      await drawPicture(data);
    } finally {
      wanted -= 1;
      ask();
    }
  });
  socket.addEventListener("close", () => {
    if (newest && !GOING_ON.includes(newest.state)) return;  // The last figures stay.
    say("lost", "no connection; trying again");
    setTimeout(connect, RETRY_MS);
  });
}

document.addEventListener("visibilitychange", ask);
connect();
