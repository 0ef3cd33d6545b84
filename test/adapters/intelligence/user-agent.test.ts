import { describe, expect, it } from 'vitest';
import { remember } from '../../../adapters/intelligence/remember.ts';
import { createUserAgentParser } from '../../../adapters/intelligence/user-agent.ts';

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const { parse } = createUserAgentParser();

describe('a user agent', () => {
  it.each([
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0.0.0 Safari/537.36`,
      { browserName: 'Chrome', browserVersion: '140.0.0.0', osName: 'Windows', osVersion: '10', deviceType: 'desktop' },
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
      { browserName: 'Safari', browserVersion: '18.5', osName: 'macOS', osVersion: '10.15.7', deviceType: 'desktop' },
    ],
    [
      `Mozilla/5.0 (Linux; Android 14; Pixel 8) ${webkit} Chrome/140.0.0.0 Mobile Safari/537.36`,
      { browserName: 'Chrome', browserVersion: '140.0.0.0', osName: 'Android', osVersion: '14', deviceType: 'mobile' },
    ],
    [
      'Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
      { browserName: 'Safari', browserVersion: '17.5', osName: 'iOS', osVersion: '17.5', deviceType: 'tablet' },
    ],
    [
      `Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) ${webkit} SamsungBrowser/4.0 Chrome/76.0 TV Safari/537.36`,
      { browserName: 'Samsung Internet for Android', browserVersion: '4.0', osName: 'Tizen', osVersion: '6.0', deviceType: 'tv' },
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
      { browserName: 'Firefox', browserVersion: '128.0', osName: 'Linux', deviceType: 'desktop' },
    ],
  ])('%s', (userAgent, expected) => {
    expect(parse(userAgent)).toEqual({ isBot: false, ...expected });
  });

  it.each(['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'curl/8.1.2', 'python-requests/2.31', ' ', ''])(
    '%j is a bot',
    (userAgent) => {
      expect(parse(userAgent).isBot).toBe(true);
    },
  );

  it('that says nothing leaves every part out', () => {
    expect(Object.keys(parse('nonsense'))).toEqual(['isBot']);
  });

  it.each(['('.repeat(1_024), 'Mozilla/5.0 '.repeat(85), '\u0000\uffff', '__proto__', 'constructor/1.0'])(
    'is parsed whatever it is: %#',
    (userAgent) => {
      expect(typeof parse(userAgent).isBot).toBe('boolean');
    },
  );

  it('is parsed once', () => {
    expect(parse('Mozilla/5.0 once')).toBe(parse('Mozilla/5.0 once'));
  });
});

describe('remembering', () => {
  it('keeps the texts used last', () => {
    const computed: string[] = [];
    const get = remember((text) => {
      computed.push(text);
      return text.length;
    }, 2);
    for (const text of ['a', 'b', 'a', 'c', 'a', 'b']) get(text);
    expect(computed).toEqual(['a', 'b', 'c', 'b']);
  });
});
