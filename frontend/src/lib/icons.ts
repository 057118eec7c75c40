/** The icons that the catalogue names; loaded after the first picture. */
import Activity from '@lucide/svelte/icons/activity';
import BadgeCheck from '@lucide/svelte/icons/badge-check';
import Bell from '@lucide/svelte/icons/bell';
import Building from '@lucide/svelte/icons/building';
import Calendar from '@lucide/svelte/icons/calendar';
import Camera from '@lucide/svelte/icons/camera';
import Cctv from '@lucide/svelte/icons/cctv';
import ChartColumn from '@lucide/svelte/icons/chart-column';
import Clock from '@lucide/svelte/icons/clock';
import CloudRain from '@lucide/svelte/icons/cloud-rain';
import Droplets from '@lucide/svelte/icons/droplets';
import FileText from '@lucide/svelte/icons/file-text';
import Flag from '@lucide/svelte/icons/flag';
import Flame from '@lucide/svelte/icons/flame';
import Gauge from '@lucide/svelte/icons/gauge';
import GraduationCap from '@lucide/svelte/icons/graduation-cap';
import HeartPulse from '@lucide/svelte/icons/heart-pulse';
import House from '@lucide/svelte/icons/house';
import IdCard from '@lucide/svelte/icons/id-card';
import Inbox from '@lucide/svelte/icons/inbox';
import Landmark from '@lucide/svelte/icons/landmark';
import LayoutGrid from '@lucide/svelte/icons/layout-grid';
import MapIcon from '@lucide/svelte/icons/map';
import MapPin from '@lucide/svelte/icons/map-pin';
import Newspaper from '@lucide/svelte/icons/newspaper';
import Plug from '@lucide/svelte/icons/plug';
import Receipt from '@lucide/svelte/icons/receipt';
import Rotate3d from '@lucide/svelte/icons/rotate-3d';
import Route from '@lucide/svelte/icons/route';
import ScanLine from '@lucide/svelte/icons/scan-line';
import Shield from '@lucide/svelte/icons/shield';
import Ship from '@lucide/svelte/icons/ship';
import Smartphone from '@lucide/svelte/icons/smartphone';
import Store from '@lucide/svelte/icons/store';
import Trash from '@lucide/svelte/icons/trash';
import TriangleAlert from '@lucide/svelte/icons/triangle-alert';
import User from '@lucide/svelte/icons/user';
import UserCog from '@lucide/svelte/icons/user-cog';
import Users from '@lucide/svelte/icons/users';
import Wallet from '@lucide/svelte/icons/wallet';
import Waves from '@lucide/svelte/icons/waves';
import Wind from '@lucide/svelte/icons/wind';
import Zap from '@lucide/svelte/icons/zap';
import type { Component } from 'svelte';

const ICONS: Record<string, Component> = {
  activity: Activity, 'badge-check': BadgeCheck, bell: Bell, building: Building, calendar:
  Calendar, camera: Camera, cctv: Cctv, 'chart-column': ChartColumn, clock: Clock, 'cloud-rain':
  CloudRain, droplets: Droplets, 'file-text': FileText, flag: Flag, flame: Flame, gauge: Gauge,
  'graduation-cap': GraduationCap, 'heart-pulse': HeartPulse, house: House, 'id-card': IdCard,
  inbox: Inbox, landmark: Landmark, map: MapIcon, 'map-pin': MapPin, newspaper: Newspaper, plug:
  Plug, receipt: Receipt, 'rotate-3d': Rotate3d, route: Route, 'scan-line': ScanLine, shield:
  Shield, ship: Ship, smartphone: Smartphone, store: Store, trash: Trash, 'triangle-alert':
  TriangleAlert, user: User, 'user-cog': UserCog, users: Users, wallet: Wallet, waves: Waves,
  wind: Wind, zap: Zap
};

export const icon = (name: string): Component => ICONS[name] ?? LayoutGrid;
