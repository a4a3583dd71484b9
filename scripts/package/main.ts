/** `npm run package` after the build: packs it into the current folder, or into the one that is its argument. */
import path from "node:path";
import { packBuilt } from "./pack.js";

console.log(await packBuilt(path.resolve(process.argv[2] ?? ".")));
