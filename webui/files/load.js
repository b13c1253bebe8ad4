// Says why the page does not start, and reloads it when the server answers. index.html loads this
// script first, because it watches the others. page.js sets `pageRuns` when it starts.

const RETRY_MS = 3000;
const MAX_LOADING_MS = 30_000;

// Reports the first problem, and reloads the page when the server has the file. A page that runs is
// only reloaded if one of its files did not load.
async function retry(problem, url, isFile) {
  if (window.retries) return;
  window.retries = setInterval(async () => {
    const answer = await fetch(url, {cache: "reload", signal: AbortSignal.timeout(RETRY_MS)}).catch(() => null);
    if (answer?.ok && (isFile || !window.pageRuns)) location.reload();
  }, RETRY_MS);
  if (document.readyState === "loading") await new Promise(parsed => addEventListener("DOMContentLoaded", parsed));
  if (!window.pageRuns) document.getElementById("status").textContent = `${problem}: the page tries again every ${RETRY_MS / 1000} s`;
}

addEventListener("error", ({target, message, filename, lineno}) => {
  const url = target.src ?? target.href, name = (url ?? filename)?.split("/").at(-1);
  if (url && target.matches("script, link")) retry(`${name} did not load`, url, true);
  else if (target === window && !window.pageRuns) retry(`${name}, line ${lineno}: ${message}`, filename, false);
}, true);

setTimeout(() => {
  if (!window.pageRuns) retry("The page did not load", location.href, false);
}, MAX_LOADING_MS);
