/** The icons that the catalogue names; loaded after the first picture. */
import Activity from '@lucide/svelte/icons/activity';
import BadgeCheck from '@lucide/svelte/icons/badge-check';
import Bell from '@lucide/svelte/icons/bell';
import Building from '@lucide/svelte/icons/building';
import Camera from '@lucide/svelte/icons/camera';
import ChartColumn from '@lucide/svelte/icons/chart-column';
import Clock from '@lucide/svelte/icons/clock';
import Droplets from '@lucide/svelte/icons/droplets';
import FileText from '@lucide/svelte/icons/file-text';
import Gauge from '@lucide/svelte/icons/gauge';
import GraduationCap from '@lucide/svelte/icons/graduation-cap';
import HeartPulse from '@lucide/svelte/icons/heart-pulse';
import IdCard from '@lucide/svelte/icons/id-card';
import Inbox from '@lucide/svelte/icons/inbox';
import LayoutGrid from '@lucide/svelte/icons/layout-grid';
import MapIcon from '@lucide/svelte/icons/map';
import Receipt from '@lucide/svelte/icons/receipt';
import ScanLine from '@lucide/svelte/icons/scan-line';
import Shield from '@lucide/svelte/icons/shield';
import Smartphone from '@lucide/svelte/icons/smartphone';
import Store from '@lucide/svelte/icons/store';
import Trash from '@lucide/svelte/icons/trash';
import User from '@lucide/svelte/icons/user';
import UserCog from '@lucide/svelte/icons/user-cog';
import Users from '@lucide/svelte/icons/users';
import Wallet from '@lucide/svelte/icons/wallet';
import Zap from '@lucide/svelte/icons/zap';
import type { Component } from 'svelte';

const ICONS: Record<string, Component> = {
  activity: Activity, 'badge-check': BadgeCheck, bell: Bell, building: Building, camera: Camera,
  'chart-column': ChartColumn, clock: Clock, 'file-text': FileText, gauge: Gauge,
  'id-card': IdCard, inbox: Inbox, map: MapIcon, 'scan-line': ScanLine, shield: Shield,
  smartphone: Smartphone, user: User, 'user-cog': UserCog, users: Users,
  droplets: Droplets, 'graduation-cap': GraduationCap, 'heart-pulse': HeartPulse, receipt: Receipt,
  store: Store, trash: Trash, wallet: Wallet, zap: Zap
};

export const icon = (name: string): Component => ICONS[name] ?? LayoutGrid;
