const frames = DATA.frames, plane = DATA.boundary;
const tables = [...document.querySelectorAll("table[data-layer]")];
const rows = tables.map((table) => [...table.tBodies[0].rows]);

function show(i) {
  const frame = frames[i];
  $("title").textContent = frame.title;
  $("said").textContent = frame.said;
  for (const cursor of document.querySelectorAll(".cursor")) {
    cursor.setAttribute("x1", frame.x);
    cursor.setAttribute("x2", frame.x);
  }
  rows.forEach((layer, k) => layer.forEach((row, j) => weigh(row, frame, k, j)));
  if (plane) paint(i);
}

function weigh(row, frame, k, j) {
  frame.weights[k][j].forEach((text, n) => {
    const cell = row.cells[n + 1], bar = frame.bars[k][j][n];
    cell.firstChild.textContent = text;
    cell.lastChild.style.width = `${Math.abs(bar) / 2}%`;
    cell.lastChild.style.marginLeft = `${bar < 0 ? 50 + bar / 2 : 50}%`;
    cell.lastChild.className = bar < 0 ? "below" : "above";
  });
  const fault = frame.faults ? frame.faults[k][j] : "";
  row.cells[row.cells.length - 1].textContent = DATA.states[fault] || "";
  row.className = fault;
}

// ── the boundary: a class and a certainty for each point of a grid, then the samples ──
const SCALE = 10;
function paint(i) {
  const canvas = $("boundary"), n = plane.size, side = n * SCALE, pen = canvas.getContext("2d");
  const style = getComputedStyle(document.body), ink = style.color, paper = style.backgroundColor;
  const codes = Uint8Array.from(atob(plane.frames[i]), (c) => c.charCodeAt(0));
  if (canvas.width !== side) canvas.width = canvas.height = side;
  pen.fillStyle = paper;
  pen.fillRect(0, 0, side, side);
  for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) {
    const code = codes[y * n + x];
    pen.globalAlpha = 0.14 + 0.4 * (code & 31) / 31;
    pen.fillStyle = plane.colours[code >> 5];
    pen.fillRect(x * SCALE, y * SCALE, SCALE, SCALE);
  }
  pen.globalAlpha = 1;
  pen.fillStyle = ink;
  for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) {
    const own = codes[y * n + x] >> 5;
    if (x + 1 < n && codes[y * n + x + 1] >> 5 !== own) pen.fillRect((x + 1) * SCALE - 1, y * SCALE, 2, SCALE);
    if (y + 1 < n && codes[(y + 1) * n + x] >> 5 !== own) pen.fillRect(x * SCALE, (y + 1) * SCALE - 1, SCALE, 2);
  }
  for (const [x, y, c] of plane.points) point(pen, x * side / 1000, y * side / 1000, c, ink);
  canvas.setAttribute("aria-label", frames[i].boundary);
}

function point(pen, x, y, c, ink) {
  const r = 5;
  pen.beginPath();
  if (c === 0) pen.arc(x, y, r, 0, 7);
  else if (c === 1) pen.rect(x - r + 1, y - r + 1, 2 * r - 2, 2 * r - 2);
  else if (c === 2) { pen.moveTo(x, y - r); pen.lineTo(x + r, y + r); pen.lineTo(x - r, y + r); pen.closePath(); }
  else if (c === 3) { pen.moveTo(x, y - r); pen.lineTo(x + r, y); pen.lineTo(x, y + r); pen.lineTo(x - r, y); pen.closePath(); }
  else if (c === 4) { pen.rect(x - r, y - 2, 2 * r, 4); pen.rect(x - 2, y - r, 4, 2 * r); }
  else if (c === 5) { pen.arc(x, y, r, 0, 7); pen.arc(x, y, 2, 0, 7); }
  else pen.rect(x - r, y - 2, 2 * r, 4);
  pen.fillStyle = plane.colours[c];
  pen.fill();
  pen.strokeStyle = ink;
  pen.lineWidth = 1.5;
  pen.stroke();
}

if (plane) {
  $("legend").textContent = plane.legend;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paint(Number(document.body.dataset.step)));
}

player(show);
