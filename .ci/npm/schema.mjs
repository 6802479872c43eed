// Compiles the policy file's schema in the strict mode in which SchemaStore does, and
// reads the documents' policy files as an editor would.
// usage: node --input-type=module - ROOT <.ci/npm/schema.mjs, where package.json is installed
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parse } from "yaml";

const root = process.argv[2];
const schema = JSON.parse(readFileSync(join(root, "checks/policy.schema.json"), "utf8"));
const wrong = [];

// described looks for what an editor would show without an explanation.
function described(where, node) {
  if (!node.description) wrong.push(`${where}: no description`);
  for (const [name, property] of Object.entries(node.properties ?? {})) described(`${where}.${name}`, property);
  if (node.items?.properties) described(`${where}[]`, node.items);
}
described("$", schema);
for (const name of ["$id", "title"]) if (!schema[name]) wrong.push(`no ${name}`);
if (schema.$schema !== "http://json-schema.org/draft-07/schema#") wrong.push("newer than many editors: " + schema.$schema);

const validate = new Ajv({ strict: true, allErrors: true }).compile(schema);
const dir = join(root, "testdata/policy");
const files = readdirSync(dir).filter((name) => name.endsWith(".yml"));
for (const name of files) {
  if (!validate(parse(readFileSync(join(dir, name), "utf8")))) wrong.push(`${name}: ${JSON.stringify(validate.errors)}`);
}
wrong.forEach((text) => console.error(text));
console.log(`the schema is strict, and accepts ${files.length} policy files`);
process.exit(wrong.length > 0 || files.length < 4 ? 1 : 0);
