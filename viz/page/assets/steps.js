const frames = DATA.frames, cards = {}, edges = {}, texts = {};
const picture = document.querySelector("svg.glassgrad"), box = $("picture");
for (const card of picture.querySelectorAll("g[data-node]")) {
  cards[card.dataset.node] = card;
  card.setAttribute("role", "img");
  for (const text of card.querySelectorAll("[data-row]")) texts[`${card.dataset.node} ${text.dataset.row}`] = text;
}
for (const edge of picture.querySelectorAll("g[data-edge]")) edges[edge.dataset.edge] = edge;
for (const text of picture.querySelectorAll("text[data-edge]")) texts[`${text.dataset.edge} label`] = text;

// What each change replaces, so that a step back restores it.
const undo = [], state = {};
for (const key of Object.keys(texts)) state[key] = key.endsWith(" label") ? "" : key.endsWith(" values") || key.endsWith(" outputs") ? texts[key].textContent : DATA.unknown;
for (const key of Object.keys(state)) texts[key].textContent = state[key];
for (const frame of frames) {
  const before = [];
  for (const [node, row, text] of frame.changes || []) {
    const key = `${node} ${row}`;
    if (!(key in texts)) continue;
    before.push([key, state[key]]);
    state[key] = text;
  }
  undo.push(before);
}

let shown = -1;
function show(i) {
  for (; shown < i; shown++) for (const [node, row, text] of frames[shown + 1].changes || []) write(`${node} ${row}`, text);
  for (; shown > i; shown--) for (const [key, text] of [...undo[shown]].reverse()) write(key, text);
  mark(frames[i]);
  tell(frames[i]);
}

function write(key, text) {
  if (key in texts) texts[key].textContent = text;
}

const MARKS = ["current", "near", "active", "wrong-current", "wrong-active", "changed"];
function mark(frame) {
  for (const name of MARKS) for (const old of picture.querySelectorAll(`.${name}`)) old.classList.remove(name);
  const put = (things, keys, name) => { for (const key of keys || []) if (things[key]) things[key].classList.add(name); };
  put(cards, [frame.node], "current");
  put(cards, frame.operands, "near");
  put(edges, frame.edges, "active");
  put(cards, [frame.wrong_node].filter((key) => key !== frame.node), "wrong-current");
  put(edges, (frame.wrong_edges || []).filter((key) => !(frame.edges || []).includes(key)), "wrong-active");
  for (const [node, row] of frame.changes || []) if (frame.phase !== "seed" && texts[`${node} ${row}`]) texts[`${node} ${row}`].classList.add("changed");
  follow(cards[(frame.operands || [])[0]], cards[frame.node]);
}

// Scroll the picture so that the cards in play can be seen.
function follow(...inPlay) {
  const view = box.getBoundingClientRect();
  for (const card of inPlay) {
    if (!card) continue;
    const at = card.getBoundingClientRect();
    const far = at.left < view.left || at.right > view.right || at.top < view.top || at.bottom > view.bottom;
    if (far) box.scrollBy(at.left + at.width / 2 - view.left - view.width / 2, at.top + at.height / 2 - view.top - view.height / 2);
  }
}

function fill(place, lines) {
  place.replaceChildren(...(lines || []).map((line) => { const p = document.createElement("p"); p.textContent = line; return p; }));
}

function tell(frame) {
  $("title").textContent = frame.title;
  $("remark").textContent = frame.remark || "";
  fill($("lines"), frame.lines);
  if ($("wrong-lines")) fill($("wrong-lines"), frame.wrong_lines);
  $("formula").dataset.phase = frame.phase;
}

// The whole picture if it can then still be read, else as small as it can be read.
const natural = picture.viewBox.baseVal, LEAST = 0.7;
function fit() {
  const room = Math.max(260, innerHeight - box.getBoundingClientRect().top - scrollY - 48);
  const scale = Math.max(LEAST, Math.min(1, (box.clientWidth - 2) / natural.width, (room - 4) / natural.height));
  picture.style.width = `${Math.floor(natural.width * scale)}px`;
  box.style.maxHeight = `${room}px`;
}
addEventListener("resize", fit);
fit();

player(show);
