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
export type State = Schemas['ReportsState'];
export type Level = Schemas['ReportsRate']['level'];
export type Urgency = Schemas['DirectoryCategoryView']['urgency'];

export type OtpSent = Schemas['IdentitySent'];
export type Me = Schemas['IdentityMe'];
export type Person = Schemas['IdentityDemoPerson'];
export type OutboxMessage = Schemas['NotifyMessage'];
export type InboxItem = Schemas['NotifyItem'];
export type Inbox = Schemas['NotifyInbox'];

export type Category = Schemas['DirectoryCategoryView'];
export type Agency = Schemas['Agency'];
export type NamedAgency = Schemas['ReportsNamedAgency'];
export type Ward = Schemas['DirectoryWardView'];
export type Due = Schemas['DirectoryDue'];

export type Place = Schemas['ReportsPlaceView'];
export type Card = Schemas['ReportsCard'];
export type NearCard = Schemas['ReportsNearCard'];
export type WorkCard = Schemas['ReportsWorkCard'];
export type Photo = Schemas['ReportsPhotoView'];
export type Extension = Schemas['ReportsExtensionView'];
export type Assignment = Schemas['ReportsAssignmentView'];
export type Answer = Schemas['ReportsAnswerView'];
export type Allowed = Schemas['ReportsActionView'];
export type Report = Schemas['ReportView'];
export type TimelineLine = Schemas['ReportsTimelineView'];
export type Suggestion = Schemas['ReportsSuggestionView'];
export type Points = Schemas['ReportsPoints'];
export type NewReport = Schemas['ReportsNewReport'];
export type NewMedia = Schemas['MediaNewMedia'];
export type BoardItem = Schemas['SlaBoardItem'];
export type AgencyScore = Schemas['StatsAgencyScore'];
export type QueueState = Schemas['OpsQueueState'];
export type Operations = Schemas['OpsOperations'];
export type Problem = Partial<Schemas['Problem']>;

export type Declaration = Schemas['IdentityDeclarationText'];
export type Device = Schemas['IdentityDeviceView'];
export type Passkey = Schemas['IdentityPasskeyView'];
export type Appeal = Schemas['IdentityAppeal'];
export type Found = Schemas['IdentityAccountView'];
export type Home = Schemas['CatalogueHome'];
export type CityFunction = Schemas['CatalogueCityFunction'];
export type UsageFigures = Schemas['CatalogueFigures'];
export type RoleKind = Schemas['RoleKind'];
export type Organisation = Schemas['Organisation'];
export type GrantView = Schemas['GrantView'];
export type Invitation = Schemas['GrantsInvitationCode'];
export type ElectronicKind = Schemas['CardsKind'];
export type CardView = Schemas['CardView'];
export type Qr = Schemas['CardsQr'];
export type CardReader = Schemas['CardsReader'];
export type CardCheck = Schemas['CardsChecked'];
export type PurposeView = Schemas['PrivacyPurpose'];
export type Consent = Schemas['PrivacyReceipt'];
export type Step = Schemas['CardsStep'];
export type LockReason = Schemas['IdentityNewLock']['reason'];
export type SeenLine = Schemas['PrivacySeen'];
export type DataRequest = Schemas['PrivacyRequestView'];

/** Not described by the document: answers with headers or media types of their own. */
export type Tokens = Schemas['IdentityTokens'];

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
export type HazardKind = Schemas['AlertsKindView'];
export type DeskWarning = Schemas['AlertsDeskCard'];
export type DraftWarning = Schemas['AlertsDraftView'];
export type WarningPreview = Schemas['AlertsPreview'];
export type NewWarning = Schemas['AlertsNewDraft'];
export type WarningArea = Schemas['AlertsAreaAsked'];
export type Severity = Schemas['AlertsNewDraft']['severity'];
export type AudienceSize = Schemas['FanoutAudienceSize'];
export type Delivery = Schemas['FanoutProgress'];
export type Heard = Schemas['FanoutHeard'];
export type WhyTold = Schemas['FanoutWhy'];
export type WarningPreferences = Schemas['FanoutPreferences'];
export type SavedPlace = Schemas['FanoutPlace'];
export type PushDevice = Schemas['FanoutPushDevice'];
export type IndexSummary = Schemas['SensingIndexSummary'];
export type IndexView = Schemas['SensingIndexView'];
export type RiverGauge = Schemas['SensingRiverView'];
export type Series = Schemas['SensingSeries'];

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
