// Keeps an open page true without reloading it: listens for changes, asks for the page's main part again and swaps the
// parts that differ. A page that hears nothing says so: silence is not a quiet morning here either.
"use strict";
(() => {
  const url = document.body.dataset.live;
  const lost = document.querySelector(".lost");
  const LOST_MS = 9000;
  const BUSY_MS = 1200;
  let tag = "";
  let isFetching = false;
  let isStale = false;
  let heardAt = Date.now();
  let touchedAt = 0;
  let lastClock = "";

  const parts = (root) => new Map([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  const shown = new Map([...parts(document)].map(([name, part]) => [name, part.outerHTML]));
  const waiting = new Map();

  function isHeld(part) {
    const focused = document.activeElement;
    if (part.contains(focused) && focused.matches("input, textarea, select")) return true;
    if (!("hold" in part.dataset)) return false;
    return part.matches(":hover") || part.contains(focused) || Date.now() - touchedAt < BUSY_MS;
  }

  function figures(part) {
    return new Map([...part.querySelectorAll("[data-figure]")].map((each) => [each.dataset.figure, each.textContent]));
  }

  function swap(part, fresh) {
    const before = figures(part);
    const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    part.className = fresh.className;
    part.replaceChildren(...fresh.cloneNode(true).childNodes);
    part.querySelectorAll("[data-figure]").forEach((each) => {
      if (before.has(each.dataset.figure) && before.get(each.dataset.figure) !== each.textContent) each.classList.add("changed");
    });
    if (focused) [...part.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
  }

  function settle() {
    for (const [name, fresh] of waiting) {
      const part = document.querySelector(`[data-part="${name}"]`);
      if (part && isHeld(part)) continue;
      if (part) swap(part, fresh);
      shown.set(name, fresh.outerHTML);
      waiting.delete(name);
    }
  }

  function take(text) {
    const fresh = parts(new DOMParser().parseFromString(text, "text/html"));
    const here = parts(document);
    if ([...fresh.keys()].join() !== [...here.keys()].join()) {
      document.querySelector("main").replaceChildren(...new DOMParser().parseFromString(text, "text/html").querySelector("main").childNodes);
      shown.clear();
      waiting.clear();
    }
    for (const [name, part] of fresh) {
      if (shown.get(name) !== part.outerHTML) waiting.set(name, part);
      else waiting.delete(name);
    }
    settle();
  }

  async function refresh() {
    if (isFetching || document.hidden) {
      isStale = true;
      return;
    }
    isFetching = true;
    isStale = false;
    try {
      const answer = await fetch(location.href, { headers: { "X-Background": "1", "If-None-Match": tag }, cache: "no-store", redirect: "manual" });
      if (answer.status === 401 || answer.type === "opaqueredirect") location.reload();
      else if (answer.ok) {
        tag = answer.headers.get("ETag") || "";
        take(await answer.text());
      }
    } catch {
      // The stream tells when the server is back.
    } finally {
      isFetching = false;
    }
    if (isStale && !document.hidden) refresh();
  }

  function heard(clock) {
    heardAt = Date.now();
    lastClock = clock || lastClock;
    if (lost && !lost.hidden) {
      lost.hidden = true;
      document.body.classList.remove("is-lost");
      refresh();
    }
    const place = document.querySelector("[data-clock]");
    if (place && clock) place.textContent = clock;
  }

  function listen() {
    const stream = new EventSource(url);
    let minute = "";
    stream.addEventListener("clock", (event) => {
      heard(event.data);
      if (minute && event.data.slice(0, 5) !== minute) refresh();
      minute = event.data.slice(0, 5);
    });
    stream.addEventListener("change", refresh);
    stream.addEventListener("error", () => {
      if (stream.readyState !== EventSource.CLOSED) return;
      refresh();
      setTimeout(listen, 5000);
    });
    window.addEventListener("pagehide", () => stream.close(), { once: true });
  }

  function watch() {
    settle();
    if (Date.now() - heardAt < LOST_MS || !lost.hidden) return;
    lost.querySelector("[data-lost]").textContent = lastClock || document.querySelector("[data-clock]")?.textContent || "";
    lost.hidden = false;
    document.body.classList.add("is-lost");
  }

  if (url) {
    document.addEventListener("pointerdown", () => { touchedAt = Date.now(); }, { passive: true });
    document.addEventListener("visibilitychange", () => { if (!document.hidden && isStale) refresh(); });
    listen();
    setInterval(watch, 500);
  }
  document.querySelectorAll("details.me").forEach((menu) => {
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  });
})();
