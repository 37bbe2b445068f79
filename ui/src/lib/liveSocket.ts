/** The stream of spans as they end: docs/live.md. */
import type { AlertEvent } from './alerts';
import { ApiError } from './api';
import type { Span, Trace } from './types';

export type LiveState = 'connecting' | 'live' | 'offline';

/** A span that has ended, one that runs, what a trace that got spans is now, or an alert that changed. */
export type LiveItem =
  | { readonly type: 'span' | 'open'; readonly span: Span }
  | { readonly type: 'trace'; readonly trace: Trace }
  | { readonly type: 'alert'; readonly alert: AlertEvent };

export interface Subscription {
  readonly filter: string;
  readonly kinds: readonly LiveItem['type'][];
}

export interface LiveListener {
  readonly onItems: (items: readonly LiveItem[]) => void;
  /** Messages that were dropped; null: nobody knows how many. */
  readonly onMissed: (count: number | null) => void;
  readonly onState: (state: LiveState) => void;
  readonly onProblem: (error: ApiError | null) => void;
}

type Message =
  | LiveItem
  | { readonly type: 'batch'; readonly items: readonly Message[]; readonly cursor: string }
  | { readonly type: 'missed'; readonly n: number | null }
  | {
      readonly type: 'error';
      readonly error: { readonly code: string; readonly message: string; readonly column?: number };
    };

function isItem(message: Message): message is LiveItem {
  return ['span', 'open', 'trace', 'alert'].includes(message.type);
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** Subscribes until it is closed; a connection that is lost is made again, and goes on where it was. */
export class LiveSocket {
  private socket: WebSocket | null = null;
  private cursor: string | null = null;
  private waitMs = FIRST_WAIT_MS;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly subscription: Subscription,
    private readonly listener: LiveListener,
  ) {
    this.connect();
  }

  close(): void {
    if (this.timer) clearTimeout(this.timer);
    const { socket } = this;
    this.socket = null;
    socket?.close();
  }

  private connect(): void {
    this.listener.onState('connecting');
    const socket = new WebSocket(`${window.location.origin.replace(/^http/, 'ws')}/ws`);
    this.socket = socket;
    socket.onopen = () => {
      const { filter, kinds } = this.subscription;
      const wanted = filter.trim() === '' ? { kinds } : { kinds, subscribe: filter };
      socket.send(JSON.stringify(this.cursor === null ? wanted : { ...wanted, cursor: this.cursor }));
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      this.take(JSON.parse(event.data) as Message);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.listener.onState('offline');
      this.timer = setTimeout(() => {
        this.connect();
      }, this.waitMs);
      this.waitMs = Math.min(LONGEST_WAIT_MS, this.waitMs * 2);
    };
  }

  private take(message: Message): void {
    switch (message.type) {
      case 'batch': {
        this.cursor = message.cursor;
        this.waitMs = FIRST_WAIT_MS;
        this.listener.onState('live');
        this.listener.onProblem(null);
        const items: LiveItem[] = [];
        for (const item of message.items)
          if (isItem(item)) items.push(item);
          else this.take(item);
        if (items.length > 0) this.listener.onItems(items);
        break;
      }
      case 'span':
      case 'open':
      case 'trace':
      case 'alert':
        this.listener.onItems([message]);
        break;
      case 'missed':
        this.listener.onMissed(message.n);
        break;
      case 'error': {
        const { code, message: text, column } = message.error;
        this.listener.onProblem(new ApiError(400, code, text, column ?? null, null));
        break;
      }
    }
  }
}
