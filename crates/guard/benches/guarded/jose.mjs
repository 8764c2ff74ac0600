// Verifies the tokens that come on stdin with jose, as a service would that keeps its keys; prints µs of CPU time, that
// of Node's helping threads included.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const path = require.resolve("jose");
const jose = await import(pathToFileURL(path));

const version = () => {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const found = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      if (found.name === "jose") return found.version;
    } catch {
      // Not in this folder.
    }
  }
  return "";
};

const given = JSON.parse(readFileSync(0, "utf8"));
const micros = {};
for (const { alg, key, token } of given.cases) {
  const imported = await jose.importJWK(key, alg);
  const rules = { algorithms: [alg], issuer: "https://login.example.com" };
  const rounds = [];
  for (let round = 0; round < given.rounds; round++) {
    const begun = performance.now();
    const before = process.cpuUsage();
    let count = 0;
    for (; performance.now() - begun < 1000 * given.seconds; count++) {
      await jose.jwtVerify(token, imported, rules);
    }
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / count);
  }
  micros[alg] = rounds.sort((one, other) => one - other)[Math.floor(rounds.length / 2)];
}
console.log(JSON.stringify({ version: version(), micros }));
