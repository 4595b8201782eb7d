/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock: time as a value that comes in from outside.
 *
 * Library code takes `now` as a parameter or a struct sl_clock; only programs
 * ask the system. Times of day are seconds since 1970-01-01 UTC.
 */
#ifndef SL_BASE_CLOCK_H
#define SL_BASE_CLOCK_H

#include <stdint.h>

#include "base/buf.h"

/**
 * A source of time.
 *
 * now_s         seconds since 1970-01-01 UTC
 * monotonic_ms  milliseconds since some fixed moment, never going back
 * sleep_ms      wait; may return early when a signal arrives
 */
struct sl_clock {
	void *self;
	int64_t (*now_s)(void *self);
	int64_t (*monotonic_ms)(void *self);
	void (*sleep_ms)(void *self, int64_t ms);
};

/** The system's clock. Immutable and shared. */
const struct sl_clock *sl_clock_system(void);

static inline int64_t
sl_clock_now_s(const struct sl_clock *c)
{
	return c->now_s(c->self);
}

static inline int64_t
sl_clock_monotonic_ms(const struct sl_clock *c)
{
	return c->monotonic_ms(c->self);
}

static inline void
sl_clock_sleep_ms(const struct sl_clock *c, int64_t ms)
{
	c->sleep_ms(c->self, ms);
}

/** "20261122T103140Z" and NUL: ISO 8601 basic format, UTC. */
#define SL_TIME_BASIC_SIZE 17
/** "2026-11-22T10:31:40Z" and NUL: RFC 3339, UTC. */
#define SL_TIME_RFC3339_SIZE 21

/**
 * Write a time in ISO 8601 basic format.
 *
 * @return 0, SL_EINVAL (year outside 0000 to 9999)
 */
int sl_time_format_basic(int64_t t_s, char out[SL_TIME_BASIC_SIZE])
    SL_MUST_CHECK;

/** As sl_time_format_basic, in RFC 3339 form. */
int sl_time_format_rfc3339(int64_t t_s, char out[SL_TIME_RFC3339_SIZE])
    SL_MUST_CHECK;

/**
 * Read RFC 3339 UTC times as AWS writes them: a fraction is dropped, the
 * zone must be Z or +00:00.
 *
 * @return 0, SL_EINVAL
 */
int sl_time_parse_rfc3339(struct sl_str s, int64_t *out_s) SL_MUST_CHECK;

/** A day, YYYY-MM-DD, as its first second in UTC. @return 0, SL_EINVAL */
int sl_time_parse_day(struct sl_str day, int64_t *out_s) SL_MUST_CHECK;

#endif
