/** Kinds of bills, in the order of how often people pay them. */
import Droplets from '@lucide/svelte/icons/droplets';
import GraduationCap from '@lucide/svelte/icons/graduation-cap';
import HeartPulse from '@lucide/svelte/icons/heart-pulse';
import Receipt from '@lucide/svelte/icons/receipt';
import Trash from '@lucide/svelte/icons/trash';
import Zap from '@lucide/svelte/icons/zap';
import { m } from '$lib/paraglide/messages';

export const KINDS = [
  { path: 'electricity', kind: 'electricity', name: m.b_electricity, Icon: Zap },
  { path: 'water', kind: 'water', name: m.b_water, Icon: Droplets },
  { path: 'sanitation', kind: 'sanitation', name: m.b_sanitation, Icon: Trash },
  { path: 'fees', kind: 'public_fee', name: m.b_fees, Icon: Receipt },
  { path: 'tuition', kind: 'tuition', name: m.b_tuition, Icon: GraduationCap },
  { path: 'hospital', kind: 'hospital', name: m.b_hospital, Icon: HeartPulse }
] as const;
