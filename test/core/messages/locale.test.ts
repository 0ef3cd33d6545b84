import { describe, expect, it } from 'vitest';
import { chooseLocale } from '../../../core/index.ts';

describe('the locale of a page or a mail', () => {
  it.each([
    [{ visit: 'fr', track: 'de', acceptLanguage: 'es', tenant: 'ja' }, 'fr', 'fr', 'ltr'],
    [{ visit: 'xx', track: 'de-AT', acceptLanguage: 'es', tenant: 'ja' }, 'de', 'de-AT', 'ltr'],
    [{ acceptLanguage: 'xx, es;q=0.5, he;q=0.9', tenant: 'ja' }, 'he', 'he', 'rtl'],
    [{ acceptLanguage: 'xx', tenant: 'ja' }, 'ja', 'ja', 'ltr'],
    [{ tenant: 'gone' }, 'en', 'en', 'ltr'],
    [{ track: 'pt' }, 'pt-BR', 'pt', 'ltr'],
    [{ track: 'pt-PT' }, 'pt-BR', 'pt-PT', 'ltr'],
    [{ track: 'PT-br' }, 'pt-BR', 'pt-BR', 'ltr'],
    [{ track: 'ar-EG' }, 'ar', 'ar-EG', 'rtl'],
    [{ track: 'iw' }, 'he', 'he', 'rtl'],
    [{ track: 'constructor' }, 'en', 'en', 'ltr'],
  ])('of %o is %s', (wishes, language, tag, dir) => expect(chooseLocale(wishes)).toEqual({ language, tag, dir }));
});
