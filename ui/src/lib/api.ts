/** Asks the daemon that served this page. */

/** An answer that is not what was asked for; the message is the daemon's own. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly column: number | null,
    readonly requestId: string | null,
  ) {
    super(message);
  }
}

interface ErrorBody {
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly column?: number;
    readonly request_id?: string;
  };
}

async function errorOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as ErrorBody;
  const { code, message, column, request_id } = body.error ?? {};
  return new ApiError(
    response.status,
    code ?? 'unknown',
    message ?? `the daemon answered ${response.status}`,
    column ?? null,
    request_id ?? null,
  );
}

type Parameters = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** path with those parameters that have a value. */
export function address(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters))
    if (value != null && value !== '') query.set(key, String(value));
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** The shape of the answer is the caller's word: openapi.json is what it is checked against. */
export async function get<T>(path: string, parameters?: Parameters, signal?: AbortSignal): Promise<T> {
  const response = await fetch(address(path, parameters), {
    headers: { accept: 'application/json' },
    signal: signal ?? null,
  });
  if (!response.ok) throw await errorOf(response);
  return (await response.json()) as T;
}

async function send(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(path, {
    method,
    signal: signal ?? null,
    ...(body === null ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw await errorOf(response);
  return response;
}

/** A question that is too long for an address. */
export async function ask<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await (await send('POST', path, body, signal)).json()) as T;
}

/** body: null for none. What the daemon answers is not looked at, unless it refuses. */
export async function post(path: string, body: unknown): Promise<void> {
  await send('POST', path, body);
}

export async function put(path: string, body: unknown): Promise<void> {
  await send('PUT', path, body);
}
