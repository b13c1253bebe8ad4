// Asks the server for new samples. This is a web worker, because the browser's console shows each
// failed request of a page, but none of a web worker.

const MAX_LENGTH = 100_000; // The longest history of webui has 35,000 characters.

onmessage = async ({data: after}) => postMessage(await history(after));

// Returns {history} with the value that the server answers, which may be anything, or {problem}.
async function history(after) {
  try {
    const answer = await fetch(`history?after=${after}`, {cache: "no-store", signal: AbortSignal.timeout(3000)});
    if (!answer.ok) return {problem: `webui answers ${answer.status}`};
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "", part;
    while (text.length <= MAX_LENGTH && !(part = await reader.read()).done) text += part.value;
    return {history: text.length <= MAX_LENGTH ? JSON.parse(text) : null};
  } catch (error) {
    return error instanceof SyntaxError ? {history: null} : {problem: "webui does not answer"};
  }
}
