"use strict";
const DATA = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);

// A row of buttons and a slider over the frames; `show(i)` is called for each new one. All words come with the data.
function player(show) {
  const count = DATA.frames.length;
  let at = -1, timer = 0;
  const slider = $("slider"), buttons = { first: $("first"), back: $("back"), play: $("play"), next: $("next"), last: $("last") };
  slider.max = count - 1;
  function go(i) {
    i = Math.max(0, Math.min(count - 1, i));
    if (i === at) return;
    at = i;
    show(i);
    slider.value = i;
    slider.setAttribute("aria-valuetext", DATA.frames[i].position);
    $("position").textContent = `${i + 1} / ${count}`;
    buttons.first.disabled = buttons.back.disabled = i === 0;
    buttons.next.disabled = buttons.last.disabled = i === count - 1;
    document.body.dataset.step = i;
    if (i === count - 1) stop();
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    buttons.play.setAttribute("aria-label", buttons.play.dataset.play);
    buttons.play.classList.remove("playing");
  }
  function play() {
    if (timer) return stop();
    if (at === count - 1) go(0);
    buttons.play.setAttribute("aria-label", buttons.play.dataset.pause);
    buttons.play.classList.add("playing");
    timer = setInterval(() => go(at + 1), DATA.pace || 1200);
  }
  buttons.first.onclick = () => { stop(); go(0); };
  buttons.back.onclick = () => { stop(); go(at - 1); };
  buttons.next.onclick = () => { stop(); go(at + 1); };
  buttons.last.onclick = () => { stop(); go(count - 1); };
  buttons.play.onclick = play;
  slider.oninput = () => { stop(); go(Number(slider.value)); };
  const keys = { ArrowRight: () => go(at + 1), ArrowLeft: () => go(at - 1), Home: () => go(0), End: () => go(count - 1) };
  document.addEventListener("keydown", (event) => {
    const busy = event.target === slider || event.target.closest(".scroll, select, input, textarea");
    if (busy || event.altKey || event.ctrlKey || event.metaKey || !keys[event.key]) return;
    event.preventDefault();
    stop();
    keys[event.key]();
  });
  const asked = /^#step=(\d+)$/.exec(location.hash);
  go(asked ? Number(asked[1]) : 0);
}
