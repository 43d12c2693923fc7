// Speaks to the server: JSON, the CSRF header, problem details as errors. Knows nothing of drawing.

/** A refusal or a failure. `offline`: no answer came, so it may or may not have happened. */
export class ApiError extends Error {
  constructor({ status = 0, title = '', detail = '', errors = [], body = {}, retryAfter = null }) {
    super(detail || title || 'The server did not answer.');
    Object.assign(this, { status, title, detail, errors, body, retryAfter });
  }

  get offline() {
    return this.status === 0;
  }

  /** Worth trying the same thing again: nothing was decided about it. */
  get passing() {
    return this.offline || this.status === 429 || this.status >= 500;
  }
}

/** A random key; crypto.randomUUID exists only on https and localhost. */
export function newKey(random = globalThis.crypto) {
  return [...random.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
}

async function refusal(response) {
  const body = await response.json().catch(() => ({}));
  const after = Number(response.headers.get('Retry-After'));
  return new ApiError({
    status: response.status,
    title: body.title,
    detail: typeof body.detail === 'string' ? body.detail : '',
    errors: Array.isArray(body.errors) ? body.errors : [],
    body,
    retryAfter: after > 0 ? after : null,
  });
}

/** `urls` may hold "{assignment}". Returns call(method, name, options) -> parsed body, or null for 204. */
export function createApi({ urls, csrf, fetch = globalThis.fetch.bind(globalThis), onDate = () => {} }) {
  return async function call(method, name, { assignment = '', body = {}, key = null, keepalive = false } = {}) {
    const url = urls[name].replace('{assignment}', encodeURIComponent(assignment));
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': csrf };
    if (method === 'POST') headers['Idempotency-Key'] = key ?? newKey();
    let response;
    try {
      response = await fetch(url, { method, headers, body: JSON.stringify(body), credentials: 'same-origin', keepalive });
    } catch {
      throw new ApiError({});
    }
    onDate(response.headers.get('Date'));
    if (!response.ok) throw await refusal(response);
    if (response.status === 204) return null;
    return response.json().catch(() => {
      throw new ApiError({ status: 502, title: 'The answer could not be read.' });
    });
  };
}
