// Asks the server for the page. A browser complains in the console about each request of a page that
// fails, but not about those of a web worker.
onmessage = async ({data: after}) => {
  try {
    const answer = await fetch(`history?after=${after}`, {signal: AbortSignal.timeout(5000)});
    postMessage(await answer.json());
  } catch {
    postMessage(null);
  }
};
