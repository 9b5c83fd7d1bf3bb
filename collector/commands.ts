/** The collector's commands; each is loaded when it is called. */
import type { Command } from "#schemas/common/command.ts";
import { FRUGAL } from "./memory.ts";
import { RIGHTS_COMMANDS } from "./rights-commands.ts";

export const COLLECTOR_COMMANDS: readonly Command[] = [
  {
    name: ["collector", "run"],
    summary: "Take in reports and answer receipts until told to end.",
    options: {},
    launch: FRUGAL,
    load: () => import("./commands/run.ts"),
  },
  {
    name: ["collector", "status"],
    summary: "Show what was stored, refused and set aside, and what waits at the broker.",
    options: {},
    load: () => import("./commands/status.ts"),
  },
  {
    name: ["collector", "key", "show"],
    summary: "Show the public key that agents pin, and the former ones that vouch for it.",
    options: {},
    load: () => import("./commands/key-show.ts"),
  },
  {
    name: ["collector", "key", "rotate"],
    summary:
      "Make a new key, vouched for by the present one, which is destroyed; agents follow by themselves.",
    details: ["A collector that runs goes on with the old key until it is started again: docs/operating.md."],
    options: {},
    load: () => import("./commands/key-rotate.ts"),
  },
  {
    name: ["collector", "quarantine"],
    summary: "List what was set aside, by rule; ask the agents for it again.",
    options: {
      rule: { type: "string", value: "RULE", summary: "Only what broke this rule." },
      before: {
        type: "string",
        value: "WHEN",
        summary: "Only what was set aside before this day or instant (UTC).",
      },
      again: {
        type: "boolean",
        summary: "Ask for it again: agents send those bytes at their next connection.",
      },
    },
    load: () => import("./commands/quarantine.ts"),
  },
  {
    name: ["collector", "conflicts"],
    summary: "List the installations that sent two reports for one week: clones, or restored state folders.",
    options: {},
    load: () => import("./commands/conflicts.ts"),
  },
  {
    name: ["collector", "privacy"],
    summary:
      "Write the record of processing, or a template of the impact assessment, from the configuration.",
    arguments: "record|assessment",
    options: {},
    load: () => import("./commands/privacy.ts"),
  },
  {
    name: ["collector", "policy", "publish"],
    summary: "Sign a policy and let agents fetch it; each admin is told, and agrees or disables.",
    details: [
      "FILE is its text: Markdown, UTF-8, 65,536 characters at most. It can't be taken back; a later version follows it.",
    ],
    arguments: "FILE",
    options: {
      version: { type: "string", value: "N", summary: "Higher than that of the newest one." },
      scope: {
        type: "string",
        value: "S",
        summary: "What of the dictionary it names: all up to this scope.",
      },
      effective: { type: "string", value: "DATE", summary: "From when on it holds (UTC)." },
      summary: { type: "string", value: "TEXT", summary: "What is new, in a line." },
    },
    load: () => import("./commands/policy-publish.ts"),
  },
  {
    name: ["collector", "policy", "list"],
    summary: "List the policies and notices that were published.",
    options: {},
    load: () => import("./commands/policy-list.ts"),
  },
  {
    name: ["collector", "policy", "show"],
    summary: "Show a policy's text.",
    arguments: "N",
    options: {
      vendor: { type: "boolean", summary: "As a vendor's file holds it, signed with the present key." },
    },
    load: () => import("./commands/policy-show.ts"),
  },
  {
    name: ["collector", "policy", "notify"],
    summary: "Tell all admins of something, such as of a breach.",
    details: ["FILE is the notice: Markdown, UTF-8, 65,536 characters at most."],
    arguments: "FILE",
    options: {
      about: { type: "string", value: "WHAT", summary: "breach or other." },
      summary: { type: "string", value: "TEXT", summary: "What has happened, in a line." },
    },
    load: () => import("./commands/policy-notify.ts"),
  },
  {
    name: ["collector", "migrate"],
    summary: "Make the store, or bring its tables up to date.",
    options: {},
    load: () => import("./commands/migrate.ts"),
  },
  {
    name: ["collector", "backup"],
    summary: "Copy the store into a new file, also while reports come in.",
    arguments: "FILE",
    options: {},
    load: () => import("./commands/backup.ts"),
  },
  {
    name: ["collector", "restore"],
    summary: "Put a backup in the store's place; the collector must be stopped.",
    details: [
      "The store that is there is kept beside it. Agents send again, at their next connection, what the backup lacks.",
    ],
    arguments: "FILE",
    options: {},
    load: () => import("./commands/restore.ts"),
  },
  {
    name: ["collector", "retention"],
    summary:
      "Move to the archive and delete what is due, as the collector does daily; or tell what would go.",
    details: [
      "Where the clock shows that it hasn't run for more than 31 days, it waits until the date is confirmed.",
    ],
    options: {
      "dry-run": { type: "boolean", summary: "Change nothing: tell what would go, when and why." },
      confirm: {
        type: "string",
        value: "DATE",
        summary: "Today's date (UTC): the clock is right, however far it has moved.",
      },
    },
    load: () => import("./commands/retention.ts"),
  },
  {
    name: ["collector", "retention", "except"],
    summary:
      "Keep one installation's reports for another time than everyone's; without --id, list the exceptions.",
    options: {
      id: { type: "string", value: "ID", summary: "The installation." },
      "archive-days": {
        type: "string",
        value: "N",
        summary: "To the archive so many days after they were made.",
      },
      "delete-days": { type: "string", value: "N", summary: "Deleted so many days after they were made." },
      reason: { type: "string", value: "TEXT", summary: "Why; kept with the installation, and in no audit." },
      end: { type: "boolean", summary: "Everyone's times hold again." },
    },
    load: () => import("./commands/retention-except.ts"),
  },
  {
    name: ["collector", "nats-config"],
    summary: "Write the broker's closed configuration, its credentials and the agents' enrolment file.",
    options: {
      out: {
        type: "string",
        value: "DIR",
        summary: "Where to write; keys that are there are kept (default: broker).",
      },
      listen: {
        type: "string",
        value: "HOST:PORT",
        summary: "Where the broker listens (default: 127.0.0.1:4222).",
      },
      "store-dir": {
        type: "string",
        value: "DIR",
        summary: "Where the broker keeps the stream (default: OUT/data).",
      },
      monitor: {
        type: "string",
        value: "HOST:PORT",
        summary: "Where the broker's monitoring pages are; else none.",
      },
      vendor: {
        type: "string",
        value: "FILE",
        summary: "The vendor's file, where it names subjects of its own.",
      },
      "tls-cert": { type: "string", value: "FILE", summary: "The broker's certificate (PEM)." },
      "tls-key": { type: "string", value: "FILE", summary: "The certificate's key (PEM)." },
      "tls-ca": {
        type: "string",
        value: "FILE",
        summary: "Clients must show a certificate signed by one of these.",
      },
      "server-name": {
        type: "string",
        value: "NAME",
        summary: "The node's name in a cluster; its file is then OUT/NAME.conf.",
      },
      "cluster-listen": {
        type: "string",
        value: "HOST:PORT",
        summary: "Where the cluster's other nodes come in, and they alone.",
      },
      "cluster-name": {
        type: "string",
        value: "NAME",
        summary: "The cluster's name (default: mailcensus).",
      },
      "cluster-tls-ca": {
        type: "string",
        value: "FILE",
        summary: "Nodes speak TLS among each other, with --tls-cert, and trust what this signed.",
      },
      route: {
        type: "string",
        multiple: true,
        value: "HOST:PORT",
        summary: "Another node; once for each.",
      },
    },
    load: () => import("./commands/nats-config.ts"),
  },
  ...RIGHTS_COMMANDS,
];
