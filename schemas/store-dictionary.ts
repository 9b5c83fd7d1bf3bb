/**
 * The preset dictionary with which the store compresses reports. It is made from the schema release
 * alone, so that it can be made again; what is stored needs it for ten years, so a released one
 * never changes.
 */

type Node = {
  properties?: Record<string, Node>;
  items?: Node;
  enum?: unknown[];
  $ref?: string;
  const?: unknown;
};
type Root = Node & { $defs: Record<string, Node> };

/** Every enum's values as they stand in a report, in the form in which they stand in one. */
function skeleton(node: Node, root: Root, depth: number): string {
  const target = node.$ref === undefined ? node : (root.$defs[node.$ref.replace("#/$defs/", "")] ?? {});
  if (depth > 8) return "";
  if (target.enum !== undefined) return target.enum.map((value) => JSON.stringify(value)).join(",");
  if (target.const !== undefined) return JSON.stringify(target.const);
  if (target.items !== undefined) return `[${skeleton(target.items, root, depth + 1)},`;
  if (target.properties === undefined) return "0";
  const members = Object.keys(target.properties)
    .sort()
    .map((key) => `"${key}":${skeleton(target.properties?.[key] ?? {}, root, depth + 1)}`);
  return `{${members.join(",")}}`;
}

/** Features, then rows of domains, then the head: what is met most often stands last, where deflate and zstd find it cheapest. */
export function storeDictionary(schema: object): string {
  const root = schema as Root;
  const enums = (name: string): unknown[] => root.$defs[name]?.enum ?? [];
  const unknowns = enums("metric").map(
    (metric) => `{"metric":"${metric}","reason":"not-configured","source":"agent"},`,
  );
  const languages = [
    "de",
    "de-DE",
    "en-GB",
    "en-US",
    "es-ES",
    "fr-FR",
    "it-IT",
    "nl-NL",
    "pl-PL",
    "pt-BR",
    "ro-RO",
    "ru-RU",
  ].map((language) => `{"language":"${language}","mailboxes":10},`);
  const features = enums("feature").map(
    (feature) => `{"feature":"${feature}","state":"enabled"},{"feature":"${feature}","state":"absent"},`,
  );
  const row = `{"aliases":0,"domain":"mail.example.com","languages":[{"language":"de-DE","mailboxes":20},{"language":"en-US","mailboxes":5}],"lists":0,"mailboxes":20},{"aliases":1,"domain":"xn--example.org","lists":0,"mailboxes":1},`;
  const versions = enums("reason").map((reason) => `"${String(reason)}"`);
  return [
    versions.join(),
    skeleton(root, root, 0),
    unknowns.join(""),
    languages.join(""),
    row.repeat(2),
    `],"withheld":{"excluded":0,"form":0,"limit":0}},"features":[`,
    features.join(""),
    `],"installation":"U","languages":[{"language":"de-DE","mailboxes":100},{"language":"en-US","mailboxes":50}],"period":"2026-W47","revision":0,"schema":1,"totals":{"aliases":0,"domains":10,"lists":0,"mailboxes":100},"unknown":[]}`,
    `{"agent":"0.1.0","components":[{"name":"dovecot","role":"imap","version":"2.3.19"},{"name":"postfix","role":"mta","version":"3.7.11"},{"name":"roundcube","role":"webmail","version":"1.6.5"}],"consent":{"level":"counts","policy":1,"purposes":["statistics"],"scope":1},"domain_sizes":[{"domains":0,"from":0},{"domains":1,"from":1},{"domains":1,"from":5},{"domains":1,"from":20},{"domains":1,"from":100},{"domains":0,"from":500},{"domains":0,"from":2000},{"domains":0,"from":10000}],"features":[`,
    `{"agent":"0.1.0","components":[{"name":"dovecot","role":"imap","version":"2.3.19"},{"name":"postfix","role":"mta","version":"3.7.11"}],"consent":{"level":"full","policy":1,"purposes":["offers","statistics"],"scope":1},"domains":{"list":[{"aliases":0,"domain":"example.org","languages":[{"language":"de-DE","mailboxes":`,
  ].join("");
}
