/** Shapes of the API as the screens use them. Times are RFC 3339 in UTC. */

export interface Text { vi: string; en: string }
export interface Page<T> { items: T[]; next_cursor: string | null }
export interface FieldError extends Text { field: string }
export interface Reason extends Text { code: string }

export type Role =
  | 'citizen' | 'tourist' | 'business' | 'press' | 'party_member' | 'union_member'
  | 'youth_union_member' | 'civil_servant' | 'public_employee' | 'agency_officer'
  | 'agency_head' | 'ward_officer' | 'ioc_operator' | 'ioc_supervisor' | 'partner_developer'
  | 'auditor' | 'administrator';

export type State =
  | 'RECEIVED' | 'VERIFYING' | 'NEED_INFO' | 'INELIGIBLE' | 'APPEALED' | 'INELIGIBLE_FINAL'
  | 'MERGED' | 'WITHDRAWN' | 'DISPATCHED' | 'RETURNED' | 'IN_PROGRESS' | 'FOLLOW_UP'
  | 'ANSWERED' | 'RESOLVED' | 'REOPEN_REQUESTED' | 'CLOSED';

export type Level = 'very_satisfied' | 'satisfied' | 'acceptable' | 'unsatisfied';
export type Urgency = 'timed' | 'immediate';

export interface Tokens { access_token: string; token_type: string; expires_in: number }
export interface OtpSent { expires_in: number; retry_after: number }
export interface Me {
  id: string; name: string; phone_masked: string; roles: Role[];
  unit: { id: string; name: Text | string } | null; locale: 'vi' | 'en';
}
export interface Person { phone: string; name: string; roles: Role[]; unit: unknown }
export interface OutboxMessage {
  to: string; channel: string; text: string; code?: string | null; at: string;
}

export interface Category {
  code: string; name: Text; group: string; icon: string; urgency: Urgency;
  working_days: number | null; hint: Text;
}
export interface Agency { id: string; name: Text; kind: string }
export interface NamedAgency { id: string; name: Text; lead?: boolean | null }
export interface Ward {
  code: string; name: string; border_distance_m: number | null; near_border: boolean;
}
export interface Due { due_date: string; due_at: string; working_days: number }

export interface Place {
  lat: number; lon: number; address: string; ward: string | null; ward_name: string | null;
}
export interface Card {
  id: string; code: string; category: string; category_name: Text; title: string; state: State;
  state_name: Text; step: number; place: Place; submitted_at: string; updated_at: string;
  due_at: string | null; overdue: boolean; thumb_url: string | null; photo_count: number;
  agencies: NamedAgency[]; rating: { count: number; acceptable_percent: number } | null;
}
export interface NearCard extends Card { distance_m: number }
export interface WorkCard extends Card {
  assignment_no?: number | null; lead?: boolean | null; new?: boolean | null;
  paused?: boolean | null; extension_asked?: boolean;
}
export interface Photo {
  id: string; state?: string; url: string | null; thumb_url: string | null;
  width: number | null; height: number | null;
}
export interface Extension {
  asked_at: string; working_days: number; reason: string; note?: string;
  decision: string | null; decided_at: string | null; new_due_at: string | null;
}
export interface Assignment {
  no: number; agency: NamedAgency; lead: boolean; state: string; due_at: string;
  due_original_at: string; overdue?: boolean; acknowledged_at: string | null;
  done_at: string | null; extensions: Extension[];
}
export interface Answer {
  assignment_no: number; agency: NamedAgency; text: string; photos: Photo[]; at: string;
  published: boolean;
}
export interface Allowed { action: string; label: Text; fields: unknown }
export interface Report extends Card {
  text: string; urgency: string; due_original_at: string | null; photos: Photo[];
  assignments: Assignment[]; answers: Answer[]; reason: (Reason & { note: string }) | null;
  info_request: { question: string; asked_at: string } | null;
  follow_up: { plan_date: string } | null; merged_into: string | null; round: number;
  version: number; mine: boolean; hidden?: boolean; allowed: Allowed[];
  ratings: { total: number; by_level: Partial<Record<Level, number>> };
}
export interface TimelineLine {
  seq: number; at: string; action: string; from_state: string | null; to_state: string;
  actor: string; agency: NamedAgency | null; text: Text; note: string | null;
  photos?: Photo[]; due_at?: string | null;
}
export interface Rule { code: string; text: Text | string }
export interface Suggestion {
  agency: { id: string; name: Text } | null; rule: Rule | null; ward: string | null;
  ward_name?: string | null; near_border: boolean;
  alternatives: { agency: { id: string; name: Text }; rule: Rule }[];
  working_days: number | null; due_at: string; duplicates: NearCard[];
}
export interface Reasons {
  ineligible: Reason[]; return: Reason[]; extension: Reason[]; rating: Reason[];
  reopen: Reason[];
}
export interface InboxItem {
  id: string; at: string; kind: string; title: Text; body: Text; link: string; read: boolean;
}
export interface Inbox extends Page<InboxItem> { unread: number }
export interface NewReport {
  category: string; text: string; place: { lat: number; lon: number; address?: string };
  photos: string[]; accept_terms: boolean;
}
export interface MediaTicket {
  id: string; upload: { url: string; method: string; fields: Record<string, string> };
  max_bytes: number; expires_at: string;
}

export interface Group {
  code: string; received: number; resolved: number; in_progress: number; overdue: number;
}
export interface Statistics {
  as_of: string; received: number; ineligible: number; accepted: number; resolved: number;
  in_progress: number; follow_up: number; pending?: number; merged: number; withdrawn: number;
  overdue: number; rule?: Text;
  overdue_percent: Record<'of_received' | 'of_accepted' | 'of_in_progress', number | null>;
  resolved_percent_of_accepted: number | null;
  ratings: {
    total: number; acceptable_or_better: number; unsatisfied: number;
    acceptable_percent: number | null; by_level: Partial<Record<Level, number>>;
  };
  on_time: Partial<Record<string, number>>; fines_vnd: number; agencies: number;
  by_category: Group[]; by_ward: Group[];
  by_month: { month: string; received: number; resolved: number; ineligible: number }[];
}
export interface QueueState {
  name: string; visible: number; in_flight: number;
  dlq: { name: string; visible: number } | null;
}
export interface Operations { version: string; stage?: string; sandbox?: boolean; queues: QueueState[] }

export interface GeoPoint {
  type: 'Feature'; id?: string;
  geometry: { type: 'Point'; coordinates: [number, number] };
  properties: Omit<Card, 'place'>;
}
export interface UnitFeature {
  type: 'Feature';
  geometry: { type: 'Polygon' | 'MultiPolygon'; coordinates: number[][][] | number[][][][] };
  properties: { code: string; name: string; level: string; approximate: boolean };
}
export interface Collection<F> {
  type: 'FeatureCollection'; features: F[]; next_cursor?: string | null;
}
