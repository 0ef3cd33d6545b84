import Bowser from 'bowser';
import { isbot } from 'isbot';
import type { ParsedAgent, UserAgentParser } from '../../core/ports/user-agent.ts';
import { remember } from './remember.ts';

const mostAgents = 2_000;
const deviceTypes = ['desktop', 'mobile', 'tablet', 'tv'] as const;

/** Parses user agents with isbot and Bowser; each distinct string once. */
export const createUserAgentParser = (): UserAgentParser => ({ parse: remember(parse, mostAgents) });

const parse = (userAgent: string): ParsedAgent => {
  // isbot takes an empty agent for human.
  const isBot = userAgent.trim() === '' || isbot(userAgent);
  try {
    const { browser, os, platform } = Bowser.parse(userAgent);
    const osVersion = numbered(os.version) ?? numbered(os.versionName);
    const deviceType = deviceTypes.find((type) => type === platform.type);
    return {
      isBot,
      ...(browser.name && { browserName: browser.name }),
      ...(browser.version && { browserVersion: browser.version }),
      ...(os.name && { osName: os.name }),
      ...(osVersion && { osVersion }),
      ...(deviceType && { deviceType }),
    };
  } catch {
    return { isBot };
  }
};

/** Windows calls its version `NT 10.0` and names it `10`. */
const numbered = (version: string | undefined): string | undefined => (version !== undefined && /^\d/.test(version) ? version : undefined);
