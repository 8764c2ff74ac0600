// Helps for the account pages; every page works without them. All texts come from the page.

// Puts times, which the server can only give in UTC, into this device's own time.
const local = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
for (const time of document.querySelectorAll("time[data-local]")) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  time.title = time.textContent;
  time.textContent = local.format(at);
}

// Says while a new password is typed which of the stated rules it meets: its length in characters and in bytes, and
// that it is not the username. It judges nothing: the issuer does, by these rules and by how easy a guess it is,
// when the form is sent; what cannot be told here stays unmarked. What is typed leaves this page only with the form.
const rules = document.getElementById("rules");
if (rules) {
  const field = document.getElementById(rules.dataset.for);
  const username = document.getElementById(rules.dataset.username).value;
  const soFar = document.getElementById("so-far");
  const same = (text) => text.normalize("NFKC").toLowerCase();
  const measure = () => {
    const text = field.value;
    const characters = [...text].length;
    const bytes = new TextEncoder().encode(text).length;
    const met = {
      shortest: characters >= 8,
      longest: bytes <= 72,
      own: same(text) !== same(username),
    };
    for (const rule of rules.querySelectorAll("[data-rule]")) {
      const state = text ? (met[rule.dataset.rule] ? "met" : "unmet") : "";
      if ((rule.dataset.state ?? "") === state) continue;
      rule.dataset.state = state;
      rule.querySelector(".unseen")?.remove();
      if (!state) continue;
      const word = document.createElement("span");
      word.className = "unseen";
      word.textContent = `${rules.dataset[state]} `;
      rule.prepend(word);
    }
    soFar.textContent = text ? soFar.dataset.text.replace("{n}", characters).replace("{b}", bytes) : "";
  };
  field.addEventListener("input", measure);
  measure();
}

// Sends a form once, however often the button is pressed; again after a while, for whoever stopped the answer.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 5000);
  });
}
