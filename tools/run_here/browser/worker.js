/* Keeps the page responsive: Python is fetched, started and run in this thread. */
import { fetchParts, start } from "./runtime.js";

let run = null;

onmessage = async ({ data: { names, parts, code } }) => {
  try {
    if (!run) {
      if (!parts) {
        parts = await fetchParts(names, done => postMessage({ done }));
        postMessage({ parts });
      }
      postMessage({ state: "Starting Python …" });
      run = await start(parts);
    }
    postMessage({ state: "Estimating …" });
    postMessage({ answer: run(code) });
  } catch (error) {
    const old = error instanceof WebAssembly.CompileError ? ". A newer browser is needed." : "";
    postMessage({ failed: error.message + old });
  }
};
