// Three small helps; every page works without them. All texts come from the page.

const shown = (left, { h, m, s }) =>
  (left >= 3600 ? h : left >= 60 ? m : s)
    .replace("{h}", Math.floor(left / 3600))
    .replace("{m}", Math.floor(left / 60) % 60)
    .replace("{s}", left % 60);

// Counts the token's remaining life down from what the server said at page load, not from this device's clock.
const clock = document.getElementById("countdown");
if (clock) {
  const { seconds } = clock.dataset;
  const bar = document.querySelector("progress");
  const issued = document.getElementById("issued");
  const parse = (time) => Date.parse(time.dateTime.replace(" ", "T")) / 1000;
  const life = issued ? parse(clock) - parse(issued) : 0;
  if (life > 0) {
    bar.max = life;
    bar.hidden = false;
  }
  const tick = () => {
    const left = Math.max(0, Math.ceil(seconds - performance.now() / 1000));
    clock.textContent = shown(left, clock.dataset);
    if (life > 0) bar.value = left;
    if (left > 0) return;
    clearInterval(timer);
    document.documentElement.classList.add("over");
    const note = document.querySelector(".expired");
    note.textContent = note.dataset.text;
  };
  const timer = setInterval(tick, 1000);
  tick();
}

// Counts down on the button how long to wait before the form is sent again: for the eye alone, the message has said
// it. When it is over the message says so, once. The button works all the while.
const told = document.querySelector("[data-wait]");
if (told) {
  const begun = performance.now();
  const label = document.createElement("span");
  label.className = "left-to-wait";
  label.ariaHidden = "true";
  document.querySelector("main button.main").append(" ", label);
  const tick = () => {
    const left = Math.ceil(told.dataset.wait - (performance.now() - begun) / 1000);
    if (left > 0) {
      label.textContent = told.dataset.left.replace("{left}", shown(left, told.dataset));
      return;
    }
    clearInterval(timer);
    label.remove();
    told.setAttribute("role", "status");
    told.className = "alert good";
    told.textContent = told.dataset.over;
  };
  const timer = setInterval(tick, 1000);
  tick();
}

// Offers to show the password; hides it again before it is sent.
for (const box of document.querySelectorAll("[data-reveal]")) {
  const field = document.getElementById(box.dataset.reveal);
  const show = (on) => {
    field.type = on ? "text" : "password";
  };
  box.closest("label").hidden = false;
  box.addEventListener("change", () => show(box.checked));
  field.form.addEventListener("submit", () => show(false));
}
