import { defineSignal } from './define.ts';
import { DAY, HOUR } from './recent.ts';

export const timeHour = defineSignal({
  name: 'time.hour',
  label: 'Hour of the day (UTC)',
  category: 'Time',
  type: 'number',
  needs: [],
  unknownWhen: [],
  compute: ({ now }) => Math.floor(now / HOUR) % 24,
});

export const timeWeekday = defineSignal({
  name: 'time.weekday',
  label: 'Day of the week (1 Monday to 7 Sunday, UTC)',
  category: 'Time',
  type: 'number',
  needs: [],
  unknownWhen: [],
  // 1 January 1970 was a Thursday.
  compute: ({ now }) => ((Math.floor(now / DAY) + 3) % 7) + 1,
});
