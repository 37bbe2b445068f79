// Writes /openapi.json as a page. Every text goes in as text: nothing is ever parsed as HTML.

const METHODS = ["get", "put", "post", "delete"];

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function resolve(api, node) {
  while (node && node.$ref && Object.keys(node).length === 1)
    node = node.$ref.slice(2).split("/").reduce((at, step) => at[step], api);
  return node;
}

const refName = (node) => node.$ref && node.$ref.split("/").pop();

// What a schema says, in a few words, with links to those that have a name.
function typeOf(schema) {
  const span = element("span", {});
  if (schema.$ref) span.append(element("a", { href: "#" + refName(schema) }, refName(schema)));
  else if (schema.type === "array") span.append("list of ", typeOf(schema.items || {}));
  else if (schema.enum) span.append(schema.enum.map((one) => JSON.stringify(one)).join(" "));
  else if ("const" in schema) span.append(JSON.stringify(schema.const));
  else if (schema.type) span.append([schema.type].flat().join(" or "));
  else span.append("any");
  if ("minimum" in schema) span.append(`, ${schema.minimum} and more`);
  if ("maximum" in schema) span.append(`, ${schema.maximum} at most`);
  if ("default" in schema) span.append(`, default ${JSON.stringify(schema.default)}`);
  return span;
}

function table(heads, rows) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
  const lines = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...lines));
}

function copyButton(text) {
  const button = element("button", { type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select the text to copy it";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  return button;
}

const codeBlock = (text) => element("div", {}, element("pre", {}, element("code", {}, text)), copyButton(text));

function fieldRows(schema) {
  const required = new Set(schema.required || []);
  return Object.entries(schema.properties || {}).map(([name, field]) => [
    element("code", {}, name),
    typeOf(field),
    (required.has(name) ? "" : "may be missing. ") + (field.description || ""),
  ]);
}

function schemaParts(schema) {
  const parts = [];
  if (schema.description) parts.push(element("p", {}, schema.description));
  if (!schema.properties || schema.$ref)
    parts.push(element("p", {}, schema.properties ? "All of " : "", typeOf(schema)));
  if (schema.properties) parts.push(table(["member", "type", ""], fieldRows(schema)));
  return parts;
}

function bodyParts(title, body) {
  const parts = [];
  for (const [type, content] of Object.entries(body.content || {})) {
    parts.push(element("h3", {}, `${title}: ${type}`));
    if (content.schema) parts.push(...schemaParts(content.schema));
  }
  return parts;
}

const shellQuoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";

function curlOf(method, path, operation) {
  const command = ["curl", "-s"];
  if (method !== "get") command.push("-X", method.toUpperCase());
  if (operation.requestBody) command.push("-d", "@body.json");
  return [...command, shellQuoted(location.origin + path)].join(" ");
}

function operationSection(api, path, method, operation) {
  const parts = [
    element("h2", {}, `${method.toUpperCase()} ${path}`),
    element("p", {}, operation.summary),
    element("p", { class: "quiet" }, `Needs the role: ${operation["x-role"]}.`),
  ];
  if (operation.description) parts.push(element("p", {}, operation.description));
  const parameters = (operation.parameters || []).map((one) => resolve(api, one));
  if (parameters.length > 0) {
    const rows = parameters.map((one) => [
      element("code", {}, one.in === "path" ? `{${one.name}}` : one.name),
      typeOf(one.schema || {}),
      one.description || "",
    ]);
    parts.push(element("h3", {}, "Parameters"), table(["name", "value", ""], rows));
  }
  if (operation.requestBody) parts.push(...bodyParts("Body", resolve(api, operation.requestBody)));
  for (const [status, answer] of Object.entries(operation.responses))
    parts.push(...bodyParts(status === "default" ? "Error" : `Answer ${status}`, resolve(api, answer)));
  parts.push(codeBlock(curlOf(method, path, operation)));
  return element("section", { id: `${method} ${path}` }, ...parts);
}

function mcpSection() {
  const configuration = { mcpServers: { oat: { type: "http", url: location.origin + "/mcp" } } };
  return element("section", { id: "mcp" },
    element("h2", {}, "For agents: MCP"),
    element("p", {}, "Lets a coding agent look into these traces. Where tokens are asked for, add ",
      element("code", {}, '"headers": {"Authorization": "Bearer TOKEN"}'), "."),
    codeBlock(JSON.stringify(configuration, null, 2)));
}

function write(api) {
  const nav = document.querySelector("nav");
  const main = document.querySelector("main");
  document.getElementById("about").prepend(`Version ${api.info.version}. ${api.info.description} `);
  if (api.paths["/mcp"]) main.append(mcpSection());
  for (const [path, item] of Object.entries(api.paths))
    for (const method of METHODS.filter((name) => name in item)) {
      main.append(operationSection(api, path, method, item[method]));
      nav.append(element("a", { href: "#" + encodeURIComponent(`${method} ${path}`) }, `${method.toUpperCase()} ${path}`));
    }
  for (const [name, schema] of Object.entries(api.components.schemas))
    main.append(element("section", { id: name }, element("h2", {}, name), ...schemaParts(schema)));
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

try {
  const answer = await fetch("/openapi.json");
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  write(await answer.json());
} catch (error) {
  document.querySelector("main").append(element("p", { role: "alert" }, `Cannot show /openapi.json: ${error.message}`));
}
