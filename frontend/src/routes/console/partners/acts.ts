/** What can be done about an app in hand: a key, a name, what is asked, and the call. */
import * as partners from '$lib/api/partners';
import { say } from '$lib/format';
import { m } from '$lib/paraglide/messages';
import type { Act, Field } from '../money/acts';

const got = (told: Record<string, string>, name: string): string => (told[name] ?? '').trim();
const reason = (label: string): Field => ({ name: 'words', label, kind: 'words', least: 10, most: 1000 });

const KEYS: Record<string, string> = {
  ask_approval: 'P', approve: 'C', send_back: 'B', suspend: 'S', resume: 'O', revoke: 'X'
};
const RED = new Set(['send_back', 'suspend', 'revoke']);
const PASSKEY = new Set(['ask_approval', 'approve', 'resume', 'revoke']);

export function acts(desk: partners.AppDesk, guide: partners.Guide | null): Act[] {
  const made: Act[] = [];
  for (const step of desk.allowed) {
    for (const kind of step.kinds) {
      const duty = guide?.duties.find((one) => one.kind === kind);
      made.push({
        key: made.length ? '' : 'R', name: say(duty?.name) || say(step.name),
        text: say(duty?.looks_at),
        fields: [
          { name: 'result', label: m.pa_result(), kind: 'choice',
            options: [['pass', m.pa_passed], ['fail', m.pa_failed]] },
          reason(m.pa_reason_read()),
          { name: 'conditions', label: m.pa_conditions(), kind: 'line', optional: true }
        ],
        run: (told) => partners.act(desk.id, 'review', {
          kind, passed: told.result === 'pass', words: got(told, 'words'),
          conditions: got(told, 'conditions')
        })
      });
    }
    const key = KEYS[step.action];
    if (!key) continue;
    const read = step.action === 'send_back' ? m.pa_reason_read() : m.pa_reason_public();
    made.push({
      key, name: say(step.name), danger: RED.has(step.action),
      text: PASSKEY.has(step.action) && !RED.has(step.action) ? m.pa_two_persons() : undefined,
      fields: RED.has(step.action) ? [reason(read)] : [],
      run: (told) => partners.act(desk.id, step.action, { words: got(told, 'words') })
    });
  }
  if (desk.may_allow_hosts) {
    made.push({
      key: 'H', name: m.pa_hosts_set(),
      fields: [{ name: 'hosts', label: m.pa_hosts_line(), kind: 'words', most: 600, least: 0,
        optional: true, value: desk.hosts.join(', ') }],
      run: (told) => partners.allowHosts(
        desk.organisation, got(told, 'hosts').split(/[\s,]+/).filter(Boolean))
    });
  }
  return made;
}
