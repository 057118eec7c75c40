/** What time of day it is in Huế, as people there greet, wherever the phone's own clock is. */
export type Part = 'morning' | 'noon' | 'afternoon' | 'evening';

const HOUR = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Asia/Ho_Chi_Minh', hour: '2-digit', hourCycle: 'h23'
});

export function dayPart(at: Date): Part {
  const hour = Number(HOUR.format(at));
  if (hour >= 4 && hour < 11) return 'morning';
  if (hour >= 11 && hour < 13) return 'noon';
  return hour >= 13 && hour < 18 ? 'afternoon' : 'evening';
}
