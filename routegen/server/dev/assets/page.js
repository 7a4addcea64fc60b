(() => {
  const body = document.body;
  const live = document.getElementById("live");
  const safe = body.dataset.safe === "yes";
  const first = 300, longest = 3000;
  let seen = body.dataset.version === "" ? null : Number(body.dataset.version);
  let wait = first;

  const say = (text, state) => {
    live.textContent = text;
    live.dataset.state = state;
  };

  const changed = () => {
    if (safe) return location.reload();
    say("Saved", "on");
    document.getElementById("saved").hidden = false;
  };

  const poll = async () => {
    try {
      const answer = await fetch("/__routegen/version", { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      const { version } = await answer.json();
      if (typeof version !== "number") throw new Error("no version");
      if (seen !== null && version !== seen) return changed();
      seen = version;
      wait = first;
      say(safe ? "Reloads when you save" : "Watching for a save", "on");
    } catch {
      wait = Math.min(wait * 1.6, longest);
      say("Waiting for the server", "off");
    }
    setTimeout(poll, wait);
  };

  document.getElementById("retry").addEventListener("click", () => location.reload());

  const copy = document.getElementById("copy");
  copy?.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(document.getElementById("plain").textContent);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Copying is not allowed here";
    }
    setTimeout(() => { copy.textContent = "Copy as text"; }, 1500);
  });

  poll();
})();
