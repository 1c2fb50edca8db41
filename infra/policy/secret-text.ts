/** What passwords, tokens and keys look like: a URL with a password, and those that say whose they are. */
const SECRET =
  /\w:\/\/[^\s/:@"]*:[^\s/@"]+@|\b(AKIA|ASIA)[A-Z0-9]{16}\b|\b(gh[oprsu]_|github_pat_|napi_)\w{8,}|hooks\.slack\.com\/services\/|-----BEGIN [A-Z ]*PRIVATE KEY/;

export function holdsSecret(text: string): boolean {
  return SECRET.test(text);
}
