/* The only file that knows which Python runs in the browser: CPython as one WASI program. Another one
   takes its place by giving the same two functions, and run_here/__init__.py packs what they fetch. */
import { File, OpenFile, Directory, PreopenDirectory, ConsoleStdout } from "./shim/fs_mem.js";
import WASI from "./shim/wasi.js";

/* Fetch what is needed, telling the number of bytes so far; the result can be posted to a worker. */
export async function fetchParts(names, tell) {
  let done = 0;
  const fetched = async name => {
    const answer = await fetch(new URL(name, import.meta.url));
    if (!answer.ok) throw new Error(`${name} is not there: ${answer.status} ${answer.statusText}`);
    const counted = new TransformStream({
      transform(bytes, out) { tell(done += bytes.byteLength); out.enqueue(bytes); },
    });
    return answer.body.pipeThrough(counted).pipeThrough(new DecompressionStream("gzip"));
  };
  const headers = { "Content-Type": "application/wasm" };
  const [program, library] = await Promise.all([
    fetched(names.program).then(s => WebAssembly.compileStreaming(new Response(s, { headers }))),
    fetched(names.library).then(s => new Response(s).arrayBuffer()),
  ]);
  return { program, library };
}

/* Start Python; the result runs lines and gives what guest/box.py answers. */
export async function start({ program, library }) {
  const folder = "/usr/local/lib", archive = "python315.zip";
  let text = "";
  const decoder = new TextDecoder();
  const out = new ConsoleStdout(bytes => { text += decoder.decode(bytes, { stream: true }); });
  const files = [
    new OpenFile(new File([])), out, out,
    new PreopenDirectory(folder, new Map([[archive, new File(library, { readonly: true })]])),
    new PreopenDirectory("/", new Map([["tmp", new Directory(new Map())]])),
  ];
  const settings = ["HOME=/tmp", "TMPDIR=/tmp", "PYTHONTZPATH=", "NO_COLOR=1"];
  const wasi = new WASI(["python"], settings, files, { debug: false });
  // There is no host to call, no network, and nothing to wait for.
  const absent = () => 52;
  const system = new Proxy(wasi.wasiImport, { get: (calls, name) => calls[name] || absent });
  const imports = { wasi_snapshot_preview1: system, host: { call: () => -1 } };
  const instance = await WebAssembly.instantiate(program, imports);
  wasi.initialize(instance);
  const { host_alloc, memory, turn } = instance.exports;

  const python = lines => {
    const bytes = new TextEncoder().encode(lines);
    const place = host_alloc(bytes.length) >>> 0;
    new Uint8Array(memory.buffer).set(bytes, place);
    text = "";
    if (turn(place, bytes.length)) throw new Error(text.trim().split("\n").pop());
    return text;
  };
  python(`import box, json; box.start("${folder}/${archive}", "/tmp/book")`);
  return lines => JSON.parse(python(`print(json.dumps(box.answer(${JSON.stringify(lines)})))`));
}
