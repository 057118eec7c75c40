/** Every failure in three sentences: what happened, whether anything was lost, what to do. */
import { m } from '$lib/paraglide/messages';
import { Trouble } from '$lib/api';
import { say } from '$lib/format';

export interface Explanation {
  what: string;
  lost: string;
  todo: string;
  code: string;
  fields: Record<string, string>;
}

export function explain(error: unknown): Explanation {
  if (!(error instanceof Trouble)) {
    return { what: m.err_page(), lost: m.err_lost_nothing(), todo: m.err_do_reload(), code: '',
      fields: {} };
  }
  const fields: Record<string, string> = {};
  for (const one of error.errors) fields[one.field.split('.')[0] ?? one.field] = say(one);
  const listed = Object.values(fields).join(' ');
  return {
    what: what(error, listed),
    lost: error.loss === 'unknown' ? m.err_lost_unknown() : m.err_lost_nothing(),
    todo: todo(error),
    code: error.correlation,
    fields
  };
}

function what(error: Trouble, listed: string): string {
  if (error.offline) return m.err_offline();
  if (error.slug === 'upload') return m.err_upload();
  const said = say(error.detail) || say(error.title);
  if (listed) return `${said} ${listed}`.trim();
  return said || m.err_server({ status: error.status });
}

function todo(error: Trouble): string {
  if (error.offline) return m.err_do_network();
  if (error.retryAfter) return m.err_do_wait({ n: error.retryAfter });
  if (error.status === 401) return m.err_do_signin();
  if (error.status === 403) return m.err_do_account();
  if (error.status === 404) return m.err_do_find();
  if (error.status === 409 || error.status === 412) return m.err_do_reload();
  if (error.status === 422 || error.status === 400) return m.err_do_mend();
  return m.err_do_again();
}
