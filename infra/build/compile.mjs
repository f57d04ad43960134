// Runs compile_tree.py in CPython 3.13 as WebAssembly (the npm package pyodide), for machines without python3.13.
// Usage: node compile.mjs FOLDER. Started by bytecode.py.
import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const MOUNTED = "/package";
const python = await loadPyodide({ fullStdLib: false });
python.FS.mkdirTree(MOUNTED);
python.FS.mount(python.FS.filesystems.NODEFS, { root: process.argv[2] }, MOUNTED);
python.globals.set("__name__", "compile_tree");
python.runPython(readFileSync(new URL("compile_tree.py", import.meta.url), "utf-8"));
python.runPython(`main("${MOUNTED}")`);
