import { type Account, REGION } from '../support/aws-account';

/** A service that is asked so seldom that its SDK is not worth a dependency. */
export interface DirectService {
  /** As it is signed for. */
  readonly service: string;
  /** What its operations' names begin with. */
  readonly target: string;
}

/** Asks a service that speaks JSON. The emulator looks at who signs, and not at the signature. */
export async function askDirectly(
  { endpoint, owner }: Account,
  { service, target }: DirectService,
  operation: string,
  request: object,
): Promise<Record<string, unknown>> {
  const scope = `${owner.accessKeyId}/20261123/${REGION}/${service}/aws4_request`;
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `${target}.${operation}`,
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
  };
  const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(request) });
  if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`);
  return answer.json() as Promise<Record<string, unknown>>;
}
