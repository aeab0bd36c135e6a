/** What a failed call was, and how long to wait before the next. */
import { CallError } from '@/api/client'
import { backoff } from './backoff'

export function failureOf(error: unknown): CallError {
  return error instanceof CallError ? error : new CallError('unreachable', 'unexpected', String(error))
}

/** Milliseconds, after `tries` failures of which `failure` was the last; never before the gateway asked for. */
export function pauseAfter(tries: number, failure: CallError, random: () => number): number {
  return Math.max(backoff(tries, random), (failure.retryAfter ?? 0) * 1000)
}
