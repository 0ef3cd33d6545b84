import type { View } from '../../core/index.ts';
import type { Page, Screen } from './page.ts';
import { ceremonyScreen } from './views/ceremony.ts';
import { chooseScreen } from './views/choose.ts';
import { endScreen, neutralScreen, noWayScreen, waitingScreen } from './views/ends.ts';
import { enrollScreen } from './views/enroll.ts';
import { proveContactScreen } from './views/prove-contact.ts';
import { recoveryCodesScreen } from './views/recovery-codes.ts';
import { settingsScreen } from './views/settings.ts';

/** A view that is a page of its own; `leave` is a redirect. */
export type ShownView = Exclude<View, { page: 'leave' }>;

/** The screen of a view: one function for each kind of page. */
export const viewScreen = (view: ShownView, page: Page): Screen => {
  switch (view.page) {
    case 'neutral':
      return neutralScreen(page);
    case 'blocked':
    case 'review':
    case 'expired':
      return endScreen(view, page);
    case 'no-way':
      return noWayScreen(view, page);
    case 'waiting':
      return waitingScreen(view, page);
    case 'settings':
      return settingsScreen(view, page);
    case 'choose':
      return chooseScreen(view, page);
    case 'prove-contact':
      return proveContactScreen(view, page);
    case 'ceremony':
      return ceremonyScreen(view, page);
    case 'enroll':
      return enrollScreen(view, page);
    case 'recovery-codes':
      return recoveryCodesScreen(view, page);
  }
};
