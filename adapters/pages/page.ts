import type { Assets } from './assets.ts';
import type { Embedders } from './embedders.ts';
import type { Html } from './html.ts';
import type { Mode } from './mode.ts';
import type { Notice } from './notice.ts';
import type { ChallengeQuery } from './query.ts';
import type { Words } from './words.ts';

/** Links that an operator may give every page. */
export type PageLinks = { readonly help?: string; readonly privacy?: string };

/** What a view needs besides its data. */
export type Page = {
  readonly words: Words;
  readonly assets: Assets;
  readonly links: PageLinks;
  /** What an operator calls the application, where no visit says it. */
  readonly productName?: string;
  /** What the people who run this are called, where a host says so. */
  readonly organisation: string;
  readonly mode: Mode;
  /** Who is told what happens in a frame or a window. */
  readonly embedders: Embedders;
  /** The status of the answer; from 400 the embedder is told. */
  readonly status: number;
  /** Milliseconds. */
  readonly now: number;
  /** Absent on the neutral page, which has no visit. */
  readonly query?: ChallengeQuery;
  readonly formToken: string;
  /** In a frame: lets the visit go on in a window. */
  readonly windowKey?: string;
  readonly notice?: Notice;
};

/** What a view makes; the layout puts it into a document. */
export type Screen = {
  readonly title: string;
  /** Shown beside the mark; absent where nothing may be revealed. */
  readonly applicationName?: string;
  readonly body: Html;
  readonly isError?: boolean;
  readonly isTransaction?: boolean;
  /** Seconds are zero: the browser goes at once, and back does not return. */
  readonly refreshTo?: string;
};
