// The sandbox's control API. Every address is relative, so that the page works under any prefix.

export async function api(method, path, body) {
  const response = await fetch("api/" + path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({ success: false, error: "resposta inesperada (" + response.status + ")" }));
  if (!answer.success) throw new Error(answer.error);
  return answer.data;
}

// filePath is where a file that is known by its id can be looked at.
export function filePath(id) {
  return "api/files/" + encodeURIComponent(id);
}
