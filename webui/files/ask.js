// Asks the server for new samples. This is a web worker, because the browser's console shows each
// failed request of a page, but none of a web worker.
onmessage = async ({data: after}) => {
  try {
    const answer = await fetch(`history?after=${after}`, {signal: AbortSignal.timeout(5000)});
    postMessage(await answer.json());
  } catch {
    postMessage(null);
  }
};
