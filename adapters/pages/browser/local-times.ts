/// <reference lib="dom" />

/** The server knows no time zone and writes UTC; the browser writes its own. */
export const showLocalTimes = (): void => {
  const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, time);
  const dayAndTime = new Intl.DateTimeFormat(document.documentElement.lang, { day: 'numeric', month: 'long', year: 'numeric', ...time });
  for (const shown of document.querySelectorAll<HTMLTimeElement>('time[data-clock]')) {
    shown.textContent = (shown.dataset.clock === 'day' ? dayAndTime : clock).format(new Date(shown.dateTime));
  }
};
