// Reads the actions, the workflows and every YAML block of the documents with
// GitHub's own parser, and fails if it finds anything that is not listed here.
// usage: node --input-type=module - ROOT <.ci/npm/parser.mjs, where package.json is installed
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";

registerHooks({ // the packages import JSON without its type
  load: (url, context, next) => next(url, url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context),
});
const { registerLogger, validate } = await import("@actions/languageservice");
const { FeatureFlags } = await import("@actions/expressions");
const { TextDocument } = await import("vscode-languageserver-textdocument");
const { parse, parseAllDocuments } = await import("yaml");

const root = process.argv[2];
const here = "flexy-key-check"; // this repository, whoever owns it
const read = (file) => readFileSync(join(root, file), "utf8").replaceAll(/<\w+>(?=\/flexy-key-check)/g, "owner");
const action = parse(read("action.yml"));

// Findings that are none, as part of their text, each with the reason. One that is
// no longer found is a mistake.
const excused = {
  "Invalid action input 'expect-scop'": "checks/tools/container/testdata/slip.yml has a slip on purpose",
  "Context access might be invalid: ACT": "act sets it",
  "Block scalar '|' implicitly adds a trailing newline": "build-args in release.yml are lines",
};

// The ids of steps that are in other blocks than those that refer to them.
const elsewhere = ["app", "key"];

// Templates, whose blocks are read where they are filled in.
const templates = ["checks/internal/github/runbook.md"];

// The inputs of other actions, and where each list is from: not always the version
// that is pinned. An action that is not there is a mistake.
const actions = JSON.parse(read(".ci/npm/actions.json"));

const config = {
  featureFlags: new FeatureFlags({ all: true }),
  actionsMetadataProvider: {
    fetchActionMetadata: async ({ owner, name, path = "" }) =>
      name === here ? parse(read(join(path, "action.yml"))) : actions[join(owner, name, path)],
  },
  fileProvider: {
    getFileContent: async ({ path }) => ({ name: path, content: read(path) }),
  },
};

let texts = 0;
const found = [];
registerLogger({ log() {}, info() {}, warn() {}, error: (text) => found.push(text) });

// check reads a text as the file called name. Its first line is line + 1 of where.
async function check(where, line, name, text) {
  texts++;
  for (const { message, range } of await validate(TextDocument.create(name, "yaml", 1, text), config)) {
    found.push(`${where}:${line + range.start.line + 1}: ${message}`);
  }
}

const workflow = (where) => `.github/workflows/${where.replaceAll(/\W/g, "-")}.yml`; // a name of its own, because files are cached

// checkBlock reads a block of a document: a file, or a part of one, in its place.
async function checkBlock(where, line, block) {
  const indent = " ".repeat(/^ */.exec(block)[0].length);
  const text = block.replaceAll(new RegExp(`^${indent}`, "gm"), "").replaceAll(/\{\{ .*Release.* \}\}/g, "helm");
  const documents = parseAllDocuments(text, { strict: true });
  for (const { message } of documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])) {
    found.push(`${where}:${line + 1}: ${message}`);
    return;
  }
  const value = documents[0].toJS();
  const has = (...names) => names.every((name) => name in value);
  const inside = (depth, head) => {
    const steps = elsewhere.filter((id) => text.includes(`steps.${id}.`)).map((id) => `      - {id: ${id}, run: "true"}\n`);
    const above = `on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n${steps.join("")}${head}`;
    return check(where, line - above.split("\n").length + 1, workflow(where + line), above + text.replaceAll(/^(?=.)/gm, " ".repeat(depth)));
  };
  if (Array.isArray(value)) return inside(6, "");
  if (has("jobs")) return check(where, line, workflow(where + line), text);
  if (has("runs")) return check(where, line, `${where}/${line}/action.yml`, text);
  if (has("uses")) return inside(8, "      -\n");
  if (Object.keys(value).every((name) => name in action.inputs)) return inside(10, `      - uses: owner/${here}@v1\n        with:\n`);
  // For Dependabot, Kubernetes, Compose, GitLab, and a policy file.
  if (has("version", "updates") || has("apiVersion", "kind") || has("metadata") || has("services") || has("flexy-key") || has("keys")) texts++;
  else found.push(`${where}:${line + 1}: not a kind of block that .ci/parser.mjs knows`);
}

const files = execFileSync("git", ["-C", root, "ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" }).split("\n");
for (const file of files) {
  if (/(^|\/)action\.yml$/.test(file)) await check(file, 0, file, read(file));
  else if (/(^|\/)(workflows|container\/testdata)\/[^/]+\.yml$/.test(file)) await check(file, 0, workflow(file), read(file));
  else if (file.endsWith(".md") && !templates.includes(file)) {
    const text = read(file);
    for (const { index, 0: { length }, 2: block } of text.matchAll(/^( *)```ya?ml\n(.*?)^\1```$/gms)) {
      const start = index + length - block.length - "```".length;
      await checkBlock(file, text.slice(0, start).split("\n").length - 1, block);
    }
  }
}

const excuse = (text) => Object.keys(excused).find((part) => text.includes(part));
const wrong = [
  ...found.filter((text) => !excuse(text)),
  ...Object.keys(excused).filter((part) => !found.some((text) => text.includes(part))).map((part) => `no longer found: ${part}`),
];
wrong.forEach((text) => console.error(text));
console.log(`GitHub's parser: ${texts} actions, workflows and YAML blocks of documents, ${found.length - wrong.length} findings excused`);
process.exit(wrong.length > 0 || texts < 40 ? 1 : 0);
