/// <reference lib="dom" />

/** The server knows no time zone and writes UTC; the browser writes its own. */
export const showLocalTimes = (): void => {
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-clock]')) {
    time.textContent = clock.format(new Date(time.dateTime));
  }
};
