/** What a user agent string says of itself; each part absent where it could not be parsed. */
export type ParsedAgent = {
  readonly isBot: boolean;
  readonly browserName?: string;
  readonly browserVersion?: string;
  readonly osName?: string;
  readonly osVersion?: string;
  readonly deviceType?: 'desktop' | 'mobile' | 'tablet' | 'tv';
};

export interface UserAgentParser {
  /** `userAgent` has 1 to 1,024 characters. Never throws. */
  parse(userAgent: string): ParsedAgent;
}
