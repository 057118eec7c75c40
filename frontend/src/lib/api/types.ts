/**
 * Shapes of the API under the names that the screens use. They come from `schema.d.ts`, which is
 * generated from the repository's openapi.json (`npm run types`); what that document does not
 * describe is written out below. Times are RFC 3339 in UTC.
 */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Text = Schemas['Text'];
export interface Page<T> { items: T[]; next_cursor?: string | null }
export interface FieldError extends Text { field: string }
export interface Reason extends Text { code: string }

export type Role = string;
export type State = Schemas['city__reports__workflow__State'];
export type Level = Schemas['Rate']['level'];
export type Urgency = Schemas['CategoryView']['urgency'];

export type OtpSent = Schemas['Sent'];
export type Me = Schemas['Me'];
export type Person = Schemas['DemoPerson'];
export type OutboxMessage = Schemas['city__notify__service__Message'];
export type InboxItem = Schemas['Item'];
export type Inbox = Schemas['Inbox'];

export type Category = Schemas['CategoryView'];
export type Agency = Schemas['Agency'];
export type NamedAgency = Schemas['NamedAgency'];
export type Ward = Schemas['WardView'];
export type Due = Schemas['Due'];

export type Place = Schemas['PlaceView'];
export type Card = Schemas['city__reports__views__Card'];
export type NearCard = Schemas['NearCard'];
export type WorkCard = Schemas['WorkCard'];
export type Photo = Schemas['PhotoView'];
export type Extension = Schemas['ExtensionView'];
export type Assignment = Schemas['AssignmentView'];
export type Answer = Schemas['AnswerView'];
export type Allowed = Schemas['city__reports__views__ActionView'];
export type Report = Schemas['ReportView'];
export type TimelineLine = Schemas['TimelineView'];
export type Suggestion = Schemas['SuggestionView'];
export type Points = Schemas['Points'];
export type NewReport = Schemas['NewReport'];
export type NewMedia = Schemas['NewMedia'];
export type BoardItem = Schemas['BoardItem'];
export type AgencyScore = Schemas['AgencyScore'];
export type QueueState = Schemas['QueueState'];
export type Operations = Schemas['Operations'];
export type Problem = Partial<Schemas['Problem']>;

export type Declaration = Schemas['DeclarationText'];
export type Device = Schemas['DeviceView'];
export type Passkey = Schemas['PasskeyView'];
export type Appeal = Schemas['Appeal'];
export type Found = Schemas['AccountView'];
export type Home = Schemas['Home'];
export type CityFunction = Schemas['CityFunction'];
export type UsageFigures = Schemas['city__catalogue__model__Figures'];
export type RoleKind = Schemas['RoleKind'];
export type Organisation = Schemas['Organisation'];
export type GrantView = Schemas['GrantView'];
export type Invitation = Schemas['InvitationCode'];
export type ElectronicKind = Schemas['Kind'];
export type CardView = Schemas['CardView'];
export type Qr = Schemas['Qr'];
export type CardReader = Schemas['Reader'];
export type CardCheck = Schemas['Checked'];
export type PurposeView = Schemas['city__privacy__model__Purpose'];
export type Consent = Schemas['city__privacy__model__Receipt'];
export type Step = Schemas['city__cards__model__Step'];
export type LockReason = Schemas['NewLock']['reason'];
export type SeenLine = Schemas['city__privacy__model__Seen'];
export type DataRequest = Schemas['RequestView'];

/** Not described by the document: answers with headers or media types of their own. */
export type Tokens = Schemas['Tokens'];

export interface Reasons {
  ineligible: Reason[]; return: Reason[]; extension: Reason[]; rating: Reason[];
  reopen: Reason[];
}

export interface Group {
  code: string; received: number; resolved: number; in_progress: number; overdue: number;
}

export interface Statistics {
  as_of: string; received: number; ineligible: number; accepted: number; resolved: number;
  in_progress: number; follow_up: number; pending: number; merged: number; withdrawn: number;
  overdue: number; rule: Text;
  overdue_percent: Record<'of_received' | 'of_accepted' | 'of_in_progress', number | null>;
  resolved_percent_of_accepted: number | null;
  ratings: {
    total: number; acceptable_or_better: number; unsatisfied: number;
    acceptable_percent: number | null; by_level: Partial<Record<Level, number>>;
  };
  on_time: Partial<Record<string, number>>; fines_vnd: number; agencies: number;
  by_category: Group[]; by_ward: Group[]; by_agency: Group[]; by_agency_note: Text;
  by_month: { month: string; received: number; resolved: number; ineligible: number }[];
}

export interface UnitFeature {
  type: 'Feature';
  geometry: { type: 'Polygon' | 'MultiPolygon'; coordinates: number[][][] | number[][][][] };
  properties: { code: string; name: string; level: string; approximate: boolean };
}

export interface Collection<F> {
  type: 'FeatureCollection'; features: F[]; next_cursor?: string | null;
}

export type Warning = Schemas['AlertView'];
export type WarningDetail = Schemas['AlertDetail'];
export type HazardKind = Schemas['KindView'];
export type DeskWarning = Schemas['DeskCard'];
export type DraftWarning = Schemas['DraftView'];
export type WarningPreview = Schemas['Preview-Output'];
export type NewWarning = Schemas['NewDraft'];
export type WarningArea = Schemas['AreaAsked'];
export type Severity = Schemas['NewDraft']['severity'];
export type AudienceSize = Schemas['AudienceSize'];
export type Delivery = Schemas['Progress'];
export type Heard = Schemas['Heard'];
export type WhyTold = Schemas['Why'];
export type WarningPreferences = Schemas['Preferences'];
export type SavedPlace = Schemas['Place'];
export type PushDevice = Schemas['PushDevice'];
export type IndexSummary = Schemas['IndexSummary'];
export type IndexView = Schemas['IndexView'];
export type RiverGauge = Schemas['RiverView'];
export type Series = Schemas['Series'];

export interface StationPoint {
  type: 'Feature'; id: string;
  geometry: { type: 'Point'; coordinates: [number, number] };
  properties: {
    kind: 'rain' | 'road' | 'air' | 'water' | 'river' | 'reservoir' | 'fire_tower';
    name: Text; confirmed: boolean; demo: boolean; alive: boolean;
    values: { parameter: string; uom: string; value: number | null; at: string | null;
      state: string }[];
  };
}

export interface WarningFeature {
  type: 'Feature'; id: string;
  geometry: { type: 'MultiPolygon'; coordinates: number[][][][] } | null;
  properties: Omit<Warning, 'area' | 'id'> & {
    area_name: Text; unit_codes: string[]; whole_city: boolean;
  };
}
