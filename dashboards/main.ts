/** Starts the dashboards, and ends them. */
import type { AddressInfo } from "node:net";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import type { VendorFile } from "#schemas/generated/vendor.gen.ts";
import { isLoopback } from "./headers.ts";
import { createServer } from "./server.ts";

export type DashboardsOptions = {
  /** The store's SQLite file; it need not be there yet. */
  readonly storePath: string;
  /** 127.0.0.1 unless told otherwise. */
  readonly host?: string;
  /** 0, any free port, unless told otherwise. */
  readonly port?: number;
  /** A line at the head of every page. */
  readonly notice?: string;
  readonly operator?: { readonly name: string; readonly contact: string };
  readonly vendor?: VendorFile | null;
  readonly now?: () => Date;
};

/** Running dashboards; disposing of them twice is safe. */
export type Dashboards = AsyncDisposable & {
  /** Where the page is. */
  readonly url: string;
};

/**
 * Listens until it is disposed of or `signal` aborts.
 * @throws MailcensusError `config-invalid` where host and port can't be listened on, `shutting-down`
 */
export async function runDashboards(options: DashboardsOptions, signal?: AbortSignal): Promise<Dashboards> {
  const {
    storePath,
    host = "127.0.0.1",
    port = 0,
    notice,
    operator,
    vendor = null,
    now = () => new Date(),
  } = options;
  if (signal?.aborted === true)
    throw new MailcensusError("shutting-down", "The dashboards were told to end before they began.");
  const site = { storePath, now, notice: notice ?? null, operator: operator ?? null, vendor };
  const server = createServer(site, isLoopback(host));
  try {
    await server.listen({ host, port, ...(signal === undefined ? {} : { signal }) });
  } catch (cause) {
    await server.close();
    throw new MailcensusError(
      "config-invalid",
      `dashboards.host, dashboards.port: expected an address that is free to listen on, found ${host}:${port} (${errorCode(cause) ?? "refused"}); choose another.`,
      { cause },
    );
  }
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= server.close();
    return closing;
  };
  const address = server.server.address() as AddressInfo | null;
  const name = host.includes(":") ? `[${host}]` : host;
  return { url: `http://${name}:${address?.port ?? port}/`, [Symbol.asyncDispose]: close };
}
