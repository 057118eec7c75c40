/** Passkeys: the city's JSON to and from what the browser's `navigator.credentials` takes. */
import { person } from '$lib/api';
import { holdToken } from '$lib/api/http';

type Json = Record<string, unknown>;

function bytes(text: string): ArrayBuffer {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}
function text(raw: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(raw));
  return btoa(plain).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
const listed = (entries: unknown): PublicKeyCredentialDescriptor[] =>
  ((entries ?? []) as { id: string }[]).map((one) => ({ type: 'public-key', id: bytes(one.id) }));

/** Makes a passkey on this device and hands it to the city. */
export async function makePasskey(name: string): Promise<void> {
  const told = await person.passkeyOptions();
  const user = told.user as { id: string; name: string; displayName: string };
  const made = (await navigator.credentials.create({
    publicKey: {
      ...(told as unknown as PublicKeyCredentialCreationOptions),
      challenge: bytes(told.challenge as string),
      user: { ...user, id: bytes(user.id) },
      excludeCredentials: listed(told.excludeCredentials)
    }
  })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  await person.addPasskey(name, {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject)
    }
  });
}

/** Confirms with a passkey; the session is raised for five minutes. False: the person did not. */
export async function stepUp(): Promise<boolean> {
  const told: Json = await person.stepUpOptions();
  let given: PublicKeyCredential;
  try {
    given = (await navigator.credentials.get({
      publicKey: {
        ...(told as unknown as PublicKeyCredentialRequestOptions),
        challenge: bytes(told.challenge as string),
        allowCredentials: listed(told.allowCredentials)
      }
    })) as PublicKeyCredential;
  } catch {
    return false;
  }
  const response = given.response as AuthenticatorAssertionResponse;
  const tokens = await person.stepUp({
    id: given.id,
    rawId: text(given.rawId),
    type: given.type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature)
    }
  });
  holdToken(tokens.access_token);
  return true;
}
