// Asks the server for new samples. This is a web worker, because the browser reports each failed
// request of a page in its console, but none of a worker.
onmessage = async ({data: after}) => {
  try {
    const answer = await fetch(`history?after=${after}`, {signal: AbortSignal.timeout(5000)});
    postMessage(await answer.json());
  } catch {
    postMessage(null);
  }
};
